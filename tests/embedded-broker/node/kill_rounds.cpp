// Kills brokers under load, round after round, and checks that nothing acknowledged is lost, doubled or reordered and that committed
// group offsets never go back.
//
//   kill_rounds --broker PATH [--rounds 200] [--seed 1] [--directory DIR] [--port 23000] [--partitions 6] [--rate 5000]
//               [--all N] [--pause PERCENT] [--set NAME=VALUE]... [--expect-loss]
//
// A third of the victims is the active controller, a third a broker that was just restarted (some within 50 ms), and in `--all` of the
// rounds all three die at once. With samsa-broker-power-cut as PATH each kill is a power cut. Exit code 0 = all rounds held.

#include "embedded-broker/base/random.h"
#include "tests/embedded-broker/node/kill_cluster.h"
#include "tests/embedded-broker/node/kill_load.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>
#include <thread>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint64_t kAcknowledgementsARound = 1000;

struct Options {
    tests::KillClusterOptions cluster{.broker = {}, .directory = "/tmp/kill-rounds", .firstPort = 23000, .settings = {}};
    int rounds = 200;
    int all = 10;
    int pausePercent = 0;
    int partitions = 6;
    int rate = 5000;
    std::uint64_t seed = 1;
    bool expectLoss = false;
};

bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--expect-loss") {
            options.expectLoss = true;
            continue;
        }
        if (i + 1 >= argc)
            return false;
        const char* value = argv[++i];
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
        else if (name == "--rate")
            options.rate = std::atoi(value);
        else if (name == "--seed")
            options.seed = std::strtoull(value, nullptr, 10);
        else if (name == "--set")
            options.cluster.settings.emplace_back(value);
        else
            return false;
    }
    return !options.cluster.broker.empty();
}

class Rounds {
public:
    explicit Rounds(const Options& options)
        : m_options(options), m_random(broker::makeSeededRandom(options.seed)), m_cluster(options.cluster),
          m_load(m_cluster.bootstrap(), options.partitions, options.rate) {}

    /// Empty = all held.
    std::string run() {
        for (int id = 1; id <= 3; ++id)
            m_cluster.start(id);
        for (int id = 1; id <= 3; ++id)
            if (!m_cluster.waitReady(id, 20s))
                return fmt::format("node {} does not get ready: {}", id, m_cluster.describe(id));
        if (!m_load.start())
            return "the topic cannot be created";
        if (auto trouble = await(kAcknowledgementsARound, 60s); !trouble.empty())
            return "before the first round: " + trouble;
        m_load.takeSilences();
        for (int round = 1; round <= m_options.rounds; ++round) {
            if (auto trouble = oneRound(round); !trouble.empty())
                return fmt::format("round {}: {}", round, trouble);
            if (round % 10 == 0)
                if (auto trouble = verify(); !trouble.empty())
                    return fmt::format("after round {}: {}", round, trouble);
        }
        if (const int unknown = m_load.finish(60s); unknown > 0)
            return fmt::format("{} messages were neither acknowledged nor refused", unknown);
        if (auto trouble = verify(); !trouble.empty())
            return trouble;
        std::ranges::sort(m_silences);
        if (!m_silences.empty())
            fmt::print("silence of a partition: p50 {} ms, p95 {} ms, max {} ms over {} rounds\n", m_silences[m_silences.size() / 2].count(),
                       m_silences[m_silences.size() * 95 / 100].count(), m_silences.back().count(), m_options.rounds);
        fmt::print("{} acknowledgements, {} group commits\n", m_load.acknowledged(), m_load.committed());
        return {};
    }

private:
    /// Says so: late in a run, on a busy machine, that alone takes half a minute.
    std::string verify() {
        fmt::print("reading back what {} acknowledgements promised\n", m_load.acknowledged());
        std::fflush(stdout);
        return m_load.verify();
    }

