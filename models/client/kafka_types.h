#pragma once
// What a cluster answers, as plain values without librdkafka in them. Any thread.

#include "models/base/error.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QMetaType>
#include <QString>
#include <optional>

namespace models::client {

/// -1 as a count, offset or size means "not known" throughout.
inline constexpr qint64 kUnknown = -1;

struct TopicPartition {
    QString topic;
    int partition = 0;
    bool operator==(const TopicPartition&) const = default;
    bool operator<(const TopicPartition& other) const { return topic != other.topic ? topic < other.topic : partition < other.partition; }
};
inline size_t qHash(const TopicPartition& tp, size_t seed = 0) { return qHashMulti(seed, tp.topic, tp.partition); }

struct Node {
    int id = -1;
    QString host;
    int port = 0;
    QString rack;
    bool operator==(const Node&) const = default;
};

struct PartitionState {
    int partition = 0;
    int leader = -1; ///< -1 = no leader: the partition is offline
    QList<int> replicas;
    QList<int> inSync;
    bool operator==(const PartitionState&) const = default;
};

struct TopicState {
    QString name;
    QString topicId;         ///< Kafka's 22 characters, empty when not known
    bool internal = false;
    QList<PartitionState> partitions; ///< by partition number
    std::optional<Error> error;
};

/// The answer to one Metadata request for all topics.
struct ClusterMetadata {
    QList<Node> brokers; ///< those that are registered and unfenced now, by id; racks only from describeCluster
    QList<TopicState> topics; ///< by name
    QString clusterId;       ///< empty where the request does not bring it
    bool withTopicIds = false; ///< ids and internal flags are the cluster's own word
    int answeredBy = -1;
    QString answeredByName; ///< "localhost:19091/1"
};

struct ClusterDescription {
    QString clusterId;
    int controllerId = -1; ///< with KRaft a broker that takes controller requests, not the quorum's leader
    QList<Node> nodes;
};

enum class OffsetAt { Earliest, Latest, MaxTimestamp, Timestamp };
struct OffsetQuery {
    TopicPartition partition;
    OffsetAt at = OffsetAt::Latest;
    qint64 timestampMs = 0; ///< for OffsetAt::Timestamp: the first offset at or after it; answers -1 when there is none
};
struct OffsetAnswer {
    TopicPartition partition;
    qint64 offset = kUnknown;
    qint64 timestampMs = kUnknown;
    std::optional<Error> error;
};

struct GroupListing {
    QString id;
    QString state; ///< "Stable", "Empty", "PreparingRebalance", ... as Kafka says it
    QString type;  ///< "Classic", "Consumer", "Unknown"
    bool simple = false; ///< offsets only, no members' protocol
};
struct GroupListings {
    QList<GroupListing> groups;    ///< by id
    std::optional<Error> partial; ///< set when a broker did not answer: its groups are missing
};
struct GroupMember {
    QString memberId;
    QString instanceId; ///< static membership, empty = none
    QString clientId;
    QString host;
    QList<TopicPartition> assignment;
    bool operator==(const GroupMember&) const = default;
};
struct GroupDescription {
    QString id;
    QString state;
    QString assignor;
    Node coordinator;
    QList<GroupMember> members;
    std::optional<Error> error;
};
struct CommittedOffset {
    TopicPartition partition;
    qint64 offset = kUnknown; ///< the next offset to read; kUnknown = none committed
    int leaderEpoch = -1;
    QString metadata;
    std::optional<Error> error;
};

enum class ResourceKind { Topic, Broker, Group };
struct ConfigResource {
    ResourceKind kind = ResourceKind::Topic;
    QString name;
    bool operator==(const ConfigResource&) const = default;
};
enum class ConfigSource { Unknown, Topic, DynamicBroker, DynamicDefaultBroker, StaticBroker, Default, Group };
struct ConfigSynonym {
    QString name;
    QString value;
    ConfigSource source = ConfigSource::Unknown;
    bool operator==(const ConfigSynonym&) const = default;
};
struct ConfigEntry {
    QString name;
    std::optional<QString> value; ///< none: sensitive, or null
    ConfigSource source = ConfigSource::Unknown;
    bool isDefault = true; ///< nothing set on this resource itself
    bool readOnly = false;
    bool sensitive = false;
    QList<ConfigSynonym> synonyms; ///< what would apply without this one, nearest first
    bool operator==(const ConfigEntry&) const = default;
};

struct NewTopic {
    QString name;
    int partitions = -1;        ///< -1: the broker's default
    int replicationFactor = -1; ///< -1: the broker's default
    QHash<QString, QString> configs;
};
struct ConfigChange {
    enum class Op { Set, Reset, Append, Subtract } op = Op::Set;
    QString name;
    QString value; ///< not for Reset
};
struct DeleteBefore {
    TopicPartition partition;
    qint64 offset = 0; ///< records [low watermark, offset) go; -1 = up to the high watermark
};

struct Header {
    QByteArray name;
    std::optional<QByteArray> value;
    bool operator==(const Header&) const = default;
};

enum class TimestampType { None, CreateTime, LogAppendTime };

/// One message as it was stored. The bytes are implicitly shared.
struct Record {
    int partition = 0;
    qint64 offset = 0;
    qint64 timestampMs = kUnknown;
    TimestampType timestampType = TimestampType::None;
    std::optional<QByteArray> key;   ///< none = null
    std::optional<QByteArray> value; ///< none = null: a tombstone in a compacted topic
    QList<Header> headers;
    int leaderEpoch = -1;

    [[nodiscard]] qint64 sizeBytes() const {
        qint64 total = (key ? key->size() : 0) + (value ? value->size() : 0);
        for (const auto& header : headers)
            total += header.name.size() + (header.value ? header.value->size() : 0);
        return total;
    }
    bool operator==(const Record&) const = default;
};

} // namespace models::client
