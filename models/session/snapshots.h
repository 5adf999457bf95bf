#pragma once
// What a session knows of its cluster. Values; published as Snapshot<T>, never changed afterwards. -1 = not known.

#include "models/base/snapshot.h"
#include "models/client/kafka_types.h"
#include "models/session/verdict.h"

#include <QHash>
#include <QList>
#include <QSet>
#include <QString>
#include <QStringList>

namespace models::session {

enum class BrokerState { Up, Down, Unknown };

struct Broker {
    int id = -1;
    QString host;
    int port = 0;
    QString rack;
    BrokerState state = BrokerState::Unknown; ///< Down: was known or holds replicas, and is not registered now
    qint64 stateSinceMs = 0;   ///< wall clock of the last change of state that we saw; 0 = up since before we looked
    bool quorumLeader = false; ///< active controller; known only where the quorum can be asked
    bool quorumVoter = false;
    qint64 quorumLag = -1;     ///< metadata records behind the quorum's leader
    int leaders = 0;
    int replicas = 0;
    int notInSync = 0;         ///< replicas here that are out of their in-sync set
    qint64 bytes = -1;         ///< on disk
    double bytesInPerSecond = -1; ///< of the partitions that it leads
    double messagesPerSecond = -1;
    bool operator==(const Broker&) const = default;
};
struct BrokersSnapshot {
    QString clusterId;
    QList<Broker> brokers; ///< by id
    int quorumLeader = -1; ///< -1 = not known
    int quorumEpoch = -1;
    [[nodiscard]] const Broker* find(int id) const;
};

struct Partition {
    int id = 0;
    int leader = -1;
    QList<int> replicas;
    QList<int> inSync;
    qint64 begin = -1; ///< first offset
    qint64 end = -1;   ///< next offset: the high watermark
    qint64 bytes = -1; ///< of the leader's replica
    [[nodiscard]] bool offline() const { return leader < 0; }
    [[nodiscard]] bool underReplicated() const { return inSync.size() < replicas.size(); }
    /// -1 = not known. Where nothing was ever written the first offset is known without asking for it.
    [[nodiscard]] qint64 messages() const { return end == 0 ? 0 : begin < 0 || end < 0 ? -1 : end - begin; }
    bool operator==(const Partition&) const = default;
};
/// How long a topic keeps its messages, as its settings say.
struct TopicKeeps {
    QString cleanupPolicy;  ///< "delete", "compact", "compact,delete"
    QString retentionMs;    ///< "-1" = no limit
    QString retentionBytes; ///< of one partition
    bool operator==(const TopicKeeps&) const = default;
};
struct Topic {
    QString name;
    QString id;
    bool internal = false;
    QList<Partition> partitions;
    int replicationFactor = 0;      ///< the largest among its partitions
    qint64 messages = -1;           ///< sum of end - begin; more than there are where compaction or markers leave gaps
    qint64 bytes = -1;              ///< one replica of each partition
    double messagesPerSecond = -1;
    double bytesPerSecond = -1;
    int underReplicated = 0;
    int offline = 0;
    std::optional<TopicKeeps> keeps; ///< none = nobody wanted to know yet, or it may not be asked
    std::optional<Error> error;
    bool operator==(const Topic&) const = default;
};
struct TopicsSnapshot {
    QList<Topic> topics; ///< by name
    int partitions = 0;
    int underReplicated = 0;
    int offline = 0;
    qint64 messages = -1; ///< this and the rates without internal topics
    qint64 bytes = -1;    ///< of all topics
    double messagesPerSecond = -1;
    double bytesPerSecond = -1;
    QHash<QString, int> rowOfName;
    [[nodiscard]] const Topic* find(const QString& name) const;
    /// In the order in which they are offered: internal topics after the others, or not at all.
    [[nodiscard]] QStringList names(bool internalToo) const;
};

struct GroupPartition {
    client::TopicPartition partition;
    qint64 committed = -1;
    qint64 end = -1;
    qint64 lag = -1;
    QString memberId; ///< who reads it, empty = nobody
    QString clientId;
    QString host;
    qint64 unreadSinceMs = -1;    ///< when the oldest message that it has not read was written; 0 = nothing unread, -1 = not known
    bool unreadAtLeast = false;   ///< it was before that: Samsa has not watched for longer
    Judgement judgement;
    bool operator==(const GroupPartition&) const = default;
};
/// How a group keeps up, over the last minute of samples.
enum class GroupPace { Unknown, UpToDate, CatchingUp, Steady, FallingBehind, Stopped };
struct Group {
    QString id;
    QString state; ///< Kafka's word
    QString type;
    QString assignor;
    int coordinator = -1;
    QList<client::GroupMember> members;
    QList<GroupPartition> partitions; ///< by topic and partition
    qint64 lag = -1;
    double lagPerSecond = 0; ///< growth, negative = catching up
    GroupPace pace = GroupPace::Unknown;
    qint64 paceSinceMs = 0;
    qint64 unreadSinceMs = -1; ///< of the partition that is farthest behind in time, as in GroupPartition
    bool unreadAtLeast = false;
    Judgement judgement;       ///< by Burrow's rules, of the gravest partition
    std::optional<Error> error;
    bool operator==(const Group&) const = default;
};
/// The one word for how a group keeps up, on whichever page: Burrow's verdict on its gravest partition, and where that one finds nothing wrong (or cannot
/// tell yet) which way the lag of all its partitions together goes. In order of severity.
enum class GroupStanding { Unknown, Fine, CatchesUp, StaysBehind, FallsBehind, Stalled, Stopped, WentBack };
GroupStanding standingOf(const Group& group);
/// It reads less than is written. One whose offsets went back reads again, which somebody wanted.
inline bool isBehind(GroupStanding standing) { return standing == GroupStanding::FallsBehind || standing == GroupStanding::Stalled || standing == GroupStanding::Stopped; }
struct GroupsSnapshot {
    QList<Group> groups; ///< by id
    [[nodiscard]] const Group* find(const QString& id) const;
};

/// The configuration of one resource, asked when shown.
struct ConfigSnapshot {
    client::ConfigResource resource;
    QList<client::ConfigEntry> entries; ///< by name
};

} // namespace models::session
