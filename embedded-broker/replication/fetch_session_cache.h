#pragma once
// The leader's side of fetch sessions (KIP-227): what each client wants and what it was told last, so that a request says only what
// changed and an answer only what is new. Sessions live until they are closed, replaced, or make room for others. Loop thread only.

#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/random.h"
#include "embedded-broker/base/time.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/replication/purgatory.h"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

namespace broker::replication {

/// One partition as a client names it: by id (version 13 on) or by name.
struct SessionKey {
    Uuid topicId;
    std::string topic; ///< empty when ids are used
    PartitionIndex partition = 0;
    auto operator<=>(const SessionKey&) const = default;
};

struct SessionPartition {
    Offset offset = 0;
    LeaderEpoch currentLeaderEpoch = kNoEpoch;
    LeaderEpoch lastFetchedEpoch = kNoEpoch;
    Offset logStartOffset = kNoOffset;
    std::int32_t maxBytes = 0;
    // what the client was told last
    Offset toldHighWatermark = kNoOffset;
    Offset toldLogStart = kNoOffset;
};

struct ServerFetchSession {
    std::int32_t id = 0;
    std::int32_t epoch = 1;  ///< that the next request must carry
    bool usesTopicIds = false;
    bool privileged = false; ///< a follower's: not evicted for consumers
    Instant lastUsed;
    std::map<SessionKey, SessionPartition> partitions;
    FetchHandle waiting;     ///< the request that waits: a newer one answers it
};

class FetchSessionCache {
public:
    explicit FetchSessionCache(std::size_t sessionsMax = 1000) : m_sessionsMax(sessionsMax) {}

    [[nodiscard]] std::shared_ptr<ServerFetchSession> find(std::int32_t id, Instant now);
    void remove(std::int32_t id) { m_sessions.erase(id); }
    /// Null when there is no room: the client sends full requests.
    std::shared_ptr<ServerFetchSession> create(Random& random, bool usesTopicIds, bool privileged, std::size_t partitions, Instant now);
    [[nodiscard]] std::size_t size() const { return m_sessions.size(); }

    /// The epoch after `epoch`: 1 follows the largest, since 0 and -1 have a meaning of their own.
    static std::int32_t nextEpoch(std::int32_t epoch);

private:
    bool makeRoom(bool privileged, std::size_t partitions, Instant now);

    std::size_t m_sessionsMax;
    std::unordered_map<std::int32_t, std::shared_ptr<ServerFetchSession>> m_sessions;
};

} // namespace broker::replication
