#include "models/wire/connection_test.h"

#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"
#include "models/client/cluster_handle.h"
#include "models/wire/connection_probe.h"

#include <QHostAddress>
#include <atomic>
#include <poll.h>
#include <thread>
#include <vector>

namespace models::wire {
namespace {

using Probes = std::vector<std::unique_ptr<ConnectionProbe>>;

constexpr std::size_t kAtOnce = 16;
constexpr int kPortDefault = 9092; ///< librdkafka's

/// Runs `work` on every probe that has not failed, some at once.
void onEach(const Probes& probes, const std::function<void(ConnectionProbe&)>& work) {
    for (std::size_t from = 0; from < probes.size(); from += kAtOnce) {
        std::vector<std::jthread> threads;
        for (std::size_t i = from; i < std::min(probes.size(), from + kAtOnce); ++i)
            if (!probes[i]->failed())
                threads.emplace_back([&work, probe = probes[i].get()] { work(*probe); });
    }
}

struct Given {
    QString host;
    int port = kPortDefault;
};

Given givenOf(const QString& server) {
    const auto colon = server.lastIndexOf(u':');
    if (colon < 0 || server.endsWith(u']'))
        return {server.startsWith(u'[') ? server.mid(1, server.size() - 2) : server, kPortDefault};
    QString host = server.left(colon);
    if (host.startsWith(u'[') && host.endsWith(u']'))
        host = host.mid(1, host.size() - 2);
    return {host, server.mid(colon + 1).toInt()};
}

/// The config as far as our own TLS goes, without the login.
client::ClientConfig withoutLogin(client::ClientConfig config) {
    auto& protocol = config.properties[QStringLiteral("security.protocol")];
    if (protocol.compare(QLatin1String("SASL_SSL"), Qt::CaseInsensitive) == 0)
        protocol = QStringLiteral("SSL");
    else if (protocol.compare(QLatin1String("SASL_PLAINTEXT"), Qt::CaseInsensitive) == 0)
        protocol = QStringLiteral("PLAINTEXT");
    return config;
}

} // namespace

QString TestPlace::name() const { return host.contains(u':') ? QStringLiteral("[%1]:%2").arg(host).arg(port) : QStringLiteral("%1:%2").arg(host).arg(port); }

struct ConnectionTest::Private {
    client::ClientConfig config;
    TestLimits limits;
    int cancelFd = ::eventfd(0, EFD_CLOEXEC);
    std::atomic<bool> cancelled{false};

    // ---- of the run ----------------------------------------------------------------------------------------------------------
    std::function<void(const StepReport&)> told;
    TestOutcome outcome;
    Probes servers;
    Security security;
    bool tls = false, sasl = false;
    bool tlsByLibrary = false, loginByLibrary = false;
    QString libraryReason;
    bool believeAll = false;
    QList<TestPlace> advertised;

    ~Private() { ::close(cancelFd); }

    StepReport& report(TestStep step) { return outcome.steps[static_cast<int>(step)]; }
    void begin(TestStep step) {
        report(step).state = StepState::Running;
        if (told)
            told(report(step));
    }
    /// True: go on.
    bool end(TestStep step, StepState state) {
        auto& mine = report(step);
        mine.state = cancelled && state == StepState::Failed ? StepState::Stopped : state;
        for (const auto& place : mine.places)
            if (mine.finding == Finding::None && place.finding != Finding::None)
                mine.finding = place.finding;
        if (told)
            told(mine);
        return mine.state != StepState::Failed && mine.state != StepState::Stopped;
    }
    bool fails(TestStep step, Finding finding, const QString& detail) {
        report(step).finding = finding;
        report(step).detail = detail;
        return end(step, StepState::Failed);
    }

