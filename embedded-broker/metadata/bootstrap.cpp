#include "embedded-broker/metadata/bootstrap.h"

#include "embedded-broker/metadata/features.h"
#include "embedded-broker/protocol/messages/snapshot_footer_record.h"
#include "embedded-broker/protocol/messages/snapshot_header_record.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/raft/storage_raft_log.h"

namespace broker::metadata {

namespace {

template <class Message>
Slice controlBatch(const Message& message, protocol::ControlRecordType type, Offset offset, WallMs now) {
    protocol::Writer writer;
    message.encode(writer, 0);
    const Slice value = writer.finishAsSlice();
    protocol::RecordBatchBuilder builder({.baseOffset = offset, .partitionLeaderEpoch = 0, .control = true});
    builder.appendControl(now, type, value.bytes());
    return builder.build();
}

} // namespace

std::vector<Record> bootstrapRecords(const ConfigMap& staticConfig) {
    std::vector<Record> records;
    const auto feature = [&](std::string_view name, std::int16_t level) {
        protocol::FeatureLevelRecord record;
        record.name = name;
        record.featureLevel = level;
        records.emplace_back(std::move(record));
    };
    feature(kMetadataVersionFeature, kMetadataVersion);
    feature(kElrVersionFeature, 1);
    feature(kTransactionVersionFeature, 2);
    if (const auto it = staticConfig.find("min.insync.replicas"); it != staticConfig.end()) {
        protocol::ConfigRecord record;
        record.resourceType = static_cast<std::int8_t>(ResourceType::Broker);
        record.name = it->first;
        record.value = it->second;
        records.emplace_back(std::move(record));
    }
    return records;
}

std::string printBootstrap(const std::vector<Record>& records, WallMs now) {
    std::string content;
    const auto add = [&](const Slice& batch) { content += batch.text(); };
    protocol::SnapshotHeaderRecord header;
    header.lastContainedLogTimestamp = now;
    add(controlBatch(header, protocol::ControlRecordType::SnapshotHeader, 0, now));
    protocol::RecordBatchBuilder builder({.baseOffset = 1, .partitionLeaderEpoch = 0});
    for (const auto& record : records)
        builder.append(now, std::nullopt, encodeRecord(record).bytes());
    if (!builder.empty())
        add(builder.build());
    add(controlBatch(protocol::SnapshotFooterRecord{}, protocol::ControlRecordType::SnapshotFooter, 1 + static_cast<Offset>(records.size()), now));
    return content;
}

Result<std::vector<Record>> parseBootstrap(std::string_view content) {
    auto batches = raft::parseBatches(Slice::copy(content));
    if (!batches)
        return std::unexpected(batches.error());
    std::vector<Record> records;
    for (const auto& batch : *batches) {
        if (batch.control)
            continue;
        for (const auto& bytes : batch.records) {
            auto record = decodeRecord(bytes);
            if (!record)
                return std::unexpected(record.error());
            records.push_back(std::move(*record));
        }
    }
    return records;
}

} // namespace broker::metadata
