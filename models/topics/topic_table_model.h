#pragma once
// Topics and partitions of a session as rows.

#include "models/base/snapshot_table_model.h"
#include "models/session/snapshots.h"

namespace models::session {
class ClusterSession;
}

namespace models::topics {

/// Columns: name, partitions, replicas, messages, bytes, rate (messages/s), byteRate, recent (a picture of the rate, painted by whoever has the series), keeps ("7 days", "compact"), state (in words). StateRole: "ok", "warning" (under-replicated),
/// "error" (offline). Internal topics have InternalRole true: a filter proxy hides them.
class TopicTableModel : public SnapshotTableModel<session::Topic> {
    Q_OBJECT
public:
    enum Role { InternalRole = FirstModelRole, TopicNameRole };
    enum ColumnIndex { NameColumn, PartitionsColumn, ReplicasColumn, MessagesColumn, BytesColumn, RateColumn, ByteRateColumn, RecentColumn, KeepsColumn, StateColumn };
    explicit TopicTableModel(session::ClusterSession* session, QObject* parent = nullptr);
    QHash<int, QByteArray> roleNames() const override;

protected:
    QString keyOf(const session::Topic& row) const override;
    static QVariant cellOf(const session::Topic& row, int column, int role); ///< any thread
};

/// "7 days", "7 days or 1 GiB", "compact", "compact, 1 day": how long a topic keeps its messages.
QString keepsText(const session::TopicKeeps& keeps);

/// One topic's partitions. Columns: partition, leader, replicas, inSync, first, next, messages, bytes, state.
class PartitionTableModel : public SnapshotTableModel<session::Partition> {
    Q_OBJECT
public:
    enum Role { LeaderRole = FirstModelRole };
    enum ColumnIndex { PartitionColumn, LeaderColumn, ReplicasColumn, InSyncColumn, FirstColumn, NextColumn, MessagesColumn, BytesColumn, StateColumn };
    explicit PartitionTableModel(session::ClusterSession* session, QObject* parent = nullptr);
    void setTopic(const QString& topic); ///< another topic's rows replace these
    [[nodiscard]] const QString& topic() const { return m_topic; }

protected:
    QString keyOf(const session::Partition& row) const override;
    static QVariant cellOf(const session::Partition& row, int column, int role); ///< any thread

private:
    void take();
    session::ClusterSession* m_session;
    QString m_topic;
};

} // namespace models::topics
