#pragma once
// Gathers the in-sync sets that this broker's leaders propose into AlterPartition requests, one under way at a time; what is
// proposed meanwhile goes into the next. Loop thread only.

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/replication/isr_core.h"
#include "embedded-broker/replication/links.h"

#include <map>
#include <memory>
#include <utility>

namespace broker::replication {

class AlterPartitionSender {
public:
    using Key = std::pair<Uuid, PartitionIndex>;
    struct Seams {
        Scheduler& scheduler;
        ControllerLink& link;
        NodeId self = kNoNode;
        std::function<BrokerEpoch()> selfEpoch;
        /// The answer for one proposal. Retry is handled here: it is never passed on.
        std::function<void(const Key&, IsrAnswer, const IsrProposal&, const PartitionFacts&)> answered;
    };

    explicit AlterPartitionSender(Seams seams) : m_seams(std::move(seams)) {}
    ~AlterPartitionSender();
    AlterPartitionSender(const AlterPartitionSender&) = delete;
    AlterPartitionSender& operator=(const AlterPartitionSender&) = delete;

    /// Replaces an unsent proposal of the same partition.
    void propose(const Key& key, IsrProposal proposal);
    /// The partition changed by metadata: an unsent proposal is void.
    void withdraw(const Key& key);

private:
    void send();
    void onAnswer(std::map<Key, IsrProposal> asked, Result<protocol::AlterPartitionResponse> answer);
    void again(std::map<Key, IsrProposal> proposals);

    Seams m_seams;
    std::map<Key, IsrProposal> m_waiting;
    bool m_inFlight = false;
    bool m_posted = false;
    TimerId m_retry = 0;
    Duration m_backoff{0};
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::replication
