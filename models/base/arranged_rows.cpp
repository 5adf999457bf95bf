#include "models/base/arranged_rows.h"

#include "models/base/background.h"
#include "models/base/snapshot_table_model.h"

#include <numeric>

namespace models {
namespace {

/// Rows of a model that can only be asked on its own thread.
struct ModelFacts : RowFacts {
    explicit ModelFacts(const QAbstractItemModel* asked) : model(asked) {}
    int count() const override { return model->rowCount(); }
    QVariant at(int row, int column, int role) const override { return model->index(row, column).data(role); }
    const QAbstractItemModel* model;
};

} // namespace

ArrangedRows::ArrangedRows(QObject* parent) : QAbstractProxyModel(parent) {}

ArrangedRows::~ArrangedRows() {
    if (m_cancel)
        m_cancel->store(true);
}

void ArrangedRows::setSourceModel(QAbstractItemModel* source) {
    beginResetModel();
    for (const auto& connection : std::as_const(m_connections))
        disconnect(connection);
    m_connections.clear();
    QAbstractProxyModel::setSourceModel(source);
    m_order.clear();
    m_shownAt.clear();
    ++m_version;
    if (source)
        connectSource();
    endResetModel();
    rearrange();
}

void ArrangedRows::connectSource() {
    auto* source = sourceModel();
    m_connections = {
        connect(source, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex&, int first, int last) { sourceInserted(first, last); }),
        connect(source, &QAbstractItemModel::rowsAboutToBeRemoved, this, [this](const QModelIndex&, int first, int last) { sourceAboutToRemove(first, last); }),
        connect(source, &QAbstractItemModel::rowsRemoved, this, [this](const QModelIndex&, int first, int last) { sourceRemoved(first, last); }),
        connect(source, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& from, const QModelIndex& to) { sourceChanged(from.row(), to.row()); }),
        connect(source, &QAbstractItemModel::layoutAboutToBeChanged, this, [this] {
            for (const int row : std::as_const(m_order))
                m_places.append(sourceModel()->index(row, 0));
        }),
        connect(source, &QAbstractItemModel::layoutChanged, this, [this] {
            for (qsizetype i = 0; i < m_places.size(); ++i)
                m_order[i] = m_places[i].row();
            m_places.clear();
            m_shownAt.clear();
            ++m_version;
        }),
        connect(source, &QAbstractItemModel::modelAboutToBeReset, this, [this] { beginResetModel(); }),
        connect(source, &QAbstractItemModel::modelReset, this, [this] {
            m_order.clear();
            m_shownAt.clear();
            ++m_version;
            endResetModel();
            rearrange();
        }),
        connect(source, &QAbstractItemModel::headerDataChanged, this, [this](Qt::Orientation way, int first, int last) {
            if (way == Qt::Horizontal)
                emit headerDataChanged(way, first, last);
        }),
    };
    m_connections.append(connect(source, &QObject::destroyed, this, [this] {
        beginResetModel();
        m_order.clear();
        m_shownAt.clear();
        ++m_version;
        endResetModel();
    }));
    if (auto* snapshots = qobject_cast<SnapshotTableModelBase*>(source))
        m_connections.append(connect(snapshots, &SnapshotTableModelBase::rowsUpdated, this, &ArrangedRows::settle));
}

void ArrangedRows::sort(int column, Qt::SortOrder order) {
    m_sortColumn = column;
    m_sortOrder = order;
    m_asked = true;
    rearrange();
}

void ArrangedRows::setWords(const QString& words, const QList<int>& columns) {
    const QStringList list = words.simplified().split(u' ', Qt::SkipEmptyParts);
    if (list == m_words && (list.isEmpty() || columns == m_wordColumns))
        return;
    m_words = list;
    m_wordColumns = columns;
    m_asked = true;
    rearrange();
}

void ArrangedRows::setAccepts(std::function<bool(int)> accepts) {
    m_accepts = std::move(accepts);
    m_asked = true;
    rearrange();
}

void ArrangedRows::setHeld(bool held) {
    if (std::exchange(m_held, held) && !held && m_stale)
        rearrange();
}

