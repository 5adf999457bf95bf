#pragma once
// How one list of rows becomes another with as few changes as a view can follow. Pure functions of values, for any thread.

#include <QList>
#include <QString>
#include <vector>

namespace models {

/// One change of a list; several are applied in order.
struct RowStep {
    enum Kind { Remove, Insert } kind;
    int row;   ///< where, at the time of this step
    int count; ///< how many rows
    bool operator==(const RowStep&) const = default;
};
/// Steps that turn `before` into `after`; keys are unique within each. Rows that only moved are removed and inserted again, as few
/// as possible. O(n log n). Neighbouring steps are joined.
QList<RowStep> diffKeys(const QList<QString>& before, const QList<QString>& after);

/// The whole way from one list to another. Few rows that come and go are `steps`. Rows that change places keep their identity, and very
/// many steps would cost a view O(steps x n), so then it is four strokes whatever their number:
///
///     before      a b c d e        gather:  the rows that stay, as they will stand, then those that go     a c e | b d
///     kept 3      removed 2        cut:     the last `removed` rows                                        a c e
///     after       e X a c Y        append:  the `added` rows, in their order                               a c e | X Y
///                                  scatter: to their places                                                e X a c Y
struct RowPlan {
    static constexpr int kStepsMax = 16;
    QList<RowStep> steps;
    bool strokes = false;   ///< true: the four strokes, and no steps
    QList<int> gather;      ///< row to stand at each place -> row before; empty = as they stand
    int kept = 0, removed = 0, added = 0;
    QList<int> scatter;     ///< row after -> its row once the added ones are appended; empty = as they stand
    [[nodiscard]] bool isEmpty() const { return steps.isEmpty() && !strokes; }
    /// Of the rows that stay, one stands before another that it stood behind.
    bool reorders = false;
};
/// `goesTo`: for each row before its row after, -1 = it goes. Rows after that nothing goes to are added.
RowPlan planRows(const std::vector<int>& goesTo, int afterCount);

} // namespace models
