#pragma once
// The follower's side of a fetch session (KIP-227): what the leader believes we want, and so what must be said next.

#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/protocol/messages/fetch_request.h"

#include <map>
#include <set>
#include <utility>

namespace broker::replication {

class FetchSession {
public:
    using Key = std::pair<Uuid, PartitionIndex>;
    struct Want {
        Offset offset = 0;
        LeaderEpoch currentLeaderEpoch = kNoEpoch;
        LeaderEpoch lastFetchedEpoch = kNoEpoch;
        Offset logStartOffset = 0;
        std::int32_t maxBytes = 0;
        bool operator==(const Want&) const = default;
    };

    /// From now on this is wanted; said in the next request if it is news.
    void want(const Key& key, const Want& want);
    void forget(const Key& key);
    [[nodiscard]] bool wantsAny() const { return !m_wanted.empty(); }
    [[nodiscard]] bool hasNews() const { return !m_changed.empty() || !m_forgotten.empty() || m_epoch == 0; }

    /// Fills session id and epoch, topics and forgotten topics.
    void write(protocol::FetchRequest& request);
    /// The answer named this session. A full request's answer opens it (0 = the leader keeps none: each request is full).
    void answered(std::int32_t sessionId);
    /// Start over: the connection closed, or the leader lost or refused the session.
    void reset();

private:
    std::int32_t m_id = 0;
    std::int32_t m_epoch = 0; ///< of the next request; 0 = full
    std::map<Key, Want> m_wanted;
    std::set<Key> m_changed;
    std::set<Key> m_told;      ///< what the leader has in its session, or will when it answers
    std::set<Key> m_forgotten; ///< of those
};

} // namespace broker::replication
