// samsa-broker: the process of one node.
//
//   samsa-broker [--cluster-id ID [--scram-users FILE]] [--ready-fd N] [--die-with-parent] FILE.properties
//   samsa-broker --upgrade-features FILE.properties
//
// Formats unformatted log.dirs when --cluster-id is given; a new cluster begins with the SCRAM users of that file. Writes "ready\n" to descriptor N once the node serves. SIGTERM and
// SIGINT stop it cleanly. --upgrade-features starts no node: it raises the feature levels of the running cluster that the node of that file
// belongs to, and prints what it raised. Exit code 0 after a clean stop, 1 with one sentence otherwise.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/log.h"
#include "embedded-broker/net/disk_pool.h"
#include "embedded-broker/net/event_loop.h"
#include "embedded-broker/net/tcp_network.h"
#include "embedded-broker/net/tls_network.h"
#include "embedded-broker/node/format.h"
#include "embedded-broker/node/node.h"
#include "embedded-broker/tools/broker_disk.h"
#include "embedded-broker/tools/upgrade_features.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace {

using namespace broker;

struct Options {
    std::string clusterId;
    std::string scramUsersFile;
    int readyDescriptor = -1;
    bool dieWithParent = false;
    bool upgradeFeatures = false;
    std::string file;
};

constexpr const char* kUsage = "usage: samsa-broker [--cluster-id ID [--scram-users FILE]] [--ready-fd N] [--die-with-parent] FILE.properties\n       samsa-broker --upgrade-features FILE.properties";

Result<Options> parseArguments(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const bool hasValue = i + 1 < argc;
        if (argument == "--cluster-id" && hasValue) {
            options.clusterId = argv[++i];
        } else if (argument == "--scram-users" && hasValue) {
            options.scramUsersFile = argv[++i];
        } else if (argument == "--ready-fd" && hasValue) {
            const std::string_view value = argv[++i];
            const auto parsed = std::from_chars(value.data(), value.data() + value.size(), options.readyDescriptor);
            if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size() || options.readyDescriptor < 0)
                return fail(ErrorCode::InvalidArgument, fmt::format("--ready-fd needs a descriptor's number, not \"{}\".", value));
        } else if (argument == "--die-with-parent") {
            options.dieWithParent = true;
        } else if (argument == "--upgrade-features") {
            options.upgradeFeatures = true;
        } else if (!argument.starts_with("--") && options.file.empty()) {
            options.file = argument;
        } else {
            return fail(ErrorCode::InvalidArgument, kUsage);
        }
    }
    if (options.file.empty())
        return fail(ErrorCode::InvalidArgument, kUsage);
    return options;
}

/// SIGTERM and SIGINT as events of the loop.
class Signals final : public net::Pollable {
public:
    Signals(net::EventLoop& loop, std::function<void()> onStop) : m_loop(loop), m_onStop(std::move(onStop)) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        m_descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        m_loop.watch(m_descriptor, EPOLLIN, this);
    }
    ~Signals() override {
        m_loop.forget(m_descriptor, this);
        ::close(m_descriptor);
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    /// Before any thread is made: they inherit the mask.
    static void block() {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        pthread_sigmask(SIG_BLOCK, &set, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    void onEvents(std::uint32_t) override {
        signalfd_siginfo info{};
        while (::read(m_descriptor, &info, sizeof info) == sizeof info)
            m_onStop();
    }

private:
    net::EventLoop& m_loop;
    std::function<void()> m_onStop;
    int m_descriptor = -1;
};

/// A log of many partitions needs many descriptors: as many as the system allows.
void raiseDescriptorLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

log::Level levelOf(const std::string& text) {
    return text == "debug" ? log::Level::Debug : text == "warning" ? log::Level::Warning : text == "error" ? log::Level::Error : log::Level::Info;
}

Result<void> run(const Options& options) {
    const auto disk = tools::makeBrokerDisk();
    const auto text = readWholeFile(*disk, options.file, 1U << 20);
    if (!text)
        return std::unexpected(text.error());
    auto config = node::BrokerConfig::parse(*text);
    if (!config)
        return fail(config.error().code, fmt::format("{}: {}", options.file, config.error().message));
    if (options.upgradeFeatures)
        return tools::upgradeFeatures(*config, *disk);
    log::setLevel(levelOf(config->text("samsa.log.level")));
    if (const auto ignored = config->ignored(); !ignored.empty())
        log::info("node", "settings without an effect in this engine: {}", fmt::join(ignored, ", "));
    const auto random = makeSystemRandom();
    net::EventLoop loop;
    std::string scramUsers;
    if (!options.scramUsersFile.empty()) {
        auto users = readWholeFile(*disk, options.scramUsersFile, 1U << 20);
        if (!users)
            return std::unexpected(users.error());
        scramUsers = std::move(*users);
    }
    if (const auto formatted = node::formatIfNeeded(*disk, *random, loop.wallNow(), *config, options.clusterId, scramUsers); !formatted)
        return formatted;
    net::TcpNetwork network(loop);
    net::ThreadDiskPool pool(loop);
    node::Node node(std::move(*config), {loop, pool, *disk, network, *random,
                                          [&loop](const TlsOptions& tls) { return net::TlsNetwork::make(loop, tls); }});
    Result<void> outcome;
    node.onReady([&] {
        if (options.readyDescriptor < 0)
            return;
        [[maybe_unused]] const auto written = ::write(options.readyDescriptor, "ready\n", 6);
        ::close(options.readyDescriptor);
    });
    node.onStopped([&](Result<void> result) {
        outcome = std::move(result);
        loop.stop();
    });
    const Signals signals(loop, [&] { node.stop(); });
    if (const auto started = node.start(); !started)
        return started;
    loop.run();
    return outcome;
}

} // namespace

int main(int argc, char** argv) {
    Signals::block();
    raiseDescriptorLimit();
    const auto options = parseArguments(argc, argv);
    if (!options) {
        fmt::print(stderr, "{}\n", options.error().message);
        return 1;
    }
    if (options->dieWithParent)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
        const auto result = run(*options);
        if (result)
            return 0;
        fmt::print(stderr, "samsa-broker: {}\n", result.error().message);
    } catch (const std::exception& error) { // of the system: no memory, no descriptors
        fmt::print(stderr, "samsa-broker: {}\n", error.what());
    }
    return 1;
}
