// The supervisor with real processes: only the broker is a fake one.
#include "tests/support/cluster_home.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>
#include <algorithm>
#include <csignal>
#include <poll.h>
#include <sys/socket.h>
#include <netinet/in.h>

using namespace broker;
using namespace broker::cluster;
using tests::ClusterHome;

namespace {

constexpr auto kLimit = seconds(30);

ClusterSpec specOf(const std::string& name, int brokers = 3, bool lease = false) {
    ClusterSpec spec;
    spec.name = name;
    spec.brokers = brokers;
    spec.firstPort = ClusterHome::freePorts();
    spec.lease = lease;
    return spec;
}

/// Gone, or a zombie that nobody in this container reaps: it runs no more.
bool ended(pid_t pid) {
    QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!stat.open(QIODevice::ReadOnly))
        return true;
    const QByteArray line = stat.readAll();
    return line.mid(line.lastIndexOf(')') + 2, 1) == "Z";
}

std::vector<pid_t> pidsOf(const ClusterStatus& status) {
    std::vector<pid_t> pids;
    for (const auto& node : status.nodes)
        pids.push_back(node.pid);
    return pids;
}

/// The next event of this kind, or nothing within the limit.
std::optional<Event> waitForEvent(ClusterClient& client, EventKind kind) {
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < toMs(kLimit)) {
        auto messages = client.receive();
        if (!messages)
            return {};
        for (auto& message : *messages)
            if (auto* event = std::get_if<Event>(&message); event && event->kind == kind)
                return std::move(*event);
        pollfd wait{.fd = client.fd(), .events = POLLIN, .revents = 0};
        ::poll(&wait, 1, 100);
    }
    return {};
}

} // namespace

class SupervisorTest : public QObject {
    Q_OBJECT
private slots:
    void upServesAndDownLeavesNothing() {
        ClusterHome home;
        auto client = ClusterClient::start(specOf("c"));
        QVERIFY2(client.has_value(), client ? "" : client.error().message.c_str());
        const auto up = client->call({.action = Action::Start}, kLimit);
        QVERIFY2(up.has_value(), up ? "" : up.error().message.c_str());
        QVERIFY(up->serving() && up->up() && !up->leased);
        for (const auto& node : up->nodes) {
            QVERIFY(!ended(node.pid));
            QVERIFY(checkPortFree(node.port).error().code == ErrorCode::Busy);
        }
        QCOMPARE(clusterStatus("c")->supervisorPid, up->supervisorPid);

        const auto down = client->call({.action = Action::Stop}, kLimit);
        QVERIFY(down.has_value());
        QVERIFY(client->waitForEnd(kLimit).has_value());
        for (const auto pid : pidsOf(*up))
            QVERIFY(ended(pid));
        const auto recorded = clusterStatus("c");
        QVERIFY(recorded && !recorded->up());
        QVERIFY(std::ranges::all_of(recorded->nodes, [](const NodeStatus& node) { return node.state == NodeState::Stopped; }));
    }

    void portsAreKeptAndTheSettingsToo() {
        ClusterHome home;
        auto spec = specOf("c", 2);
        spec.settings = {{"log.retention.ms", "5"}};
        std::string before;
        {
            auto client = ClusterClient::start(spec);
            QVERIFY(client.has_value());
            before = client->call({.action = Action::Start}, kLimit)->bootstrapServers;
            QVERIFY(client->call({.action = Action::Stop}, kLimit).has_value());
            QVERIFY(client->waitForEnd(kLimit).has_value());
        }
        ClusterSpec again;
        again.name = "c";
        auto client = ClusterClient::start(again);
        QVERIFY(client.has_value());
        const auto up = client->call({.action = Action::Start}, kLimit);
        QVERIFY(up.has_value());
        QCOMPARE(up->bootstrapServers, before);
        QFile properties(QString::fromStdString(up->nodes[0].propertiesFile));
        QVERIFY(properties.open(QIODevice::ReadOnly));
        QVERIFY(properties.readAll().contains("\nlog.retention.ms=5\n"));
        // Another shape of the same name is refused, with a word on what to do.
        again.brokers = 5;
        const auto refused = ClusterClient::start(again);
        QVERIFY(!refused && refused.error().code == ErrorCode::AlreadyExists);
    }

