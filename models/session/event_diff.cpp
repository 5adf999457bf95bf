#include "models/session/event_diff.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <QHash>
#include <QMap>
#include <QSet>

namespace models::session {
namespace {

constexpr int kOfOneKindMax = 12; ///< events of one kind from one look; more are told as one
constexpr int kNamedOfMany = 3;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Events)
};

/// {topic -> partitions} as "orders 0, 3, 6 · payments 1, 4 · 9 more"; at most six partitions are named.
QString placesText(const QMap<QString, QList<int>>& places) {
    QStringList parts;
    int named = 0;
    int total = 0;
    const auto name = [&](const QString& topic, const QList<int>& partitions) {
        total += static_cast<int>(partitions.size());
        if (named >= 6)
            return;
        QStringList numbers;
        for (const int partition : partitions) {
            if (named >= 6)
                break;
            numbers.append(QString::number(partition));
            ++named;
        }
        parts.append(topic + u' ' + numbers.join(QStringLiteral(", ")));
    };
    // The user's own topics first: Kafka's have fifty partitions each and would hide them.
    for (const bool internal : {false, true})
        for (auto it = places.cbegin(); it != places.cend(); ++it)
            if (it.key().startsWith(QLatin1String("__")) == internal)
                name(it.key(), *it);
    if (total > named)
        parts.append(Text::tr("%1 more").arg(total - named));
    return parts.join(QStringLiteral("  \u00b7  "));
}

QString brokersText(const QSet<int>& ids) {
    QList<int> sorted(ids.begin(), ids.end());
    std::sort(sorted.begin(), sorted.end());
    QStringList names;
    for (const int id : sorted)
        names.append(QString::number(id));
    if (names.size() == 1)
        return Text::tr("broker %1").arg(names.first());
    const QString last = names.takeLast();
    return Text::tr("brokers %1 and %2").arg(names.join(QStringLiteral(", ")), last);
}

Event make(qint64 nowMs, EventKind kind, int severity, QString title, QString detail = {}, int broker = -1, QString topic = {}) {
    Event event;
    event.wallMs = nowMs;
    event.kind = kind;
    event.severity = severity;
    event.title = std::move(title);
    event.detail = std::move(detail);
    event.broker = broker;
    event.topic = std::move(topic);
    return event;
}

QSet<int> upIds(const BrokersSnapshot& brokers) {
    QSet<int> ids;
    for (const auto& broker : brokers.brokers)
        if (broker.state == BrokerState::Up)
            ids.insert(broker.id);
    return ids;
}

void brokerEvents(const BrokersSnapshot& before, const BrokersSnapshot& after, qint64 nowMs, QList<Event>& events) {
    const auto wasUp = upIds(before);
    const auto isUp = upIds(after);
    for (const auto& broker : after.brokers) {
        if (wasUp.contains(broker.id) && !isUp.contains(broker.id)) {
            const auto* old = before.find(broker.id);
            events.append(make(nowMs, EventKind::BrokerDied, 2, Text::tr("broker %1 is down").arg(broker.id),
                old->leaders > 0 ? Text::tr("the cluster no longer lists it; it led %n partition(s)", nullptr, old->leaders) : Text::tr("the cluster no longer lists it"), broker.id));
        } else if (!wasUp.contains(broker.id) && isUp.contains(broker.id)) {
            const bool known = before.find(broker.id) != nullptr;
            events.append(known ? make(nowMs, EventKind::BrokerBack, -1, Text::tr("broker %1 is back").arg(broker.id),
                                      Text::tr("registered at %1:%2").arg(broker.host).arg(broker.port), broker.id)
                                : make(nowMs, EventKind::BrokerAdded, 0, Text::tr("broker %1 joined").arg(broker.id),
                                      Text::tr("registered at %1:%2").arg(broker.host).arg(broker.port), broker.id));
        }
    }
    if (before.quorumLeader >= 0 && after.quorumLeader >= 0 && before.quorumLeader != after.quorumLeader)
        events.append(make(nowMs, EventKind::QuorumLeaderMoved, 0, Text::tr("quorum leader moved"),
            Text::tr("from node %1 to node %2, epoch %3").arg(before.quorumLeader).arg(after.quorumLeader).arg(after.quorumEpoch), after.quorumLeader));
}

/// What changed in partitions that exist on both sides.
struct PartitionChanges {
    QMap<QString, QList<int>> moved, offline, online;
    QSet<int> newLeaders;
    QMap<int, int> left, joined; ///< broker -> partitions whose in-sync set it left or joined
    int movedCount = 0, offlineCount = 0, onlineCount = 0;

