#include "models/session/poll_thread.h"

#include "models/session/event_diff.h"

#include <QDateTime>
#include <pthread.h>

namespace models::session {

using client::OffsetAt;

namespace {

using namespace std::chrono_literals;

constexpr int kGroupsPerRound = 50;
constexpr int kTopicsPerDescribe = 500;

qint64 wallMs() { return QDateTime::currentMSecsSinceEpoch(); }
qint64 monotonicNs() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

QList<PartError> listed(const QMap<QString, Error>& errors) {
    QList<PartError> all;
    for (auto it = errors.cbegin(); it != errors.cend(); ++it)
        all.append({it.key(), it.value()});
    return all;
}

} // namespace

PollThread::PollThread(std::shared_ptr<client::ClusterHandle> handle, const client::ClientConfig& config, Cadence cadence, Publish publish)
    : m_handle(std::move(handle)), m_cadence(cadence), m_publish(std::move(publish)), m_lanes(config) {}

void PollThread::start() {
    std::thread([self = shared_from_this()] {
        pthread_setname_np(pthread_self(), "session-poll");
        self->run();
    }).detach();
}

void PollThread::stop() {
    const std::lock_guard lock(m_mutex);
    m_stopped = true;
    m_messages.clear();
    m_changed.notify_all();
}

void PollThread::post(std::function<void()> message) {
    const std::lock_guard lock(m_mutex);
    if (m_stopped)
        return;
    m_messages.push_back(std::move(message));
    m_changed.notify_all();
}

void PollThread::refresh() {
    post([this] {
        for (auto* due : {&m_metadata, &m_description, &m_groups, &m_sizes, &m_begins})
            due->at = {};
        m_offsetsAt = {};
    });
}

void PollThread::noteClientEvent(const client::ClientEvent& event) {
    if (event.kind != client::ClientEvent::Kind::Error)
        return;
    post([this, event] {
        // While one broker answers, another that cannot be reached is news for the broker list, not for the connection.
        const bool fatal = event.code == ErrorCode::AuthenticationFailed || event.code == ErrorCode::TlsFailed || event.text.contains(QLatin1String("brokers are down"))
            || event.text.contains(QLatin1String("brokers down"));
        if (m_state != SessionState::Connected && fatal) {
            const auto reason = m_handle->lastError();
            fail(reason.why.isEmpty() ? Error{event.code, {}, event.text, 0} : reason);
        }
    });
}

void PollThread::seedEnds(const QList<metrics::LogEnd>& ends) {
    post([this, ends] { m_view.seedEnds(ends); });
}

void PollThread::noteKeeps(const QHash<QString, TopicKeeps>& keeps) {
    post([this, keeps] {
        m_view.setKeeps(keeps);
        if (m_view.hasMetadata())
            publish(clusterRound(false));
    });
}

void PollThread::run() {
    std::unique_lock lock(m_mutex);
    while (!m_stopped) {
        if (m_messages.empty())
            m_changed.wait_until(lock, nextDue(), [this] { return m_stopped || !m_messages.empty(); });
        auto messages = std::exchange(m_messages, {});
        if (m_stopped)
            break;
        lock.unlock();
        for (auto& message : messages)
            message();
        messages.clear();
        askWhatIsDue(Clock::now());
        lock.lock();
    }
    lock.unlock();
    m_lanes.cancel();
}

int PollThread::stretched(int ms) const {
    // A thousand partitions a second is polite; more of them are asked less often.
    return std::max(ms, ms * m_view.partitionCount() / 2000);
}

PollThread::Clock::time_point PollThread::nextDue() const {
    auto next = Clock::now() + 5s;
    const auto consider = [&next](const Due& due) {
        if (!due.underWay)
            next = std::min(next, due.at);
    };
    consider(m_metadata);
    if (!m_view.hasMetadata())
        return next;
    // Only what askWhatIsDue() would ask then: what nobody asks stays due, and this thread would spin. (Begins go along with offsets.)
    for (const auto* due : {&m_groups, &m_sizes})
        consider(*due);
    if (!m_lanes.usable()) {
        consider(m_description);
        consider(m_details);
    }
    next = std::min(next, m_offsetsAt);
    if (m_samplePending)
        next = std::min(next, m_sampleDeadline);
    return next;
}

void PollThread::askWhatIsDue(Clock::time_point now) {
    if (m_metadata.ready(now))
        askMetadata();
    if (!m_view.hasMetadata())
        return;
    if (m_samplePending && (m_offsetsUnderWay.isEmpty() || now >= m_sampleDeadline))
        sample();
    if (m_description.ready(now) && !m_lanes.usable()) {
        m_description.underWay = true;
        whenDone(m_handle->describeCluster(), [](PollThread* self, const Result<client::ClusterDescription>& answer) {
            self->m_description = {Clock::now() + (answer ? 30s : 5s), false};
            if (answer)
                self->m_view.setDescription(*answer);
        });
    }
    if (m_details.ready(now) && !m_lanes.usable())
        askDetails();
    if (now >= m_offsetsAt)
        askOffsets(now);
    if (m_groups.ready(now))
        askGroups();
    if (m_sizes.ready(now))
        askSizes();
}

void PollThread::askMetadata() {
    m_metadata.underWay = true;
    askMetadataOver({});
}

void PollThread::askMetadataOver(QSet<int> tried) {
    const auto brokers = m_lanes.usable() ? m_lanes.brokers() : QList<int>();
    // In turn, but whoever has nothing else to do first; a broker that hangs has a backlog that grows.
    int best = -1;
    for (qsizetype i = 0; i < brokers.size(); ++i) {
        const int broker = brokers[(m_metadataBroker + i) % brokers.size()];
        if (!tried.contains(broker) && (best < 0 || m_lanes.backlog(broker) < m_lanes.backlog(best)))
            best = broker;
    }
    if (best >= 0) {
        const int broker = best;
        m_metadataBroker = static_cast<int>((brokers.indexOf(broker) + 1) % brokers.size());
        tried.insert(broker);
        const bool asked = onLane(
            broker, [](wire::WireClient& client, const wire::Address& address) { return client.metadata(address, 700ms); },
            [tried](PollThread* self, const Result<client::ClusterMetadata>& answer) {
                // A broker that does not know the others is not the one to believe: an empty list means that it just starts.
                if (answer && !answer->brokers.isEmpty())
                    self->takeMetadata(answer);
                else
                    self->askMetadataOver(tried);
            });
        if (asked)
            return;
    }
    whenDone(m_handle->metadata(), [](PollThread* self, const Result<client::ClusterMetadata>& answer) { self->takeMetadata(answer); });
}

void PollThread::takeMetadata(Result<client::ClusterMetadata> answer) {
    const int pause = answer ? stretched(m_cadence.metadataMs) : std::min(1000, m_cadence.metadataMs);
    m_metadata = {Clock::now() + std::chrono::milliseconds(pause), false};
    if (!answer) {
        fail(answer.error());
        return;
    }
    m_lastAnswer = Clock::now();
    m_lanes.setBrokers(answer->brokers);
    m_view.setMetadata(std::move(*answer), wallMs());
    auto round = clusterRound(false);
    if (m_state != SessionState::Connected) {
        m_state = SessionState::Connected;
        round->state = m_state;
    }
    publish(std::move(round));
}

void PollThread::fail(const Error& error) {
    if (error.code == ErrorCode::Cancelled)
        return;
    auto round = std::make_shared<ClusterSession::Round>();
    // One lost answer is not a lost cluster; silence is.
    const bool everConnected = m_lastAnswer != Clock::time_point{};
    if (everConnected && Clock::now() - m_lastAnswer < std::chrono::milliseconds(std::max(2500, 3 * m_cadence.metadataMs)))
        return;
    m_state = everConnected ? SessionState::Stale : SessionState::Failed;
    round->state = m_state;
    round->stateError = error;
    publish(std::move(round));
}

void PollThread::askDetails() {
    const auto names = m_view.topicsToDescribe(kTopicsPerDescribe);
    if (names.isEmpty())
        return;
    m_details.underWay = true;
    whenDone(m_handle->describeTopics(names), [](PollThread* self, const Result<QList<client::TopicState>>& answer) {
        // Where it is refused, names and flags of the metadata have to do.
        self->m_details = {Clock::now() + (answer ? 200ms : 60'000ms), false};
        if (answer)
            self->m_view.setTopicDetails(*answer);
        else
            self->m_topicErrors.insert(QStringLiteral("topic ids"), answer.error());
    });
}

void PollThread::askOffsets(Clock::time_point now) {
    const auto interval = std::chrono::milliseconds(stretched(m_cadence.offsetsMs));
    // A steady beat: missed beats are skipped, not caught up.
    m_offsetsAt = m_offsetsAt + interval > now ? m_offsetsAt + interval : now + interval;
    m_view.setFreshness(std::chrono::nanoseconds(interval).count() * 5 / 2, std::chrono::nanoseconds(std::chrono::milliseconds(m_cadence.logDirsMs)).count() * 5 / 2);
    const bool begins = m_begins.ready(now);
    if (begins)
        m_begins.at = now + 5 * interval;
    const auto byLeader = m_view.partitionsByLeader();
    for (auto it = byLeader.cbegin(); it != byLeader.cend(); ++it) {
        const int leader = it.key();
        if (m_offsetsUnderWay.contains(leader))
            continue; // it has not answered the last one: its numbers are a gap
        m_offsetsUnderWay.insert(leader);
        QList<client::OffsetQuery> latest, earliest;
        for (const auto& partition : *it) {
            latest.append({partition, OffsetAt::Latest});
            if (begins)
                earliest.append({partition, OffsetAt::Earliest});
        }
        askOffsetsOf(leader, latest, earliest);
    }
    m_samplePending = true;
    m_sampleDeadline = now + interval * 7 / 10;
}

void PollThread::askOffsetsOf(int leader, const QList<client::OffsetQuery>& latest, const QList<client::OffsetQuery>& earliest) {
    const auto takeBegins = [](PollThread* self, const Result<QList<client::OffsetAnswer>>& answer) {
        if (answer)
            self->m_view.setOffsets(*answer, OffsetAt::Earliest, monotonicNs());
    };
    const auto takeEnds = [leader](PollThread* self, const Result<QList<client::OffsetAnswer>>& answer) { self->takeOffsets(leader, answer); };
    const auto asking = [](const QList<client::OffsetQuery>& queries) {
        return [queries](wire::WireClient& client, const wire::Address& address) { return client.listOffsets(address, queries, 1000ms); };
    };
    if (m_lanes.usable() && onLane(leader, asking(latest), takeEnds)) {
        if (!earliest.isEmpty())
            onLane(leader, asking(earliest), takeBegins);
        return;
    }
    if (m_lanes.usable()) { // a leader that the cluster no longer lists: it cannot be asked
        m_offsetsUnderWay.remove(leader);
        return;
    }
    if (!earliest.isEmpty())
        whenDone(m_handle->listOffsets(earliest), takeBegins);
    whenDone(m_handle->listOffsets(latest), takeEnds);
}

void PollThread::takeOffsets(int leader, const Result<QList<client::OffsetAnswer>>& answer) {
    m_offsetsUnderWay.remove(leader);
    const QString part = QStringLiteral("offsets of broker %1").arg(leader);
    if (answer) {
        m_view.setOffsets(*answer, OffsetAt::Latest, monotonicNs());
        m_topicErrors.remove(part);
    } else if (answer.error().code != ErrorCode::Cancelled) {
        m_topicErrors.insert(part, answer.error());
    }
}

void PollThread::sample() {
    m_samplePending = false;
    m_view.noteEnds(wallMs(), monotonicNs());
    publish(clusterRound(true));
}

std::shared_ptr<ClusterSession::Round> PollThread::clusterRound(bool withSamples) {
    const auto now = monotonicNs();
    auto round = std::make_shared<ClusterSession::Round>();
    auto brokers = std::make_shared<const BrokersSnapshot>(m_view.brokers(now));
    auto topics = std::make_shared<const TopicsSnapshot>(m_view.topics(now));
    if (m_state == SessionState::Connected)
        round->events = eventsBetween(m_brokersBefore.get(), *brokers, m_topicsBefore.get(), *topics, wallMs());
    if (withSamples) {
        round->sampleMs = wallMs();
        round->samples = m_view.samples(*brokers, *topics, wallMs(), m_cadence.groupsMs * 5 / 2 + 1000);
    }
    round->answeredMs = m_state == SessionState::Connected ? wallMs() : 0;
    m_brokersBefore = round->brokers = std::move(brokers);
    m_topicsBefore = round->topics = std::move(topics);
    round->brokerErrors = listed(m_brokerErrors);
    round->topicErrors = listed(m_topicErrors);
    return round;
}

void PollThread::askGroups() {
    if (m_lanes.usable()) {
        askGroupsOverLanes();
        return;
    }
    m_groups.underWay = true;
    whenDone(m_handle->listGroups(), [](PollThread* self, const Result<client::GroupListings>& answer) {
        self->m_groups = {Clock::now() + std::chrono::milliseconds(self->m_cadence.groupsMs), false};
        const QString part = QStringLiteral("groups");
        if (!answer) {
            if (answer.error().code != ErrorCode::Cancelled)
                self->m_groupErrors.insert(part, answer.error());
            self->publishGroups();
            return;
        }
        self->m_groupErrors.remove(part);
        if (answer->partial)
            self->m_groupErrors.insert(part, *answer->partial);
        self->m_view.setGroups(answer->groups, !answer->partial);
        self->publishGroups();
        self->whenDone(self->m_handle->describeGroups(self->m_view.groupIds()), [](PollThread* again, const Result<QList<client::GroupDescription>>& described) {
            if (described)
                again->m_view.setGroupDescriptions(*described);
            if (described)
                again->m_groupErrors.remove(QStringLiteral("members"));
            else if (described.error().code != ErrorCode::Cancelled)
                again->m_groupErrors.insert(QStringLiteral("members"), described.error());
        });
        self->askCommitted();
    });
}

void PollThread::askGroupsOverLanes() {
    m_groups.at = Clock::now() + std::chrono::milliseconds(m_cadence.groupsMs);
    for (const int broker : m_lanes.brokers()) {
        if (m_groupsUnderWay.contains(broker))
            continue;
        m_groupsUnderWay.insert(broker);
        onLane(
            broker, [broker](wire::WireClient& client, const wire::Address& address) { return client.groups(address, broker, 1000ms); },
            [broker](PollThread* self, const Result<wire::CoordinatedGroups>& answer) {
                self->m_groupsUnderWay.remove(broker);
                const QString part = QStringLiteral("groups of broker %1").arg(broker);
                if (!answer) {
                    self->m_groupErrors.insert(part, answer.error());
                    return;
                }
                self->m_groupErrors.remove(part);
                self->m_view.setCoordinatedGroups(broker, *answer, wallMs());
                if (self->m_groupsUnderWay.isEmpty())
                    self->publishGroups();
            });
    }
    // A broker that hangs must not keep the news of the others: what came is shown one beat later.
    if (!m_groupsUnderWay.isEmpty() && m_groupsBefore)
        publishGroups();
}

void PollThread::askCommitted() {
    // librdkafka asks for one group at a time, so a round takes some of them and the next goes on from there.
    const auto ids = m_view.groupIds();
    const int count = std::min<int>(kGroupsPerRound, static_cast<int>(ids.size()));
    for (int i = 0; i < count; ++i) {
        const QString id = ids[(m_nextGroup + i) % ids.size()];
        if (m_committedUnderWay.contains(id))
            continue;
        m_committedUnderWay.insert(id);
        whenDone(m_handle->committedOffsets(id), [id](PollThread* self, const Result<QList<client::CommittedOffset>>& answer) {
            self->m_committedUnderWay.remove(id);
            if (answer || answer.error().code != ErrorCode::Cancelled)
                self->m_view.setCommitted(id, answer, wallMs());
            if (self->m_committedUnderWay.isEmpty())
                self->publishGroups();
        });
    }
    m_nextGroup = ids.isEmpty() ? 0 : (m_nextGroup + count) % static_cast<int>(ids.size());
}

void PollThread::publishGroups() {
    auto round = std::make_shared<ClusterSession::Round>();
    auto groups = std::make_shared<const GroupsSnapshot>(m_view.groups(wallMs()));
    round->events = groupEventsBetween(m_groupsBefore.get(), *groups, wallMs());
    m_groupsBefore = round->groups = std::move(groups);
    round->groupErrors = listed(m_groupErrors);
    publish(std::move(round));
}

void PollThread::askSizes() {
    const auto brokers = m_lanes.brokers();
    if (brokers.isEmpty()) {
        m_brokerErrors.insert(QStringLiteral("sizes"), {ErrorCode::Unsupported, QStringLiteral("sizes on disk"), QStringLiteral("this kind of connection is spoken by librdkafka alone, which cannot ask for them"), 0});
        m_sizes.at = Clock::now() + 60s;
        return;
    }
    m_sizes.at = Clock::now() + std::chrono::milliseconds(stretched(m_cadence.logDirsMs));
    for (const int broker : brokers) {
        if (m_sizesUnderWay.contains(broker))
            continue;
        m_sizesUnderWay.insert(broker);
        onLane(
            broker, [](wire::WireClient& client, const wire::Address& address) { return client.logDirs(address, 1500ms); },
            [broker](PollThread* self, const Result<wire::LogDirs>& answer) {
                self->m_sizesUnderWay.remove(broker);
                const QString part = QStringLiteral("sizes on broker %1").arg(broker);
                if (answer) {
                    self->m_view.setLogDirs(broker, *answer, monotonicNs());
                    self->m_brokerErrors.remove(part);
                } else {
                    self->m_brokerErrors.insert(part, answer.error());
                }
            });
    }
    askQuorum(brokers);
}

void PollThread::askQuorum(QList<int> brokers) {
    while (!brokers.isEmpty() && m_lanes.backlog(brokers.first()) > 2)
        brokers.removeFirst(); // it hangs
    if (brokers.isEmpty())
        return;
    const int broker = brokers.takeFirst();
    onLane(
        broker, [](wire::WireClient& client, const wire::Address& address) { return client.quorum(address, 1000ms); },
        [brokers](PollThread* self, const Result<wire::Quorum>& answer) {
            if (answer) {
                self->m_view.setQuorum(*answer);
                self->m_brokerErrors.remove(QStringLiteral("quorum"));
            } else if (!brokers.isEmpty() && answer.error().code != ErrorCode::Unsupported) {
                self->askQuorum(brokers);
            } else {
                self->m_brokerErrors.insert(QStringLiteral("quorum"), answer.error());
            }
        });
}

void PollThread::publish(std::shared_ptr<ClusterSession::Round> round) {
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopped)
            return;
    }
    m_publish(std::move(round));
}

} // namespace models::session
