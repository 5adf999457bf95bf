#include "models/changes/change_service.h"

#include "models/base/format.h"
#include "models/changes/access_plan.h"
#include "models/changes/planner.h"
#include "models/client/cluster_handle.h"
#include "models/session/cluster_session.h"

#include <QCoreApplication>
#include <QDateTime>
#include <chrono>
#include <thread>

namespace models::changes {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Changes)
};

std::atomic<quint64>& nextPlanId() {
    static std::atomic<quint64> next{1};
    return next;
}

QString linesText(const QList<PlanLine>& lines, bool after) {
    QStringList texts;
    for (const auto& line : lines)
        if (const QString& value = after ? line.after : line.before; !value.isEmpty())
            texts.append(QStringLiteral("%1: %2").arg(line.what, value));
    return texts.join(u'\n');
}

QString actorName() {
    QString user = qEnvironmentVariable("USER", qEnvironmentVariable("LOGNAME"));
    return user.isEmpty() ? QCoreApplication::applicationName() : user;
}

/// Carries out one change; what the request itself answered goes to `note`.
struct Doer {
    const client::ApprovedPlan& approved;
    ClusterOperations* operations;
    LocalBrokerControl* local;
    QString& note;

    Result<void> operator()(const CreateTopic& change) const { return operations->createTopic(approved, change.topic); }
    Result<void> operator()(const DeleteTopic& change) const { return operations->deleteTopic(approved, change.topic); }
    Result<void> operator()(const AddPartitions& change) const { return operations->createPartitions(approved, change.topic, change.totalCount); }
    Result<void> operator()(const AlterConfig& change) const { return operations->alterConfigs(approved, change.resource, change.changes); }
    Result<void> operator()(const DeleteRecords& change) const {
        auto answers = operations->deleteRecords(approved, change.cuts);
        if (!answers)
            return std::unexpected(answers.error());
        return {};
    }
    Result<void> operator()(const DeleteGroup& change) const { return operations->deleteGroup(approved, change.group); }
    Result<void> operator()(const ResetOffsets& change) const { return operations->setOffsets(approved, change.group, change.targets); }
    Result<void> operator()(const ProduceMessage& change) const {
        auto stored = operations->produce(approved, change);
        if (!stored)
            return std::unexpected(stored.error());
        note = Text::tr("partition %1, offset %2").arg(stored->partition.partition).arg(stored->offset);
        return {};
    }
    Result<void> operator()(const ReplayMessages& change) const {
        auto report = replay::run(approved, *change.desk->prepared, change.desk->store, change.desk->control);
        if (!report)
            return std::unexpected(report.error());
        note = report->finished ? Text::tr("%1 messages arrived, %2").arg(format::count(report->tally.sent), format::bytes(report->tally.bytes))
                                : Text::tr("stopped after %1 messages; it can be gone on with").arg(format::count(report->tally.sent));
        change.desk->report = std::move(*report);
        return {};
    }
    Result<void> operator()(const AlterAcls& change) const { return applyAcls(change, approved, *operations); }
    Result<void> operator()(const AlterScramUser& change) const { return applyScram(change, approved, *operations); }
    Result<void> operator()(const BrokerAction& change) const { return local->perform(approved, change); }
};

} // namespace

QString kindName(const Change& change) {
    struct Names {
        QString operator()(const CreateTopic&) const { return QStringLiteral("CreateTopic"); }
        QString operator()(const DeleteTopic&) const { return QStringLiteral("DeleteTopic"); }
        QString operator()(const AddPartitions&) const { return QStringLiteral("AddPartitions"); }
        QString operator()(const AlterConfig&) const { return QStringLiteral("AlterConfig"); }
        QString operator()(const DeleteRecords&) const { return QStringLiteral("DeleteRecords"); }
        QString operator()(const DeleteGroup&) const { return QStringLiteral("DeleteGroup"); }
        QString operator()(const ResetOffsets&) const { return QStringLiteral("ResetOffsets"); }
        QString operator()(const ProduceMessage&) const { return QStringLiteral("ProduceMessage"); }
        QString operator()(const ReplayMessages&) const { return QStringLiteral("ReplayMessages"); }
        QString operator()(const AlterAcls&) const { return QStringLiteral("AlterAcls"); }
        QString operator()(const AlterScramUser&) const { return QStringLiteral("AlterScramUser"); }
        QString operator()(const BrokerAction& action) const {
            static const char* const kinds[] = {"KillBroker", "PauseBroker", "ResumeBroker", "RestartBroker", "StartBroker"};
            return QLatin1String(kinds[static_cast<int>(action.kind)]);
        }
    };
    return std::visit(Names{}, change);
}

