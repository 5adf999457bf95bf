#include "embedded-broker/storage/checkpoint_files.h"

#include "embedded-broker/base/log.h"

#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace broker::storage {
namespace {
constexpr std::uint64_t kCheckpointBytesMax = 64U << 20;
}

std::optional<std::int64_t> parseInt(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

Result<std::vector<std::vector<std::string_view>>> decodeCheckpoint(std::string_view text, std::size_t words) {
    std::vector<std::vector<std::string_view>> lines;
    if (text.empty())
        return lines;
    const auto nextLine = [&text]() -> std::string_view {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        return line;
    };
    if (nextLine() != "0")
        return fail(ErrorCode::Unsupported, "the checkpoint file is not of version 0");
    const auto count = parseInt(nextLine());
    if (!count || *count < 0)
        return fail(ErrorCode::Corrupt, "the checkpoint file has no count");
    while (!text.empty()) {
        auto line = nextLine();
        if (line.empty())
            continue;
        std::vector<std::string_view> parts;
        while (!line.empty()) {
            const auto end = line.find(' ');
            if (end != 0)
                parts.push_back(line.substr(0, end));
            line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
        }
        if (parts.size() != words)
            return fail(ErrorCode::Corrupt, fmt::format("a checkpoint line has {} words, not {}", parts.size(), words));
        lines.push_back(std::move(parts));
    }
    if (lines.size() != static_cast<std::size_t>(*count))
        return fail(ErrorCode::Corrupt, fmt::format("the checkpoint file has {} lines and says {}", lines.size(), *count));
    return lines;
}

std::string encodeOffsets(const OffsetMap& offsets) {
    std::string text = fmt::format("0\n{}\n", offsets.size());
    for (const auto& [tp, offset] : offsets)
        text += fmt::format("{} {} {}\n", tp.topic, tp.partition, offset);
    return text;
}

Result<OffsetMap> decodeOffsets(std::string_view text) {
    const auto lines = decodeCheckpoint(text, 3);
    if (!lines)
        return std::unexpected(lines.error());
    OffsetMap offsets;
    for (const auto& words : *lines) {
        const auto partition = parseInt(words[1]);
        const auto offset = parseInt(words[2]);
        if (!partition || !offset || *partition < 0 || *partition > INT32_MAX)
            return fail(ErrorCode::Corrupt, "a checkpoint line is not 'topic partition offset'");
        offsets[{std::string(words[0]), static_cast<PartitionIndex>(*partition)}] = *offset;
    }
    return offsets;
}

std::string encodePartitionMetadata(const Uuid& topicId) { return fmt::format("version: 0\ntopic_id: {}", topicId.toString()); }

Result<Uuid> decodePartitionMetadata(std::string_view text) {
    constexpr std::string_view kVersion = "version: 0\n";
    constexpr std::string_view kId = "topic_id: ";
    if (!text.starts_with(kVersion) || !text.substr(kVersion.size()).starts_with(kId))
        return fail(ErrorCode::Corrupt, "partition.metadata is not of version 0");
    auto id = text.substr(kVersion.size() + kId.size());
    while (!id.empty() && (id.back() == '\n' || id.back() == '\r'))
        id.remove_suffix(1);
    return Uuid::parse(id);
}

std::string directoryName(const TopicPartition& tp) { return fmt::format("{}-{}", tp.topic, tp.partition); }

std::optional<TopicPartition> parseDirectoryName(std::string_view name) {
    const auto dash = name.rfind('-');
    if (dash == std::string_view::npos || dash == 0 || dash + 1 == name.size())
        return std::nullopt;
    const auto digits = name.substr(dash + 1);
    if (digits.size() > 10 || digits.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    const auto partition = parseInt(digits);
    if (!partition || *partition > INT32_MAX)
        return std::nullopt;
    return TopicPartition{std::string(name.substr(0, dash)), static_cast<PartitionIndex>(*partition)};
}

OffsetCheckpoint::OffsetCheckpoint(Disk& disk, std::string path) : m_disk(disk), m_path(std::move(path)) {}

OffsetMap OffsetCheckpoint::load() {
    const std::lock_guard lock(m_mutex);
    m_offsets.clear();
    if (!m_disk.exists(m_path))
        return {};
    auto text = readWholeFile(m_disk, m_path, kCheckpointBytesMax);
    auto offsets = text ? decodeOffsets(*text) : Result<OffsetMap>(std::unexpected(text.error()));
    if (!offsets) {
        log::warning("storage", "{} is taken as empty: {}", m_path, offsets.error().message);
        return {};
    }
    m_offsets = *offsets;
    m_written = true;
    return m_offsets;
}

Result<void> OffsetCheckpoint::store() { return writeFileAtomically(m_disk, m_path, encodeOffsets(m_offsets)); }

std::uint64_t OffsetCheckpoint::ticket() {
    const std::lock_guard lock(m_mutex);
    return m_number;
}

Result<void> OffsetCheckpoint::write(OffsetMap offsets, std::uint64_t ticket) {
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_changes, [&](const auto& item) { return item.second.number <= ticket; });
    for (const auto& [tp, change] : m_changes) {
        const auto found = offsets.find(tp);
        switch (change.kind) {
        case Kind::Lowered:
            if (found != offsets.end())
                found->second = std::min(found->second, change.offset);
            break;
        case Kind::Raised: offsets[tp] = found == offsets.end() ? change.offset : std::max(found->second, change.offset); break;
        case Kind::Forgotten:
            if (found != offsets.end())
                offsets.erase(found);
            break;
        }
    }
    if (m_written && offsets == m_offsets)
        return {};
    m_offsets = std::move(offsets);
    m_written = true;
    return store();
}

Result<void> OffsetCheckpoint::lower(const TopicPartition& tp, Offset offset) {
    const std::lock_guard lock(m_mutex);
    m_changes[tp] = {++m_number, Kind::Lowered, offset};
    const auto found = m_offsets.find(tp);
    if (found == m_offsets.end() || found->second <= offset)
        return {};
    found->second = offset;
    return store();
}

Result<void> OffsetCheckpoint::raise(const TopicPartition& tp, Offset offset, const std::atomic<bool>& gone) {
    const std::lock_guard lock(m_mutex);
    if (gone)
        return {};
    m_changes[tp] = {++m_number, Kind::Raised, offset};
    const auto found = m_offsets.find(tp);
    if (found != m_offsets.end() && found->second >= offset)
        return {};
    m_offsets[tp] = offset;
    return store();
}

Result<void> OffsetCheckpoint::forget(const TopicPartition& tp) {
    const std::lock_guard lock(m_mutex);
    m_changes[tp] = {++m_number, Kind::Forgotten, 0};
    return m_offsets.erase(tp) > 0 ? store() : Result<void>{};
}

} // namespace broker::storage
