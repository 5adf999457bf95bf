#include "app/replay/replay_command.h"

#include "models/audit/audit_log.h"
#include "models/base/format.h"
#include "models/changes/change_service.h"
#include "models/client/cluster_handle.h"
#include "models/client/properties_file.h"
#include "models/connections/connection_store.h"
#include "models/serdes/decode.h"
#include "models/store/state_paths.h"

#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTimer>
#include <csignal>
#include <cstdio>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace app::replay {
namespace {

using namespace models;
using namespace Qt::StringLiterals;

/// To standard error, safe for a terminal whatever a broker says.
void tell(const QString& text) {
    for (const auto& line : text.split(u'\n')) {
        const QByteArray utf8 = (u"samsa: "_qs + serdes::safeText(line) + u'\n').toUtf8();
        std::fwrite(utf8.constData(), 1, static_cast<std::size_t>(utf8.size()), stderr);
    }
}

int failed(const Error& error) {
    tell(error.toString());
    switch (error.code) {
    case ErrorCode::Invalid: return kUsage;
    case ErrorCode::Refused:
    case ErrorCode::ReadOnly:
    case ErrorCode::ChangedMeanwhile: return kRefused;
    default: return kFailure;
    }
}

Result<client::ClientConfig> configOf(const std::string& servers, const std::string& file, const QString& option) {
    client::ClientConfig config;
    if (!file.empty()) {
        auto read = client::readPropertiesFile(QString::fromStdString(file));
        if (!read)
            return read;
        config = std::move(*read);
    }
    if (!servers.empty())
        config.bootstrapServers = QString::fromStdString(servers);
    if (config.servers().isEmpty())
        return fail(ErrorCode::Invalid, option, u"name a broker with %1 HOST:PORT"_qs.arg(option));
    return config;
}

Result<models::replay::Order> orderOf(const Request& request) {
    models::replay::Order order;
    auto source = configOf(request.servers, request.propertiesFile, u"-b"_qs);
    if (!source)
        return std::unexpected(source.error());
    order.source = *source;
    const bool same = request.targetServers.empty() && request.targetPropertiesFile.empty();
    auto target = same ? source : configOf(request.targetServers, request.targetPropertiesFile, u"--to"_qs);
    if (!target)
        return std::unexpected(target.error());
    order.target = *target;
    order.sourceTopic = QString::fromStdString(request.topic);
    order.targetTopic = QString::fromStdString(request.targetTopic);
    order.placement = request.keepPartition ? models::replay::Placement::Keep : models::replay::Placement::ByKey;
    auto from = models::replay::parseBound(QString::fromStdString(request.from));
    if (!from)
        return std::unexpected(from.error());
    auto until = models::replay::parseBound(QString::fromStdString(request.until));
    if (!until)
        return std::unexpected(until.error());
    order.from = *from;
    order.until = *until;
    order.messagesPerSecond = request.rate;
    order.withoutTransactions = request.withoutTransactions;
    return order;
}

/// The stored connection that one of these servers belongs to and that is not to be written to.
const connections::ConnectionProfile* protectedProfile(const connections::ConnectionStore& store, const client::ClientConfig& target) {
    const auto wanted = target.servers();
    for (const auto& profile : store.profiles())
        for (const auto& server : profile.config.servers())
            if (profile.opensReadOnly() && wanted.contains(server, Qt::CaseInsensitive))
                return &profile;
    return nullptr;
}

QString progressLine(const models::replay::Progress& progress) {
    using Phase = models::replay::Progress::Phase;
    QString line = u"%1 arrived, %2, %3, %4 of the range"_qs.arg(format::count(progress.tally.sent), format::bytes(progress.tally.bytes), format::rate(progress.perSecond),
        format::percent(progress.offsetsTotal > 0 ? static_cast<double>(progress.offsetsDone) / static_cast<double>(progress.offsetsTotal) : 1));
    if (progress.phase == Phase::Starting)
        line = u"starting"_qs;
    if (progress.phase == Phase::Waiting)
        line += u"; waiting: "_qs + progress.waitingFor;
    return line;
}

void tellPlan(const changes::Plan& plan) {
    tell(plan.title);
    for (const auto& line : plan.lines)
        tell(u"  %1: %2"_qs.arg(line.what, line.after));
    for (const auto& text : plan.consequences)
        tell(u"  "_qs + text);
    for (const auto& text : plan.warnings)
        tell(u"  Note well: "_qs + text);
}

/// Asks on the terminal; true where nobody sits at one.
bool agreed(const Request& request, const changes::Plan& plan) {
    if (request.yes || plan.warnings.isEmpty() || ::isatty(STDIN_FILENO) == 0)
        return true;
    std::fputs("samsa: go on? [y/N] ", stderr);
    char answer[16] = "";
    return std::fgets(answer, sizeof answer, stdin) != nullptr && (answer[0] == 'y' || answer[0] == 'Y');
}

/// One replay from plan to report; quits the event loop with its exit code.
class Session : public QObject {
public:
    Session(const Request& request, std::shared_ptr<store::Database> database) : m_request(request), m_database(std::move(database)), m_audit(m_database), m_connections(m_database) {}

