// Consumer groups: members with connections of their own, because joins and syncs wait.
#include "tests/scenarios/runner/scenario.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/all.h"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

namespace scenarios {

using namespace broker;
using namespace broker::protocol;

namespace {

std::string named(std::int16_t code) { return std::string(name(static_cast<KafkaError>(code))); }
constexpr std::size_t kShownMax = 200; ///< longer assignments are shown as a count of bytes

} // namespace

Scenario::Member& Scenario::member(const std::string& group, const std::string& name) { return m_members[group + "/" + name]; }

/// The member's own connection; only one that has joined has it.
KafkaLink& Scenario::linkOf(Member& member) {
    if (!member.link)
        throw ScenarioError("this member has not joined");
    return *member.link;
}

Scenario::Lines Scenario::join(const Command& command) {
    const auto given = options(command.words, 3);
    const std::string group = real(command.words.at(1));
    Member& member = this->member(command.words.at(1), command.words.at(2));
    coordinator(group);
    JoinGroupRequest request;
    request.groupId = group;
    request.memberId = given.get("id", member.id);
    request.sessionTimeoutMs = static_cast<std::int32_t>(given.number("session", 60000));
    request.rebalanceTimeoutMs = 20000;
    request.protocolType = given.get("type", "scenario");
    if (given.pairs.contains("instance")) {
        member.instance = real(given.get("instance", ""));
        request.groupInstanceId = member.instance;
    }
    std::istringstream names(given.get("protocols", "range"));
    for (std::string protocol; std::getline(names, protocol, ',');) {
        auto& each = request.protocols.emplace_back();
        each.name = protocol;
        each.metadata = Slice::copy("metadata of " + command.words.at(2));
    }
    for (;;) {
        FindCoordinatorRequest find;
        find.coordinatorKeys.push_back(group);
        const auto found = admin().ask<FindCoordinatorResponse>(find, 4).coordinators.at(0);
        if (found.errorCode != 0 && timeLeft())
            continue;
        const auto login = m_logins.find(m_user);
        member.link = std::make_unique<KafkaLink>(found.host, static_cast<std::uint16_t>(found.port), login == m_logins.end() ? nullptr : &login->second);
        member.waiting = member.link->send(request, 7);
        member.joining = true;
        if (given.get("wait", "yes") == "no")
            return {"waits"};
        const auto response = member.link->receive<JoinGroupResponse>(member.waiting, 7);
        if (again(response.errorCode))
            continue;
        if (static_cast<KafkaError>(response.errorCode) == KafkaError::MemberIdRequired) {
            member.id = request.memberId = response.memberId;
            member.waiting = member.link->send(request, 7);
            if (given.get("wait", "yes") == "later")
                return {"waits"};
            return joinAnswer(command.words.at(1), member);
        }
        if (response.errorCode != 0)
            return {named(response.errorCode)};
        member.id = response.memberId;
        member.generation = response.generationId;
        return {fmt::format("NONE generation={} protocol={} leader={} members={}", response.generationId, response.protocolName.value_or(""),
            response.leader == member.id ? "me" : "other", response.members.size())};
    }
}

Scenario::Lines Scenario::joinAnswer(const std::string&, Member& member) {
    const auto response = linkOf(member).receive<JoinGroupResponse>(member.waiting, 7);
    if (response.errorCode != 0)
        return {named(response.errorCode)};
    member.id = response.memberId;
    member.generation = response.generationId;
    return {fmt::format("NONE generation={} protocol={} leader={} members={}", response.generationId, response.protocolName.value_or(""),
        response.leader == member.id ? "me" : "other", response.members.size())};
}

Scenario::Lines Scenario::sync(const Command& command) {
    const auto given = options(command.words, 3);
    Member& member = this->member(command.words.at(1), command.words.at(2));
    SyncGroupRequest request;
    request.groupId = real(command.words.at(1));
    request.generationId = static_cast<std::int32_t>(given.number("generation", member.generation));
    request.memberId = member.id;
    request.groupInstanceId = member.instance;
    request.protocolType = "scenario";
    request.protocolName = given.get("protocol", "range");
    bool wait = true;
    for (const auto& [key, value] : given.pairs) {
        if (key == "wait")
            wait = value != "no";
        if (key == "generation" || key == "protocol" || key == "wait")
            continue;
        auto& each = request.assignments.emplace_back();
        each.memberId = this->member(command.words.at(1), key).id;
        each.assignment = Slice::copy(expanded(value));
    }
    member.waiting = linkOf(member).send(request, 5);
    member.joining = false;
    if (!wait)
        return {"waits"};
    return syncAnswer(member);
}

Scenario::Lines Scenario::syncAnswer(Member& member) {
    const auto response = linkOf(member).receive<SyncGroupResponse>(member.waiting, 5);
    if (response.errorCode != 0)
        return {named(response.errorCode)};
    const auto text = response.assignment.text();
    return {text.size() > kShownMax ? fmt::format("NONE assignment of {} bytes", text.size()) : fmt::format("NONE assignment={}", text)};
}

Scenario::Lines Scenario::await(const Command& command) {
    Member& member = this->member(command.words.at(1), command.words.at(2));
    return member.joining ? joinAnswer(command.words.at(1), member) : syncAnswer(member);
}

Scenario::Lines Scenario::heartbeat(const Command& command) {
    const auto given = options(command.words, 3);
    Member& member = this->member(command.words.at(1), command.words.at(2));
    HeartbeatRequest request;
    request.groupId = real(command.words.at(1));
    request.generationId = static_cast<std::int32_t>(given.number("generation", member.generation));
    request.memberId = given.get("id", member.id);
    request.groupInstanceId = member.instance;
    // A join that another member has just sent may still be on its way.
    std::int16_t error = coordinator(request.groupId).ask<HeartbeatResponse>(request, 4).errorCode;
    while (error == 0 && m_expected == named(code(KafkaError::RebalanceInProgress)) && timeLeft())
        error = coordinator(request.groupId).ask<HeartbeatResponse>(request, 4).errorCode;
    return {named(error)};
}

Scenario::Lines Scenario::leave(const Command& command) {
    Member& member = this->member(command.words.at(1), command.words.at(2));
    LeaveGroupRequest request;
    request.groupId = real(command.words.at(1));
    auto& each = request.members.emplace_back();
    each.memberId = member.id;
    each.groupInstanceId = member.instance;
    const auto response = coordinator(request.groupId).ask<LeaveGroupResponse>(request, 5);
    if (response.errorCode != 0 || response.members.empty())
        return {named(response.errorCode)};
    return {named(response.members.at(0).errorCode)};
}

Scenario::Lines Scenario::commit(const Command& command) {
    const auto given = options(command.words, 1, {"generation"});
    OffsetCommitRequest request;
    request.groupId = real(given.words.at(0));
    if (given.words.at(1) != "-") {
        Member& member = this->member(given.words.at(0), given.words.at(1));
        request.memberId = member.id;
        request.generationIdOrMemberEpoch = static_cast<std::int32_t>(given.number("generation", member.generation));
        request.groupInstanceId = member.instance;
    }
    auto& topic = request.topics.emplace_back();
    topic.name = real(given.words.at(2));
    auto& partition = topic.partitions.emplace_back();
    partition.partitionIndex = std::stoi(given.words.at(3));
    partition.committedOffset = std::stoll(given.words.at(4));
    partition.committedMetadata = given.words.size() > 5 ? expanded(given.words[5]) : "";
    const auto answer =
        patiently([&] { return coordinator(request.groupId).ask<OffsetCommitResponse>(request, 8).topics.at(0).partitions.at(0); });
    return {named(answer.errorCode)};
}

Scenario::Lines Scenario::committed(const Command& command) {
    OffsetFetchRequest request;
    request.requireStable = command.words.size() > 4 && command.words[4] == "stable";
    auto& group = request.groups.emplace_back();
    group.groupId = real(command.words.at(1));
    auto& topic = group.topics.emplace().emplace_back();
    topic.name = real(command.words.at(2));
    topic.partitionIndexes.push_back(std::stoi(command.words.at(3)));
    const auto ask = [&] {
        for (;;) {
            const auto answer = coordinator(group.groupId).ask<OffsetFetchResponse>(request, 8).groups.at(0);
            if (again(answer.errorCode))
                continue;
            if (answer.errorCode != 0)
                return Lines{named(answer.errorCode)};
            const auto& partition = answer.topics.at(0).partitions.at(0);
            return Lines{fmt::format("{} offset={} metadata={}", named(partition.errorCode), partition.committedOffset, partition.metadata.value_or("null"))};
        }
    };
    return request.requireStable ? settled(command, ask) : ask(); // offsets of a transaction appear after the answer to its end
}

Scenario::Lines Scenario::describe(const Command& command) {
    DescribeGroupsRequest request;
    request.groups.push_back(real(command.words.at(1)));
    for (;;) {
        const auto answer = coordinator(request.groups[0]).ask<DescribeGroupsResponse>(request, 6).groups.at(0);
        if (again(answer.errorCode))
            continue;
        if (answer.errorCode != 0)
            return {fmt::format("{} {}", named(answer.errorCode), answer.groupState)};
        Lines lines{fmt::format("{} type={} protocol={} members={}", answer.groupState, answer.protocolType, answer.protocolData, answer.members.size())};
        Lines members;
        for (const auto& member : answer.members)
            members.push_back(fmt::format("  {} {} -> {}", member.clientId, member.memberMetadata.text(), member.memberAssignment.text()));
        std::ranges::sort(members);
        lines.insert(lines.end(), members.begin(), members.end());
        return lines;
    }
}

Scenario::Lines Scenario::removeGroup(const Command& command) {
    DeleteGroupsRequest request;
    request.groupsNames.push_back(real(command.words.at(1)));
    for (;;) {
        const auto error = coordinator(request.groupsNames[0]).ask<DeleteGroupsResponse>(request, 2).results.at(0).errorCode;
        if (!again(error))
            return {named(error)};
    }
}

} // namespace scenarios
