#pragma once
// Where a transactional replay keeps its position: as offsets of a group, committed in the same transaction as the messages. They are committed for the
// target's own partitions, because the cluster accepts none of topics that it does not have; the position itself stands in their metadata text:
//
//     target partition t:  "samsa1 0:1200,3:980"  next offsets of source partitions 0 and 3 (those p with p mod targetPartitions == t)
//     target partition 0 also  " sent=2180 bytes=318000"
//
// Pure functions.

#include "models/client/kafka_types.h"
#include "models/replay/replay_store.h"

#include <QMap>
#include <optional>

namespace models::replay {

struct TargetPosition {
    QMap<int, qint64> positions;
    Tally tally;
};

/// Kafka's default of offset.metadata.max.bytes; Invalid when a text would be longer.
inline constexpr int kMetadataBytesMax = 4096;
Result<QList<client::CommittedOffset>> toCommitted(const TargetPosition& position, const QString& targetTopic, int targetPartitions);
/// Offsets that are none of ours are left out; none at all gives nothing. Corrupt: ours, but not readable.
Result<std::optional<TargetPosition>> fromCommitted(const QList<client::CommittedOffset>& offsets, const QString& targetTopic);
/// The group and transactional id of a replay.
QString groupOf(const QString& replayId);

} // namespace models::replay
