#include "tests/embedded-broker/node/kill_load.h"

#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <set>

namespace tests {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kGroup = "kill-rounds-group";

/// librdkafka may never come back from destroying a consumer whose partitions move to another leader meanwhile (its issue 4674: one of its
/// broker threads waits for a reference that nobody gives back). That is no stall of the cluster: it happens aside, and nobody waits for it.
void destroyAside(rd_kafka_t* client) {
    if (client)
        std::thread([client] { rd_kafka_destroy(client); }).detach();
}

struct Client {
    rd_kafka_t* handle = nullptr;
    explicit Client(rd_kafka_t* client) : handle(client) {}
    ~Client() { destroyAside(handle); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
};
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>;

List newList(int size) { return {rd_kafka_topic_partition_list_new(size), rd_kafka_topic_partition_list_destroy}; }

rd_kafka_conf_t* configuration(const std::vector<std::pair<const char*, std::string>>& settings) {
    auto* conf = rd_kafka_conf_new();
    char error[256];
    for (const auto& [name, value] : settings)
        if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK)
            fmt::print(stderr, "{}: {}\n", name, error);
    return conf;
}

rd_kafka_t* makeClient(rd_kafka_type_t type, rd_kafka_conf_t* conf) {
    char error[256];
    auto* client = rd_kafka_new(type, conf, error, sizeof error);
    if (!client)
        fmt::print(stderr, "librdkafka: {}\n", error);
    return client;
}

bool createTopic(rd_kafka_t* client, int partitions) {
    for (const auto end = Clock::now() + 30s; Clock::now() < end; std::this_thread::sleep_for(100ms)) {
        char error[256];
        auto* topic = rd_kafka_NewTopic_new(kKillTopic, partitions, 3, error, sizeof error);
        auto* queue = rd_kafka_queue_new(client);
        rd_kafka_CreateTopics(client, &topic, 1, nullptr, queue);
        auto* event = rd_kafka_queue_poll(queue, 10'000);
        bool made = false;
        if (event && !rd_kafka_event_error(event)) {
            std::size_t count = 0;
            const auto* const* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
            const auto code = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;
            made = code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
        }
        if (event)
            rd_kafka_event_destroy(event);
        rd_kafka_NewTopic_destroy(topic);
        rd_kafka_queue_destroy(queue);
        if (made)
            return true;
    }
    return false;
}

} // namespace

KillLoad::KillLoad(std::string bootstrap, int partitions, int messagesPerSecond)
    : m_bootstrap(std::move(bootstrap)), m_rate(messagesPerSecond), m_partitions(static_cast<std::size_t>(partitions)) {}

KillLoad::~KillLoad() {
    m_stop = true;
    if (m_produceThread.joinable())
        m_produceThread.join();
    if (m_commitThread.joinable())
        m_commitThread.join();
    destroyAside(m_producer);
}

bool KillLoad::start() {
    auto* conf = configuration({{"bootstrap.servers", m_bootstrap},
                                {"enable.idempotence", "true"},
                                {"acks", "all"},
                                {"linger.ms", "1"},
                                {"message.timeout.ms", "0"},
                                {"retry.backoff.ms", "20"},
                                {"retry.backoff.max.ms", "100"},
                                {"reconnect.backoff.ms", "10"},
                                {"reconnect.backoff.max.ms", "100"},
                                {"topic.metadata.refresh.fast.interval.ms", "10"},
                                {"log_level", "2"}});
    if (const char* debug = std::getenv("KILL_ROUNDS_DEBUG")) { // librdkafka's own view, on standard error: "eos,msg"
        char error[256];
        rd_kafka_conf_set(conf, "debug", debug, error, sizeof error);
    }
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t* client, const rd_kafka_message_t* message, void* self) {
        onDelivery(client, message, self);
    });
    m_producer = makeClient(RD_KAFKA_PRODUCER, conf);
    if (!m_producer || !createTopic(m_producer, static_cast<int>(m_partitions.size())))
        return false;
    m_produceThread = std::thread([this] { produce(); });
    m_commitThread = std::thread([this] { commit(); });
    return true;
}

