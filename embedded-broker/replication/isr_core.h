#pragma once
// What a leader knows of its replicas, and what follows from it: the high watermark and the in-sync set. Pure: no log, no
// clock, no messages; Partition feeds it and obeys.
//
//   Committed --propose()--> Pending --answered Ok / newer metadata--> Committed
//                               \---- refused: back to what was committed, or wait for metadata
//
// The high watermark waits for the *maximal* set (committed plus proposed members), min.insync.replicas counts the
// *committed* one: whichever of the two the controller has in mind, nothing below the high watermark can be lost.
// All end offsets in here are of what is on disk (synced).

#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/time.h"

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace broker::replication {

/// What the metadata say about one partition.
struct PartitionFacts {
    NodeId leader = kNoNode;
    LeaderEpoch leaderEpoch = kNoEpoch;
    std::int32_t partitionEpoch = -1;
    std::vector<NodeId> replicas;
    std::vector<NodeId> isr;
    bool recovering = false; ///< LeaderRecoveryState 1: the leader was elected uncleanly
    bool operator==(const PartitionFacts&) const = default;
};

struct IsrProposal {
    LeaderEpoch leaderEpoch = kNoEpoch;
    std::int32_t partitionEpoch = -1;
    /// With the broker epoch that each fetches under (KIP-903): the controller refuses a member that restarted since.
    std::vector<std::pair<NodeId, BrokerEpoch>> isr;
};

enum class IsrAnswer {
    Accepted,
    Ineligible,  ///< a proposed member is fenced, shutting down or restarted: forget the proposal
    Superseded,  ///< the controller knows newer facts: keep the maximal set until metadata bring them
    Retry,       ///< it was not decided: the same proposal again
};

struct ReplicaProgress {
    Offset endOffset = kNoOffset;          ///< synced; what its last valid fetch asked for; -1 = none in this epoch
    Offset logStartOffset = kNoOffset;
    BrokerEpoch brokerEpoch = -1;          ///< of its last fetch
    std::optional<Instant> lastCaughtUp;
    std::optional<Instant> lastFetch;
    Offset leaderEndAtLastFetch = kNoOffset;
};

class IsrCore {
public:
    /// Whether the metadata let this broker, under this epoch (-1 = not told), be in sync: registered, unfenced, not stopping.
    using Eligible = std::function<bool(NodeId, BrokerEpoch)>;
    struct Settings {
        Duration lagTimeMax = seconds(30); ///< replica.lag.time.max.ms
        std::int32_t minInsyncReplicas = 1;
    };

    IsrCore(NodeId self, BrokerEpoch selfEpoch, Eligible eligible) : m_self(self), m_selfEpoch(selfEpoch), m_eligible(std::move(eligible)) {}

    void setSettings(Settings settings) { m_settings = settings; }
    void setSelfEpoch(BrokerEpoch epoch) { m_selfEpoch = epoch; }

    /// Starts an epoch: nothing is known of the followers, members of the set count as caught up now. `logEnd` is where the epoch starts.
    void lead(const PartitionFacts& facts, Offset logEnd, Instant now);
    /// Newer metadata within the same leader epoch. Older or equal partition epochs are ignored. -> whether anything was taken.
    bool update(const PartitionFacts& facts);

    void setLocalEnd(Offset synced, Offset logEnd);
    /// A follower asked for data from `offset` (so: holds everything below, synced). False = a stale broker epoch: answer
    /// NOT_LEADER_OR_FOLLOWER and forget it.
    bool fetched(NodeId replica, BrokerEpoch epoch, Offset offset, Offset logStart, Instant now);

    /// Where the high watermark may go, >= `current`.
    [[nodiscard]] Offset highWatermarkFrom(Offset current, Instant now) const;
    /// Lowest log start of all live replicas: DeleteRecords is done when it has passed.
    [[nodiscard]] Offset lowWatermark(Offset localLogStart) const;

    /// The replica that just fetched may join?
    [[nodiscard]] std::optional<IsrProposal> expansion(NodeId replica, Offset highWatermark);
    /// Somebody who keeps up and was kept out, by another proposal or a fence that is gone, may join now? Who waits in a long poll says nothing
    /// for a while.
    [[nodiscard]] std::optional<IsrProposal> nextExpansion(Offset highWatermark, Instant now);
    /// Members that lag for too long may go?
    [[nodiscard]] std::optional<IsrProposal> shrinking(Instant now);
    /// Again, after IsrAnswer::Retry.
    [[nodiscard]] std::optional<IsrProposal> pending() const;
    void answered(IsrAnswer answer, const IsrProposal& proposal, const PartitionFacts& facts);

    [[nodiscard]] const PartitionFacts& facts() const { return m_facts; }
    [[nodiscard]] bool proposalPending() const { return m_pending.has_value(); }
    [[nodiscard]] bool underMinIsr() const { return inSyncCount() < effectiveMinIsr(); }
    [[nodiscard]] std::int32_t inSyncCount() const { return static_cast<std::int32_t>(m_facts.isr.size()); }
    [[nodiscard]] std::int32_t effectiveMinIsr() const;
    [[nodiscard]] bool inMaximalIsr(NodeId replica) const;
    [[nodiscard]] Offset epochStart() const { return m_epochStart; }
    [[nodiscard]] const ReplicaProgress* progress(NodeId replica) const;
    [[nodiscard]] bool knows(NodeId replica) const { return m_replicas.contains(replica); }

private:
    [[nodiscard]] bool caughtUp(const ReplicaProgress& progress, Instant now) const;
    [[nodiscard]] IsrProposal propose(std::vector<NodeId> isr);
    void takeReplicas();

    NodeId m_self;
    BrokerEpoch m_selfEpoch;
    Eligible m_eligible;
    Settings m_settings;
    PartitionFacts m_facts;                       ///< committed
    std::optional<std::vector<NodeId>> m_pending; ///< proposed in-sync set
    std::map<NodeId, ReplicaProgress> m_replicas; ///< without self
    Offset m_localSynced = 0;
    Offset m_logEnd = 0;
    Offset m_epochStart = 0;
};

} // namespace broker::replication
