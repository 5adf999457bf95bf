#include "embedded-broker/handlers/register.h"

#include "embedded-broker/handlers/handler.h"

namespace broker::handlers {

HandlerTable allHandlers(bool broker) {
    HandlerTable table;
    addApiVersionsHandlers(table);
    addMetadataHandler(table);
    addDescribeClusterHandler(table);
    addDescribeTopicPartitionsHandler(table);
    addTopicHandlers(table);
    addDescribeConfigsHandlers(table);
    addAlterConfigsHandlers(table);
    addAlterConfigsChecks(table);
    addQuorumHandlers(table);
    addBrokerLifecycleHandlers(table);
    addUpdateFeaturesHandler(table);
    addEnvelopeHandler(table);
    addSaslHandlers(table);
    addAclHandlers(table);
    addScramUserHandlers(table);
    if (broker) {
        addReplicationHandlers(table);
        addGroupHandlers(table);
        addTransactionHandlers(table);
    }
    return table;
}

} // namespace broker::handlers