void KillLoad::onDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& self = *static_cast<KillLoad*>(opaque);
    const std::lock_guard lock(self.m_mutex);
    if (message->err) {
        if (!self.m_stop && self.m_trouble.empty())
            self.m_trouble = fmt::format("a message was given up: {}", rd_kafka_err2str(message->err));
        return;
    }
    auto& facts = self.m_partitions[static_cast<std::size_t>(message->partition)];
    std::int64_t number = 0;
    std::memcpy(&number, message->payload, sizeof number);
    facts.acked.emplace_back(number, message->offset);
    const auto now = Clock::now();
    if (facts.silence.last != Clock::time_point{})
        facts.silence.longest = std::max(facts.silence.longest, std::chrono::duration_cast<std::chrono::milliseconds>(now - facts.silence.last));
    facts.silence.last = now;
    ++self.m_acknowledged;
}

void KillLoad::produce() {
    char payload[256] = {};
    auto next = Clock::now();
    std::size_t partition = 0;
    while (!m_stop) {
        next += std::chrono::nanoseconds(1'000'000'000 / m_rate);
        if (const auto now = Clock::now(); next < now - 100ms)
            next = now; // what was not sent while the queue was full is not made up for
        std::this_thread::sleep_until(next);
        partition = (partition + 1) % m_partitions.size();
        std::int64_t number = 0;
        {
            const std::lock_guard lock(m_mutex);
            number = m_partitions[partition].produced;
        }
        std::memcpy(payload, &number, sizeof number);
        const auto code = rd_kafka_producev(m_producer, RD_KAFKA_V_TOPIC(kKillTopic), RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(partition)),
                                            RD_KAFKA_V_VALUE(payload, sizeof payload), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const std::lock_guard lock(m_mutex);
            ++m_partitions[partition].produced;
        }
        rd_kafka_poll(m_producer, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 10 : 0);
        char fatal[256];
        if (rd_kafka_fatal_error(m_producer, fatal, sizeof fatal)) {
            const std::lock_guard lock(m_mutex);
            m_trouble = fmt::format("the producer has a fatal error: {}", fatal);
            return;
        }
    }
}

