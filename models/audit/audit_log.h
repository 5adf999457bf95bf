#pragma once
// What was done, to which cluster, by whom, with before and after. A row is written as intended before the request and closed after it: a row still
// open when the program starts means "outcome unknown".

#include "models/base/snapshot_table_model.h"
#include "models/store/database.h"

#include <QFuture>
#include <QObject>
#include <memory>

namespace models::audit {

enum class Outcome { Intended, Done, Failed, Unknown };
QString toString(Outcome outcome);

struct AuditEntry {
    qint64 id = 0;
    qint64 startedMs = 0;
    qint64 endedMs = 0; ///< 0 = not closed
    QString clusterKey;
    QString clusterName;
    QString kind;    ///< "CreateTopic"
    QString target;  ///< "orders"
    QString before;  ///< as text, one line a fact
    QString after;
    QString command; ///< the equivalent kafka-*.sh line
    Outcome outcome = Outcome::Intended;
    QString detail;  ///< why it failed, or what was verified
    QString actor;   ///< login name and "window" or "command line"
    bool operator==(const AuditEntry&) const = default;
};

/// Thread-safe; changed() comes on the thread that owns it.
class AuditLog : public QObject {
    Q_OBJECT
public:
    explicit AuditLog(std::shared_ptr<store::Database> database, QObject* parent = nullptr);

    /// Rows left open by a crash become Unknown. Once, at start, before the first intend().
    QFuture<Result<qint64>> closeForgotten();
    QFuture<Result<qint64>> intend(const AuditEntry& entry); ///< the row's id, once it is on disk
    QFuture<Result<void*>> close(qint64 id, Outcome outcome, const QString& after, const QString& detail);
    /// The newest `count`, newest first; of one cluster, or of all when the key is empty.
    QFuture<Result<QList<AuditEntry>>> newest(const QString& clusterKey, int count);

signals:
    void changed();

private:
    template <class T>
    void announce(QFuture<T>& future);
    std::shared_ptr<store::Database> m_database;
};

/// Newest first. Columns: time, cluster, action, target, outcome, detail. StateRole: "ok", "error", "warning" (unknown), "off" (intended).
class AuditTableModel : public SnapshotTableModel<AuditEntry> {
    Q_OBJECT
public:
    enum ColumnIndex { TimeColumn, ClusterColumn, ActionColumn, TargetColumn, OutcomeColumn, DetailColumn };
    explicit AuditTableModel(AuditLog* log, QObject* parent = nullptr);
    void setCluster(const QString& clusterKey); ///< empty = all
    void refresh();

protected:
    QString keyOf(const AuditEntry& row) const override;
    QVariant cell(const AuditEntry& row, int column, int role) const override;

private:
    AuditLog* m_log;
    QString m_clusterKey;
    quint64 m_request = 0;
};

} // namespace models::audit
