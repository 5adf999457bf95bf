#include "models/session/cluster_session.h"

#include "models/metrics/metrics_store.h"
#include "models/metrics/recorder.h"
#include "models/session/poll_thread.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QPointer>
#include <QTimer>
#include <utility>

namespace models::session {
namespace {

constexpr qint64 kConfigFreshMs = 2000;
constexpr qint64 kKeepsFreshMs = 60'000;
constexpr int kTopicsPerRequest = 200;
const QStringList& keepsNames() {
    static const QStringList names{QStringLiteral("cleanup.policy"), QStringLiteral("retention.ms"), QStringLiteral("retention.bytes")};
    return names;
}
constexpr int kEventsRestored = 500;
constexpr qint64 kLogEndsEveryMs = 60'000;
constexpr int kLogEndsMax = 20'000;
constexpr qint64 kSeedSettlesMs = 5000;

QString keyOf(const client::ConfigResource& resource) { return QString::number(static_cast<int>(resource.kind)) + u':' + resource.name; }

metrics::PastEvent pastOf(const Event& event, bool onChart) {
    return {event.wallMs, nameOf(event.kind), event.severity, event.broker, event.topic, event.group, event.title, event.detail, event.sincePreviousMs, onChart};
}

/// Events of a handle come from its own thread, the first of them before there is a poll thread to take them: a refused connect is told once.
class EventDoor {
public:
    void pass(const client::ClientEvent& event) {
        const std::lock_guard lock(m_mutex);
        if (const auto poll = m_poll.lock())
            poll->noteClientEvent(event);
        else if (m_early.size() < 100)
            m_early.append(event);
    }
    void open(const std::shared_ptr<PollThread>& poll) {
        const std::lock_guard lock(m_mutex);
        m_poll = poll;
        for (const auto& event : std::exchange(m_early, {}))
            poll->noteClientEvent(event);
    }

private:
    std::mutex m_mutex; ///< guards both
    std::weak_ptr<PollThread> m_poll;
    QList<client::ClientEvent> m_early;
};

} // namespace

ClusterSession::ClusterSession(SessionConfig config, QObject* parent)
    : QObject(parent), m_config(std::move(config)), m_relock(new QTimer(this)), m_events(new EventLog(this)),
      m_metrics(new metrics::MetricsStore(this, m_config.cadence.offsetsMs)) {
    m_relock->setSingleShot(true);
    connect(m_relock, &QTimer::timeout, this, [this] { setReadOnly(true); });
    connect(m_events, &EventLog::added, this, [this](const Event& event) {
        if (isOnCharts(event))
            m_metrics->addMark({event.wallMs, nameOf(event.kind), event.title, std::max(0, event.severity)});
        if (m_recorder != nullptr)
            m_recorder->note(pastOf(event, isOnCharts(event)));
    });
}

bool ClusterSession::isOnCharts(const Event& event) const {
    // A broker that was killed goes missing a moment later: one line on the charts is enough.
    if (event.kind == EventKind::BrokerDied)
        for (const auto& before : m_events->events())
            if (before.id < event.id && before.broker == event.broker && event.wallMs - before.wallMs < 30'000
                && (before.kind == EventKind::BrokerKilled || before.kind == EventKind::BrokerDied || before.kind == EventKind::BrokerPaused))
                return false;
    // Charts carry what a line may bend at; the rest is for the list.
    const auto area = areaOf(event.kind);
    return area == EventArea::Brokers || area == EventArea::Elections || area == EventArea::Quorum;
}

ClusterSession::~ClusterSession() {
    m_logEndsKeptMs = 0; // what is known now, whenever the last time was
    keepLogEnds();
    if (m_poll)
        m_poll->stop();
    if (m_handle)
        m_handle->close();
}

void ClusterSession::setHistory(const std::shared_ptr<metrics::History>& history) {
    if (m_recorder != nullptr || history == nullptr)
        return;
    m_recorder = new metrics::Recorder(m_metrics, history, m_config.key);
    for (const auto& event : m_events->events()) // what happened before the history was open
        m_recorder->note(pastOf(event, isOnCharts(event)));
    connect(m_metrics, &metrics::MetricsStore::historyChanged, this, &ClusterSession::restoreEvents);
    claimHistory();
}

void ClusterSession::claimHistory() {
    if (m_recorder == nullptr || !m_brokers || m_state != SessionState::Connected)
        return;
    m_recorder->claim(m_brokers->clusterId); // at first, and with some services for ever, it is not known
    if (m_seedAsked == m_connection)
        return;
    m_seedAsked = m_connection;
    m_seededMs = 0;
    m_recorder->history()->readLogEnds(m_config.key).then(this, [this, connection = m_connection](const Result<QList<metrics::LogEnd>>& ends) {
        if (!ends || connection != m_connection || !m_poll)
            return;
        m_poll->seedEnds(*ends);
        m_seededMs = QDateTime::currentMSecsSinceEpoch();
    });
}

void ClusterSession::restoreEvents() {
    // Not before it is known whose they are.
    if (m_recorder->clusterId().isEmpty() || std::exchange(m_eventsRestored, true))
        return;
    const qint64 before = m_events->events().isEmpty() ? QDateTime::currentMSecsSinceEpoch() : m_events->events().first().wallMs;
    m_recorder->history()->readEvents(m_config.key, before, kEventsRestored).then(this, [this](const Result<QList<metrics::PastEvent>>& past) {
        QList<Event> events;
        for (const auto& e : past.value_or(QList<metrics::PastEvent>()))
            events.append({0, e.timeMs, kindOf(e.kind), e.severity, e.broker, e.topic, e.group, e.title, e.detail, e.sinceMs});
        if (!events.isEmpty())
            m_events->restore(events);
    });
}

void ClusterSession::keepLogEnds() {
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    if (m_recorder == nullptr || !m_recorder->isClaimed() || !m_groups || now - m_logEndsKeptMs < kLogEndsEveryMs)
        return;
    // What was known before must have reached the groups that are shown, or it would be overwritten by less.
    if (m_seededMs == 0 || m_groups.takenMs < m_seededMs + kSeedSettlesMs)
        return;
    m_logEndsKeptMs = now;
    QList<metrics::LogEnd> ends;
    for (const auto& group : m_groups->groups)
        for (const auto& partition : group.partitions)
            if (partition.unreadSinceMs > 0 && ends.size() < kLogEndsMax) // at least since then: the end had passed it already
                ends.append({partition.partition.topic, partition.partition.partition, partition.committed + (partition.unreadAtLeast ? 1 : 0), partition.unreadSinceMs});
    m_recorder->history()->keepLogEnds(m_config.key, ends, now);
}

bool ClusterSession::isReadOnly() const {
    // A timer may come late, and does not run while the computer sleeps: what was allowed until then is asked of both clocks.
    return m_config.readOnly || (m_unlockedUntilMs > 0 && (m_unlockEnds.hasExpired() || QDateTime::currentMSecsSinceEpoch() >= m_unlockedUntilMs));
}

void ClusterSession::setReadOnly(bool readOnly) {
    const bool lapsed = std::exchange(m_unlockedUntilMs, 0) != 0;
    m_relock->stop();
    if (m_config.readOnly == readOnly && !lapsed)
        return;
    m_config.readOnly = readOnly;
    emit readOnlyChanged(readOnly);
}

void ClusterSession::unlockFor(std::chrono::milliseconds duration) {
    m_config.readOnly = false;
    m_unlockedUntilMs = QDateTime::currentMSecsSinceEpoch() + duration.count();
    m_unlockEnds = QDeadlineTimer(duration);
    m_relock->start(duration);
    emit readOnlyChanged(false);
}

void ClusterSession::setIdentity(const QString& name, bool production) {
    m_config.name = name;
    m_config.production = production;
}

void ClusterSession::refuse(const Error& reason) {
    if (m_handle)
        disconnectFromCluster();
    setState(SessionState::Failed, reason);
}

void ClusterSession::setClientConfig(const client::ClientConfig& config) {
    const bool elsewhere = config.servers() != m_config.client.servers();
    m_config.client = config;
    if (!elsewhere)
        return;
    // What was known is another cluster's.
    const auto forget = [](auto& snapshot) {
        const auto generation = snapshot.generation;
        snapshot = {};
        snapshot.generation = generation + 1;
    };
    forget(m_brokers);
    forget(m_topics);
    forget(m_groups);
    m_configs.clear();
    m_configsAsked.clear();
    m_lastAnswerMs = 0;
    m_metrics->clear();
    emit brokersChanged();
    emit topicsChanged();
    emit groupsChanged();
}

void ClusterSession::connectToCluster() {
    if (m_state != SessionState::Idle)
        disconnectFromCluster();
    const quint64 connection = ++m_connection;
    const QPointer<ClusterSession> self(this);
    auto door = std::make_shared<EventDoor>();
    auto opened = client::ClusterHandle::open(m_config.client, [door](const client::ClientEvent& event) { door->pass(event); });
    if (!opened) {
        setState(SessionState::Failed, opened.error());
        return;
    }
    m_handle = *opened;
    m_handle->setTimeout(std::chrono::milliseconds(5000));
    // The application object outlives every session, so it receives; whether this session still wants the round is asked there.
    m_poll = std::make_shared<PollThread>(m_handle, m_config.client, m_config.cadence, [self, connection](std::shared_ptr<Round> round) {
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [self, connection, round = std::move(round)]() mutable {
                if (self && self->m_connection == connection)
                    self->take(std::move(round));
            },
            Qt::QueuedConnection);
    });
    setState(SessionState::Connecting);
    m_poll->start();
    door->open(m_poll);
}

