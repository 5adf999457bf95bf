#pragma once
// From one image to the next: apply records, then take the new image. Says what they touched.

#include "embedded-broker/metadata/metadata_image.h"

#include <functional>
#include <map>
#include <set>
#include <utility>

namespace broker::protocol {
struct PartitionChangeRecord;
struct PartitionRecord;
} // namespace broker::protocol

namespace broker::metadata {

class MetadataDelta {
public:
    explicit MetadataDelta(ImagePtr base);
    /// What leads from one image to another that did not come from it record by record. Nothing may be applied to it.
    static MetadataDelta between(ImagePtr base, const ImagePtr& next);
    /// A record that makes no sense on what is there (a bug, or a damaged log) is logged and skipped.
    void apply(const Record& record);
    /// The image with everything applied. Call once, at the end. Sets changed().
    ImagePtr finish(Offset offset, QuorumEpoch epoch);

    [[nodiscard]] const ImagePtr& base() const { return m_base; }
    /// Partitions made or changed, by topic; of topics that exist after it.
    [[nodiscard]] const std::map<Uuid, std::set<PartitionIndex>>& changedPartitions() const { return m_changedPartitions; }
    /// Topics that are gone: id and name.
    [[nodiscard]] const std::map<Uuid, std::string>& deletedTopics() const { return m_deletedTopics; }
    /// Registered, unregistered or changed.
    [[nodiscard]] const std::set<NodeId>& changedBrokers() const { return m_changedBrokers; }
    [[nodiscard]] const std::set<ConfigResource>& changedConfigs() const { return m_changedConfigs; }
    [[nodiscard]] bool featuresChanged() const { return m_featuresChanged || m_features != nullptr; }
    [[nodiscard]] bool empty() const { return !m_touched; }

private:
    TopicImage* topicForWrite(const Uuid& id);
    MetadataImage::Topics& topicsForWrite();
    MetadataImage::Brokers& brokersForWrite();
    MetadataImage::Configs& configsForWrite();
    security::AclSet& aclsForWrite();
    MetadataImage::ScramUsers& scramUsersForWrite();
    void changeBroker(NodeId id, BrokerEpoch epoch, const std::function<void(BrokerImage&)>& change);
    void applyPartition(const protocol::PartitionRecord& record);
    void applyPartitionChange(const protocol::PartitionChangeRecord& record);
    void removeTopic(const Uuid& id);
    void clearElr(const std::string& topicName);

    ImagePtr m_base;
    bool m_touched = false;
    bool m_featuresChanged = false;
    std::map<Uuid, std::set<PartitionIndex>> m_changedPartitions;
    std::map<Uuid, std::string> m_deletedTopics;
    std::set<NodeId> m_changedBrokers;
    std::set<ConfigResource> m_changedConfigs;

    std::shared_ptr<MetadataImage::Topics> m_topics;
    std::shared_ptr<MetadataImage::TopicsById> m_topicsById;
    std::map<Uuid, std::shared_ptr<TopicImage>> m_openTopics; ///< already copied in this delta
    std::shared_ptr<MetadataImage::Brokers> m_brokers;
    std::shared_ptr<MetadataImage::Controllers> m_controllers;
    std::shared_ptr<MetadataImage::Configs> m_configs;
    std::shared_ptr<MetadataImage::Features> m_features;
    std::shared_ptr<security::AclSet> m_acls;
    std::shared_ptr<MetadataImage::ScramUsers> m_scramUsers;
    std::shared_ptr<MetadataImage::Opaque> m_opaque;
    std::ptrdiff_t m_partitionCount = 0;
    std::optional<ProducerId> m_nextProducerId;
};

/// Told on the loop thread, in order of offsets; `image` is the delta's result.
class MetadataPublisher {
public:
    virtual ~MetadataPublisher() = default;
    virtual void onMetadata(const MetadataDelta& delta, const ImagePtr& image) = 0;
    /// The quorum's leader (the active controller) as this node knows it; -1 = nobody.
    virtual void onController(NodeId controller, QuorumEpoch epoch) {
        static_cast<void>(controller);
        static_cast<void>(epoch);
    }
};

} // namespace broker::metadata