Target targetOf(session::ClusterSession* session) {
    const QPointer<session::ClusterSession> guard(session);
    Target target;
    target.key = session->key();
    target.name = session->name();
    target.production = session->config().production;
    target.bootstrapServers = session->config().client.bootstrapServers;
    target.readOnly = [guard] { return guard == nullptr || guard->isReadOnly(); };
    target.operations = [guard]() -> std::shared_ptr<ClusterOperations> {
        const bool connected = guard != nullptr && guard->state() == session::SessionState::Connected;
        return connected ? operationsOver(guard->handle()) : nullptr;
    };
    target.applied = [guard] {
        if (guard)
            guard->refresh();
    };
    return target;
}

ChangeService::ChangeService(Target target, audit::AuditLog* audit, LocalBrokerControl* local, QObject* parent)
    : QObject(parent), m_target(std::move(target)), m_audit(audit), m_local(local) {
    m_pool->setMaxThreadCount(2);
    m_pool->setObjectName(QStringLiteral("changes"));
    m_replays->setMaxThreadCount(8);
    m_replays->setObjectName(QStringLiteral("replays"));
}

ChangeService::~ChangeService() {
    // A replay stops after the portion at work; one whose cluster hangs is left behind, and what it leaves half done is done again when it is gone on with.
    for (const auto& desk : m_replaying)
        if (const auto alive = desk.lock())
            alive->control.stop();
    if (!m_replays->waitForDone(1500))
        (void)m_replays.release();
    for (const auto& one : m_using)
        if (const auto alive = one.lock())
            alive->cancel();
    // Requests end by their own time-outs or with their handle; what was intended and not closed is found at the next start. A pool that is destroyed
    // waits for its work, however long that takes.
    if (!m_pool->waitForDone(500))
        (void)m_pool.release();
}

std::optional<Error> ChangeService::refusal() const {
    if (m_target.readOnly())
        return Error{ErrorCode::ReadOnly, m_target.name, Text::tr("the connection is read-only"), 0};
    if (m_target.operations() == nullptr)
        return Error{ErrorCode::Unreachable, m_target.name, Text::tr("the cluster is not connected"), 0};
    return std::nullopt;
}

std::optional<Error> ChangeService::refusal(const Change& change) const {
    if (!std::holds_alternative<BrokerAction>(change))
        return refusal();
    if (m_target.readOnly())
        return Error{ErrorCode::ReadOnly, m_target.name, Text::tr("the connection is read-only"), 0};
    if (m_local == nullptr)
        return Error{ErrorCode::Unsupported, m_target.name, Text::tr("only brokers of a local cluster can be stopped and started from here"), 0};
    return std::nullopt;
}

std::shared_ptr<ClusterOperations> ChangeService::use(std::shared_ptr<ClusterOperations> operations) {
    m_using.removeIf([](const auto& one) { return one.expired(); });
    if (operations)
        m_using.append(operations);
    return operations;
}

void ChangeService::plan(const Change& change, QObject* context, std::function<void(Result<Plan>)> deliver) {
    const QPointer<QObject> receiver(context);
    // A plan may be made on a read-only connection: looking is free, apply refuses.
    auto operations = use(m_target.operations());
    if (const auto* replaying = std::get_if<ReplayMessages>(&change)) {
        m_replaying.removeIf([](const auto& one) { return one.expired(); });
        m_replaying.append(replaying->desk); // a file of gigabytes is looked through for minutes
    }
    m_pool->start([change, receiver, deliver = std::move(deliver), operations, servers = m_target.bootstrapServers, production = m_target.production, local = m_local] {
        auto plan = makePlan(change, {operations.get(), local, servers, production});
        if (plan)
            plan->id = nextPlanId()++;
        QMetaObject::invokeMethod(QCoreApplication::instance(), [receiver, deliver, plan] {
            if (receiver)
                deliver(plan);
        }, Qt::QueuedConnection);
    });
}