    void clustersStandSideBySide() {
        ClusterHome home;
        auto one = ClusterClient::start(specOf("one", 1));
        auto two = ClusterClient::start(specOf("two", 1));
        QVERIFY(one && two);
        for (auto* client : {&*one, &*two}) {
            const auto up = client->call({.action = Action::Start}, kLimit);
            QVERIFY2(up.has_value(), up ? "" : up.error().message.c_str());
        }
        const auto all = listClusters();
        QVERIFY(all && all->size() == 2);
        QVERIFY((*all)[0].serving() && (*all)[1].serving());
        QVERIFY((*all)[0].bootstrapServers != (*all)[1].bootstrapServers);
    }

    void killPauseResumeRestartAdd() {
        ClusterHome home;
        auto client = ClusterClient::start(specOf("c"));
        QVERIFY(client.has_value());
        const auto up = client->call({.action = Action::Start}, kLimit);
        QVERIFY(up.has_value());

        auto now = client->call({.action = Action::KillNode, .node = 2}, kLimit);
        QVERIFY(now && now->nodes[1].state == NodeState::Killed && now->nodes[1].pid == 0);
        QVERIFY(ended(up->nodes[1].pid));
        QVERIFY(!client->call({.action = Action::KillNode, .node = 2}, kLimit));
        QVERIFY(client->call({.action = Action::KillNode, .node = 7}, kLimit).error().code == ErrorCode::NotFound);

        now = client->call({.action = Action::RestartNode, .node = 2}, kLimit);
        QVERIFY(now && now->nodes[1].state == NodeState::Running && now->nodes[1].pid != up->nodes[1].pid);
        now = client->call({.action = Action::RestartNode, .node = 1}, kLimit);
        QVERIFY(now && now->nodes[0].state == NodeState::Running && now->nodes[0].pid != up->nodes[0].pid);

        now = client->call({.action = Action::PauseNode, .node = 3}, kLimit);
        QVERIFY(now && now->nodes[2].state == NodeState::Paused);
        now = client->call({.action = Action::ResumeNode, .node = 3}, kLimit);
        QVERIFY(now && now->nodes[2].state == NodeState::Running);

        now = client->call({.action = Action::AddNode}, kLimit);
        QVERIFY2(now.has_value(), now ? "" : now.error().message.c_str());
        QCOMPARE(now->nodes.size(), std::size_t(4));
        QVERIFY(now->nodes[3].state == NodeState::Running && !now->nodes[3].controller);
        // A paused broker is no obstacle to an orderly end.
        QVERIFY(client->call({.action = Action::PauseNode, .node = 4}, kLimit).has_value());
        QVERIFY(client->call({.action = Action::Stop}, kLimit).has_value());
    }

    void aCrashIsReportedWithTheTailOfItsLog() {
        ClusterHome home;
        auto client = ClusterClient::start(specOf("c"));
        QVERIFY(client.has_value());
        QVERIFY(client->call({.action = Action::Subscribe}, kLimit).has_value());
        const auto up = client->call({.action = Action::Start}, kLimit);
        QVERIFY(up.has_value());
        ::kill(up->nodes[1].pid, SIGUSR1);
        const auto died = waitForEvent(*client, EventKind::NodeDied);
        QVERIFY(died.has_value());
        QCOMPARE(died->node, 2);
        QVERIFY(!died->expected && died->exitCode == 42 && !died->signal);
        QVERIFY(died->logTail.find("something went badly wrong") != std::string::npos);
        QVERIFY(died->status.nodes[1].state == NodeState::Crashed);
        QCOMPARE(died->status.nodes[1].lastExit, std::string("ended with exit code 42"));

        // A kill by somebody else is a crash, ours is not.
        ::kill(up->nodes[2].pid, SIGKILL);
        const auto killed = waitForEvent(*client, EventKind::NodeDied);
        QVERIFY(killed && killed->node == 3 && !killed->expected && killed->signal == 9);
        QVERIFY(client->call({.action = Action::KillNode, .node = 1}, kLimit).has_value());
        const auto ours = waitForEvent(*client, EventKind::NodeDied);
        QVERIFY(ours && ours->node == 1 && ours->expected);
    }

