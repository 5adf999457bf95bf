// samsa-demo, started by `samsa demo`: a realistic load on any cluster.
#include "app/demo/load.h"
#include "app/demo/settings_file.h"
#include "embedded-broker/cluster/cluster.h"

#include <CLI/CLI.hpp>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/prctl.h>
#include <unistd.h>

namespace {

using app::demo::Progress;
using nlohmann::ordered_json;

std::atomic<bool> g_stop{false};

enum ExitCode { kOk = 0, kFailure = 1, kUsage = 2, kNoSuchCluster = 3 };

/// JSON lines for a program that watches, sentences for a person.
class Report {
public:
    Report(std::optional<int> fd, bool json)
        : m_fd(fd.value_or(STDOUT_FILENO))
        , m_json(json || fd) {}

    void progress(const Progress& now) {
        if (m_json)
            return line({{"event", "progress"},
                         {"elapsedMs", now.elapsedMs},
                         {"produced", now.produced},
                         {"acknowledged", now.acknowledged},
                         {"failed", now.failed},
                         {"consumed", {{"billing", now.consumedBilling}, {"warehouse", now.consumedWarehouse}}},
                         {"lag", {{"billing", now.lagBilling}, {"warehouse", now.lagWarehouse}}},
                         {"longestSilenceMs", now.longestSilenceMs}});
        const double seconds = static_cast<double>(now.elapsedMs - m_before.elapsedMs) / 1000;
        const double rate = seconds > 0 ? static_cast<double>(now.acknowledged - m_before.acknowledged) / seconds : 0;
        write(fmt::format("{:>6.0f} msg/s  acknowledged {:>9}  billing read {:>9} (lag {})  warehouse read {:>9} (lag {}){}\n", rate, now.acknowledged,
                          now.consumedBilling, now.lagBilling, now.consumedWarehouse, now.lagWarehouse,
                          now.failed > 0 ? fmt::format("  given up {}", now.failed) : std::string()));
        m_before = now;
    }
    void firstAcknowledged(std::int64_t afterMs) {
        if (m_json)
            line({{"event", "firstAcknowledged"}, {"afterMs", afterMs}});
    }
    void notice(const std::string& sentence) {
        if (m_json)
            line({{"event", "notice"}, {"message", sentence}});
        else
            fmt::print(stderr, "samsa demo: {}\n", sentence);
    }
    void summary(const Progress& all) {
        if (m_json)
            return line({{"event", "finished"}, {"acknowledged", all.acknowledged}, {"failed", all.failed}});
        write(fmt::format("{} messages acknowledged in {:.1f} s, {} given up\n", all.acknowledged, static_cast<double>(all.elapsedMs) / 1000, all.failed));
    }

private:
    void line(const ordered_json& object) { write(object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + '\n'); }
    void write(const std::string& text) {
        for (std::size_t done = 0; done < text.size();) {
            const ssize_t n = ::write(m_fd, text.data() + done, text.size() - done);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0) {
                g_stop = true; // nobody watches any more
                return;
            }
            done += static_cast<std::size_t>(n);
        }
    }

    int m_fd;
    bool m_json;
    Progress m_before;
};

} // namespace

int main(int argc, char** argv) {
    CLI::App app("A realistic load: orders, payments and shipments, and the groups billing and warehouse that read them.", "samsa demo");
    std::string cluster;
    app::demo::LoadOptions options;
    std::vector<std::string> properties;
    std::string settings;
    std::int64_t durationS = 0;
    bool json = false;
    std::optional<int> reportFd;
    app.add_option("CLUSTER", cluster, "a local cluster (default: $BOOTSTRAP_SERVERS, else local)");
    app.add_option("-b,--bootstrap-servers,--bootstrap-server", options.bootstrapServers, "any cluster: HOST:PORT,...");
    app.add_option("-F,--settings", settings, "a file of librdkafka's client properties, KEY=VALUE lines (a secure local cluster needs none)");
    app.add_option("-X,--property", properties, "a client property of librdkafka, KEY=VALUE; may be repeated")->allow_extra_args(false);
    app.add_option("--rate", options.messagesPerSecond, "messages per second (default 200)")->check(CLI::Range(0.1, 1e6));
    app.add_option("--duration", durationS, "seconds; 0 = until interrupted")->check(CLI::Range(0, 1'000'000'000));
    app.add_option("--seed", options.seed, "the same seed makes the same shop");
    app.add_flag("--json", json, "a JSON object a line");
    app.add_option("--report-fd", reportFd, "the same to this descriptor; ends when its reader does, and with its parent");
    app.footer("Exit codes: 0 messages were acknowledged and none given up, 1 not so, 2 wrong usage, 3 no such cluster.");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? kOk : kUsage;
    }
    if (!settings.empty()) {
        auto read = app::demo::readSettings(settings);
        if (!read) {
            fmt::print(stderr, "samsa demo: {}\n", read.error().message);
            return kUsage;
        }
        options.properties = std::move(*read);
    }
    for (const auto& property : properties) {
        const auto equals = property.find('=');
        if (equals == std::string::npos || equals == 0) {
            fmt::print(stderr, "samsa demo: -X takes KEY=VALUE, not '{}'\n", property);
            return kUsage;
        }
        options.properties.emplace_back(property.substr(0, equals), property.substr(equals + 1));
    }
    options.duration = std::chrono::seconds(durationS);
    if (options.bootstrapServers.empty() && cluster.empty())
        if (const char* servers = std::getenv("BOOTSTRAP_SERVERS"); servers && *servers)
            options.bootstrapServers = servers;
    if (options.bootstrapServers.empty()) {
        const std::string name = cluster.empty() ? broker::cluster::kDefaultClusterName : cluster;
        const auto status = broker::cluster::clusterStatus(name);
        if (!status) {
            fmt::print(stderr, "samsa demo: {}\n", status.error().message);
            return status.error().code == broker::ErrorCode::NotFound ? kNoSuchCluster : kFailure;
        }
        if (!status->up()) {
            fmt::print(stderr, "samsa demo: the cluster '{0}' is down; start it with 'samsa cluster up {0}'\n", name);
            return kFailure;
        }
        options.bootstrapServers = status->bootstrapServers;
        if (status->secure && settings.empty()) { // as its super user: whoever may read the cluster's files may do that anyway
            const auto access = broker::cluster::clusterAccess(name);
            if (!access || access->librdkafkaSettings.empty()) {
                fmt::print(stderr, "samsa demo: the client settings of the secure cluster '{}' are missing\n", name);
                return kFailure;
            }
            const auto read = app::demo::readSettings(access->librdkafkaSettings.front());
            if (!read) {
                fmt::print(stderr, "samsa demo: {}\n", read.error().message);
                return kFailure;
            }
            options.properties.insert(options.properties.begin(), read->begin(), read->end());
        }
    }

    struct sigaction action{};
    action.sa_handler = [](int) { g_stop = true; };
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        ::sigaction(signal, &action, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    if (reportFd)
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);

    Report report(reportFd, json);
    const app::demo::LoadEvents events{[&](const Progress& now) { report.progress(now); },
                                       [&](std::int64_t afterMs) { report.firstAcknowledged(afterMs); },
                                       [&](const std::string& sentence) { report.notice(sentence); }};
    const auto seen = app::demo::run(options, events, g_stop);
    if (!seen) {
        fmt::print(stderr, "samsa demo: {}\n", seen.error().message);
        return kFailure;
    }
    report.summary(*seen);
    return seen->acknowledged > 0 && seen->failed == 0 ? kOk : kFailure;
}
