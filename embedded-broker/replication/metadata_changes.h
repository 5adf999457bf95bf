#pragma once
// What a new metadata image means for the replicas of one broker.

#include "embedded-broker/metadata/metadata_delta.h"
#include "embedded-broker/replication/replica_manager.h"

namespace broker::replication {

/// The difference that `delta` made, as far as broker `self` has (or had) replicas. `image` is its result.
MetadataChanges changesFor(NodeId self, const metadata::MetadataDelta& delta, const metadata::MetadataImage& image);
/// Everything, for a broker that starts: replicas found on disk that the metadata do not give to it are for the caller
/// (LogManager::markStray).
MetadataChanges allFor(NodeId self, const metadata::MetadataImage& image);

/// Whether the metadata let `node` be in sync under `epoch` (-1: any).
bool eligibleForIsr(const metadata::MetadataImage& image, NodeId node, BrokerEpoch epoch);

} // namespace broker::replication
