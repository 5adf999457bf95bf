// Kills brokers under load, round after round, and checks that nothing acknowledged is lost, doubled or reordered and that committed
// group offsets never go back.
//
//   kill_rounds --broker PATH [--rounds 200] [--seed 1] [--directory DIR] [--port 23000] [--nodes 3] [--partitions 6] [--rate 5000]
//               [--all N] [--pause PERCENT] [--set NAME=VALUE]... [--expect-loss]
//
// A third of the victims is the active controller, a third a broker that was just restarted, and in `--all` of the rounds all die at once.
// With samsa-broker-power-cut as PATH each kill is a power cut. Exit code 0 = all rounds held.

#include "tests/embedded-broker/node/kill_runner.h"
#include "tests/embedded-broker/node/message_load.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kAcknowledgementsARound = 1000;

class MessageRounds final : public tests::KillRounds {
public:
    MessageRounds(const tests::KillOptions& options, tests::KillCluster& cluster, tests::MessageLoad& load)
        : KillRounds(options, cluster, load, kAcknowledgementsARound), m_messages(load) {}

private:
    std::string settled(const tests::KillRound& round) override {
        if (auto trouble = m_messages.checkCommits(); !trouble.empty())
            return trouble;
        const auto silences = m_messages.takeSilences();
        if (round.number > 1) // the first round's has what came before it
            m_silences.insert(m_silences.end(), silences.begin(), silences.end());
        std::vector<std::int64_t> shown;
        for (const auto& silence : silences)
            shown.push_back(silence.count());
        fmt::print("{:%T} round {:3}: {:24} {} {} acknowledged, silence {} ms\n", std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
                   round.number, round.why, fmt::join(round.victims, ","), m_load.progress()->count() - round.before, fmt::join(shown, " "));
        std::fflush(stdout);
        return round.number % 10 == 0 ? verify() : std::string();
    }

    std::string finish() override {
        if (const int unknown = m_messages.finish(60s); unknown > 0)
            return fmt::format("{} messages were neither acknowledged nor refused", unknown);
        if (auto trouble = verify(); !trouble.empty())
            return trouble;
        std::ranges::sort(m_silences);
        if (!m_silences.empty())
            fmt::print("silence of a partition: p50 {} ms, p95 {} ms, max {} ms over {} rounds\n", m_silences[m_silences.size() / 2].count(),
                       m_silences[m_silences.size() * 95 / 100].count(), m_silences.back().count(), m_options.rounds);
        fmt::print("{} acknowledgements, {} group commits\n", m_load.progress()->count(), m_messages.committed());
        return {};
    }

    /// Says so: late in a run, on a busy machine, that alone takes half a minute.
    std::string verify() {
        fmt::print("reading back what {} acknowledgements promised\n", m_load.progress()->count());
        std::fflush(stdout);
        return m_messages.verify();
    }

    tests::MessageLoad& m_messages;
    std::vector<std::chrono::milliseconds> m_silences;
};

int judge(std::uint64_t seed, bool expectLoss, const std::string& trouble) {
    if (!trouble.empty())
        fmt::print("FAILED (seed {}): {}\n", seed, trouble);
    if (expectLoss) {
        fmt::print("{}\n", trouble.empty() ? "Nothing was lost, though something should have been." : "Lost, as expected.");
        return trouble.empty() ? 1 : 0;
    }
    return trouble.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    tests::KillOptions options{.cluster = {.broker = {}, .directory = "/tmp/kill-rounds", .firstPort = 23000, .settings = {}}, .rounds = 200, .all = 10};
    int rate = 5000;
    bool expectLoss = false;
    if (!tests::parseKillOptions(argc, argv, options,
                                 {.values = {{"--rate", [&](const char* value) { rate = std::max(std::atoi(value), 1); }}},
                                  .flags = {{"--expect-loss", [&] { expectLoss = true; }}}}))
        return 2;
    tests::KillCluster cluster(options.cluster);
    tests::MessageLoad load(cluster.bootstrap(), options.partitions, cluster.replicas(), rate);
    MessageRounds rounds(options, cluster, load);
    const int code = judge(options.seed, expectLoss, rounds.run());
    std::fflush(nullptr);
    std::_Exit(code); // brokers die with us, and clients may still be on their way out
}