    void compare(const QString& topic, const Partition& old, const Partition& now) {
        if (old.leader != now.leader) {
            if (now.offline()) {
                offline[topic].append(now.id);
                ++offlineCount;
            } else if (old.offline()) {
                online[topic].append(now.id);
                newLeaders.insert(now.leader);
                ++onlineCount;
            } else {
                moved[topic].append(now.id);
                newLeaders.insert(now.leader);
                ++movedCount;
            }
        }
        if (old.inSync == now.inSync)
            return;
        for (const int id : old.inSync)
            if (!now.inSync.contains(id) && now.replicas.contains(id))
                ++left[id];
        for (const int id : now.inSync)
            if (!old.inSync.contains(id) && old.replicas.contains(id))
                ++joined[id];
    }
};

void partitionEvents(const PartitionChanges& changes, const BrokersSnapshot& after, qint64 nowMs, QList<Event>& events) {
    if (changes.offlineCount > 0)
        events.append(make(nowMs, EventKind::PartitionsOffline, 2, Text::tr("%n partition(s) without a leader", nullptr, changes.offlineCount), placesText(changes.offline)));
    if (changes.movedCount > 0)
        events.append(make(nowMs, EventKind::LeadersMoved, 1, Text::tr("%n leader(s) moved", nullptr, changes.movedCount),
            Text::tr("%1  \u2192  %2").arg(placesText(changes.moved), brokersText(changes.newLeaders))));
    if (changes.onlineCount > 0)
        events.append(make(nowMs, EventKind::PartitionsOnline, -1, Text::tr("%n partition(s) have a leader again", nullptr, changes.onlineCount), placesText(changes.online)));
    for (auto it = changes.left.cbegin(); it != changes.left.cend(); ++it)
        events.append(make(nowMs, EventKind::InSyncShrank, 1, Text::tr("broker %1 out of sync").arg(it.key()),
            Text::tr("it left the in-sync set of %n partition(s)", nullptr, it.value()), it.key()));
    for (auto it = changes.joined.cbegin(); it != changes.joined.cend(); ++it) {
        const auto* broker = after.find(it.key());
        const int behind = broker == nullptr ? 0 : broker->notInSync;
        events.append(make(nowMs, EventKind::InSyncGrew, -1, behind == 0 ? Text::tr("broker %1 back in sync").arg(it.key()) : Text::tr("broker %1 catches up").arg(it.key()),
            behind == 0 ? Text::tr("it joined the in-sync set of %n partition(s); every replica of it is in sync", nullptr, it.value())
                        : Text::tr("it joined the in-sync set of %n partition(s)", nullptr, it.value()),
            it.key()));
    }
}

void topicEvents(const TopicsSnapshot& before, const TopicsSnapshot& after, qint64 nowMs, QList<Event>& events) {
    for (const auto& topic : after.topics) {
        const auto* old = before.find(topic.name);
        if (topic.partitions.isEmpty())
            continue; // created this moment, or in error: its partitions come with the next look
        const auto partitions = static_cast<int>(topic.partitions.size());
        if (old == nullptr || old->partitions.isEmpty() || (!old->id.isEmpty() && !topic.id.isEmpty() && old->id != topic.id)) {
            events.append(make(nowMs, EventKind::TopicCreated, 0, Text::tr("topic created"),
                Text::tr("%1, %2, %3").arg(topic.name, Text::tr("%n partition(s)", nullptr, partitions), Text::tr("%n replica(s)", nullptr, topic.replicationFactor)), -1, topic.name));
        } else if (partitions > old->partitions.size()) {
            events.append(make(nowMs, EventKind::PartitionsAdded, 0, Text::tr("partitions added"),
                Text::tr("%1 has %2 now, %3 before").arg(topic.name).arg(partitions).arg(old->partitions.size()), -1, topic.name));
        }
    }
    for (const auto& topic : before.topics)
        if (!topic.partitions.isEmpty() && after.find(topic.name) == nullptr)
            events.append(make(nowMs, EventKind::TopicDeleted, 0, Text::tr("topic deleted"), topic.name, -1, topic.name));
}

