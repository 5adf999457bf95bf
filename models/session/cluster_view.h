#pragma once
// Inside models/session: gathers what the answers say into snapshots and samples. Pure state, no threads, no clock of its own: testable.

#include "models/client/kafka_types.h"
#include "models/metrics/history.h"
#include "models/metrics/metrics_store.h"
#include "models/session/offset_trail.h"
#include "models/session/snapshots.h"
#include "models/wire/wire_client.h"

#include <QHash>
#include <QMap>
#include <array>
#include <deque>
#include <vector>

namespace models::session {

class ClusterView {
public:
    void setMetadata(client::ClusterMetadata metadata, qint64 nowMs);
    void setDescription(const client::ClusterDescription& description);
    void setTopicDetails(const QList<client::TopicState>& topics);
    void setOffsets(const QList<client::OffsetAnswer>& answers, client::OffsetAt at, qint64 monotonicNs);
    void setLogDirs(int broker, const wire::LogDirs& dirs, qint64 monotonicNs);
    void setQuorum(const wire::Quorum& quorum);
    /// `complete`: what is not among them is gone.
    void setGroups(const QList<client::GroupListing>& listings, bool complete);
    /// All that one broker coordinates.
    void setCoordinatedGroups(int broker, const wire::CoordinatedGroups& groups, qint64 nowMs);
    void setGroupDescriptions(const QList<client::GroupDescription>& descriptions);
    void setCommitted(const QString& group, const Result<QList<client::CommittedOffset>>& committed, qint64 nowMs);

    /// Once a round: where the ends stand of partitions that groups read, for lag in time.
    void noteEnds(qint64 nowMs, qint64 monotonicNs);

    /// What an earlier run knew of it, by topic, partition and offset.
    void seedEnds(const QList<metrics::LogEnd>& ends);

    [[nodiscard]] bool hasMetadata() const { return m_hasMetadata; }
    [[nodiscard]] const client::ClusterMetadata& metadata() const { return m_metadata; }
    /// Partitions that have a leader, by leader.
    [[nodiscard]] QHash<int, QList<client::TopicPartition>> partitionsByLeader() const;
    [[nodiscard]] int partitionCount() const { return m_partitionCount; }
    /// Names of topics whose id is not known yet, at most `countMax`.
    [[nodiscard]] QStringList topicsToDescribe(int countMax) const;
    [[nodiscard]] QStringList groupIds() const;

    [[nodiscard]] BrokersSnapshot brokers(qint64 monotonicNs) const;
    [[nodiscard]] TopicsSnapshot topics(qint64 monotonicNs) const;
    [[nodiscard]] GroupsSnapshot groups(qint64 nowMs);
    /// One round for the charts, from snapshots just taken.
    [[nodiscard]] QList<std::pair<metrics::SeriesKey, double>> samples(const BrokersSnapshot& brokers, const TopicsSnapshot& topics, qint64 nowMs,
        qint64 lagFreshMs) const;

    /// Readings count as fresh for this long after they were taken; stretched with the cadence.
    void setFreshness(qint64 offsetsNs, qint64 bytesNs) {
        m_offsetsFreshNs = offsetsNs;
        m_bytesFreshNs = bytesNs;
    }

private:
    struct Reading {
        qint64 begin = -1;
        qint64 end = -1;
        qint64 takenNs = 0;
        double rate = metrics::kGap;
        metrics::RateMeter meter;
    };
    struct Size {
        qint64 bytes = -1;
        qint64 takenNs = 0;
        double rate = metrics::kGap;
        metrics::RateMeter meter;
    };
    struct TopicNote {
        QString id;
        bool internal = false;
    };
    struct LagPoint {
        qint64 timeMs;
        qint64 lag;
        qint64 committed;
    };
    struct GroupNote {
        client::GroupListing listing;
        int coordinator = -1;      ///< who listed it, -1 = nobody does now
        qint64 missingSinceMs = 0; ///< while nobody lists it
        client::GroupDescription description;
        QList<client::CommittedOffset> committed;
        bool hasCommitted = false;
        std::optional<Error> error;
        std::deque<LagPoint> history;
        QHash<client::TopicPartition, CommitWindow> windows;
        GroupPace pace = GroupPace::Unknown;
        qint64 paceSinceMs = 0;
    };
    [[nodiscard]] double rateOf(const client::TopicPartition& partition, bool offline, qint64 monotonicNs) const;
    [[nodiscard]] double byteRateOf(int broker, const client::TopicPartition& partition, qint64 monotonicNs) const;
    [[nodiscard]] bool hasLeader(const client::TopicPartition& partition) const;
    void noteTopicId(const client::TopicState& topic);
    void noteUnread(GroupPartition& partition, Group& group) const;
    [[nodiscard]] Group groupOf(GroupNote& note, qint64 nowMs) const;

    bool m_hasMetadata = false;
    client::ClusterMetadata m_metadata;
    int m_partitionCount = 0;
    QString m_clusterId;
    QHash<int, client::Node> m_known;      ///< every broker ever seen
    QHash<int, qint64> m_stateSinceMs;
    QHash<int, bool> m_up;
    QHash<QString, TopicNote> m_topicNotes;
    QHash<client::TopicPartition, Reading> m_readings;
    QHash<int, QHash<client::TopicPartition, Size>> m_sizes; ///< by broker
    QHash<client::TopicPartition, OffsetTrail> m_trails; ///< of partitions that a group has committed in
    wire::Quorum m_quorum;
    QMap<QString, GroupNote> m_groups;
    qint64 m_offsetsFreshNs = 3'000'000'000;
    qint64 m_bytesFreshNs = 10'000'000'000;
};

/// How a group keeps up, from its samples of the last minute: (time in ms, lag, sum of committed offsets), oldest first. Which way the lag
/// goes is judged by the last twenty seconds: what grew before and falls now is catching up.
GroupPace paceOf(const std::vector<std::array<qint64, 3>>& samples, int members);
/// Messages a second by which the lag grew over the same time; below zero where it fell, 0 where that is not known yet.
double lagGrowth(const std::vector<std::array<qint64, 3>>& samples);

} // namespace models::session
