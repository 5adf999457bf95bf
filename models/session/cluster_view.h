#pragma once
// Inside models/session: gathers what the answers say into snapshots and samples. Pure state, no threads, no clock of its own: testable.

#include "models/client/kafka_types.h"
#include "models/session/group_book.h"
#include "models/session/readings.h"
#include "models/session/snapshots.h"
#include "models/wire/wire_client.h"

#include <QHash>

namespace models::session {

class ClusterView {
public:
    void setMetadata(client::ClusterMetadata metadata, qint64 nowMs);
    void setDescription(const client::ClusterDescription& description);
    void setTopicDetails(const QList<client::TopicState>& topics);
    void setOffsets(const QList<client::OffsetAnswer>& answers, client::OffsetAt at, qint64 monotonicNs) { m_readings.setOffsets(answers, at, monotonicNs); }
    void setLogDirs(int broker, const wire::LogDirs& dirs, qint64 monotonicNs) { m_readings.setLogDirs(broker, dirs, monotonicNs); }
    void setKeeps(const QHash<QString, TopicKeeps>& keeps); ///< of some topics; what is known of others stays
    void setQuorum(const wire::Quorum& quorum);
    /// `complete`: what is not among them is gone.
    void setGroups(const QList<client::GroupListing>& listings, bool complete) { m_groups.setGroups(listings, complete); }
    /// All that one broker coordinates.
    void setCoordinatedGroups(int broker, const wire::CoordinatedGroups& groups, qint64 nowMs);
    void setGroupDescriptions(const QList<client::GroupDescription>& descriptions) { m_groups.setDescriptions(descriptions); }
    void setCommitted(const QString& group, const Result<QList<client::CommittedOffset>>& committed, qint64 nowMs);

    /// Once a round: where the ends stand of partitions that groups read, for lag in time.
    void noteEnds(qint64 nowMs, qint64 monotonicNs) { m_readings.noteEnds(nowMs, monotonicNs); }

    /// What an earlier run knew of it, by topic, partition and offset.
    void seedEnds(const QList<metrics::LogEnd>& ends) { m_readings.seedEnds(ends); }

    [[nodiscard]] bool hasMetadata() const { return m_hasMetadata; }
    [[nodiscard]] const client::ClusterMetadata& metadata() const { return m_metadata; }
    /// Partitions that have a leader, by leader.
    [[nodiscard]] QHash<int, QList<client::TopicPartition>> partitionsByLeader() const;
    [[nodiscard]] int partitionCount() const { return m_partitionCount; }
    /// Names of topics whose id is not known yet, at most `countMax`.
    [[nodiscard]] QStringList topicsToDescribe(int countMax) const;
    [[nodiscard]] QStringList groupIds() const { return m_groups.ids(); }

    [[nodiscard]] BrokersSnapshot brokers(qint64 monotonicNs) const;
    [[nodiscard]] TopicsSnapshot topics(qint64 monotonicNs) const;
    [[nodiscard]] GroupsSnapshot groups(qint64 nowMs) { return m_groups.snapshot(nowMs, m_readings); }
    /// One round for the charts, from snapshots just taken.
    [[nodiscard]] QList<std::pair<metrics::SeriesKey, double>> samples(const BrokersSnapshot& brokers, const TopicsSnapshot& topics, qint64 nowMs,
        qint64 lagFreshMs) const;

    /// Readings count as fresh for this long after they were taken; stretched with the cadence.
    void setFreshness(qint64 offsetsNs, qint64 bytesNs) { m_readings.setFreshness(offsetsNs, bytesNs); }

private:
    struct TopicNote {
        QString id;
        bool internal = false;
    };
    [[nodiscard]] bool hasLeader(const client::TopicPartition& partition) const;
    void noteTopicId(const client::TopicState& topic);

    bool m_hasMetadata = false;
    client::ClusterMetadata m_metadata;
    int m_partitionCount = 0;
    QString m_clusterId;
    QHash<int, client::Node> m_known;      ///< every broker ever seen
    QHash<int, qint64> m_stateSinceMs;
    QHash<int, bool> m_up;
    QHash<QString, TopicNote> m_topicNotes;
    QHash<QString, TopicKeeps> m_keeps;
    Readings m_readings;
    wire::Quorum m_quorum;
    GroupBook m_groups;
};

} // namespace models::session