QString titleOfMany(EventKind kind, int count) {
    const QString number = format::count(count);
    switch (kind) {
    case EventKind::TopicCreated: return Text::tr("%1 topics created").arg(number);
    case EventKind::TopicDeleted: return Text::tr("%1 topics deleted").arg(number);
    case EventKind::PartitionsAdded: return Text::tr("partitions added to %1 topics").arg(number);
    case EventKind::GroupAppeared: return Text::tr("%1 groups appeared").arg(number);
    case EventKind::GroupGone: return Text::tr("%1 groups are gone").arg(number);
    case EventKind::GroupRebalancing: return Text::tr("%1 groups rebalance").arg(number);
    case EventKind::GroupStable: return Text::tr("%1 groups are stable").arg(number);
    default: return {};
    }
}

/// Of one kind, a list of thousands says less than one line that counts them, and buries what happened beside.
QList<Event> gathered(const QList<Event>& events) {
    QHash<EventKind, QList<const Event*>> byKind;
    for (const auto& event : events)
        byKind[event.kind].append(&event);
    QList<Event> all;
    for (const auto& event : events) {
        const auto& alike = byKind[event.kind];
        QString title = alike.size() > kOfOneKindMax ? titleOfMany(event.kind, static_cast<int>(alike.size())) : QString();
        if (title.isEmpty()) {
            all.append(event);
        } else if (alike.first() == &event) {
            QStringList names;
            for (int i = 0; i < kNamedOfMany; ++i)
                names.append(alike[i]->topic.isEmpty() ? alike[i]->group : alike[i]->topic);
            Event many = event;
            many.topic.clear();
            many.group.clear();
            many.title = std::move(title);
            many.detail = Text::tr("%1 and %2 more").arg(names.join(QStringLiteral(", "))).arg(alike.size() - kNamedOfMany);
            all.append(std::move(many));
        }
    }
    return all;
}

} // namespace

QList<Event> eventsBetween(const BrokersSnapshot* brokersBefore, const BrokersSnapshot& brokersAfter, const TopicsSnapshot* topicsBefore,
    const TopicsSnapshot& topicsAfter, qint64 nowMs) {
    QList<Event> events;
    if (brokersBefore != nullptr)
        brokerEvents(*brokersBefore, brokersAfter, nowMs, events);
    if (topicsBefore == nullptr)
        return events;
    PartitionChanges changes;
    for (const auto& topic : topicsAfter.topics) {
        const auto* old = topicsBefore->find(topic.name);
        if (old == nullptr || (!old->id.isEmpty() && !topic.id.isEmpty() && old->id != topic.id))
            continue;
        for (const auto& partition : topic.partitions)
            if (partition.id < old->partitions.size() && old->partitions[partition.id].id == partition.id)
                changes.compare(topic.name, old->partitions[partition.id], partition);
    }
    partitionEvents(changes, brokersAfter, nowMs, events);
    topicEvents(*topicsBefore, topicsAfter, nowMs, events);
    return gathered(events);
}

QList<Event> groupEventsBetween(const GroupsSnapshot* before, const GroupsSnapshot& after, qint64 nowMs) {
    QList<Event> events;
    if (before == nullptr)
        return events;
    const auto rebalancing = [](const QString& state) { return state.contains(QLatin1String("Rebalance")) || state == QLatin1String("Assigning") || state == QLatin1String("Reconciling"); };
    const auto add = [&events, nowMs](EventKind kind, const QString& title, const Group& group, const QString& detail) {
        auto event = make(nowMs, kind, 0, title, detail);
        event.group = group.id;
        events.append(std::move(event));
    };
    const auto byId = [](const GroupsSnapshot& groups) {
        QHash<QString, const Group*> all;
        all.reserve(groups.groups.size());
        for (const auto& group : groups.groups)
            all.insert(group.id, &group);
        return all;
    };
    const auto known = byId(*before), present = byId(after);
    for (const auto& group : after.groups) {
        const auto* old = known.value(group.id);
        if (old == nullptr)
            add(EventKind::GroupAppeared, Text::tr("group appeared"), group, group.id);
        else if (!rebalancing(old->state) && rebalancing(group.state))
            add(EventKind::GroupRebalancing, Text::tr("group rebalances"), group, group.id);
        else if (rebalancing(old->state) && group.state == QLatin1String("Stable"))
            add(EventKind::GroupStable, Text::tr("group is stable"), group, Text::tr("%1, %n member(s)", nullptr, static_cast<int>(group.members.size())).arg(group.id));
    }
    for (const auto& group : before->groups)
        if (!present.contains(group.id))
            add(EventKind::GroupGone, Text::tr("group is gone"), group, group.id);
    return gathered(events);
}

} // namespace models::session
