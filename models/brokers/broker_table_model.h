#pragma once
// The brokers of a session as rows. Columns: id, state, address, rack, role, leaders, replicas, not in sync, bytes, in, messages.
// StateRole of a row: "ok", "warning" (replicas behind), "error" (down).

#include "models/base/snapshot_table_model.h"
#include "models/session/snapshots.h"

namespace models::session {
class ClusterSession;
}

namespace models::brokers {

class BrokerTableModel : public SnapshotTableModel<session::Broker> {
    Q_OBJECT
public:
    enum Role { BrokerIdRole = FirstModelRole };
    enum ColumnIndex { IdColumn, StateColumn, AddressColumn, RackColumn, RoleColumn, LeadersColumn, ReplicasColumn, NotInSyncColumn, BytesColumn, BytesInColumn, MessagesInColumn };
    explicit BrokerTableModel(session::ClusterSession* session, QObject* parent = nullptr);
    QHash<int, QByteArray> roleNames() const override;

protected:
    QString keyOf(const session::Broker& row) const override;
    QVariant cell(const session::Broker& row, int column, int role) const override;
};

} // namespace models::brokers
