#include "embedded-broker/raft/metadata_snapshot.h"

#include "embedded-broker/raft/storage_raft_log.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace broker::raft {

namespace {

constexpr std::size_t kOffsetDigits = 20;
constexpr std::size_t kEpochDigits = 10;
constexpr std::string_view kSuffix = ".checkpoint";
constexpr std::uint64_t kSnapshotBytesMax = 1ULL << 30;

template <class Number>
std::optional<Number> digits(std::string_view text) {
    Number value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

} // namespace

std::optional<OffsetAndEpoch> parseSnapshotName(std::string_view name) {
    if (name.size() != kOffsetDigits + 1 + kEpochDigits + kSuffix.size() || !name.ends_with(kSuffix) || name[kOffsetDigits] != '-')
        return std::nullopt;
    const auto offset = digits<Offset>(name.substr(0, kOffsetDigits));
    const auto epoch = digits<QuorumEpoch>(name.substr(kOffsetDigits + 1, kEpochDigits));
    if (!offset || !epoch)
        return std::nullopt;
    return OffsetAndEpoch{*epoch, *offset};
}

Result<std::optional<SnapshotFile>> latestSnapshot(Disk& disk, const std::string& directory) {
    if (!disk.exists(directory)) // a new log: its directory is made with its first bytes
        return std::nullopt;
    const auto entries = disk.list(directory);
    if (!entries)
        return std::unexpected(entries.error());
    std::optional<SnapshotFile> latest;
    for (const auto& entry : *entries) {
        const auto end = entry.directory ? std::nullopt : parseSnapshotName(entry.name);
        if (end && (!latest || end->offset > latest->end.offset))
            latest = SnapshotFile{directory + "/" + entry.name, *end};
    }
    return latest;
}

Result<Batch> readSnapshot(Disk& disk, const SnapshotFile& file) {
    const auto content = readWholeFile(disk, file.path, kSnapshotBytesMax);
    if (!content)
        return std::unexpected(content.error());
    auto batches = parseBatches(Slice::copy(std::string_view(*content)));
    if (!batches)
        return fail(batches.error().code, fmt::format("{}: {}", file.path, batches.error().message));
    if (batches->size() < 2 || !batches->front().control || !batches->back().control)
        return fail(ErrorCode::Corrupt, fmt::format("{} is not a whole snapshot: it does not begin with a header and end with a footer.", file.path));
    Batch all;
    all.baseOffset = 0;
    all.nextOffset = file.end.offset;
    all.epoch = file.end.epoch;
    for (auto& batch : *batches) {
        all.timestamp = std::max(all.timestamp, batch.timestamp);
        all.bytes += batch.bytes;
        if (!batch.control)
            std::ranges::move(batch.records, std::back_inserter(all.records));
    }
    return all;
}

} // namespace broker::raft
