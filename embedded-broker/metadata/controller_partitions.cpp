// Leaders and in-sync sets.

#include "embedded-broker/metadata/controller_impl.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/protocol/messages/alter_partition_request.h"
#include "embedded-broker/protocol/messages/alter_partition_response.h"
#include "embedded-broker/protocol/messages/elect_leaders_request.h"
#include "embedded-broker/protocol/messages/elect_leaders_response.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace broker::metadata {

namespace {

constexpr auto kBalanceDelay = seconds(2); ///< after a preferred leader is in sync again: others may follow it

bool contains(const std::vector<NodeId>& list, NodeId node) { return std::ranges::find(list, node) != list.end(); }

std::int32_t numberOr(const std::string& text, std::int32_t otherwise) {
    std::int32_t value = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

} // namespace

std::int32_t QuorumController::Impl::minIsr(const std::string& topic) const {
    if (const auto own = state().topicConfig(topic, "min.insync.replicas"))
        return numberOr(*own, 1);
    const auto& cluster = state().config(ResourceType::Broker, "");
    if (const auto it = cluster.find("min.insync.replicas"); it != cluster.end())
        return numberOr(it->second, 1);
    const auto it = m_options.staticConfig.find("min.insync.replicas");
    return it == m_options.staticConfig.end() ? 1 : numberOr(it->second, 1);
}

PartitionChangeOptions QuorumController::Impl::changeOptions(const TopicImage& topic, const PartitionState& partition) const {
    PartitionChangeOptions options;
    options.targetIsr = partition.isr;
    options.mayLead = [this](NodeId node) {
        const BrokerImage* broker = state().broker(node);
        return broker != nullptr && broker->active();
    };
    options.minIsr = minIsr(topic.name);
    options.elrEnabled = state().feature(kElrVersionFeature) > 0;
    auto unclean = state().topicConfig(topic.name, "unclean.leader.election.enable");
    if (!unclean) {
        const auto& cluster = state().config(ResourceType::Broker, "");
        if (const auto it = cluster.find("unclean.leader.election.enable"); it != cluster.end())
            unclean = it->second;
        else if (const auto fixed = m_options.staticConfig.find("unclean.leader.election.enable"); fixed != m_options.staticConfig.end())
            unclean = fixed->second;
    }
    if (unclean && *unclean == "true")
        options.election = Election::Unclean;
    return options;
}

void QuorumController::Impl::addPartitionChanges(NodeId removed, NodeId added, bool unclean, Records& out) {
    for (const auto& [name, topic] : state().topics()) {
        for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
            const PartitionState& partition = *topic->partitions[i];
            const bool loses = removed != kNoNode && (partition.leader == removed || partition.inIsr(removed) ||
                                                      (unclean && contains(partition.elr, removed)));
            const bool gains = added != kNoNode && partition.leader == kNoLeader && partition.hasReplica(added);
            if (!loses && !gains)
                continue;
            PartitionChangeOptions options = changeOptions(*topic, partition);
            if (removed != kNoNode)
                std::erase(options.targetIsr, removed);
            if (unclean)
                options.uncleanReplicas.insert(removed);
            options.mayLead = [old = std::move(options.mayLead), removed, added](NodeId node) {
                return node != removed && (node == added || old(node));
            };
            if (auto change = changePartition(topic->id, static_cast<PartitionIndex>(i), partition, options))
                out.emplace_back(std::move(*change));
        }
    }
}