void ClusterSession::disconnectFromCluster() {
    ++m_connection;
    m_keepsAskedMs.clear();
    if (m_poll)
        m_poll->stop();
    m_poll.reset();
    if (m_handle)
        m_handle->close();
    m_handle.reset();
    setState(SessionState::Idle);
}

void ClusterSession::refresh() {
    if (m_poll)
        m_poll->refresh();
}

void ClusterSession::setState(SessionState state, const Error& error) {
    if (m_state == state && m_stateError == error)
        return;
    const auto before = m_state;
    m_state = state;
    m_stateError = error;
    if (before != state) {
        Event event;
        event.wallMs = QDateTime::currentMSecsSinceEpoch();
        if (state == SessionState::Stale) {
            event.kind = EventKind::ConnectionLost;
            event.severity = 2;
            event.title = tr("nothing answers");
            event.detail = error.why;
            m_events->add(event);
        } else if (state == SessionState::Connected && before == SessionState::Stale) {
            event.kind = EventKind::ConnectionBack;
            event.severity = -1;
            event.title = tr("the cluster answers again");
            m_events->add(event);
        }
    }
    emit stateChanged(state);
}

void ClusterSession::take(std::shared_ptr<Round> round) {
    const auto update = [](auto& snapshot, auto& data, QList<PartError>& errors, qint64 takenMs) {
        snapshot.data = std::move(data);
        snapshot.errors = std::move(errors);
        snapshot.takenMs = takenMs;
        ++snapshot.generation;
    };
    const auto now = QDateTime::currentMSecsSinceEpoch();
    if (round->answeredMs > 0)
        m_lastAnswerMs = round->answeredMs;
    const bool stale = m_state == SessionState::Stale;
    const bool brokers = round->brokers != nullptr;
    const bool topics = round->topics != nullptr;
    const bool groups = round->groups != nullptr;
    if (brokers)
        update(m_brokers, round->brokers, round->brokerErrors, stale ? m_brokers.takenMs : now);
    if (topics)
        update(m_topics, round->topics, round->topicErrors, stale ? m_topics.takenMs : now);
    if (groups)
        update(m_groups, round->groups, round->groupErrors, round->groupErrors.isEmpty() ? now : m_groups.takenMs);
    if (round->state)
        setState(*round->state, round->stateError);
    if (brokers)
        claimHistory();
    for (const auto& event : round->events)
        m_events->add(event);
    if (!round->samples.isEmpty())
        m_metrics->addRound(round->sampleMs, round->samples);
    if (brokers)
        emit brokersChanged();
    if (topics)
        emit topicsChanged();
    if (groups)
        keepLogEnds();
    if (groups)
        emit groupsChanged();
}

