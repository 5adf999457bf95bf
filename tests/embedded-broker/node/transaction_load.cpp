#include "tests/embedded-broker/node/transaction_load.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <set>

namespace tests {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kTopic = "kill-transactions";
constexpr int kCallMs = 20'000;      ///< of one call of the transactional API: it may be made again
constexpr int kTimeoutMs = 30'000;   ///< transaction.timeout.ms of the load

struct Payload {
    std::int32_t producer = 0;
    std::int32_t index = 0;
    std::int64_t transaction = 0;
};

std::string groupOf(int producer) { return fmt::format("kill-transactions-{}", producer); }

rd_kafka_t* makeClient(rd_kafka_type_t type, std::vector<std::pair<const char*, std::string>> settings) {
    settings.insert(settings.end(), {{"retry.backoff.ms", "20"}, {"retry.backoff.max.ms", "100"}, {"reconnect.backoff.ms", "10"},
                                     {"reconnect.backoff.max.ms", "100"}, {"topic.metadata.refresh.fast.interval.ms", "10"}, {"log_level", "2"}});
    auto* conf = rd_kafka_conf_new();
    char error[256];
    for (const auto& [name, value] : settings)
        if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK)
            fmt::print(stderr, "{}: {}\n", name, error);
    auto* client = rd_kafka_new(type, conf, error, sizeof error);
    if (!client)
        fmt::print(stderr, "librdkafka: {}\n", error);
    return client;
}

/// Destroying a client may wait for ever while leaders move (librdkafka's issue 4674): it happens aside.
void destroyAside(rd_kafka_t* client) {
    if (client)
        std::thread([client] { rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }).detach();
}

/// What one call of the transactional API came to.
enum class Outcome : std::uint8_t { Done, Abort, Over };

/// Calls until it is done, or cannot be. `what` for troubles.
template <class Call>
Outcome patiently(const std::atomic<bool>& stop, Call call, std::string& why) {
    for (const auto end = Clock::now() + 120s;;) {
        auto* error = call();
        if (!error)
            return Outcome::Done;
        why = fmt::format("{} ({})", rd_kafka_error_string(error), rd_kafka_error_name(error));
        const bool again = rd_kafka_error_is_retriable(error) != 0;
        const bool abort = rd_kafka_error_txn_requires_abort(error) != 0;
        rd_kafka_error_destroy(error);
        if (abort)
            return Outcome::Abort;
        if (!again || Clock::now() > end)
            return Outcome::Over;
        if (stop)
            std::this_thread::sleep_for(20ms);
    }
}

using List = std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>;
List newList(int size) { return {rd_kafka_topic_partition_list_new(size), rd_kafka_topic_partition_list_destroy}; }

bool createTopic(rd_kafka_t* client, int partitions) {
    for (const auto end = Clock::now() + 30s; Clock::now() < end; std::this_thread::sleep_for(100ms)) {
        char error[256];
        auto* topic = rd_kafka_NewTopic_new(kTopic, partitions, 3, error, sizeof error);
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

std::int64_t askEnd(rd_kafka_t* client, int partition, bool committed) {
    const auto list = newList(1);
    rd_kafka_topic_partition_list_add(list.get(), kTopic, partition)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
    auto* options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_LISTOFFSETS);
    rd_kafka_error_destroy(rd_kafka_AdminOptions_set_isolation_level(options, committed ? RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED : RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED));
    auto* queue = rd_kafka_queue_new(client);
    rd_kafka_ListOffsets(client, list.get(), options, queue);
    auto* event = rd_kafka_queue_poll(queue, 5000);
    std::int64_t offset = -1;
    if (event && !rd_kafka_event_error(event)) {
        std::size_t count = 0;
        const auto** infos = rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
        if (count == 1 && rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0])->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            offset = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0])->offset;
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return offset;
}

