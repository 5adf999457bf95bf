#pragma once
// Inside models/session: the consumer groups of a cluster, their committed offsets over the last minute, and how they keep up. Pure state.

#include "models/session/readings.h"
#include "models/session/snapshots.h"

#include <QHash>
#include <QMap>
#include <array>
#include <deque>
#include <functional>
#include <vector>

namespace models::session {

class GroupBook {
public:
    /// Whether a partition has somebody who can be asked for its end.
    using HasLeader = std::function<bool(const client::TopicPartition&)>;

    /// `complete`: what is not among them is gone.
    void setGroups(const QList<client::GroupListing>& listings, bool complete);
    /// All that one broker coordinates.
    void setCoordinated(int broker, const wire::CoordinatedGroups& groups, qint64 nowMs, Readings& readings, const HasLeader& hasLeader);
    void setDescriptions(const QList<client::GroupDescription>& descriptions);
    void setCommitted(const QString& group, const Result<QList<client::CommittedOffset>>& committed, qint64 nowMs, Readings& readings, const HasLeader& hasLeader);

    [[nodiscard]] QStringList ids() const { return m_groups.keys(); }
    [[nodiscard]] GroupsSnapshot snapshot(qint64 nowMs, const Readings& readings);
    /// The lag of each, for the charts; none of a group whose coordinator has been silent for longer than `freshMs`.
    [[nodiscard]] QList<std::pair<metrics::SeriesKey, double>> samples(qint64 nowMs, qint64 freshMs) const;

private:
    struct LagPoint {
        qint64 timeMs;
        qint64 lag;
        qint64 committed;
    };
    struct Note {
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
    [[nodiscard]] static Group groupOf(Note& note, qint64 nowMs, const Readings& readings);
    QMap<QString, Note> m_groups;
};

/// How a group keeps up, from its samples of the last minute: (time in ms, lag, sum of committed offsets), oldest first. Which way the lag
/// goes is judged by the last twenty seconds: what grew before and falls now is catching up.
GroupPace paceOf(const std::vector<std::array<qint64, 3>>& samples, int members);
/// Messages a second by which the lag grew over the same time; below zero where it fell, 0 where that is not known yet.
double lagGrowth(const std::vector<std::array<qint64, 3>>& samples);

} // namespace models::session
