#include "embedded-broker/node/feature_upgrade.h"

#include "embedded-broker/metadata/features.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/api_versions_request.h"
#include "embedded-broker/protocol/messages/api_versions_response.h"
#include "embedded-broker/protocol/messages/update_features_request.h"
#include "embedded-broker/protocol/messages/update_features_response.h"

#include <algorithm>

namespace broker::node {

namespace {

constexpr std::int16_t kApiVersionsVersion = 4;
constexpr std::int16_t kUpdateVersion = 2;
constexpr Duration kCallTimeout = seconds(5);
constexpr Duration kRetryBackoff = milliseconds(50);
constexpr const char* kClientId = "samsa-upgrade";

/// What can be raised, and to which level: as far as both that controller and this program know it.
std::map<std::string, std::int16_t> raisable(const protocol::ApiVersionsResponse& response) {
    std::map<std::string, std::int16_t> levels;
    for (const auto& [name, range] : metadata::kSupportedFeatures) {
        const auto theirs = std::ranges::find(response.supportedFeatures, name, &protocol::ApiVersionsResponse::SupportedFeatureKey::name);
        if (theirs == response.supportedFeatures.end())
            continue;
        const auto now = std::ranges::find(response.finalizedFeatures, name, &protocol::ApiVersionsResponse::FinalizedFeatureKey::name);
        const std::int16_t level = now == response.finalizedFeatures.end() ? std::int16_t{0} : now->maxVersionLevel;
        if (const auto highest = std::min(range.max, theirs->maxVersion); level < highest)
            levels.emplace(name, highest);
    }
    return levels;
}

} // namespace

FeatureUpgrade::FeatureUpgrade(const BrokerConfig& config, Network& network, Scheduler& scheduler, std::shared_ptr<const security::ByteVector> linkSecret)
    : m_scheduler(scheduler) {
    for (const Voter& voter : config.voters) {
        PeerChannel::Options options;
        options.clientId = kClientId;
        options.linkSecret = linkSecret;
        options.target = voter.id;
        options.probeAfterClose = false;
        m_controllers.push_back({voter.id, std::make_unique<PeerChannel>(network, scheduler, voter.endpoint, options)});
    }
}

FeatureUpgrade::~FeatureUpgrade() {
    m_scheduler.cancel(m_deadlineTimer);
    m_scheduler.cancel(m_retryTimer);
}

void FeatureUpgrade::run(Duration deadline, std::function<void(Result<std::vector<RaisedFeature>>)> done) {
    m_done = std::move(done);
    m_deadlineTimer = m_scheduler.after(deadline, [this] {
        m_deadlineTimer = 0;
        finish(fail(ErrorCode::TimedOut, "no controller of the cluster answered; start its nodes and try again"));
    });
    ask();
}

void FeatureUpgrade::ask() {
    protocol::ApiVersionsRequest request;
    request.clientSoftwareName = kClientId;
    request.clientSoftwareVersion = "1";
    m_controllers[m_asked].channel->call<protocol::ApiVersionsResponse>(
        request, kApiVersionsVersion, kCallTimeout, [this](const Result<protocol::ApiVersionsResponse>& response) {
            if (!response || response->errorCode != 0)
                return askNext();
            for (const auto& feature : response->finalizedFeatures)
                m_before.emplace(feature.name, feature.maxVersionLevel);
            raise(raisable(*response));
        });
}

void FeatureUpgrade::raise(std::map<std::string, std::int16_t> levels) {
    if (levels.empty())
        return finish(std::vector<RaisedFeature>{});
    protocol::UpdateFeaturesRequest request;
    for (const auto& [name, level] : levels) {
        auto& update = request.featureUpdates.emplace_back();
        update.feature = name;
        update.maxVersionLevel = level;
    }
    m_controllers[m_asked].channel->call<protocol::UpdateFeaturesResponse>(
        request, kUpdateVersion, kCallTimeout, [this, levels = std::move(levels)](const Result<protocol::UpdateFeaturesResponse>& response) {
            if (!response || response->errorCode == protocol::code(protocol::KafkaError::NotController))
                return askNext(); // a controller that is not the active one closes the connection
            if (response->errorCode != 0)
                return finish(fail(ErrorCode::Unsupported, response->errorMessage.value_or(std::string(
                                                               protocol::name(static_cast<protocol::KafkaError>(response->errorCode))))));
            std::vector<RaisedFeature> raised;
            for (const auto& [name, level] : levels)
                raised.push_back({name, m_before[name], level});
            finish(std::move(raised));
        });
}

void FeatureUpgrade::askNext() {
    if (!m_done)
        return;
    m_asked = (m_asked + 1) % m_controllers.size();
    if (m_asked != 0)
        return ask();
    m_retryTimer = m_scheduler.after(kRetryBackoff, [this] {
        m_retryTimer = 0;
        ask();
    });
}

void FeatureUpgrade::finish(Result<std::vector<RaisedFeature>> result) {
    if (auto done = std::exchange(m_done, nullptr))
        done(std::move(result));
}

} // namespace broker::node
