#pragma once
// Rounds of kills under a load, one way to run them: start, choose who dies, kill or pause, come back, and go on only when the load has got
// further. When the next thing happens is said by the load and by a seeded number of acknowledgements, never by a clock. Used from one thread.

#include "embedded-broker/base/random.h"
#include "tests/embedded-broker/node/kill_cluster.h"
#include "tests/embedded-broker/node/kill_progress.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

/// What every program of rounds can be told.
struct KillOptions {
    KillClusterOptions cluster;
    int rounds = 50;
    int all = 5;          ///< in so many of them everybody dies at once
    int pausePercent = 0; ///< in so many of a hundred somebody hangs instead
    int partitions = 6;
    std::uint64_t seed = 1;
};

/// A program's own options, by name: with a value, and without.
struct KillArguments {
    std::map<std::string_view, std::function<void(const char* value)>> values;
    std::map<std::string_view, std::function<void()>> flags;
};

/// --broker PATH, --directory DIR, --port FIRST, --nodes N, --rounds N, --all N, --pause PERCENT, --partitions N, --seed S, --set NAME=VALUE, and
/// `own`. False: prints how it is used.
bool parseKillOptions(int argc, char** argv, KillOptions& options, const KillArguments& own);

/// What is put on the cluster while brokers die.
class KillLoad {
public:
    virtual ~KillLoad() = default;
    /// Creates its topic and starts.
    virtual bool start() = 0;
    /// The node that Metadata names as controller; -1 = unknown.
    virtual int controller() = 0;
    /// Acknowledgements, in the load's own unit. Outlives the load with whoever holds it.
    [[nodiscard]] const std::shared_ptr<KillProgress>& progress() const { return m_progress; }

protected:
    const std::shared_ptr<KillProgress> m_progress = std::make_shared<KillProgress>();
};

struct KillRound {
    int number = 0;
    std::vector<int> victims;
    std::string why;          ///< "any, paused"
    std::uint64_t before = 0; ///< acknowledgements when it began
};

class KillRounds {
public:
    /// `step`: acknowledgements that a round waits for at its end.
    KillRounds(const KillOptions& options, KillCluster& cluster, KillLoad& load, std::uint64_t step);
    virtual ~KillRounds() = default;
    /// Empty = all held.
    std::string run();

protected:
    /// The load has got over the kill: checks and says what it says of a round. Empty = fine.
    virtual std::string settled(const KillRound& round) = 0;
    /// All rounds are over: what is there is read and compared. Empty = fine.
    virtual std::string finish() = 0;

    const KillOptions& m_options;
    KillCluster& m_cluster;
    KillLoad& m_load;

private:
    std::string oneRound(int number);
    void choose(KillRound& round);
    void pause(int victim);
    std::string killAndRestart(KillRound& round);
    /// Until the load has `count`; what went wrong.
    std::string await(std::uint64_t count, std::chrono::seconds patience);
    /// A moment of the load: up to `most` acknowledgements later, or `longest` when it stands still.
    void moment(std::uint64_t most, std::chrono::milliseconds longest);
    int anyone();

    std::unique_ptr<broker::Random> m_random;
    std::uint64_t m_step;
    int m_last = 0;
};

} // namespace tests
