#include "models/session/verdict.h"

#include <algorithm>

namespace models::session {
namespace {

/// A window may span a moment or an hour; silence is judged within these. Who is there may be at work on what it has fetched; and goes from one partition
/// of many to the next.
constexpr qint64 kQuietMinMs = 15'000;
constexpr qint64 kQuietMinWithReaderMs = 60'000;
constexpr qint64 kQuietMaxMs = 5 * 60'000;
/// Fewer commits than these in less time do not show which way the lag goes.
constexpr std::size_t kTrendCommitsMin = 5;
constexpr qint64 kTrendMsMin = 20'000;

} // namespace

void CommitWindow::note(qint64 timeMs, qint64 offset, qint64 lag) {
    const bool moved = m_commits.empty() || m_commits.back().offset != offset;
    if (lag == 0)
        m_quietSinceMs = 0;
    else if (moved || m_quietSinceMs == 0)
        m_quietSinceMs = timeMs;
    if (!moved) {
        m_commits.back().lag = std::min(m_commits.back().lag, lag);
        return;
    }
    const bool back = !m_commits.empty() && offset < m_commits.back().offset;
    const bool close = m_commits.size() > 1 && timeMs - m_commits.back().timeMs < kDistanceMinMs;
    if (close && !back) {
        m_commits.back().offset = offset;
        m_commits.back().lag = lag;
        return;
    }
    m_commits.push_back({timeMs, offset, lag});
    if (m_commits.size() > static_cast<std::size_t>(kCommitsMax))
        m_commits.erase(m_commits.begin());
}

Judgement judge(const CommitWindow& window, qint64 lag, bool hasReader, qint64 nowMs) {
    Judgement judged;
    judged.hasReader = hasReader;
    const auto& commits = window.commits();
    if (lag < 0 || commits.empty())
        return judged;
    judged.verdict = Verdict::Ok;
    if (lag == 0)
        return judged;
    for (std::size_t i = commits.size(); i-- > 1;) {
        if (commits[i].lag == 0)
            break; // it has read all since
        if (commits[i].offset < commits[i - 1].offset) {
            judged.verdict = Verdict::Rewind;
            judged.sinceMs = commits[i].timeMs;
            judged.before = commits[i - 1].offset;
            judged.after = commits[i].offset;
            return judged;
        }
    }
    const qint64 span = commits.back().timeMs - commits.front().timeMs;
    const qint64 quiet = window.quietSinceMs() > 0 ? nowMs - window.quietSinceMs() : 0;
    if (quiet > std::clamp(span, hasReader ? kQuietMinWithReaderMs : kQuietMinMs, kQuietMaxMs)) {
        judged.verdict = hasReader ? Verdict::Stall : Verdict::Stop;
        judged.sinceMs = window.quietSinceMs();
        judged.after = lag;
        return judged;
    }
    if (commits.size() == 1) {
        judged.verdict = Verdict::Unknown; // where it stands is seen, not that it moves
        judged.after = lag;
        return judged;
    }
    if (std::any_of(commits.begin(), commits.end(), [](const Commit& commit) { return commit.lag == 0; }))
        return judged;
    const bool fell = std::adjacent_find(commits.begin(), commits.end(), [](const Commit& a, const Commit& b) { return b.lag < a.lag; }) != commits.end();
    if (!fell && commits.size() >= kTrendCommitsMin && span >= kTrendMsMin) {
        judged.verdict = Verdict::Warn;
        judged.sinceMs = commits.front().timeMs;
        judged.before = commits.front().lag;
        judged.after = commits.back().lag;
    }
    return judged;
}

Judgement worstOf(const QList<Judgement>& partitions) {
    Judgement worst;
    for (const auto& each : partitions) {
        if (each.verdict > worst.verdict || (each.verdict == worst.verdict && each.after > worst.after)) {
            const int before = each.verdict == worst.verdict ? worst.partitions : 0;
            worst = each;
            worst.partitions = before;
        }
        worst.partitions += each.verdict == worst.verdict;
    }
    // All that is known may be fine because it is read to the end: then what is not known yet decides.
    if (worst.verdict == Verdict::Ok)
        for (const auto& each : partitions)
            if (each.verdict == Verdict::Unknown && each.after > 0)
                return each;
    return worst;
}

} // namespace models::session
