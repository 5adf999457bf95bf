#pragma once
// The load of kill_transactions, through librdkafka: producers that write numbered transactions over all partitions of a topic, with an offset of a
// group in each, and commit or abort them; what became of each is remembered.

#include "tests/embedded-broker/node/kill_runner.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct rd_kafka_s;

namespace tests {

class TransactionLoad final : public KillLoad {
public:
    TransactionLoad(std::string bootstrap, int partitions, int replicas, int producers);
    ~TransactionLoad() override;
    TransactionLoad(const TransactionLoad&) = delete;
    TransactionLoad& operator=(const TransactionLoad&) = delete;

    bool start() override; ///< progress: transactions committed
    void finish();
    [[nodiscard]] std::uint64_t aborted() const { return m_aborted; }
    int controller() override;
    /// After finish(): reads what is committed and compares it with what became of each transaction. Empty = each committed one is whole and there
    /// once, nothing of an aborted one is, one whose fate nobody was told is whole or not there at all, the groups' offsets fit.
    std::string verify();
    /// Leaves a transaction open and waits until readers of committed messages get past it. Empty = within its timeout and a second more.
    std::string checkTimeout();

private:
    enum class Fate : std::uint8_t { Unknown, Committed, Aborted };
    struct Transaction {
        Fate fate = Fate::Unknown;
        int messages = 0;
    };
    struct Producer {
        int number = 0;
        std::thread thread;
        std::vector<Transaction> transactions; ///< by number
    };
    void produce(Producer& producer);
    /// False: the client is of no use any more.
    bool oneTransaction(rd_kafka_s* client, Producer& producer, std::uint32_t& random);
    void note(Producer& producer, std::size_t number, Fate fate);
    std::string checkOffsets(const Producer& producer, std::int64_t lastSeen);
    void awaitStable(std::int64_t from, std::int64_t to, std::chrono::steady_clock::time_point deadline);

    std::string m_bootstrap;
    int m_partitions;
    int m_replicas;
    rd_kafka_s* m_admin = nullptr;
    std::atomic<bool> m_stop = false;
    std::atomic<std::uint64_t> m_aborted = 0;
    std::mutex m_mutex; ///< guards all below
    std::vector<std::unique_ptr<Producer>> m_producers;
};

} // namespace tests
