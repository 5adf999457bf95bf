#pragma once
// Brings this broker's followers of one leader up to date, as Kafka's replica fetcher does: Fetch from our log's end, append,
// wait until that is on disk, Fetch again. The next fetch offset *is* the acknowledgement, so it never runs ahead of the sync;
// one request is under way, and the leader's long poll, large answers and group commit hide the sync.
//
// Divergence: each request names the epoch of our last record; when the leader's history differs it answers with where, and
// we cut there (KIP-595's way, as Kafka does since 2.7). A partition that becomes ready while a request waits at the leader
// is sent after it at once: the leader then answers the waiting one (see handlers/fetch.cpp). Nothing freezes: each error
// backs its partition off, a lost connection backs all off, and both start again by timer or newer metadata.
// Loop thread only.

#include "embedded-broker/base/scheduler.h"
#include "embedded-broker/replication/fetch_session.h"
#include "embedded-broker/replication/links.h"
#include "embedded-broker/replication/partition.h"

#include <map>
#include <memory>

namespace broker::replication {

struct FetcherSettings {
    Duration waitMax = milliseconds(500);            ///< replica.fetch.wait.max.ms
    std::int32_t minBytes = 1;                       ///< replica.fetch.min.bytes
    std::int32_t partitionBytesMax = 1 << 20;        ///< replica.fetch.max.bytes
    std::int32_t responseBytesMax = 10 << 20;        ///< replica.fetch.response.max.bytes
    Duration backoffMin = milliseconds(10);
    Duration backoffMax = milliseconds(1000);        ///< replica.fetch.backoff.ms
};

class ReplicaFetcher {
public:
    struct Seams {
        Scheduler& scheduler;
        PeerLink& link;
        NodeId self = kNoNode;
        std::function<BrokerEpoch()> selfEpoch;
        std::string clusterId;
    };

    ReplicaFetcher(Seams seams, NodeId leader, FetcherSettings settings);
    ~ReplicaFetcher();
    ReplicaFetcher(const ReplicaFetcher&) = delete;
    ReplicaFetcher& operator=(const ReplicaFetcher&) = delete;

    /// Starts, or starts again with a new leader epoch.
    void add(const std::shared_ptr<Partition>& partition);
    void remove(const Partition& partition);
    /// The partition's log is on disk up to `end`.
    void synced(Partition& partition, Offset end);
    [[nodiscard]] bool empty() const { return m_states.empty(); }
    [[nodiscard]] std::size_t size() const { return m_states.size(); }
    /// The leader is reachable again or its metadata changed: do not wait for the backoff.
    void retryNow();

private:
    struct State {
        std::shared_ptr<Partition> partition;
        LeaderEpoch leaderEpoch = kNoEpoch;
        std::uint64_t since = 0;       ///< requests up to this one speak of an older epoch: their answers are not for us
        Offset syncTarget = kNoOffset; ///< appended, not synced yet: the next request waits for it
        Duration backoff{0};
        TimerId timer = 0;             ///< backing off until it fires
        bool fenced = false;           ///< the leader knows a newer epoch: wait for metadata
    };
    using Key = FetchSession::Key;

    [[nodiscard]] static bool ready(const State& state);
    /// Tells the session what this partition wants now.
    void present(const Key& key, State& state);
    void backOff(const Key& key, State& state);
    void schedule();               ///< a look at pump() at the end of this turn
    void pump();
    void send();
    void onAnswer(std::uint64_t generation, std::uint64_t number, Result<protocol::FetchResponse> answer);
    void onLinkLost(const std::string& why);
    template <class PartitionAnswer>
    void take(const Key& key, State& state, const PartitionAnswer& answer);
    void append(const Key& key, State& state, const Payload& records);
    void cut(State& state, LeaderEpoch epoch, Offset endOffset);
    void waitForSync(State& state);

    Seams m_seams;
    NodeId m_leader;
    FetcherSettings m_settings;
    FetchSession m_session;
    std::map<Key, State> m_states;
    std::size_t m_unsynced = 0;     ///< partitions with a syncTarget
    std::size_t m_inFlight = 0;
    std::uint64_t m_sent = 0;       ///< requests, ever
    std::uint64_t m_generation = 0; ///< of the session; answers of older ones are dropped
    bool m_idleSent = false;        ///< the request under way had nothing new: it waits at the leader
    bool m_sessionless = false;     ///< the leader has no room for our session: each request is full, and may wait
    bool m_pumpPosted = false;
    Duration m_linkBackoff{0};
    TimerId m_linkTimer = 0;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::replication
