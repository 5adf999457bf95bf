#include "models/client/answers.h"

#include <algorithm>

namespace models::client::answers {
namespace {

using native::text;

Node node(const rd_kafka_Node_t* native) {
    if (native == nullptr)
        return {};
    return {rd_kafka_Node_id(native), text(rd_kafka_Node_host(native)), rd_kafka_Node_port(native), text(rd_kafka_Node_rack(native))};
}

std::optional<Error> errorOf(const QString& what, const rd_kafka_error_t* error) {
    if (error == nullptr || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::nullopt;
    return native::makeError(what, error);
}

QList<int> idsOf(const rd_kafka_Node_t** nodes, std::size_t count) {
    QList<int> ids;
    for (std::size_t i = 0; i < count; ++i)
        if (nodes[i] != nullptr)
            ids.append(rd_kafka_Node_id(nodes[i]));
    return ids;
}

ConfigSource sourceOf(rd_kafka_ConfigSource_t source) {
    switch (source) {
    case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG: return ConfigSource::Topic;
    case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_BROKER_CONFIG: return ConfigSource::DynamicBroker;
    case RD_KAFKA_CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER_CONFIG: return ConfigSource::DynamicDefaultBroker;
    case RD_KAFKA_CONFIG_SOURCE_STATIC_BROKER_CONFIG: return ConfigSource::StaticBroker;
    case RD_KAFKA_CONFIG_SOURCE_DEFAULT_CONFIG: return ConfigSource::Default;
    default: return ConfigSource::Unknown;
    }
}

std::optional<QString> valueOf(const rd_kafka_ConfigEntry_t* entry) {
    const char* value = rd_kafka_ConfigEntry_value(entry);
    if (value == nullptr || rd_kafka_ConfigEntry_is_sensitive(entry) == 1)
        return std::nullopt;
    return text(value);
}

} // namespace

ClusterMetadata metadata(const rd_kafka_metadata_t& from) {
    ClusterMetadata to;
    to.answeredBy = from.orig_broker_id;
    to.answeredByName = text(from.orig_broker_name);
    for (int i = 0; i < from.broker_cnt; ++i)
        to.brokers.append({from.brokers[i].id, text(from.brokers[i].host), from.brokers[i].port, {}});
    std::sort(to.brokers.begin(), to.brokers.end(), [](const Node& a, const Node& b) { return a.id < b.id; });
    to.topics.reserve(from.topic_cnt);
    for (int i = 0; i < from.topic_cnt; ++i) {
        const auto& topic = from.topics[i];
        TopicState state;
        state.name = text(topic.topic);
        state.internal = state.name == QLatin1String("__consumer_offsets") || state.name == QLatin1String("__transaction_state")
            || state.name == QLatin1String("__share_group_state");
        if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR)
            state.error = native::makeError(state.name, topic.err, nullptr);
        state.partitions.reserve(topic.partition_cnt);
        for (int j = 0; j < topic.partition_cnt; ++j) {
            const auto& partition = topic.partitions[j];
            PartitionState each;
            each.partition = partition.id;
            each.leader = partition.leader;
            for (int k = 0; k < partition.replica_cnt; ++k)
                each.replicas.append(partition.replicas[k]);
            for (int k = 0; k < partition.isr_cnt; ++k)
                each.inSync.append(partition.isrs[k]);
            std::sort(each.inSync.begin(), each.inSync.end());
            state.partitions.append(std::move(each));
        }
        std::sort(state.partitions.begin(), state.partitions.end(), [](const auto& a, const auto& b) { return a.partition < b.partition; });
        to.topics.append(std::move(state));
    }
    std::sort(to.topics.begin(), to.topics.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return to;
}

Result<ClusterDescription> cluster(rd_kafka_event_t* event) {
    const auto* result = rd_kafka_event_DescribeCluster_result(event);
    ClusterDescription description;
    description.clusterId = text(rd_kafka_DescribeCluster_result_cluster_id(result));
    if (const auto* controller = rd_kafka_DescribeCluster_result_controller(result))
        description.controllerId = rd_kafka_Node_id(controller);
    std::size_t count = 0;
    const auto** nodes = rd_kafka_DescribeCluster_result_nodes(result, &count);
    for (std::size_t i = 0; i < count; ++i)
        description.nodes.append(node(nodes[i]));
    return description;
}

Result<QList<TopicState>> topics(rd_kafka_event_t* event) {
    std::size_t count = 0;
    const auto** results = rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event), &count);
    QList<TopicState> all;
    for (std::size_t i = 0; i < count; ++i) {
        TopicState topic;
        topic.name = text(rd_kafka_TopicDescription_name(results[i]));
        topic.error = errorOf(topic.name, rd_kafka_TopicDescription_error(results[i]));
        topic.internal = rd_kafka_TopicDescription_is_internal(results[i]) != 0;
        if (const auto* id = rd_kafka_TopicDescription_topic_id(results[i]))
            topic.topicId = text(rd_kafka_Uuid_base64str(id));
        std::size_t partitions = 0;
        const auto** infos = rd_kafka_TopicDescription_partitions(results[i], &partitions);
        for (std::size_t j = 0; j < partitions; ++j) {
            PartitionState partition;
            partition.partition = rd_kafka_TopicPartitionInfo_partition(infos[j]);
            partition.leader = node(rd_kafka_TopicPartitionInfo_leader(infos[j])).id;
            std::size_t nodes = 0;
            const auto** replicas = rd_kafka_TopicPartitionInfo_replicas(infos[j], &nodes);
            partition.replicas = idsOf(replicas, nodes);
            const auto** inSync = rd_kafka_TopicPartitionInfo_isr(infos[j], &nodes);
            partition.inSync = idsOf(inSync, nodes);
            topic.partitions.append(std::move(partition));
        }
        all.append(std::move(topic));
    }
    return all;
}

