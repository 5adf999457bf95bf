#pragma once
// Allowed or denied, by the rules of Kafka's StandardAuthorizer: super users may do everything; a DENY that matches wins over any ALLOW;
// ALLOW of Read, Write, Delete and Alter includes Describe, ALLOW of AlterConfigs includes DescribeConfigs, DENY includes nothing; a
// resource without any ACL is for nobody, or for everybody where allow.everyone.if.no.acl.found says so.
// Immutable; any thread.

#include "embedded-broker/base/error.h"
#include "embedded-broker/security/acl_set.h"

#include <set>
#include <string>
#include <string_view>

namespace broker::security {

class Authorizer {
public:
    struct Options {
        std::set<std::string, std::less<>> superUsers; ///< "User:admin"
        bool allowEveryoneIfNoAclFound = false;
    };
    explicit Authorizer(Options options) : m_options(std::move(options)) {}

    /// `super.users`: "User:admin;User:CN=broker,O=us". InvalidArgument for what has no type.
    static Result<std::set<std::string, std::less<>>> parseSuperUsers(std::string_view text);

    [[nodiscard]] bool isSuperUser(std::string_view principal) const { return m_options.superUsers.contains(principal); }
    /// May `principal`, coming from `host`, do that with this resource?
    [[nodiscard]] bool authorize(const AclSet& acls, std::string_view principal, std::string_view host, Operation operation, ResourceType type,
                                 std::string_view name) const;
    /// May it do that with at least one resource of this type?
    [[nodiscard]] bool authorizeByResourceType(const AclSet& acls, std::string_view principal, std::string_view host, Operation operation,
                                               ResourceType type) const;

private:
    Options m_options;
};

} // namespace broker::security
