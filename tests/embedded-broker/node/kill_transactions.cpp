// Kills brokers while transactions run, round after round: each committed transaction must be whole and there once, of an aborted one nothing may
// be seen, and a transaction that nobody ends must not hold readers back for longer than its timeout and a second.
//
//   kill_transactions --broker PATH [--rounds 50] [--seed 1] [--directory DIR] [--port 23000] [--nodes 3] [--partitions 4] [--producers 3] [--all N]
//                     [--pause PERCENT] [--set NAME=VALUE]...
//
// Any broker is a coordinator of some producer, the leader of some partition and of some offsets; a third of the victims is the controller.

#include "tests/embedded-broker/node/kill_runner.h"
#include "tests/embedded-broker/node/transaction_load.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace {

constexpr std::uint64_t kCommitsARound = 20;

class TransactionRounds final : public tests::KillRounds {
public:
    TransactionRounds(const tests::KillOptions& options, tests::KillCluster& cluster, tests::TransactionLoad& load)
        : KillRounds(options, cluster, load, kCommitsARound), m_transactions(load) {}

private:
    std::string settled(const tests::KillRound& round) override {
        fmt::print("round {:3}: {:24} {} {} transactions committed, {} aborted\n", round.number, round.why, fmt::join(round.victims, ","),
                   m_load.progress()->count(), m_transactions.aborted());
        std::fflush(stdout);
        return {};
    }

    std::string finish() override {
        m_transactions.finish();
        if (auto trouble = m_load.progress()->trouble(); !trouble.empty())
            return trouble;
        if (auto trouble = m_transactions.verify(); !trouble.empty())
            return trouble;
        if (auto trouble = m_transactions.checkTimeout(); !trouble.empty())
            return trouble;
        fmt::print("{} transactions committed, {} aborted\n", m_load.progress()->count(), m_transactions.aborted());
        return {};
    }

    tests::TransactionLoad& m_transactions;
};

} // namespace

int main(int argc, char** argv) {
    tests::KillOptions options{.cluster = {.broker = {}, .directory = "/tmp/kill-transactions", .firstPort = 23000, .settings = {}}, .partitions = 4};
    int producers = 3;
    if (!tests::parseKillOptions(argc, argv, options, {.values = {{"--producers", [&](const char* value) { producers = std::max(std::atoi(value), 1); }}}, .flags = {}}))
        return 2;
    tests::KillCluster cluster(options.cluster);
    tests::TransactionLoad load(cluster.bootstrap(), options.partitions, cluster.replicas(), producers);
    TransactionRounds rounds(options, cluster, load);
    const auto trouble = rounds.run();
    if (!trouble.empty())
        fmt::print("FAILED (seed {}): {}\n", options.seed, trouble);
    std::fflush(nullptr);
    std::_Exit(trouble.empty() ? 0 : 1); // brokers die with us, and clients may still be on their way out
}
