#include "embedded-broker/replication/alter_partition_sender.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/protocol/kafka_error.h"

#include <algorithm>

namespace broker::replication {

namespace {
constexpr Duration kBackoffMin = milliseconds(20);
constexpr Duration kBackoffMax = milliseconds(500);

IsrAnswer meaning(std::int16_t code) {
    switch (static_cast<protocol::KafkaError>(code)) {
    case protocol::KafkaError::None:
        return IsrAnswer::Accepted;
    case protocol::KafkaError::IneligibleReplica:
        return IsrAnswer::Ineligible;
    case protocol::KafkaError::InvalidUpdateVersion:
    case protocol::KafkaError::FencedLeaderEpoch:
    case protocol::KafkaError::NewLeaderElected:
    case protocol::KafkaError::UnknownTopicId:
    case protocol::KafkaError::UnknownTopicOrPartition:
        return IsrAnswer::Superseded;
    default:
        return IsrAnswer::Retry;
    }
}
} // namespace

AlterPartitionSender::~AlterPartitionSender() {
    *m_alive = false;
    m_seams.scheduler.cancel(m_retry);
}

void AlterPartitionSender::propose(const Key& key, IsrProposal proposal) {
    m_waiting.insert_or_assign(key, std::move(proposal));
    if (m_inFlight || m_posted || m_retry)
        return;
    m_posted = true; // all that this turn proposes goes together
    m_seams.scheduler.post([this, alive = m_alive] {
        if (!*alive)
            return;
        m_posted = false;
        send();
    });
}

void AlterPartitionSender::withdraw(const Key& key) {
    m_waiting.erase(key);
}

void AlterPartitionSender::send() {
    if (m_inFlight || m_waiting.empty())
        return;
    auto asked = std::exchange(m_waiting, {});
    protocol::AlterPartitionRequest request;
    request.brokerId = m_seams.self;
    request.brokerEpoch = m_seams.selfEpoch();
    for (const auto& [key, proposal] : asked) {
        if (request.topics.empty() || request.topics.back().topicId != key.first)
            request.topics.emplace_back().topicId = key.first;
        auto& partition = request.topics.back().partitions.emplace_back();
        partition.partitionIndex = key.second;
        partition.leaderEpoch = proposal.leaderEpoch;
        partition.partitionEpoch = proposal.partitionEpoch;
        for (const auto& [member, epoch] : proposal.isr) {
            partition.newIsr.push_back(member);
            auto& state = partition.newIsrWithEpochs.emplace_back();
            state.brokerId = member;
            state.brokerEpoch = epoch;
        }
    }
    m_inFlight = true;
    m_seams.link.alterPartition(request, [this, alive = m_alive, asked = std::move(asked)](Result<protocol::AlterPartitionResponse> answer) mutable {
        if (*alive)
            onAnswer(std::move(asked), std::move(answer));
    });
}

void AlterPartitionSender::again(std::map<Key, IsrProposal> proposals) {
    m_waiting.merge(proposals); // newer ones win
    if (m_waiting.empty() || m_retry)
        return;
    m_backoff = m_backoff == Duration{0} ? kBackoffMin : std::min(m_backoff * 2, kBackoffMax);
    m_retry = m_seams.scheduler.after(m_backoff, [this] {
        m_retry = 0;
        send();
    });
}

void AlterPartitionSender::onAnswer(std::map<Key, IsrProposal> asked, Result<protocol::AlterPartitionResponse> answer) {
    m_inFlight = false;
    if (!answer || answer->errorCode != 0) {
        log::info("replication", "the controller did not take {} in-sync sets: {}", asked.size(),
                  answer ? fmt::format("error {}", answer->errorCode) : answer.error().message);
        return again(std::move(asked));
    }
    m_backoff = Duration{0};
    for (const auto& topic : answer->topics) {
        for (const auto& partition : topic.partitions) {
            const auto it = asked.find({topic.topicId, partition.partitionIndex});
            if (it == asked.end())
                continue;
            const IsrAnswer what = meaning(partition.errorCode);
            if (what == IsrAnswer::Retry)
                continue; // stays in `asked`
            const auto [key, proposal] = *it;
            asked.erase(it);
            PartitionFacts facts;
            facts.leader = partition.leaderId;
            facts.leaderEpoch = partition.leaderEpoch;
            facts.partitionEpoch = partition.partitionEpoch;
            facts.isr = partition.isr;
            facts.recovering = partition.leaderRecoveryState != 0;
            m_seams.answered(key, what, proposal, facts);
        }
    }
    if (!asked.empty())
        return again(std::move(asked));
    send();
}

} // namespace broker::replication
