#pragma once
// Which rows a table shows, and in which order. Pure: values in, values out, for any thread.

#include "models/base/row_changes.h"
#include "models/base/row_facts.h"

#include <QStringList>
#include <atomic>
#include <optional>

namespace models {

struct ArrangeWish {
    RowFactsPtr rows;
    int sortColumn = -1; ///< by SortRole; -1 = as they come
    Qt::SortOrder order = Qt::AscendingOrder;
    QStringList words;       ///< each has to stand in one of `wordColumns`; case does not matter
    QList<int> wordColumns;
    QList<bool> accepted;    ///< by row; empty = all
    QList<int> shown;        ///< the rows that are shown now, in their order
    bool keepShown = false;  ///< those stay, in their order; only rows that are new find their place among them
};

struct Arranged {
    QList<int> order; ///< rows to show
    RowPlan plan;     ///< from `shown` to `order`
};

/// Numbers sort as numbers (what was not measured comes first), texts without regard to case, equal ones as they come. Nothing when `cancelled`
/// became true meanwhile.
std::optional<Arranged> arrange(const ArrangeWish& wish, const std::atomic<bool>* cancelled = nullptr);

} // namespace models
