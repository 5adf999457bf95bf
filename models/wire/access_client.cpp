#include "models/wire/access_client.h"

#include "embedded-broker/protocol/messages/alter_user_scram_credentials_request.h"
#include "embedded-broker/protocol/messages/alter_user_scram_credentials_response.h"
#include "embedded-broker/protocol/messages/create_acls_request.h"
#include "embedded-broker/protocol/messages/create_acls_response.h"
#include "embedded-broker/protocol/messages/delete_acls_request.h"
#include "embedded-broker/protocol/messages/delete_acls_response.h"
#include "embedded-broker/protocol/messages/describe_acls_request.h"
#include "embedded-broker/protocol/messages/describe_acls_response.h"
#include "embedded-broker/protocol/messages/describe_user_scram_credentials_request.h"
#include "embedded-broker/protocol/messages/describe_user_scram_credentials_response.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"
#include "embedded-broker/security/scram.h"
#include "models/wire/security.h"
#include "models/wire/wire_links.h"

#include <algorithm>
#include <concepts>
#include <span>

namespace models::wire {
namespace {

constexpr std::int16_t kNotController = 41;
constexpr std::int16_t kInvalidRequest = 42;
constexpr std::int16_t kResourceNotFound = 91; ///< DescribeUserScramCredentials: nobody has one
constexpr std::int16_t kUnacceptableCredential = 93;

/// The broker's own words where it has some.
Error refused(const QString& what, std::int16_t code, const std::optional<std::string>& message) {
    Error error = kafkaError(what, code);
    if (code == kSecurityDisabled)
        error.code = ErrorCode::Unsupported;
    if (code == kInvalidRequest || code == kUnacceptableCredential)
        error.code = ErrorCode::Invalid;
    if (code == kResourceNotFound)
        error.code = ErrorCode::NotFound;
    if (message && !message->empty())
        error.why = QString::fromStdString(message->substr(0, 2000));
    return error;
}

client::AclRule ruleOf(const protocol::DescribeAclsResponse::DescribeAclsResource& resource, const protocol::DescribeAclsResponse::DescribeAclsResource::AclDescription& acl) {
    return {static_cast<client::AclResource>(resource.resourceType), QString::fromStdString(resource.resourceName), static_cast<client::AclPattern>(resource.patternType),
        QString::fromStdString(acl.principal), QString::fromStdString(acl.host), static_cast<client::AclOperation>(acl.operation), static_cast<client::AclPermission>(acl.permissionType)};
}

broker::security::ScramMechanism mechanismOf(client::ScramMechanism mechanism) {
    return mechanism == client::ScramMechanism::Sha256 ? broker::security::ScramMechanism::Sha256 : broker::security::ScramMechanism::Sha512;
}

} // namespace

struct AccessClient::Private {
    WireLinks links;
    QList<Address> servers;

    /// Each server in turn, until one answers; `again(answer)`: that one may not answer this, another may.
    template <class Response, class Request, std::predicate<const Response&> Again>
    Result<Response> ask(const Request& request, const QString& what, std::chrono::milliseconds timeout, Again again) {
        std::optional<Result<Response>> last;
        QList<Address> open = servers;
        bool all = false; // the brokers that are not among the bootstrap servers are known
        for (qsizetype i = 0; i < open.size(); ++i) {
            last = links.ask<Response>(open[i], request, what, timeout);
            if (last->has_value() && !again(**last))
                return *last;
            const bool elsewhere = last->has_value() || last->error().code == ErrorCode::Unreachable || last->error().code == ErrorCode::TimedOut;
            if (!elsewhere)
                return *last;
            if (last->has_value() && !std::exchange(all, true))
                for (const auto& broker : brokersKnownTo(open[i], timeout))
                    if (!open.contains(broker))
                        open.append(broker);
        }
        return last ? *last : Result<Response>(fail(ErrorCode::Invalid, what, QStringLiteral("no server is named")));
    }
    template <class Response, class Request>
    Result<Response> ask(const Request& request, const QString& what, std::chrono::milliseconds timeout) {
        return ask<Response>(request, what, timeout, [](const Response&) { return false; });
    }
    QList<Address> brokersKnownTo(const Address& broker, std::chrono::milliseconds timeout);

