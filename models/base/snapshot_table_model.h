#pragma once
// Turns a sequence of rows into minimal model changes. Each new snapshot is compared with what is shown: rows are inserted,
// removed, moved and changed, and never reset, so selection, scroll position and focus survive every refresh. Long lists are compared
// on a thread of their own; the interface thread only swaps.

#include "models/base/background.h"
#include "models/base/row_changes.h"
#include "models/base/row_facts.h"

#include <QAbstractTableModel>
#include <QHash>
#include <QList>
#include <QString>
#include <QVariant>
#include <functional>
#include <memory>
#include <optional>

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
    bool picture = false;   ///< painted, without text: nothing to copy or export
};

/// Columns, headers, roles and the diff; knows nothing of the row type. Interface thread.
class SnapshotTableModelBase : public QAbstractTableModel {
    Q_OBJECT
public:
    enum HeaderRole { ColumnIdRole = Qt::UserRole + 1, NumericRole, ShownAtFirstRole, PictureRole };
    /// Lists of up to so many rows are compared, sorted and filtered at once: the way to another thread and back costs more.
    static constexpr int kRowsAtOnceMax = 500;
    explicit SnapshotTableModelBase(QList<Column> columns, QObject* parent = nullptr);

    [[nodiscard]] const QList<Column>& columns() const { return m_columns; }
    [[nodiscard]] int columnNamed(const QString& id) const; ///< -1 = none
    /// The row with this key, -1 = none. O(1) amortised.
    [[nodiscard]] int rowOfKey(const QString& key) const;
    [[nodiscard]] const QString& keyAt(int row) const { return m_keys.at(row); }
    /// The rows as they are now, for another thread. Null: cells can only be asked here (see SnapshotTableModel::setCellFunction).
    [[nodiscard]] virtual RowFactsPtr facts() const { return nullptr; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

signals:
    void rowsUpdated(); ///< the rows are those of the newest setRows, changed or not: before it returns, or later for long lists

protected:
    /// Announces that rows change places: `order` is place -> row before. `change` does it.
    void reorder(const QList<int>& order, const std::function<void()>& change);
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
///
/// or, where lists get long, `static QVariant cellOf(const TopicRow&, int column, int role)` and setCellFunction(cellOf).
template <class R>
class SnapshotTableModel : public SnapshotTableModelBase {
public:
    using SnapshotTableModelBase::SnapshotTableModelBase;

    using CellFunction = QVariant (*)(const R& row, int column, int role);

    /// Replaces the rows by minimal changes. Keys must be unique; a second row with a key is left out. Two long lists are compared elsewhere, and
    /// rows() is the new list when rowsUpdated() comes; calls in between are gathered, the newest counts.
    void setRows(QList<R> rows) {
        m_next.reset();
        if (m_rows.isEmpty() || rows.isEmpty() || std::max(m_rows.size(), rows.size()) <= kRowsAtOnceMax) {
            ++m_version;
            become(compare({m_keys, m_rows, keysOf(rows), std::move(rows)}));
            return;
        }
        m_next = std::move(rows);
        compareElsewhere();
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
    /// Qt::DisplayRole, SortRole, StateRole, NumberRole, Qt::ToolTipRole and the model's own roles. Overridden, or given as a function.
    virtual QVariant cell(const R& row, int column, int role) const { return m_cell == nullptr ? QVariant() : m_cell(row, column, role); }
    /// What `cell` says, as a plain function of its arguments: then long lists are sorted and filtered off the interface thread. Any thread calls it.
    void setCellFunction(CellFunction function) { m_cell = function; }

public:
    [[nodiscard]] RowFactsPtr facts() const override {
        if (m_cell == nullptr)
            return nullptr;
        struct Facts : RowFacts {
            Facts(QList<R> all, CellFunction function) : rows(std::move(all)), cell(function) {}
            int count() const override { return static_cast<int>(rows.size()); }
            QVariant at(int row, int column, int role) const override { return cell(rows.at(row), column, role); }
            const QList<R> rows;
            const CellFunction cell;
        };
        return std::make_shared<Facts>(m_rows, m_cell);
    }

private:
    struct Lists {
        QList<QString> keysBefore;
        QList<R> before;
        QList<QString> keys;
        QList<R> rows;
    };
    struct Change {
        QList<QString> keys;
        QList<R> rows;
        RowPlan plan;
        QList<std::pair<int, int>> changed; ///< [first, last] of the new rows that say something else
    };

    QList<QString> keysOf(const QList<R>& rows) const {
        QList<QString> keys;
        keys.reserve(rows.size());
        for (const auto& row : rows)
            keys.append(keyOf(row));
        return keys;
    }

    /// Values only: any thread.
    static Change compare(const Lists& lists) {
        Change change;
        QHash<QString, int> rowOf;
        rowOf.reserve(lists.keys.size());
        for (int i = 0; i < lists.keys.size(); ++i) {
            if (rowOf.contains(lists.keys[i]))
                continue;
            rowOf.insert(lists.keys[i], static_cast<int>(change.keys.size()));
            change.keys.append(lists.keys[i]);
            change.rows.append(lists.rows[i]);
        }
        std::vector<int> goesTo(static_cast<std::size_t>(lists.keysBefore.size()), -1);
        std::vector<bool> differs(static_cast<std::size_t>(change.rows.size()), false);
        for (int i = 0; i < lists.keysBefore.size(); ++i) {
            const int to = rowOf.value(lists.keysBefore[i], -1);
            goesTo[i] = to;
            if (to >= 0)
                differs[to] = !(lists.before[i] == change.rows[to]);
        }
        change.plan = planRows(goesTo, static_cast<int>(change.keys.size()));
        for (int row = 0; row < static_cast<int>(differs.size()); ++row) {
            if (!differs[row])
                continue;
            if (!change.changed.isEmpty() && change.changed.last().second == row - 1)
                change.changed.last().second = row;
            else
                change.changed.append({row, row});
        }
        // Told one by one, very many would take longer than one range with unchanged rows in it.
        if (change.changed.size() > RowPlan::kStepsMax)
            change.changed = {{change.changed.first().first, change.changed.last().second}};
        return change;
    }

    void compareElsewhere() {
        if (m_comparing || !m_next)
            return;
        m_comparing = true;
        auto lists = std::make_shared<Lists>(Lists{m_keys, m_rows, keysOf(*m_next), *m_next});
        m_next.reset();
        inBackground<std::shared_ptr<Change>>(
            this, [lists] { return std::make_shared<Change>(compare(*lists)); },
            [this, version = m_version](const std::shared_ptr<Change>& change) {
                m_comparing = false;
                if (version == m_version) // else the rows were replaced meanwhile
                    become(std::move(*change));
                compareElsewhere();
            });
    }

    void become(Change change) {
        for (const auto& step : change.plan.steps) {
            m_indexStale = true;
            if (step.kind == RowStep::Remove) {
                beginRemoveRows({}, step.row, step.row + step.count - 1);
                m_keys.remove(step.row, step.count);
                m_rows.remove(step.row, step.count);
                endRemoveRows();
            } else {
                // Steps go from front to back, so what stands before `row` is final and the new rows are those of the new list there.
                beginInsertRows({}, step.row, step.row + step.count - 1);
                m_keys = m_keys.first(step.row) + change.keys.sliced(step.row, step.count) + m_keys.sliced(step.row);
                m_rows = m_rows.first(step.row) + change.rows.sliced(step.row, step.count) + m_rows.sliced(step.row);
                endInsertRows();
            }
        }
        if (change.plan.strokes)
            becomeByStrokes(change);
        // Now the keys are equal; changed rows are announced as ranges. A long list also takes long to be forgotten.
        m_rows.swap(change.rows);
        if (change.rows.size() > kRowsAtOnceMax)
            tableWorker().start([old = std::exchange(change.rows, {})] {});
        for (const auto& [first, last] : change.changed)
            emit dataChanged(index(first, 0), index(last, columnCount() - 1));
        emit rowsUpdated();
    }

    void becomeByStrokes(const Change& change) {
        const RowPlan& plan = change.plan;
        m_indexStale = true;
        stand(plan.gather);
        if (plan.removed > 0) {
            beginRemoveRows({}, plan.kept, plan.kept + plan.removed - 1);
            m_keys.remove(plan.kept, plan.removed);
            m_rows.remove(plan.kept, plan.removed);
            endRemoveRows();
        }
        if (plan.added > 0) {
            m_indexStale = true;
            beginInsertRows({}, plan.kept, plan.kept + plan.added - 1);
            for (int row = 0; row < change.rows.size(); ++row) {
                if ((plan.scatter.isEmpty() ? row : plan.scatter[row]) < plan.kept)
                    continue;
                m_keys.append(change.keys[row]);
                m_rows.append(change.rows[row]);
            }
            endInsertRows();
        }
        stand(plan.scatter);
    }

    void stand(const QList<int>& order) {
        if (order.isEmpty())
            return;
        QList<QString> keys;
        QList<R> rows;
        keys.reserve(order.size());
        rows.reserve(order.size());
        for (const int row : order) {
            keys.append(m_keys[row]);
            rows.append(m_rows[row]);
        }
        reorder(order, [&] {
            m_keys = std::move(keys);
            m_rows = std::move(rows);
        });
    }

    QList<R> m_rows;
    CellFunction m_cell = nullptr;
    std::optional<QList<R>> m_next; ///< set while another comparison runs
    quint64 m_version = 0;          ///< counts changes that no comparison made
    bool m_comparing = false;
};

} // namespace models
