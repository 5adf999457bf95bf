#include "embedded-broker/raft/metadata_snapshot.h"

#include "embedded-broker/protocol/messages/snapshot_footer_record.h"
#include "embedded-broker/protocol/messages/snapshot_header_record.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/raft/storage_raft_log.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace broker::raft {

namespace {

constexpr std::size_t kOffsetDigits = 20;
constexpr std::size_t kEpochDigits = 10;
constexpr std::string_view kSuffix = ".checkpoint";
constexpr std::size_t kHeaderBytesMax = 4096;
constexpr std::uint64_t kBatchBytes = 1U << 20; ///< about so much goes into one batch

template <class Message>
std::string controlBatch(const Message& message, protocol::ControlRecordType type, Offset offset, QuorumEpoch epoch, WallMs now) {
    protocol::Writer writer;
    message.encode(writer, 0);
    const Slice value = writer.finishAsSlice();
    protocol::RecordBatchBuilder builder({.baseOffset = offset, .partitionLeaderEpoch = epoch, .control = true});
    builder.appendControl(now, type, value.bytes());
    return std::string(builder.build().text());
}

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

std::string snapshotName(const OffsetAndEpoch& end) { return fmt::format("{:020}-{:010}{}", end.offset, end.epoch, kSuffix); }

std::string buildSnapshot(const OffsetAndEpoch& end, WallMs lastTimestamp, WallMs now, const std::vector<Slice>& values) {
    protocol::SnapshotHeaderRecord header;
    header.lastContainedLogTimestamp = lastTimestamp;
    std::string content = controlBatch(header, protocol::ControlRecordType::SnapshotHeader, 0, end.epoch, now);
    protocol::RecordBatchBuilder builder({.baseOffset = 1, .partitionLeaderEpoch = end.epoch});
    for (const auto& value : values) {
        builder.append(now, std::nullopt, value.bytes());
        if (builder.sizeInBytes() >= kBatchBytes)
            content += builder.build().text();
    }
    if (!builder.empty())
        content += builder.build().text();
    return content + controlBatch(protocol::SnapshotFooterRecord{}, protocol::ControlRecordType::SnapshotFooter, builder.nextOffset(), end.epoch, now);
}

WallMs snapshotTimestamp(File& file) {
    std::vector<std::byte> head(kHeaderBytesMax);
    const auto got = file.readAt(0, head);
    if (!got)
        return -1;
    head.resize(*got);
    const Slice bytes = Slice::take(std::move(head));
    const auto batch = protocol::RecordBatchView::parse(bytes.bytes());
    if (!batch || !batch->isControl())
        return -1;
    WallMs found = -1;
    static_cast<void>(protocol::forEachRecord(*batch, [&](const protocol::RecordView& record) {
        if (protocol::controlRecordType(record.key) != protocol::ControlRecordType::SnapshotHeader || !record.value)
            return true;
        protocol::Reader reader(Slice::copy(*record.value));
        if (const auto header = protocol::SnapshotHeaderRecord::decode(reader, 0))
            found = header->lastContainedLogTimestamp;
        return false;
    }));
    return found;
}

Result<Batch> readSnapshot(Disk& disk, const SnapshotFile& file) {
    const auto content = readWholeFile(disk, file.path, kSnapshotBytesMax);
    if (!content)
        return std::unexpected(content.error());
    return parseSnapshot(Slice::copy(std::string_view(*content)), file.end, file.path);
}

Result<Batch> parseSnapshot(const Slice& content, const OffsetAndEpoch& end, const std::string& name) {
    auto batches = parseBatches(content);
    if (!batches)
        return fail(batches.error().code, fmt::format("{}: {}", name, batches.error().message));
    if (batches->size() < 2 || !batches->front().control || !batches->back().control)
        return fail(ErrorCode::Corrupt, fmt::format("{} is not a whole snapshot: it does not begin with a header and end with a footer.", name));
    Batch all;
    all.baseOffset = 0;
    all.nextOffset = end.offset;
    all.epoch = end.epoch;
    for (auto& batch : *batches) {
        all.timestamp = std::max(all.timestamp, batch.timestamp);
        all.bytes += batch.bytes;
        if (!batch.control)
            std::ranges::move(batch.records, std::back_inserter(all.records));
    }
    return all;
}

} // namespace broker::raft
