// ACLs and SCRAM users, written as Kafka writes them.

#include "embedded-broker/metadata/controller_impl.h"
#include "embedded-broker/protocol/messages/alter_user_scram_credentials_request.h"
#include "embedded-broker/protocol/messages/alter_user_scram_credentials_response.h"
#include "embedded-broker/protocol/messages/create_acls_request.h"
#include "embedded-broker/protocol/messages/create_acls_response.h"
#include "embedded-broker/protocol/messages/delete_acls_request.h"
#include "embedded-broker/protocol/messages/delete_acls_response.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace broker::metadata {

namespace {

using security::Acl;
using security::ScramMechanism;

ApiError checkNewAcl(const Acl& acl) {
    const auto invalid = [](std::string message) { return apiError(KafkaError::InvalidRequest, std::move(message)); };
    if (acl.resourceType == security::ResourceType::Cluster && acl.resourceName != security::kClusterName)
        return invalid(fmt::format("The only valid name for the CLUSTER resource is {}", security::kClusterName));
    if (acl.resourceName.empty())
        return invalid("Invalid empty resource name");
    if (acl.resourceType == security::ResourceType::Unknown || acl.resourceType == security::ResourceType::Any)
        return invalid(fmt::format("Invalid resourceType {}", toString(acl.resourceType)));
    if (acl.patternType != security::PatternType::Literal && acl.patternType != security::PatternType::Prefixed)
        return invalid(fmt::format("Invalid patternType {}", toString(acl.patternType)));
    if (acl.operation == security::Operation::Unknown || acl.operation == security::Operation::Any)
        return invalid(fmt::format("Invalid operation {}", toString(acl.operation)));
    if (acl.permission != security::Permission::Allow && acl.permission != security::Permission::Deny)
        return invalid(fmt::format("Invalid permissionType {}", toString(acl.permission)));
    if (acl.principal.find(':') == std::string::npos)
        return invalid(fmt::format("Could not parse principal from `{}` (no colon is present separating the principal type from the principal name)",
                                   acl.principal));
    return {};
}

protocol::AccessControlEntryRecord recordOf(const Uuid& id, const Acl& acl) {
    protocol::AccessControlEntryRecord record;
    record.id = id;
    record.resourceType = static_cast<std::int8_t>(acl.resourceType);
    record.resourceName = acl.resourceName;
    record.patternType = static_cast<std::int8_t>(acl.patternType);
    record.principal = acl.principal;
    record.host = acl.host;
    record.operation = static_cast<std::int8_t>(acl.operation);
    record.permissionType = static_cast<std::int8_t>(acl.permission);
    return record;
}

template <class Results>
void refuseAll(Results& results) {
    for (auto& result : results)
        if (result.errorCode == 0) {
            result.errorCode = code(KafkaError::NotController);
            result.errorMessage = defaultMessage(KafkaError::NotController);
        }
}

ApiError checkUser(const std::string& name, std::int8_t mechanism) {
    if (name.empty())
        return apiError(KafkaError::UnacceptableCredential, "Username must not be empty");
    if (mechanism != static_cast<std::int8_t>(ScramMechanism::Sha256) && mechanism != static_cast<std::int8_t>(ScramMechanism::Sha512))
        return apiError(KafkaError::UnsupportedSaslMechanism, "Unknown SCRAM mechanism");
    return {};
}

} // namespace

void QuorumController::Impl::createAcls(const protocol::CreateAclsRequest& request, Reply<protocol::CreateAclsResponse> reply) {
    protocol::CreateAclsResponse response;
    Records records;
    std::set<Acl> added;
    for (const auto& asked : request.creations) {
        auto& result = response.results.emplace_back();
        result.errorMessage.reset();
        const Acl acl{security::resourceType(asked.resourceType), asked.resourceName, security::patternType(asked.resourcePatternType), asked.principal,
                      asked.host, security::operation(asked.operation), security::permission(asked.permissionType)};
        if (const ApiError error = checkNewAcl(acl)) {
            result.errorCode = code(error.error);
            result.errorMessage = error.message;
        } else if (!state().acls().contains(acl) && added.insert(acl).second) { // one that is there already stays as it is
            records.emplace_back(recordOf(Uuid::random(m_seams.random), acl));
        }
    }
    write(std::move(records), [response = std::move(response), reply = std::move(reply)](bool committed) mutable {
        if (!committed)
            refuseAll(response.results);
        reply(response);
    });
}

