#include "models/base/snapshot_table_model.h"

#include <algorithm>
#include <vector>

namespace models {
namespace {

/// Marks the members of one longest increasing run of `values` (patience sorting): those rows stay where they are.
std::vector<bool> longestIncreasing(const std::vector<int>& values) {
    std::vector<int> tails;
    std::vector<int> previous(values.size(), -1);
    for (int i = 0; i < static_cast<int>(values.size()); ++i) {
        const auto at = std::lower_bound(tails.begin(), tails.end(), values[i], [&values](int index, int value) { return values[index] < value; });
        if (at != tails.begin())
            previous[i] = *std::prev(at);
        if (at == tails.end())
            tails.push_back(i);
        else
            *at = i;
    }
    std::vector<bool> member(values.size(), false);
    for (int i = tails.empty() ? -1 : tails.back(); i >= 0; i = previous[i])
        member[i] = true;
    return member;
}

} // namespace

QList<RowStep> diffKeys(const QList<QString>& before, const QList<QString>& after) {
    if (before == after)
        return {};
    QHash<QString, int> target;
    target.reserve(after.size());
    for (int i = 0; i < after.size(); ++i)
        target.insert(after[i], i);
    // Rows that exist on both sides, by where they go; those outside the longest increasing run have moved.
    std::vector<int> goesTo;
    std::vector<int> cameFrom;
    for (int i = 0; i < before.size(); ++i) {
        const auto it = target.constFind(before[i]);
        if (it != target.cend()) {
            goesTo.push_back(*it);
            cameFrom.push_back(i);
        }
    }
    const auto stays = longestIncreasing(goesTo);
    std::vector<bool> keptBefore(before.size(), false);
    std::vector<bool> keptAfter(after.size(), false);
    for (std::size_t i = 0; i < goesTo.size(); ++i) {
        if (stays[i]) {
            keptBefore[cameFrom[i]] = true;
            keptAfter[goesTo[i]] = true;
        }
    }
    QList<RowStep> steps;
    for (int end = static_cast<int>(before.size()); end > 0;) {
        if (keptBefore[end - 1]) {
            --end;
            continue;
        }
        int first = end - 1;
        while (first > 0 && !keptBefore[first - 1])
            --first;
        steps.append({RowStep::Remove, first, end - first});
        end = first;
    }
    for (int first = 0; first < after.size();) {
        if (keptAfter[first]) {
            ++first;
            continue;
        }
        int end = first + 1;
        while (end < after.size() && !keptAfter[end])
            ++end;
        steps.append({RowStep::Insert, first, end - first});
        first = end;
    }
    return steps;
}

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
