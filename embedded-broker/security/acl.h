#pragma once
// One ACL, and a filter over ACLs. Numbers are Kafka's, on the wire and in AccessControlEntryRecord.

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace broker::security {

enum class ResourceType : std::int8_t { Unknown = 0, Any = 1, Topic = 2, Group = 3, Cluster = 4, TransactionalId = 5, DelegationToken = 6, User = 7 };
enum class PatternType : std::int8_t { Unknown = 0, Any = 1, Match = 2, Literal = 3, Prefixed = 4 };
enum class Operation : std::int8_t {
    Unknown = 0, Any = 1, All = 2, Read = 3, Write = 4, Create = 5, Delete = 6, Alter = 7, Describe = 8, ClusterAction = 9,
    DescribeConfigs = 10, AlterConfigs = 11, IdempotentWrite = 12, CreateTokens = 13, DescribeTokens = 14, TwoPhaseCommit = 15
};
enum class Permission : std::int8_t { Unknown = 0, Any = 1, Deny = 2, Allow = 3 };

/// As Kafka names them: "TOPIC", "LITERAL", "READ", "ALLOW"; "UNKNOWN" for numbers it does not have.
[[nodiscard]] std::string_view toString(ResourceType type);
[[nodiscard]] std::string_view toString(PatternType type);
[[nodiscard]] std::string_view toString(Operation operation);
[[nodiscard]] std::string_view toString(Permission permission);
/// Unknown for a number that is none of the others.
[[nodiscard]] ResourceType resourceType(std::int8_t number);
[[nodiscard]] PatternType patternType(std::int8_t number);
[[nodiscard]] Operation operation(std::int8_t number);
[[nodiscard]] Permission permission(std::int8_t number);

/// What can be done with a resource of this type, in the order of their numbers.
[[nodiscard]] std::span<const Operation> operationsOf(ResourceType type);

inline constexpr std::string_view kClusterName = "kafka-cluster"; ///< of the one resource of type Cluster
inline constexpr std::string_view kWildcard = "*";
inline constexpr std::string_view kAnyUser = "User:*";

struct Acl {
    ResourceType resourceType = ResourceType::Unknown;
    std::string resourceName;
    PatternType patternType = PatternType::Literal;
    std::string principal; ///< "User:alice", "User:*"
    std::string host;      ///< "*" or an address
    Operation operation = Operation::Unknown;
    Permission permission = Permission::Unknown;
    auto operator<=>(const Acl&) const = default;
};

/// Whether the pattern covers a resource of that name (the type is compared elsewhere).
[[nodiscard]] bool covers(const Acl& acl, std::string_view resourceName);

/// What Describe and DeleteAcls ask for: Any and null match everything.
struct AclFilter {
    ResourceType resourceType = ResourceType::Any;
    std::optional<std::string> resourceName = std::nullopt;
    /// Literal and Prefixed match themselves with that very name, Any either, Match every pattern that covers the name.
    PatternType patternType = PatternType::Any;
    std::optional<std::string> principal = std::nullopt;
    std::optional<std::string> host = std::nullopt;
    Operation operation = Operation::Any;
    Permission permission = Permission::Any;
    [[nodiscard]] bool matches(const Acl& acl) const;
};

} // namespace broker::security
