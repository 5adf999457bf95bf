#include "models/base/arrange.h"

#include "models/base/snapshot_table_model.h"

#include <QDateTime>
#include <algorithm>
#include <cmath>

namespace models {
namespace {

constexpr int kRowsBetweenLooks = 256; ///< at `cancelled`

struct SortKey {
    enum Rank { Unmeasured, Number, Text, Nothing } rank = Nothing;
    long double number = 0; ///< holds every qint64
    QString text;
};

SortKey keyOf(const QVariant& value) {
    switch (value.typeId()) {
    case QMetaType::UnknownType: return {};
    case QMetaType::Bool:
    case QMetaType::Int:
    case QMetaType::LongLong: return {SortKey::Number, static_cast<long double>(value.toLongLong()), {}};
    case QMetaType::UInt:
    case QMetaType::ULongLong: return {SortKey::Number, static_cast<long double>(value.toULongLong()), {}};
    case QMetaType::Float:
    case QMetaType::Double: {
        const double number = value.toDouble();
        return {std::isnan(number) ? SortKey::Unmeasured : SortKey::Number, std::isnan(number) ? 0 : static_cast<long double>(number), {}};
    }
    case QMetaType::QDateTime: return {SortKey::Number, static_cast<long double>(value.toDateTime().toMSecsSinceEpoch()), {}};
    default: return {SortKey::Text, 0, value.toString()};
    }
}

bool less(const SortKey& a, const SortKey& b) {
    if (a.rank != b.rank)
        return a.rank < b.rank;
    return a.rank == SortKey::Text ? a.text.compare(b.text, Qt::CaseInsensitive) < 0 : a.number < b.number;
}

bool hasWords(const ArrangeWish& wish, int row) {
    return std::all_of(wish.words.begin(), wish.words.end(), [&](const QString& word) {
        return std::any_of(wish.wordColumns.begin(), wish.wordColumns.end(),
            [&](int column) { return wish.rows->at(row, column, Qt::DisplayRole).toString().contains(word, Qt::CaseInsensitive); });
    });
}

/// Puts `fresh` (sorted) among `shown`: each before the first that comes after it.
template <class Before>
QList<int> merged(const QList<int>& shown, const QList<int>& fresh, Before before) {
    QList<int> order;
    order.reserve(shown.size() + fresh.size());
    qsizetype next = 0;
    for (const int row : shown) {
        while (next < fresh.size() && before(fresh[next], row))
            order.append(fresh[next++]);
        order.append(row);
    }
    return order + fresh.sliced(next);
}

RowPlan planOf(const QList<int>& shown, const QList<int>& order, int rowCount) {
    std::vector<int> placeOf(static_cast<std::size_t>(rowCount), -1);
    for (int i = 0; i < order.size(); ++i)
        placeOf[order[i]] = i;
    std::vector<int> goesTo;
    goesTo.reserve(static_cast<std::size_t>(shown.size()));
    for (const int row : shown)
        goesTo.push_back(placeOf[row]);
    return planRows(goesTo, static_cast<int>(order.size()));
}

} // namespace

std::optional<Arranged> arrange(const ArrangeWish& wish, const std::atomic<bool>* cancelled) {
    const int rows = wish.rows->count();
    const auto stop = [cancelled](int i) { return i % kRowsBetweenLooks == 0 && cancelled != nullptr && cancelled->load(std::memory_order_relaxed); };
    std::vector<bool> stays(static_cast<std::size_t>(rows), false);
    if (wish.keepShown)
        for (const int row : wish.shown)
            stays[row] = true;
    QList<int> fresh;
    for (int row = 0; row < rows; ++row) {
        if (stop(row))
            return std::nullopt;
        if (!stays[row] && (wish.accepted.isEmpty() || wish.accepted[row]) && hasWords(wish, row))
            fresh.append(row);
    }
    Arranged result;
    if (wish.sortColumn < 0 || (wish.keepShown && fresh.isEmpty())) {
        result.order = wish.keepShown ? wish.shown + fresh : fresh;
    } else {
        std::vector<SortKey> keys(static_cast<std::size_t>(rows));
        for (int row = 0; row < rows; ++row) {
            if (stop(row))
                return std::nullopt;
            keys[row] = keyOf(wish.rows->at(row, wish.sortColumn, SortRole));
        }
        const bool descending = wish.order == Qt::DescendingOrder;
        const auto before = [&keys, descending](int a, int b) { return descending ? less(keys[b], keys[a]) : less(keys[a], keys[b]); };
        std::stable_sort(fresh.begin(), fresh.end(), before);
        result.order = wish.keepShown ? merged(wish.shown, fresh, before) : fresh;
    }
    result.plan = planOf(wish.shown, result.order, rows);
    return result;
}

} // namespace models