void QuorumController::Impl::alterPartition(const protocol::AlterPartitionRequest& request, std::int16_t version,
                                            Reply<protocol::AlterPartitionResponse> reply) {
    using Response = protocol::AlterPartitionResponse;
    auto response = std::make_shared<Response>();
    const KafkaError top = active() ? checkBrokerEpoch(request.brokerId, request.brokerEpoch) : KafkaError::NotController;
    if (top != KafkaError::None) {
        response->errorCode = code(top);
        return reply(*response);
    }
    Records records;
    bool preferredIsBack = false;
    struct Changed {
        std::size_t topic;
        std::size_t partition;
        PartitionIndex index;
        Uuid id;
    };
    std::vector<Changed> changes;
    for (const auto& topicRequest : request.topics) {
        auto& topicAnswer = response->topics.emplace_back();
        topicAnswer.topicId = topicRequest.topicId;
        const TopicImage* topic = state().topic(topicRequest.topicId);
        for (const auto& asked : topicRequest.partitions) {
            auto& answer = topicAnswer.partitions.emplace_back();
            answer.partitionIndex = asked.partitionIndex;
            const PartitionState* partition = state().partition(topicRequest.topicId, asked.partitionIndex);
            std::vector<NodeId> isr = asked.newIsr;
            std::vector<std::pair<NodeId, BrokerEpoch>> members;
            if (version >= 3) {
                isr.clear();
                for (const auto& member : asked.newIsrWithEpochs) {
                    isr.push_back(member.brokerId);
                    members.emplace_back(member.brokerId, member.brokerEpoch);
                }
            } else {
                for (const NodeId node : isr)
                    members.emplace_back(node, -1);
            }
            const auto check = [&]() -> KafkaError {
                if (topic == nullptr)
                    return KafkaError::UnknownTopicId;
                if (partition == nullptr)
                    return KafkaError::UnknownTopicOrPartition;
                // A leader that knows more than this controller: it must ask the real one.
                if (asked.leaderEpoch > partition->leaderEpoch || asked.partitionEpoch > partition->partitionEpoch)
                    return KafkaError::NotController;
                if (asked.leaderEpoch < partition->leaderEpoch)
                    return KafkaError::FencedLeaderEpoch;
                if (request.brokerId != partition->leader)
                    return KafkaError::InvalidRequest;
                if (asked.partitionEpoch < partition->partitionEpoch)
                    return KafkaError::InvalidUpdateVersion;
                if (isr.empty() || !contains(isr, request.brokerId) || std::set(isr.begin(), isr.end()).size() != isr.size() ||
                    !std::ranges::all_of(isr, [&](NodeId node) { return partition->hasReplica(node); }))
                    return KafkaError::InvalidRequest;
                if (asked.leaderRecoveryState != kRecovered && asked.leaderRecoveryState != kRecovering)
                    return KafkaError::InvalidRequest;
                if ((asked.leaderRecoveryState == kRecovering && isr.size() > 1) ||
                    (asked.leaderRecoveryState == kRecovering && partition->leaderRecoveryState == kRecovered))
                    return KafkaError::InvalidRequest;
                for (const auto& [node, epoch] : members) {
                    const BrokerImage* broker = state().broker(node);
                    // A fenced broker must not come in, nor an incarnation other than the one that fetched (KIP-841, KIP-903).
                    if (broker == nullptr || !broker->active() || (epoch >= 0 && epoch != broker->epoch))
                        return KafkaError::IneligibleReplica;
                }
                return KafkaError::None;
            };
            if (const KafkaError error = check(); error != KafkaError::None) {
                answer.errorCode = code(error);
                continue;
            }
            PartitionChangeOptions options = changeOptions(*topic, *partition);
            options.election = Election::Online;
            options.targetIsr = isr;
            options.recoveryState = asked.leaderRecoveryState;
            if (auto change = changePartition(topic->id, asked.partitionIndex, *partition, options))
                records.emplace_back(std::move(*change));
            changes.push_back({response->topics.size() - 1, topicAnswer.partitions.size() - 1, asked.partitionIndex, topic->id});
            const NodeId preferred = partition->replicas.front();
            preferredIsBack |= partition->leader != preferred && !partition->inIsr(preferred) && contains(isr, preferred);
        }
    }
    if (preferredIsBack && m_options.autoLeaderRebalance)
        scheduleBalance(kBalanceDelay);
    // What the partitions are then; the answer leaves only when that is committed. (Without records it may leave at once.)
    const auto fill = [this, response, changes] {
        for (const auto& change : changes) {
            const PartitionState* now = state().partition(change.id, change.index);
            if (now == nullptr)
                continue;
            auto& answer = response->topics[change.topic].partitions[change.partition];
            answer.leaderId = now->leader;
            answer.leaderEpoch = now->leaderEpoch;
            answer.isr = now->isr;
            answer.leaderRecoveryState = now->leaderRecoveryState;
            answer.partitionEpoch = now->partitionEpoch;
        }
    };
    fill();
    write(std::move(records), [response, reply = std::move(reply)](bool committed) {
        if (!committed) {
            Response refused;
            refused.errorCode = code(KafkaError::NotController);
            return reply(refused);
        }
        reply(*response);
    });
    fill();
}

