#include "embedded-broker/replication/fetch_session_cache.h"

#include <limits>

namespace broker::replication {

namespace {
constexpr Duration kIdleBeforeEviction = seconds(120);
}

std::shared_ptr<ServerFetchSession> FetchSessionCache::find(std::int32_t id, Instant now) {
    const auto it = m_sessions.find(id);
    if (it == m_sessions.end())
        return nullptr;
    it->second->lastUsed = now;
    return it->second;
}

std::int32_t FetchSessionCache::nextEpoch(std::int32_t epoch) {
    return epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
}

bool FetchSessionCache::makeRoom(bool privileged, std::size_t partitions, Instant now) {
    if (m_sessions.size() < m_sessionsMax)
        return true;
    // The one that was idle for longest goes if it was so for long; else one that deserves its place less than the new one.
    auto victim = m_sessions.end();
    const auto worse = [&](const ServerFetchSession& session) {
        return now - session.lastUsed > kIdleBeforeEviction || (privileged && !session.privileged) ||
               (privileged == session.privileged && session.partitions.size() < partitions && now - session.lastUsed > kIdleBeforeEviction / 2);
    };
    for (auto it = m_sessions.begin(); it != m_sessions.end(); ++it)
        if (worse(*it->second) && (victim == m_sessions.end() || it->second->lastUsed < victim->second->lastUsed))
            victim = it;
    if (victim == m_sessions.end())
        return false;
    m_sessions.erase(victim);
    return true;
}

std::shared_ptr<ServerFetchSession> FetchSessionCache::create(Random& random, bool usesTopicIds, bool privileged, std::size_t partitions, Instant now) {
    if (!makeRoom(privileged, partitions, now))
        return nullptr;
    auto session = std::make_shared<ServerFetchSession>();
    do {
        session->id = static_cast<std::int32_t>(random.between(1, std::numeric_limits<std::int32_t>::max()));
    } while (m_sessions.contains(session->id));
    session->usesTopicIds = usesTopicIds;
    session->privileged = privileged;
    session->lastUsed = now;
    m_sessions.emplace(session->id, session);
    return session;
}

} // namespace broker::replication
