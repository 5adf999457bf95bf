#include "models/brokers/broker_table_model.h"

#include "models/base/format.h"
#include "models/session/cluster_session.h"

namespace models::brokers {

using session::Broker;
using session::BrokerState;
using session::ClusterSession;

BrokerTableModel::BrokerTableModel(ClusterSession* session, QObject* parent)
    : SnapshotTableModel({{QStringLiteral("id"), tr("Broker"), true}, {QStringLiteral("state"), tr("State")}, {QStringLiteral("address"), tr("Address")},
                             {QStringLiteral("rack"), tr("Rack"), false, {}, false}, {QStringLiteral("role"), tr("Role")}, {QStringLiteral("leaders"), tr("Leads"), true},
                             {QStringLiteral("replicas"), tr("Replicas"), true}, {QStringLiteral("notInSync"), tr("Not in sync"), true},
                             {QStringLiteral("bytes"), tr("On disk"), true}, {QStringLiteral("bytesIn"), tr("In"), true, tr("Growth of the partitions that it leads")},
                             {QStringLiteral("messagesIn"), tr("Messages"), true, tr("Messages a second into the partitions that it leads")}},
          parent) {
    if (session == nullptr)
        return;
    const auto take = [this, session] {
        if (session->brokers())
            setRows(session->brokers()->brokers);
    };
    connect(session, &ClusterSession::brokersChanged, this, take);
    take();
}

QHash<int, QByteArray> BrokerTableModel::roleNames() const {
    auto names = SnapshotTableModel::roleNames();
    names.insert(BrokerIdRole, "brokerId");
    return names;
}

QString BrokerTableModel::keyOf(const Broker& row) const { return QString::number(row.id); }

QVariant BrokerTableModel::cell(const Broker& row, int column, int role) const {
    if (role == BrokerIdRole)
        return row.id;
    if (role == StateRole)
        return row.state != BrokerState::Up ? QStringLiteral("error") : row.notInSync > 0 ? QStringLiteral("warning") : QStringLiteral("ok");
    const bool display = role == Qt::DisplayRole;
    if (!display && role != SortRole && role != NumberRole)
        return {};
    const auto number = [display](qint64 value, const QString& text) -> QVariant { return display ? QVariant(text) : QVariant(value); };
    switch (column) {
    case IdColumn: return number(row.id, QString::number(row.id));
    case StateColumn:
        if (role == NumberRole)
            return {};
        return row.state == BrokerState::Up ? tr("up") : row.state == BrokerState::Down ? tr("down") : tr("not known");
    case AddressColumn: return role == NumberRole ? QVariant() : row.host.isEmpty() ? QVariant(QString()) : QVariant(QStringLiteral("%1:%2").arg(row.host).arg(row.port));
    case RackColumn: return role == NumberRole ? QVariant() : QVariant(row.rack);
    case RoleColumn: return role == NumberRole ? QVariant() : row.quorumLeader ? QVariant(tr("quorum leader")) : row.quorumVoter ? QVariant(tr("quorum voter")) : QVariant(QString());
    case LeadersColumn: return number(row.leaders, format::count(row.leaders));
    case ReplicasColumn: return number(row.replicas, format::count(row.replicas));
    case NotInSyncColumn: return number(row.notInSync, format::count(row.notInSync));
    case BytesColumn: return number(row.bytes, format::bytes(row.bytes));
    case BytesInColumn: return display ? QVariant(format::byteRate(row.bytesInPerSecond)) : QVariant(row.bytesInPerSecond);
    case MessagesInColumn: return display ? QVariant(format::rate(row.messagesPerSecond)) : QVariant(row.messagesPerSecond);
    default: return {};
    }
}

} // namespace models::brokers
