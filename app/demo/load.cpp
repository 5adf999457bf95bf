#include "app/demo/load.h"

#include "app/demo/group_member.h"
#include "app/demo/rdkafka.h"
#include "app/demo/shop.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

namespace app::demo {

using broker::ErrorCode;
using broker::fail;
using broker::Result;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace {

constexpr int kMembersPerGroup = 2;
constexpr int kConnectTimeoutMs = 15'000;

std::int64_t toMs(Clock::duration time) { return std::chrono::duration_cast<milliseconds>(time).count(); }

std::int64_t wallMs() {
    return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Around 1, swinging: the load by a fifth in 45 s, the slow group's capacity by a half in 60 s.
double loadSwing(double seconds) { return 1 + 0.2 * std::sin(2 * std::numbers::pi * seconds / 45); }
/// A shop that opens has orders only: payments and shipments follow. So it begins with the share of orders, and no topic with a peak.
double opening(double seconds) { return std::min(1.0, (1 + seconds / 3) / 3); }
double warehouseSwing(double seconds) { return 1.1 - 0.5 * std::sin(2 * std::numbers::pi * seconds / 60); }

class Load {
public:
    Load(const LoadOptions& options, const LoadEvents& events, const std::atomic<bool>& stop)
        : m_options(options)
        , m_events(events)
        , m_stop(stop)
        , m_shop(options.seed != 0 ? options.seed : std::random_device{}()) {}

    Result<Progress> run() {
        m_begin = Clock::now();
        if (auto made = makeProducer(); !made)
            return std::unexpected(made.error());
        if (auto made = makeTopics(); !made)
            return std::unexpected(made.error());
        if (auto made = joinGroups(); !made)
            return std::unexpected(made.error());
        m_begin = Clock::now();
        produceUntilStopped();
        for (auto& member : m_billing)
            member->askToStop();
        for (auto& member : m_warehouse)
            member->askToStop();
        rd_kafka_flush(m_producer.get(), 10'000);
        const Progress last = progress();
        m_billing.clear();
        m_warehouse.clear();
        if (m_events.progress)
            m_events.progress(last);
        return last;
    }

private:
    Properties common() const {
        return {{"bootstrap.servers", m_options.bootstrapServers},
                {"client.id", "samsa-demo"},
                {"topic.metadata.refresh.fast.interval.ms", "10"}, // an election takes less than a tenth of a second here
                {"reconnect.backoff.ms", "20"},
                {"reconnect.backoff.max.ms", "250"},
                {"retry.backoff.ms", "20"},
                {"log.connection.close", "false"},
                {"log_level", "4"}};
    }

    Result<void> makeProducer() {
        const Properties own{{"enable.idempotence", "true"}, {"acks", "all"}, {"linger.ms", "5"}, {"compression.type", "lz4"}};
        const Properties shared = common();
        auto conf = makeConf({&shared, &own, &m_options.properties});
        if (!conf)
            return std::unexpected(conf.error());
        rd_kafka_conf_set_opaque(conf->get(), this);
        rd_kafka_conf_set_dr_msg_cb(conf->get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
            static_cast<Load*>(self)->delivered(*message);
        });
        rd_kafka_conf_set_log_cb(conf->get(), [](const rd_kafka_t*, int, const char*, const char*) {});
        rd_kafka_conf_set_error_cb(conf->get(), [](rd_kafka_t*, int, const char* reason, void* self) {
            static_cast<Load*>(self)->notice(reason); // from rd_kafka_poll: on our own thread
        });
        auto producer = makeClient(RD_KAFKA_PRODUCER, std::move(*conf));
        if (!producer)
            return std::unexpected(producer.error());
        m_producer = std::move(*producer);
        return {};
    }

    /// Replicated as widely as the cluster can, at most three times. Topics that exist stay as they are.
    Result<void> makeTopics() {
        const rd_kafka_metadata_t* metadata = nullptr;
        if (const auto error = rd_kafka_metadata(m_producer.get(), 0, nullptr, &metadata, kConnectTimeoutMs); error != RD_KAFKA_RESP_ERR_NO_ERROR)
            return fail(ErrorCode::Unavailable, fmt::format("no broker answers at {}: {}; is the cluster up, and the address right?",
                                                            m_options.bootstrapServers, rd_kafka_err2str(error)));
        const int replication = std::clamp(metadata->broker_cnt, 1, 3);
        rd_kafka_metadata_destroy(metadata);
        const std::pair<const char*, int> wanted[] = {{kOrders, 6}, {kPayments, 6}, {kShipments, 3}};
        std::vector<NewTopic> topics;
        std::vector<rd_kafka_NewTopic_t*> raw;
        char why[512] = "";
        for (const auto& [name, partitions] : wanted) {
            topics.emplace_back(rd_kafka_NewTopic_new(name, partitions, replication, why, sizeof why));
            if (!topics.back())
                return fail(ErrorCode::Internal, fmt::format("the topic {} cannot be asked for: {}", name, why));
            rd_kafka_NewTopic_set_config(topics.back().get(), "min.insync.replicas", replication >= 3 ? "2" : "1");
            raw.push_back(topics.back().get());
        }
        const Queue queue(rd_kafka_queue_new(m_producer.get()));
        rd_kafka_CreateTopics(m_producer.get(), raw.data(), raw.size(), nullptr, queue.get());
        const EventPtr event(rd_kafka_queue_poll(queue.get(), 60'000));
        if (!event)
            return fail(ErrorCode::TimedOut, "the topics could not be made within a minute");
        if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
            return fail(ErrorCode::Unavailable, fmt::format("the topics could not be made: {}", rd_kafka_event_error_string(event.get())));
        std::size_t count = 0;
        const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
        for (std::size_t i = 0; i < count; ++i) {
            const auto error = rd_kafka_topic_result_error(results[i]);
            const char* const name = rd_kafka_topic_result_name(results[i]);
            if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
                notice(fmt::format("made the topic {} with replication factor {}", name, replication));
            else if (error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
                return fail(ErrorCode::Unavailable, fmt::format("the topic {} could not be made: {}", name, rd_kafka_topic_result_error_string(results[i])));
        }
        return {};
    }

    Result<void> joinGroups() {
        const double warehouseRate = m_options.messagesPerSecond * 2 / 3; // orders and shipments are two of three messages
        const auto keepsUp = [](Clock::duration) { return 0.0; };
        const auto inWaves = [warehouseRate](Clock::duration since) {
            return warehouseRate / kMembersPerGroup * warehouseSwing(std::chrono::duration<double>(since).count());
        };
        for (int i = 0; i < kMembersPerGroup; ++i) {
            auto billing = join("billing", i, {kOrders, kPayments}, keepsUp);
            if (!billing)
                return std::unexpected(billing.error());
            m_billing.push_back(std::move(*billing));
            auto warehouse = join("warehouse", i, {kOrders, kShipments}, inWaves);
            if (!warehouse)
                return std::unexpected(warehouse.error());
            m_warehouse.push_back(std::move(*warehouse));
        }
        return {};
    }

    Result<std::unique_ptr<GroupMember>> join(const std::string& group, int index, std::vector<std::string> topics, GroupMember::Capacity capacity) {
        const std::string name = fmt::format("{}-{}", group, index + 1);
        const Properties own{{"group.id", group},
                             {"client.id", name},
                             {"auto.offset.reset", "earliest"},
                             {"auto.commit.interval.ms", "1000"},
                             {"session.timeout.ms", "6000"}, // the least that Kafka allows: members that were killed hold their group up no longer
                             {"heartbeat.interval.ms", "2000"},
                             {"fetch.wait.max.ms", "100"},
                             {"queued.max.messages.kbytes", "4096"}};
        const Properties shared = common();
        auto conf = makeConf({&shared, &own, &m_options.properties});
        if (!conf)
            return std::unexpected(conf.error());
        rd_kafka_conf_set_log_cb(conf->get(), [](const rd_kafka_t*, int, const char*, const char*) {});
        auto consumer = makeClient(RD_KAFKA_CONSUMER, std::move(*conf));
        if (!consumer)
            return std::unexpected(consumer.error());
        return GroupMember::start(std::move(*consumer), std::move(topics), std::move(capacity), name);
    }

    void produceUntilStopped() {
        const auto opened = Clock::now(); // making the topics took its time
        auto before = opened;
        auto nextReport = m_begin + milliseconds(1000);
        double owed = 0;
        while (!m_stop.load(std::memory_order_relaxed)) {
            // Waiting and serving the acknowledgements are one call, which returns early when some were served.
            rd_kafka_poll(m_producer.get(), 5);
            const auto now = Clock::now();
            if (m_options.duration.count() > 0 && now - m_begin >= m_options.duration)
                return;
            const double since = std::chrono::duration<double>(now - m_begin).count();
            owed += m_options.messagesPerSecond * loadSwing(since) * opening(std::chrono::duration<double>(now - opened).count()) * std::chrono::duration<double>(now - before).count();
            before = now;
            owed = std::min(owed, std::max(1.0, m_options.messagesPerSecond)); // after a hang: no burst of more than a second
            while (owed >= 1 && produce(m_shop.next(wallMs())))
                owed -= 1;
            if (now >= nextReport) {
                nextReport += milliseconds(1000);
                if (m_events.progress)
                    m_events.progress(progress());
            }
        }
    }

    /// False: librdkafka's queue is full (the cluster is slower than the load, or away); the message is dropped.
    bool produce(const Message& message) {
        rd_kafka_headers_t* const headers = rd_kafka_headers_new(message.headers.size());
        for (const auto& [name, value] : message.headers)
            rd_kafka_header_add(headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
        const auto error = rd_kafka_producev(m_producer.get(), RD_KAFKA_V_TOPIC(message.topic),
                                             RD_KAFKA_V_KEY(const_cast<char*>(message.key.data()), message.key.size()),
                                             RD_KAFKA_V_VALUE(const_cast<char*>(message.value.data()), message.value.size()),
                                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            ++m_produced;
            return true;
        }
        rd_kafka_headers_destroy(headers); // ours again when it was not taken
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            notice(fmt::format("a message could not be produced: {}", rd_kafka_err2str(error)));
        return false;
    }

    void delivered(const rd_kafka_message_t& message) {
        if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (++m_failed == 1)
                notice(fmt::format("a message was given up: {}", rd_kafka_err2str(message.err)));
            return;
        }
        const auto now = Clock::now();
        if (m_acknowledged++ == 0) {
            if (m_events.firstAcknowledged)
                m_events.firstAcknowledged(toMs(now - m_begin));
        } else {
            m_longestSilence = std::max(m_longestSilence, now - m_lastAcknowledged);
        }
        m_lastAcknowledged = now;
    }

    Progress progress() const {
        Progress now;
        now.elapsedMs = toMs(Clock::now() - m_begin);
        now.produced = m_produced;
        now.acknowledged = m_acknowledged;
        now.failed = m_failed;
        now.longestSilenceMs = toMs(m_longestSilence);
        for (const auto& member : m_billing) {
            now.consumedBilling += member->consumed();
            now.lagBilling += member->lag();
        }
        for (const auto& member : m_warehouse) {
            now.consumedWarehouse += member->consumed();
            now.lagWarehouse += member->lag();
        }
        return now;
    }

    /// The same sentence is said once in a row: a dead broker is reported by librdkafka with each attempt.
    void notice(const std::string& sentence) {
        if (sentence == m_lastNotice || !m_events.notice)
            return;
        m_lastNotice = sentence;
        m_events.notice(sentence);
    }

    const LoadOptions& m_options;
    const LoadEvents& m_events;
    const std::atomic<bool>& m_stop;
    Shop m_shop;
    Handle m_producer;
    std::vector<std::unique_ptr<GroupMember>> m_billing;
    std::vector<std::unique_ptr<GroupMember>> m_warehouse;
    Clock::time_point m_begin;
    Clock::time_point m_lastAcknowledged;
    Clock::duration m_longestSilence{0};
    std::int64_t m_produced = 0;
    std::int64_t m_acknowledged = 0;
    std::int64_t m_failed = 0;
    std::string m_lastNotice;
};

} // namespace

Result<Progress> run(const LoadOptions& options, const LoadEvents& events, const std::atomic<bool>& stop) {
    return Load(options, events, stop).run();
}

} // namespace app::demo
