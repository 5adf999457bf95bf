// What a session asks every second: metadata, offsets, groups.
#include "embedded-broker/protocol/messages/consumer_group_describe_request.h"
#include "embedded-broker/protocol/messages/consumer_group_describe_response.h"
#include "embedded-broker/protocol/messages/describe_groups_request.h"
#include "embedded-broker/protocol/messages/describe_groups_response.h"
#include "embedded-broker/protocol/messages/list_groups_request.h"
#include "embedded-broker/protocol/messages/list_groups_response.h"
#include "embedded-broker/protocol/messages/list_offsets_request.h"
#include "embedded-broker/protocol/messages/list_offsets_response.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"
#include "embedded-broker/protocol/messages/offset_fetch_request.h"
#include "embedded-broker/protocol/messages/offset_fetch_response.h"
#include "models/wire/wire_links.h"

namespace models::wire {
namespace {

QString text(const std::string& utf8) { return QString::fromStdString(utf8); }
QString text(const std::optional<std::string>& utf8) { return utf8 ? QString::fromStdString(*utf8) : QString(); }

/// The assignment of a member of a classic consumer group, as the consumers among themselves write it. What is not one gives nothing.
QList<client::TopicPartition> assignmentOf(const broker::Slice& bytes) {
    QList<client::TopicPartition> all;
    if (bytes.empty())
        return all;
    protocol::Reader reader(bytes);
    reader.int16(); // version: later ones only append
    const auto topics = reader.arrayCount(false, true, 6);
    for (std::int32_t i = 0; i < topics && reader.ok(); ++i) {
        const QString topic = text(reader.string(false));
        const auto partitions = reader.arrayCount(false, true, 4);
        for (std::int32_t j = 0; j < partitions && reader.ok(); ++j)
            all.append({topic, reader.int32()});
    }
    if (!reader.ok())
        all.clear();
    std::sort(all.begin(), all.end());
    return all;
}

Result<void> describeClassic(WireLinks& links, const Address& broker, int brokerId, const QStringList& ids, std::chrono::milliseconds timeout, CoordinatedGroups& groups) {
    protocol::DescribeGroupsRequest request;
    for (const auto& id : ids)
        request.groups.push_back(id.toStdString());
    auto answer = links.ask<protocol::DescribeGroupsResponse>(broker, request, QStringLiteral("describe groups"), timeout);
    if (!answer)
        return std::unexpected(answer.error());
    for (const auto& from : answer->groups) {
        client::GroupDescription group;
        group.id = text(from.groupId);
        if (from.errorCode != 0)
            group.error = kafkaError(group.id, from.errorCode);
        group.state = text(from.groupState);
        group.assignor = text(from.protocolData);
        group.coordinator = {brokerId, broker.host, broker.port, {}};
        for (const auto& member : from.members)
            group.members.append({text(member.memberId), text(member.groupInstanceId), text(member.clientId), text(member.clientHost), assignmentOf(member.memberAssignment)});
        std::sort(group.members.begin(), group.members.end(), [](const auto& a, const auto& b) { return a.memberId < b.memberId; });
        groups.descriptions.append(std::move(group));
    }
    return {};
}

Result<void> describeNew(WireLinks& links, const Address& broker, int brokerId, const QStringList& ids, std::chrono::milliseconds timeout, CoordinatedGroups& groups) {
    protocol::ConsumerGroupDescribeRequest request;
    for (const auto& id : ids)
        request.groupIds.push_back(id.toStdString());
    auto answer = links.ask<protocol::ConsumerGroupDescribeResponse>(broker, request, QStringLiteral("describe groups"), timeout);
    if (!answer)
        return std::unexpected(answer.error());
    for (const auto& from : answer->groups) {
        client::GroupDescription group;
        group.id = text(from.groupId);
        if (from.errorCode != 0)
            group.error = kafkaError(group.id, from.errorCode);
        group.state = text(from.groupState);
        group.assignor = text(from.assignorName);
        group.coordinator = {brokerId, broker.host, broker.port, {}};
        for (const auto& member : from.members) {
            QList<client::TopicPartition> assignment;
            for (const auto& topic : member.assignment.topicPartitions)
                for (const auto partition : topic.partitions)
                    assignment.append({text(topic.topicName), partition});
            std::sort(assignment.begin(), assignment.end());
            group.members.append({text(member.memberId), text(member.instanceId), text(member.clientId), text(member.clientHost), assignment});
        }
        std::sort(group.members.begin(), group.members.end(), [](const auto& a, const auto& b) { return a.memberId < b.memberId; });
        groups.descriptions.append(std::move(group));
    }
    return {};
}

Result<void> fetchCommitted(WireLinks& links, const Address& broker, const QStringList& ids, std::chrono::milliseconds timeout, CoordinatedGroups& groups) {
    protocol::OffsetFetchRequest request;
    for (const auto& id : ids) {
        auto& group = request.groups.emplace_back();
        group.groupId = id.toStdString();
        group.topics = std::nullopt; // all
    }
    // Version 9 still names topics; 8 is the first that takes several groups.
    auto answer = links.ask<protocol::OffsetFetchResponse>(broker, request, QStringLiteral("committed offsets"), timeout, 9);
    if (!answer)
        return std::unexpected(answer.error());
    for (const auto& from : answer->groups) {
        const QString id = text(from.groupId);
        if (from.errorCode != 0) {
            groups.committed.insert(id, std::unexpected(kafkaError(id, from.errorCode)));
            continue;
        }
        QList<client::CommittedOffset> offsets;
        for (const auto& topic : from.topics)
            for (const auto& partition : topic.partitions)
                offsets.append({{text(topic.name), partition.partitionIndex}, partition.committedOffset < 0 ? client::kUnknown : partition.committedOffset,
                    partition.committedLeaderEpoch, text(partition.metadata),
                    partition.errorCode == 0 ? std::nullopt : std::optional<Error>(kafkaError(id, partition.errorCode))});
        std::sort(offsets.begin(), offsets.end(), [](const auto& a, const auto& b) { return a.partition < b.partition; });
        groups.committed.insert(id, offsets);
    }
    return {};
}

} // namespace

Result<client::ClusterMetadata> WireClient::metadata(const Address& broker, std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("metadata");
    protocol::MetadataRequest request;
    request.topics = std::nullopt; // all
    request.allowAutoTopicCreation = false;
    auto answer = d->ask<protocol::MetadataResponse>(broker, request, what, timeout);
    if (!answer)
        return std::unexpected(answer.error());
    client::ClusterMetadata metadata;
    metadata.clusterId = text(answer->clusterId);
    metadata.withTopicIds = true;
    for (const auto& from : answer->brokers)
        metadata.brokers.append({from.nodeId, text(from.host), from.port, text(from.rack)});
    std::sort(metadata.brokers.begin(), metadata.brokers.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    metadata.topics.reserve(static_cast<qsizetype>(answer->topics.size()));
    for (const auto& from : answer->topics) {
        client::TopicState topic;
        topic.name = text(from.name);
        topic.topicId = from.topicId.isZero() ? QString() : text(from.topicId.toString());
        topic.internal = from.isInternal;
        if (from.errorCode != 0)
            topic.error = kafkaError(topic.name, from.errorCode);
        topic.partitions.reserve(static_cast<qsizetype>(from.partitions.size()));
        for (const auto& each : from.partitions) {
            client::PartitionState partition;
            partition.partition = each.partitionIndex;
            partition.leader = each.leaderId;
            partition.replicas = QList<int>(each.replicaNodes.begin(), each.replicaNodes.end());
            partition.inSync = QList<int>(each.isrNodes.begin(), each.isrNodes.end());
            std::sort(partition.inSync.begin(), partition.inSync.end());
            topic.partitions.append(std::move(partition));
        }
        std::sort(topic.partitions.begin(), topic.partitions.end(), [](const auto& a, const auto& b) { return a.partition < b.partition; });
        metadata.topics.append(std::move(topic));
    }
    std::sort(metadata.topics.begin(), metadata.topics.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return metadata;
}

Result<QList<client::OffsetAnswer>> WireClient::listOffsets(const Address& broker, const QList<client::OffsetQuery>& queries, std::chrono::milliseconds timeout) {
    protocol::ListOffsetsRequest request;
    request.replicaId = -1;
    request.timeoutMs = static_cast<std::int32_t>(timeout.count());
    QHash<QString, std::size_t> topics;
    for (const auto& query : queries) {
        if (!topics.contains(query.partition.topic)) {
            topics.insert(query.partition.topic, request.topics.size());
            request.topics.emplace_back().name = query.partition.topic.toStdString();
        }
        auto& partition = request.topics[topics.value(query.partition.topic)].partitions.emplace_back();
        partition.partitionIndex = query.partition.partition;
        partition.timestamp = query.at == client::OffsetAt::Earliest ? -2 : query.at == client::OffsetAt::Latest ? -1 : query.at == client::OffsetAt::MaxTimestamp ? -3 : query.timestampMs;
    }
    auto answer = d->ask<protocol::ListOffsetsResponse>(broker, request, QStringLiteral("list offsets"), timeout);
    if (!answer)
        return std::unexpected(answer.error());
    QList<client::OffsetAnswer> all;
    all.reserve(queries.size());
    for (const auto& topic : answer->topics) {
        const QString name = text(topic.name);
        for (const auto& partition : topic.partitions) {
            client::OffsetAnswer each;
            each.partition = {name, partition.partitionIndex};
            if (partition.errorCode != 0)
                each.error = kafkaError(QStringLiteral("%1-%2").arg(name).arg(partition.partitionIndex), partition.errorCode);
            else
                each.offset = partition.offset;
            each.timestampMs = partition.timestamp;
            all.append(std::move(each));
        }
    }
    return all;
}

Result<CoordinatedGroups> WireClient::groups(const Address& broker, int brokerId, std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("list groups");
    auto answer = d->ask<protocol::ListGroupsResponse>(broker, protocol::ListGroupsRequest{}, what, timeout);
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->errorCode != 0)
        return std::unexpected(kafkaError(what, answer->errorCode));
    CoordinatedGroups groups;
    QStringList classic, fresh, all;
    for (const auto& from : answer->groups) {
        // Connect workers and share groups have offsets of another kind or none; they come with their own pages.
        const QString type = text(from.groupType);
        const bool consumer = type.compare(QLatin1String("consumer"), Qt::CaseInsensitive) == 0;
        const bool old = (type.isEmpty() || type.compare(QLatin1String("classic"), Qt::CaseInsensitive) == 0) && (from.protocolType == "consumer" || from.protocolType.empty());
        if (!consumer && !old)
            continue;
        const QString id = text(from.groupId);
        groups.listings.append({id, text(from.groupState), type.isEmpty() ? QStringLiteral("Classic") : type, from.protocolType.empty()});
        (consumer ? fresh : classic).append(id);
        all.append(id);
    }
    if (!classic.isEmpty())
        if (auto described = describeClassic(*d, broker, brokerId, classic, timeout, groups); !described)
            return std::unexpected(described.error());
    if (!fresh.isEmpty())
        if (auto described = describeNew(*d, broker, brokerId, fresh, timeout, groups); !described)
            return std::unexpected(described.error());
    if (!all.isEmpty())
        if (auto fetched = fetchCommitted(*d, broker, all, timeout, groups); !fetched)
            return std::unexpected(fetched.error());
    return groups;
}

} // namespace models::wire
