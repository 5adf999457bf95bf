#include "tests/embedded-broker/handlers/replica_handlers_rig.h"

#include <algorithm>

namespace tests {

using namespace broker;

namespace {

class TestPath final : public handlers::ReplyPath {
public:
    TestPath(std::shared_ptr<std::optional<Payload>> answerTo, std::shared_ptr<bool> refused, std::shared_ptr<bool> silent)
        : m_answer(std::move(answerTo)), m_refused(std::move(refused)), m_silent(std::move(silent)) {}
    void answer(Payload response) override { *m_answer = std::move(response); }
    void nothing() override { *m_silent = true; }
    void refuse(std::string) override { *m_refused = true; }

private:
    std::shared_ptr<std::optional<Payload>> m_answer;
    std::shared_ptr<bool> m_refused;
    std::shared_ptr<bool> m_silent;
};

Slice flat(const Payload& payload) {
    std::vector<std::byte> bytes;
    for (const auto& part : payload.parts()) {
        const auto piece = std::get<Slice>(part).bytes();
        bytes.insert(bytes.end(), piece.begin(), piece.end());
    }
    return Slice::take(std::move(bytes));
}

} // namespace

ReplicaHandlersRig::ReplicaHandlersRig() {
    if (const auto opened = storage.open(); !opened)
        qFatal("open: %s", opened.error().message.c_str());
    handlers::addProduce(table);
    handlers::addFetch(table);
    handlers::addListOffsets(table);
    handlers::addOffsetForLeaderEpoch(table);
    handlers::addDeleteRecords(table);
    handlers::addInitProducerId(table);
    handlers::addDescribeProducers(table);
    handlers::addDescribeLogDirs(table);
    handlers::BrokerSettings settings;
    settings.nodeId = 1;
    settings.clusterId = "test-cluster";
    context.reset(new handlers::BrokerContext{.scheduler = *storage.scheduler, .random = *random, .table = table, .settings = settings});
    context->image = std::make_shared<metadata::MetadataImage>();
    context->controllerGate = this;
    context->logs = storage.manager.get();
    replicas = std::make_unique<replication::ReplicaManager>(
        replication::ReplicaManager::Seams{
            .scheduler = *storage.scheduler,
            .logs = *storage.manager,
            .peers = *this,
            .controller = *this,
            .self = 1,
            .clusterId = "test-cluster",
            .selfEpoch = [] { return BrokerEpoch{1}; },
            .eligible = [this](NodeId node, BrokerEpoch epoch) { return replication::eligibleForIsr(*context->image, node, epoch); },
            .logConfig = [this](const std::string&) { return storage.config; },
            .minInsyncReplicas = [this](const std::string&) { return minIsr; }},
        replication::ReplicaManagerSettings{});
    context->replicas = replicas.get();
    std::vector<metadata::Record> brokers;
    for (NodeId id = 1; id <= 3; ++id) {
        protocol::RegisterBrokerRecord record;
        record.brokerId = id;
        record.brokerEpoch = id;
        record.fenced = false;
        auto& endpoint = record.endPoints.emplace_back();
        endpoint.name = "PLAINTEXT";
        endpoint.host = "host" + std::to_string(id);
        endpoint.port = static_cast<std::uint16_t>(9090 + id);
        brokers.emplace_back(record);
    }
    apply(brokers);
}

ReplicaHandlersRig::~ReplicaHandlersRig() {
    replicas->stop();
    storage.settle();
}

void ReplicaHandlersRig::apply(const std::vector<metadata::Record>& records) {
    metadata::MetadataDelta delta(context->image);
    for (const auto& record : records)
        delta.apply(record);
    context->image = delta.finish(m_offset++, 1);
    replicas->apply(replication::changesFor(1, delta, *context->image));
}

Uuid ReplicaHandlersRig::createTopic(const std::string& name, std::vector<NodeId> members) {
    protocol::TopicRecord topic;
    topic.name = name;
    topic.topicId = topicIdOf(m_nextTopic++);
    protocol::PartitionRecord partition;
    partition.partitionId = 0;
    partition.topicId = topic.topicId;
    partition.replicas = members;
    partition.isr = members;
    partition.leader = 1;
    partition.leaderEpoch = 0;
    partition.partitionEpoch = 0;
    partition.directories.resize(members.size());
    apply({topic, partition});
    storage.settle();
    return topic.topicId;
}

void ReplicaHandlersRig::elect(const std::string& topic, NodeId leader, LeaderEpoch, std::vector<NodeId> isr) {
    protocol::PartitionChangeRecord change;
    change.partitionId = 0;
    change.topicId = context->image->topic(topic)->id;
    change.leader = leader;
    change.isr = std::move(isr);
    apply({change});
}

void ReplicaHandlersRig::send(std::int16_t key, std::int16_t version, Payload frame, const std::string&, bool interBroker,
                              std::shared_ptr<std::optional<Payload>> answer, std::shared_ptr<bool> refused, std::shared_ptr<bool> silent) {
    const Slice bytes = flat(frame);
    protocol::Reader reader(bytes);
    auto head = protocol::decodeRequestHead(reader);
    if (!head)
        qFatal("the request has no head");
    auto origin = std::make_shared<handlers::Origin>();
    origin->listener = "PLAINTEXT";
    origin->interBroker = interBroker;
    handlers::RequestContext request(*head, origin, bytes, reader.position(), storage.scheduler->now(),
                                     std::make_unique<TestPath>(std::move(answer), std::move(refused), std::move(silent)));
    const auto* entry = table.find(handlers::Role::Broker, key);
    if (entry == nullptr || version < entry->minVersion || version > entry->maxVersion)
        qFatal("no handler for this request");
    entry->handle(*context, std::move(request));
}

} // namespace tests
