#pragma once
// What cleaning would take out of what a survey saw, and when, under given settings: Kafka's rules on measured numbers. Pure functions.
//
//   clean      [begin, clean offset)        written by the last compaction
//   dirty      [clean offset, uncleanable)  closed and old enough: the next compaction reads its keys
//   waiting    closed, but younger than min.compaction.lag.ms
//   active     the segment that is written to: never cleaned
//
// "Goes" is what a compaction now would take out: earlier versions of keys that the dirty part has again, tombstones past their deadline, and messages
// without a key.

#include "models/compaction/compaction_settings.h"
#include "models/compaction/partition_survey.h"

namespace models::compaction {

/// Why the next cleaning comes when it comes.
enum class When {
    Now,        ///< the conditions are met: within the cleaner's next rounds
    ByRatio,    ///< enough of it will be dirty
    ByLag,      ///< max.compaction.lag.ms will be over
    ByAge,      ///< retention.ms, for what is deleted
    NotSoon,    ///< not within a year at the pace of the last writes
    NoWrites,   ///< the active segment is closed by a write only, and none comes
    Never,      ///< the policy does not clean
};

struct Segment {
    qint64 first = 0;
    qint64 next = 0;
    double bytes = 0;
    qint64 oldestMs = -1; ///< of its first record: what segment.ms counts from
    qint64 newestMs = -1;
};

struct PartitionForecast {
    int partition = 0;
    double cleanBytes = 0;   ///< that stay
    double dirtyBytes = 0;   ///< that stay
    double goesBytes = 0;    ///< out of both, at once
    double waitingBytes = 0;
    double activeBytes = 0;
    double goesRecords = 0;
    double dirtyRatio = 0;   ///< as Kafka counts it
    qint64 cleanOffset = 0;
    qint64 uncleanable = 0;  ///< first offset that the next cleaning leaves alone
    When when = When::Never;
    qint64 inMs = -1;        ///< from the time given; -1 = see `when`
    double goesThenBytes = 0; ///< of what is there now, at that time
    qint64 expiredTombstones = 0; ///< in goes
    qint64 tombstones = 0;
    qint64 nextDeadlineMs = -1;   ///< wall clock; -1 = none lies ahead
    bool segmentsEstimated = true;
    bool cleanEstimated = true;
    [[nodiscard]] double bytes() const { return cleanBytes + dirtyBytes + goesBytes + waitingBytes + activeBytes; }
};

struct TopicForecast {
    QList<PartitionForecast> partitions;
    double bytes = 0;
    double goesBytes = 0;
    double goesRecords = 0;
    qint64 tombstones = 0;
    qint64 expiredTombstones = 0;
    double repeatedKeys = 0;
    double keys = 0;
    When when = When::Never; ///< of the first partition that is cleaned
    qint64 inMs = -1;
    bool estimated = false;  ///< segments or clean offsets
    bool sampled = false;    ///< keys were counted from a part of them
};

/// The segments of a partition, oldest first; the last one is active. From the bases where they are known, else as the settings in force would have cut them.
QList<Segment> segmentsOf(const PartitionSurvey& survey, const CompactionSettings& inForce);

/// `inForce` cut the segments that are there, `wanted` is asked about. `nowMs`: wall clock.
PartitionForecast forecast(const PartitionSurvey& survey, const CompactionSettings& inForce, const CompactionSettings& wanted, qint64 nowMs);
TopicForecast forecast(const QList<PartitionSurvey>& surveys, const CompactionSettings& inForce, const CompactionSettings& wanted, qint64 nowMs);

} // namespace models::compaction