/// Where readers of committed messages, or all readers, come to the end of a partition; -1 when nobody says it for a while.
std::int64_t endOf(rd_kafka_t* client, int partition, bool committed) {
    for (const auto end = Clock::now() + 20s; Clock::now() < end;)
        if (const auto offset = askEnd(client, partition, committed); offset >= 0)
            return offset;
    return -1;
}

} // namespace

TransactionLoad::TransactionLoad(std::string bootstrap, int partitions, int producers) : m_bootstrap(std::move(bootstrap)), m_partitions(partitions) {
    for (int i = 0; i < producers; ++i) {
        m_producers.push_back(std::make_unique<Producer>());
        m_producers.back()->number = i;
    }
}

TransactionLoad::~TransactionLoad() {
    finish();
    destroyAside(m_admin);
}

bool TransactionLoad::start() {
    m_admin = makeClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", m_bootstrap}});
    if (!m_admin || !createTopic(m_admin, m_partitions))
        return false;
    for (auto& producer : m_producers)
        producer->thread = std::thread([this, &each = *producer] { produce(each); });
    return true;
}

void TransactionLoad::finish() {
    m_stop = true;
    for (auto& producer : m_producers)
        if (producer->thread.joinable())
            producer->thread.join();
}

void TransactionLoad::noteTrouble(std::string text) {
    const std::lock_guard lock(m_mutex);
    if (m_trouble.empty())
        m_trouble = std::move(text);
}

std::string TransactionLoad::trouble() {
    const std::lock_guard lock(m_mutex);
    return m_trouble;
}

void TransactionLoad::note(Producer& producer, std::size_t number, Fate fate) {
    const std::lock_guard lock(m_mutex);
    producer.transactions[number].fate = fate;
    if (fate == Fate::Committed)
        ++m_committed;
    else if (fate == Fate::Aborted)
        ++m_aborted;
}

void TransactionLoad::produce(Producer& producer) {
    std::uint32_t random = 77U + static_cast<std::uint32_t>(producer.number);
    while (!m_stop) {
        auto* client = makeClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", m_bootstrap},
                                                      {"transactional.id", fmt::format("kill-{}", producer.number)},
                                                      {"transaction.timeout.ms", std::to_string(kTimeoutMs)},
                                                      {"message.timeout.ms", std::to_string(kTimeoutMs - 1000)},
                                                      {"linger.ms", "1"}});
        if (!client)
            return noteTrouble("no client");
        std::string why;
        if (patiently(m_stop, [&] { return rd_kafka_init_transactions(client, kCallMs); }, why) != Outcome::Done) {
            destroyAside(client);
            return noteTrouble(fmt::format("producer {} cannot begin: {}", producer.number, why));
        }
        while (!m_stop && oneTransaction(client, producer, random)) {
        }
        destroyAside(client); // now and then with a transaction open: the next one with its id ends that
    }
}

