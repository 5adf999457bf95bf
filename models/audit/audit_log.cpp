#include "models/audit/audit_log.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QPointer>

namespace models::audit {
namespace {

Outcome outcomeOf(const QString& text) {
    for (const auto outcome : {Outcome::Intended, Outcome::Done, Outcome::Failed})
        if (text == toString(outcome))
            return outcome;
    return Outcome::Unknown;
}

QString outcomeText(Outcome outcome) {
    switch (outcome) {
    case Outcome::Intended: return AuditTableModel::tr("under way");
    case Outcome::Done: return AuditTableModel::tr("done");
    case Outcome::Failed: return AuditTableModel::tr("failed");
    case Outcome::Unknown: return AuditTableModel::tr("outcome unknown");
    }
    return {};
}

} // namespace

QString toString(Outcome outcome) {
    switch (outcome) {
    case Outcome::Intended: return QStringLiteral("Intended");
    case Outcome::Done: return QStringLiteral("Done");
    case Outcome::Failed: return QStringLiteral("Failed");
    case Outcome::Unknown: return QStringLiteral("Unknown");
    }
    return QStringLiteral("Unknown");
}

AuditLog::AuditLog(std::shared_ptr<store::Database> database, QObject* parent) : QObject(parent), m_database(std::move(database)) {}

template <class T>
void AuditLog::announce(QFuture<T>& future) {
    // The continuation runs on the database's thread, the signal leaves on ours. A future carries one continuation, so the caller gets the second.
    const QPointer<AuditLog> self(this);
    future = future.then(QtFuture::Launch::Sync, [self](const T& result) {
        QMetaObject::invokeMethod(QCoreApplication::instance(), [self] {
            if (self)
                emit self->changed();
        }, Qt::QueuedConnection);
        return result;
    });
}

QFuture<Result<qint64>> AuditLog::closeForgotten() {
    return m_database->run<qint64>([](store::Connection& connection) -> Result<qint64> {
        if (auto done = connection.execute("UPDATE audit SET outcome=? WHERE outcome=?", {toString(Outcome::Unknown), toString(Outcome::Intended)}); !done)
            return std::unexpected(done.error());
        return connection.changedRows();
    });
}

QFuture<Result<qint64>> AuditLog::intend(const AuditEntry& entry) {
    auto future = m_database->run<qint64>([entry](store::Connection& connection) {
        return connection.insert(
            "INSERT INTO audit(started_ms, cluster_key, cluster_name, kind, target, before, after, command, outcome, detail, actor) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
            {entry.startedMs, entry.clusterKey, entry.clusterName, entry.kind, entry.target, entry.before,
                entry.after, entry.command, toString(Outcome::Intended),
                QStringLiteral(""), entry.actor});
    });
    announce(future);
    return future;
}

QFuture<Result<void*>> AuditLog::close(qint64 id, Outcome outcome, const QString& after, const QString& detail) {
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    auto future = m_database->run<void*>([=](store::Connection& connection) -> Result<void*> {
        auto done = connection.execute("UPDATE audit SET ended_ms=?, outcome=?, after=CASE WHEN ?='' THEN after ELSE ? END, detail=? WHERE id=?",
            {now, toString(outcome), after, after, detail, id});
        if (!done)
            return std::unexpected(done.error());
        return nullptr;
    });
    announce(future);
    return future;
}

QFuture<Result<QList<AuditEntry>>> AuditLog::newest(const QString& clusterKey, int count) {
    return m_database->run<QList<AuditEntry>>([clusterKey, count](store::Connection& connection) -> Result<QList<AuditEntry>> {
        auto rows = connection.query("SELECT id, started_ms, ended_ms, cluster_key, cluster_name, kind, target, before, after, command, outcome, detail, actor FROM audit"
                                     " WHERE ?='' OR cluster_key=? ORDER BY id DESC LIMIT ?",
            {clusterKey, clusterKey, count});
        if (!rows)
            return std::unexpected(rows.error());
        QList<AuditEntry> entries;
        for (const auto& row : *rows)
            entries.append({row[0].toLongLong(), row[1].toLongLong(), row[2].toLongLong(), row[3].toString(), row[4].toString(), row[5].toString(), row[6].toString(),
                row[7].toString(), row[8].toString(), row[9].toString(), outcomeOf(row[10].toString()), row[11].toString(), row[12].toString()});
        return entries;
    });
}

AuditTableModel::AuditTableModel(AuditLog* log, QObject* parent)
    : SnapshotTableModel({{QStringLiteral("time"), tr("Time")}, {QStringLiteral("cluster"), tr("Cluster")}, {QStringLiteral("action"), tr("Action")},
                             {QStringLiteral("target"), tr("Target")}, {QStringLiteral("outcome"), tr("Outcome")}, {QStringLiteral("detail"), tr("Details")}},
          parent),
      m_log(log) {
    if (log != nullptr)
        connect(log, &AuditLog::changed, this, &AuditTableModel::refresh);
    refresh();
}

void AuditTableModel::setCluster(const QString& clusterKey) {
    m_clusterKey = clusterKey;
    refresh();
}

void AuditTableModel::refresh() {
    if (m_log == nullptr)
        return;
    const auto request = ++m_request;
    m_log->newest(m_clusterKey, 1000).then(this, [this, request](const Result<QList<AuditEntry>>& entries) {
        if (request == m_request && entries)
            setRows(*entries);
    });
}

QString AuditTableModel::keyOf(const AuditEntry& row) const { return QString::number(row.id); }

QVariant AuditTableModel::cell(const AuditEntry& row, int column, int role) const {
    switch (role) {
    case StateRole:
        return row.outcome == Outcome::Done ? QStringLiteral("ok") : row.outcome == Outcome::Failed ? QStringLiteral("error")
            : row.outcome == Outcome::Unknown                                                       ? QStringLiteral("warning")
                                                                                                    : QStringLiteral("off");
    case Qt::ToolTipRole: return row.command;
    case SortRole:
        if (column == TimeColumn)
            return row.id;
        [[fallthrough]];
    case Qt::DisplayRole: break;
    default: return {};
    }
    switch (column) {
    case TimeColumn: return format::dateTime(row.startedMs);
    case ClusterColumn: return row.clusterName;
    case ActionColumn: return row.kind;
    case TargetColumn: return row.target;
    case OutcomeColumn: return outcomeText(row.outcome);
    case DetailColumn: return row.detail;
    default: return {};
    }
}

} // namespace models::audit
