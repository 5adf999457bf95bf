#include "ui/overview/leadership_history.h"

#include <algorithm>

namespace ui::overview {

void LeadershipHistory::note(qint64 nowMs, int broker, Standing standing, int leaders) {
    auto& changes = m_changes[broker];
    if (!changes.isEmpty()) {
        const auto& last = changes.last();
        if (last.standing == standing && (last.leaders == leaders || standing != Standing::Up))
            return;
        nowMs = std::max(nowMs, last.fromMs);
        if (nowMs == last.fromMs)
            changes.removeLast();
    }
    changes.append({nowMs, standing, leaders});
    if (changes.size() > kChangesMax)
        changes.remove(0, changes.size() - kChangesMax);
}

QList<int> LeadershipHistory::brokers() const {
    QList<int> ids = m_changes.keys();
    std::sort(ids.begin(), ids.end());
    return ids;
}

QList<LeadershipSpan> LeadershipHistory::spans(int broker, qint64 fromMs, qint64 toMs, qint64 shortestMs) const {
    QList<LeadershipSpan> spans;
    const auto changes = m_changes.value(broker);
    for (qsizetype i = 0; i < changes.size(); ++i) {
        const bool isLast = i + 1 == changes.size();
        const qint64 from = std::max(changes[i].fromMs, fromMs);
        const qint64 to = std::min(isLast ? toMs : changes[i + 1].fromMs, toMs);
        if (to <= from || changes[i].fromMs >= toMs)
            continue;
        const bool passing = !isLast && changes[i + 1].fromMs - changes[i].fromMs < shortestMs && !spans.isEmpty();
        if (passing) {
            spans.last().toMs = to;
            continue;
        }
        if (!spans.isEmpty() && spans.last().standing == changes[i].standing && (spans.last().leaders == changes[i].leaders || changes[i].standing != Standing::Up))
            spans.last().toMs = to;
        else
            spans.append({from, to, changes[i].standing, changes[i].leaders});
    }
    return spans;
}

} // namespace ui::overview