int ArrangedRows::shownAt(int sourceRow) const {
    if (m_shownAt.isEmpty() && sourceModel()) {
        m_shownAt.fill(-1, sourceModel()->rowCount());
        for (int i = 0; i < m_order.size(); ++i)
            m_shownAt[m_order[i]] = i;
    }
    return m_shownAt.value(sourceRow, -1);
}

void ArrangedRows::sourceInserted(int first, int last) {
    for (int& row : m_order)
        if (row >= first)
            row += last - first + 1;
    m_shownAt.clear();
    ++m_version;
    m_came = true;
    if (!qobject_cast<SnapshotTableModelBase*>(sourceModel()))
        settle();
}

void ArrangedRows::sourceAboutToRemove(int first, int last) {
    std::vector<int> goesTo;
    QList<int> order;
    goesTo.reserve(static_cast<std::size_t>(m_order.size()));
    for (const int row : std::as_const(m_order)) {
        const bool goes = row >= first && row <= last;
        goesTo.push_back(goes ? -1 : static_cast<int>(order.size()));
        if (!goes)
            order.append(row);
    }
    become(planRows(goesTo, static_cast<int>(order.size())), order);
}

void ArrangedRows::sourceRemoved(int first, int last) {
    for (int& row : m_order)
        if (row > last)
            row -= last - first + 1;
    m_shownAt.clear();
    ++m_version;
}

void ArrangedRows::sourceChanged(int first, int last) {
    int top = -1, bottom = -1;
    for (int row = first; row <= last; ++row) {
        const int at = shownAt(row);
        if (at < 0)
            continue;
        top = top < 0 ? at : std::min(top, at);
        bottom = std::max(bottom, at);
    }
    if (top >= 0)
        emit dataChanged(index(top, 0), index(bottom, columnCount() - 1));
    m_stale = true;
    if (!qobject_cast<SnapshotTableModelBase*>(sourceModel()))
        settle();
}

/// After the source has told all of a change.
void ArrangedRows::settle() {
    if (m_came || (m_stale && !m_held))
        rearrange();
}

void ArrangedRows::rearrange() {
    if (!sourceModel())
        return;
    auto* snapshots = qobject_cast<SnapshotTableModelBase*>(sourceModel());
    const bool here = sourceModel()->rowCount() <= SnapshotTableModelBase::kRowsAtOnceMax || !snapshots || !snapshots->facts();
    if (!here) {
        if (m_running)
            m_again = true;
        if (m_running && m_asked && m_cancel)
            m_cancel->store(true); // the user types on: the older answer is not waited for
        if (!m_running)
            start();
        return;
    }
    const ArrangeWish wish = wishFor(std::make_shared<ModelFacts>(sourceModel()));
    m_again = m_asked = m_came = false;
    m_stale = m_stale && wish.keepShown;
    take(*arrange(wish));
}

ArrangeWish ArrangedRows::wishFor(RowFactsPtr rows) const {
    ArrangeWish wish{std::move(rows), m_sortColumn, m_sortOrder, m_words, m_wordColumns, {}, m_order, m_held && !m_asked};
    if (m_accepts) {
        const int count = sourceModel()->rowCount();
        wish.accepted.reserve(count);
        for (int row = 0; row < count; ++row)
            wish.accepted.append(m_accepts(row));
    }
    return wish;
}

void ArrangedRows::start() {
    m_running = true;
    m_cancel = std::make_shared<std::atomic<bool>>(false);
    auto wish = std::make_shared<ArrangeWish>(wishFor(qobject_cast<SnapshotTableModelBase*>(sourceModel())->facts()));
    const bool asked = m_asked, stale = m_stale && !wish->keepShown;
    m_again = m_asked = m_came = false;
    m_stale = m_stale && wish->keepShown;
    using Answer = std::shared_ptr<std::optional<Arranged>>;
    inBackground<Answer>(
        this, [wish, cancel = m_cancel] { return std::make_shared<std::optional<Arranged>>(arrange(*wish, cancel.get())); },
        [this, asked, stale, version = m_version](const Answer& answer) {
            m_running = false;
            const bool good = answer->has_value() && version == m_version;
            if (good)
                take(**answer);
            // Rows came or went while it was made, or it was given up: once more, for the rows that there are now.
            m_asked = m_asked || (asked && !good);
            m_stale = m_stale || (stale && !good);
            if (!good || m_again)
                rearrange();
        });
}

