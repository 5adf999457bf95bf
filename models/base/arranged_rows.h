#pragma once
// Another model's rows, sorted by SortRole and filtered. Long lists are arranged on a thread of their own (see SnapshotTableModelBase::facts):
// the interface thread hands over values and swaps in the answer. Rows that stay keep selection and focus, whatever moves around them.
//
// Rows that go leave at once. Rows that come, and rows whose values changed, find their place a moment later in long lists, before the
// call returns in short ones. Interface thread. Columns of the source do not change.

#include "models/base/arrange.h"

#include <QAbstractProxyModel>
#include <QPersistentModelIndex>
#include <functional>

namespace models {

class ArrangedRows : public QAbstractProxyModel {
    Q_OBJECT
public:
    explicit ArrangedRows(QObject* parent = nullptr);
    ~ArrangedRows() override;

    void setSourceModel(QAbstractItemModel* source) override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;
    /// Only rows that have every word in a text of one of `columns`.
    void setWords(const QString& words, const QList<int>& columns);
    /// And only those that this accepts (source row); null = all. Asked here for each row each time rows come: must be quick.
    void setAccepts(std::function<bool(int sourceRow)> accepts);
    /// While held, rows that are shown stay where they are, though their values change; new ones come among them. Letting go sorts and filters again.
    void setHeld(bool held);
    /// A newer order than the one shown is being made.
    [[nodiscard]] bool isArranging() const { return m_running; }

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    QModelIndex mapToSource(const QModelIndex& proxy) const override;
    QModelIndex mapFromSource(const QModelIndex& source) const override;

signals:
    void aboutToChange(const models::RowPlan& plan); ///< rows come, go or move
    void changed();
    void arranged();                   ///< an order was made and is shown, changed or not

private:
    void connectSource();
    void sourceInserted(int first, int last);
    void sourceAboutToRemove(int first, int last);
    void sourceRemoved(int first, int last);
    void sourceChanged(int first, int last);
    void settle();
    void rearrange();
    void start();
    [[nodiscard]] ArrangeWish wishFor(RowFactsPtr rows) const;
    void take(const Arranged& arranged);
    void become(const RowPlan& plan, const QList<int>& order);
    void stand(const QList<int>& places);
    [[nodiscard]] int shownAt(int sourceRow) const;

    QList<QMetaObject::Connection> m_connections;
    QList<int> m_order;           ///< row -> source row
    mutable QList<int> m_shownAt; ///< source row -> row, -1 = not shown; empty = to be made
    QList<QPersistentModelIndex> m_places; ///< while the source's rows change places
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    QStringList m_words;
    QList<int> m_wordColumns;
    std::function<bool(int)> m_accepts;
    bool m_held = false;
    bool m_came = false;    ///< rows came that have no place yet
    bool m_stale = false;   ///< values changed since they were sorted
    bool m_asked = false;   ///< the user asked for another order: held rows move too
    bool m_running = false;
    bool m_again = false;   ///< what runs is not the newest wish
    quint64 m_version = 0;  ///< counts changes of m_order and of the source's row numbers
    std::shared_ptr<std::atomic<bool>> m_cancel;
};

} // namespace models
