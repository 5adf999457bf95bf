#include "embedded-broker/metadata/image_records.h"

#include "embedded-broker/metadata/features.h"

#include <algorithm>
#include <map>
#include <string>

namespace broker::metadata {

namespace {

template <class Record>
void putEndpoints(Record& record, const std::vector<BrokerEndpoint>& endpoints, const std::map<std::string, FeatureRange>& features) {
    for (const auto& from : endpoints) {
        auto& endpoint = record.endPoints.emplace_back();
        endpoint.name = from.listener;
        endpoint.host = from.host;
        endpoint.port = from.port;
        endpoint.securityProtocol = from.securityProtocol;
    }
    for (const auto& [name, range] : features) {
        auto& feature = record.features.emplace_back();
        feature.name = name;
        feature.minSupportedVersion = range.min;
        feature.maxSupportedVersion = range.max;
    }
}

protocol::RegisterBrokerRecord brokerRecord(const BrokerImage& broker) {
    protocol::RegisterBrokerRecord record;
    record.brokerId = broker.id;
    record.incarnationId = broker.incarnation;
    record.brokerEpoch = broker.epoch;
    record.rack = broker.rack;
    record.fenced = broker.fenced;
    record.inControlledShutdown = broker.inControlledShutdown;
    record.logDirs = broker.directories;
    putEndpoints(record, broker.endpoints, broker.features);
    return record;
}

protocol::PartitionRecord partitionRecord(const Uuid& topic, PartitionIndex index, const PartitionState& state) {
    protocol::PartitionRecord record;
    record.topicId = topic;
    record.partitionId = index;
    record.replicas = state.replicas;
    record.directories = state.directories;
    record.isr = state.isr;
    record.removingReplicas = state.removingReplicas;
    record.addingReplicas = state.addingReplicas;
    record.leader = state.leader;
    record.leaderRecoveryState = state.leaderRecoveryState;
    record.leaderEpoch = state.leaderEpoch;
    record.partitionEpoch = state.partitionEpoch;
    if (!state.elr.empty())
        record.eligibleLeaderReplicas = state.elr;
    if (!state.lastKnownElr.empty())
        record.lastKnownElr = state.lastKnownElr;
    return record;
}

/// What this engine keeps without knowing what it means. Of what was said of one thing only the last counts, and nothing of what was removed.
void addOpaque(const MetadataImage::Opaque& opaque, std::vector<Record>& out) {
    std::map<std::string, std::shared_ptr<const Record>> last;
    std::vector<std::string> order;
    for (const auto& record : opaque) {
        std::string key;
        bool removes = false;
        if (const auto* quota = record->get<protocol::ClientQuotaRecord>()) {
            std::map<std::string, std::string> entity;
            for (const auto& part : quota->entity)
                entity[part.entityType] = part.entityName ? "=" + *part.entityName : "";
            key = "quota\n" + quota->key;
            for (const auto& [type, name] : entity)
                key += "\n" + type + name;
            removes = quota->remove;
        } else if (const auto* token = record->get<protocol::DelegationTokenRecord>()) {
            key = "token\n" + token->tokenId;
        } else if (const auto* removed = record->get<protocol::RemoveDelegationTokenRecord>()) {
            key = "token\n" + removed->tokenId;
            removes = true;
        } else {
            key = "other\n" + std::to_string(order.size());
        }
        if (removes) {
            last.erase(key);
        } else {
            last[key] = record;
            order.push_back(key);
        }
    }
    for (const auto& key : order)
        if (const auto found = last.find(key); found != last.end()) {
            out.push_back(*found->second);
            last.erase(found);
        }
}

} // namespace

std::vector<Record> imageRecords(const MetadataImage& image) {
    std::vector<Record> out;
    const auto addFeature = [&](const std::string& name, std::int16_t level) {
        protocol::FeatureLevelRecord record;
        record.name = name;
        record.featureLevel = level;
        out.emplace_back(std::move(record));
    };
    if (const auto level = image.features().find(std::string(kMetadataVersionFeature)); level != image.features().end())
        addFeature(level->first, level->second);
    for (const auto& [name, level] : image.features())
        if (name != kMetadataVersionFeature)
            addFeature(name, level);
    for (const auto& [id, controller] : image.controllers()) {
        protocol::RegisterControllerRecord record;
        record.controllerId = id;
        record.incarnationId = controller.incarnation;
        putEndpoints(record, controller.endpoints, controller.features);
        out.emplace_back(std::move(record));
    }
    for (const auto& [id, broker] : image.brokers())
        out.emplace_back(brokerRecord(*broker));
    for (const auto& [name, topic] : image.topics()) {
        protocol::TopicRecord record;
        record.name = name;
        record.topicId = topic->id;
        out.emplace_back(std::move(record));
        for (std::size_t i = 0; i < topic->partitions.size(); ++i)
            out.emplace_back(partitionRecord(topic->id, static_cast<PartitionIndex>(i), *topic->partitions[i]));
    }
    for (const auto& [resource, settings] : image.configs())
        for (const auto& [name, value] : *settings) {
            protocol::ConfigRecord record;
            record.resourceType = static_cast<std::int8_t>(resource.type);
            record.resourceName = resource.name;
            record.name = name;
            record.value = value;
            out.emplace_back(std::move(record));
        }
    if (image.nextProducerId() > 0) {
        protocol::ProducerIdsRecord record; // of no broker, as Kafka writes it
        record.brokerId = -1;
        record.brokerEpoch = -1;
        record.nextProducerId = image.nextProducerId();
        out.emplace_back(std::move(record));
    }
    for (const auto& [id, acl] : image.acls().all()) {
        protocol::AccessControlEntryRecord record;
        record.id = id;
        record.resourceType = static_cast<std::int8_t>(acl.resourceType);
        record.resourceName = acl.resourceName;
        record.patternType = static_cast<std::int8_t>(acl.patternType);
        record.principal = acl.principal;
        record.host = acl.host;
        record.operation = static_cast<std::int8_t>(acl.operation);
        record.permissionType = static_cast<std::int8_t>(acl.permission);
        out.emplace_back(std::move(record));
    }
    for (const auto& [who, credential] : image.scramUsers()) {
        protocol::UserScramCredentialRecord record;
        record.name = who.first;
        record.mechanism = static_cast<std::int8_t>(who.second);
        record.salt = Slice::copy(credential.salt);
        record.storedKey = Slice::copy(credential.storedKey);
        record.serverKey = Slice::copy(credential.serverKey);
        record.iterations = static_cast<std::int32_t>(credential.iterations);
        out.emplace_back(std::move(record));
    }
    addOpaque(image.opaque(), out);
    return out;
}

} // namespace broker::metadata
