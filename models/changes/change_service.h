#pragma once
// The one way to change anything: read state -> plan -> approve -> apply, checking that what was expected still stands -> verify -> audit.
// Read-only connections are refused here, whoever asks.
//
//     service->plan(DeleteTopic{u"orders"_qs}, this, [=](Result<Plan> plan) { show(*plan); });
//     ... the user agrees ...
//     service->apply(plan, this, [=](Result<Applied> outcome) { ... });

#include "models/audit/audit_log.h"
#include "models/changes/change.h"
#include "models/changes/operations.h"

#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <functional>
#include <memory>

namespace models::session {
class ClusterSession;
}

namespace models::changes {

/// Where a change goes. `readOnly` is asked again at apply.
struct Target {
    QString key;
    QString name;
    bool production = false;
    QString bootstrapServers; ///< for the equivalent commands
    std::function<bool()> readOnly;
    std::function<std::shared_ptr<ClusterOperations>()> operations; ///< null inside when not connected
    std::function<void()> applied; ///< refreshes what is shown
};
/// Of a session; the session must outlive the service.
Target targetOf(session::ClusterSession* session);

/// One per cluster. Interface thread; requests run on its own small pool; answers are dropped when `context` is gone.
class ChangeService : public QObject {
    Q_OBJECT
public:
    ChangeService(Target target, audit::AuditLog* audit, LocalBrokerControl* local = nullptr, QObject* parent = nullptr);
    ~ChangeService() override;

    [[nodiscard]] const QString& clusterName() const { return m_target.name; }
    /// Empty = may be changed; otherwise the reason why not (read-only, not connected), for greyed actions.
    [[nodiscard]] std::optional<Error> refusal() const;
    /// The same for one kind of change: broker actions need no writable connection to Kafka, only a local cluster.
    [[nodiscard]] std::optional<Error> refusal(const Change& change) const;

    void plan(const Change& change, QObject* context, std::function<void(Result<Plan>)> deliver);
    /// ChangedMeanwhile when the state is no longer what the plan was made from: plan again and show the difference.
    void apply(const Plan& plan, QObject* context, std::function<void(Result<Applied>)> deliver);

signals:
    void applied(const models::changes::Plan& plan, const models::changes::Applied& outcome);

private:
    /// All that a worker needs, so that it never reaches back into this object.
    struct Work {
        Plan plan;
        std::shared_ptr<ClusterOperations> operations;
        audit::AuditLog* audit; ///< outlives every service: app/ destroys it last
        LocalBrokerControl* local;
        QString key, name, bootstrapServers;
        bool production;
    };
    static Result<Applied> applyNow(const Work& work);
    static Applied verify(const Plan& plan, const struct PlanContext& context);
    std::shared_ptr<ClusterOperations> use(std::shared_ptr<ClusterOperations> operations); ///< remembered, to be cancelled when this goes

    Target m_target;
    QPointer<audit::AuditLog> m_audit;
    LocalBrokerControl* m_local;
    std::unique_ptr<QThreadPool> m_pool = std::make_unique<QThreadPool>();
    QList<std::weak_ptr<ClusterOperations>> m_using;
    std::unique_ptr<QThreadPool> m_replays = std::make_unique<QThreadPool>();
    QList<std::weak_ptr<replay::ReplayDesk>> m_replaying;
};

} // namespace models::changes
