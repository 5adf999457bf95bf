#include "tests/embedded-broker/node/transaction_load.h"

#include "tests/embedded-broker/node/kill_client.h"

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

/// What one call of the transactional API came to.
enum class Outcome : std::uint8_t { Done, Abort, Over };

/// Calls until it is done, or cannot be. `why` for troubles.
template <class Call>
Outcome patiently(rd_kafka_t* client, const std::atomic<bool>& stop, Call call, std::string& why) {
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
            rd_kafka_poll(client, 20); // what the client has to tell, before it is asked again
    }
}

std::int64_t askEnd(rd_kafka_t* client, int partition, bool committed) {
    const auto list = newList(1);
    rd_kafka_topic_partition_list_add(list.get(), kTopic, partition)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
    auto* options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_LISTOFFSETS);
    rd_kafka_error_destroy(rd_kafka_AdminOptions_set_isolation_level(options, committed ? RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED : RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED));
    auto* event = eventOf(client, 5000, [&](rd_kafka_queue_t* queue) { rd_kafka_ListOffsets(client, list.get(), options, queue); });
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

TransactionLoad::TransactionLoad(std::string bootstrap, int partitions, int replicas, int producers)
    : m_bootstrap(std::move(bootstrap)), m_partitions(partitions), m_replicas(replicas) {
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
    m_admin = makeKillClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", m_bootstrap}});
    if (!m_admin || !createTopic(m_admin, kTopic, m_partitions, m_replicas))
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

void TransactionLoad::note(Producer& producer, std::size_t number, Fate fate) {
    const std::lock_guard lock(m_mutex);
    producer.transactions[number].fate = fate;
    if (fate == Fate::Committed)
        m_progress->note();
    else if (fate == Fate::Aborted)
        ++m_aborted;
}

void TransactionLoad::produce(Producer& producer) {
    std::uint32_t random = 77U + static_cast<std::uint32_t>(producer.number);
    while (!m_stop) {
        auto* client = makeKillClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", m_bootstrap},
                                                      {"transactional.id", fmt::format("kill-{}", producer.number)},
                                                      {"transaction.timeout.ms", std::to_string(kTimeoutMs)},
                                                      {"message.timeout.ms", std::to_string(kTimeoutMs - 1000)},
                                                      {"linger.ms", "1"}});
        if (!client)
            return m_progress->fail("no client");
        std::string why;
        if (patiently(client, m_stop, [&] { return rd_kafka_init_transactions(client, kCallMs); }, why) != Outcome::Done) {
            destroyAside(client);
            return m_progress->fail(fmt::format("producer {} cannot begin: {}", producer.number, why));
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
    if (patiently(client, m_stop, [&] { return rd_kafka_begin_transaction(client); }, why) != Outcome::Done) {
        note(producer, number, Fate::Aborted); // nothing was sent
        return false;
    }
    const auto abort = [&] {
        const auto outcome = patiently(client, m_stop, [&] { return rd_kafka_abort_transaction(client, kCallMs); }, why);
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
    const auto sent = patiently(client, m_stop, [&] { return rd_kafka_send_offsets_to_transaction(client, offsets.get(), group, kCallMs); }, why);
    rd_kafka_consumer_group_metadata_destroy(group);
    if (sent == Outcome::Over) {
        note(producer, number, Fate::Aborted);
        return false;
    }
    if (sent == Outcome::Abort || below(4) == 0)
        return abort();
    switch (patiently(client, m_stop, [&] { return rd_kafka_commit_transaction(client, kCallMs); }, why)) {
    case Outcome::Done: note(producer, number, Fate::Committed); return true;
    case Outcome::Abort: return abort();
    case Outcome::Over: return false; // its fate stays unknown
    }
    return false;
}

int TransactionLoad::controller() { return controllerOf(m_admin); }

std::string TransactionLoad::checkOffsets(const Producer& producer, std::int64_t lastSeen) {
    auto* reader = makeKillClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", m_bootstrap}, {"group.id", groupOf(producer.number)}, {"isolation.level", "read_committed"}});
    std::string trouble = "cannot be read";
    for (const auto end = Clock::now() + 20s; Clock::now() < end; rd_kafka_poll(reader, 50)) {
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
    auto* reader = makeKillClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", m_bootstrap}, {"group.id", "kill-transactions-verify"}, {"enable.auto.commit", "false"},
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

/// Until readers of committed messages that wait at `from` hear of an end at `to` or later.
void TransactionLoad::awaitStable(std::int64_t from, std::int64_t to, Clock::time_point deadline) {
    const KillClient reader(makeKillClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", m_bootstrap}, {"group.id", "kill-transactions-stable"}, {"enable.auto.commit", "false"},
                                                               {"enable.partition.eof", "true"}, {"isolation.level", "read_committed"}, {"fetch.wait.max.ms", "100"}}));
    const auto assignment = newList(1);
    rd_kafka_topic_partition_list_add(assignment.get(), kTopic, 0)->offset = from;
    rd_kafka_assign(reader.handle, assignment.get());
    for (bool there = false; !there && Clock::now() < deadline;) {
        auto* message = rd_kafka_consumer_poll(reader.handle, 1000);
        if (!message)
            continue;
        there = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && message->offset >= to;
        rd_kafka_message_destroy(message);
    }
}

std::string TransactionLoad::checkTimeout() {
    constexpr int kShortMs = 2000;
    auto* client = makeKillClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", m_bootstrap}, {"transactional.id", "kill-forgotten"},
                                                  {"transaction.timeout.ms", std::to_string(kShortMs)}, {"linger.ms", "0"}});
    std::string why;
    if (patiently(client, m_stop, [&] { return rd_kafka_init_transactions(client, kCallMs); }, why) != Outcome::Done)
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
    awaitStable(open, high, begin + 30s);
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