Result<QList<OffsetAnswer>> offsets(rd_kafka_event_t* event) {
    std::size_t count = 0;
    const auto** infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
    QList<OffsetAnswer> all;
    all.reserve(static_cast<qsizetype>(count));
    for (std::size_t i = 0; i < count; ++i) {
        const auto* partition = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
        OffsetAnswer answer;
        answer.partition = {text(partition->topic), partition->partition};
        if (partition->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            answer.error = native::makeError(QStringLiteral("%1-%2").arg(answer.partition.topic).arg(partition->partition), partition->err, nullptr);
        else
            answer.offset = partition->offset;
        answer.timestampMs = rd_kafka_ListOffsetsResultInfo_timestamp(infos[i]);
        all.append(std::move(answer));
    }
    return all;
}

Result<GroupListings> groupListings(rd_kafka_event_t* event) {
    const auto* result = rd_kafka_event_ListConsumerGroups_result(event);
    std::size_t count = 0;
    const auto** listings = rd_kafka_ListConsumerGroups_result_valid(result, &count);
    QList<GroupListing> all;
    for (std::size_t i = 0; i < count; ++i) {
        GroupListing listing;
        listing.id = text(rd_kafka_ConsumerGroupListing_group_id(listings[i]));
        listing.state = text(rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupListing_state(listings[i])));
        listing.type = text(rd_kafka_consumer_group_type_name(rd_kafka_ConsumerGroupListing_type(listings[i])));
        listing.simple = rd_kafka_ConsumerGroupListing_is_simple_consumer_group(listings[i]) != 0;
        all.append(std::move(listing));
    }
    std::size_t errors = 0;
    const auto** failures = rd_kafka_ListConsumerGroups_result_errors(result, &errors);
    // One broker that does not answer must not hide the groups of the others; nothing at all is an error.
    std::optional<Error> partial;
    if (errors > 0)
        partial = native::makeError(QStringLiteral("list groups"), failures[0]);
    if (all.isEmpty() && partial)
        return std::unexpected(*partial);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return GroupListings{all, partial};
}

Result<QList<GroupDescription>> groups(rd_kafka_event_t* event) {
    std::size_t count = 0;
    const auto** results = rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event), &count);
    QList<GroupDescription> all;
    for (std::size_t i = 0; i < count; ++i) {
        GroupDescription group;
        group.id = text(rd_kafka_ConsumerGroupDescription_group_id(results[i]));
        group.error = errorOf(group.id, rd_kafka_ConsumerGroupDescription_error(results[i]));
        group.state = text(rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(results[i])));
        group.assignor = text(rd_kafka_ConsumerGroupDescription_partition_assignor(results[i]));
        group.coordinator = node(rd_kafka_ConsumerGroupDescription_coordinator(results[i]));
        for (std::size_t j = 0; j < rd_kafka_ConsumerGroupDescription_member_count(results[i]); ++j) {
            const auto* from = rd_kafka_ConsumerGroupDescription_member(results[i], j);
            GroupMember member;
            member.memberId = text(rd_kafka_MemberDescription_consumer_id(from));
            member.instanceId = text(rd_kafka_MemberDescription_group_instance_id(from));
            member.clientId = text(rd_kafka_MemberDescription_client_id(from));
            member.host = text(rd_kafka_MemberDescription_host(from));
            if (const auto* assignment = rd_kafka_MemberDescription_assignment(from)) {
                const auto* partitions = rd_kafka_MemberAssignment_partitions(assignment);
                for (int k = 0; partitions != nullptr && k < partitions->cnt; ++k)
                    member.assignment.append({text(partitions->elems[k].topic), partitions->elems[k].partition});
            }
            std::sort(member.assignment.begin(), member.assignment.end());
            group.members.append(std::move(member));
        }
        std::sort(group.members.begin(), group.members.end(), [](const auto& a, const auto& b) { return a.memberId < b.memberId; });
        all.append(std::move(group));
    }
    return all;
}

