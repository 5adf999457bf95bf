#pragma once
// How a group keeps up, in a word, by Burrow's rules over a sliding window of commits (github.com/linkedin/Burrow, evaluator). Pure.
//
// Burrow is told of every commit; we ask now and then, so a commit is a change of the committed offset between two readings. From that follow two
// differences. Burrow's rule that lag was ever zero makes everything OK would keep a consumer that died after it had read all OK for good, so zero counts only
// until the lag has stood without a commit for as long as the window spans. And whether offsets are committed that do not move (STALL), or
// none are committed at all (STOP), is told by whether somebody reads the partition.
//
//     lag is 0 now                                                    -> Ok
//     an offset went back, and the lag was not 0 since                -> Rewind
//     unread messages and no commit for longer than the window spans  -> Stall where somebody reads the partition, else Stop
//       (within 15 s, with a reader 60 s, and 5 min)
//     the lag was 0 in the window                                     -> Ok
//     commits move on, and the lag never fell from one to the next    -> Warn
//     else                                                            -> Ok

#include "models/client/kafka_types.h"

#include <QList>
#include <vector>

namespace models::session {

/// In order of severity.
enum class Verdict { Unknown, Ok, Warn, Stall, Stop, Rewind };

/// A committed offset as it was first seen; `lag`: the least that was seen while it stood.
struct Commit {
    qint64 timeMs = 0;
    qint64 offset = -1;
    qint64 lag = -1;
    bool operator==(const Commit&) const = default;
};

/// The commits of one partition: the newest ten, at least a second apart.
class CommitWindow {
public:
    static constexpr int kCommitsMax = 10;
    static constexpr qint64 kDistanceMinMs = 1000;

    void note(qint64 timeMs, qint64 offset, qint64 lag);
    [[nodiscard]] const std::vector<Commit>& commits() const { return m_commits; } ///< oldest first
    /// Since when there is something unread and nothing was committed; 0 = nothing unread.
    [[nodiscard]] qint64 quietSinceMs() const { return m_quietSinceMs; }

private:
    std::vector<Commit> m_commits;
    qint64 m_quietSinceMs = 0;
};

/// What one partition, or a whole group, comes to, with the facts that decided. Nothing in it moves with the clock alone.
struct Judgement {
    Verdict verdict = Verdict::Unknown;
    client::TopicPartition partition; ///< of a group: the one that decided
    int partitions = 0;               ///< of a group: how many have this verdict
    bool hasReader = false;
    qint64 sinceMs = 0; ///< Stall, Stop: of the last commit or the first unread message; Rewind: when it went back; Warn: of the oldest commit
    qint64 before = 0;  ///< Rewind: the offset it came from; Warn: the lag then
    qint64 after = 0;   ///< Rewind: the offset it went to; Warn: the lag now; Stall, Stop: messages that wait
    bool operator==(const Judgement&) const = default;
};

/// `lag` now, -1 = not known.
Judgement judge(const CommitWindow& window, qint64 lag, bool hasReader, qint64 nowMs);
/// The gravest decides; of equals the one with the most messages waiting.
Judgement worstOf(const QList<Judgement>& partitions);

} // namespace models::session
