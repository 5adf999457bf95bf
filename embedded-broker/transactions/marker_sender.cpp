#include "embedded-broker/transactions/marker_sender.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/protocol/kafka_error.h"

#include <algorithm>
#include <utility>

namespace broker::transactions {

namespace {

constexpr Duration kBackoffMin = milliseconds(20);
constexpr Duration kBackoffMax = seconds(1);
/// A partition that takes long must not keep others of the same broker waiting.
constexpr int kUnderWayMax = 5;

enum class Outcome { Written, Again, Fenced };

Outcome judge(protocol::KafkaError error) {
    using protocol::KafkaError;
    switch (error) {
    case KafkaError::None: return Outcome::Written;
    // A newer epoch of the producer is known there: its older transaction cannot be open.
    case KafkaError::InvalidProducerEpoch: return Outcome::Written;
    // A newer coordinator is at work: it will finish what is left.
    case KafkaError::TransactionCoordinatorFenced: return Outcome::Fenced;
    default: return Outcome::Again;
    }
}

} // namespace

MarkerSender::~MarkerSender() {
    *m_alive = false;
    m_scheduler.cancel(m_retryTimer);
}

void MarkerSender::send(PartitionIndex owner, const std::string& transactionalId, EndMarkers markers, std::move_only_function<void()> done) {
    const std::uint64_t number = m_nextJob++;
    log::debug("transactions", "{}: markers for {} partitions", transactionalId, markers.partitions.size());
    Job& job = m_jobs[number];
    job.owner = owner;
    job.markers = std::move(markers);
    job.done = std::move(done);
    if (job.markers.partitions.empty()) {
        m_scheduler.post([this, alive = m_alive, number] {
            if (*alive)
                settle({number, {}});
        });
        return;
    }
    for (const auto& tp : std::set(job.markers.partitions))
        enqueue({number, tp});
    pumpSoon();
}

void MarkerSender::drop(PartitionIndex owner) {
    std::erase_if(m_jobs, [&](const auto& item) { return item.second.owner == owner; });
    std::erase_if(m_parked, [&](const Item& item) { return !m_jobs.contains(item.job); });
}

void MarkerSender::lookAgain() {
    if (m_parked.empty())
        return;
    for (auto& item : std::exchange(m_parked, {}))
        enqueue(std::move(item));
    pumpSoon();
}

void MarkerSender::enqueue(Item item) {
    const auto leader = m_link.leaderOf(item.tp);
    if (!leader) {
        // Deleted: there is nothing to end. In a turn of its own, as every answer.
        m_scheduler.post([this, alive = m_alive, item = std::move(item)] {
            if (*alive)
                settle(item);
        });
    } else if (*leader == kNoNode) {
        m_parked.push_back(std::move(item));
        armRetry();
    } else {
        m_destinations[*leader].queue.push_back(std::move(item));
    }
}

void MarkerSender::settle(const Item& item) {
    const auto found = m_jobs.find(item.job);
    if (found == m_jobs.end())
        return;
    found->second.markers.partitions.erase(item.tp);
    if (!found->second.markers.partitions.empty())
        return;
    auto done = std::move(found->second.done);
    m_jobs.erase(found);
    done();
}

/// All that is sent in this turn goes in one request a broker.
void MarkerSender::pumpSoon() {
    if (std::exchange(m_pumpPosted, true))
        return;
    m_scheduler.post([this, alive = m_alive] {
        if (!*alive)
            return;
        m_pumpPosted = false;
        std::vector<NodeId> nodes;
        for (const auto& [node, destination] : m_destinations)
            nodes.push_back(node);
        for (const NodeId node : nodes)
            pump(node);
    });
}

void MarkerSender::pump(NodeId node) {
    Destination& destination = m_destinations[node];
    std::erase_if(destination.queue, [&](const Item& item) { return !m_jobs.contains(item.job); });
    if (destination.queue.empty() || destination.underWay >= kUnderWayMax)
        return;
    auto items = std::exchange(destination.queue, {});
    std::ranges::stable_sort(items, {}, &Item::job);
    protocol::WriteTxnMarkersRequest request;
    std::uint64_t last = 0;
    for (const auto& item : items) {
        if (item.job != last) {
            last = item.job;
            const EndMarkers& markers = m_jobs.at(item.job).markers;
            auto& marker = request.markers.emplace_back();
            marker.producerId = markers.producer.id;
            marker.producerEpoch = markers.producer.epoch;
            marker.transactionResult = markers.commit;
            marker.coordinatorEpoch = markers.coordinatorEpoch;
            marker.transactionVersion = static_cast<std::int8_t>(markers.version);
        }
        auto& topics = request.markers.back().topics;
        if (topics.empty() || topics.back().name != item.tp.topic)
            topics.emplace_back().name = item.tp.topic;
        topics.back().partitionIndexes.push_back(item.tp.partition);
    }
    ++destination.underWay;
    m_link.write(node, request, [this, alive = m_alive, node, items = std::move(items)](Result<protocol::WriteTxnMarkersResponse> response) {
        if (*alive)
            answered(node, items, response);
    });
}

void MarkerSender::answered(NodeId node, const std::vector<Item>& items, const Result<protocol::WriteTxnMarkersResponse>& response) {
    --m_destinations[node].underWay;
    std::map<std::pair<ProducerId, TopicPartition>, protocol::KafkaError> errors;
    if (response)
        for (const auto& marker : response->markers)
            for (const auto& topic : marker.topics)
                for (const auto& partition : topic.partitions)
                    errors[{marker.producerId, {topic.name, partition.partitionIndex}}] = static_cast<protocol::KafkaError>(partition.errorCode);
    for (const auto& item : items) {
        const auto job = m_jobs.find(item.job);
        if (job == m_jobs.end())
            continue;
        const auto found = errors.find({job->second.markers.producer.id, item.tp});
        const auto error = found == errors.end() ? protocol::KafkaError::NetworkException : found->second;
        switch (judge(error)) {
        case Outcome::Written:
            m_backoff = Duration{0};
            settle(item);
            break;
        case Outcome::Again:
            log::debug("transactions", "{}-{}: the marker comes again: {}", item.tp.topic, item.tp.partition, protocol::name(error));
            m_parked.push_back(item);
            break;
        case Outcome::Fenced:
            log::info("transactions", "{}-{}: a newer coordinator ends the transaction of producer {}", item.tp.topic, item.tp.partition,
                      job->second.markers.producer.id);
            m_jobs.erase(job);
            break;
        }
    }
    armRetry();
    pump(node);
}

void MarkerSender::armRetry() {
    if (m_parked.empty() || m_retryTimer != 0)
        return;
    m_backoff = m_backoff == Duration{0} ? kBackoffMin : std::min(m_backoff * 2, kBackoffMax);
    m_retryTimer = m_scheduler.after(m_backoff, [this] {
        m_retryTimer = 0;
        lookAgain();
    });
}

} // namespace broker::transactions
