#include "embedded-broker/security/acl_set.h"

#include <algorithm>

namespace broker::security {

void AclSet::add(const Uuid& id, Acl acl) {
    remove(id);
    Patterns& patterns = m_patterns[acl.resourceType];
    if (acl.patternType == PatternType::Prefixed) {
        auto& entries = patterns.prefixed[acl.resourceName];
        if (entries.empty())
            ++patterns.prefixLengths[acl.resourceName.size()];
        entries.push_back(acl);
    } else {
        patterns.literal[acl.resourceName].push_back(acl);
    }
    m_ids.emplace(acl, id);
    m_byId.emplace(id, std::move(acl));
}

bool AclSet::remove(const Uuid& id) {
    const auto found = m_byId.find(id);
    if (found == m_byId.end())
        return false;
    const Acl acl = std::move(found->second);
    m_byId.erase(found);
    const auto [first, last] = m_ids.equal_range(acl);
    m_ids.erase(std::find_if(first, last, [&](const auto& item) { return item.second == id; }));

    Patterns& patterns = m_patterns[acl.resourceType];
    const bool prefixed = acl.patternType == PatternType::Prefixed;
    auto& names = prefixed ? patterns.prefixed : patterns.literal;
    const auto named = names.find(acl.resourceName);
    auto& entries = named->second;
    entries.erase(std::ranges::find(entries, acl)); // one of equal ones: they say the same (CVE-2024-27309: the others stay)
    if (entries.empty()) {
        names.erase(named);
        if (prefixed && --patterns.prefixLengths[acl.resourceName.size()] == 0)
            patterns.prefixLengths.erase(acl.resourceName.size());
    }
    return true;
}

void AclSet::forResource(ResourceType type, std::string_view name, const std::function<bool(const Acl&)>& visit) const {
    const auto found = m_patterns.find(type);
    if (found == m_patterns.end())
        return;
    const Patterns& patterns = found->second;
    const auto visitAll = [&](const auto& names, std::string_view key) {
        const auto entries = names.find(key);
        return entries == names.end() || std::ranges::all_of(entries->second, visit);
    };
    if (!visitAll(patterns.literal, name))
        return;
    if (name != kWildcard && !visitAll(patterns.literal, kWildcard))
        return;
    for (const auto& [length, count] : patterns.prefixLengths)
        if (length > name.size() || !visitAll(patterns.prefixed, name.substr(0, length)))
            return;
}

} // namespace broker::security
