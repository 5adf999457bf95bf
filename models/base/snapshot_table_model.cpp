#include "models/base/snapshot_table_model.h"

namespace models {

SnapshotTableModelBase::SnapshotTableModelBase(QList<Column> columns, QObject* parent) : QAbstractTableModel(parent), m_columns(std::move(columns)) {}

int SnapshotTableModelBase::columnNamed(const QString& id) const {
    for (int i = 0; i < m_columns.size(); ++i)
        if (m_columns[i].id == id)
            return i;
    return -1;
}

int SnapshotTableModelBase::rowOfKey(const QString& key) const {
    if (m_indexStale) {
        m_rowOfKey.clear();
        m_rowOfKey.reserve(m_keys.size());
        for (int i = 0; i < m_keys.size(); ++i)
            m_rowOfKey.insert(m_keys[i], i);
        m_indexStale = false;
    }
    return m_rowOfKey.value(key, -1);
}

void SnapshotTableModelBase::reorder(const QList<int>& order, const std::function<void()>& change) {
    emit layoutAboutToBeChanged({}, VerticalSortHint);
    change();
    m_indexStale = true;
    QList<int> placeOf(order.size());
    for (int i = 0; i < order.size(); ++i)
        placeOf[order[i]] = i;
    const auto before = persistentIndexList();
    QModelIndexList after;
    after.reserve(before.size());
    for (const auto& index : before)
        after.append(createIndex(placeOf[index.row()], index.column()));
    changePersistentIndexList(before, after);
    emit layoutChanged({}, VerticalSortHint);
}

int SnapshotTableModelBase::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_keys.size()); }
int SnapshotTableModelBase::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_columns.size()); }

QVariant SnapshotTableModelBase::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= m_columns.size())
        return {};
    const auto& column = m_columns[section];
    switch (role) {
    case Qt::DisplayRole: return column.title;
    case Qt::ToolTipRole: return column.toolTip.isEmpty() ? QVariant() : QVariant(column.toolTip);
    case Qt::TextAlignmentRole: return column.numeric ? int(Qt::AlignRight | Qt::AlignVCenter) : int(Qt::AlignLeft | Qt::AlignVCenter);
    case ColumnIdRole: return column.id;
    case NumericRole: return column.numeric;
    case ShownAtFirstRole: return column.shownAtFirst;
    case PictureRole: return column.picture;
    default: return {};
    }
}

QHash<int, QByteArray> SnapshotTableModelBase::roleNames() const {
    auto names = QAbstractTableModel::roleNames();
    names.insert(KeyRole, "key");
    names.insert(SortRole, "sort");
    names.insert(StateRole, "state");
    names.insert(NumberRole, "number");
    return names;
}

} // namespace models