void ChangeService::apply(const Plan& plan, QObject* context, std::function<void(Result<Applied>)> deliver) {
    const QPointer<QObject> receiver(context);
    const QPointer<ChangeService> self(this);
    const auto finish = [self, receiver, deliver = std::move(deliver), plan](const Result<Applied>& outcome) {
        QMetaObject::invokeMethod(QCoreApplication::instance(), [self, receiver, deliver, plan, outcome] {
            if (self && self->m_target.applied)
                self->m_target.applied();
            if (receiver)
                deliver(outcome);
            if (self && outcome)
                emit self->applied(plan, *outcome);
        }, Qt::QueuedConnection);
    };
    // Asked here, on the interface thread, where read-only can be trusted to be what the window shows.
    if (const auto refused = refusal(plan.change)) {
        finish(std::unexpected(Error{refused->code, plan.title, refused->why, 0}));
        return;
    }
    Work work{plan, use(m_target.operations()), m_audit, m_local, m_target.key, m_target.name, m_target.bootstrapServers, m_target.production};
    // A replay may take hours, and must not stand in the way of other changes.
    auto* pool = m_pool.get();
    if (const auto* replaying = std::get_if<ReplayMessages>(&plan.change)) {
        m_replaying.append(replaying->desk);
        pool = m_replays.get();
    }
    pool->start([work = std::move(work), finish] { finish(applyNow(work)); });
}

Result<Applied> ChangeService::applyNow(const Work& work) {
    const Plan& plan = work.plan;
    const PlanContext context{work.operations.get(), work.local, work.bootstrapServers, work.production};
    // What was expected must still stand: the plan is made once more and its expectation compared.
    auto again = makePlan(plan.change, context);
    if (!again)
        return std::unexpected(again.error());
    if (again->expectation != plan.expectation)
        return fail(ErrorCode::ChangedMeanwhile, plan.title, Text::tr("somebody changed it since the plan was made"));

    audit::AuditEntry entry;
    entry.startedMs = QDateTime::currentMSecsSinceEpoch();
    entry.clusterKey = work.key;
    entry.clusterName = work.name;
    entry.kind = kindName(plan.change);
    entry.target = plan.target;
    entry.before = linesText(plan.lines, false);
    entry.after = linesText(plan.lines, true);
    entry.command = plan.command;
    entry.actor = actorName();
    if (work.audit == nullptr)
        return fail(ErrorCode::Storage, plan.title, Text::tr("there is no audit trail to write to"));
    const auto row = work.audit->intend(entry).result();
    if (!row) // without a trace nothing is changed
        return fail(ErrorCode::Storage, plan.title, Text::tr("the audit trail cannot be written: %1").arg(row.error().why));

    const client::ApprovedPlan approved(work.key, *row);
    QString note;
    if (auto done = std::visit(Doer{approved, work.operations.get(), work.local, note}, plan.change); !done) {
        // A request without an answer may have been carried out.
        const bool unknown = done.error().code == ErrorCode::TimedOut || done.error().code == ErrorCode::Cancelled;
        work.audit->close(*row, unknown ? audit::Outcome::Unknown : audit::Outcome::Failed, {}, done.error().why).waitForFinished();
        return std::unexpected(Error{done.error().code, plan.title, done.error().why, done.error().kafkaCode});
    }
    auto outcome = verify(plan, context);
    outcome.auditRow = *row;
    if (!note.isEmpty())
        outcome.verified = note;
    work.audit->close(*row, audit::Outcome::Done, {}, outcome.seen ? outcome.verified : Text::tr("accepted; not seen yet: %1").arg(outcome.verified)).waitForFinished();
    return outcome;
}

Applied ChangeService::verify(const Plan& plan, const PlanContext& context) {
    // Metadata reaches the brokers a moment after the controller answered.
    using namespace std::chrono_literals;
    Applied last;
    for (const auto pause : {0ms, 50ms, 150ms, 400ms, 1000ms}) {
        std::this_thread::sleep_for(pause);
        auto seen = verifyChange(plan, context);
        if (!seen) {
            last.verified = seen.error().why;
            continue;
        }
        last = *seen;
        if (last.seen)
            break;
    }
    return last;
}

} // namespace models::changes
