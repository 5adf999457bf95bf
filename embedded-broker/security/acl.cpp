#include "embedded-broker/security/acl.h"

#include <array>

namespace broker::security {

namespace {

constexpr std::array<std::string_view, 8> kTypes{"UNKNOWN", "ANY", "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "USER"};
constexpr std::array<std::string_view, 5> kPatterns{"UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"};
constexpr std::array<std::string_view, 16> kOperations{"UNKNOWN", "ANY", "ALL", "READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "CLUSTER_ACTION",
                                                       "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "IDEMPOTENT_WRITE", "CREATE_TOKENS", "DESCRIBE_TOKENS",
                                                       "TWO_PHASE_COMMIT"};
constexpr std::array<std::string_view, 4> kPermissions{"UNKNOWN", "ANY", "DENY", "ALLOW"};

template <class Enum, std::size_t Size>
std::string_view nameIn(const std::array<std::string_view, Size>& names, Enum value) {
    const auto index = static_cast<std::size_t>(value);
    return index < Size ? names[index] : names[0];
}

template <class Enum>
Enum known(std::int8_t number, std::size_t count) {
    return number >= 0 && static_cast<std::size_t>(number) < count ? static_cast<Enum>(number) : Enum::Unknown;
}

constexpr std::array kTopic{Operation::Read, Operation::Write, Operation::Create, Operation::Delete, Operation::Alter, Operation::Describe,
                            Operation::DescribeConfigs, Operation::AlterConfigs};
constexpr std::array kGroup{Operation::Read, Operation::Delete, Operation::Describe, Operation::DescribeConfigs, Operation::AlterConfigs};
constexpr std::array kCluster{Operation::Create, Operation::Alter, Operation::Describe, Operation::ClusterAction, Operation::DescribeConfigs,
                              Operation::AlterConfigs, Operation::IdempotentWrite};
constexpr std::array kTransactionalId{Operation::Write, Operation::Describe, Operation::TwoPhaseCommit};
constexpr std::array kDelegationToken{Operation::Describe};
constexpr std::array kUser{Operation::CreateTokens, Operation::DescribeTokens};

} // namespace

std::string_view toString(ResourceType type) { return nameIn(kTypes, type); }
std::string_view toString(PatternType type) { return nameIn(kPatterns, type); }
std::string_view toString(Operation operation) { return nameIn(kOperations, operation); }
std::string_view toString(Permission permission) { return nameIn(kPermissions, permission); }
ResourceType resourceType(std::int8_t number) { return known<ResourceType>(number, kTypes.size()); }
PatternType patternType(std::int8_t number) { return known<PatternType>(number, kPatterns.size()); }
Operation operation(std::int8_t number) { return known<Operation>(number, kOperations.size()); }
Permission permission(std::int8_t number) { return known<Permission>(number, kPermissions.size()); }

std::span<const Operation> operationsOf(ResourceType type) {
    switch (type) {
    case ResourceType::Topic: return kTopic;
    case ResourceType::Group: return kGroup;
    case ResourceType::Cluster: return kCluster;
    case ResourceType::TransactionalId: return kTransactionalId;
    case ResourceType::DelegationToken: return kDelegationToken;
    case ResourceType::User: return kUser;
    case ResourceType::Unknown:
    case ResourceType::Any: break;
    }
    return {};
}

bool covers(const Acl& acl, std::string_view resourceName) {
    if (acl.patternType == PatternType::Prefixed)
        return resourceName.starts_with(acl.resourceName);
    return acl.patternType == PatternType::Literal && (acl.resourceName == resourceName || acl.resourceName == kWildcard);
}

bool AclFilter::matches(const Acl& acl) const {
    if (resourceType != ResourceType::Any && resourceType != acl.resourceType)
        return false;
    if (patternType != PatternType::Any && patternType != PatternType::Match && patternType != acl.patternType)
        return false;
    if (resourceName) {
        if (patternType == PatternType::Match ? !covers(acl, *resourceName) : acl.resourceName != *resourceName)
            return false;
    }
    return (!principal || *principal == acl.principal) && (!host || *host == acl.host) && (operation == Operation::Any || operation == acl.operation) &&
           (permission == Permission::Any || permission == acl.permission);
}

} // namespace broker::security
