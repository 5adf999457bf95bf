#include "models/session/group_book.h"

#include <QSet>
#include <algorithm>
#include <cmath>

namespace models::session {

using client::TopicPartition;

namespace {

constexpr qint64 kGroupMissingMs = 5000;

void noteUnread(GroupPartition& partition, Group& group, const Readings& readings) {
    OffsetTrail::Moment moment; // nothing unread
    if (partition.lag > 0) {
        const auto* trail = readings.trailOf(partition.partition);
        if (trail == nullptr)
            return;
        moment = trail->writtenAt(partition.committed);
        if (moment.timeMs == 0) // the trail is a beat behind the end: written just now
            moment.timeMs = trail->points().empty() ? 0 : trail->points().back().untilMs;
    }
    partition.unreadSinceMs = moment.timeMs;
    partition.unreadAtLeast = moment.atLeast;
    const bool farther = group.unreadSinceMs <= 0 ? moment.timeMs >= group.unreadSinceMs : moment.timeMs > 0 && moment.timeMs < group.unreadSinceMs;
    if (farther) {
        group.unreadSinceMs = moment.timeMs;
        group.unreadAtLeast = moment.atLeast;
    }
}

} // namespace

void GroupBook::setCoordinated(int broker, const wire::CoordinatedGroups& groups, qint64 nowMs, Readings& readings, const HasLeader& hasLeader) {
    QSet<QString> ids;
    for (const auto& listing : groups.listings) {
        ids.insert(listing.id);
        auto& note = m_groups[listing.id];
        note.listing = listing;
        note.coordinator = broker;
    }
    // A coordinator that no longer lists a group may have handed it on: it is gone when nobody has listed it for a while. One whose coordinator is
    // dead waits for the next one.
    for (auto it = m_groups.begin(); it != m_groups.end();) {
        if (it->coordinator == broker && !ids.contains(it.key())) {
            it->coordinator = -1;
            it->missingSinceMs = nowMs;
        }
        it = it->coordinator < 0 && it->missingSinceMs > 0 && nowMs - it->missingSinceMs > kGroupMissingMs ? m_groups.erase(it) : std::next(it);
    }
    setDescriptions(groups.descriptions);
    for (auto it = groups.committed.cbegin(); it != groups.committed.cend(); ++it)
        setCommitted(it.key(), it.value(), nowMs, readings, hasLeader);
}

void GroupBook::setGroups(const QList<client::GroupListing>& listings, bool complete) {
    QSet<QString> ids;
    for (const auto& listing : listings) {
        ids.insert(listing.id);
        m_groups[listing.id].listing = listing;
    }
    if (!complete)
        return;
    for (auto it = m_groups.begin(); it != m_groups.end();)
        it = ids.contains(it.key()) ? std::next(it) : m_groups.erase(it);
}

void GroupBook::setDescriptions(const QList<client::GroupDescription>& descriptions) {
    for (const auto& description : descriptions) {
        const auto it = m_groups.find(description.id);
        if (it == m_groups.end())
            continue;
        it->error = description.error;
        if (!description.error)
            it->description = description;
    }
}

void GroupBook::setCommitted(const QString& group, const Result<QList<client::CommittedOffset>>& committed, qint64 nowMs, Readings& readings, const HasLeader& hasLeader) {
    const auto it = m_groups.find(group);
    if (it == m_groups.end())
        return;
    if (!committed) {
        it->error = committed.error();
        return;
    }
    it->committed = *committed;
    it->hasCommitted = true;
    qint64 lag = 0;
    qint64 sum = 0;
    bool known = false;
    bool missing = false;
    for (const auto& offset : it->committed) {
        const auto* reading = readings.offsets(offset.partition);
        if (offset.offset < 0)
            continue;
        if (reading == nullptr || reading->end < 0) {
            missing = missing || hasLeader(offset.partition);
            continue;
        }
        const qint64 behind = std::max<qint64>(0, reading->end - offset.offset);
        it->windows[offset.partition].note(nowMs, offset.offset, behind);
        readings.trail(offset.partition, nowMs, reading->end);
        lag += behind;
        sum += offset.offset;
        known = true;
    }
    // In the first moments some brokers have not answered yet: the sum of the others would look like a lag that leaps.
    if (!known || missing)
        return;
    it->history.push_back({nowMs, lag, sum});
    while (it->history.size() > 2 && nowMs - it->history.front().timeMs > 60'000)
        it->history.pop_front();
}

Group GroupBook::groupOf(Note& note, qint64 nowMs, const Readings& readings) {
    Group group;
    group.id = note.listing.id;
    group.state = note.description.state.isEmpty() ? note.listing.state : note.description.state;
    group.type = note.listing.type;
    group.assignor = note.description.assignor;
    group.coordinator = note.description.coordinator.id;
    group.members = note.description.members;
    group.error = note.error;
    QHash<TopicPartition, const client::GroupMember*> readers;
    for (const auto& member : note.description.members)
        for (const auto& partition : member.assignment)
            readers.insert(partition, &member);
    QMap<TopicPartition, GroupPartition> partitions;
    QList<Judgement> judgements;
    for (const auto& offset : note.committed)
        if (offset.offset >= 0)
            partitions[offset.partition].committed = offset.offset;
    for (auto it = readers.cbegin(); it != readers.cend(); ++it)
        partitions[it.key()]; // assigned but nothing committed yet
    for (auto it = partitions.begin(); it != partitions.end(); ++it) {
        it->partition = it.key();
        if (const auto* reading = readings.offsets(it.key()))
            it->end = reading->end;
        if (it->end >= 0 && it->committed >= 0) {
            it->lag = std::max<qint64>(0, it->end - it->committed);
            group.lag = std::max<qint64>(group.lag, 0) + it->lag;
            noteUnread(*it, group, readings);
        }
        if (const auto* reader = readers.value(it.key())) {
            it->memberId = reader->memberId;
            it->clientId = reader->clientId;
            it->host = reader->host;
        }
        if (const auto window = note.windows.constFind(it.key()); window != note.windows.cend()) {
            it->judgement = judge(*window, it->lag, !it->memberId.isEmpty(), nowMs);
            it->judgement.partition = it.key();
            judgements.append(it->judgement);
        }
        group.partitions.append(*it);
    }
    group.judgement = worstOf(judgements);
    std::vector<std::array<qint64, 3>> samples;
    for (const auto& point : note.history)
        samples.push_back({point.timeMs, point.lag, point.committed});
    group.lagPerSecond = lagGrowth(samples);
    const auto pace = paceOf(samples, static_cast<int>(group.members.size()));
    if (pace != note.pace) {
        note.pace = pace;
        note.paceSinceMs = nowMs;
    }
    group.pace = note.pace;
    group.paceSinceMs = note.paceSinceMs;
    return group;
}

GroupsSnapshot GroupBook::snapshot(qint64 nowMs, const Readings& readings) {
    GroupsSnapshot snapshot;
    for (auto& note : m_groups)
        snapshot.groups.append(groupOf(note, nowMs, readings));
    return snapshot;
}

QList<std::pair<metrics::SeriesKey, double>> GroupBook::samples(qint64 nowMs, qint64 freshMs) const {
    QList<std::pair<metrics::SeriesKey, double>> all;
    for (auto it = m_groups.cbegin(); it != m_groups.cend(); ++it)
        if (!it->history.empty() && nowMs - it->history.back().timeMs <= freshMs) // else a gap: its coordinator is silent
            all.append({{metrics::Quantity::Lag, metrics::Scope::Group, it.key()}, static_cast<double>(it->history.back().lag)});
    return all;
}

double lagGrowth(const std::vector<std::array<qint64, 3>>& samples) {
    constexpr qint64 kRecentMs = 20'000;
    if (samples.size() < 2)
        return 0;
    const auto& newest = samples.back();
    const auto recent = std::ranges::find_if(samples, [&](const auto& sample) { return sample[0] >= newest[0] - kRecentMs; });
    const auto& from = *recent;
    return newest[0] > from[0] ? static_cast<double>(newest[1] - from[1]) * 1000.0 / static_cast<double>(newest[0] - from[0]) : 0.0;
}

GroupPace paceOf(const std::vector<std::array<qint64, 3>>& samples, int members) {
    if (samples.empty())
        return GroupPace::Unknown;
    const auto& newest = samples.back();
    if (newest[1] == 0)
        return GroupPace::UpToDate;
    if (samples.size() < 3)
        return GroupPace::Unknown;
    const auto& oldest = samples.front();
    const double seconds = static_cast<double>(newest[0] - oldest[0]) / 1000;
    if (seconds < 5)
        return GroupPace::Unknown;
    const double commits = static_cast<double>(newest[2] - oldest[2]) / seconds;
    const double growth = lagGrowth(samples);
    if (commits <= 0 && (members == 0 || seconds >= 20))
        return GroupPace::Stopped;
    const double lag = static_cast<double>(newest[1]);
    // Within five seconds of its own speed of the end is as close as commits every few seconds can show.
    if (commits > 0 && lag <= commits * 5)
        return GroupPace::UpToDate;
    // A change below two in a hundred of what flows is noise.
    const double noise = std::max(0.5, 0.02 * std::abs(commits));
    if (growth > noise)
        return GroupPace::FallingBehind;
    if (growth < -noise)
        return GroupPace::CatchingUp;
    return GroupPace::Steady;
}

} // namespace models::session