    std::string oneRound(int round) {
        const auto before = m_load.acknowledged();
        std::vector<int> victims;
        std::string why;
        if (m_options.all > 0 && round % std::max(m_options.rounds / m_options.all, 1) == 0) {
            victims = {1, 2, 3};
            why = "all";
        } else if (round % 3 == 0) {
            const int controller = m_load.controller();
            victims = {controller > 0 ? controller : anyone()};
            why = "the controller";
        } else if (round % 3 == 1 && m_last > 0) {
            victims = {m_last};
            why = "the one just restarted";
        } else {
            victims = {anyone()};
            why = "any";
        }
        const auto at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        if (victims.size() == 1 && static_cast<int>(m_random->below(100)) < m_options.pausePercent) {
            // It hangs, is given up, and comes back as a leader of the past.
            m_cluster.pause(victims.front());
            std::this_thread::sleep_for(std::chrono::milliseconds(m_random->between(50, 4000)));
            m_cluster.resume(victims.front());
            if (m_random->below(2) == 0)
                return finishRound(round, at, why + ", paused", victims, {}, before);
            why += ", paused";
            std::this_thread::sleep_for(std::chrono::milliseconds(m_random->below(100)));
        }
        for (const int id : victims)
            m_cluster.kill(id);
        const auto down = std::chrono::milliseconds(m_random->below(3) == 0 ? 0 : m_random->below(400));
        std::this_thread::sleep_for(down);
        for (const int id : victims)
            m_cluster.start(id);
        if (m_random->below(4) == 0) {
            // Again, before it has found its feet.
            std::this_thread::sleep_for(std::chrono::milliseconds(m_random->below(50)));
            for (const int id : victims) {
                m_cluster.kill(id);
                m_cluster.start(id);
            }
            why += ", twice";
        }
        m_last = victims.back();
        for (const int id : victims)
            if (!m_cluster.waitReady(id, 30s))
                return fmt::format("node {} does not get ready again: {}", id, m_cluster.describe(id));
        return finishRound(round, at, why, victims, down, before);
    }

    template <class Time>
    std::string finishRound(int round, Time at, const std::string& why, const std::vector<int>& victims, std::chrono::milliseconds down,
                            std::uint64_t before) {
        if (auto trouble = await(before + kAcknowledgementsARound, 60s); !trouble.empty())
            return trouble;
        if (auto trouble = m_load.checkCommits(); !trouble.empty())
            return trouble;
        // Now and then the next kill comes while replicas still catch up.
        std::this_thread::sleep_for(std::chrono::milliseconds(m_random->below(300)));
        const auto silences = m_load.takeSilences();
        m_silences.insert(m_silences.end(), silences.begin(), silences.end());
        std::vector<std::int64_t> shown;
        for (const auto& silence : silences)
            shown.push_back(silence.count());
        fmt::print("{:%T} round {:3}: {:24} {} down {:3} ms, {} acknowledged, silence {} ms\n", at, round, why, fmt::join(victims, ","), down.count(),
                   m_load.acknowledged() - before, fmt::join(shown, " "));
        std::fflush(stdout);
        return {};
    }

    std::string await(std::uint64_t acknowledged, std::chrono::seconds patience) {
        for (const auto end = Clock::now() + patience; m_load.acknowledged() < acknowledged; std::this_thread::sleep_for(2ms)) {
            if (auto trouble = m_load.trouble(); !trouble.empty())
                return trouble;
            for (int id = 1; id <= 3; ++id)
                if (m_cluster.endedByItself(id))
                    return fmt::format("node {} ended by itself: {}", id, m_cluster.logOf(id));
            if (Clock::now() > end)
                return fmt::format("only {} of {} acknowledgements within {} s", m_load.acknowledged(), acknowledged, patience.count());
        }
        return {};
    }

    int anyone() { return static_cast<int>(m_random->between(1, 3)); }

    const Options& m_options;
    std::unique_ptr<broker::Random> m_random;
    tests::KillCluster m_cluster;
    tests::KillLoad m_load;
    int m_last = 0;
    std::vector<std::chrono::milliseconds> m_silences;
};

int judge(const Options& options, const std::string& trouble) {
    if (!trouble.empty())
        fmt::print("FAILED (seed {}): {}\n", options.seed, trouble);
    if (options.expectLoss) {
        fmt::print("{}\n", trouble.empty() ? "Nothing was lost, though something should have been." : "Lost, as expected.");
        return trouble.empty() ? 1 : 0;
    }
    return trouble.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) {
        fmt::print(stderr, "usage: kill_rounds --broker PATH [--rounds N] [--all N] [--pause PERCENT] [--seed S] [--directory DIR] [--port FIRST] [--partitions N] "
                           "[--rate MESSAGES_A_SECOND] [--set NAME=VALUE]... [--expect-loss]\n");
        return 2;
    }
    int code = 0;
    {
        Rounds rounds(options);
        code = judge(options, rounds.run());
    }
    std::fflush(nullptr);
    std::_Exit(code); // clients may still be on their way out
}