void QuorumController::Impl::deleteAcls(const protocol::DeleteAclsRequest& request, Reply<protocol::DeleteAclsResponse> reply) {
    protocol::DeleteAclsResponse response;
    std::set<Uuid> removed;
    for (const auto& asked : request.filters) {
        const security::AclFilter filter{.resourceType = security::resourceType(asked.resourceTypeFilter),
                                         .resourceName = asked.resourceNameFilter,
                                         .patternType = security::patternType(asked.patternTypeFilter),
                                         .principal = asked.principalFilter,
                                         .host = asked.hostFilter,
                                         .operation = security::operation(asked.operation),
                                         .permission = security::permission(asked.permissionType)};
        auto& result = response.filterResults.emplace_back();
        result.errorMessage.reset();
        for (const auto& [id, acl] : state().acls().all()) {
            if (!filter.matches(acl))
                continue;
            removed.insert(id);
            auto& match = result.matchingAcls.emplace_back();
            match.errorMessage.reset();
            match.resourceType = static_cast<std::int8_t>(acl.resourceType);
            match.resourceName = acl.resourceName;
            match.patternType = static_cast<std::int8_t>(acl.patternType);
            match.principal = acl.principal;
            match.host = acl.host;
            match.operation = static_cast<std::int8_t>(acl.operation);
            match.permissionType = static_cast<std::int8_t>(acl.permission);
        }
    }
    Records records;
    for (const Uuid& id : removed) {
        protocol::RemoveAccessControlEntryRecord record;
        record.id = id;
        records.emplace_back(std::move(record));
    }
    write(std::move(records), [response = std::move(response), reply = std::move(reply)](bool committed) mutable {
        if (!committed) {
            refuseAll(response.filterResults);
            for (auto& result : response.filterResults)
                result.matchingAcls.clear();
        }
        reply(response);
    });
}

void QuorumController::Impl::alterUserScramCredentials(const protocol::AlterUserScramCredentialsRequest& request,
                                                       Reply<protocol::AlterUserScramCredentialsResponse> reply) {
    // One change a user and request, whatever the mechanism: as Kafka has it.
    std::map<std::string, int> timesNamed;
    for (const auto& deletion : request.deletions)
        ++timesNamed[deletion.name];
    for (const auto& upsertion : request.upsertions)
        ++timesNamed[upsertion.name];
    protocol::AlterUserScramCredentialsResponse response;
    Records records;
    std::set<std::string> answered;
    const auto judge = [&](const std::string& name, ApiError error) {
        if (timesNamed[name] > 1)
            error = apiError(KafkaError::DuplicateResource, "A user credential cannot be altered twice in the same request");
        if (!answered.insert(name).second)
            return false;
        auto& result = response.results.emplace_back();
        result.user = name;
        result.errorCode = code(error.error);
        result.errorMessage = error.message;
        return !error;
    };
    for (const auto& deletion : request.deletions) {
        ApiError error = checkUser(deletion.name, deletion.mechanism);
        if (!error && !state().scramUsers().contains({deletion.name, static_cast<ScramMechanism>(deletion.mechanism)}))
            error = apiError(KafkaError::ResourceNotFound, "Attempt to delete a user credential that does not exist");
        if (!judge(deletion.name, std::move(error)))
            continue;
        protocol::RemoveUserScramCredentialRecord record;
        record.name = deletion.name;
        record.mechanism = deletion.mechanism;
        records.emplace_back(std::move(record));
    }
    for (const auto& upsertion : request.upsertions) {
        ApiError error = checkUser(upsertion.name, upsertion.mechanism);
        if (!error && upsertion.iterations < static_cast<std::int32_t>(security::kScramIterationsMin))
            error = apiError(KafkaError::UnacceptableCredential, "Too few iterations");
        else if (!error && upsertion.iterations > static_cast<std::int32_t>(security::kScramIterationsStoredMax))
            error = apiError(KafkaError::UnacceptableCredential, "Too many iterations");
        if (!judge(upsertion.name, std::move(error)))
            continue;
        const auto credential = security::scramCredential(static_cast<ScramMechanism>(upsertion.mechanism), upsertion.salt.bytes(),
                                                          upsertion.saltedPassword.bytes(), static_cast<std::uint32_t>(upsertion.iterations));
        protocol::UserScramCredentialRecord record;
        record.name = upsertion.name;
        record.mechanism = upsertion.mechanism;
        record.salt = Slice::copy(Bytes(credential.salt));
        record.storedKey = Slice::copy(Bytes(credential.storedKey));
        record.serverKey = Slice::copy(Bytes(credential.serverKey));
        record.iterations = upsertion.iterations;
        records.emplace_back(std::move(record));
    }
    write(std::move(records), [response = std::move(response), reply = std::move(reply)](bool committed) mutable {
        if (!committed)
            refuseAll(response.results);
        reply(response);
    });
}

} // namespace broker::metadata
