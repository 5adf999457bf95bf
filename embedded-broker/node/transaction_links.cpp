#include "embedded-broker/node/transaction_links.h"

#include "embedded-broker/base/java_hash.h"
#include "embedded-broker/handlers/transaction_error_codes.h"
#include "embedded-broker/handlers/write_txn_markers.h"
#include "embedded-broker/protocol/messages/add_partitions_to_txn_request.h"
#include "embedded-broker/protocol/messages/add_partitions_to_txn_response.h"
#include "embedded-broker/transactions/transaction_coordinator.h"

#include <fmt/format.h>
#include <utility>

namespace broker::node {

namespace {

using protocol::KafkaError;

constexpr std::string_view kTransactionTopic = "__transaction_state";
constexpr std::int16_t kQuestionVersion = 5;
constexpr std::int16_t kMarkersVersion = 2;
/// Answers come much earlier; after so long a peer hangs.
constexpr Duration kQuestionHang = seconds(10);
constexpr Duration kMarkersHang = seconds(30);

/// The codes of one transaction's partitions, in the order asked.
std::vector<KafkaError> codesOf(const handlers::TransactionGate::Question& question, const Result<protocol::AddPartitionsToTxnResponse>& response) {
    std::vector<KafkaError> codes(question.partitions.size(), KafkaError::NetworkException);
    if (!response)
        return codes;
    std::map<TopicPartition, std::int16_t> answers;
    for (const auto& result : response->resultsByTransaction)
        for (const auto& topic : result.topicResults)
            for (const auto& partition : topic.resultsByPartition)
                answers[{topic.name, partition.partitionIndex}] = partition.partitionErrorCode;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (response->errorCode != 0)
            codes[i] = static_cast<KafkaError>(response->errorCode);
        else if (const auto found = answers.find(question.partitions[i]); found != answers.end())
            codes[i] = static_cast<KafkaError>(found->second);
    }
    return codes;
}

} // namespace

TransactionLinks::TransactionLinks(handlers::BrokerContext& broker, Network& network, std::string interBrokerListener,
                                   std::shared_ptr<const security::ByteVector> linkSecret)
    : m_broker(broker), m_network(network), m_listener(std::move(interBrokerListener)), m_linkSecret(std::move(linkSecret)) {}

TransactionLinks::~TransactionLinks() { *m_alive = false; }

std::unique_ptr<PeerChannel> TransactionLinks::connect(NodeId node, const Endpoint& endpoint, const std::string& purpose) {
    PeerChannel::Options options;
    options.clientId = purpose;
    options.linkSecret = m_linkSecret;
    options.target = node;
    options.probeAfterClose = false; // the replicas' connections do that
    auto channel = std::make_unique<PeerChannel>(m_network, m_broker.scheduler, endpoint, options);
    channel->onFact([this](PeerChannel::Fact fact) {
        if (fact == PeerChannel::Fact::Connected && m_connected)
            m_connected();
    });
    return channel;
}

TransactionLinks::Peer* TransactionLinks::peer(NodeId node) {
    const auto* broker = m_broker.image->broker(node);
    const auto* endpoint = broker != nullptr ? broker->endpoint(m_listener) : nullptr;
    if (endpoint == nullptr)
        return nullptr;
    Peer& peer = m_peers[node];
    const Endpoint at{endpoint->host, endpoint->port};
    if (peer.epoch != broker->epoch || peer.endpoint != at) {
        // What is under way to the old process answers that it is gone; in a turn of its own, for we are inside of a call.
        for (auto* old : {&peer.questions, &peer.markers})
            if (*old)
                m_broker.scheduler.post([gone = std::shared_ptr<PeerChannel>(std::move(*old))] { gone->reset("was registered anew"); });
        peer.endpoint = at;
        peer.epoch = broker->epoch;
    }
    if (!peer.questions)
        peer.questions = connect(node, at, "transaction-verifier");
    if (!peer.markers)
        peer.markers = connect(node, at, "transaction-coordinator");
    return &peer;
}

std::optional<NodeId> TransactionLinks::leaderOf(const TopicPartition& tp) const {
    const auto* partition = m_broker.image->partition(std::string_view(tp.topic), tp.partition);
    if (partition == nullptr)
        return std::nullopt;
    return partition->leader >= 0 ? partition->leader : kNoNode;
}

void TransactionLinks::write(NodeId node, const protocol::WriteTxnMarkersRequest& request, OnWritten done) {
    if (node == m_broker.settings.nodeId) {
        handlers::writeTxnMarkers(m_broker, request, [this, alive = m_alive, done = std::move(done)](protocol::WriteTxnMarkersResponse response) mutable {
            if (!*alive)
                return;
            m_broker.scheduler.post([alive, done = std::move(done), response = std::move(response)]() mutable {
                if (*alive)
                    done(std::move(response));
            });
        });
        return;
    }
    if (Peer* to = peer(node))
        return to->markers->call<protocol::WriteTxnMarkersResponse>(request, kMarkersVersion, kMarkersHang, std::move(done));
    m_broker.scheduler.post([alive = m_alive, node, done = std::move(done)]() mutable {
        if (*alive)
            done(fail(ErrorCode::Unavailable, fmt::format("Broker {} is not known.", node)));
    });
}

void TransactionLinks::ask(const Question& question, std::move_only_function<void(std::vector<KafkaError>)> done) {
    const auto* topic = m_broker.image->topic(kTransactionTopic);
    NodeId coordinator = kNoNode;
    if (topic != nullptr && !topic->partitions.empty())
        coordinator = topic->partitions[static_cast<std::size_t>(partitionOfId(question.transactionalId, static_cast<std::int32_t>(topic->partitions.size())))]->leader;
    if (coordinator == m_broker.settings.nodeId)
        return askSelf(question, std::move(done));
    Peer* to = coordinator < 0 ? nullptr : peer(coordinator);
    if (to == nullptr)
        return done(std::vector(question.partitions.size(), KafkaError::CoordinatorNotAvailable));
    protocol::AddPartitionsToTxnRequest request;
    auto& transaction = request.transactions.emplace_back();
    transaction.transactionalId = question.transactionalId;
    transaction.producerId = question.producerId;
    transaction.producerEpoch = question.producerEpoch;
    transaction.verifyOnly = !question.add;
    for (const auto& tp : question.partitions) {
        if (transaction.topics.empty() || transaction.topics.back().name != tp.topic)
            transaction.topics.emplace_back().name = tp.topic;
        transaction.topics.back().partitions.push_back(tp.partition);
    }
    to->questions->call<protocol::AddPartitionsToTxnResponse>(
        request, kQuestionVersion, kQuestionHang,
        [question, done = std::move(done)](const Result<protocol::AddPartitionsToTxnResponse>& response) mutable { done(codesOf(question, response)); });
}

void TransactionLinks::askSelf(const Question& question, std::move_only_function<void(std::vector<KafkaError>)> done) {
    const transactions::Producer producer{question.producerId, question.producerEpoch};
    if (!question.add) {
        std::vector<KafkaError> codes;
        for (const auto error : m_broker.transactions->verify(question.transactionalId, producer, question.partitions))
            codes.push_back(handlers::kafkaError(error));
        return done(std::move(codes));
    }
    m_broker.transactions->addPartitions(question.transactionalId, producer, {question.partitions.begin(), question.partitions.end()},
                                         transactions::kEpochBumpVersion,
                                         [count = question.partitions.size(), done = std::move(done)](transactions::TransactionError error) mutable {
                                             done(std::vector(count, handlers::kafkaError(error)));
                                         });
}

} // namespace broker::node
