#pragma once
// Consumer groups, their members and their partitions as rows.

#include "models/base/snapshot_table_model.h"
#include "models/session/snapshots.h"

namespace models::session {
class ClusterSession;
}

namespace models::groups {

/// Columns: id, state, members, partitions (with offsets), lag, behind (the same in time), trend (per second), verdict, reason, assignor, coordinator.
/// StateRole: "ok", "warning" (falling behind, went back, rebalancing), "error" (stalled, stopped), "off" (empty).
class GroupTableModel : public SnapshotTableModel<session::Group> {
    Q_OBJECT
public:
    enum Role { GroupIdRole = FirstModelRole, StandingRole };
    enum ColumnIndex { IdColumn, StateColumn, MembersColumn, PartitionsColumn, LagColumn, BehindColumn, TrendColumn, VerdictColumn, ReasonColumn, AssignorColumn, CoordinatorColumn };
    explicit GroupTableModel(session::ClusterSession* session, QObject* parent = nullptr);
    QHash<int, QByteArray> roleNames() const override;

protected:
    QString keyOf(const session::Group& row) const override;
    static QVariant cellOf(const session::Group& row, int column, int role); ///< any thread
};

/// Kafka's state in words: "stable", "empty", "rebalancing", ...
QString stateText(const QString& kafkaState);

/// One group's partitions. Columns: topic, partition, committed, end, lag, behind (in time), verdict, member, host.
/// StateRole: of the verdict, "off" where it has none.
class GroupPartitionTableModel : public SnapshotTableModel<session::GroupPartition> {
    Q_OBJECT
public:
    enum Role { TopicRole = FirstModelRole, PartitionRole };
    enum ColumnIndex { TopicColumn, PartitionColumn, CommittedColumn, EndColumn, LagColumn, BehindColumn, VerdictColumn, MemberColumn, HostColumn };
    explicit GroupPartitionTableModel(session::ClusterSession* session, QObject* parent = nullptr);
    void setGroup(const QString& group);

protected:
    QString keyOf(const session::GroupPartition& row) const override;
    static QVariant cellOf(const session::GroupPartition& row, int column, int role); ///< any thread

private:
    void take();
    session::ClusterSession* m_session;
    QString m_group;
};

/// One group's members. Columns: client, member, instance, host, partitions (count), assignment (text).
class GroupMemberTableModel : public SnapshotTableModel<client::GroupMember> {
    Q_OBJECT
public:
    enum ColumnIndex { ClientColumn, MemberColumn, InstanceColumn, HostColumn, PartitionsColumn, AssignmentColumn };
    explicit GroupMemberTableModel(session::ClusterSession* session, QObject* parent = nullptr);
    void setGroup(const QString& group);

protected:
    QString keyOf(const client::GroupMember& row) const override;
    static QVariant cellOf(const client::GroupMember& row, int column, int role); ///< any thread

private:
    void take();
    session::ClusterSession* m_session;
    QString m_group;
};

} // namespace models::groups
