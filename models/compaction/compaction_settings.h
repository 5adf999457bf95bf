#pragma once
// The settings of a topic that decide what cleaning takes out and when. Value.

#include <QHash>
#include <QString>
#include <QStringList>
#include <limits>

namespace models::compaction {

inline constexpr qint64 kNoLimit = std::numeric_limits<qint64>::max();

struct CompactionSettings {
    bool compacts = false;
    bool deletes = true;
    double dirtyRatioMin = 0.5;          ///< min.cleanable.dirty.ratio
    qint64 lagMinMs = 0;                 ///< min.compaction.lag.ms
    qint64 lagMaxMs = kNoLimit;          ///< max.compaction.lag.ms
    qint64 deleteRetentionMs = 86'400'000;
    qint64 segmentMs = 604'800'000;
    qint64 segmentBytes = 1 << 30;
    qint64 retentionMs = 604'800'000;    ///< kNoLimit = none
    qint64 retentionBytes = kNoLimit;

    /// Kafka's names to values, as a cluster tells them; what is missing or no number stays as Kafka's default.
    static CompactionSettings of(const QHash<QString, QString>& values);
    /// The names that of() reads, in the order in which they are shown.
    static QStringList names();
    /// After which time a segment is closed: compaction shortens it.
    [[nodiscard]] qint64 rollMs() const { return compacts ? qMin(segmentMs, lagMaxMs) : segmentMs; }
    bool operator==(const CompactionSettings&) const = default;
};

} // namespace models::compaction
