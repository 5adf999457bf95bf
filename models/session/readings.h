#pragma once
// Inside models/session: what was read of each partition (offsets, sizes, how fast they grow) and when its end stood where. Pure state.

#include "models/client/kafka_types.h"
#include "models/metrics/history.h"
#include "models/metrics/metrics_store.h"
#include "models/session/offset_trail.h"
#include "models/wire/wire_client.h"

#include <QHash>
#include <QSet>

namespace models::session {

class Readings {
public:
    struct Offsets {
        qint64 begin = -1;
        qint64 end = -1;
        qint64 takenNs = 0;
        double rate = metrics::kGap;
        metrics::RateMeter meter;
    };
    struct Size {
        qint64 bytes = -1;
        qint64 takenNs = 0;
        double rate = metrics::kGap;
        metrics::RateMeter meter;
    };
    using Sizes = QHash<client::TopicPartition, Size>;

    void setOffsets(const QList<client::OffsetAnswer>& answers, client::OffsetAt at, qint64 monotonicNs);
    void setLogDirs(int broker, const wire::LogDirs& dirs, qint64 monotonicNs);
    /// Once a round: where the ends stand of partitions that are trailed.
    void noteEnds(qint64 nowMs, qint64 monotonicNs);
    /// What an earlier run knew of it, by topic, partition and offset.
    void seedEnds(const QList<metrics::LogEnd>& ends);
    /// From now on where its end stands is remembered.
    void trail(const client::TopicPartition& partition, qint64 nowMs, qint64 end);

    void keepOnly(const QSet<QString>& topics);
    void forgetOffsets(const QString& topic); ///< it was made anew: nothing of the old one may be compared with it

    /// Null = never read.
    [[nodiscard]] const Offsets* offsets(const client::TopicPartition& partition) const;
    [[nodiscard]] const Size* size(int broker, const client::TopicPartition& partition) const;
    [[nodiscard]] const Sizes* sizes(int broker) const;
    [[nodiscard]] const OffsetTrail* trailOf(const client::TopicPartition& partition) const;
    /// kGap where the last reading is too old.
    [[nodiscard]] double rateOf(const client::TopicPartition& partition, bool offline, qint64 monotonicNs) const;
    [[nodiscard]] double byteRateOf(int broker, const client::TopicPartition& partition, qint64 monotonicNs) const;

    /// Readings count as fresh for this long after they were taken; stretched with the cadence.
    void setFreshness(qint64 offsetsNs, qint64 bytesNs) {
        m_offsetsFreshNs = offsetsNs;
        m_bytesFreshNs = bytesNs;
    }

private:
    QHash<client::TopicPartition, Offsets> m_offsets;
    QHash<int, Sizes> m_sizes; ///< by broker
    QHash<client::TopicPartition, OffsetTrail> m_trails; ///< of partitions that a group has committed in
    qint64 m_offsetsFreshNs = 3'000'000'000;
    qint64 m_bytesFreshNs = 10'000'000'000;
};

} // namespace models::session