    void aBrokenLeaseStopsEverything() {
        ClusterHome home;
        ClusterStatus up;
        std::optional<ClusterClient> watcher;
        {
            auto window = ClusterClient::start(specOf("c", 3, true));
            QVERIFY(window.has_value());
            const auto started = window->call({.action = Action::Start}, kLimit);
            QVERIFY(started && started->leased);
            up = *started;
            auto other = ClusterClient::connect("c");
            QVERIFY(other.has_value());
            QVERIFY(other->call({.action = Action::Status}, kLimit).has_value());
            watcher.emplace(std::move(*other));
        }
        QVERIFY(watcher->waitForEnd(kLimit).has_value());
        for (const auto pid : pidsOf(up))
            QVERIFY(ended(pid));
    }

    void keepRunningEndsTheLease() {
        ClusterHome home;
        {
            auto window = ClusterClient::start(specOf("c", 1, true));
            QVERIFY(window.has_value());
            QVERIFY(window->call({.action = Action::Start}, kLimit).has_value());
            const auto kept = window->call({.action = Action::KeepRunning}, kLimit);
            QVERIFY(kept && !kept->leased);
        }
        const auto status = clusterStatus("c");
        QVERIFY(status && status->serving());
    }

    void whoeverEndsBeforeItServesLeavesNothing() {
        ClusterHome home;
        std::optional<ClusterClient> watcher;
        ClusterStatus starting;
        {
            auto spec = specOf("c", 2);
            spec.settings = {{"fake.ready", "never"}};
            auto up = ClusterClient::start(spec);
            QVERIFY(up.has_value());
            QVERIFY(up->send({.action = Action::Start}).has_value());
            starting = *up->call({.action = Action::Status}, kLimit);
            auto other = ClusterClient::connect("c");
            QVERIFY(other.has_value());
            QVERIFY(other->call({.action = Action::Status}, kLimit).has_value());
            watcher.emplace(std::move(*other));
        }
        QVERIFY(watcher->waitForEnd(kLimit).has_value());
        for (const auto pid : pidsOf(starting))
            QVERIFY(pid > 0 && ended(pid));
    }

    void brokersDieWithTheirSupervisor() {
        ClusterHome home;
        auto client = ClusterClient::start(specOf("c"));
        QVERIFY(client.has_value());
        const auto up = client->call({.action = Action::Start}, kLimit);
        QVERIFY(up.has_value());
        QVERIFY(client->call({.action = Action::PauseNode, .node = 1}, kLimit).has_value());
        ::kill(up->supervisorPid, SIGKILL);
        QVERIFY(client->waitForEnd(kLimit).has_value());
        for (const auto pid : pidsOf(*up))
            QTRY_VERIFY(ended(pid)); // the kernel's signal is on its way
        QVERIFY(!clusterStatus("c")->up());
        // And what it left behind does not stop the next one.
        ClusterSpec again;
        again.name = "c";
        client = ClusterClient::start(again);
        QVERIFY(client.has_value());
        const auto next = client->call({.action = Action::Start}, kLimit);
        QVERIFY2(next.has_value(), next ? "" : next.error().message.c_str());
    }

    void aFirstStartThatFailsIsToldAndUndone() {
        ClusterHome home;
        auto spec = specOf("c");
        spec.settings = {{"fake.exit", "3"}, {"fake.node", "2"}};
        auto client = ClusterClient::start(spec);
        QVERIFY(client.has_value());
        const auto up = client->call({.action = Action::Start}, kLimit);
        QVERIFY(!up.has_value());
        QVERIFY(up.error().message.find("node 2 ended with exit code 3") != std::string::npos);
        QVERIFY(up.error().message.find("the setting fake.exit says so") != std::string::npos);
        QVERIFY(client->waitForEnd(kLimit).has_value());
        QVERIFY(!clusterStatus("c")->up());
    }