Snapshot<ConfigSnapshot> ClusterSession::configs(const client::ConfigResource& resource) {
    const auto it = m_configs.constFind(keyOf(resource));
    const bool fresh = it != m_configs.cend() && QDateTime::currentMSecsSinceEpoch() - it->takenMs < kConfigFreshMs;
    const auto known = it == m_configs.cend() ? Snapshot<ConfigSnapshot>{} : *it;
    if (!fresh)
        refreshConfigs(resource);
    return known;
}

void ClusterSession::refreshConfigs(const client::ConfigResource& resource) {
    if (!m_handle)
        return;
    const QString key = keyOf(resource);
    auto& asked = m_configsAsked[key];
    if (asked == m_connection)
        return; // under way
    asked = m_connection;
    m_handle->describeConfigs(resource).then(this, [this, resource, key, connection = m_connection](const Result<QList<client::ConfigEntry>>& answer) {
        if (connection != m_connection)
            return;
        m_configsAsked.remove(key);
        auto& snapshot = m_configs[key];
        ++snapshot.generation;
        snapshot.takenMs = QDateTime::currentMSecsSinceEpoch();
        snapshot.errors.clear();
        if (answer)
            snapshot.data = std::make_shared<const ConfigSnapshot>(ConfigSnapshot{resource, *answer});
        if (answer && resource.kind == client::ResourceKind::Topic)
            noteKeeps({{resource.name, *answer}});
        if (!answer)
            snapshot.errors.append({QStringLiteral("configuration"), answer.error()});
        emit configChanged(resource);
    });
}

