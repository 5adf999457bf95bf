// Kills brokers while transactions run, round after round: each committed transaction must be whole and there once, of an aborted one nothing may
// be seen, and a transaction that nobody ends must not hold readers back for longer than its timeout and a second.
//
//   kill_transactions --broker PATH [--rounds 50] [--seed 1] [--directory DIR] [--port 23000] [--partitions 4] [--producers 3] [--all N]
//                     [--pause PERCENT] [--set NAME=VALUE]...
//
// Any broker is a coordinator of some producer, the leader of some partition and of some offsets; a third of the victims is the controller.

#include "embedded-broker/base/random.h"
#include "tests/embedded-broker/node/kill_cluster.h"
#include "tests/embedded-broker/node/transaction_load.h"

#include <cstdlib>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint64_t kCommitsARound = 20;

struct Options {
    tests::KillClusterOptions cluster{.broker = {}, .directory = "/tmp/kill-transactions", .firstPort = 23000, .settings = {}};
    int rounds = 50;
    int all = 5;
    int pausePercent = 0;
    int partitions = 4;
    int producers = 3;
    std::uint64_t seed = 1;
};

bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const char* value = argv[i + 1];
        if (name == "--broker")
            options.cluster.broker = value;
        else if (name == "--directory")
            options.cluster.directory = value;
        else if (name == "--port")
            options.cluster.firstPort = static_cast<std::uint16_t>(std::atoi(value));
        else if (name == "--rounds")
            options.rounds = std::atoi(value);
        else if (name == "--all")
            options.all = std::atoi(value);
        else if (name == "--pause")
            options.pausePercent = std::atoi(value);
        else if (name == "--partitions")
            options.partitions = std::atoi(value);
        else if (name == "--producers")
            options.producers = std::atoi(value);
        else if (name == "--seed")
            options.seed = std::strtoull(value, nullptr, 10);
        else if (name == "--set")
            options.cluster.settings.emplace_back(value);
        else
            return false;
    }
    return argc % 2 == 1 && !options.cluster.broker.empty();
}

class Rounds {
public:
    explicit Rounds(const Options& options)
        : m_options(options), m_random(broker::makeSeededRandom(options.seed)), m_cluster(options.cluster),
          m_load(m_cluster.bootstrap(), options.partitions, options.producers) {}

    /// Empty = all held.
    std::string run() {
        for (int id = 1; id <= 3; ++id)
            m_cluster.start(id);
        for (int id = 1; id <= 3; ++id)
            if (!m_cluster.waitReady(id, 20s))
                return fmt::format("node {} does not get ready: {}", id, m_cluster.describe(id));
        if (!m_load.start())
            return "the topic cannot be created";
        if (auto trouble = await(kCommitsARound, 60s); !trouble.empty())
            return "before the first round: " + trouble;
        for (int round = 1; round <= m_options.rounds; ++round)
            if (auto trouble = oneRound(round); !trouble.empty())
                return fmt::format("round {}: {}", round, trouble);
        m_load.finish();
        if (auto trouble = m_load.trouble(); !trouble.empty())
            return trouble;
        if (auto trouble = m_load.verify(); !trouble.empty())
            return trouble;
        if (auto trouble = m_load.checkTimeout(); !trouble.empty())
            return trouble;
        fmt::print("{} transactions committed, {} aborted\n", m_load.committed(), m_load.aborted());
        return {};
    }

private:
    std::string oneRound(int round) {
        const auto before = m_load.committed();
        std::vector<int> victims{static_cast<int>(m_random->between(1, 3))};
        std::string why = "any";
        if (m_options.all > 0 && round % std::max(m_options.rounds / m_options.all, 1) == 0) {
            victims = {1, 2, 3};
            why = "all";
        } else if (round % 3 == 0) {
            if (const int controller = m_load.controller(); controller > 0)
                victims = {controller};
            why = "the controller";
        }
        if (victims.size() == 1 && static_cast<int>(m_random->below(100)) < m_options.pausePercent) {
            // It hangs, is given up, and comes back as a coordinator of the past.
            m_cluster.pause(victims.front());
            std::this_thread::sleep_for(std::chrono::milliseconds(m_random->between(50, 4000)));
            m_cluster.resume(victims.front());
            why += ", paused";
        } else {
            for (const int id : victims)
                m_cluster.kill(id);
            std::this_thread::sleep_for(std::chrono::milliseconds(m_random->below(400)));
            for (const int id : victims)
                m_cluster.start(id);
            for (const int id : victims)
                if (!m_cluster.waitReady(id, 30s))
                    return fmt::format("node {} does not get ready again: {}", id, m_cluster.describe(id));
        }
        const auto begin = Clock::now();
        if (auto trouble = await(before + kCommitsARound, 90s); !trouble.empty())
            return trouble;
        fmt::print("round {:3}: {:24} {} {} transactions committed, {} aborted, the last {} took {} ms\n", round, why, fmt::join(victims, ","), m_load.committed(),
                   m_load.aborted(), kCommitsARound, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count());
        std::fflush(stdout);
        std::this_thread::sleep_for(std::chrono::milliseconds(m_random->below(300)));
        return {};
    }

    std::string await(std::uint64_t committed, std::chrono::seconds patience) {
        for (const auto end = Clock::now() + patience; m_load.committed() < committed; std::this_thread::sleep_for(2ms)) {
            if (auto trouble = m_load.trouble(); !trouble.empty())
                return trouble;
            for (int id = 1; id <= 3; ++id)
                if (m_cluster.endedByItself(id))
                    return fmt::format("node {} ended by itself: {}", id, m_cluster.logOf(id));
            if (Clock::now() > end)
                return fmt::format("only {} of {} transactions committed within {} s", m_load.committed(), committed, patience.count());
        }
        return {};
    }

    const Options& m_options;
    std::unique_ptr<broker::Random> m_random;
    tests::KillCluster m_cluster;
    tests::TransactionLoad m_load;
};

} // namespace

int main(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) {
        fmt::print(stderr, "usage: kill_transactions --broker PATH [--rounds N] [--all N] [--pause PERCENT] [--seed S] [--directory DIR] [--port FIRST] [--partitions N] "
                           "[--producers N] [--set NAME=VALUE]...\n");
        return 2;
    }
    int code = 0;
    {
        Rounds rounds(options);
        if (const auto trouble = rounds.run(); !trouble.empty()) {
            fmt::print("FAILED (seed {}): {}\n", options.seed, trouble);
            code = 1;
        }
    }
    std::fflush(nullptr);
    std::_Exit(code); // clients may still be on their way out
}