    void aPortInUseIsNamed() {
        ClusterHome home;
        auto spec = specOf("c");
        const UniqueFd taken(::socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(*spec.firstPort + 1));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QCOMPARE(::bind(taken.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        QCOMPARE(::listen(taken.get(), 1), 0);
        const auto client = ClusterClient::start(spec);
        QVERIFY(!client.has_value());
        QVERIFY(client.error().code == ErrorCode::Busy);
        QVERIFY(client.error().message.find(std::to_string(*spec.firstPort + 1)) != std::string::npos);
        QVERIFY(clusterNames().empty());
    }

    void resetKeepsNameAndPortsAndRemoveNothing() {
        ClusterHome home;
        auto client = ClusterClient::start(specOf("c", 1));
        QVERIFY(client.has_value());
        const auto up = client->call({.action = Action::Start}, kLimit);
        QVERIFY(up.has_value());
        QVERIFY(resetCluster("c").error().code == ErrorCode::Busy);
        QVERIFY(removeCluster("c").error().code == ErrorCode::Busy);
        QVERIFY(client->call({.action = Action::Stop}, kLimit).has_value());
        QVERIFY(client->waitForEnd(kLimit).has_value());
        QVERIFY(resetCluster("c").has_value());
        QVERIFY(!QFile::exists(QString::fromStdString(up->nodes[0].logFile)));
        QCOMPARE(recordedStatus("c")->bootstrapServers, up->bootstrapServers);
        QVERIFY(recordedStatus("c")->clusterId != up->clusterId);
        QVERIFY(removeCluster("c").has_value());
        QVERIFY(clusterStatus("c").error().code == ErrorCode::NotFound);
    }

    void anEphemeralClusterLeavesNoDirectory() {
        ClusterHome home;
        auto spec = specOf("run-1", 2, true);
        spec.firstPort.reset();
        spec.ephemeral = true;
        auto client = ClusterClient::start(spec);
        QVERIFY(client.has_value());
        const auto up = client->call({.action = Action::Start}, kLimit);
        QVERIFY(up && up->ephemeral);
        QVERIFY(client->call({.action = Action::Stop}, kLimit).has_value());
        QVERIFY(client->waitForEnd(kLimit).has_value());
        QVERIFY(clusterNames().empty());
        QVERIFY(!QFile::exists(QString::fromStdString(up->dataDirectory)));
    }

    void garbageOnTheSocketHarmsNobody() {
        ClusterHome home;
        auto client = ClusterClient::start(specOf("c", 1));
        QVERIFY(client.has_value());
        QVERIFY(client->call({.action = Action::Start}, kLimit).has_value());
        auto rude = ClusterClient::connect("c");
        QVERIFY(rude.has_value());
        const std::string noLineEnd(200'000, 'x');
        for (const std::string& bytes : {std::string("nonsense\n{\"id\":1}\n\n"), noLineEnd}) {
            for (std::size_t sent = 0; sent < bytes.size();) {
                const ssize_t n = ::send(rude->fd(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
                if (n < 0)
                    break; // it hung up on us, as it should
                sent += static_cast<std::size_t>(n);
            }
        }
        QVERIFY(client->call({.action = Action::Status}, kLimit).has_value());
    }

    void aLongPathIsNoProblem() {
        ClusterHome home;
        // sun_path holds 108 bytes.
        const QByteArray deep = home.path().toLocal8Bit() + '/' + QByteArray(80, 'd') + '/' + QByteArray(80, 'e');
        qputenv("SAMSA_HOME", deep);
        auto client = ClusterClient::start(specOf("c", 1));
        QVERIFY2(client.has_value(), client ? "" : client.error().message.c_str());
        QVERIFY(client->call({.action = Action::Start}, kLimit).has_value());
        QVERIFY(ClusterClient::connect("c").has_value());
        QVERIFY(client->call({.action = Action::Stop}, kLimit).has_value());
    }

    void theDirectoryIsPrivate() {
        ClusterHome home;
        auto client = ClusterClient::start(specOf("c", 1));
        QVERIFY(client.has_value());
        QVERIFY(client->call({.action = Action::Start}, kLimit).has_value());
        const QString directory = QString::fromStdString(clusterDirectory("c"));
        constexpr auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther | QFile::WriteOther | QFile::ExeOther;
        for (const char* path : {"", "/supervisor.sock", "/cluster.json", "/node-1", "/node-1/broker.log"})
            QVERIFY2(!(QFile::permissions(directory + QLatin1String(path)) & others), path);
    }
};

SAMSA_TEST(SupervisorTest)
#include "supervisor_test.moc"
