#include "embedded-broker/handlers/access.h"

#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/security/authorizer.h"

namespace broker::handlers {

bool Access::may(Operation operation, security::ResourceType type, std::string_view name) const {
    if (isPeer())
        return true;
    if (!m_broker.authorizer)
        return operation != Operation::ClusterAction;
    return m_broker.authorizer->authorize(m_broker.image->acls(), m_origin.principal, m_origin.clientHost, operation, type, name);
}

bool Access::any(Operation operation, security::ResourceType type) const {
    if (isPeer() || !m_broker.authorizer)
        return true;
    return m_broker.authorizer->authorizeByResourceType(m_broker.image->acls(), m_origin.principal, m_origin.clientHost, operation, type);
}

std::int32_t Access::operations(security::ResourceType type, std::string_view name) const {
    std::int32_t bits = 0;
    for (const Operation operation : security::operationsOf(type))
        if (!m_broker.authorizer || may(operation, type, name)) // without one even ClusterAction is listed, as in Kafka
            bits |= 1 << static_cast<int>(operation);
    return bits;
}

} // namespace broker::handlers