    void start() {
        watchSignals();
        connect(&m_connections, &connections::ConnectionStore::changed, this, [this] { plan(); }, Qt::SingleShotConnection);
        connect(&m_connections, &connections::ConnectionStore::failed, this, [](const Error& error) { QCoreApplication::exit(failed(error)); });
        m_connections.load();
    }

private:
    void plan() {
        auto order = orderOf(m_request);
        if (!order) {
            QCoreApplication::exit(failed(order.error()));
            return;
        }
        const auto* profile = protectedProfile(m_connections, order->target);
        const bool unlocked = profile != nullptr && !m_request.unlock.empty() && profile->name == QString::fromStdString(m_request.unlock);
        auto handle = client::ClusterHandle::open(order->target);
        if (!handle) {
            QCoreApplication::exit(failed(handle.error()));
            return;
        }
        changes::Target target;
        target.key = profile != nullptr ? profile->id : order->target.bootstrapServers;
        target.name = profile != nullptr ? profile->name : order->target.bootstrapServers;
        target.production = profile != nullptr && profile->production;
        target.bootstrapServers = order->target.bootstrapServers;
        target.readOnly = [refuse = profile != nullptr && !unlocked] { return refuse; };
        target.operations = [operations = changes::operationsOver(*handle)] { return operations; };
        m_changes = std::make_unique<changes::ChangeService>(target, &m_audit);
        m_desk = std::make_shared<models::replay::ReplayDesk>(m_database);
        m_changes->plan(changes::ReplayMessages{*order, m_desk}, this, [this, profile, unlocked](Result<changes::Plan> plan) {
            if (!plan) {
                QCoreApplication::exit(failed(plan.error()));
                return;
            }
            tellPlan(*plan);
            if (m_request.planOnly) {
                QCoreApplication::exit(kOk);
                return;
            }
            if (profile != nullptr && !unlocked)
                tell(u"'%1' is marked %2; to write to it all the same, add --unlock with its name"_qs.arg(profile->name, profile->production ? u"production"_qs : u"read-only"_qs));
            else if (!agreed(m_request, *plan)) {
                QCoreApplication::exit(kRefused); // nothing was sent
                return;
            }
            apply(*plan);
        });
    }

    void apply(const changes::Plan& plan) {
        auto* timer = new QTimer(this);
        connect(timer, &QTimer::timeout, this, [this] {
            if (!m_request.quiet)
                tell(progressLine(m_desk->control.progress()));
        });
        timer->start(2000);
        m_applying = true;
        m_changes->apply(plan, this, [this](Result<changes::Applied> applied) {
            if (!applied) {
                const auto code = failed(applied.error());
                if (const QString id = m_desk->control.progress().replayId; !id.isEmpty() && code == kFailure)
                    tell(u"nothing is lost: the same command goes on where it was"_qs);
                QCoreApplication::exit(code);
                return;
            }
            report(*m_desk->report);
        });
    }

    void report(const models::replay::Report& report) {
        for (const auto& note : report.notes)
            tell(note);
        const double seconds = static_cast<double>(std::max<qint64>(1, report.elapsedMs)) / 1000;
        tell(u"%1 messages arrived, %2; %3 of them now, in %4 (%5)"_qs.arg(format::count(report.tally.sent), format::bytes(report.tally.bytes), format::count(report.sentNow),
            format::duration(report.elapsedMs), format::rate(static_cast<double>(report.sentNow) / seconds)));
        tell(report.transactional && report.tally.repeatedMax == 0 ? u"each arrived once"_qs
                : report.tally.repeatedMax > 0 ? u"none is missing; up to %1 may have arrived twice"_qs.arg(format::count(report.tally.repeatedMax))
                                               : u"none is missing, none was sent twice"_qs);
        if (!report.finished)
            tell(u"stopped; the same command goes on where it was"_qs);
        QCoreApplication::exit(report.finished ? kOk : kInterrupted);
    }

    /// The first signal stops after the portion at work; the second ends the program as it is, which loses nothing either.
    void watchSignals() {
        sigset_t set;
        ::sigemptyset(&set);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP})
            ::sigaddset(&set, signal);
        const int descriptor = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        auto* notifier = new QSocketNotifier(descriptor, QSocketNotifier::Read, this);
        connect(notifier, &QSocketNotifier::activated, this, [this, descriptor] {
            signalfd_siginfo info{};
            if (::read(descriptor, &info, sizeof info) != sizeof info)
                return;
            if (m_interrupted || !m_applying)
                std::_Exit(kInterrupted);
            m_interrupted = true;
            tell(u"stopping after what is on its way"_qs);
            m_desk->control.stop();
        });
    }

    const Request m_request;
    std::shared_ptr<store::Database> m_database;
    audit::AuditLog m_audit;
    connections::ConnectionStore m_connections;
    std::shared_ptr<models::replay::ReplayDesk> m_desk;
    std::unique_ptr<changes::ChangeService> m_changes;
    bool m_applying = false;
    bool m_interrupted = false;
};

} // namespace

int run(const Request& request) {
    // Before any thread is made, so that all of them leave these signals to the notifier.
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        ::sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    auto database = store::Database::open(store::databasePath());
    if (!database)
        return failed(database.error());
    Session session(request, *database);
    session.start();
    const int code = QCoreApplication::exec();
    if (!client::waitForDestroyed(std::chrono::seconds(3)))
        std::_Exit(code);
    return code;
}

} // namespace app::replay
