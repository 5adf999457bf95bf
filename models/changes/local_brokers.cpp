#include "models/changes/local_brokers.h"

#include "models/localcluster/local_cluster_service.h"

#include <QCoreApplication>
#include <QSemaphore>

namespace models::changes {
namespace {

using localcluster::LocalClusterService;
using localcluster::NodeState;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Changes)
};

QString stateText(NodeState state) {
    switch (state) {
    case NodeState::Stopped: return Text::tr("stopped");
    case NodeState::Starting: return Text::tr("starting");
    case NodeState::Running: return Text::tr("running");
    case NodeState::Paused: return Text::tr("paused");
    case NodeState::Stopping: return Text::tr("stopping");
    case NodeState::Killed: return Text::tr("killed");
    case NodeState::Crashed: return Text::tr("crashed");
    }
    return {};
}

/// One question that crosses to the service's thread and back; shared, because the worker may give up before the answer.
template <class T>
struct Crossing {
    QSemaphore done;
    Result<T> answer = fail(ErrorCode::TimedOut, {}, {});
};

template <class T>
Result<T> cross(const QPointer<LocalClusterService>& service, std::chrono::milliseconds timeout, const QString& what,
    std::function<void(LocalClusterService&, std::shared_ptr<Crossing<T>>)> ask) {
    auto crossing = std::make_shared<Crossing<T>>();
    // The pointer is looked at on the interface thread only, where the service lives and dies.
    QMetaObject::invokeMethod(QCoreApplication::instance(), [service, crossing, ask = std::move(ask), what] {
        if (service) {
            ask(*service, crossing);
        } else {
            crossing->answer = fail(ErrorCode::Cancelled, what, Text::tr("the program ends"));
            crossing->done.release();
        }
    }, Qt::QueuedConnection);
    if (!crossing->done.tryAcquire(1, static_cast<int>(timeout.count())))
        return fail(ErrorCode::TimedOut, what, Text::tr("the cluster's supervisor does not answer"));
    return crossing->answer;
}

} // namespace

LocalBrokers::LocalBrokers(LocalClusterService* service, std::chrono::milliseconds timeout) : m_service(service), m_timeout(timeout) {}

Result<QString> LocalBrokers::brokerState(const QString& cluster, int broker) {
    const QString what = Text::tr("broker %1 of %2").arg(broker).arg(cluster);
    return cross<QString>(m_service, m_timeout, what, [cluster, broker, what](LocalClusterService& service, const std::shared_ptr<Crossing<QString>>& crossing) {
        crossing->answer = fail(ErrorCode::NotFound, what, Text::tr("there is no such broker"));
        if (const auto found = service.cluster(cluster))
            for (const auto& node : found->nodes)
                if (node.id == broker)
                    crossing->answer = stateText(node.state);
        crossing->done.release();
    });
}

Result<void> LocalBrokers::perform(const client::ApprovedPlan&, const BrokerAction& action) {
    const QString what = Text::tr("broker %1 of %2").arg(action.broker).arg(action.cluster);
    return cross<void>(m_service, m_timeout, what, [action, what](LocalClusterService& service, const std::shared_ptr<Crossing<void>>& crossing) {
        const auto done = [crossing, what](const localcluster::Outcome& outcome) {
            crossing->answer = outcome ? Result<void>(fail(ErrorCode::Refused, what, *outcome)) : Result<void>();
            crossing->done.release();
        };
        switch (action.kind) {
        case BrokerAction::Kind::Kill: service.kill(action.cluster, action.broker, done); break;
        case BrokerAction::Kind::Pause: service.pause(action.cluster, action.broker, done); break;
        case BrokerAction::Kind::Resume: service.resume(action.cluster, action.broker, done); break;
        case BrokerAction::Kind::Restart:
        case BrokerAction::Kind::Start: service.restart(action.cluster, action.broker, done); break;
        }
    });
}

} // namespace models::changes
