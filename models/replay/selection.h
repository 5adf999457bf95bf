#pragma once
// Messages that were chosen one by one or found by a search, on their way from the page that lists them to the page that sends them. They are too many for a link, so a
// link holds their name; it is good until the program ends. Interface thread.

#include "models/replay/order.h"

#include <QHash>
#include <QStringList>
#include <optional>

namespace models::replay {

struct Selection {
    QString topic;
    QString what;          ///< translated: "12 messages chosen", "340 messages found by value.amount > 990"
    QList<Range> ranges;   ///< joined
    qint64 messages = 0;
};

class SelectionShelf {
public:
    static constexpr int kKept = 16;
    /// Its name; the oldest one goes when there are too many.
    QString put(Selection selection);
    [[nodiscard]] std::optional<Selection> find(const QString& name) const;

private:
    QHash<QString, Selection> m_selections;
    QStringList m_order;
    int m_next = 1;
};

} // namespace models::replay
