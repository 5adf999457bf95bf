#include "models/session/cluster_view.h"

#include <QSet>
#include <algorithm>
#include <array>
#include <cmath>

namespace models::session {

using client::TopicPartition;

namespace {
constexpr qint64 kGroupMissingMs = 5000;
} // namespace

void ClusterView::setMetadata(client::ClusterMetadata metadata, qint64 nowMs) {
    const bool first = !m_hasMetadata;
    QSet<int> up;
    for (const auto& node : metadata.brokers) {
        up.insert(node.id);
        auto& known = m_known[node.id];
        const QString rack = known.rack;
        known = node;
        if (known.rack.isEmpty())
            known.rack = rack;
    }
    for (const auto& topic : metadata.topics)
        for (const auto& partition : topic.partitions)
            for (const int id : partition.replicas)
                if (!m_known.contains(id))
                    m_known.insert(id, {id, {}, 0, {}});
    for (auto it = m_known.cbegin(); it != m_known.cend(); ++it) {
        const bool isUp = up.contains(it.key());
        const auto was = m_up.constFind(it.key());
        if (was == m_up.cend() || *was != isUp) {
            m_stateSinceMs[it.key()] = first ? 0 : nowMs;
            m_up[it.key()] = isUp;
        }
    }
    if (metadata.withTopicIds) {
        m_clusterId = metadata.clusterId;
        for (const auto& topic : metadata.topics)
            if (!topic.topicId.isEmpty())
                noteTopicId(topic);
    }
    m_metadata = std::move(metadata);
    m_hasMetadata = true;
    m_partitionCount = 0;
    QSet<QString> names;
    for (const auto& topic : m_metadata.topics) {
        m_partitionCount += static_cast<int>(topic.partitions.size());
        names.insert(topic.name);
    }
    // What belongs to topics that are gone goes too; a topic of the same name made anew starts with empty readings.
    m_readings.removeIf([&names](const auto& it) { return !names.contains(it.key().topic); });
    m_topicNotes.removeIf([&names](const auto& it) { return !names.contains(it.key()); });
    m_trails.removeIf([&names](const auto& it) { return !names.contains(it.key().topic); });
    for (auto& sizes : m_sizes)
        sizes.removeIf([&names](const auto& it) { return !names.contains(it.key().topic); });
}

void ClusterView::noteTopicId(const client::TopicState& topic) {
    auto& note = m_topicNotes[topic.name];
    if (!note.id.isEmpty() && note.id != topic.topicId) { // made anew: nothing of the old one may be compared with it
        m_readings.removeIf([&topic](const auto& it) { return it.key().topic == topic.name; });
        m_trails.removeIf([&topic](const auto& it) { return it.key().topic == topic.name; });
    }
    note = {topic.topicId, topic.internal};
}

void ClusterView::setDescription(const client::ClusterDescription& description) {
    m_clusterId = description.clusterId;
    for (const auto& node : description.nodes)
        if (auto it = m_known.find(node.id); it != m_known.end())
            it->rack = node.rack;
}

void ClusterView::setTopicDetails(const QList<client::TopicState>& topics) {
    for (const auto& topic : topics)
        m_topicNotes.insert(topic.name, {topic.topicId, topic.internal});
}

void ClusterView::setOffsets(const QList<client::OffsetAnswer>& answers, client::OffsetAt at, qint64 monotonicNs) {
    for (const auto& answer : answers) {
        if (answer.error || answer.offset < 0)
            continue;
        auto& reading = m_readings[answer.partition];
        if (at == client::OffsetAt::Earliest) {
            reading.begin = answer.offset;
            continue;
        }
        reading.rate = reading.meter.update(static_cast<double>(answer.offset), monotonicNs);
        reading.end = answer.offset;
        reading.takenNs = monotonicNs;
    }
}

void ClusterView::setLogDirs(int broker, const wire::LogDirs& dirs, qint64 monotonicNs) {
    auto& sizes = m_sizes[broker];
    QSet<TopicPartition> seen;
    for (const auto& replica : dirs.replicas) {
        const TopicPartition partition{replica.topic, replica.partition};
        auto& size = sizes[partition];
        size.rate = size.meter.update(static_cast<double>(replica.bytes), monotonicNs);
        size.bytes = replica.bytes;
        size.takenNs = monotonicNs;
        seen.insert(partition);
    }
    sizes.removeIf([&seen](const auto& it) { return !seen.contains(it.key()); });
}

void ClusterView::setQuorum(const wire::Quorum& quorum) { m_quorum = quorum; }

void ClusterView::setCoordinatedGroups(int broker, const wire::CoordinatedGroups& groups, qint64 nowMs) {
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
    setGroupDescriptions(groups.descriptions);
    for (auto it = groups.committed.cbegin(); it != groups.committed.cend(); ++it)
        setCommitted(it.key(), it.value(), nowMs);
}

void ClusterView::setGroups(const QList<client::GroupListing>& listings, bool complete) {
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

void ClusterView::setGroupDescriptions(const QList<client::GroupDescription>& descriptions) {
    for (const auto& description : descriptions) {
        const auto it = m_groups.find(description.id);
        if (it == m_groups.end())
            continue;
        it->error = description.error;
        if (!description.error)
            it->description = description;
    }
}

void ClusterView::setCommitted(const QString& group, const Result<QList<client::CommittedOffset>>& committed, qint64 nowMs) {
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
        const auto reading = m_readings.constFind(offset.partition);
        if (offset.offset < 0)
            continue;
        if (reading == m_readings.cend() || reading->end < 0) {
            missing = missing || hasLeader(offset.partition);
            continue;
        }
        const qint64 behind = std::max<qint64>(0, reading->end - offset.offset);
        it->windows[offset.partition].note(nowMs, offset.offset, behind);
        if (auto& trail = m_trails[offset.partition]; trail.points().empty())
            trail.note(nowMs, reading->end);
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

void ClusterView::noteEnds(qint64 nowMs, qint64 monotonicNs) {
    for (auto it = m_trails.begin(); it != m_trails.end(); ++it) {
        const auto reading = m_readings.constFind(it.key());
        if (reading != m_readings.cend() && reading->end >= 0 && monotonicNs - reading->takenNs <= m_offsetsFreshNs)
            it->note(nowMs, reading->end);
    }
}

void ClusterView::seedEnds(const QList<metrics::LogEnd>& ends) {
    for (auto it = ends.cbegin(); it != ends.cend();) {
        const TopicPartition partition{it->topic, it->partition};
        std::vector<OffsetTrail::Point> past;
        for (; it != ends.cend() && it->topic == partition.topic && it->partition == partition.partition; ++it)
            if (past.empty() || it->timeMs >= past.back().untilMs) // what does not fit is of a topic that was made anew
                past.push_back({it->timeMs, it->timeMs, it->offset});
        m_trails[partition].prepend(past);
    }
}

bool ClusterView::hasLeader(const TopicPartition& partition) const {
    const auto topic = std::lower_bound(m_metadata.topics.cbegin(), m_metadata.topics.cend(), partition.topic, [](const auto& each, const QString& name) { return each.name < name; });
    if (topic == m_metadata.topics.cend() || topic->name != partition.topic)
        return false;
    return std::any_of(topic->partitions.cbegin(), topic->partitions.cend(), [&](const auto& each) { return each.partition == partition.partition && each.leader >= 0; });
}

QHash<int, QList<TopicPartition>> ClusterView::partitionsByLeader() const {
    QHash<int, QList<TopicPartition>> all;
    for (const auto& topic : m_metadata.topics)
        for (const auto& partition : topic.partitions)
            if (partition.leader >= 0)
                all[partition.leader].append({topic.name, partition.partition});
    return all;
}

QStringList ClusterView::topicsToDescribe(int countMax) const {
    QStringList names;
    for (const auto& topic : m_metadata.topics) {
        if (names.size() >= countMax)
            break;
        if (!m_topicNotes.contains(topic.name) && !topic.error)
            names.append(topic.name);
    }
    return names;
}

QStringList ClusterView::groupIds() const { return m_groups.keys(); }

double ClusterView::rateOf(const TopicPartition& partition, bool offline, qint64 monotonicNs) const {
    if (offline)
        return 0; // nobody can write to it: that is known
    const auto it = m_readings.constFind(partition);
    return it == m_readings.cend() || monotonicNs - it->takenNs > m_offsetsFreshNs ? metrics::kGap : it->rate;
}

double ClusterView::byteRateOf(int broker, const TopicPartition& partition, qint64 monotonicNs) const {
    const auto sizes = m_sizes.constFind(broker);
    if (sizes == m_sizes.cend())
        return metrics::kGap;
    const auto it = sizes->constFind(partition);
    return it == sizes->cend() || monotonicNs - it->takenNs > m_bytesFreshNs ? metrics::kGap : it->rate;
}

namespace {
/// NaN + 1 = 1: sums what is known; stays NaN when nothing is.
void addKnown(double& sum, double value) {
    if (std::isnan(value))
        return;
    sum = std::isnan(sum) ? value : sum + value;
}
double orUnknown(double value) { return std::isnan(value) ? -1 : value; }
} // namespace

BrokersSnapshot ClusterView::brokers(qint64 monotonicNs) const {
    BrokersSnapshot snapshot;
    snapshot.clusterId = m_clusterId;
    snapshot.quorumLeader = m_quorum.leader;
    snapshot.quorumEpoch = m_quorum.epoch;
    QMap<int, Broker> byId;
    for (auto it = m_known.cbegin(); it != m_known.cend(); ++it) {
        Broker broker;
        broker.id = it.key();
        broker.host = it->host;
        broker.port = it->port;
        broker.rack = it->rack;
        broker.state = m_up.value(it.key()) ? BrokerState::Up : BrokerState::Down;
        broker.stateSinceMs = m_stateSinceMs.value(it.key());
        broker.quorumLeader = m_quorum.leader == it.key();
        for (const auto& voter : m_quorum.voters) {
            if (voter.id == it.key()) {
                broker.quorumVoter = true;
                broker.quorumLag = voter.lag;
            }
        }
        for (const auto& observer : m_quorum.observers)
            if (observer.id == it.key())
                broker.quorumLag = observer.lag;
        if (const auto sizes = m_sizes.constFind(it.key()); sizes != m_sizes.cend()) {
            broker.bytes = 0;
            for (const auto& size : *sizes)
                broker.bytes += size.bytes;
        }
        byId.insert(it.key(), std::move(broker));
    }
    QHash<int, double> in;
    QHash<int, double> bytesIn;
    for (const auto& topic : m_metadata.topics) {
        for (const auto& partition : topic.partitions) {
            for (const int id : partition.replicas) {
                auto& broker = byId[id];
                ++broker.replicas;
                if (!partition.inSync.contains(id))
                    ++broker.notInSync;
            }
            if (partition.leader < 0)
                continue;
            ++byId[partition.leader].leaders;
            const TopicPartition key{topic.name, partition.partition};
            addKnown(in.insert(partition.leader, in.value(partition.leader, metrics::kGap)).value(), rateOf(key, false, monotonicNs));
            addKnown(bytesIn.insert(partition.leader, bytesIn.value(partition.leader, metrics::kGap)).value(), byteRateOf(partition.leader, key, monotonicNs));
        }
    }
    for (auto& broker : byId) {
        const bool up = broker.state == BrokerState::Up;
        broker.messagesPerSecond = up ? orUnknown(in.value(broker.id, 0)) : -1;
        broker.bytesInPerSecond = up && m_sizes.contains(broker.id) ? orUnknown(bytesIn.value(broker.id, 0)) : -1;
        snapshot.brokers.append(broker);
    }
    return snapshot;
}

TopicsSnapshot ClusterView::topics(qint64 monotonicNs) const {
    TopicsSnapshot snapshot;
    snapshot.topics.reserve(m_metadata.topics.size());
    double rate = metrics::kGap;
    double byteRate = metrics::kGap;
    const auto add = [](qint64& sum, qint64 value) {
        if (value >= 0)
            sum = std::max<qint64>(sum, 0) + value;
    };
    for (const auto& from : m_metadata.topics) {
        Topic topic;
        topic.name = from.name;
        const auto note = m_topicNotes.value(from.name);
        topic.id = note.id;
        topic.internal = from.internal || note.internal;
        topic.error = from.error;
        double topicRate = metrics::kGap;
        double topicByteRate = metrics::kGap;
        topic.partitions.reserve(from.partitions.size());
        for (const auto& state : from.partitions) {
            Partition partition{state.partition, state.leader, state.replicas, state.inSync};
            const TopicPartition key{from.name, state.partition};
            if (const auto reading = m_readings.constFind(key); reading != m_readings.cend()) {
                partition.begin = reading->begin;
                partition.end = reading->end;
            }
            // The leader's replica; of an offline partition any that is known.
            for (const int id : QList<int>{state.leader} + state.replicas) {
                const auto sizes = m_sizes.constFind(id);
                if (sizes == m_sizes.cend())
                    continue;
                if (const auto size = sizes->constFind(key); size != sizes->cend()) {
                    partition.bytes = size->bytes;
                    break;
                }
            }
            add(topic.messages, partition.messages());
            add(topic.bytes, partition.bytes);
            addKnown(topicRate, rateOf(key, partition.offline(), monotonicNs));
            addKnown(topicByteRate, byteRateOf(state.leader, key, monotonicNs));
            topic.replicationFactor = std::max(topic.replicationFactor, static_cast<int>(state.replicas.size()));
            topic.offline += partition.offline() ? 1 : 0;
            topic.underReplicated += partition.underReplicated() ? 1 : 0;
            topic.partitions.append(std::move(partition));
        }
        topic.messagesPerSecond = orUnknown(topicRate);
        topic.bytesPerSecond = orUnknown(topicByteRate);
        if (!topic.internal) { // what the cluster writes about itself is not the user's traffic
            addKnown(rate, topicRate);
            addKnown(byteRate, topicByteRate);
            add(snapshot.messages, topic.messages);
        }
        snapshot.partitions += static_cast<int>(topic.partitions.size());
        snapshot.underReplicated += topic.underReplicated;
        snapshot.offline += topic.offline;
        add(snapshot.bytes, topic.bytes);
        snapshot.rowOfName.insert(topic.name, static_cast<int>(snapshot.topics.size()));
        snapshot.topics.append(std::move(topic));
    }
    snapshot.messagesPerSecond = orUnknown(rate);
    snapshot.bytesPerSecond = orUnknown(byteRate);
    return snapshot;
}

void ClusterView::noteUnread(GroupPartition& partition, Group& group) const {
    OffsetTrail::Moment moment; // nothing unread
    if (partition.lag > 0) {
        const auto trail = m_trails.constFind(partition.partition);
        if (trail == m_trails.cend())
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

Group ClusterView::groupOf(GroupNote& note, qint64 nowMs) const {
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
        if (const auto reading = m_readings.constFind(it.key()); reading != m_readings.cend())
            it->end = reading->end;
        if (it->end >= 0 && it->committed >= 0) {
            it->lag = std::max<qint64>(0, it->end - it->committed);
            group.lag = std::max<qint64>(group.lag, 0) + it->lag;
            noteUnread(*it, group);
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

GroupsSnapshot ClusterView::groups(qint64 nowMs) {
    GroupsSnapshot snapshot;
    for (auto& note : m_groups)
        snapshot.groups.append(groupOf(note, nowMs));
    return snapshot;
}

QList<std::pair<metrics::SeriesKey, double>> ClusterView::samples(const BrokersSnapshot& brokers, const TopicsSnapshot& topics, qint64 nowMs,
    qint64 lagFreshMs) const {
    using metrics::Quantity;
    using metrics::Scope;
    QList<std::pair<metrics::SeriesKey, double>> all;
    const auto value = [](double known) { return known < 0 ? metrics::kGap : known; };
    all.append({{Quantity::MessagesPerSecond, Scope::Cluster, {}}, value(topics.messagesPerSecond)});
    all.append({{Quantity::BytesPerSecond, Scope::Cluster, {}}, value(topics.bytesPerSecond)});
    all.append({{Quantity::BytesOnDisk, Scope::Cluster, {}}, value(static_cast<double>(topics.bytes))});
    for (const auto& topic : topics.topics) {
        all.append({{Quantity::MessagesPerSecond, Scope::Topic, topic.name}, value(topic.messagesPerSecond)});
        all.append({{Quantity::BytesPerSecond, Scope::Topic, topic.name}, value(topic.bytesPerSecond)});
    }
    for (const auto& broker : brokers.brokers) {
        const QString id = QString::number(broker.id);
        all.append({{Quantity::MessagesPerSecond, Scope::Broker, id}, value(broker.messagesPerSecond)});
        all.append({{Quantity::BytesPerSecond, Scope::Broker, id}, value(broker.bytesInPerSecond)});
        all.append({{Quantity::BytesOnDisk, Scope::Broker, id}, value(static_cast<double>(broker.bytes))});
    }
    for (auto it = m_groups.cbegin(); it != m_groups.cend(); ++it)
        if (!it->history.empty() && nowMs - it->history.back().timeMs <= lagFreshMs) // else a gap: its coordinator is silent
            all.append({{Quantity::Lag, Scope::Group, it.key()}, static_cast<double>(it->history.back().lag)});
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
