#include "models/replay/selection.h"

namespace models::replay {

QString SelectionShelf::put(Selection selection) {
    const QString name = QString::number(m_next++);
    m_selections.insert(name, std::move(selection));
    m_order.append(name);
    while (m_order.size() > kKept)
        m_selections.remove(m_order.takeFirst());
    return name;
}

std::optional<Selection> SelectionShelf::find(const QString& name) const {
    const auto it = m_selections.constFind(name);
    return it == m_selections.cend() ? std::nullopt : std::optional(*it);
}

} // namespace models::replay
