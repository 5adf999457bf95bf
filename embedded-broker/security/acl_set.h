#pragma once
// All ACLs of a cluster, by the ids that the metadata log gives them, and an index that finds those which cover a resource without
// looking at the others. A value: copied when it changes, shared while it does not.

#include "embedded-broker/base/uuid.h"
#include "embedded-broker/security/acl.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace broker::security {

class AclSet {
public:
    /// Replaces one with the same id.
    void add(const Uuid& id, Acl acl);
    /// False when there is none with that id.
    bool remove(const Uuid& id);
    [[nodiscard]] bool contains(const Acl& acl) const { return m_ids.contains(acl); }
    [[nodiscard]] std::size_t size() const { return m_byId.size(); }
    [[nodiscard]] const std::map<Uuid, Acl>& all() const { return m_byId; }

    /// Calls `visit` for each ACL whose pattern covers that resource, until it returns false.
    void forResource(ResourceType type, std::string_view name, const std::function<bool(const Acl&)>& visit) const;

private:
    struct Patterns {
        std::map<std::string, std::vector<Acl>, std::less<>> literal;
        std::map<std::string, std::vector<Acl>, std::less<>> prefixed;
        std::map<std::size_t, std::size_t> prefixLengths; ///< length -> how many prefixes have it
    };
    std::map<Uuid, Acl> m_byId;
    std::multimap<Acl, Uuid> m_ids;
    std::map<ResourceType, Patterns> m_patterns;
};

} // namespace broker::security
