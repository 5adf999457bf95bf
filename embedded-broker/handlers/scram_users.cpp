// DescribeUserScramCredentials (50), AlterUserScramCredentials (51): KIP-554.

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/handlers/user_handlers.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/metadata/quorum_controller.h"
#include "embedded-broker/protocol/messages/alter_user_scram_credentials_request.h"
#include "embedded-broker/protocol/messages/alter_user_scram_credentials_response.h"
#include "embedded-broker/protocol/messages/describe_user_scram_credentials_request.h"
#include "embedded-broker/protocol/messages/describe_user_scram_credentials_response.h"

#include <fmt/format.h>
#include <map>
#include <set>

namespace broker::handlers {

namespace {

using protocol::KafkaError;
using Result = protocol::DescribeUserScramCredentialsResponse::DescribeUserScramCredentialsResult;

void handleDescribe(BrokerContext& broker, Request<protocol::DescribeUserScramCredentialsRequest> request) {
    protocol::DescribeUserScramCredentialsResponse response;
    response.errorMessage.reset();
    if (!Access(broker, request.origin()).cluster(Operation::Describe)) {
        response.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
        response.errorMessage = "Cluster authorization failed.";
        return request.reply(response);
    }
    std::map<std::string, std::vector<Result::CredentialInfo>> users;
    for (const auto& [key, credential] : broker.image->scramUsers()) {
        Result::CredentialInfo info;
        info.mechanism = static_cast<std::int8_t>(key.second);
        info.iterations = static_cast<std::int32_t>(credential.iterations);
        users[key.first].push_back(info);
    }
    const auto add = [&](const std::string& name, KafkaError error, std::optional<std::string> message, std::vector<Result::CredentialInfo> infos) {
        auto& result = response.results.emplace_back();
        result.user = name;
        result.errorCode = protocol::code(error);
        result.errorMessage = std::move(message);
        result.credentialInfos = std::move(infos);
    };
    if (!request->users || request->users->empty()) {
        for (auto& [name, infos] : users)
            add(name, KafkaError::None, std::nullopt, std::move(infos));
        return request.reply(response);
    }
    std::map<std::string, int> named;
    for (const auto& user : *request->users)
        ++named[user.name];
    for (const auto& [name, times] : named) {
        if (times > 1)
            add(name, KafkaError::DuplicateResource, fmt::format("Cannot describe SCRAM credentials for the same user twice in a single request: {}", name), {});
        else if (const auto found = users.find(name); found == users.end())
            add(name, KafkaError::ResourceNotFound, fmt::format("Attempt to describe a user credential that does not exist: {}", name), {});
        else
            add(name, KafkaError::None, std::nullopt, std::move(found->second));
    }
    request.reply(response);
}

void handleAlter(BrokerContext& broker, Request<protocol::AlterUserScramCredentialsRequest> request) {
    if (!Access(broker, request.origin()).cluster(Operation::Alter)) {
        protocol::AlterUserScramCredentialsResponse response;
        std::set<std::string> names;
        for (const auto& deletion : request->deletions)
            names.insert(deletion.name);
        for (const auto& upsertion : request->upsertions)
            names.insert(upsertion.name);
        for (const auto& name : names) {
            auto& result = response.results.emplace_back();
            result.user = name;
            result.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
            result.errorMessage = "Cluster authorization failed.";
        }
        return request.reply(response);
    }
    if (broker.controller == nullptr || !broker.controller->active())
        return request.notController();
    broker.controller->alterUserScramCredentials(
        *request, [request](const protocol::AlterUserScramCredentialsResponse& response) { request.reply(response); });
}

} // namespace

void addScramUserHandlers(HandlerTable& table) {
    table.add(handleDescribe);
    table.add(handleDescribe, Role::Controller);
    table.addForwarded(handleAlter);
    addDescribeClientQuotas(table); // kafka-configs shows both of a user
}

} // namespace broker::handlers
