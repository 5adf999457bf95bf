#include "models/session/event_log.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <utility>

namespace models::session {
namespace {

constexpr qint64 kStoryMs = 30'000;
constexpr int kEventsMax = 5000;
constexpr int kRowsMax = 1000;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(EventLog)
};

bool beginsStory(EventKind kind) {
    return kind == EventKind::BrokerDied || kind == EventKind::BrokerKilled || kind == EventKind::BrokerPaused || kind == EventKind::ConnectionLost;
}

} // namespace

EventArea areaOf(EventKind kind) {
    switch (kind) {
    case EventKind::LeadersMoved:
    case EventKind::PartitionsOffline:
    case EventKind::PartitionsOnline: return EventArea::Elections;
    case EventKind::InSyncShrank:
    case EventKind::InSyncGrew: return EventArea::InSync;
    case EventKind::QuorumLeaderMoved: return EventArea::Quorum;
    case EventKind::TopicCreated:
    case EventKind::TopicDeleted:
    case EventKind::PartitionsAdded: return EventArea::Topics;
    case EventKind::GroupAppeared:
    case EventKind::GroupGone:
    case EventKind::GroupRebalancing:
    case EventKind::GroupStable: return EventArea::Groups;
    case EventKind::ConnectionLost:
    case EventKind::ConnectionBack: return EventArea::Connection;
    default: return EventArea::Brokers;
    }
}

QString nameOf(EventKind kind) {
    switch (kind) {
    case EventKind::BrokerDied: return QStringLiteral("BrokerDied");
    case EventKind::BrokerBack: return QStringLiteral("BrokerBack");
    case EventKind::BrokerAdded: return QStringLiteral("BrokerAdded");
    case EventKind::BrokerPaused: return QStringLiteral("BrokerPaused");
    case EventKind::BrokerKilled: return QStringLiteral("BrokerKilled");
    case EventKind::BrokerStarted: return QStringLiteral("BrokerStarted");
    case EventKind::LeadersMoved: return QStringLiteral("LeadersMoved");
    case EventKind::PartitionsOffline: return QStringLiteral("PartitionsOffline");
    case EventKind::PartitionsOnline: return QStringLiteral("PartitionsOnline");
    case EventKind::InSyncShrank: return QStringLiteral("InSyncShrank");
    case EventKind::InSyncGrew: return QStringLiteral("InSyncGrew");
    case EventKind::QuorumLeaderMoved: return QStringLiteral("QuorumLeaderMoved");
    case EventKind::TopicCreated: return QStringLiteral("TopicCreated");
    case EventKind::TopicDeleted: return QStringLiteral("TopicDeleted");
    case EventKind::PartitionsAdded: return QStringLiteral("PartitionsAdded");
    case EventKind::GroupAppeared: return QStringLiteral("GroupAppeared");
    case EventKind::GroupGone: return QStringLiteral("GroupGone");
    case EventKind::GroupRebalancing: return QStringLiteral("GroupRebalancing");
    case EventKind::GroupStable: return QStringLiteral("GroupStable");
    case EventKind::ConnectionLost: return QStringLiteral("ConnectionLost");
    case EventKind::ConnectionBack: return QStringLiteral("ConnectionBack");
    case EventKind::Note: return QStringLiteral("Note");
    }
    return QStringLiteral("Note");
}

EventKind kindOf(const QString& name) {
    for (int kind = 0; kind < static_cast<int>(EventKind::Note); ++kind)
        if (nameOf(static_cast<EventKind>(kind)) == name)
            return static_cast<EventKind>(kind);
    return EventKind::Note;
}

void EventLog::restore(QList<Event> past) {
    quint64 id = m_events.isEmpty() ? m_nextId : m_events.first().id;
    for (auto event = past.rbegin(); event != past.rend(); ++event)
        event->id = --id;
    m_events = past + m_events;
    if (m_events.size() > kEventsMax)
        m_events.remove(0, m_events.size() - kEventsMax);
    emit restored();
}

