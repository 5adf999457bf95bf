#pragma once
// The load of kill_rounds, through librdkafka: one idempotent producer with acks=all that numbers its messages per partition and
// remembers what was acknowledged where, and one group whose commits are remembered too.

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

class KillLoad {
public:
    KillLoad(std::string bootstrap, int partitions, int messagesPerSecond);
    ~KillLoad();
    KillLoad(const KillLoad&) = delete;
    KillLoad& operator=(const KillLoad&) = delete;

    /// Creates the topic (retrying until the cluster takes it) and starts producing and committing.
    bool start();
    /// Stops producing and waits for what is under way. -> messages whose fate stayed unknown
    int finish(std::chrono::seconds patience);

    [[nodiscard]] std::uint64_t acknowledged() const { return m_acknowledged; }
    [[nodiscard]] std::uint64_t committed() const { return m_commits; }
    /// The node that Metadata names as controller; -1 = unknown.
    [[nodiscard]] int controller();
    /// Longest time without an acknowledgement, of each partition, since the last call.
    std::vector<std::chrono::milliseconds> takeSilences();
    /// What the group has committed is not behind what was acknowledged to it. Empty = fine.
    std::string checkCommits();
    /// Reads everything. Empty = nothing lost, doubled or reordered.
    std::string verify();
    [[nodiscard]] std::string trouble();

private:
    struct PartitionFacts {
        std::int64_t produced = 0;                               ///< next number
        std::vector<std::pair<std::int64_t, std::int64_t>> acked; ///< number, offset
        Silence silence;
    };
    static void onDelivery(rd_kafka_s* client, const rd_kafka_message_s* message, void* self);
    void produce();
    void commit();

    std::string m_bootstrap;
    int m_rate;
    rd_kafka_s* m_producer = nullptr;
    std::thread m_produceThread;
    std::thread m_commitThread;
    std::atomic<bool> m_stop = false;
    std::atomic<std::uint64_t> m_acknowledged = 0;
    std::atomic<std::uint64_t> m_commits = 0;
    std::mutex m_mutex; ///< guards all below
    std::vector<PartitionFacts> m_partitions;
    std::map<int, std::int64_t> m_committed; ///< acknowledged commits, by partition
    std::string m_trouble;
};

} // namespace tests