void ArrangedRows::take(const Arranged& made) {
    become(made.plan, made.order);
    emit arranged();
}

void ArrangedRows::become(const RowPlan& plan, const QList<int>& order) {
    if (plan.isEmpty())
        return;
    emit aboutToChange(plan);
    ++m_version;
    for (const auto& step : plan.steps) {
        if (step.kind == RowStep::Remove) {
            beginRemoveRows({}, step.row, step.row + step.count - 1);
            m_order.remove(step.row, step.count);
            m_shownAt.clear();
            endRemoveRows();
        } else {
            beginInsertRows({}, step.row, step.row + step.count - 1);
            m_order = m_order.first(step.row) + order.sliced(step.row, step.count) + m_order.sliced(step.row);
            m_shownAt.clear();
            endInsertRows();
        }
    }
    if (plan.strokes) {
        stand(plan.gather);
        if (plan.removed > 0) {
            beginRemoveRows({}, plan.kept, plan.kept + plan.removed - 1);
            m_order.remove(plan.kept, plan.removed);
            m_shownAt.clear();
            endRemoveRows();
        }
        if (plan.added > 0) {
            beginInsertRows({}, plan.kept, plan.kept + plan.added - 1);
            for (int i = 0; i < order.size(); ++i)
                if ((plan.scatter.isEmpty() ? i : plan.scatter[i]) >= plan.kept)
                    m_order.append(order[i]);
            m_shownAt.clear();
            endInsertRows();
        }
        stand(plan.scatter);
    }
    emit changed();
}

void ArrangedRows::stand(const QList<int>& places) {
    if (places.isEmpty())
        return;
    emit layoutAboutToBeChanged({}, VerticalSortHint);
    QList<int> order, placeOf(places.size());
    order.reserve(places.size());
    for (int i = 0; i < places.size(); ++i) {
        order.append(m_order[places[i]]);
        placeOf[places[i]] = i;
    }
    m_order = std::move(order);
    m_shownAt.clear();
    const auto before = persistentIndexList();
    QModelIndexList after;
    after.reserve(before.size());
    for (const auto& one : before)
        after.append(createIndex(placeOf[one.row()], one.column()));
    changePersistentIndexList(before, after);
    emit layoutChanged({}, VerticalSortHint);
}

QModelIndex ArrangedRows::index(int row, int column, const QModelIndex& parent) const {
    return parent.isValid() || row < 0 || row >= m_order.size() || column < 0 || column >= columnCount() ? QModelIndex() : createIndex(row, column);
}
QModelIndex ArrangedRows::parent(const QModelIndex&) const { return {}; }
int ArrangedRows::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_order.size()); }
int ArrangedRows::columnCount(const QModelIndex& parent) const { return parent.isValid() || !sourceModel() ? 0 : sourceModel()->columnCount(); }

QVariant ArrangedRows::headerData(int section, Qt::Orientation orientation, int role) const {
    // The base class asks by way of a row, and an empty list has none.
    if (orientation == Qt::Horizontal)
        return sourceModel() ? sourceModel()->headerData(section, orientation, role) : QVariant();
    return role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
}

QModelIndex ArrangedRows::mapToSource(const QModelIndex& proxy) const {
    return proxy.isValid() && sourceModel() && proxy.row() < m_order.size() ? sourceModel()->index(m_order[proxy.row()], proxy.column()) : QModelIndex();
}

QModelIndex ArrangedRows::mapFromSource(const QModelIndex& source) const {
    const int row = source.isValid() ? shownAt(source.row()) : -1;
    return row < 0 ? QModelIndex() : createIndex(row, source.column());
}

} // namespace models
