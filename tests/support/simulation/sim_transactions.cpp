#include "tests/support/simulation/sim_transactions.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/end_txn_request.h"
#include "embedded-broker/protocol/messages/end_txn_response.h"
#include "embedded-broker/protocol/messages/fetch_response.h"
#include "embedded-broker/protocol/messages/find_coordinator_request.h"
#include "embedded-broker/protocol/messages/find_coordinator_response.h"
#include "embedded-broker/protocol/messages/init_producer_id_request.h"
#include "embedded-broker/protocol/messages/init_producer_id_response.h"
#include "embedded-broker/protocol/messages/produce_request.h"
#include "embedded-broker/protocol/messages/produce_response.h"
#include "embedded-broker/protocol/record_batch.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <utility>

namespace tests::simulation {

using namespace broker;
using protocol::KafkaError;

namespace {

constexpr const char* kTopic = "records";
constexpr Duration kPatience = seconds(4);
constexpr std::int32_t kTimeoutMs = 15'000;

std::string idOf(int producer) { return fmt::format("tx-{}", producer); }

/// Errors that are over some time later; of others the transaction cannot go on.
bool passes(KafkaError error) {
    switch (error) {
    case KafkaError::NotLeaderOrFollower:
    case KafkaError::LeaderNotAvailable:
    case KafkaError::UnknownTopicOrPartition:
    case KafkaError::NotEnoughReplicas:
    case KafkaError::NotEnoughReplicasAfterAppend:
    case KafkaError::RequestTimedOut:
    case KafkaError::NetworkException:
    case KafkaError::KafkaStorageError:
    case KafkaError::ConcurrentTransactions:
    case KafkaError::CoordinatorLoadInProgress:
    case KafkaError::CoordinatorNotAvailable:
    case KafkaError::NotCoordinator: return true;
    default: return false;
    }
}

} // namespace

SimTransactions::SimTransactions(SimCluster& cluster, int producers) : m_cluster(cluster) {
    for (int i = 0; i < producers; ++i) {
        m_producers.push_back(std::make_unique<Producer>());
        m_producers.back()->number = i;
    }
}

SimTransactions::~SimTransactions() { *m_alive = false; }

template <class Answer>
auto SimTransactions::mine(Producer& producer, Answer answer) {
    return [this, alive = m_alive, &producer, life = producer.life, answer = std::move(answer)](auto result) {
        if (*alive && producer.life == life)
            answer(producer, std::move(result));
    };
}

void SimTransactions::later(Producer& producer, Then then) {
    m_cluster.clientScheduler().after(milliseconds(20), [this, alive = m_alive, &producer, life = producer.life, then = std::move(then)] {
        if (*alive && producer.life == life && m_violation.empty())
            then(producer);
    });
}

void SimTransactions::start() {
    for (auto& producer : m_producers) {
        producer->idle = false;
        init(*producer);
    }
}

bool SimTransactions::idle() const {
    return std::ranges::all_of(m_producers, [](const auto& producer) { return producer->idle; });
}

void SimTransactions::crash(int number) {
    Producer& producer = *m_producers.at(static_cast<std::size_t>(number));
    if (producer.idle)
        return;
    ++producer.life;
    // Unless its commit was asked for, what it has open can only be aborted.
    if (!producer.transactions.empty() && !std::exchange(producer.transactions.back().over, true) && !(producer.ending && producer.commit)) {
        producer.transactions.back().fate = Fate::Aborted;
        ++m_aborted;
    }
    producer.ending = false;
    init(producer);
}

void SimTransactions::findCoordinator(Producer& producer, Then then) {
    const int node = 1 + static_cast<int>(m_cluster.world().random().below(3));
    protocol::FindCoordinatorRequest request;
    request.keyType = 1;
    request.coordinatorKeys.push_back(idOf(producer.number));
    m_cluster.channel(node).call<protocol::FindCoordinatorResponse>(request, 4, kPatience, mine(producer, [this, then](Producer& of, Result<protocol::FindCoordinatorResponse> answer) {
        if (!answer || answer->coordinators.empty() || answer->coordinators.front().errorCode != 0 || answer->coordinators.front().nodeId <= 0)
            return later(of, [this, then](Producer& again) { findCoordinator(again, then); });
        of.coordinator = answer->coordinators.front().nodeId;
        then(of);
    }));
}

void SimTransactions::init(Producer& producer) {
    findCoordinator(producer, [this](Producer& of) {
        protocol::InitProducerIdRequest request;
        request.transactionalId = idOf(of.number);
        request.transactionTimeoutMs = kTimeoutMs;
        m_cluster.channel(of.coordinator).call<protocol::InitProducerIdResponse>(request, 5, kPatience, mine(of, [this](Producer& by, Result<protocol::InitProducerIdResponse> answer) {
            if (!answer || answer->errorCode != 0) {
                if (answer && !passes(static_cast<KafkaError>(answer->errorCode)))
                    m_violation = fmt::format("a producer cannot begin: {}", protocol::name(static_cast<KafkaError>(answer->errorCode)));
                return later(by, [this](Producer& again) { init(again); });
            }
            by.id = answer->producerId;
            by.epoch = answer->producerEpoch;
            begin(by);
        }));
    });
}

void SimTransactions::begin(Producer& producer) {
    if (m_finishing) {
        producer.idle = true;
        return;
    }
    producer.transactions.push_back({});
    producer.toSend = 1 + static_cast<int>(m_cluster.world().random().below(4));
    producer.sequences.clear();
    producer.ending = false;
    producer.partition = static_cast<int>(m_cluster.world().random().below(static_cast<std::uint64_t>(m_cluster.partitions())));
    send(producer);
}

void SimTransactions::send(Producer& producer) {
    if (producer.toSend == 0) {
        producer.commit = m_cluster.world().random().below(4) != 0;
        return end(producer);
    }
    const int leader = m_cluster.leaderOf(producer.partition);
    const auto again = [this](Producer& of) {
        m_cluster.refresh();
        later(of, [this](Producer& by) { send(by); });
    };
    if (leader == 0)
        return again(producer);
    const int sequence = producer.sequences[producer.partition];
    const std::string value = fmt::format("{}/{}/{}", producer.number, producer.transactions.size() - 1, producer.transactions.back().messages);
    protocol::RecordBatchBuilder builder({.producerId = producer.id, .producerEpoch = producer.epoch, .baseSequence = sequence, .transactional = true});
    builder.append(m_cluster.clientScheduler().wallNow(), std::nullopt, asBytes(value));
    protocol::ProduceRequest request;
    request.transactionalId = idOf(producer.number);
    request.acks = -1;
    request.timeoutMs = 3000;
    auto& topic = request.topicData.emplace_back();
    topic.name = kTopic;
    auto& data = topic.partitionData.emplace_back();
    data.index = producer.partition;
    data.records = protocol::Records(builder.build());
    m_cluster.channel(leader).call<protocol::ProduceResponse>(request, 12, kPatience, mine(producer, [this, again](Producer& of, Result<protocol::ProduceResponse> answer) {
        if (!answer || answer->responses.empty() || answer->responses.front().partitionResponses.empty())
            return again(of); // the same batch again: the log knows it
        const auto error = static_cast<KafkaError>(answer->responses.front().partitionResponses.front().errorCode);
        if (error == KafkaError::None) {
            ++of.sequences[of.partition];
            ++of.transactions.back().messages;
            --of.toSend;
            of.partition = static_cast<int>(m_cluster.world().random().below(static_cast<std::uint64_t>(m_cluster.partitions())));
            return send(of);
        }
        if (passes(error) || error == KafkaError::OutOfOrderSequenceNumber)
            return again(of);
        of.commit = false; // it took too long, and was ended
        end(of);
    }));
}

void SimTransactions::end(Producer& producer) {
    producer.ending = true;
    protocol::EndTxnRequest request;
    request.transactionalId = idOf(producer.number);
    request.producerId = producer.id;
    request.producerEpoch = producer.epoch;
    request.committed = producer.commit;
    m_cluster.channel(producer.coordinator).call<protocol::EndTxnResponse>(request, 5, kPatience, mine(producer, [this](Producer& of, Result<protocol::EndTxnResponse> answer) {
        const auto error = answer ? static_cast<KafkaError>(answer->errorCode) : KafkaError::NetworkException;
        if (error == KafkaError::None) {
            of.id = answer->producerId;
            of.epoch = answer->producerEpoch;
            settle(of, of.commit ? Fate::Committed : Fate::Aborted);
            return begin(of);
        }
        if (passes(error))
            return later(of, [this](Producer& by) { findCoordinator(by, [this](Producer& found) { end(found); }); });
        const bool tooLate = of.commit && error == KafkaError::InvalidTxnState;
        if (!tooLate && error != KafkaError::ProducerFenced && error != KafkaError::InvalidProducerIdMapping)
            m_violation = fmt::format("the end of transaction {} of producer {} is refused: {}", of.transactions.size() - 1, of.number, protocol::name(error));
        settle(of, Fate::Aborted); // the timeout was first
        init(of);
    }));
}

void SimTransactions::settle(Producer& producer, Fate fate) {
    producer.transactions.back().fate = fate;
    producer.transactions.back().over = true;
    producer.ending = false;
    ++(fate == Fate::Committed ? m_committed : m_aborted);
}

// --- the reader ------------------------------------------------------------------------------------------------------------

void SimTransactions::read(int partition) {
    const auto again = [this, partition] {
        m_cluster.refresh();
        m_cluster.clientScheduler().after(milliseconds(50), [this, alive = m_alive, partition] {
            if (*alive)
                read(partition);
        });
    };
    const int leader = m_cluster.leaderOf(partition);
    if (leader == 0)
        return again();
    protocol::FetchRequest request;
    request.maxWaitMs = 100;
    request.minBytes = 1;
    request.maxBytes = 1 << 20;
    request.isolationLevel = 1;
    auto& topic = request.topics.emplace_back();
    topic.topic = kTopic;
    auto& asked = topic.partitions.emplace_back();
    asked.partition = partition;
    asked.fetchOffset = m_reading[partition].next;
    asked.partitionMaxBytes = 1 << 20;
    m_cluster.channel(leader).call<protocol::FetchResponse>(request, 12, kPatience, [this, alive = m_alive, partition, again](Result<protocol::FetchResponse> answer) {
        if (!*alive)
            return;
        if (!answer || answer->errorCode != 0 || answer->responses.empty() || answer->responses.front().partitions.empty() ||
            answer->responses.front().partitions.front().errorCode != 0)
            return again();
        Reading& reading = m_reading[partition];
        const auto& result = answer->responses.front().partitions.front();
        std::multimap<Offset, ProducerId> aborted;
        if (result.abortedTransactions)
            for (const auto& each : *result.abortedTransactions)
                aborted.emplace(each.firstOffset, each.producerId);
        const Slice bytes = result.records.slice();
        protocol::BatchWalker walker(bytes.bytes());
        while (auto batch = walker.next()) {
            while (!aborted.empty() && aborted.begin()->first <= batch->lastOffset()) {
                reading.leftOut.insert(aborted.begin()->second);
                aborted.erase(aborted.begin());
            }
            static_cast<void>(protocol::forEachRecord(*batch, [&](const protocol::RecordView& record) {
                if (batch->isControl()) {
                    if (protocol::controlRecordType(record.key) == protocol::ControlRecordType::Abort)
                        reading.leftOut.erase(batch->producerId());
                } else if (record.offset >= reading.next && batch->isTransactional() && record.value && !reading.leftOut.contains(batch->producerId())) {
                    reading.values.emplace_back(asText(*record.value));
                }
                return true;
            }));
            reading.next = std::max(reading.next, batch->nextOffset());
        }
        if (reading.next >= result.highWatermark && result.lastStableOffset >= result.highWatermark)
            reading.done = true;
        else
            again();
    });
}

std::string SimTransactions::verify(Duration limit) {
    m_reading.clear();
    for (int partition = 0; partition < m_cluster.partitions(); ++partition)
        read(partition);
    const bool done = m_cluster.runUntil(limit, [&] { return std::ranges::all_of(m_reading, [](const auto& item) { return item.second.done; }); });
    if (!m_violation.empty())
        return m_violation;
    if (!done)
        return "readers of committed messages do not get to the end: a transaction hangs";
    std::map<std::pair<int, std::size_t>, std::map<int, int>> seen; ///< producer, transaction -> message -> how often
    for (const auto& [partition, reading] : m_reading)
        for (const auto& value : reading.values) {
            int producer = 0;
            std::size_t transaction = 0;
            int message = 0;
            if (std::sscanf(value.c_str(), "%d/%zu/%d", &producer, &transaction, &message) == 3)
                if (++seen[{producer, transaction}][message] > 1)
                    return fmt::format("message {} is there twice", value);
        }
    for (const auto& producer : m_producers)
        for (std::size_t number = 0; number < producer->transactions.size(); ++number) {
            const auto& transaction = producer->transactions[number];
            const auto found = seen.find({producer->number, number});
            const int count = found == seen.end() ? 0 : static_cast<int>(found->second.size());
            const auto what = [&] { return fmt::format("transaction {} of producer {}: {} of {} messages are there", number, producer->number, count, transaction.messages); };
            if (transaction.fate == Fate::Committed && count != transaction.messages)
                return "committed " + what();
            if (transaction.fate == Fate::Aborted && count != 0)
                return "aborted " + what();
            if (count != 0 && count != transaction.messages)
                return "torn " + what();
        }
    return {};
}

} // namespace tests::simulation
