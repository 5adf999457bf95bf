#include "embedded-broker/security/authorizer.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::security {

namespace {

bool concerns(const Acl& acl, std::string_view principal, std::string_view host) {
    return (acl.principal == principal || acl.principal == kAnyUser) && (acl.host == host || acl.host == kWildcard);
}

bool includes(const Acl& acl, Operation asked) {
    if (acl.operation == Operation::All || acl.operation == asked)
        return true;
    if (acl.permission != Permission::Allow)
        return false;
    switch (asked) {
    case Operation::Describe:
        return acl.operation == Operation::Read || acl.operation == Operation::Write || acl.operation == Operation::Delete ||
               acl.operation == Operation::Alter;
    case Operation::DescribeConfigs: return acl.operation == Operation::AlterConfigs;
    default: return false;
    }
}

} // namespace

Result<std::set<std::string, std::less<>>> Authorizer::parseSuperUsers(std::string_view text) {
    std::set<std::string, std::less<>> users;
    while (!text.empty()) {
        const auto end = text.find(';'); // a certificate's name has commas
        std::string_view user = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        while (user.starts_with(' '))
            user.remove_prefix(1);
        while (user.ends_with(' '))
            user.remove_suffix(1);
        if (user.empty())
            continue;
        const auto colon = user.find(':');
        if (colon == std::string_view::npos || colon == 0 || colon + 1 == user.size())
            return fail(ErrorCode::InvalidArgument, fmt::format("super.users has \"{}\", which is not of the form User:NAME.", user));
        users.emplace(user);
    }
    return users;
}

bool Authorizer::authorize(const AclSet& acls, std::string_view principal, std::string_view host, Operation operation, ResourceType type,
                           std::string_view name) const {
    if (isSuperUser(principal))
        return true;
    bool any = false;
    bool allowed = false;
    bool denied = false;
    acls.forResource(type, name, [&](const Acl& acl) {
        any = true;
        if (!concerns(acl, principal, host) || !includes(acl, operation))
            return true;
        denied = acl.permission == Permission::Deny;
        allowed = allowed || !denied;
        return !denied;
    });
    if (denied || allowed)
        return allowed && !denied;
    return !any && m_options.allowEveryoneIfNoAclFound;
}

bool Authorizer::authorizeByResourceType(const AclSet& acls, std::string_view principal, std::string_view host, Operation operation,
                                         ResourceType type) const {
    // A name that nobody has: super users, and everybody where nothing is written about it.
    if (authorize(acls, principal, host, operation, type, "hardcode"))
        return true;
    std::set<std::string_view> deniedNames;
    std::set<std::string_view> deniedPrefixes;
    std::vector<const Acl*> allows;
    for (const auto& [id, acl] : acls.all()) {
        if (acl.resourceType != type || !concerns(acl, principal, host) || (acl.operation != operation && acl.operation != Operation::All))
            continue;
        if (acl.permission == Permission::Allow)
            allows.push_back(&acl);
        else if (acl.patternType == PatternType::Prefixed)
            deniedPrefixes.insert(acl.resourceName);
        else if (acl.resourceName == kWildcard)
            return false;
        else
            deniedNames.insert(acl.resourceName);
    }
    return std::ranges::any_of(allows, [&](const Acl* acl) {
        if (acl->patternType == PatternType::Literal && acl->resourceName == kWildcard)
            return true; // there are always names left that no other rule denies
        if (acl->patternType == PatternType::Literal && deniedNames.contains(acl->resourceName))
            return false;
        return std::ranges::none_of(deniedPrefixes, [&](std::string_view prefix) { return acl->resourceName.starts_with(prefix); });
    });
}

} // namespace broker::security
