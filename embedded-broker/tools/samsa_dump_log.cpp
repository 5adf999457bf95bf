// samsa-dump-log: what stands in the segments of a log.
//
//   samsa-dump-log [--records] [--values] FILE.log | FILE.checkpoint ...
//
// One line a batch, with its position, offsets, epoch, producer and checksum. --records adds a line a record; those of
// __cluster_metadata and the coordinators' topics (told by the directory's name) are decoded, secrets as ***. Keys and
// values of other topics show their size only, unless --values asks for their text. Reads, never writes.
// Exit code 0 when every batch is whole and its checksum right, 2 when not, 1 when a file cannot be read.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/protocol/record_print.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace broker;
using namespace broker::protocol;

constexpr std::size_t kWindowBytes = 1024 * 1024;

struct Options {
    bool records = false;
    bool values = false;
    std::vector<std::string> files;
};

enum class Outcome { Good = 0, Unreadable = 1, Damaged = 2 };

/// "golden-lz4-0" -> "golden-lz4"
std::string topicOf(const std::string& file) {
    const std::string directory = std::filesystem::absolute(file).parent_path().filename().string();
    return directory.substr(0, directory.rfind('-'));
}

std::string shown(const std::optional<Bytes>& bytes, bool asIs) {
    if (!bytes)
        return "null";
    return asIs ? quoted(asText(*bytes)) : fmt::format("<{} bytes>", bytes->size());
}

std::string_view controlName(ControlRecordType type) {
    switch (type) {
    case ControlRecordType::Abort: return "abort";
    case ControlRecordType::Commit: return "commit";
    case ControlRecordType::LeaderChange: return "leader change";
    case ControlRecordType::SnapshotHeader: return "snapshot header";
    case ControlRecordType::SnapshotFooter: return "snapshot footer";
    case ControlRecordType::KRaftVersion: return "kraft.version";
    case ControlRecordType::KRaftVoters: return "voters";
    }
    return "unknown";
}

std::string describe(const RecordView& record, const RecordBatchView& batch, const std::string& topic, bool values) {
    if (batch.isControl()) {
        const auto type = controlRecordType(record.key);
        const auto epoch = endTransactionMarkerEpoch(record.value);
        const bool marker = type == ControlRecordType::Abort || type == ControlRecordType::Commit;
        return fmt::format("control: {}{}", type ? controlName(*type) : "unknown", marker && epoch ? fmt::format(", coordinator epoch {}", *epoch) : "");
    }
    std::optional<Slice> value;
    if (record.value)
        value = Slice(nullptr, *record.value);
    if (topic == "__cluster_metadata" && value) {
        const auto text = printMetadataRecord(*value);
        return text ? *text : text.error().message;
    }
    if (const auto coordinator = coordinatorTopic(topic); coordinator && record.key) {
        const auto text = printCoordinatorRecord(*coordinator, Slice(nullptr, *record.key), value);
        return text ? *text : text.error().message;
    }
    std::string text = fmt::format("key {} value {}", shown(record.key, values), shown(record.value, values));
    for (const auto& header : record.headers())
        text += fmt::format(" {}={}", quoted(header.key), shown(header.value, values));
    return text;
}

void printBatch(const RecordBatchView& batch, std::uint64_t position, bool good) {
    std::string producer;
    if (batch.hasProducerId())
        producer = fmt::format(" producer {} epoch {} sequence [{}, {}]", batch.producerId(), batch.producerEpoch(), batch.baseSequence(), batch.lastSequence());
    fmt::print("position {} offsets [{}, {}] leader epoch {} records {} bytes {} {} {} {}{}{}{} crc {}\n", position, batch.baseOffset(), batch.lastOffset(),
               batch.partitionLeaderEpoch(), batch.recordCount(), batch.sizeInBytes(), toString(batch.codec()),
               batch.timestampType() == TimestampType::CreateTime ? "created" : "appended", batch.maxTimestamp(), producer,
               batch.isTransactional() ? " transactional" : "", batch.isControl() ? " control" : "", good ? "good" : "WRONG");
}

Outcome dump(Disk& disk, const std::string& path, const Options& options) {
    auto file = disk.open(std::filesystem::absolute(path).string(), OpenMode::Read);
    if (!file) {
        fmt::print(stderr, "{}\n", file.error().message);
        return Outcome::Unreadable;
    }
    const std::string topic = topicOf(path);
    Outcome outcome = Outcome::Good;
    std::vector<std::byte> window;
    std::size_t wanted = kWindowBytes;
    fmt::print("{}\n", path);
    for (std::uint64_t position = 0;;) {
        window.resize(wanted);
        const auto read = (*file)->readAt(position, window);
        if (!read) {
            fmt::print(stderr, "{}\n", read.error().message);
            return Outcome::Unreadable;
        }
        if (*read == 0)
            return outcome;
        BatchWalker walker(Bytes(window).first(*read));
        while (const auto batch = walker.next()) {
            const bool good = batch->crcValid();
            printBatch(*batch, position + walker.position() - batch->sizeInBytes(), good);
            std::string damage;
            if (options.records && good) {
                const auto each = forEachRecord(*batch, [&](const RecordView& record) {
                    fmt::print("  {} {} {}\n", record.offset, record.timestamp, describe(record, *batch, topic, options.values));
                    return true;
                });
                damage = each ? "" : each.error().message;
            }
            if (!damage.empty())
                fmt::print("  {}\n", damage);
            if (!good || !damage.empty())
                outcome = Outcome::Damaged;
        }
        position += walker.position();
        if (walker.position() > 0) {
            wanted = kWindowBytes;
            continue;
        }
        // Not one whole batch in the window: a batch larger than it, or the end of what can be read.
        const auto claimed = RecordBatchView::claimedSize(Bytes(window).first(*read));
        const bool larger = walker.error() && walker.error()->code == ErrorCode::OutOfRange && claimed && *read == window.size();
        if (!larger) {
            fmt::print("position {}: {}\n", position, walker.error() ? walker.error()->message : "no batch");
            return Outcome::Damaged;
        }
        const auto size = (*file)->size();
        if (!size || *claimed > *size - position) { // before memory is taken for it
            fmt::print("position {}: the last batch claims {} bytes and the file ends before.\n", position, *claimed);
            return Outcome::Damaged;
        }
        wanted = static_cast<std::size_t>(*claimed);
    }
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--records")
            options.records = true;
        else if (word == "--values")
            options.records = options.values = true;
        else if (!word.starts_with("--"))
            options.files.emplace_back(word);
        else
            options.files.clear(), i = argc;
    }
    if (options.files.empty()) {
        fmt::print(stderr, "usage: samsa-dump-log [--records] [--values] FILE.log ...\n");
        return 1;
    }
    const auto disk = makePosixDisk();
    auto worst = Outcome::Good;
    for (const auto& file : options.files) {
        const auto outcome = dump(*disk, file, options);
        if (worst == Outcome::Good || outcome == Outcome::Unreadable)
            worst = outcome;
    }
    return static_cast<int>(worst);
}
