#include "embedded-broker/raft/election_store.h"

#include <charconv>
#include <fmt/format.h>

namespace broker::raft {

namespace {

constexpr std::uint64_t kPoolKey = 0x7175'6f72'756d'0000; // the quorum's own lane
constexpr std::string_view kFileName = "/quorum-state";

/// The integer behind `"name":`; the file is one flat object with numbers, an array of voters and a cluster id.
Result<std::int64_t> numberOf(std::string_view json, std::string_view name, std::optional<std::int64_t> otherwise = {}) {
    const std::string key = fmt::format("\"{}\"", name);
    auto at = json.find(key);
    if (at == std::string_view::npos) {
        if (otherwise)
            return *otherwise;
        return fail(ErrorCode::Corrupt, fmt::format("quorum-state has no {}.", name));
    }
    at += key.size();
    while (at < json.size() && (json[at] == ' ' || json[at] == ':' || json[at] == '\n' || json[at] == '\t'))
        ++at;
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(json.data() + at, json.data() + json.size(), value);
    if (problem != std::errc{})
        return fail(ErrorCode::Corrupt, fmt::format("quorum-state: {} is not a number.", name));
    return value;
}

} // namespace

std::string printElectionState(const ElectionState& state, const std::vector<NodeId>& voters) {
    std::string list;
    for (const NodeId voter : voters)
        list += fmt::format("{}{{\"voterId\":{}}}", list.empty() ? "" : ",", voter);
    return fmt::format("{{\"clusterId\":\"\",\"leaderId\":{},\"leaderEpoch\":{},\"votedId\":{},\"appliedOffset\":0,\"currentVoters\":[{}],"
                       "\"data_version\":0}}",
                       state.leader, state.epoch, state.voted, list);
}

Result<ElectionState> parseElectionState(std::string_view json) {
    const auto version = numberOf(json, "data_version");
    const auto epoch = numberOf(json, "leaderEpoch");
    const auto leader = numberOf(json, "leaderId", -1);
    const auto voted = numberOf(json, "votedId", -1);
    for (const auto* field : {&version, &epoch, &leader, &voted})
        if (!*field)
            return std::unexpected(field->error());
    if (*version != 0 && *version != 1)
        return fail(ErrorCode::Unsupported, fmt::format("quorum-state has data_version {}; this engine knows 0 and 1.", *version));
    if (*epoch < 0 || *epoch > INT32_MAX)
        return fail(ErrorCode::Corrupt, "quorum-state: leaderEpoch is not an epoch.");
    return ElectionState{static_cast<QuorumEpoch>(*epoch), static_cast<NodeId>(*leader), static_cast<NodeId>(*voted)};
}

FileElectionStore::FileElectionStore(Disk& disk, DiskPool& pool, std::string directory, std::vector<NodeId> voters)
    : m_disk(disk), m_pool(pool), m_directory(std::move(directory)), m_voters(std::move(voters)) {}

Result<std::optional<ElectionState>> FileElectionStore::load() {
    const std::string path = m_directory + std::string(kFileName);
    if (!m_disk.exists(path))
        return std::nullopt;
    auto text = readWholeFile(m_disk, path, 1U << 20);
    if (!text)
        return std::unexpected(text.error());
    auto state = parseElectionState(*text);
    if (!state)
        return fail(state.error().code, path + ": " + state.error().message);
    return *state;
}

void FileElectionStore::save(const ElectionState& state, std::function<void(Result<void>)> done) {
    auto result = std::make_shared<Result<void>>();
    m_pool.submit(
        kPoolKey,
        [this, result, content = printElectionState(state, m_voters)] {
            *result = m_disk.createDirectories(m_directory);
            if (*result)
                *result = writeFileAtomically(m_disk, m_directory + std::string(kFileName), content);
        },
        [result, done = std::move(done)] { done(*result); });
}

} // namespace broker::raft