    /// A change: who is not the controller says so, and another one is asked.
    template <class Response, class Request, class Each>
    Result<Response> change(const Request& request, const QString& what, std::chrono::milliseconds timeout, std::vector<Each> Response::*results) {
        return ask<Response>(request, what, timeout, [results](const Response& response) {
            return std::ranges::any_of(response.*results, [](const auto& each) { return each.errorCode == kNotController; });
        });
    }

    Result<void> alter(const protocol::AlterUserScramCredentialsRequest& request, const QString& what, std::chrono::milliseconds timeout) {
        using Response = protocol::AlterUserScramCredentialsResponse;
        auto answer = change(request, what, timeout, &Response::results);
        if (!answer)
            return std::unexpected(answer.error());
        for (const auto& each : answer->results)
            if (each.errorCode != 0)
                return std::unexpected(refused(what, each.errorCode, each.errorMessage));
        return {};
    }
};

AccessClient::AccessClient(const client::ClientConfig& config) : d(std::make_unique<Private>()) {
    auto security = Security::of(config);
    if (security)
        d->links.security = *security;
    else
        d->links.refusal = security.error().why;
    for (const auto& server : config.servers())
        d->servers.append(addressOf(server));
}

AccessClient::~AccessClient() = default;

void AccessClient::cancel() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(d->links.cancelFd, &one, sizeof one);
}

Result<QList<client::AclRule>> AccessClient::acls(std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("ACLs");
    protocol::DescribeAclsRequest request;
    request.resourceTypeFilter = static_cast<std::int8_t>(client::AclResource::Any);
    request.resourceNameFilter = std::nullopt;
    request.patternTypeFilter = static_cast<std::int8_t>(client::AclPattern::Any);
    request.principalFilter = std::nullopt;
    request.hostFilter = std::nullopt;
    request.operation = static_cast<std::int8_t>(client::AclOperation::Any);
    request.permissionType = static_cast<std::int8_t>(client::AclPermission::Any);
    auto answer = d->ask<protocol::DescribeAclsResponse>(request, what, timeout);
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->errorCode != 0)
        return std::unexpected(refused(what, answer->errorCode, answer->errorMessage));
    QList<client::AclRule> all;
    for (const auto& resource : answer->resources)
        for (const auto& acl : resource.acls)
            all.append(ruleOf(resource, acl));
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

Result<QList<client::ScramUser>> AccessClient::scramUsers(std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("SCRAM users");
    using Response = protocol::DescribeUserScramCredentialsResponse;
    protocol::DescribeUserScramCredentialsRequest request;
    request.users = std::nullopt; // all
    auto answer = d->ask<Response>(request, what, timeout, [](const Response& response) { return response.errorCode == kNotController; });
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->errorCode != 0)
        return std::unexpected(refused(what, answer->errorCode, answer->errorMessage));
    QList<client::ScramUser> all;
    for (const auto& each : answer->results) {
        if (each.errorCode != 0)
            continue; // gone between the list and its details
        client::ScramUser user{QString::fromStdString(each.user), {}};
        for (const auto& info : each.credentialInfos)
            user.credentials.append({static_cast<client::ScramMechanism>(info.mechanism), info.iterations});
        std::sort(user.credentials.begin(), user.credentials.end(), [](const auto& a, const auto& b) { return a.mechanism < b.mechanism; });
        all.append(std::move(user));
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
}

