// What our engine needs for an acknowledgement, without a client library's share in it: a sender and a receiver thread per broker that sleep when they have nothing
// to do, and send without waiting for the answer before. `kafka-bench latency` takes the same measure through librdkafka. Not for Apache Kafka, which answers one
// request of a connection after the other.
//
//   wire-latency -b HOST:PORT[,...] -t TOPIC [--rate 5000] [--seconds 15] [--size 100]
//
// Open loop, acks=all, idempotent, plaintext: from the time at which a message should be sent to its acknowledgement. What is due together goes in one request.
#include "embedded-broker/protocol/messages/init_producer_id_request.h"
#include "embedded-broker/protocol/messages/init_producer_id_response.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"
#include "embedded-broker/protocol/messages/produce_request.h"
#include "embedded-broker/protocol/messages/produce_response.h"
#include "embedded-broker/protocol/record_batch.h"
#include "tests/scenarios/runner/kafka_link.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <sys/prctl.h>
#include <thread>
#include <vector>

namespace {

using namespace broker;
using namespace broker::protocol;
using Clock = std::chrono::steady_clock;
using scenarios::KafkaLink;

struct Plan {
    std::string topic;
    std::int64_t producerId = -1;
    std::int16_t producerEpoch = -1;
    long rate = 5000;
    long count = 0;
    int partitions = 1;
    std::size_t size = 100;
    Clock::time_point begin;
    [[nodiscard]] Clock::time_point due(long message) const { return begin + std::chrono::nanoseconds(1'000'000'000LL * message / rate); }
};

/// One broker's share: the messages whose partition it leads.
class Lane {
public:
    Lane(const Plan& plan, const std::string& host, std::uint16_t port) : m_plan(plan), m_link(host, port) {}
    void lead(int partition) { m_sequences[partition] = 0; }
    void start() {
        m_sender = std::thread([this] { send(); });
        m_receiver = std::thread([this] { receive(); });
    }
    void join() {
        m_sender.join();
        m_receiver.join();
    }
    std::vector<std::pair<long, double>> latencies; ///< message and milliseconds; after join()
    long failed = 0;

private:
    struct Sent {
        std::int32_t id = 0;
        std::vector<long> messages;
    };

    void send() {
        ::prctl(PR_SET_TIMERSLACK, 1UL);
        std::mt19937 random(1);
        std::string value(m_plan.size, '\0');
        for (char& c : value)
            c = static_cast<char>(random());
        std::vector<long> mine;
        for (long i = 0; i < m_plan.count; ++i)
            if (m_sequences.contains(static_cast<int>(i % m_plan.partitions)))
                mine.push_back(i);
        for (std::size_t at = 0; at < mine.size();) {
            std::this_thread::sleep_until(m_plan.due(mine[at]));
            const auto now = Clock::now();
            Sent sent;
            std::map<int, std::unique_ptr<RecordBatchBuilder>> batches;
            for (; at < mine.size() && m_plan.due(mine[at]) <= now; ++at) {
                const int partition = static_cast<int>(mine[at] % m_plan.partitions);
                auto& batch = batches[partition];
                if (!batch)
                    batch = std::make_unique<RecordBatchBuilder>(
                        BatchOptions{.producerId = m_plan.producerId, .producerEpoch = m_plan.producerEpoch, .baseSequence = m_sequences[partition]});
                batch->append(1, std::nullopt, asBytes(value));
                ++m_sequences[partition];
                sent.messages.push_back(mine[at]);
            }
            ProduceRequest request;
            request.transactionalId.reset();
            request.acks = -1;
            request.timeoutMs = 30'000;
            auto& data = request.topicData.emplace_back();
            data.name = m_plan.topic;
            for (auto& [partition, batch] : batches) {
                auto& part = data.partitionData.emplace_back();
                part.index = partition;
                part.records = Records(batch->build());
            }
            {
                // Before it is sent: the answer must find what it belongs to.
                const std::lock_guard lock(m_mutex);
                sent.id = m_link.send(request, kVersion);
                m_sent.push_back(std::move(sent));
            }
            m_wake.notify_one();
        }
        const std::lock_guard lock(m_mutex);
        m_over = true;
        m_wake.notify_one();
    }

    void receive() {
        while (true) {
            Sent sent;
            {
                std::unique_lock lock(m_mutex);
                m_wake.wait(lock, [this] { return m_over || !m_sent.empty(); });
                if (m_sent.empty())
                    return;
                sent = std::move(m_sent.front());
                m_sent.pop_front();
            }
            const auto answer = m_link.receive<ProduceResponse>(sent.id, kVersion);
            const auto now = Clock::now();
            bool good = true;
            for (const auto& topic : answer.responses)
                for (const auto& partition : topic.partitionResponses)
                    good = good && partition.errorCode == 0;
            if (!good)
                failed += static_cast<long>(sent.messages.size());
            else
                for (const long message : sent.messages)
                    latencies.emplace_back(message, std::chrono::duration<double, std::milli>(now - m_plan.due(message)).count());
        }
    }

    static constexpr std::int16_t kVersion = 9;
    const Plan& m_plan;
    KafkaLink m_link;
    std::map<int, std::int32_t> m_sequences;
    std::mutex m_mutex; ///< guards m_sent and m_over
    std::condition_variable m_wake;
    std::deque<Sent> m_sent;
    bool m_over = false;
    std::thread m_sender, m_receiver;
};

int measure(std::map<std::string, std::string> given) {
    const auto number = [&](const char* name, long fallback) { return given.contains(name) ? std::stol(given[name]) : fallback; };
    const std::string first = given["-b"].substr(0, given["-b"].find(','));
    const auto colon = first.rfind(':');
    KafkaLink any(first.substr(0, colon), static_cast<std::uint16_t>(std::stoi(first.substr(colon + 1))));
    MetadataRequest ask;
    ask.topics->emplace_back().name = given["-t"];
    const auto metadata = any.ask<MetadataResponse>(ask, 9);
    const auto& topic = metadata.topics.at(0);
    if (topic.errorCode != 0)
        throw std::runtime_error("no such topic: make it with kafka-bench topic");
    InitProducerIdRequest wanted;
    wanted.transactionalId.reset();
    wanted.transactionTimeoutMs = 60'000;
    const auto producer = any.ask<InitProducerIdResponse>(wanted, 4);
    if (producer.errorCode != 0)
        throw std::runtime_error("no producer id");

    Plan plan{.topic = given["-t"], .producerId = producer.producerId, .producerEpoch = producer.producerEpoch, .rate = number("--rate", 5000),
        .partitions = static_cast<int>(topic.partitions.size()), .size = static_cast<std::size_t>(number("--size", 100)), .begin = {}};
    plan.count = plan.rate * number("--seconds", 15);
    std::map<int, std::unique_ptr<Lane>> lanes;
    for (const auto& partition : topic.partitions) {
        const auto node = std::ranges::find(metadata.brokers, partition.leaderId, &MetadataResponse::MetadataResponseBroker::nodeId);
        if (node == metadata.brokers.end())
            throw std::runtime_error("a partition has no leader");
        auto& lane = lanes[node->nodeId];
        if (!lane)
            lane = std::make_unique<Lane>(plan, node->host, static_cast<std::uint16_t>(node->port));
        lane->lead(partition.partitionIndex);
    }
    plan.begin = Clock::now() + std::chrono::milliseconds(100);
    for (auto& [id, lane] : lanes)
        lane->start();
    std::vector<double> all;
    long failed = 0, acknowledged = 0;
    for (auto& [id, lane] : lanes) {
        lane->join();
        failed += lane->failed;
        acknowledged += static_cast<long>(lane->latencies.size());
        for (const auto& [message, ms] : lane->latencies)
            if (message >= plan.rate * 2) // the first two seconds warm up connections, caches and a JVM alike
                all.push_back(ms);
    }
    std::ranges::sort(all);
    const auto at = [&](double share) { return all.empty() ? 0.0 : all[std::min(all.size() - 1, static_cast<std::size_t>(share * static_cast<double>(all.size())))]; };
    fmt::print("wire_latency_ms p50 {:.2f} p95 {:.2f} p99 {:.2f} p99.9 {:.2f} max {:.2f} acknowledged {} failed {}\n", at(0.5), at(0.95), at(0.99), at(0.999),
        all.empty() ? 0.0 : all.back(), acknowledged, failed);
    return failed == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    std::map<std::string, std::string> given;
    for (int i = 1; i + 1 < argc; i += 2)
        given[argv[i]] = argv[i + 1];
    if (!given.contains("-b") || !given.contains("-t")) {
        std::fputs("usage: wire-latency -b SERVERS -t TOPIC [--rate 5000] [--seconds 15] [--size 100]\n", stderr);
        return 2;
    }
    try {
        return measure(given);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "wire-latency: %s\n", error.what());
        return 1;
    }
}
