#include "tests/embedded-broker/node/kill_runner.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace tests {

using namespace std::chrono_literals;

namespace {

constexpr auto kStartPatience = 30s;
constexpr auto kRoundPatience = 90s;
/// A broker that hangs is given up after a while, and its partitions stand still until then.
constexpr auto kPauseMax = 4000ms;

} // namespace

bool parseKillOptions(int argc, char** argv, KillOptions& options, const KillArguments& own) {
    const auto number = [](int& into) { return [&into](const char* value) { into = std::atoi(value); }; };
    std::map<std::string_view, std::function<void(const char*)>> values{
        {"--broker", [&](const char* value) { options.cluster.broker = value; }},
        {"--directory", [&](const char* value) { options.cluster.directory = value; }},
        {"--port", [&](const char* value) { options.cluster.firstPort = static_cast<std::uint16_t>(std::atoi(value)); }},
        {"--nodes", number(options.cluster.nodes)},
        {"--rounds", number(options.rounds)},
        {"--all", number(options.all)},
        {"--pause", number(options.pausePercent)},
        {"--partitions", number(options.partitions)},
        {"--seed", [&](const char* value) { options.seed = std::strtoull(value, nullptr, 10); }},
        {"--set", [&](const char* value) { options.cluster.settings.emplace_back(value); }}};
    values.insert(own.values.begin(), own.values.end());
    bool good = true;
    for (int i = 1; i < argc && good; ++i) {
        const std::string_view name = argv[i];
        if (const auto flag = own.flags.find(name); flag != own.flags.end())
            flag->second();
        else if (const auto value = values.find(name); value != values.end() && i + 1 < argc)
            value->second(argv[++i]);
        else
            good = false;
    }
    if (good && !options.cluster.broker.empty() && options.cluster.nodes >= 1 && options.partitions >= 1)
        return true;
    std::string usage = "usage: " + std::string(argv[0]) + " --broker PATH";
    for (const auto& [name, take] : values)
        if (name != "--broker")
            usage += fmt::format(" [{} VALUE]", name);
    for (const auto& [name, take] : own.flags)
        usage += fmt::format(" [{}]", name);
    fmt::print(stderr, "{}\n", usage);
    return false;
}

KillRounds::KillRounds(const KillOptions& options, KillCluster& cluster, KillLoad& load, std::uint64_t step)
    : m_options(options), m_cluster(cluster), m_load(load), m_random(broker::makeSeededRandom(options.seed)), m_step(step) {
    m_cluster.onEndedByItself([progress = m_load.progress(), &cluster](int id) { progress->fail(fmt::format("node {} ended by itself: {}", id, cluster.logOf(id))); });
}

std::string KillRounds::run() {
    for (int id = 1; id <= m_cluster.nodes(); ++id)
        m_cluster.start(id);
    for (int id = 1; id <= m_cluster.nodes(); ++id)
        if (!m_cluster.waitReady(id, kStartPatience))
            return fmt::format("node {} does not get ready: {}", id, m_cluster.describe(id));
    if (!m_load.start())
        return "the topic cannot be created";
    if (auto trouble = await(m_step, 60s); !trouble.empty())
        return "before the first round: " + trouble;
    for (int number = 1; number <= m_options.rounds; ++number)
        if (auto trouble = oneRound(number); !trouble.empty())
            return fmt::format("round {}: {}", number, trouble);
    return finish();
}

std::string KillRounds::oneRound(int number) {
    KillRound round{.number = number, .victims = {}, .why = {}, .before = m_load.progress()->count()};
    choose(round);
    bool dies = true;
    if (round.victims.size() == 1 && static_cast<int>(m_random->below(100)) < m_options.pausePercent) {
        pause(round.victims.front());
        round.why += ", paused";
        dies = m_random->below(2) == 0;
    }
    if (dies)
        if (auto trouble = killAndRestart(round); !trouble.empty())
            return trouble;
    if (auto trouble = await(round.before + m_step, kRoundPatience); !trouble.empty())
        return trouble;
    if (auto trouble = settled(round); !trouble.empty())
        return trouble;
    moment(m_step, kPauseMax); // now and then the next kill comes while replicas still catch up
    return {};
}

void KillRounds::choose(KillRound& round) {
    if (m_options.all > 0 && round.number % std::max(m_options.rounds / m_options.all, 1) == 0) {
        for (int id = 1; id <= m_cluster.nodes(); ++id)
            round.victims.push_back(id);
        round.why = "all";
    } else if (round.number % 3 == 0) {
        const int controller = m_load.controller();
        round.victims = {controller > 0 ? controller : anyone()};
        round.why = "the controller";
    } else if (round.number % 3 == 1 && m_last > 0) {
        round.victims = {m_last};
        round.why = "the one just restarted";
    } else {
        round.victims = {anyone()};
        round.why = "any";
    }
    m_last = round.victims.back();
}

/// It hangs, now and then it is given up, and it comes back as a leader and coordinator of the past.
void KillRounds::pause(int victim) {
    m_cluster.pause(victim);
    moment(m_step * 2, std::chrono::milliseconds(m_random->between(50, kPauseMax.count())));
    m_cluster.resume(victim);
}

std::string KillRounds::killAndRestart(KillRound& round) {
    for (const int id : round.victims)
        m_cluster.kill(id);
    if (round.victims.size() == 1 && m_random->below(3) != 0)
        moment(m_step, 1000ms); // the others go on without it
    for (const int id : round.victims)
        m_cluster.start(id);
    if (m_random->below(4) == 0) {
        // Again, before it has found its feet: not later than when it is ready.
        m_cluster.waitReady(round.victims.front(), std::chrono::milliseconds(m_random->below(50)));
        for (const int id : round.victims) {
            m_cluster.kill(id);
            m_cluster.start(id);
        }
        round.why += ", twice";
    }
    for (const int id : round.victims)
        if (!m_cluster.waitReady(id, kStartPatience))
            return fmt::format("node {} does not get ready again: {}", id, m_cluster.describe(id));
    return {};
}

std::string KillRounds::await(std::uint64_t count, std::chrono::seconds patience) {
    const auto& progress = *m_load.progress();
    if (progress.await(count, patience))
        return {};
    auto trouble = progress.trouble();
    return trouble.empty() ? fmt::format("only {} of {} acknowledgements within {} s", progress.count(), count, patience.count()) : trouble;
}

void KillRounds::moment(std::uint64_t most, std::chrono::milliseconds longest) {
    const auto& progress = *m_load.progress();
    progress.await(progress.count() + m_random->below(most), longest);
}

int KillRounds::anyone() { return static_cast<int>(m_random->between(1, m_cluster.nodes())); }

} // namespace tests
