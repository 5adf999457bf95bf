#include "embedded-broker/node/transaction_parts.h"

#include "embedded-broker/metadata/features.h"
#include "embedded-broker/node/part_settings.h"

namespace broker::node {

namespace {

constexpr std::string_view kTransactionTopic = "__transaction_state";

} // namespace

TransactionParts::TransactionParts(const BrokerConfig& config, handlers::BrokerContext& broker, Network& network,
                                   std::shared_ptr<const security::ByteVector> linkSecret)
    : m_broker(broker), m_log(*broker.replicas, broker.scheduler), m_links(broker, network, config.interBrokerListener, std::move(linkSecret)),
      m_coordinator(transactionConfig(config),
                    {.scheduler = broker.scheduler,
                     .log = m_log,
                     .links = m_links,
                     .newProducerId =
                         [&broker](std::move_only_function<void(Result<ProducerId>)> done) {
                             broker.replicas->producerIds().next([&broker](auto given) { broker.controllerGate->allocateProducerIds(std::move(given)); },
                                                                 std::move(done));
                         },
                     .version = [&broker] { return broker.image->feature(metadata::kTransactionVersionFeature); }}) {
    m_links.onConnected([this] { m_coordinator.lookAgain(); });
    broker.transactions = &m_coordinator;
    broker.transactionGate = &m_links;
}

void TransactionParts::roleChanged(const TopicPartition& tp, replication::Partition::Role role, LeaderEpoch epoch) {
    if (tp.topic != kTransactionTopic)
        return;
    if (role == replication::Partition::Role::Leader)
        m_coordinator.elected(tp.partition, epoch);
    else
        m_coordinator.resigned(tp.partition);
}

void TransactionParts::lookAgain() {
    const auto* topic = m_broker.image->topic(kTransactionTopic);
    m_coordinator.setPartitionCount(topic != nullptr ? static_cast<std::int32_t>(topic->partitions.size()) : 0);
    m_coordinator.lookAgain();
}

} // namespace broker::node
