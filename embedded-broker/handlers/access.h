#pragma once
// Who may do what, for the handlers: each asks before it answers, for the principal of the request, with the ACLs of the newest metadata.
//
//     const Access access(broker, request.origin());
//     if (!access.may(Operation::Read, ResourceType::Topic, name)) ... KafkaError::TopicAuthorizationFailed
//
// Peers that proved the cluster's secret may do everything, others never what only nodes do. Without an authorizer everybody may do
// everything else. Loop thread; lives for one request.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/security/acl.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace broker::handlers {

using security::Operation;

class Access {
public:
    Access(const BrokerContext& broker, const Origin& origin) : m_broker(broker), m_origin(origin) {}

    /// A node of this cluster: replica ids and broker epochs are believed.
    [[nodiscard]] bool isPeer() const { return m_origin.interBroker; }
    [[nodiscard]] bool may(Operation operation, security::ResourceType type, std::string_view name) const;
    [[nodiscard]] bool topic(Operation operation, std::string_view name) const { return may(operation, security::ResourceType::Topic, name); }
    [[nodiscard]] bool group(Operation operation, std::string_view name) const { return may(operation, security::ResourceType::Group, name); }
    [[nodiscard]] bool cluster(Operation operation) const { return may(operation, security::ResourceType::Cluster, security::kClusterName); }
    /// With at least one resource of that type.
    [[nodiscard]] bool any(Operation operation, security::ResourceType type) const;
    /// What may be done with it, as bits: 1 << operation.
    [[nodiscard]] std::int32_t operations(security::ResourceType type, std::string_view name) const;

private:
    const BrokerContext& m_broker;
    const Origin& m_origin;
};

/// The sentence that Kafka's admin calls say beside an authorization error.
inline constexpr std::string_view kAuthorizationFailed = "Authorization failed.";

} // namespace broker::handlers
