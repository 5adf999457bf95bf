#pragma once
// The load of kill_rounds, through librdkafka: one idempotent producer with acks=all that numbers its messages per partition and
// remembers what was acknowledged where, and one group whose commits are remembered too.

#include "tests/embedded-broker/node/kill_runner.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_message_s;

namespace tests {

inline constexpr const char* kKillTopic = "kill-rounds";

struct Silence {
    std::chrono::steady_clock::time_point last;
    std::chrono::milliseconds longest{0};
};

class MessageLoad final : public KillLoad {
public:
    MessageLoad(std::string bootstrap, int partitions, int replicas, int messagesPerSecond);
    ~MessageLoad() override;
    MessageLoad(const MessageLoad&) = delete;
    MessageLoad& operator=(const MessageLoad&) = delete;

    bool start() override;
    /// Stops producing and waits for what is under way. -> messages whose fate stayed unknown
    int finish(std::chrono::seconds patience);

    [[nodiscard]] std::uint64_t committed() const { return m_commits; }
    int controller() override;
    /// Longest time without an acknowledgement, of each partition, since the last call.
    std::vector<std::chrono::milliseconds> takeSilences();
    /// What the group has committed is not behind what was acknowledged to it. Empty = fine.
    std::string checkCommits();
    /// Reads everything. Empty = nothing lost, doubled or reordered.
    std::string verify();

private:
    struct PartitionFacts {
        std::int64_t produced = 0;                               ///< next number
        std::vector<std::pair<std::int64_t, std::int64_t>> acked; ///< number, offset
        Silence silence;
    };
    static void onDelivery(rd_kafka_s* client, const rd_kafka_message_s* message, void* self);
    void produce();
    void sendNext();
    void commit();

    std::string m_bootstrap;
    int m_replicas;
    int m_rate;
    rd_kafka_s* m_producer = nullptr;
    std::size_t m_next = 0; ///< partition of the last message; the thread's own
    std::thread m_produceThread;
    std::thread m_commitThread;
    std::atomic<bool> m_stop = false;
    std::atomic<std::uint64_t> m_commits = 0;
    std::mutex m_mutex; ///< guards all below
    std::vector<PartitionFacts> m_partitions;
    std::map<int, std::int64_t> m_committed; ///< acknowledged commits, by partition
};

} // namespace tests
