#pragma once
// Inside models/session: asks a cluster again and again on a thread of its own and publishes what changed. An actor: answers come back as messages
// to its queue, at most one request of a kind is under way per broker, and nothing here waits for a single answer, so one broker that
// hangs costs only its own numbers.

#include "models/client/cluster_handle.h"
#include "models/session/cluster_session.h"
#include "models/session/cluster_view.h"
#include "models/session/wire_lanes.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace models::session {

/// What one publication brings to the interface thread; parts that did not change stay empty.
struct ClusterSession::Round {
    std::optional<SessionState> state;
    Error stateError;
    qint64 answeredMs = 0;
    std::shared_ptr<const BrokersSnapshot> brokers;
    std::shared_ptr<const TopicsSnapshot> topics;
    std::shared_ptr<const GroupsSnapshot> groups;
    QList<PartError> brokerErrors, topicErrors, groupErrors;
    QList<Event> events;
    qint64 sampleMs = 0;
    QList<std::pair<metrics::SeriesKey, double>> samples;
};

class PollThread : public std::enable_shared_from_this<PollThread> {
public:
    using Publish = std::function<void(std::shared_ptr<ClusterSession::Round>)>; ///< called on the poll thread; must only post

    PollThread(std::shared_ptr<client::ClusterHandle> handle, const client::ClientConfig& config, Cadence cadence, Publish publish);
    void start();
    void stop();    ///< any thread; returns at once, nothing is published afterwards
    void refresh(); ///< any thread: everything is due now
    void noteClientEvent(const client::ClientEvent& event); ///< any thread
    void seedEnds(const QList<metrics::LogEnd>& ends);      ///< any thread
    void noteKeeps(const QHash<QString, TopicKeeps>& keeps); ///< any thread; topics are published with it at once

private:
    using Clock = std::chrono::steady_clock;
    /// One kind of request: when it is due, whether it is under way.
    struct Due {
        Clock::time_point at{};
        bool underWay = false;
        [[nodiscard]] bool ready(Clock::time_point now) const { return !underWay && now >= at; }
    };
    void post(std::function<void()> message);
    void run();
    void askWhatIsDue(Clock::time_point now);
    [[nodiscard]] Clock::time_point nextDue() const;
    void askMetadata();
    /// Asks the next broker that is not busy; when none is left, librdkafka, which knows the reason.
    void askMetadataOver(QSet<int> tried);
    void askDetails();
    void askOffsets(Clock::time_point now);
    void askOffsetsOf(int leader, const QList<client::OffsetQuery>& latest, const QList<client::OffsetQuery>& earliest);
    void takeOffsets(int leader, const Result<QList<client::OffsetAnswer>>& answer);
    void askGroups();
    void askGroupsOverLanes();
    void askCommitted();
    void askSizes();
    void askQuorum(QList<int> brokers);
    void takeMetadata(Result<client::ClusterMetadata> answer);
    void sample();
    void publishGroups();
    void fail(const Error& error);
    void publish(std::shared_ptr<ClusterSession::Round> round);
    [[nodiscard]] std::shared_ptr<ClusterSession::Round> clusterRound(bool withSamples);
    [[nodiscard]] int stretched(int ms) const;

    /// Runs `ask` on a broker's lane and its answer here. False when there is no such lane.
    template <class Ask, class Take>
    bool onLane(int broker, Ask ask, Take take) {
        return m_lanes.run(broker, [weak = weak_from_this(), ask = std::move(ask), take = std::move(take)](wire::WireClient& client, const wire::Address& address) {
            auto answer = ask(client, address);
            if (const auto self = weak.lock())
                self->post([raw = self.get(), take, answer = std::move(answer)] { take(raw, answer); });
        });
    }

    /// Sends the answer of a future to the queue as a message.
    template <class T, class Take>
    void whenDone(client::Answer<T> answer, Take take) {
        answer.then(QtFuture::Launch::Sync, [weak = weak_from_this(), take = std::move(take)](const Result<T>& result) {
            if (const auto self = weak.lock())
                self->post([raw = self.get(), take, result] { take(raw, result); });
        });
    }

    const std::shared_ptr<client::ClusterHandle> m_handle;
    const Cadence m_cadence;
    const Publish m_publish;

    std::mutex m_mutex; ///< guards the three below
    std::condition_variable m_changed;
    std::deque<std::function<void()>> m_messages;
    bool m_stopped = false;

    // ---- only on the poll thread ------------------------------------------------------------------------------------------------
    WireLanes m_lanes;
    ClusterView m_view;
    int m_metadataBroker = 0; ///< the turn goes round
    QSet<int> m_groupsUnderWay, m_sizesUnderWay; ///< brokers
    QSet<QString> m_committedUnderWay;            ///< groups, when librdkafka asks
    SessionState m_state = SessionState::Connecting;
    Clock::time_point m_lastAnswer{};
    Due m_metadata, m_description, m_details, m_groups, m_sizes, m_begins;
    Clock::time_point m_offsetsAt{};
    QSet<int> m_offsetsUnderWay; ///< brokers that have not answered yet
    bool m_samplePending = false;
    Clock::time_point m_sampleDeadline{};
    int m_nextGroup = 0;
    std::shared_ptr<const BrokersSnapshot> m_brokersBefore;
    std::shared_ptr<const TopicsSnapshot> m_topicsBefore;
    std::shared_ptr<const GroupsSnapshot> m_groupsBefore;
    QMap<QString, Error> m_topicErrors, m_brokerErrors, m_groupErrors;
};

} // namespace models::session
