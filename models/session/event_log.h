#pragma once
// What happened in a cluster, as far as it can be seen from outside, with the time it was seen. Interface thread.

#include "models/base/snapshot_table_model.h"

#include <QList>
#include <QObject>
#include <QString>

namespace models::session {

enum class EventKind {
    BrokerDied, BrokerBack, BrokerAdded, BrokerPaused, BrokerKilled, BrokerStarted,
    LeadersMoved, PartitionsOffline, PartitionsOnline,
    InSyncShrank, InSyncGrew,
    QuorumLeaderMoved,
    TopicCreated, TopicDeleted, PartitionsAdded,
    GroupAppeared, GroupGone, GroupRebalancing, GroupStable,
    ConnectionLost, ConnectionBack,
    Note,
};
/// The chips of the timeline filter.
enum class EventArea { Brokers, Elections, InSync, Quorum, Topics, Groups, Connection };
EventArea areaOf(EventKind kind);
/// "BrokerDied": stable, for marks and export.
QString nameOf(EventKind kind);
EventKind kindOf(const QString& name); ///< Note for a name that is not known

struct Event {
    quint64 id = 0;       ///< given by the log
    qint64 wallMs = 0;
    EventKind kind = EventKind::Note;
    int severity = 0;     ///< 0 note, 1 warning, 2 bad, -1 good news
    int broker = -1;      ///< whom it is about, -1 = nobody
    QString topic;
    QString group;
    QString title;        ///< "broker 2 died", translated
    QString detail;       ///< "its sockets closed; process ended by signal 9"
    qint64 sincePreviousMs = -1; ///< after the event that began this story (a death, a kill); -1 = begins one
    bool operator==(const Event&) const = default;
};

class EventLog : public QObject {
    Q_OBJECT
public:
    explicit EventLog(QObject* parent = nullptr);
    [[nodiscard]] const QList<Event>& events() const { return m_events; } ///< oldest first, the newest 5,000
    /// Gives it an id and its place in a story: what follows a death within 30 s counts from it.
    void add(Event event);
    /// What an earlier run saw, oldest first, before everything that is there.
    void restore(QList<Event> past);

signals:
    void restored();
    void added(const models::session::Event& event);

private:
    QList<Event> m_events;
    quint64 m_nextId = 1'000'000; ///< those that are restored count down from the first
    qint64 m_storyMs = 0;
};

/// Newest first. Columns: time, event, detail, since. Roles: SeverityRole (int), KindRole (EventKind as int), AreaRole, BrokerRole, TopicRole.
class EventTableModel : public SnapshotTableModel<Event> {
    Q_OBJECT
public:
    enum Role { SeverityRole = FirstModelRole, KindRole, AreaRole, BrokerRole, TopicRole, GroupRole };
    enum ColumnIndex { TimeColumn, EventColumn, DetailColumn, SinceColumn };
    explicit EventTableModel(EventLog* log, QObject* parent = nullptr);
    QHash<int, QByteArray> roleNames() const override;

protected:
    QString keyOf(const Event& row) const override;
    static QVariant cellOf(const Event& row, int column, int role); ///< any thread

private:
    bool m_taking = false; ///< a look at the log is on its way
};

} // namespace models::session
