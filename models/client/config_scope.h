#pragma once
// On which resource a setting's value stands, and what all brokers share. Pure; any thread.

#include "models/client/kafka_types.h"

namespace models::client {

/// The resource of Kafka whose settings hold for every broker that has none of its own: a broker without a name.
inline ConfigResource allBrokers() { return {ResourceKind::Broker, {}}; }
inline bool isAllBrokers(const ConfigResource& resource) { return resource.kind == ResourceKind::Broker && resource.name.isEmpty(); }

/// Whether the value stands on `resource` itself, so that it can be taken back there. A value of server.properties does not.
bool isSetOn(const ConfigResource& resource, const ConfigEntry& entry);

/// What a broker's entries say of all brokers: as if nothing were set on that broker alone. The cluster itself tells only what is set there, without what it replaces.
QList<ConfigEntry> sharedByBrokers(const QList<ConfigEntry>& ofOneBroker);

/// What would apply if the entry were taken back from `resource`; none = not known.
std::optional<QString> valueWithout(const ConfigResource& resource, const ConfigEntry& entry);

} // namespace models::client
