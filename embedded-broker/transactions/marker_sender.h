#pragma once
// Sends the end markers of transactions to the leaders of their partitions, until every partition has its marker. What a broker cannot take now
// waits for news: new metadata, a peer that is back. A timer is only the safety net, and runs only while something waits.
// Loop thread only; owned by TransactionCoordinator.

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/transactions/transaction_links.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace broker::transactions {

struct EndMarkers {
    Producer producer;
    bool commit = false;
    std::int32_t coordinatorEpoch = -1;
    std::int16_t version = 0; ///< of the client, for the leader's check of epochs
    std::set<TopicPartition> partitions;
};

class MarkerSender {
public:
    MarkerSender(Scheduler& scheduler, MarkerLink& link) : m_scheduler(scheduler), m_link(link) {}
    ~MarkerSender();
    MarkerSender(const MarkerSender&) = delete;
    MarkerSender& operator=(const MarkerSender&) = delete;

    /// `done` runs in a later turn, once all partitions have the marker or are gone. `owner`: the partition of __transaction_state.
    void send(PartitionIndex owner, const std::string& transactionalId, EndMarkers markers, std::move_only_function<void()> done);
    /// This broker does not lead `owner` any more: nothing more is sent, `done` of its transactions never runs.
    void drop(PartitionIndex owner);
    /// The metadata changed, or a peer is back.
    void lookAgain();
    [[nodiscard]] bool idle() const { return m_jobs.empty(); }

private:
    struct Job {
        PartitionIndex owner = 0;
        EndMarkers markers; ///< with the partitions that have none yet
        std::move_only_function<void()> done;
    };
    struct Item {
        std::uint64_t job = 0;
        TopicPartition tp;
    };
    struct Destination {
        std::vector<Item> queue;
        int underWay = 0;
    };
    void enqueue(Item item);
    void settle(const Item& item);
    void pumpSoon();
    void pump(NodeId node);
    void answered(NodeId node, const std::vector<Item>& items, const Result<protocol::WriteTxnMarkersResponse>& response);
    void armRetry();

    Scheduler& m_scheduler;
    MarkerLink& m_link;
    std::map<std::uint64_t, Job> m_jobs;
    std::uint64_t m_nextJob = 1;
    std::map<NodeId, Destination> m_destinations;
    std::vector<Item> m_parked;
    bool m_pumpPosted = false;
    TimerId m_retryTimer = 0;
    Duration m_backoff{0};
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::transactions