EventLog::EventLog(QObject* parent) : QObject(parent) {}

void EventLog::add(Event event) {
    event.id = m_nextId++;
    if (beginsStory(event.kind)) {
        // A death that follows the kill which caused it belongs to the kill's story.
        if (m_storyMs > 0 && event.kind == EventKind::BrokerDied && event.wallMs - m_storyMs < kStoryMs && event.wallMs >= m_storyMs && !m_events.isEmpty()
            && m_events.last().broker == event.broker) {
            event.sincePreviousMs = event.wallMs - m_storyMs;
        } else {
            m_storyMs = event.wallMs;
            event.sincePreviousMs = 0;
        }
    } else if (m_storyMs > 0 && event.wallMs >= m_storyMs && event.wallMs - m_storyMs < kStoryMs) {
        event.sincePreviousMs = event.wallMs - m_storyMs;
    }
    m_events.append(event);
    if (m_events.size() > kEventsMax)
        m_events.remove(0, m_events.size() - kEventsMax);
    emit added(event);
}

EventTableModel::EventTableModel(EventLog* log, QObject* parent)
    : SnapshotTableModel({{QStringLiteral("time"), tr("Time")}, {QStringLiteral("event"), tr("What happened")}, {QStringLiteral("detail"), tr("Details")},
                             {QStringLiteral("since"), tr("After"), true}},
          parent) {
    setCellFunction(cellOf);
    if (log == nullptr)
        return;
    const auto take = [this, log] {
        QList<Event> rows;
        const auto& events = log->events();
        for (auto i = events.size(); i-- > 0 && rows.size() < kRowsMax;)
            rows.append(events[i]);
        setRows(std::move(rows));
    };
    // Events come in bursts (a broker dies and leads a hundred partitions): one look at them is enough.
    connect(log, &EventLog::added, this, [this, take] {
        if (std::exchange(m_taking, true))
            return;
        QMetaObject::invokeMethod(this, [this, take] {
            m_taking = false;
            take();
        }, Qt::QueuedConnection);
    });
    connect(log, &EventLog::restored, this, take);
    take();
}

QHash<int, QByteArray> EventTableModel::roleNames() const {
    auto names = SnapshotTableModel::roleNames();
    names.insert(SeverityRole, "severity");
    names.insert(KindRole, "kind");
    names.insert(AreaRole, "area");
    names.insert(BrokerRole, "broker");
    names.insert(TopicRole, "topic");
    names.insert(GroupRole, "group");
    return names;
}

QString EventTableModel::keyOf(const Event& row) const { return QString::number(row.id); }

QVariant EventTableModel::cellOf(const Event& row, int column, int role) {
    switch (role) {
    case SeverityRole: return row.severity;
    case KindRole: return static_cast<int>(row.kind);
    case AreaRole: return static_cast<int>(areaOf(row.kind));
    case BrokerRole: return row.broker;
    case TopicRole: return row.topic;
    case GroupRole: return row.group;
    case StateRole: return row.severity >= 2 ? QStringLiteral("error") : row.severity == 1 ? QStringLiteral("warning") : QStringLiteral("ok");
    case SortRole:
        if (column == TimeColumn)
            return row.id;
        if (column == SinceColumn)
            return row.sincePreviousMs;
        [[fallthrough]];
    case Qt::DisplayRole:
        switch (column) {
        case TimeColumn: return format::clockOrDay(row.wallMs, QDateTime::currentMSecsSinceEpoch());
        case EventColumn: return row.title;
        case DetailColumn: return row.detail;
        case SinceColumn: return row.sincePreviousMs < 0 ? QString() : row.sincePreviousMs == 0 ? format::duration(0) : Text::tr("+ %1").arg(format::duration(row.sincePreviousMs));
        default: return {};
        }
    case Qt::ToolTipRole: return column == TimeColumn ? format::dateTime(row.wallMs) : row.detail;
    default: return {};
    }
}

} // namespace models::session
