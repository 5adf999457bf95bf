#include "embedded-broker/replication/metadata_changes.h"

namespace broker::replication {

namespace {

PartitionChange changeOf(NodeId self, const metadata::TopicImage& topic, PartitionIndex index, const metadata::PartitionState& state) {
    PartitionChange change;
    change.tp = {topic.name, index};
    change.topicId = topic.id;
    change.facts.leader = state.leader;
    change.facts.leaderEpoch = state.leaderEpoch;
    change.facts.partitionEpoch = state.partitionEpoch;
    change.facts.replicas = state.replicas;
    change.facts.isr = state.isr;
    change.facts.recovering = state.leaderRecoveryState != metadata::kRecovered;
    const Uuid directory = state.directoryOf(self);
    if (directory > reservedUuid(99)) // below are the reserved ones: unassigned, lost, migrating
        change.directoryId = directory;
    return change;
}

} // namespace

MetadataChanges changesFor(NodeId self, const metadata::MetadataDelta& delta, const metadata::MetadataImage& image) {
    MetadataChanges changes;
    for (const auto& [id, name] : delta.deletedTopics()) {
        const auto* old = delta.base()->topic(id);
        if (!old)
            continue;
        for (std::size_t index = 0; index < old->partitions.size(); ++index)
            if (old->partitions[index]->hasReplica(self))
                changes.removed.push_back({name, static_cast<PartitionIndex>(index)});
    }
    for (const auto& [id, indexes] : delta.changedPartitions()) {
        const auto* topic = image.topic(id);
        if (!topic)
            continue;
        for (const PartitionIndex index : indexes) {
            const auto* state = image.partition(id, index);
            if (!state)
                continue;
            if (state->hasReplica(self)) {
                changes.changed.push_back(changeOf(self, *topic, index, *state));
            } else if (const auto* before = delta.base()->partition(id, index); before && before->hasReplica(self)) {
                changes.removed.push_back({topic->name, index});
            }
        }
    }
    changes.brokersChanged = !delta.changedBrokers().empty();
    return changes;
}

MetadataChanges allFor(NodeId self, const metadata::MetadataImage& image) {
    MetadataChanges changes;
    for (const auto& [name, topic] : image.topics())
        for (std::size_t index = 0; index < topic->partitions.size(); ++index)
            if (topic->partitions[index]->hasReplica(self))
                changes.changed.push_back(changeOf(self, *topic, static_cast<PartitionIndex>(index), *topic->partitions[index]));
    changes.brokersChanged = true;
    return changes;
}

bool eligibleForIsr(const metadata::MetadataImage& image, NodeId node, BrokerEpoch epoch) {
    const auto* broker = image.broker(node);
    return broker && broker->active() && (epoch < 0 || epoch == broker->epoch);
}

} // namespace broker::replication
