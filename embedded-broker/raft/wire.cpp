#include "embedded-broker/raft/wire.h"

#include <algorithm>
#include <limits>

namespace broker::raft {

namespace {

using protocol::code;

KafkaError errorOf(std::int16_t top, std::int16_t partition) { return static_cast<KafkaError>(top != 0 ? top : partition); }

bool otherCluster(const WireFacts& facts, const std::optional<std::string>& clusterId) {
    return clusterId && !facts.clusterId.empty() && *clusterId != facts.clusterId;
}

/// The one partition of a request or an answer; null when it is about something else.
template <class Message>
auto* onlyPartition(Message& message) {
    using Partition = std::remove_reference_t<decltype(message.topics.front().partitions.front())>;
    if (message.topics.size() != 1 || message.topics.front().topicName != kMetadataTopic ||
        message.topics.front().partitions.size() != 1 || message.topics.front().partitions.front().partitionIndex != 0)
        return static_cast<Partition*>(nullptr);
    return &message.topics.front().partitions.front();
}

template <class Message>
auto& addPartition(Message& message) {
    auto& topic = message.topics.emplace_back();
    topic.topicName = kMetadataTopic;
    return topic.partitions.emplace_back();
}

template <class Message>
void addLeaderEndpoint(Message& message, const WireFacts& facts, NodeId leader) {
    const auto it = facts.voters.find(leader);
    if (it == facts.voters.end())
        return;
    auto& endpoint = message.leaderEndpoints.emplace_back();
    endpoint.name = facts.listener;
    endpoint.host = it->second.host;
    endpoint.port = it->second.port;
}

template <class Response>
void addNodeEndpoint(Response& response, const WireFacts& facts, NodeId leader) {
    const auto it = facts.voters.find(leader);
    if (it == facts.voters.end())
        return;
    auto& node = response.nodeEndpoints.emplace_back();
    node.nodeId = leader;
    node.host = it->second.host;
    node.port = it->second.port;
}

template <class Wire>
Result<EpochResponse> epochFromWire(const Wire& response) {
    EpochResponse ours;
    if (response.errorCode != 0) {
        ours.error = static_cast<KafkaError>(response.errorCode);
        return ours;
    }
    const auto* partition = onlyPartition(response);
    if (partition == nullptr)
        return fail(ErrorCode::Corrupt, "An answer of the quorum is not about the metadata partition.");
    ours.error = static_cast<KafkaError>(partition->errorCode);
    ours.current = {partition->leaderId, partition->leaderEpoch};
    return ours;
}

template <class Wire>
Wire epochToWire(const EpochResponse& ours, const WireFacts& facts) {
    Wire response;
    auto& partition = addPartition(response);
    partition.errorCode = code(ours.error);
    partition.leaderId = ours.current.leader;
    partition.leaderEpoch = ours.current.epoch;
    addNodeEndpoint(response, facts, ours.current.leader);
    return response;
}

template <class Wire>
Wire refusal(KafkaError error) {
    Wire response;
    response.errorCode = code(error);
    return response;
}

} // namespace

// --- asking ------------------------------------------------------------------------------------------------------------

protocol::VoteRequest toWire(const VoteRequest& request, const WireFacts& facts) {
    protocol::VoteRequest wire;
    wire.clusterId = facts.clusterId;
    wire.voterId = request.voter;
    auto& partition = addPartition(wire);
    partition.replicaEpoch = request.epoch;
    partition.replicaId = request.candidate;
    partition.lastOffsetEpoch = request.lastOffset.epoch;
    partition.lastOffset = request.lastOffset.offset;
    partition.preVote = request.preVote;
    return wire;
}

protocol::BeginQuorumEpochRequest toWire(const BeginQuorumEpochRequest& request, const WireFacts& facts) {
    protocol::BeginQuorumEpochRequest wire;
    wire.clusterId = facts.clusterId;
    wire.voterId = request.voter;
    auto& partition = addPartition(wire);
    partition.leaderId = request.leader;
    partition.leaderEpoch = request.epoch;
    addLeaderEndpoint(wire, facts, request.leader);
    return wire;
}

protocol::EndQuorumEpochRequest toWire(const EndQuorumEpochRequest& request, const WireFacts& facts) {
    protocol::EndQuorumEpochRequest wire;
    wire.clusterId = facts.clusterId;
    auto& partition = addPartition(wire);
    partition.leaderId = request.leader;
    partition.leaderEpoch = request.epoch;
    for (const NodeId node : request.preferred)
        partition.preferredCandidates.emplace_back().candidateId = node;
    addLeaderEndpoint(wire, facts, request.leader);
    return wire;
}

protocol::FetchRequest toWire(const FetchRequest& request, const WireFacts& facts) {
    protocol::FetchRequest wire;
    wire.clusterId = facts.clusterId;
    wire.replicaId = request.replica;
    wire.replicaState.replicaId = request.replica;
    wire.replicaState.replicaEpoch = -1;
    wire.maxWaitMs = request.maxWaitMs;
    wire.minBytes = 0;
    wire.maxBytes = request.maxBytes;
    auto& topic = wire.topics.emplace_back();
    topic.topic = kMetadataTopic;
    topic.topicId = metadataTopicId();
    auto& partition = topic.partitions.emplace_back();
    partition.currentLeaderEpoch = request.epoch;
    partition.fetchOffset = request.fetchOffset;
    partition.lastFetchedEpoch = request.lastFetchedEpoch;
    partition.partitionMaxBytes = request.maxBytes;
    partition.replicaDirectoryId = request.directory;
    partition.highWatermark = request.highWatermark;
    return wire;
}

protocol::FetchSnapshotRequest toWire(const FetchSnapshotRequest& request, const WireFacts& facts) {
    protocol::FetchSnapshotRequest wire;
    wire.clusterId = facts.clusterId;
    wire.replicaId = request.replica;
    wire.maxBytes = request.maxBytes;
    auto& topic = wire.topics.emplace_back();
    topic.name = kMetadataTopic;
    auto& partition = topic.partitions.emplace_back();
    partition.currentLeaderEpoch = request.epoch;
    partition.snapshotId.endOffset = request.snapshot.offset;
    partition.snapshotId.epoch = request.snapshot.epoch;
    partition.position = static_cast<std::int64_t>(request.position);
    partition.replicaDirectoryId = request.directory;
    return wire;
}

Result<VoteResponse> fromWire(const protocol::VoteResponse& response) {
    VoteResponse ours;
    if (response.errorCode != 0) {
        ours.error = static_cast<KafkaError>(response.errorCode);
        return ours;
    }
    const auto* partition = onlyPartition(response);
    if (partition == nullptr)
        return fail(ErrorCode::Corrupt, "An answer to a Vote is not about the metadata partition.");
    ours.error = static_cast<KafkaError>(partition->errorCode);
    ours.current = {partition->leaderId, partition->leaderEpoch};
    ours.granted = partition->voteGranted;
    return ours;
}

Result<EpochResponse> fromWire(const protocol::BeginQuorumEpochResponse& response) { return epochFromWire(response); }
Result<EpochResponse> fromWire(const protocol::EndQuorumEpochResponse& response) { return epochFromWire(response); }

Result<FetchResponse> fromWire(const protocol::FetchResponse& response) {
    FetchResponse ours;
    if (response.errorCode != 0) {
        ours.error = static_cast<KafkaError>(response.errorCode);
        return ours;
    }
    if (response.responses.size() != 1 || response.responses.front().partitions.size() != 1 ||
        (response.responses.front().topicId != metadataTopicId() && response.responses.front().topic != kMetadataTopic))
        return fail(ErrorCode::Corrupt, "An answer to a Fetch is not about the metadata partition.");
    const auto& partition = response.responses.front().partitions.front();
    ours.error = errorOf(0, partition.errorCode);
    ours.current = {partition.currentLeader.leaderId, partition.currentLeader.leaderEpoch};
    ours.highWatermark = partition.highWatermark;
    ours.logStartOffset = partition.logStartOffset;
    if (partition.snapshotId.epoch >= 0 && partition.snapshotId.endOffset >= 0)
        ours.snapshot = OffsetAndEpoch{partition.snapshotId.epoch, partition.snapshotId.endOffset};
    if (partition.divergingEpoch.epoch >= 0) {
        ours.diverging = true;
        ours.divergingAt = {partition.divergingEpoch.epoch, partition.divergingEpoch.endOffset};
    }
    if (!partition.records.null)
        ours.records = partition.records.payload;
    return ours;
}

Result<FetchSnapshotResponse> fromWire(const protocol::FetchSnapshotResponse& response) {
    FetchSnapshotResponse ours;
    if (response.errorCode != 0) {
        ours.error = static_cast<KafkaError>(response.errorCode);
        return ours;
    }
    if (response.topics.size() != 1 || response.topics.front().name != kMetadataTopic || response.topics.front().partitions.size() != 1)
        return fail(ErrorCode::Corrupt, "An answer to a FetchSnapshot is not about the metadata partition.");
    const auto& partition = response.topics.front().partitions.front();
    if (partition.size < 0 || partition.position < 0)
        return fail(ErrorCode::Corrupt, "An answer to a FetchSnapshot has a negative size.");
    ours.error = static_cast<KafkaError>(partition.errorCode);
    ours.current = {partition.currentLeader.leaderId, partition.currentLeader.leaderEpoch};
    ours.snapshot = {partition.snapshotId.epoch, partition.snapshotId.endOffset};
    ours.size = static_cast<std::uint64_t>(partition.size);
    ours.position = static_cast<std::uint64_t>(partition.position);
    ours.bytes = partition.unalignedRecords.payload;
    return ours;
}

// --- answering ---------------------------------------------------------------------------------------------------------

void serve(RaftDriver& raft, const WireFacts& facts, const protocol::VoteRequest& request, Reply<protocol::VoteResponse> reply) {
    using Wire = protocol::VoteResponse;
    if (otherCluster(facts, request.clusterId))
        return reply(refusal<Wire>(KafkaError::InconsistentClusterId));
    const auto* partition = onlyPartition(request);
    if (partition == nullptr)
        return reply(refusal<Wire>(KafkaError::InvalidRequest));
    VoteRequest ours;
    ours.candidate = partition->replicaId;
    ours.epoch = partition->replicaEpoch;
    ours.lastOffset = {partition->lastOffsetEpoch, partition->lastOffset};
    ours.preVote = partition->preVote;
    ours.voter = request.voterId;
    raft.handleVote(ours, [&facts, reply = std::move(reply)](const VoteResponse& answer) {
        Wire response;
        auto& to = addPartition(response);
        to.errorCode = code(answer.error);
        to.leaderId = answer.current.leader;
        to.leaderEpoch = answer.current.epoch;
        to.voteGranted = answer.granted;
        addNodeEndpoint(response, facts, answer.current.leader);
        reply(response);
    });
}

void serve(RaftDriver& raft, const WireFacts& facts, const protocol::BeginQuorumEpochRequest& request,
           Reply<protocol::BeginQuorumEpochResponse> reply) {
    using Wire = protocol::BeginQuorumEpochResponse;
    if (otherCluster(facts, request.clusterId))
        return reply(refusal<Wire>(KafkaError::InconsistentClusterId));
    const auto* partition = onlyPartition(request);
    if (partition == nullptr)
        return reply(refusal<Wire>(KafkaError::InvalidRequest));
    raft.handleBeginQuorumEpoch({partition->leaderId, partition->leaderEpoch, request.voterId},
                                [&facts, reply = std::move(reply)](const EpochResponse& answer) { reply(epochToWire<Wire>(answer, facts)); });
}

void serve(RaftDriver& raft, const WireFacts& facts, const protocol::EndQuorumEpochRequest& request,
           Reply<protocol::EndQuorumEpochResponse> reply) {
    using Wire = protocol::EndQuorumEpochResponse;
    if (otherCluster(facts, request.clusterId))
        return reply(refusal<Wire>(KafkaError::InconsistentClusterId));
    const auto* partition = onlyPartition(request);
    if (partition == nullptr)
        return reply(refusal<Wire>(KafkaError::InvalidRequest));
    EndQuorumEpochRequest ours{partition->leaderId, partition->leaderEpoch, {}};
    for (const auto& candidate : partition->preferredCandidates)
        ours.preferred.push_back(candidate.candidateId);
    if (ours.preferred.empty())
        ours.preferred = partition->preferredSuccessors;
    raft.handleEndQuorumEpoch(ours,
                              [&facts, reply = std::move(reply)](const EpochResponse& answer) { reply(epochToWire<Wire>(answer, facts)); });
}

void serve(RaftDriver& raft, const WireFacts& facts, const protocol::FetchRequest& request, std::int16_t version,
           Reply<protocol::FetchResponse> reply) {
    using Wire = protocol::FetchResponse;
    if (otherCluster(facts, request.clusterId))
        return reply(refusal<Wire>(KafkaError::InconsistentClusterId));
    if (request.topics.size() != 1 || request.topics.front().partitions.size() != 1 ||
        request.topics.front().partitions.front().partition != 0)
        return reply(refusal<Wire>(KafkaError::InvalidRequest));
    const auto& topic = request.topics.front();
    const bool named = version <= 12;
    if (named ? topic.topic != kMetadataTopic : topic.topicId != metadataTopicId())
        return reply(refusal<Wire>(named ? KafkaError::UnknownTopicOrPartition : KafkaError::UnknownTopicId));
    const auto& partition = topic.partitions.front();
    FetchRequest ours;
    ours.replica = version >= 15 ? request.replicaState.replicaId : request.replicaId;
    ours.directory = partition.replicaDirectoryId;
    ours.epoch = partition.currentLeaderEpoch;
    ours.fetchOffset = partition.fetchOffset;
    ours.lastFetchedEpoch = partition.lastFetchedEpoch;
    ours.highWatermark = partition.highWatermark;
    ours.maxWaitMs = request.maxWaitMs;
    ours.maxBytes = request.maxBytes;
    raft.handleFetch(ours, [&facts, reply = std::move(reply)](const FetchResponse& answer) {
        Wire response;
        auto& topicAnswer = response.responses.emplace_back();
        topicAnswer.topic = kMetadataTopic;
        topicAnswer.topicId = metadataTopicId();
        auto& to = topicAnswer.partitions.emplace_back();
        to.errorCode = code(answer.error);
        to.highWatermark = answer.highWatermark;
        to.lastStableOffset = answer.highWatermark;
        to.logStartOffset = answer.logStartOffset;
        to.currentLeader.leaderId = answer.current.leader;
        to.currentLeader.leaderEpoch = answer.current.epoch;
        to.abortedTransactions = std::nullopt;
        if (answer.snapshot) {
            to.snapshotId.epoch = answer.snapshot->epoch;
            to.snapshotId.endOffset = answer.snapshot->offset;
        }
        if (answer.diverging) {
            to.divergingEpoch.epoch = answer.divergingAt.epoch;
            to.divergingEpoch.endOffset = answer.divergingAt.offset;
        }
        to.records = protocol::Records(answer.records);
        addNodeEndpoint(response, facts, answer.current.leader);
        reply(response);
    });
}

void serve(RaftDriver& raft, const WireFacts& facts, const protocol::FetchSnapshotRequest& request, Reply<protocol::FetchSnapshotResponse> reply) {
    using Wire = protocol::FetchSnapshotResponse;
    if (otherCluster(facts, request.clusterId))
        return reply(refusal<Wire>(KafkaError::InconsistentClusterId));
    if (request.topics.size() != 1 || request.topics.front().name != kMetadataTopic || request.topics.front().partitions.size() != 1 ||
        request.topics.front().partitions.front().partition != 0) { // as Kafka: the partition, not the whole, is wrong
        Wire response;
        for (const auto& asked : request.topics) {
            auto& topic = response.topics.emplace_back();
            topic.name = asked.name;
            for (const auto& each : asked.partitions) {
                auto& partition = topic.partitions.emplace_back();
                partition.index = each.partition;
                partition.errorCode = code(KafkaError::UnknownTopicOrPartition);
            }
        }
        return reply(response);
    }
    const auto& asked = request.topics.front().partitions.front();
    FetchSnapshotRequest ours;
    ours.replica = request.replicaId;
    ours.directory = asked.replicaDirectoryId;
    ours.epoch = asked.currentLeaderEpoch;
    ours.snapshot = {asked.snapshotId.epoch, asked.snapshotId.endOffset};
    ours.position = asked.position < 0 ? std::numeric_limits<std::uint64_t>::max() : static_cast<std::uint64_t>(asked.position);
    ours.maxBytes = request.maxBytes;
    raft.handleFetchSnapshot(ours, [&facts, reply = std::move(reply)](const FetchSnapshotResponse& answer) {
        Wire response;
        auto& topic = response.topics.emplace_back();
        topic.name = kMetadataTopic;
        auto& to = topic.partitions.emplace_back();
        to.errorCode = code(answer.error);
        to.snapshotId.epoch = answer.snapshot.epoch;
        to.snapshotId.endOffset = answer.snapshot.offset;
        to.currentLeader.leaderId = answer.current.leader;
        to.currentLeader.leaderEpoch = answer.current.epoch;
        to.size = static_cast<std::int64_t>(answer.size);
        to.position = static_cast<std::int64_t>(answer.position);
        to.unalignedRecords = protocol::Records(answer.bytes);
        addNodeEndpoint(response, facts, answer.current.leader);
        reply(response);
    });
}

protocol::DescribeQuorumResponse describeQuorum(const RaftDriver& raft, const WireFacts& facts, const protocol::DescribeQuorumRequest& request) {
    using Wire = protocol::DescribeQuorumResponse;
    Wire response;
    if (request.topics.size() != 1 || request.topics.front().topicName != kMetadataTopic ||
        request.topics.front().partitions.size() != 1 || request.topics.front().partitions.front().partitionIndex != 0) {
        // As Kafka: each partition asked for is answered with the error.
        for (const auto& topic : request.topics) {
            auto& answer = response.topics.emplace_back();
            answer.topicName = topic.topicName;
            for (const auto& partition : topic.partitions) {
                auto& to = answer.partitions.emplace_back();
                to.partitionIndex = partition.partitionIndex;
                to.errorCode = code(KafkaError::UnknownTopicOrPartition);
            }
        }
        return response;
    }
    auto& to = addPartition(response);
    if (!raft.isLeader()) {
        to.errorCode = code(KafkaError::NotLeaderOrFollower);
        return response;
    }
    const QuorumInfo info = raft.describe();
    to.leaderId = info.leader.leader;
    to.leaderEpoch = info.leader.epoch;
    to.highWatermark = info.highWatermark;
    const auto fill = [](auto& list, const std::vector<QuorumReplica>& replicas) {
        for (const auto& replica : replicas) {
            auto& state = list.emplace_back();
            state.replicaId = replica.node;
            state.replicaDirectoryId = replica.directory;
            state.logEndOffset = replica.logEndOffset;
            state.lastFetchTimestamp = replica.lastFetchMs;
            state.lastCaughtUpTimestamp = replica.lastCaughtUpMs;
        }
    };
    fill(to.currentVoters, info.voters);
    fill(to.observers, info.observers);
    for (const auto& [id, endpoint] : facts.voters) {
        auto& node = response.nodes.emplace_back();
        node.nodeId = id;
        auto& listener = node.listeners.emplace_back();
        listener.name = facts.listener;
        listener.host = endpoint.host;
        listener.port = endpoint.port;
    }
    return response;
}

} // namespace broker::raft
