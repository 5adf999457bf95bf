#pragma once
// Inside models/client only: librdkafka's result events as values.

#include "models/client/cluster_handle.h"
#include "models/client/native.h"

namespace models::client::answers {

ClusterMetadata metadata(const rd_kafka_metadata_t& native);
Result<ClusterDescription> cluster(rd_kafka_event_t* event);
Result<QList<TopicState>> topics(rd_kafka_event_t* event);
Result<QList<OffsetAnswer>> offsets(rd_kafka_event_t* event);
Result<GroupListings> groupListings(rd_kafka_event_t* event);
Result<QList<GroupDescription>> groups(rd_kafka_event_t* event);
Result<QList<CommittedOffset>> committed(const rd_kafka_group_result_t* const* results, std::size_t count, const QString& what);
Result<QList<ConfigEntry>> configs(rd_kafka_event_t* event, const QString& what);
/// Those of these names, by resource; a resource with an error has none.
QHash<QString, QList<ConfigEntry>> configsByName(rd_kafka_event_t* event, const QStringList& names);
QList<NamedOutcome> topicOutcomes(const rd_kafka_topic_result_t* const* results, std::size_t count, const QString& what);

} // namespace models::client::answers
