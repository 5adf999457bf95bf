#include "tests/support/simulation/sim_cluster.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/node/format.h"
#include "embedded-broker/protocol/messages/create_topics_request.h"
#include "embedded-broker/protocol/messages/create_topics_response.h"
#include "embedded-broker/protocol/messages/fetch_response.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"
#include "embedded-broker/protocol/messages/produce_request.h"
#include "embedded-broker/protocol/messages/produce_response.h"
#include "embedded-broker/protocol/record_batch.h"

#include <cstdlib>
#include <fmt/format.h>

namespace tests::simulation {

using namespace broker;

namespace {
constexpr const char* kTopic = "records";
constexpr const char* kClusterId = "simulationsimulations1";
constexpr std::int16_t kProduceVersion = 9;
constexpr std::int16_t kFetchVersion = 12;
constexpr std::int16_t kMetadataVersion = 9;
constexpr std::int16_t kCreateTopicsVersion = 7;

std::uint16_t clientPort(int node) { return static_cast<std::uint16_t>(9100 + node); }
std::uint16_t controllerPort(int node) { return static_cast<std::uint16_t>(9200 + node); }
} // namespace

SimCluster::SimCluster(std::uint64_t seed, ClusterOptions options)
    : m_options(options), m_world(seed), m_net(m_world, options.delayMin, options.delayMax) {
    log::setLevel(std::getenv("SAMSA_TRACE") != nullptr ? log::Level::Info : log::Level::Off);
    for (int i = 1; i <= options.nodes; ++i)
        m_nodes[i];
    m_clientScheduler = std::make_unique<SimScheduler>(m_world);
    m_clientStack = std::make_unique<SimStack>(m_net, *m_clientScheduler, 0);
}

SimCluster::~SimCluster() {
    m_channels.clear();
    for (auto& [id, process] : m_nodes)
        if (process.node)
            stopProcess(id);
}

void SimCluster::broken(std::string what) {
    if (m_violation.empty())
        m_violation = fmt::format("{} (at {} ms)", what, toMs(m_world.now().sinceStart));
}

void SimCluster::start(int id) {
    Process& process = m_nodes.at(id);
    if (process.node)
        return;
    std::string voters;
    for (int i = 1; i <= m_options.nodes; ++i)
        voters += fmt::format("{}{}@127.0.0.1:{}", i == 1 ? "" : ",", i, controllerPort(i));
    const auto config = node::BrokerConfig::parse(fmt::format("process.roles=broker,controller\n"
                                                              "node.id={}\n"
                                                              "controller.quorum.voters={}\n"
                                                              "controller.listener.names=CONTROLLER\n"
                                                              "listeners=PLAINTEXT://127.0.0.1:{},CONTROLLER://127.0.0.1:{}\n"
                                                              "log.dirs=/data\n"
                                                              "broker.session.timeout.ms=1500\n"
                                                              "broker.heartbeat.interval.ms=300\n"
                                                              "min.insync.replicas=2\n"
                                                              "default.replication.factor=3\n"
                                                              "{}",
                                                              id, voters, clientPort(id), controllerPort(id), m_options.settings + (m_options.durable ? "" : "samsa.durability=none\n") +
                                                                  (m_options.snapshotBytes == 0 ? std::string()
                                                                                                : fmt::format("metadata.log.max.record.bytes.between.snapshots={}\n"
                                                                                                              "metadata.max.retention.bytes=1\n",
                                                                                                              m_options.snapshotBytes))));
    if (!config)
        return broken(config.error().message);
    process.scheduler = std::make_unique<SimScheduler>(m_world);
    process.random = makeSeededRandom(m_world.random().next());
    process.pool = std::make_unique<SimPool>(m_world, *process.scheduler, m_options.diskMin, m_options.diskMax);
    process.stack = std::make_unique<SimStack>(m_net, *process.scheduler, id);
    process.ready = false;
    if (const auto formatted = node::formatIfNeeded(process.disk, *process.random, process.scheduler->wallNow(), *config, kClusterId); !formatted)
        return broken(fmt::format("node {}: {}", id, formatted.error().message));
    process.node = std::make_unique<node::Node>(
        *config, node::NodeSeams{*process.scheduler, *process.pool, process.disk, *process.stack, *process.random});
    process.node->onReady([&process] { process.ready = true; });
    process.node->onStopped([this, id](Result<void> result) {
        broken(fmt::format("node {} ended by itself: {}", id, result ? "without an error" : result.error().message));
    });
    if (const auto started = process.node->start(); !started)
        broken(fmt::format("node {} does not start: {}", id, started.error().message));
}

void SimCluster::stopProcess(int id) {
    Process& process = m_nodes.at(id);
    process.node.reset();
    process.stack.reset();
    process.pool.reset();
    process.scheduler.reset();
    process.random.reset();
    process.ready = false;
}

void SimCluster::kill(int id) {
    if (!running(id))
        return;
    stopProcess(id);
    m_nodes.at(id).disk.killed();
}

void SimCluster::powerCut(int id) {
    if (!running(id))
        return;
    stopProcess(id);
    m_nodes.at(id).disk.powerOn(m_world.random());
}

void SimCluster::pause(int id) {
    if (running(id))
        m_nodes.at(id).scheduler->pause();
}
void SimCluster::resume(int id) {
    if (running(id))
        m_nodes.at(id).scheduler->resume();
}

void SimCluster::run(Duration time) {
    const Instant end = m_world.now() + time;
    while (m_violation.empty() && m_world.step(end)) {
    }
}

bool SimCluster::runUntil(Duration limit, const std::function<bool()>& done) {
    const Instant end = m_world.now() + limit;
    while (m_violation.empty()) {
        if (done())
            return true;
        if (!m_world.step(end))
            return done();
    }
    return false;
}

// --- the client ------------------------------------------------------------------------------------------------------------

node::PeerChannel& SimCluster::channel(int id) {
    auto& channel = m_channels[id];
    if (!channel) {
        node::PeerChannel::Options options;
        options.clientId = "simulated-client";
        options.probeAfterClose = false;
        channel = std::make_unique<node::PeerChannel>(*m_clientStack, *m_clientScheduler, Endpoint{"127.0.0.1", clientPort(id)}, options);
    }
    return *channel;
}

int SimCluster::leaderOf(int partition) const {
    const auto found = m_leaders.find(partition);
    return found == m_leaders.end() ? 0 : found->second;
}

bool SimCluster::createTopic(Duration limit) {
    const Instant end = m_world.now() + limit;
    while (!m_topicMade && m_violation.empty() && m_world.now() < end) {
        protocol::CreateTopicsRequest request;
        auto& topic = request.topics.emplace_back();
        topic.name = kTopic;
        topic.numPartitions = m_options.partitions;
        topic.replicationFactor = static_cast<std::int16_t>(std::min(m_options.nodes, 3));
        request.timeoutMs = 2000;
        bool answered = false;
        channel(1).call<protocol::CreateTopicsResponse>(request, kCreateTopicsVersion, seconds(3), [&](Result<protocol::CreateTopicsResponse> answer) {
            answered = true;
            const auto code = answer && !answer->topics.empty() ? answer->topics.front().errorCode : std::int16_t{-1};
            m_topicMade = code == 0 || code == 36;
        });
        runUntil(seconds(4), [&] { return answered; });
        if (!m_topicMade)
            run(milliseconds(50));
    }
    refresh();
    return m_topicMade;
}

void SimCluster::refresh() {
    const int id = 1 + static_cast<int>(m_world.random().below(static_cast<std::uint64_t>(m_options.nodes)));
    protocol::MetadataRequest request;
    request.topics.emplace();
    request.topics->emplace_back().name = kTopic;
    request.allowAutoTopicCreation = false;
    channel(id).call<protocol::MetadataResponse>(request, kMetadataVersion, seconds(1), [this](Result<protocol::MetadataResponse> answer) {
        if (!answer || answer->topics.empty())
            return;
        for (const auto& partition : answer->topics.front().partitions)
            if (partition.leaderId > 0)
                m_leaders[partition.partitionIndex] = partition.leaderId;
            else
                m_leaders.erase(partition.partitionIndex);
    });
}

void SimCluster::produce() {
    const int partition = static_cast<int>(m_world.random().below(static_cast<std::uint64_t>(m_options.partitions)));
    const auto leader = m_leaders.find(partition);
    if (leader == m_leaders.end())
        return refresh();
    const std::string value = fmt::format("value-{}", ++m_nextValue);
    protocol::RecordBatchBuilder builder;
    builder.append(m_clientScheduler->wallNow(), std::nullopt, asBytes(value));
    protocol::ProduceRequest request;
    const bool all = m_world.random().below(4) != 0;
    request.acks = all ? -1 : 1; // with acks=1 nothing is promised, but what a consumer has read must stay
    request.timeoutMs = 3000;
    auto& topic = request.topicData.emplace_back();
    topic.name = kTopic;
    auto& data = topic.partitionData.emplace_back();
    data.index = partition;
    data.records = protocol::Records(builder.build());
    channel(leader->second)
        .call<protocol::ProduceResponse>(request, kProduceVersion, seconds(4), [this, partition, value, all](Result<protocol::ProduceResponse> answer) {
            if (!answer || answer->responses.empty() || answer->responses.front().partitionResponses.empty())
                return refresh();
            const auto& result = answer->responses.front().partitionResponses.front();
            if (result.errorCode != 0)
                return refresh();
            if (!all)
                return;
            const auto [it, fresh] = m_acknowledged.try_emplace({partition, result.baseOffset}, value);
            if (!fresh)
                broken(fmt::format("offset {} of partition {} was acknowledged for {} and for {}", result.baseOffset, partition, it->second, value));
        });
}

bool SimCluster::everyPartitionLed() const { return m_leaders.size() == static_cast<std::size_t>(m_options.partitions); }

protocol::FetchRequest SimCluster::fetchRequest(int partition, Offset from, std::int32_t maxWaitMs) {
    protocol::FetchRequest request;
    request.maxWaitMs = maxWaitMs;
    request.minBytes = 1;
    request.maxBytes = 1 << 20;
    auto& topic = request.topics.emplace_back();
    topic.topic = kTopic;
    auto& asked = topic.partitions.emplace_back();
    asked.partition = partition;
    asked.fetchOffset = from;
    asked.partitionMaxBytes = 1 << 20;
    return request;
}

void SimCluster::remember(int partition, Offset offset, const std::string& value) {
    const auto [it, fresh] = m_consumed.try_emplace({partition, offset}, value);
    if (!fresh && it->second != value)
        broken(fmt::format("offset {} of partition {} was read as {} and then as {}", offset, partition, it->second, value));
}

void SimCluster::consume() {
    const int partition = static_cast<int>(m_world.random().below(static_cast<std::uint64_t>(m_options.partitions)));
    const auto leader = m_leaders.find(partition);
    if (leader == m_leaders.end() || !m_consuming.insert(partition).second)
        return;
    // Now and then from the start again: then the whole log is compared with what was read before.
    const Offset from = m_world.random().below(10) == 0 ? 0 : m_consumeFrom[partition];
    channel(leader->second)
        .call<protocol::FetchResponse>(fetchRequest(partition, from, 100), kFetchVersion, seconds(2), [this, partition, from](Result<protocol::FetchResponse> answer) {
            m_consuming.erase(partition);
            if (!answer || answer->errorCode != 0 || answer->responses.empty() || answer->responses.front().partitions.empty())
                return refresh();
            const auto& result = answer->responses.front().partitions.front();
            if (result.errorCode != 0)
                return refresh();
            const Slice bytes = result.records.slice();
            protocol::BatchWalker walker(bytes.bytes());
            while (auto batch = walker.next()) {
                static_cast<void>(protocol::forEachRecord(*batch, [&](const protocol::RecordView& record) {
                    if (record.offset >= from && record.value)
                        remember(partition, record.offset, std::string(asText(*record.value)));
                    return true;
                }));
                m_consumeFrom[partition] = std::max(m_consumeFrom[partition], batch->nextOffset());
            }
        });
}

void SimCluster::fetchPartition(int partition, Offset from) {
    const auto request = fetchRequest(partition, from, 100);
    const auto again = [this, partition, from] {
        refresh();
        m_clientScheduler->after(milliseconds(50), [this, partition, from] { fetchPartition(partition, from); });
    };
    const auto leader = m_leaders.find(partition);
    if (leader == m_leaders.end())
        return again();
    channel(leader->second)
        .call<protocol::FetchResponse>(request, kFetchVersion, seconds(3), [this, partition, from, again](Result<protocol::FetchResponse> answer) {
            if (!answer || answer->errorCode != 0 || answer->responses.empty() || answer->responses.front().partitions.empty() ||
                answer->responses.front().partitions.front().errorCode != 0)
                return again();
            const auto& result = answer->responses.front().partitions.front();
            Offset next = from;
            const Slice bytes = result.records.slice();
            protocol::BatchWalker walker(bytes.bytes());
            while (auto batch = walker.next()) {
                static_cast<void>(protocol::forEachRecord(*batch, [&](const protocol::RecordView& record) {
                    if (record.offset >= from && record.value)
                        m_read[{partition, record.offset}] = std::string(asText(*record.value));
                    return true;
                }));
                next = batch->nextOffset();
            }
            if (next >= result.highWatermark && next > from)
                m_clientScheduler->after(milliseconds(1), [this, partition, next] { fetchPartition(partition, next); });
            else if (next > from)
                fetchPartition(partition, next);
            else if (from >= result.highWatermark && !promisedFrom(partition, from))
                m_readDone[partition] = true;
            else
                again(); // a new leader's high watermark may be behind for a moment (KIP-207): what was promised must come
        });
}

bool SimCluster::promisedFrom(int partition, Offset from) const {
    for (const auto* promises : {&m_acknowledged, &m_consumed})
        if (const auto it = promises->lower_bound({partition, from}); it != promises->end() && it->first.first == partition)
            return true;
    return false;
}

std::string SimCluster::verify(Duration limit) {
    m_read.clear();
    m_readDone.clear();
    for (int partition = 0; partition < m_options.partitions; ++partition)
        fetchPartition(partition, 0);
    const bool read = runUntil(limit, [&] { return m_readDone.size() == static_cast<std::size_t>(m_options.partitions); });
    if (!m_violation.empty())
        return m_violation;
    for (const auto& [where, value] : m_acknowledged) {
        const auto it = m_read.find(where);
        if (it == m_read.end() || it->second != value)
            return fmt::format("offset {} of partition {} was acknowledged as {} and is {}", where.second, where.first, value,
                               it == m_read.end() ? "gone" : it->second);
    }
    for (const auto& [where, value] : m_consumed) {
        const auto it = m_read.find(where);
        if (it == m_read.end() || it->second != value)
            return fmt::format("offset {} of partition {} was read as {} and is {}", where.second, where.first, value,
                               it == m_read.end() ? "gone" : it->second);
    }
    if (!read)
        return "the partitions cannot be read to their end";
    return {};
}

} // namespace tests::simulation
