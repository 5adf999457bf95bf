// Feature levels: raised when somebody who runs the cluster asks for it, and all who must know a level do.

#include "embedded-broker/base/log.h"
#include "embedded-broker/metadata/controller_impl.h"
#include "embedded-broker/metadata/features.h"
#include "embedded-broker/protocol/messages/update_features_request.h"
#include "embedded-broker/protocol/messages/update_features_response.h"

#include <fmt/format.h>

namespace broker::metadata {

namespace {

using protocol::UpdateFeaturesRequest;
using protocol::UpdateFeaturesResponse;

constexpr std::string_view kMinIsr = "min.insync.replicas";

UpdateFeaturesResponse failed(ApiError error) {
    UpdateFeaturesResponse response;
    response.errorCode = code(error.error);
    response.errorMessage = std::move(error.message);
    return response;
}

/// In version 2 the answer is one for all; before, every feature has its own, with a word of success as Kafka says it.
UpdateFeaturesResponse succeeded(const UpdateFeaturesRequest& request, std::int16_t version) {
    UpdateFeaturesResponse response;
    response.errorMessage.reset();
    if (version <= 1)
        for (const auto& update : request.featureUpdates)
            response.results.push_back({.feature = update.feature, .errorCode = 0, .errorMessage = "NONE", .unknownTaggedFields = {}});
    return response;
}

Record minIsrRecord(const std::string& broker, std::optional<std::string> value) {
    protocol::ConfigRecord record;
    record.resourceType = static_cast<std::int8_t>(ResourceType::Broker);
    record.resourceName = broker;
    record.name = kMinIsr;
    record.value = std::move(value);
    return record;
}

} // namespace

/// This controller, all registered brokers, and the controllers that are no brokers: a node that is both is one process.
std::vector<FeatureSupporter> QuorumController::Impl::featureSupporters() const {
    std::vector<FeatureSupporter> all;
    auto& self = all.emplace_back();
    self.who = fmt::format("Local controller {}", m_options.nodeId);
    for (const auto& feature : kSupportedFeatures)
        self.ranges.emplace(feature.name, feature.range);
    for (const auto& [id, broker] : state().brokers())
        all.push_back({fmt::format("Broker {}", id), broker->features});
    for (const auto& [id, controller] : state().controllers())
        if (id != m_options.nodeId && state().broker(id) == nullptr)
            all.push_back({fmt::format("Controller {}", id), controller.features});
    return all;
}

/// With eligible leader replicas min.insync.replicas must be the same everywhere: as a setting of the cluster, of no single broker.
void QuorumController::Impl::addElrSettings(Records& out) const {
    if (!state().config(ResourceType::Broker, "").contains(std::string(kMinIsr))) {
        const auto given = m_options.staticConfig.find(std::string(kMinIsr));
        out.push_back(minIsrRecord("", given == m_options.staticConfig.end() ? "1" : given->second));
    }
    for (const auto& [resource, settings] : state().configs())
        if (resource.type == ResourceType::Broker && !resource.name.empty() && settings->contains(std::string(kMinIsr)))
            out.push_back(minIsrRecord(resource.name, std::nullopt));
}

void QuorumController::Impl::updateFeatures(const UpdateFeaturesRequest& request, std::int16_t version, Reply<UpdateFeaturesResponse> reply) {
    if (!active())
        return reply(failed(apiError(KafkaError::NotController)));
    std::map<std::string, FeatureChange> changes; // of one that is named twice the last counts, as in Kafka
    MetadataImage::Features next = state().features();
    for (const auto& update : request.featureUpdates) {
        changes[update.feature] = {update.feature, update.maxVersionLevel, upgradeType(update.upgradeType)};
        next[update.feature] = update.maxVersionLevel;
    }
    const auto supporters = featureSupporters();
    Records records;
    for (const auto& [feature, change] : changes) {
        if (auto why = refusal(change, state().features(), next, supporters)) {
            log::info("controller", "{}", *why);
            return reply(failed(apiError(KafkaError::InvalidUpdateVersion,
                                         "The update failed for all features since the following feature had an error: " + *why)));
        }
        if (feature == kKraftVersionFeature)
            continue; // there is one level only, and nothing to write
        if (feature == kElrVersionFeature && change.level > 0)
            addElrSettings(records);
        protocol::FeatureLevelRecord record;
        record.name = feature;
        record.featureLevel = change.level;
        records.emplace_back(std::move(record));
    }
    if (request.validateOnly)
        records.clear();
    else
        for (const auto& [feature, change] : changes)
            log::info("controller", "{} goes from level {} to {}.", feature, state().feature(feature), change.level);
    write(std::move(records), [response = succeeded(request, version), reply = std::move(reply)](bool committed) {
        reply(committed ? response : failed(apiError(KafkaError::NotController)));
    });
}

} // namespace broker::metadata