bool TransactionLoad::oneTransaction(rd_kafka_t* client, Producer& producer, std::uint32_t& random) {
    const auto below = [&](std::uint32_t limit) { return (random = random * 1'664'525U + 1'013'904'223U) / 65'536U % limit; };
    std::size_t number = 0;
    const int messages = 1 + static_cast<int>(below(20));
    {
        const std::lock_guard lock(m_mutex);
        number = producer.transactions.size();
        producer.transactions.push_back({Fate::Unknown, messages});
    }
    std::string why;
    if (patiently(m_stop, [&] { return rd_kafka_begin_transaction(client); }, why) != Outcome::Done) {
        note(producer, number, Fate::Aborted); // nothing was sent
        return false;
    }
    const auto abort = [&] {
        const auto outcome = patiently(m_stop, [&] { return rd_kafka_abort_transaction(client, kCallMs); }, why);
        // Not told how it ended: it ends as abort, by whoever comes next, for it was never asked to commit.
        note(producer, number, Fate::Aborted);
        return outcome == Outcome::Done;
    };
    for (std::int32_t index = 0; index < messages; ++index) {
        const Payload payload{producer.number, index, static_cast<std::int64_t>(number)};
        const auto code = rd_kafka_producev(client, RD_KAFKA_V_TOPIC(kTopic), RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(below(static_cast<std::uint32_t>(m_partitions)))),
                                            RD_KAFKA_V_VALUE(const_cast<Payload*>(&payload), sizeof payload), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        rd_kafka_poll(client, 0);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return abort();
    }
    if (below(50) == 0) {
        note(producer, number, Fate::Aborted);
        return false; // it dies: the open transaction is ended by its successor
    }
    const auto offsets = newList(1);
    rd_kafka_topic_partition_list_add(offsets.get(), kTopic, 0)->offset = static_cast<std::int64_t>(number) + 1;
    auto* group = rd_kafka_consumer_group_metadata_new(groupOf(producer.number).c_str());
    const auto sent = patiently(m_stop, [&] { return rd_kafka_send_offsets_to_transaction(client, offsets.get(), group, kCallMs); }, why);
    rd_kafka_consumer_group_metadata_destroy(group);
    if (sent == Outcome::Over) {
        note(producer, number, Fate::Aborted);
        return false;
    }
    if (sent == Outcome::Abort || below(4) == 0)
        return abort();
    switch (patiently(m_stop, [&] { return rd_kafka_commit_transaction(client, kCallMs); }, why)) {
    case Outcome::Done: note(producer, number, Fate::Committed); return true;
    case Outcome::Abort: return abort();
    case Outcome::Over: return false; // its fate stays unknown
    }
    return false;
}

int TransactionLoad::controller() {
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(m_admin, 0, nullptr, &metadata, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
    return rd_kafka_controllerid(m_admin, 0);
}

std::string TransactionLoad::checkOffsets(const Producer& producer, std::int64_t lastSeen) {
    auto* reader = makeClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", m_bootstrap}, {"group.id", groupOf(producer.number)}, {"isolation.level", "read_committed"}});
    std::string trouble = "cannot be read";
    for (const auto end = Clock::now() + 20s; Clock::now() < end; std::this_thread::sleep_for(50ms)) {
        const auto offsets = newList(1);
        rd_kafka_topic_partition_list_add(offsets.get(), kTopic, 0);
        if (rd_kafka_committed(reader, offsets.get(), 5000) != RD_KAFKA_RESP_ERR_NO_ERROR || offsets->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        const std::int64_t found = std::max<std::int64_t>(offsets->elems[0].offset, 0);
        trouble = found == lastSeen + 1 ? "" : fmt::format("is {}; the last transaction that is there is {}", found, lastSeen);
        break;
    }
    destroyAside(reader);
    return trouble.empty() ? trouble : fmt::format("the offset that producer {} committed in its transactions {}", producer.number, trouble);
}

std::string TransactionLoad::verify() {
    auto* reader = makeClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", m_bootstrap}, {"group.id", "kill-transactions-verify"}, {"enable.auto.commit", "false"},
                                                  {"enable.partition.eof", "true"}, {"check.crcs", "true"}, {"isolation.level", "read_committed"}});
    std::vector<std::int64_t> ends;
    for (int partition = 0; partition < m_partitions; ++partition) {
        ends.push_back(endOf(m_admin, partition, false));
    }
    const auto assignment = newList(m_partitions);
    for (int i = 0; i < m_partitions; ++i)
        rd_kafka_topic_partition_list_add(assignment.get(), kTopic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(reader, assignment.get());
    std::map<std::pair<int, std::int64_t>, std::map<std::int32_t, int>> seen; ///< producer and transaction -> index -> how often
    std::map<std::pair<int, int>, std::pair<std::int64_t, std::int32_t>> last; ///< producer and partition -> what came last
    std::set<int> ended;
    std::string trouble;
    for (const auto end = Clock::now() + 90s; trouble.empty() && ended.size() < static_cast<std::size_t>(m_partitions);) {
        auto* message = rd_kafka_consumer_poll(reader, 500);
        if (Clock::now() > end)
            trouble = fmt::format("readers of committed messages get to the end of {} of {} partitions only", ended.size(), m_partitions);
        if (!message)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            if (message->offset >= ends[static_cast<std::size_t>(message->partition)])
                ended.insert(message->partition);
        } else if (message->err) {
            trouble = fmt::format("reading partition {}: {}", message->partition, rd_kafka_message_errstr(message));
        } else {
            Payload payload;
            std::memcpy(&payload, message->payload, sizeof payload);
            ++seen[{payload.producer, payload.transaction}][payload.index];
            auto& before = last[{payload.producer, message->partition}];
            const std::pair now(payload.transaction + 1, payload.index);
            if (now <= before)
                trouble = fmt::format("partition {} at {}: message {} of transaction {} of producer {} comes twice or too late", message->partition, message->offset,
                                      payload.index, payload.transaction, payload.producer);
            before = now;
        }
        rd_kafka_message_destroy(message);
    }
    destroyAside(reader);
    if (!trouble.empty())
        return trouble;
    for (const auto& producer : m_producers) {
        std::int64_t lastSeen = -1;
        for (std::size_t number = 0; number < producer->transactions.size(); ++number) {
            const auto& transaction = producer->transactions[number];
            const auto found = seen.find({producer->number, static_cast<std::int64_t>(number)});
            const int count = found == seen.end() ? 0 : static_cast<int>(found->second.size());
            const auto what = [&] { return fmt::format("transaction {} of producer {}: {} of {} messages are there", number, producer->number, count, transaction.messages); };
            if (count > 0)
                lastSeen = static_cast<std::int64_t>(number);
            if (transaction.fate == Fate::Committed && count != transaction.messages)
                return "committed " + what();
            if (transaction.fate == Fate::Aborted && count != 0)
                return "aborted " + what();
            if (count != 0 && count != transaction.messages)
                return "torn " + what();
        }
        if (auto offsets = checkOffsets(*producer, lastSeen); !offsets.empty())
            return offsets;
    }
    return {};
}

std::string TransactionLoad::checkTimeout() {
    constexpr int kShortMs = 2000;
    auto* client = makeClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", m_bootstrap}, {"transactional.id", "kill-forgotten"},
                                                  {"transaction.timeout.ms", std::to_string(kShortMs)}, {"linger.ms", "0"}});
    std::string why;
    if (patiently(m_stop, [&] { return rd_kafka_init_transactions(client, kCallMs); }, why) != Outcome::Done)
        return "the forgotten producer cannot begin: " + why;
    if (auto* error = rd_kafka_begin_transaction(client)) {
        rd_kafka_error_destroy(error);
        return "the forgotten transaction does not begin";
    }
    const Payload payload{-1, 0, 0};
    rd_kafka_producev(client, RD_KAFKA_V_TOPIC(kTopic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE(const_cast<Payload*>(&payload), sizeof payload),
                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    rd_kafka_flush(client, 5000);
    const auto begin = Clock::now(); // its time began a little earlier
    const std::int64_t high = endOf(m_admin, 0, false);
    const std::int64_t open = endOf(m_admin, 0, true);
    while (endOf(m_admin, 0, true) < high && Clock::now() < begin + 30s)
        std::this_thread::sleep_for(20ms);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
    destroyAside(client);
    if (open >= high)
        return fmt::format("the forgotten transaction was not open: stable up to {} of {}", open, high);
    if (took > kShortMs + 1000)
        return fmt::format("a transaction with a timeout of {} ms holds readers back for {} ms", kShortMs, took);
    fmt::print("a forgotten transaction with a timeout of {} ms held readers back for {} ms\n", kShortMs, took);
    return {};
}

} // namespace tests
