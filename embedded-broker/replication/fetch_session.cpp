#include "embedded-broker/replication/fetch_session.h"

#include <limits>
#include <unordered_map>

namespace broker::replication {

void FetchSession::want(const Key& key, const Want& want) {
    const auto [it, added] = m_wanted.try_emplace(key, want);
    if (!added && it->second == want)
        return;
    it->second = want;
    m_changed.insert(key);
    m_forgotten.erase(key);
}

void FetchSession::forget(const Key& key) {
    if (m_wanted.erase(key) == 0)
        return;
    m_changed.erase(key);
    if (m_told.contains(key)) // also while the first, full request is under way
        m_forgotten.insert(key);
}

void FetchSession::write(protocol::FetchRequest& request) {
    request.sessionId = m_id;
    request.sessionEpoch = m_epoch;
    const auto say = [&](const Key& key, const Want& want) {
        if (request.topics.empty() || request.topics.back().topicId != key.first)
            request.topics.emplace_back().topicId = key.first;
        auto& partition = request.topics.back().partitions.emplace_back();
        partition.partition = key.second;
        partition.currentLeaderEpoch = want.currentLeaderEpoch;
        partition.fetchOffset = want.offset;
        partition.lastFetchedEpoch = want.lastFetchedEpoch;
        partition.logStartOffset = want.logStartOffset;
        partition.partitionMaxBytes = want.maxBytes;
    };
    if (m_epoch == 0) {
        m_told.clear();
        for (const auto& [key, want] : m_wanted) {
            say(key, want);
            m_told.insert(key);
        }
    } else {
        for (const auto& key : m_changed) {
            say(key, m_wanted.at(key));
            m_told.insert(key);
        }
        for (const auto& key : m_forgotten) {
            if (request.forgottenTopicsData.empty() || request.forgottenTopicsData.back().topicId != key.first)
                request.forgottenTopicsData.emplace_back().topicId = key.first;
            request.forgottenTopicsData.back().partitions.push_back(key.second);
            m_told.erase(key);
        }
        m_epoch = m_epoch == std::numeric_limits<std::int32_t>::max() ? 1 : m_epoch + 1;
    }
    m_changed.clear();
    m_forgotten.clear();
}

void FetchSession::answered(std::int32_t sessionId) {
    if (m_epoch != 0)
        return;
    m_id = sessionId;
    m_epoch = sessionId == 0 ? 0 : 1;
}

void FetchSession::reset() {
    m_id = 0;
    m_epoch = 0;
    m_changed.clear();
    m_forgotten.clear();
    m_told.clear();
}

} // namespace broker::replication
