#pragma once
// Turns committed batches into images and hands them to publishers. One per node, broker or controller; it is the quorum's
// listener. Publishers are called in the order added; each batch given by the quorum is one or more images.

#include "embedded-broker/metadata/metadata_delta.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/metadata/record.h"
#include "embedded-broker/metadata/snapshot_generator.h"
#include "embedded-broker/raft/raft_driver.h"

#include <functional>
#include <optional>
#include <vector>

namespace broker::metadata {

class MetadataLoader final : public raft::RaftListener {
public:
    MetadataLoader();
    void addPublisher(MetadataPublisher* publisher); ///< not owned; before the driver starts
    /// The log cannot be understood or written: the node must end.
    void onFailed(std::function<void(const Error&)> handler) { m_onFailed = std::move(handler); }

    /// Told after the publishers; not owned.
    void setSnapshots(SnapshotGenerator* generator) { m_snapshots = generator; }

    [[nodiscard]] const ImagePtr& image() const { return m_image; } ///< never null
    [[nodiscard]] const raft::LeaderHint& leader() const { return m_leader; }

    void onCommit(const std::vector<raft::Batch>& batches) override;
    void onSnapshot(const raft::Batch& state) override;
    void onLeaderChange(const raft::LeaderHint& leader) override;
    void onRaftFailed(const Error& error) override;

private:
    void publish(const MetadataDelta& delta);
    /// Nothing when it cannot be understood; the node then ends.
    std::optional<Record> decode(Offset batch, const Slice& bytes);
    ImagePtr m_image;
    raft::LeaderHint m_leader;
    std::vector<MetadataPublisher*> m_publishers;
    SnapshotGenerator* m_snapshots = nullptr;
    std::function<void(const Error&)> m_onFailed;
    bool m_inTransaction = false;
    std::vector<Record> m_held; ///< between BeginTransactionRecord and its end: they count together or not at all
};

} // namespace broker::metadata
