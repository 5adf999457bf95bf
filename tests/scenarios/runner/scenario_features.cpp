// Feature levels of the cluster: what is supported, what is finalized, and changing it.
#include "tests/scenarios/runner/scenario.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/all.h"

#include <algorithm>
#include <fmt/format.h>
#include <regex>

namespace scenarios {

using namespace broker::protocol;

namespace {

constexpr std::int16_t kApiVersionsVersion = 4; ///< the first that tells a smallest level of 0

std::int16_t finalizedLevel(const ApiVersionsResponse& response, const std::string& feature) {
    const auto found = std::ranges::find(response.finalizedFeatures, feature, &ApiVersionsResponse::FinalizedFeatureKey::name);
    return found == response.finalizedFeatures.end() ? std::int16_t{0} : found->maxVersionLevel;
}

ApiVersionsResponse askFeatures(KafkaLink& link) {
    ApiVersionsRequest request;
    request.clientSoftwareName = "scenario";
    request.clientSoftwareVersion = "1";
    return link.ask<ApiVersionsResponse>(request, kApiVersionsVersion);
}

/// The sentence, with the numbers of nodes as N: which controller is active is not the scenario's.
std::string withoutNodes(const std::string& message) {
    static const std::regex node("(Local controller|Controller|controller|Broker) [0-9]+");
    return std::regex_replace(message, node, "$1 N");
}

} // namespace

/// NAME: what the asked broker says of it.
Scenario::Lines Scenario::describeFeature(const Command& command) {
    const std::string& feature = command.words.at(1);
    return settled(command, [&]() -> Lines {
        const auto response = askFeatures(any());
        const auto supported = std::ranges::find(response.supportedFeatures, feature, &ApiVersionsResponse::SupportedFeatureKey::name);
        if (supported == response.supportedFeatures.end())
            return {"none"};
        return {fmt::format("supported={}-{} level={}", supported->minVersion, supported->maxVersion, finalizedLevel(response, feature))};
    });
}

/// NAME=LEVEL... [type=upgrade|safe|unsafe|NUMBER] [validate] [v=N]: UpdateFeatures; answered when every broker knows.
Scenario::Lines Scenario::updateFeatures(const Command& command) {
    const auto given = options(command.words, 1, {"type", "v"});
    const std::string type = given.get("type", "upgrade");
    const auto version = static_cast<std::int16_t>(given.number("v", UpdateFeaturesRequest::kMaxVersion));
    UpdateFeaturesRequest request;
    for (const auto& word : given.words) {
        if (word == "validate") {
            request.validateOnly = true;
            continue;
        }
        const auto equals = word.find('=');
        auto& update = request.featureUpdates.emplace_back();
        update.feature = word.substr(0, equals);
        update.maxVersionLevel = static_cast<std::int16_t>(std::stoi(word.substr(equals + 1)));
        update.upgradeType = static_cast<std::int8_t>(type == "upgrade" ? 1 : type == "safe" ? 2 : type == "unsafe" ? 3 : std::stoi(type));
        update.allowDowngrade = version == 0 && type != "upgrade";
    }
    const auto response = patiently([&] { return any().ask<UpdateFeaturesResponse>(request, version); });
    const auto line = [](std::int16_t error, const std::optional<std::string>& message) {
        return message ? fmt::format("{} {}", name(static_cast<KafkaError>(error)), withoutNodes(*message)) : std::string(name(static_cast<KafkaError>(error)));
    };
    Lines lines{line(response.errorCode, response.errorMessage)};
    for (const auto& result : response.results)
        lines.push_back(fmt::format("{} {}", result.feature, line(result.errorCode, result.errorMessage)));
    if (response.errorCode == 0 && !request.validateOnly)
        for (KafkaLink* broker : brokers())
            while (std::ranges::any_of(request.featureUpdates,
                                       [&, now = askFeatures(*broker)](const auto& update) { return finalizedLevel(now, update.feature) != update.maxVersionLevel; }))
                if (!timeLeft())
                    throw ScenarioError("a broker does not learn of the level");
    return lines;
}

} // namespace scenarios