void QuorumController::Impl::electLeaders(const protocol::ElectLeadersRequest& request, std::int16_t version,
                                          Reply<protocol::ElectLeadersResponse> reply) {
    using Response = protocol::ElectLeadersResponse;
    auto response = std::make_shared<Response>();
    if (!active()) {
        response->errorCode = code(KafkaError::NotController);
        return reply(*response);
    }
    const bool unclean = version >= 1 && request.electionType == 1;
    if (version >= 1 && request.electionType != 0 && request.electionType != 1) {
        response->errorCode = code(KafkaError::InvalidRequest);
        return reply(*response);
    }
    Records records;
    const auto elect = [&](const TopicImage* topic, PartitionIndex index) -> ApiError {
        const PartitionState* partition = topic == nullptr ? nullptr : state().partition(topic->id, index);
        if (partition == nullptr)
            return apiError(KafkaError::UnknownTopicOrPartition,
                            topic == nullptr ? "No such topic" : fmt::format("No such partition as {}-{}", topic->name, index));
        if (unclean ? partition->leader != kNoLeader : partition->leader == partition->replicas.front())
            return apiError(KafkaError::ElectionNotNeeded);
        PartitionChangeOptions options = changeOptions(*topic, *partition);
        options.election = unclean ? Election::Unclean : Election::Preferred;
        auto change = changePartition(topic->id, index, *partition, options);
        if (!change || change->leader == -2 || (!unclean && change->leader != partition->replicas.front()))
            return apiError(unclean ? KafkaError::EligibleLeadersNotAvailable : KafkaError::PreferredLeaderNotAvailable);
        records.emplace_back(std::move(*change));
        return {};
    };
    const auto add = [](auto& result, PartitionIndex index, const ApiError& error) {
        auto& partition = result.partitionResult.emplace_back();
        partition.partitionId = index;
        partition.errorCode = code(error.error);
        partition.errorMessage = error.message;
    };
    if (!request.topicPartitions) { // all: only what there was to do is reported
        for (const auto& [name, topic] : state().topics()) {
            Response::ReplicaElectionResult result;
            result.topic = name;
            for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
                const ApiError error = elect(topic.get(), static_cast<PartitionIndex>(i));
                if (error.error != KafkaError::ElectionNotNeeded)
                    add(result, static_cast<PartitionIndex>(i), error);
            }
            if (!result.partitionResult.empty())
                response->replicaElectionResults.push_back(std::move(result));
        }
    } else {
        for (const auto& asked : *request.topicPartitions) {
            auto& result = response->replicaElectionResults.emplace_back();
            result.topic = asked.topic;
            for (const PartitionIndex index : asked.partitions)
                add(result, index, elect(state().topic(asked.topic), index));
        }
    }
    write(std::move(records), [response, reply = std::move(reply)](bool committed) {
        if (!committed) {
            Response refused;
            refused.errorCode = code(KafkaError::NotController);
            return reply(refused);
        }
        reply(*response);
    });
}

void QuorumController::Impl::scheduleBalance(Duration delay) {
    const Instant when = m_seams.scheduler.now() + delay;
    if (m_balanceTimer != 0 && m_balanceAt <= when)
        return;
    m_seams.scheduler.cancel(m_balanceTimer);
    m_balanceAt = when;
    m_balanceTimer = m_seams.scheduler.at(when, guarded([this] {
        m_balanceTimer = 0;
        if (!active())
            return;
        balanceLeaders();
        scheduleBalance(m_options.leaderImbalanceCheck);
    }));
}

void QuorumController::Impl::balanceLeaders() {
    if (!m_options.autoLeaderRebalance)
        return;
    Records records;
    for (const auto& [name, topic] : state().topics()) {
        for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
            const PartitionState& partition = *topic->partitions[i];
            if (partition.leader == kNoLeader || partition.leader == partition.replicas.front() || !partition.inIsr(partition.replicas.front()))
                continue;
            PartitionChangeOptions options = changeOptions(*topic, partition);
            options.election = Election::Preferred;
            if (auto change = changePartition(topic->id, static_cast<PartitionIndex>(i), partition, options))
                records.emplace_back(std::move(*change));
        }
    }
    if (records.empty())
        return;
    log::info("controller", "{} partitions go back to their preferred leaders.", records.size());
    write(std::move(records), [](bool) {});
}

} // namespace broker::metadata
