#include "models/base/row_changes.h"

#include <QHash>
#include <algorithm>

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

/// Removes runs of rows that are not kept from the back, inserts runs of new ones from the front.
QList<RowStep> stepsFor(const std::vector<bool>& keptBefore, const std::vector<bool>& keptAfter) {
    QList<RowStep> steps;
    for (int end = static_cast<int>(keptBefore.size()); end > 0;) {
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
    for (int first = 0; first < static_cast<int>(keptAfter.size());) {
        if (keptAfter[first]) {
            ++first;
            continue;
        }
        int end = first + 1;
        while (end < static_cast<int>(keptAfter.size()) && !keptAfter[end])
            ++end;
        steps.append({RowStep::Insert, first, end - first});
        first = end;
    }
    return steps;
}

QList<int> emptyWhenInOrder(QList<int> order) {
    for (int i = 0; i < order.size(); ++i)
        if (order[i] != i)
            return order;
    return {};
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
    return stepsFor(keptBefore, keptAfter);
}

RowPlan planRows(const std::vector<int>& goesTo, int afterCount) {
    RowPlan plan;
    std::vector<bool> keptBefore(goesTo.size(), false);
    std::vector<int> cameFrom(static_cast<std::size_t>(afterCount), -1);
    int last = -1;
    for (std::size_t i = 0; i < goesTo.size(); ++i) {
        if (goesTo[i] < 0)
            continue;
        keptBefore[i] = true;
        cameFrom[goesTo[i]] = static_cast<int>(i);
        plan.reorders = plan.reorders || goesTo[i] < last;
        last = goesTo[i];
    }
    std::vector<bool> keptAfter(cameFrom.size());
    std::transform(cameFrom.begin(), cameFrom.end(), keptAfter.begin(), [](int row) { return row >= 0; });
    if (!plan.reorders) {
        plan.steps = stepsFor(keptBefore, keptAfter);
        if (plan.steps.size() <= RowPlan::kStepsMax)
            return plan;
        plan.steps.clear();
    }
    plan.strokes = true;
    plan.scatter.reserve(afterCount);
    plan.gather.reserve(static_cast<qsizetype>(goesTo.size()));
    for (const int row : cameFrom)
        if (row >= 0)
            plan.gather.append(row);
    plan.kept = static_cast<int>(plan.gather.size());
    for (int i = 0; i < static_cast<int>(goesTo.size()); ++i)
        if (goesTo[i] < 0)
            plan.gather.append(i);
    plan.removed = static_cast<int>(goesTo.size()) - plan.kept;
    int kept = 0;
    for (const int row : cameFrom)
        plan.scatter.append(row >= 0 ? kept++ : plan.kept + plan.added++);
    plan.gather = emptyWhenInOrder(std::move(plan.gather));
    plan.scatter = emptyWhenInOrder(std::move(plan.scatter));
    return plan;
}

} // namespace models
