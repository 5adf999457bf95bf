#include "models/session/cluster_view.h"

#include <QSet>
#include <algorithm>
#include <array>
#include <cmath>

namespace models::session {

using client::TopicPartition;

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
    m_readings.keepOnly(names);
    m_topicNotes.removeIf([&names](const auto& it) { return !names.contains(it.key()); });
    m_keeps.removeIf([&names](const auto& it) { return !names.contains(it.key()); });
}

void ClusterView::noteTopicId(const client::TopicState& topic) {
    auto& note = m_topicNotes[topic.name];
    if (!note.id.isEmpty() && note.id != topic.topicId)
        m_readings.forgetOffsets(topic.name);
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

void ClusterView::setCoordinatedGroups(int broker, const wire::CoordinatedGroups& groups, qint64 nowMs) {
    m_groups.setCoordinated(broker, groups, nowMs, m_readings, [this](const auto& partition) { return hasLeader(partition); });
}

void ClusterView::setCommitted(const QString& group, const Result<QList<client::CommittedOffset>>& committed, qint64 nowMs) {
    m_groups.setCommitted(group, committed, nowMs, m_readings, [this](const auto& partition) { return hasLeader(partition); });
}

void ClusterView::setKeeps(const QHash<QString, TopicKeeps>& keeps) { m_keeps.insert(keeps); }

void ClusterView::setQuorum(const wire::Quorum& quorum) { m_quorum = quorum; }

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
        if (const auto* sizes = m_readings.sizes(it.key())) {
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
            addKnown(in.insert(partition.leader, in.value(partition.leader, metrics::kGap)).value(), m_readings.rateOf(key, false, monotonicNs));
            addKnown(bytesIn.insert(partition.leader, bytesIn.value(partition.leader, metrics::kGap)).value(), m_readings.byteRateOf(partition.leader, key, monotonicNs));
        }
    }
    for (auto& broker : byId) {
        const bool up = broker.state == BrokerState::Up;
        broker.messagesPerSecond = up ? orUnknown(in.value(broker.id, 0)) : -1;
        broker.bytesInPerSecond = up && m_readings.sizes(broker.id) != nullptr ? orUnknown(bytesIn.value(broker.id, 0)) : -1;
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
        if (const auto keeps = m_keeps.constFind(from.name); keeps != m_keeps.cend())
            topic.keeps = *keeps;
        double topicRate = metrics::kGap;
        double topicByteRate = metrics::kGap;
        topic.partitions.reserve(from.partitions.size());
        for (const auto& state : from.partitions) {
            Partition partition{state.partition, state.leader, state.replicas, state.inSync};
            const TopicPartition key{from.name, state.partition};
            if (const auto* reading = m_readings.offsets(key)) {
                partition.begin = reading->begin;
                partition.end = reading->end;
            }
            // The leader's replica; of an offline partition any that is known.
            for (const int id : QList<int>{state.leader} + state.replicas) {
                if (const auto* size = m_readings.size(id, key)) {
                    partition.bytes = size->bytes;
                    break;
                }
            }
            add(topic.messages, partition.messages());
            add(topic.bytes, partition.bytes);
            addKnown(topicRate, m_readings.rateOf(key, partition.offline(), monotonicNs));
            addKnown(topicByteRate, m_readings.byteRateOf(state.leader, key, monotonicNs));
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
    all.append(m_groups.samples(nowMs, lagFreshMs));
    return all;
}

} // namespace models::session