Result<void> AccessClient::createAcls(const client::ApprovedPlan&, const QList<client::AclRule>& rules, std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("add ACLs");
    if (rules.isEmpty())
        return {};
    protocol::CreateAclsRequest request;
    for (const auto& rule : rules) {
        auto& each = request.creations.emplace_back();
        each.resourceType = static_cast<std::int8_t>(rule.resource);
        each.resourceName = rule.name.toStdString();
        each.resourcePatternType = static_cast<std::int8_t>(rule.pattern);
        each.principal = rule.principal.toStdString();
        each.host = rule.host.toStdString();
        each.operation = static_cast<std::int8_t>(rule.operation);
        each.permissionType = static_cast<std::int8_t>(rule.permission);
    }
    auto answer = d->change(request, what, timeout, &protocol::CreateAclsResponse::results);
    if (!answer)
        return std::unexpected(answer.error());
    for (const auto& each : answer->results)
        if (each.errorCode != 0)
            return std::unexpected(refused(what, each.errorCode, each.errorMessage));
    return {};
}

Result<void> AccessClient::deleteAcls(const client::ApprovedPlan&, const QList<client::AclRule>& rules, std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("delete ACLs");
    if (rules.isEmpty())
        return {};
    protocol::DeleteAclsRequest request;
    for (const auto& rule : rules) {
        auto& each = request.filters.emplace_back();
        each.resourceTypeFilter = static_cast<std::int8_t>(rule.resource);
        each.resourceNameFilter = rule.name.toStdString();
        each.patternTypeFilter = static_cast<std::int8_t>(rule.pattern);
        each.principalFilter = rule.principal.toStdString();
        each.hostFilter = rule.host.toStdString();
        each.operation = static_cast<std::int8_t>(rule.operation);
        each.permissionType = static_cast<std::int8_t>(rule.permission);
    }
    auto answer = d->change(request, what, timeout, &protocol::DeleteAclsResponse::filterResults);
    if (!answer)
        return std::unexpected(answer.error());
    for (const auto& each : answer->filterResults) {
        if (each.errorCode != 0)
            return std::unexpected(refused(what, each.errorCode, each.errorMessage));
        for (const auto& acl : each.matchingAcls)
            if (acl.errorCode != 0)
                return std::unexpected(refused(what, acl.errorCode, acl.errorMessage));
    }
    return {};
}

Result<void> AccessClient::setScramUser(const client::ApprovedPlan&, const client::ScramUpsert& credential, std::chrono::milliseconds timeout) {
    namespace security = broker::security;
    const QString what = QStringLiteral("set the password of %1").arg(credential.user);
    if (credential.password == nullptr || credential.password->bytes().isEmpty())
        return fail(ErrorCode::Invalid, what, QStringLiteral("the password is empty"));
    // Only the salted hash leaves this process, and the broker stores less than that.
    const auto& password = credential.password->bytes();
    const auto salt = security::randomBytes(32);
    auto salted = security::pbkdf2(security::hashOf(mechanismOf(credential.mechanism)), std::string_view(password.constData(), static_cast<std::size_t>(password.size())), salt,
        static_cast<std::uint32_t>(credential.iterations));
    protocol::AlterUserScramCredentialsRequest request;
    auto& each = request.upsertions.emplace_back();
    each.name = credential.user.toStdString();
    each.mechanism = static_cast<std::int8_t>(credential.mechanism);
    each.iterations = credential.iterations;
    each.salt = broker::Slice::copy(broker::Bytes(salt));
    each.saltedPassword = broker::Slice::take(std::move(salted));
    return d->alter(request, what, timeout);
}

Result<void> AccessClient::deleteScramUser(const client::ApprovedPlan&, const QString& user, client::ScramMechanism mechanism, std::chrono::milliseconds timeout) {
    protocol::AlterUserScramCredentialsRequest request;
    auto& each = request.deletions.emplace_back();
    each.name = user.toStdString();
    each.mechanism = static_cast<std::int8_t>(mechanism);
    return d->alter(request, QStringLiteral("delete the user %1").arg(user), timeout);
}

QList<Address> AccessClient::Private::brokersKnownTo(const Address& broker, std::chrono::milliseconds timeout) {
    QList<Address> all;
    protocol::MetadataRequest request; // no topics: the brokers are all that is wanted
    if (const auto metadata = links.ask<protocol::MetadataResponse>(broker, request, QStringLiteral("metadata"), timeout))
        for (const auto& node : metadata->brokers)
            all.append({QString::fromStdString(node.host), node.port});
    return all;
}

} // namespace models::wire
