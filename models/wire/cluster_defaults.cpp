#include "models/wire/cluster_defaults.h"

#include "embedded-broker/protocol/messages/incremental_alter_configs_request.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_response.h"
#include "models/wire/wire_links.h"

namespace models::wire {

namespace {

constexpr std::int8_t kBrokerResource = 4;

std::int8_t operation(client::ConfigChange::Op op) {
    switch (op) {
    case client::ConfigChange::Op::Set: return 0;
    case client::ConfigChange::Op::Reset: return 1;
    case client::ConfigChange::Op::Append: return 2;
    case client::ConfigChange::Op::Subtract: return 3;
    }
    return 0;
}

} // namespace

Result<void> alterAllBrokers(const client::ApprovedPlan&, const client::ClientConfig& config, const QList<client::ConfigChange>& changes, std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("configure all brokers");
    auto security = Security::of(config);
    if (!security)
        return fail(security.error().code, what, security.error().why);
    WireLinks links;
    links.security = *security;
    protocol::IncrementalAlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resourceType = kBrokerResource;
    for (const auto& change : changes) {
        auto& each = resource.configs.emplace_back();
        each.name = change.name.toStdString();
        each.configOperation = operation(change.op);
        if (change.op != client::ConfigChange::Op::Reset)
            each.value = change.value.toStdString();
    }
    Error last{ErrorCode::Invalid, what, QStringLiteral("no bootstrap servers"), 0};
    for (const auto& address : bootstrapAddresses(config)) {
        auto answer = links.ask<protocol::IncrementalAlterConfigsResponse>(address, request, what, timeout);
        if (!answer) {
            last = answer.error();
            // A request that may have arrived is not sent again; who cannot be reached has not got it.
            if (last.code == ErrorCode::Unreachable)
                continue;
            return std::unexpected(last);
        }
        for (const auto& one : answer->responses) {
            if (one.errorCode == 0)
                continue;
            auto error = kafkaError(what, one.errorCode);
            if (one.errorMessage && !one.errorMessage->empty())
                error.why = QString::fromUtf8(one.errorMessage->substr(0, 1000));
            return std::unexpected(error);
        }
        return {};
    }
    return std::unexpected(last);
}

} // namespace models::wire
