#include "embedded-broker/groups/classic_group.h"

#include <algorithm>
#include <cassert>

namespace broker::groups {

std::string_view toString(GroupState state) {
    switch (state) {
    case GroupState::Empty: return "Empty";
    case GroupState::PreparingRebalance: return "PreparingRebalance";
    case GroupState::CompletingRebalance: return "CompletingRebalance";
    case GroupState::Stable: return "Stable";
    case GroupState::Dead: return "Dead";
    }
    return "Unknown";
}

std::string_view toString(GroupError error) {
    switch (error) {
    case GroupError::None: return "none";
    case GroupError::CoordinatorNotAvailable: return "coordinator not available";
    case GroupError::CoordinatorLoadInProgress: return "coordinator load in progress";
    case GroupError::NotCoordinator: return "not coordinator";
    case GroupError::InvalidGroupId: return "invalid group id";
    case GroupError::InvalidSessionTimeout: return "invalid session timeout";
    case GroupError::InconsistentGroupProtocol: return "inconsistent group protocol";
    case GroupError::UnknownMemberId: return "unknown member id";
    case GroupError::MemberIdRequired: return "member id required";
    case GroupError::FencedInstanceId: return "fenced instance id";
    case GroupError::IllegalGeneration: return "illegal generation";
    case GroupError::RebalanceInProgress: return "rebalance in progress";
    case GroupError::GroupMaxSizeReached: return "group max size reached";
    case GroupError::GroupIdNotFound: return "group id not found";
    case GroupError::NonEmptyGroup: return "non empty group";
    case GroupError::GroupSubscribedToTopic: return "group subscribed to topic";
    case GroupError::OffsetMetadataTooLarge: return "offset metadata too large";
    case GroupError::InvalidCommitOffsetSize: return "invalid commit offset size";
    case GroupError::UnknownTopicOrPartition: return "unknown topic or partition";
    case GroupError::UnknownTopicId: return "unknown topic id";
    case GroupError::InvalidProducerEpoch: return "invalid producer epoch";
    case GroupError::InvalidTxnState: return "invalid transaction state";
    case GroupError::CoordinatorFenced: return "transaction coordinator fenced";
    case GroupError::TopicAuthorizationFailed: return "topic authorization failed";
    case GroupError::UnknownServerError: return "unknown server error";
    }
    return "unknown";
}

Slice ClassicMember::metadataFor(std::string_view protocol) const {
    for (const auto& candidate : protocols)
        if (candidate.name == protocol)
            return candidate.metadata;
    return {};
}

void ClassicGroup::transitionTo(GroupState next, WallMs now) {
    assert(m_state != GroupState::Dead);
    m_previousState = m_state;
    m_state = next;
    m_stateSince = now;
}

ClassicMember* ClassicGroup::member(const std::string& memberId) {
    const auto it = m_members.find(memberId);
    return it == m_members.end() ? nullptr : &it->second;
}

std::optional<std::string> ClassicGroup::staticMemberId(const std::string& groupInstanceId) const {
    const auto it = m_staticMembers.find(groupInstanceId);
    if (it == m_staticMembers.end())
        return std::nullopt;
    return it->second;
}

ClassicMember& ClassicGroup::add(ClassicMember member) {
    if (m_members.empty())
        m_protocolType = member.protocolType;
    if (m_leader.empty())
        m_leader = member.memberId;
    if (member.groupInstanceId)
        m_staticMembers[*member.groupInstanceId] = member.memberId;
    const std::string id = member.memberId;
    m_pendingMembers.erase(id);
    return m_members.insert_or_assign(id, std::move(member)).first->second;
}

void ClassicGroup::remove(const std::string& memberId) {
    const auto it = m_members.find(memberId);
    if (it != m_members.end()) {
        if (it->second.groupInstanceId) {
            const auto named = m_staticMembers.find(*it->second.groupInstanceId);
            if (named != m_staticMembers.end() && named->second == memberId)
                m_staticMembers.erase(named);
        }
        m_members.erase(it);
    }
    m_pendingMembers.erase(memberId);
    m_pendingSyncMembers.erase(memberId);
    if (m_leader == memberId)
        m_leader = m_members.empty() ? std::string() : m_members.begin()->first;
}

ClassicMember& ClassicGroup::replaceStaticMember(
    const std::string& groupInstanceId, const std::string& oldMemberId, const std::string& newMemberId) {
    auto node = m_members.extract(oldMemberId);
    assert(!node.empty());
    node.key() = newMemberId;
    node.mapped().memberId = newMemberId;
    if (m_leader == oldMemberId)
        m_leader = newMemberId;
    if (m_pendingSyncMembers.erase(oldMemberId) > 0)
        m_pendingSyncMembers.insert(newMemberId);
    m_staticMembers[groupInstanceId] = newMemberId;
    return m_members.insert(std::move(node)).position->second;
}

void ClassicGroup::updateProtocols(ClassicMember& member, std::string protocolType, std::vector<MemberProtocol> protocols) {
    member.protocolType = std::move(protocolType);
    member.protocols = std::move(protocols);
}

std::set<std::string> ClassicGroup::commonProtocols() const {
    std::set<std::string> common;
    bool first = true;
    for (const auto& [id, member] : m_members) {
        std::set<std::string> names;
        for (const auto& protocol : member.protocols)
            if (first || common.contains(protocol.name))
                names.insert(protocol.name);
        common = std::move(names);
        first = false;
    }
    return common;
}

bool ClassicGroup::supportsProtocols(const std::string& protocolType, const std::vector<MemberProtocol>& protocols) const {
    if (protocolType.empty() || protocols.empty())
        return false;
    if (m_members.empty())
        return true;
    if (m_protocolType != protocolType)
        return false;
    const auto common = commonProtocols();
    return std::ranges::any_of(protocols, [&](const MemberProtocol& protocol) { return common.contains(protocol.name); });
}

bool ClassicGroup::allMembersJoined() const {
    return m_pendingMembers.empty() &&
           std::ranges::all_of(m_members, [](const auto& entry) { return entry.second.awaitsJoin(); });
}

std::int32_t ClassicGroup::rebalanceTimeoutMs() const {
    std::int32_t longest = 0;
    for (const auto& [id, member] : m_members)
        longest = std::max(longest, member.rebalanceTimeoutMs);
    return longest;
}

bool ClassicGroup::electLeaderAmongJoined() {
    const auto current = m_members.find(m_leader);
    if (current != m_members.end() && current->second.awaitsJoin())
        return true;
    for (const auto& [id, member] : m_members) {
        if (member.awaitsJoin()) {
            m_leader = id;
            return true;
        }
    }
    return false;
}

std::string ClassicGroup::chooseProtocol() const {
    // Each member votes for the first of its own that everyone has. Ties go to the first in the vote order, so that the
    // answer does not depend on anything but the members.
    const auto common = commonProtocols();
    std::vector<std::pair<std::string, int>> votes;
    for (const auto& [id, member] : m_members) {
        for (const auto& protocol : member.protocols) {
            if (!common.contains(protocol.name))
                continue;
            const auto it = std::ranges::find(votes, protocol.name, &std::pair<std::string, int>::first);
            if (it == votes.end())
                votes.emplace_back(protocol.name, 1);
            else
                ++it->second;
            break;
        }
    }
    const auto best = std::ranges::max_element(votes, {}, &std::pair<std::string, int>::second);
    return best == votes.end() ? std::string() : best->first;
}

void ClassicGroup::beginNextGeneration(WallMs now) {
    ++m_generation;
    m_pendingSyncMembers.clear();
    if (m_members.empty()) {
        m_protocolName.reset();
        m_leader.clear();
        transitionTo(GroupState::Empty, now);
    } else {
        m_protocolName = chooseProtocol();
        transitionTo(GroupState::CompletingRebalance, now);
    }
}

GroupError ClassicGroup::validateMember(const std::string& memberId, const std::optional<std::string>& groupInstanceId) const {
    if (groupInstanceId) {
        const auto known = staticMemberId(*groupInstanceId);
        if (!known)
            return GroupError::UnknownMemberId;
        if (*known != memberId)
            return GroupError::FencedInstanceId;
    }
    return hasMember(memberId) ? GroupError::None : GroupError::UnknownMemberId;
}

std::vector<JoinResult::Member> ClassicGroup::membersForLeader() const {
    std::vector<JoinResult::Member> all;
    all.reserve(m_members.size());
    for (const auto& [id, member] : m_members)
        all.push_back({id, member.groupInstanceId, member.metadataFor(m_protocolName.value_or(""))});
    return all;
}

namespace {

/// The topics of a consumer's subscription: int16 version, then an array of strings (ConsumerProtocolSubscription).
std::optional<std::set<std::string>> subscribedTopics(const Slice& metadata) {
    const Bytes bytes = metadata.bytes();
    std::size_t at = 0;
    const auto number = [&](int width) -> std::optional<std::int32_t> {
        if (bytes.size() - at < static_cast<std::size_t>(width))
            return std::nullopt;
        std::uint32_t value = 0;
        for (int i = 0; i < width; ++i)
            value = (value << 8) | std::to_integer<std::uint32_t>(bytes[at++]);
        return width == 2 ? static_cast<std::int16_t>(value) : static_cast<std::int32_t>(value);
    };
    if (!number(2))
        return std::nullopt;
    const auto count = number(4);
    if (!count || *count < 0 || static_cast<std::size_t>(*count) > (bytes.size() - at) / 2)
        return std::nullopt;
    std::set<std::string> topics;
    for (std::int32_t i = 0; i < *count; ++i) {
        const auto length = number(2);
        if (!length || *length < 0 || static_cast<std::size_t>(*length) > bytes.size() - at)
            return std::nullopt;
        topics.emplace(asText(bytes.subspan(at, static_cast<std::size_t>(*length))));
        at += static_cast<std::size_t>(*length);
    }
    return topics;
}

} // namespace

bool ClassicGroup::isSubscribedTo(const std::string& topic) const {
    if (!usesConsumerProtocol() || !m_protocolName)
        return false;
    for (const auto& [id, member] : m_members) {
        const auto topics = subscribedTopics(member.metadataFor(*m_protocolName));
        if (!topics || topics->contains(topic))
            return true;
    }
    return false;
}

void ClassicGroup::restore(std::int32_t generation, std::optional<std::string> protocolType, std::optional<std::string> protocolName,
    std::string leader, WallMs stateSince) {
    m_generation = generation;
    m_protocolType = std::move(protocolType);
    m_protocolName = std::move(protocolName);
    m_leader = std::move(leader);
    m_state = m_members.empty() ? GroupState::Empty : GroupState::Stable;
    m_stateSince = stateSince;
}

} // namespace broker::groups
