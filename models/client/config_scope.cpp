#include "models/client/config_scope.h"

namespace models::client {

namespace {

ConfigSource ownSource(const ConfigResource& resource) {
    switch (resource.kind) {
    case ResourceKind::Topic: return ConfigSource::Topic;
    case ResourceKind::Group: return ConfigSource::Group;
    case ResourceKind::Broker: break;
    }
    return resource.name.isEmpty() ? ConfigSource::DynamicDefaultBroker : ConfigSource::DynamicBroker;
}

} // namespace

bool isSetOn(const ConfigResource& resource, const ConfigEntry& entry) {
    return entry.source == ConfigSource::Unknown ? !entry.isDefault : entry.source == ownSource(resource);
}

QList<ConfigEntry> sharedByBrokers(const QList<ConfigEntry>& ofOneBroker) {
    QList<ConfigEntry> shared;
    shared.reserve(ofOneBroker.size());
    for (auto entry : ofOneBroker) {
        entry.synonyms.removeIf([](const auto& synonym) { return synonym.source == ConfigSource::DynamicBroker; });
        if (entry.source == ConfigSource::DynamicBroker) {
            // What stands behind it.
            entry.value = entry.synonyms.isEmpty() ? std::nullopt : std::optional(entry.synonyms.first().value);
            entry.source = entry.synonyms.isEmpty() ? ConfigSource::Unknown : entry.synonyms.first().source;
        }
        entry.isDefault = entry.source != ConfigSource::DynamicDefaultBroker;
        shared.append(entry);
    }
    return shared;
}

std::optional<QString> valueWithout(const ConfigResource& resource, const ConfigEntry& entry) {
    const bool set = isSetOn(resource, entry);
    // Synonyms come nearest first; what is set on the resource itself is the first of them when anything is.
    for (const auto& synonym : entry.synonyms)
        if (!set || synonym.source != ownSource(resource))
            return synonym.value;
    return set ? std::nullopt : entry.value;
}

} // namespace models::client