    bool prepare();
    bool step(TestStep step, const std::function<void(ConnectionProbe&)>& work);
    bool names();
    bool encrypt();
    bool versions();
    bool login();
    bool loginByClient();
    bool metadata();
    bool addresses();
};

bool ConnectionTest::Private::prepare() {
    const QString protocol = config.properties.value(QStringLiteral("security.protocol")).toUpper();
    tls = protocol == QLatin1String("SSL") || protocol == QLatin1String("SASL_SSL");
    sasl = protocol.startsWith(QLatin1String("SASL_"));
    believeAll = config.properties.value(QStringLiteral("enable.ssl.certificate.verification")).compare(QLatin1String("false"), Qt::CaseInsensitive) == 0;
    auto made = Security::of(config);
    if (!made && made.error().code == ErrorCode::Unsupported) {
        libraryReason = made.error().why;
        loginByLibrary = true;
        made = Security::of(withoutLogin(config));
        if (!made && made.error().code == ErrorCode::Unsupported) {
            libraryReason = made.error().why;
            tlsByLibrary = true;
            return true;
        }
    }
    if (!made) {
        const bool ofTls = made.error().code == ErrorCode::TlsFailed;
        return fails(ofTls ? TestStep::Tls : TestStep::Names, Finding::SettingsUnusable, QStringLiteral("%1: %2").arg(made.error().what, made.error().why));
    }
    security = *made;
    return true;
}

/// One step over all servers that came this far: good with all of them, warned with some, failed with none.
bool ConnectionTest::Private::step(TestStep which, const std::function<void(ConnectionProbe&)>& work) {
    begin(which);
    std::vector<ConnectionProbe*> tried;
    for (const auto& probe : servers)
        if (!probe->failed()) {
            tried.push_back(probe.get());
            probe->place().finding = Finding::None; // of a step before, that was believed
            probe->place().detail.clear();
        }
    onEach(servers, work);
    int good = 0, spoiled = 0;
    for (const auto* probe : tried) {
        report(which).places.append(probe->place());
        (probe->failed() ? spoiled : good) += 1;
        if (!probe->failed() && probe->place().finding != Finding::None)
            ++spoiled; // believed although something is wrong
    }
    return end(which, good == 0 ? StepState::Failed : spoiled > 0 ? StepState::Warned : StepState::Good);
}

bool ConnectionTest::Private::names() {
    const auto all = config.servers();
    for (const auto& server : all.mid(0, limits.serversMax)) {
        const auto given = givenOf(server);
        servers.push_back(std::make_unique<ConnectionProbe>(given.host, given.port, cancelFd));
    }
    if (servers.empty())
        return fails(TestStep::Names, Finding::SettingsUnusable, QStringLiteral("no server is named"));
    return step(TestStep::Names, [this](ConnectionProbe& probe) { probe.resolve(limits.names); });
}

bool ConnectionTest::Private::encrypt() {
    if (!tls || tlsByLibrary) {
        report(TestStep::Tls).byLibrary = tls;
        report(TestStep::Tls).detail = tls ? libraryReason : QString();
        return end(TestStep::Tls, StepState::NotNeeded);
    }
    return step(TestStep::Tls, [this](ConnectionProbe& probe) { probe.encrypt(security, believeAll, limits.tls); });
}

bool ConnectionTest::Private::versions() {
    if (tlsByLibrary)
        return true;
    if (step(TestStep::Versions, [this](ConnectionProbe& probe) { probe.versions(limits.versions); }))
        return true;
    auto& mine = report(TestStep::Versions);
    if (mine.state != StepState::Failed || !std::all_of(mine.places.begin(), mine.places.end(), [](const auto& place) { return place.at == TestStep::Tls; }))
        return false;
    // It was the encryption after all: with TLS 1.3 the other side complains late, and a TLS port complains of a client that has none.
    auto& rightful = report(TestStep::Tls);
    rightful.places = mine.places;
    mine = {};
    mine.step = TestStep::Versions;
    if (told)
        told(mine);
    return end(TestStep::Tls, StepState::Failed);
}

bool ConnectionTest::Private::login() {
    if (!sasl && !loginByLibrary)
        return end(TestStep::Login, StepState::NotNeeded);
    if (loginByLibrary)
        return loginByClient();
    // One after the other, and no further after a refusal: a wrong password that is tried everywhere may lock the user out.
    begin(TestStep::Login);
    const auto first = std::find_if(servers.begin(), servers.end(), [](const auto& probe) { return !probe->failed(); });
    if (first != servers.end())
        if (const auto can = canLogIn(security, (*first)->place().host, std::chrono::steady_clock::now() + limits.login, cancelFd); !can)
            return fails(TestStep::Login, security.tokens ? Finding::TokenNotGiven : Finding::TicketNotGiven, can.error().toString());
    int good = 0;
    for (const auto& probe : servers) {
        if (probe->failed() || cancelled)
            continue;
        probe->place().finding = Finding::None;
        good += probe->login(security, limits.login) ? 1 : 0;
        report(TestStep::Login).places.append(probe->place());
        if (probe->place().finding == Finding::LoginRefused || probe->place().finding == Finding::MechanismNotTaken)
            return end(TestStep::Login, StepState::Failed);
    }
    const auto tried = report(TestStep::Login).places.size();
    return end(TestStep::Login, good == 0 ? StepState::Failed : good < tried ? StepState::Warned : StepState::Good);
}

/// librdkafka does what we cannot; its first word about a refused login ends it, otherwise its metadata.
bool ConnectionTest::Private::loginByClient() {
    report(TestStep::Login).byLibrary = true;
    begin(TestStep::Login);
    struct Shared {
        int fd = ::eventfd(0, EFD_CLOEXEC);
        std::mutex mutex; ///< guards what follows
        std::optional<Result<client::ClusterMetadata>> answer;
        ~Shared() { ::close(fd); }
        void settle(Result<client::ClusterMetadata> result) {
            const std::lock_guard lock(mutex);
            if (!answer)
                answer = std::move(result);
            const std::uint64_t one = 1;
            [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
        }
    };
    auto shared = std::make_shared<Shared>();
    auto opened = client::ClusterHandle::open(config, [shared](const client::ClientEvent& event) {
        if (event.kind == client::ClientEvent::Kind::Error && (event.code == ErrorCode::AuthenticationFailed || event.code == ErrorCode::TlsFailed))
            shared->settle(fail(event.code, {}, event.text));
    });
    if (!opened)
        return fails(TestStep::Login, Finding::SettingsUnusable, QStringLiteral("%1: %2").arg(opened.error().what, opened.error().why));
    (*opened)->setTimeout(limits.library);
    (*opened)->metadata().then([shared](const Result<client::ClusterMetadata>& answer) { shared->settle(answer); });
    pollfd fds[2] = {{shared->fd, POLLIN, 0}, {cancelFd, POLLIN, 0}};
    while (::poll(fds, 2, static_cast<int>(limits.library.count()) + 1000) < 0 && errno == EINTR) {}
    (*opened)->close();
    const std::lock_guard lock(shared->mutex);
    if (cancelled)
        return end(TestStep::Login, StepState::Stopped);
    if (!shared->answer)
        return fails(TestStep::Login, Finding::AnswerTimedOut, {});
    if (!*shared->answer) {
        const auto& error = shared->answer->error();
        const auto finding = error.code == ErrorCode::AuthenticationFailed ? Finding::LoginRefused : error.code == ErrorCode::TlsFailed ? Finding::TlsRefused
            : error.code == ErrorCode::TimedOut                          ? Finding::AnswerTimedOut
                                                                         : Finding::Other;
        return fails(TestStep::Login, finding, error.why);
    }
    outcome.clusterId = (*shared->answer)->clusterId;
    for (const auto& broker : (*shared->answer)->brokers) {
        TestPlace place;
        place.broker = broker.id;
        place.host = broker.host;
        place.port = broker.port;
        advertised.append(place);
    }
    return end(TestStep::Login, StepState::Good);
}

/// Who the brokers say they are.
bool ConnectionTest::Private::metadata() {
    Error last{ErrorCode::Unreachable, {}, {}, 0};
    for (const auto& probe : servers) {
        if (probe->failed() || probe->link() == nullptr)
            continue;
        protocol::MetadataRequest request;
        request.topics.emplace(); // none, not all
        const QString what = QStringLiteral("metadata");
        const auto version = probe->link()->versionOf<protocol::MetadataRequest>(what);
        if (!version) {
            last = version.error();
            continue;
        }
        const auto answer = roundTrip<protocol::MetadataResponse>(*probe->link(), request, *version, what, std::chrono::steady_clock::now() + limits.versions);
        if (!answer) {
            last = answer.error();
            continue;
        }
        outcome.clusterId = answer->clusterId ? QString::fromStdString(*answer->clusterId) : QString();
        for (const auto& broker : answer->brokers) {
            TestPlace place;
            place.broker = broker.nodeId;
            place.host = QString::fromStdString(broker.host);
            place.port = broker.port;
            advertised.append(place);
        }
        return true;
    }
    if (last.code == ErrorCode::Unreachable && !sasl)
        return fails(TestStep::Login, Finding::LoginWanted, last.why);
    return fails(TestStep::Addresses, last.code == ErrorCode::TimedOut ? Finding::AnswerTimedOut : Finding::Other, last.why);
}

bool ConnectionTest::Private::addresses() {
    begin(TestStep::Addresses);
    if (advertised.isEmpty())
        return fails(TestStep::Addresses, Finding::NothingAdvertised, {});
    outcome.brokers = static_cast<int>(advertised.size());
    Probes probes;
    for (const auto& place : advertised.mid(0, limits.brokersMax)) {
        probes.push_back(std::make_unique<ConnectionProbe>(place.host, place.port, cancelFd));
        probes.back()->place().broker = place.broker;
    }
    onEach(probes, [this](ConnectionProbe& probe) {
        bool going = probe.resolve(limits.names) && probe.dial(limits.ports);
        if (going && tls && !tlsByLibrary)
            going = probe.encrypt(security, believeAll, limits.tls);
        if (tlsByLibrary)
            return;
        going = going && probe.versions(limits.versions);
        // A password goes readable only to this computer; elsewhere that a Kafka answers is enough.
        const bool readable = security.sendsSecret() && !tls && !QHostAddress(probe.place().addresses.value(0)).isLoopback();
        if (going && sasl && !loginByLibrary && !readable)
            probe.login(security, limits.login);
    });
    QStringList known;
    for (const auto& server : servers)
        known << server->place().host << server->place().addresses;
    int good = 0, foreign = 0;
    for (const auto& probe : probes) {
        probe->close();
        auto place = probe->place();
        place.foreign = isForeignHost(place.host, known);
        foreign += place.foreign;
        report(TestStep::Addresses).places.append(place);
        good += probe->failed() ? 0 : 1;
    }
    // A client needs every one of them: the partitions that an unreachable broker leads cannot be read.
    if (good < static_cast<int>(probes.size()))
        return end(TestStep::Addresses, StepState::Failed);
    return end(TestStep::Addresses, foreign > 0 ? StepState::Warned : StepState::Good);
}

bool isForeignHost(const QString& host, const QStringList& known) {
    const auto bare = [](QString name) {
        if (name.endsWith(u'.'))
            name.chop(1);
        return name.toLower();
    };
    const auto domain = [](const QString& name) { return name.section(u'.', -2); };
    const QHostAddress address(host);
    const bool here = address.isLoopback() || bare(host) == QLatin1String("localhost");
    return std::none_of(known.begin(), known.end(), [&](const QString& one) {
        if (bare(one) == bare(host))
            return true;
        const QHostAddress other(one);
        if (here || other.isLoopback() || bare(one) == QLatin1String("localhost"))
            return here && (other.isLoopback() || bare(one) == QLatin1String("localhost"));
        if (!address.isNull() && !other.isNull())
            return address.protocol() == other.protocol() && address.isInSubnet(other, address.protocol() == QAbstractSocket::IPv4Protocol ? 16 : 48);
        if (!address.isNull() || !other.isNull())
            return false;
        // Two names without a domain are two machines of one network.
        return bare(one).contains(u'.') == bare(host).contains(u'.') && (!bare(host).contains(u'.') || domain(bare(one)) == domain(bare(host)));
    });
}

ConnectionTest::ConnectionTest(client::ClientConfig config, TestLimits limits) : d(std::make_unique<Private>()) {
    d->config = std::move(config);
    d->limits = limits;
    for (int i = 0; i < kTestSteps; ++i) {
        StepReport report;
        report.step = static_cast<TestStep>(i);
        d->outcome.steps.append(report);
    }
}

ConnectionTest::~ConnectionTest() = default;

TestOutcome ConnectionTest::run(const std::function<void(const StepReport&)>& told) {
    d->told = told;
    d->outcome.good = d->prepare() && d->names() && d->step(TestStep::Ports, [this](ConnectionProbe& probe) { probe.dial(d->limits.ports); }) && d->encrypt()
        && d->versions() && d->login()
        && (d->loginByLibrary || d->metadata()) && d->addresses();
    for (auto& probe : d->servers)
        probe->close();
    d->outcome.cancelled = d->cancelled;
    return d->outcome;
}

void ConnectionTest::cancel() {
    d->cancelled = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(d->cancelFd, &one, sizeof one);
}

} // namespace models::wire
