#include "tests/embedded-broker/node/message_load.h"

#include "tests/embedded-broker/node/kill_client.h"

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
constexpr auto kBurst = 10ms; ///< messages go in bursts: what is between them is spent on hearing of acknowledgements

} // namespace

MessageLoad::MessageLoad(std::string bootstrap, int partitions, int replicas, int messagesPerSecond)
    : m_bootstrap(std::move(bootstrap)), m_replicas(replicas), m_rate(messagesPerSecond), m_partitions(static_cast<std::size_t>(partitions)) {}

MessageLoad::~MessageLoad() {
    m_stop = true;
    if (m_produceThread.joinable())
        m_produceThread.join();
    if (m_commitThread.joinable())
        m_commitThread.join();
    destroyAside(m_producer);
}

bool MessageLoad::start() {
    m_producer = makeKillClient(
        RD_KAFKA_PRODUCER, {{"bootstrap.servers", m_bootstrap}, {"enable.idempotence", "true"}, {"acks", "all"}, {"linger.ms", "1"}, {"message.timeout.ms", "0"}},
        [](rd_kafka_conf_t* conf, void* self) {
            if (const char* debug = std::getenv("KILL_ROUNDS_DEBUG")) { // librdkafka's own view, on standard error: "eos,msg"
                char error[256];
                rd_kafka_conf_set(conf, "debug", debug, error, sizeof error);
            }
            rd_kafka_conf_set_opaque(conf, self);
            rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque) { onDelivery(client, message, opaque); });
        },
        this);
    if (!m_producer || !createTopic(m_producer, kKillTopic, static_cast<int>(m_partitions.size()), m_replicas))
        return false;
    m_produceThread = std::thread([this] { produce(); });
    m_commitThread = std::thread([this] { commit(); });
    return true;
}

void MessageLoad::onDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& self = *static_cast<MessageLoad*>(opaque);
    const std::lock_guard lock(self.m_mutex);
    if (message->err) {
        if (!self.m_stop)
            self.m_progress->fail(fmt::format("a message was given up: {}", rd_kafka_err2str(message->err)));
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
    self.m_progress->note();
}

void MessageLoad::produce() {
    const int burst = std::max(static_cast<int>(m_rate * kBurst / 1000ms), 1);
    auto next = Clock::now();
    while (!m_stop) {
        for (int i = 0; i < burst; ++i)
            sendNext();
        char fatal[256];
        if (rd_kafka_fatal_error(m_producer, fatal, sizeof fatal))
            return m_progress->fail(fmt::format("the producer has a fatal error: {}", fatal));
        next += std::chrono::nanoseconds(1'000'000'000LL * burst / m_rate);
        if (const auto now = Clock::now(); next < now - 100ms)
            next = now; // what was not sent while the queue was full is not made up for
        do
            rd_kafka_poll(m_producer, static_cast<int>(std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count(), 0)));
        while (Clock::now() < next);
    }
}

void MessageLoad::sendNext() {
    char payload[256] = {};
    m_next = (m_next + 1) % m_partitions.size();
    std::int64_t number = 0;
    {
        const std::lock_guard lock(m_mutex);
        number = m_partitions[m_next].produced;
    }
    std::memcpy(payload, &number, sizeof number);
    const auto code = rd_kafka_producev(m_producer, RD_KAFKA_V_TOPIC(kKillTopic), RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(m_next)),
                                        RD_KAFKA_V_VALUE(payload, sizeof payload), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return; // its queue is full: what is not sent is not counted
    const std::lock_guard lock(m_mutex);
    ++m_partitions[m_next].produced;
}

void MessageLoad::commit() {
    const KillClient consumer(makeKillClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", m_bootstrap},
                                                                       {"group.id", kGroup},
                                                                       {"enable.auto.commit", "false"},
                                                                       {"auto.offset.reset", "earliest"}}));
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

int MessageLoad::controller() { return controllerOf(m_producer); }

int MessageLoad::finish(std::chrono::seconds patience) {
    m_stop = true;
    if (m_produceThread.joinable())
        m_produceThread.join();
    if (m_commitThread.joinable())
        m_commitThread.join();
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
    rd_kafka_flush(m_producer, static_cast<int>(millis));
    return rd_kafka_outq_len(m_producer);
}

std::vector<std::chrono::milliseconds> MessageLoad::takeSilences() {
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

std::string MessageLoad::checkCommits() {
    std::map<int, std::int64_t> expected;
    {
        const std::lock_guard lock(m_mutex);
        expected = m_committed;
    }
    if (expected.empty())
        return {};
    const KillClient reader(makeKillClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", m_bootstrap}, {"group.id", kGroup}}));
    for (const auto end = Clock::now() + 20s;;) {
        const auto offsets = newList(static_cast<int>(expected.size()));
        for (const auto& [partition, offset] : expected)
            rd_kafka_topic_partition_list_add(offsets.get(), kKillTopic, partition);
        const auto code = rd_kafka_committed(reader.handle, offsets.get(), 5000);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (Clock::now() > end)
                return fmt::format("committed offsets cannot be read: {}", rd_kafka_err2str(code));
            rd_kafka_poll(reader.handle, 50); // what the client has to tell, before it is asked again
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

std::string MessageLoad::verify() {
    std::vector<PartitionFacts> partitions;
    {
        const std::lock_guard lock(m_mutex);
        partitions = m_partitions;
    }
    const KillClient reader(makeKillClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", m_bootstrap},
                                                                     {"group.id", "kill-rounds-verify"},
                                                                     {"enable.auto.commit", "false"},
                                                                     {"enable.partition.eof", "true"},
                                                                     {"check.crcs", "true"},
                                                                     {"auto.offset.reset", "error"}}));
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

} // namespace tests
