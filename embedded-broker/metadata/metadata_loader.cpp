#include "embedded-broker/metadata/metadata_loader.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/metadata/record.h"

#include <algorithm>
#include <utility>

namespace broker::metadata {

MetadataLoader::MetadataLoader() : m_image(std::make_shared<MetadataImage>()) {}

void MetadataLoader::addPublisher(MetadataPublisher* publisher) { m_publishers.push_back(publisher); }

void MetadataLoader::onCommit(const std::vector<raft::Batch>& batches) {
    // Batches given together are one change, so that a node that starts does not publish its history step by step.
    auto delta = std::make_unique<MetadataDelta>(m_image);
    bool open = m_inTransaction;
    Offset offset = m_image->offset();
    QuorumEpoch epoch = m_image->epoch();
    std::uint64_t size = 0;
    WallMs timestamp = -1;
    for (const auto& batch : batches) {
        offset = batch.nextOffset - 1;
        epoch = batch.epoch;
        size += batch.bytes;
        timestamp = std::max(timestamp, batch.timestamp);
        if (batch.control)
            continue;
        for (const auto& bytes : batch.records) {
            auto record = decode(batch.baseOffset, bytes);
            if (!record)
                return;
            if (record->get<protocol::BeginTransactionRecord>() != nullptr) {
                open = true;
                m_held.clear();
            } else if (record->get<protocol::EndTransactionRecord>() != nullptr) {
                for (const auto& held : m_held)
                    delta->apply(held);
                m_held.clear();
                open = false;
            } else if (record->get<protocol::AbortTransactionRecord>() != nullptr) {
                m_held.clear();
                open = false;
            } else if (open) {
                m_held.push_back(std::move(*record));
            } else {
                delta->apply(*record);
            }
        }
    }
    m_inTransaction = open;
    m_image = delta->finish(offset, epoch);
    publish(*delta);
    if (m_snapshots)
        m_snapshots->changed(m_image, size, timestamp, m_inTransaction);
}

void MetadataLoader::onSnapshot(const raft::Batch& state) {
    MetadataDelta made(std::make_shared<const MetadataImage>());
    for (const auto& bytes : state.records) {
        const auto record = decode(0, bytes);
        if (!record)
            return;
        made.apply(*record);
    }
    m_held.clear();
    m_inTransaction = false;
    const ImagePtr before = std::exchange(m_image, made.finish(state.nextOffset - 1, state.epoch));
    publish(MetadataDelta::between(before, m_image));
    if (m_snapshots)
        m_snapshots->loaded(state.timestamp);
}

std::optional<Record> MetadataLoader::decode(Offset batch, const Slice& bytes) {
    auto record = decodeRecord(bytes);
    if (record)
        return std::move(*record);
    log::error("metadata", "Offset {}: {}", batch, record.error().message);
    if (m_onFailed)
        m_onFailed(record.error());
    return std::nullopt;
}

void MetadataLoader::publish(const MetadataDelta& delta) {
    for (MetadataPublisher* publisher : m_publishers)
        publisher->onMetadata(delta, m_image);
}

void MetadataLoader::onLeaderChange(const raft::LeaderHint& leader) {
    m_leader = leader;
    for (MetadataPublisher* publisher : m_publishers)
        publisher->onController(leader.leader, leader.epoch);
}

void MetadataLoader::onRaftFailed(const Error& error) {
    if (m_onFailed)
        m_onFailed(error);
}

} // namespace broker::metadata