void KillLoad::commit() {
    const Client consumer(makeClient(RD_KAFKA_CONSUMER, configuration({{"bootstrap.servers", m_bootstrap},
                                                                       {"group.id", kGroup},
                                                                       {"enable.auto.commit", "false"},
                                                                       {"auto.offset.reset", "earliest"},
                                                                       {"retry.backoff.ms", "20"},
                                                                       {"reconnect.backoff.ms", "10"},
                                                                       {"reconnect.backoff.max.ms", "100"},
                                                                       {"log_level", "2"}})));
    const auto topics = newList(1);
    rd_kafka_topic_partition_list_add(topics.get(), kKillTopic, RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer.handle, topics.get());
    std::map<int, std::int64_t> read;
    auto nextCommit = Clock::now();
    while (!m_stop) {
        if (auto* message = rd_kafka_consumer_poll(consumer.handle, 20)) {
            if (!message->err)
                read[message->partition] = message->offset + 1;
            rd_kafka_message_destroy(message);
        }
        if (Clock::now() < nextCommit || read.empty())
            continue;
        nextCommit = Clock::now() + 50ms;
        const auto offsets = newList(static_cast<int>(read.size()));
        for (const auto& [partition, offset] : read)
            rd_kafka_topic_partition_list_add(offsets.get(), kKillTopic, partition)->offset = offset;
        if (rd_kafka_commit(consumer.handle, offsets.get(), 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        const std::lock_guard lock(m_mutex);
        for (int i = 0; i < offsets->cnt; ++i)
            if (offsets->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR)
                m_committed[offsets->elems[i].partition] = offsets->elems[i].offset;
        ++m_commits;
    }
    rd_kafka_consumer_close(consumer.handle);
}

int KillLoad::controller() {
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(m_producer, 0, nullptr, &metadata, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
    return rd_kafka_controllerid(m_producer, 0);
}

int KillLoad::finish(std::chrono::seconds patience) {
    m_stop = true;
    if (m_produceThread.joinable())
        m_produceThread.join();
    if (m_commitThread.joinable())
        m_commitThread.join();
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
    rd_kafka_flush(m_producer, static_cast<int>(millis));
    return rd_kafka_outq_len(m_producer);
}

std::vector<std::chrono::milliseconds> KillLoad::takeSilences() {
    const std::lock_guard lock(m_mutex);
    std::vector<std::chrono::milliseconds> all;
    const auto now = Clock::now();
    for (auto& partition : m_partitions) {
        auto longest = partition.silence.longest;
        if (partition.silence.last != Clock::time_point{})
            longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(now - partition.silence.last));
        all.push_back(longest);
        partition.silence.longest = {};
    }
    return all;
}

std::string KillLoad::checkCommits() {
    std::map<int, std::int64_t> expected;
    {
        const std::lock_guard lock(m_mutex);
        expected = m_committed;
    }
    if (expected.empty())
        return {};
    const Client reader(makeClient(RD_KAFKA_CONSUMER, configuration({{"bootstrap.servers", m_bootstrap}, {"group.id", kGroup}, {"log_level", "2"}})));
    for (const auto end = Clock::now() + 20s;;) {
        const auto offsets = newList(static_cast<int>(expected.size()));
        for (const auto& [partition, offset] : expected)
            rd_kafka_topic_partition_list_add(offsets.get(), kKillTopic, partition);
        const auto code = rd_kafka_committed(reader.handle, offsets.get(), 5000);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (Clock::now() > end)
                return fmt::format("committed offsets cannot be read: {}", rd_kafka_err2str(code));
            std::this_thread::sleep_for(50ms);
            continue;
        }
        for (int i = 0; i < offsets->cnt; ++i) {
            const auto& found = offsets->elems[i];
            if (found.offset < expected[found.partition])
                return fmt::format("partition {}: committed offset {} was acknowledged, {} is what is there", found.partition,
                                   expected[found.partition], found.offset);
        }
        return {};
    }
}

std::string KillLoad::verify() {
    std::vector<PartitionFacts> partitions;
    {
        const std::lock_guard lock(m_mutex);
        partitions = m_partitions;
    }
    const Client reader(makeClient(RD_KAFKA_CONSUMER, configuration({{"bootstrap.servers", m_bootstrap},
                                                                     {"group.id", "kill-rounds-verify"},
                                                                     {"enable.auto.commit", "false"},
                                                                     {"enable.partition.eof", "true"},
                                                                     {"check.crcs", "true"},
                                                                     {"auto.offset.reset", "error"},
                                                                     {"log_level", "2"}})));
    const auto assignment = newList(static_cast<int>(partitions.size()));
    for (std::size_t i = 0; i < partitions.size(); ++i)
        rd_kafka_topic_partition_list_add(assignment.get(), kKillTopic, static_cast<int>(i))->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(reader.handle, assignment.get());
    std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> read(partitions.size());
    std::vector<std::int64_t> needed;
    for (const auto& partition : partitions) {
        std::int64_t last = -1;
        for (const auto& [number, offset] : partition.acked)
            last = std::max(last, offset);
        needed.push_back(last + 1);
    }
    std::set<int> ended;
    for (const auto end = Clock::now() + 120s; ended.size() < partitions.size();) {
        auto* message = rd_kafka_consumer_poll(reader.handle, 1000);
        if (Clock::now() > end)
            return fmt::format("reading back stops before all that was acknowledged is read: {} of {} partitions are complete", ended.size(),
                               partitions.size());
        if (!message)
            continue;
        const auto index = static_cast<std::size_t>(std::max(message->partition, 0));
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            // A new leader may not know yet how much was committed before it: then the end comes again, further on.
            if (message->offset >= needed[index])
                ended.insert(message->partition);
        } else if (message->err) {
            const auto trouble = fmt::format("reading partition {}: {}", message->partition, rd_kafka_message_errstr(message));
            rd_kafka_message_destroy(message);
            return trouble;
        } else {
            std::int64_t number = 0;
            std::memcpy(&number, message->payload, sizeof number);
            read[static_cast<std::size_t>(message->partition)].emplace_back(number, message->offset);
        }
        rd_kafka_message_destroy(message);
    }
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        std::map<std::int64_t, std::int64_t> offsets;
        std::int64_t last = -1;
        for (const auto& [number, offset] : read[i]) {
            if (number <= last)
                return fmt::format("partition {}: message {} at {} comes after message {}: {}", i, number, offset, last,
                                   offsets.contains(number) ? "doubled" : "reordered");
            last = number;
            offsets[number] = offset;
        }
        for (const auto& [number, offset] : partitions[i].acked) {
            const auto it = offsets.find(number);
            if (it == offsets.end())
                return fmt::format("partition {}: message {} was acknowledged at {} and is lost ({} messages read, the last {})", i, number,
                                   offset, read[i].size(), last);
            if (offset >= 0 && it->second != offset)
                return fmt::format("partition {}: message {} was acknowledged at {} and lies at {}", i, number, offset, it->second);
        }
    }
    return {};
}

std::string KillLoad::trouble() {
    const std::lock_guard lock(m_mutex);
    return m_trouble;
}

} // namespace tests