void ClusterSession::wantKeeps(const QStringList& topics) {
    if (!m_handle || m_keepsUnderWay == m_connection)
        return;
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    QStringList asked;
    for (const auto& topic : topics) {
        if (asked.size() >= kTopicsPerRequest)
            break; // the next call asks for the rest
        const auto before = m_keepsAskedMs.constFind(topic);
        if (before == m_keepsAskedMs.cend() || now - *before >= kKeepsFreshMs)
            asked.append(topic);
    }
    if (asked.isEmpty())
        return;
    m_keepsUnderWay = m_connection;
    m_handle->describeTopicConfigs(asked, keepsNames()).then(this, [this, asked, connection = m_connection](const Result<QHash<QString, QList<client::ConfigEntry>>>& answer) {
        if (connection != m_connection)
            return;
        m_keepsUnderWay = 0;
        if (m_keepsAskedMs.size() > 2 * kTopicsPerRequest && m_topics) // topics that are gone are forgotten here, too
            m_keepsAskedMs.removeIf([this](const auto& it) { return m_topics->find(it.key()) == nullptr; });
        const qint64 answered = QDateTime::currentMSecsSinceEpoch();
        for (const auto& topic : asked)
            m_keepsAskedMs.insert(topic, answered); // also where it failed: not again and again
        if (answer)
            noteKeeps(*answer);
    });
}

void ClusterSession::noteKeeps(const QHash<QString, QList<client::ConfigEntry>>& entries) {
    QHash<QString, TopicKeeps> all;
    for (auto it = entries.cbegin(); it != entries.cend(); ++it) {
        TopicKeeps keeps;
        for (const auto& entry : it.value()) {
            const auto take = [&entry](const QString& name, QString& to) {
                if (entry.name == name && entry.value)
                    to = *entry.value;
            };
            take(keepsNames()[0], keeps.cleanupPolicy);
            take(keepsNames()[1], keeps.retentionMs);
            take(keepsNames()[2], keeps.retentionBytes);
        }
        if (!keeps.cleanupPolicy.isEmpty())
            all.insert(it.key(), keeps);
    }
    if (m_poll && !all.isEmpty())
        m_poll->noteKeeps(all);
}

HealthFacts healthOf(const ClusterSession& session) {
    HealthFacts facts;
    if (session.brokers()) {
        for (const auto& broker : session.brokers()->brokers) {
            if (broker.state == BrokerState::Up) {
                ++facts.brokersUp;
            } else {
                ++facts.brokersDown;
                facts.downIds.append(broker.id);
            }
        }
    }
    if (session.topics()) {
        facts.partitions = session.topics()->partitions;
        facts.underReplicated = session.topics()->underReplicated;
        facts.offline = session.topics()->offline;
    }
    if (session.groups())
        for (const auto& group : session.groups()->groups)
            facts.groupsBehind += isBehind(standingOf(group)) ? 1 : 0;
    return facts;
}

} // namespace models::session