Result<QList<CommittedOffset>> committed(const rd_kafka_group_result_t* const* results, std::size_t count, const QString& what) {
    if (count == 0)
        return fail(ErrorCode::Internal, what, QStringLiteral("an empty answer"));
    if (const auto error = errorOf(what, rd_kafka_group_result_error(results[0])))
        return std::unexpected(*error);
    QList<CommittedOffset> all;
    const auto* partitions = rd_kafka_group_result_partitions(results[0]);
    for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i) {
        const auto& from = partitions->elems[i];
        CommittedOffset to;
        to.partition = {text(from.topic), from.partition};
        to.offset = from.offset >= 0 ? from.offset : kUnknown;
        to.leaderEpoch = rd_kafka_topic_partition_get_leader_epoch(&from);
        if (from.metadata != nullptr)
            to.metadata = QString::fromUtf8(static_cast<const char*>(from.metadata), static_cast<qsizetype>(from.metadata_size));
        if (from.err != RD_KAFKA_RESP_ERR_NO_ERROR)
            to.error = native::makeError(what, from.err, nullptr);
        all.append(std::move(to));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.partition < b.partition; });
    return all;
}

static ConfigEntry entryOf(const rd_kafka_ConfigEntry_t* native, bool topic) {
    ConfigEntry entry;
    entry.name = text(rd_kafka_ConfigEntry_name(native));
    entry.value = valueOf(native);
    entry.source = sourceOf(rd_kafka_ConfigEntry_source(native));
    entry.readOnly = rd_kafka_ConfigEntry_is_read_only(native) == 1;
    entry.sensitive = rd_kafka_ConfigEntry_is_sensitive(native) == 1;
    entry.isDefault = topic ? entry.source != ConfigSource::Topic : entry.source != ConfigSource::DynamicBroker && entry.source != ConfigSource::DynamicDefaultBroker;
    std::size_t synonyms = 0;
    const auto** others = rd_kafka_ConfigEntry_synonyms(native, &synonyms);
    for (std::size_t j = 0; j < synonyms; ++j)
        entry.synonyms.append({text(rd_kafka_ConfigEntry_name(others[j])), valueOf(others[j]).value_or(QString()), sourceOf(rd_kafka_ConfigEntry_source(others[j]))});
    return entry;
}

Result<QList<ConfigEntry>> configs(rd_kafka_event_t* event, const QString& what) {
    std::size_t count = 0;
    const auto** resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
    if (count == 0)
        return fail(ErrorCode::Internal, what, QStringLiteral("an empty answer"));
    if (const auto error = rd_kafka_ConfigResource_error(resources[0]); error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::unexpected(native::makeError(what, error, rd_kafka_ConfigResource_error_string(resources[0])));
    std::size_t entries = 0;
    const auto** configs = rd_kafka_ConfigResource_configs(resources[0], &entries);
    const bool topic = rd_kafka_ConfigResource_type(resources[0]) == RD_KAFKA_RESOURCE_TOPIC;
    QList<ConfigEntry> all;
    for (std::size_t i = 0; i < entries; ++i)
        all.append(entryOf(configs[i], topic));
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
}

QHash<QString, QList<ConfigEntry>> configsByName(rd_kafka_event_t* event, const QStringList& names) {
    std::size_t count = 0;
    const auto** resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
    QHash<QString, QList<ConfigEntry>> all;
    for (std::size_t i = 0; i < count; ++i) {
        if (rd_kafka_ConfigResource_error(resources[i]) != RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        std::size_t entries = 0;
        const auto** configs = rd_kafka_ConfigResource_configs(resources[i], &entries);
        auto& wanted = all[text(rd_kafka_ConfigResource_name(resources[i]))];
        for (std::size_t j = 0; j < entries; ++j)
            if (names.contains(QLatin1String(rd_kafka_ConfigEntry_name(configs[j]))))
                wanted.append(entryOf(configs[j], rd_kafka_ConfigResource_type(resources[i]) == RD_KAFKA_RESOURCE_TOPIC));
    }
    return all;
}

QList<NamedOutcome> topicOutcomes(const rd_kafka_topic_result_t* const* results, std::size_t count, const QString& what) {
    QList<NamedOutcome> all;
    for (std::size_t i = 0; i < count; ++i) {
        NamedOutcome outcome{text(rd_kafka_topic_result_name(results[i])), std::nullopt};
        if (const auto error = rd_kafka_topic_result_error(results[i]); error != RD_KAFKA_RESP_ERR_NO_ERROR)
            outcome.error = native::makeError(what, error, rd_kafka_topic_result_error_string(results[i]));
        all.append(std::move(outcome));
    }
    return all;
}

} // namespace models::client::answers
