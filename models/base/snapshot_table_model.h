#pragma once
// Turns a sequence of rows into minimal model changes. Each new snapshot is compared with what is shown: rows are inserted,
// removed and changed one by one, and never reset, so selection, scroll position and focus survive every refresh.

#include <QAbstractTableModel>
#include <QHash>
#include <QList>
#include <QString>
#include <QVariant>
#include <functional>

namespace models {

/// Roles every table model of Samsa answers.
enum TableRole {
    KeyRole = Qt::UserRole + 1, ///< QString: stable identity of the row
    SortRole,                   ///< raw value to sort by: number, string, time
    StateRole,                  ///< QString fact for colouring, see each model: "ok", "warning", "error", "off"
    NumberRole,                 ///< raw number of the cell, invalid when it has none
    FirstModelRole = Qt::UserRole + 100, ///< each model's own roles start here
};

/// A column, declared once. `id` is stable (saved layouts, tests, export), `title` is translated.
struct Column {
    QString id;
    QString title;
    bool numeric = false;   ///< right-aligned, tabular digits
    QString toolTip = {};
    bool shownAtFirst = true;
};

/// What has to happen to turn one key sequence into another; applied in order. See diffKeys.
struct RowStep {
    enum Kind { Remove, Insert } kind;
    int row;   ///< where, at the time of this step
    int count; ///< how many rows
    bool operator==(const RowStep&) const = default;
};
/// Steps that turn `before` into `after`; keys are unique within each. Rows that only moved are removed and inserted again, as few
/// as possible. O(n log n). Neighbouring steps are joined.
QList<RowStep> diffKeys(const QList<QString>& before, const QList<QString>& after);

/// Columns, headers, roles and the diff; knows nothing of the row type. Interface thread.
class SnapshotTableModelBase : public QAbstractTableModel {
    Q_OBJECT
public:
    enum HeaderRole { ColumnIdRole = Qt::UserRole + 1, NumericRole, ShownAtFirstRole };
    explicit SnapshotTableModelBase(QList<Column> columns, QObject* parent = nullptr);

    [[nodiscard]] const QList<Column>& columns() const { return m_columns; }
    [[nodiscard]] int columnNamed(const QString& id) const; ///< -1 = none
    /// The row with this key, -1 = none. O(1) amortised.
    [[nodiscard]] int rowOfKey(const QString& key) const;
    [[nodiscard]] const QString& keyAt(int row) const { return m_keys.at(row); }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

signals:
    void rowsUpdated(); ///< after each setRows, changed or not

protected:
    QList<QString> m_keys;
    mutable QHash<QString, int> m_rowOfKey;
    mutable bool m_indexStale = true;

private:
    QList<Column> m_columns;
};

/// The model of rows of type R (a copyable value with operator==). A subclass says what a cell shows:
///
///     class TopicTableModel : public SnapshotTableModel<TopicRow> { ...
///         QString keyOf(const TopicRow& row) const override { return row.name; }
///         QVariant cell(const TopicRow& row, int column, int role) const override;
template <class R>
class SnapshotTableModel : public SnapshotTableModelBase {
public:
    using SnapshotTableModelBase::SnapshotTableModelBase;

    /// Replaces the rows by minimal changes. Keys must be unique; a second row with a key is left out.
    void setRows(QList<R> rows) {
        QList<QString> keys;
        keys.reserve(rows.size());
        QHash<QString, int> seen;
        seen.reserve(rows.size());
        QList<R> unique;
        unique.reserve(rows.size());
        for (auto& row : rows) {
            QString key = keyOf(row);
            if (seen.contains(key))
                continue;
            seen.insert(key, static_cast<int>(keys.size()));
            keys.append(std::move(key));
            unique.append(std::move(row));
        }
        const auto steps = diffKeys(m_keys, keys);
        for (const auto& step : steps) {
            m_indexStale = true;
            if (step.kind == RowStep::Remove) {
                beginRemoveRows({}, step.row, step.row + step.count - 1);
                m_keys.remove(step.row, step.count);
                m_rows.remove(step.row, step.count);
                endRemoveRows();
            } else {
                // Steps go from front to back, so what stands before `row` is final and the new rows are those of `rows` there.
                beginInsertRows({}, step.row, step.row + step.count - 1);
                m_keys = m_keys.first(step.row) + keys.sliced(step.row, step.count) + m_keys.sliced(step.row);
                m_rows = m_rows.first(step.row) + unique.sliced(step.row, step.count) + m_rows.sliced(step.row);
                endInsertRows();
            }
        }
        // Now the keys are equal; changed rows are announced as ranges.
        for (int row = 0; row < unique.size();) {
            if (unique[row] == m_rows[row]) {
                ++row;
                continue;
            }
            const int first = row;
            while (row < unique.size() && !(unique[row] == m_rows[row])) {
                m_rows[row] = std::move(unique[row]);
                ++row;
            }
            emit dataChanged(index(first, 0), index(row - 1, columnCount() - 1));
        }
        emit rowsUpdated();
    }

    [[nodiscard]] const QList<R>& rows() const { return m_rows; }
    [[nodiscard]] const R& rowAt(int row) const { return m_rows.at(row); }

    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override {
        if (!index.isValid() || index.row() >= m_rows.size())
            return {};
        if (role == KeyRole)
            return m_keys.at(index.row());
        if (role == Qt::TextAlignmentRole)
            return columns().at(index.column()).numeric ? int(Qt::AlignRight | Qt::AlignVCenter) : int(Qt::AlignLeft | Qt::AlignVCenter);
        return cell(m_rows.at(index.row()), index.column(), role);
    }

protected:
    virtual QString keyOf(const R& row) const = 0;
    /// Qt::DisplayRole, SortRole, StateRole, NumberRole, Qt::ToolTipRole and the model's own roles.
    virtual QVariant cell(const R& row, int column, int role) const = 0;

private:
    QList<R> m_rows;
};

} // namespace models
