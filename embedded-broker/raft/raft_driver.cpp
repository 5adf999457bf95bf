#include "embedded-broker/raft/raft_driver.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <utility>

namespace broker::raft {

namespace {

constexpr std::uint64_t kDeliverBytes = 1U << 20;
constexpr std::uint32_t kFetchBytesMax = 8U << 20;

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};

} // namespace

RaftDriver::RaftDriver(RaftOptions options, RaftSeams seams) : m_options(std::move(options)), m_seams(seams) {}

RaftDriver::~RaftDriver() {
    m_alive.reset();
    m_seams.log.onSynced({});
    m_seams.scheduler.cancel(m_timer);
    m_seams.scheduler.cancel(m_fetchDeadlineTimer);
    m_seams.scheduler.cancel(m_stopTimer);
}

void RaftDriver::setListener(RaftListener* listener) { m_listener = listener; }

Result<void> RaftDriver::start() {
    auto persisted = m_seams.store.load();
    if (!persisted)
        return std::unexpected(persisted.error());
    m_delivered = m_seams.log.startOffset();
    m_snapshot = m_seams.log.takeSnapshot();
    if (m_snapshot) {
        m_delivered = m_snapshot->nextOffset;
        postDelivery();
    }
    m_core = std::make_unique<RaftCore>(m_options, m_seams.log, m_seams.random, *persisted, m_seams.scheduler.now());
    m_seams.log.onSynced(guarded([this] {
        step(LogMoved{});
        tryFetch();
    }));
    m_stepping = true;
    run(m_core->start(m_seams.scheduler.now()));
    m_stepping = false;
    step(LogMoved{});
    return {};
}

LeaderHint RaftDriver::leader() const { return m_core ? m_core->leaderHint() : LeaderHint{}; }
Offset RaftDriver::highWatermark() const { return m_core ? m_core->highWatermark() : -1; }
Offset RaftDriver::logEndOffset() const { return m_seams.log.endOffset(); }

// --- steps -------------------------------------------------------------------------------------------------------------

void RaftDriver::step(const Event& event) {
    if (m_failed || !m_core)
        return;
    m_events.push_back(event);
    if (m_stepping)
        return;
    m_stepping = true;
    while (!m_events.empty() && !m_failed) {
        const Event next = std::move(m_events.front());
        m_events.pop_front();
        run(m_core->step(next, m_seams.scheduler.now()));
    }
    m_stepping = false;
    if (std::exchange(m_wakeWanted, false) && !m_wakePosted) { // in a turn of its own: an answer may be under way
        m_wakePosted = true;
        m_seams.scheduler.post(guarded([this] {
            m_wakePosted = false;
            wakeFetches();
        }));
    }
    tryFetch();
    armTimer();
}

void RaftDriver::run(Effects effects) {
    for (auto& effect : effects) {
        if (m_failed)
            return;
        runOne(effect);
    }
}

void RaftDriver::runOne(Effect& effect) {
    std::visit(Overloaded{
                   [&](const Persist& e) {
                       ++m_savesAsked;
                       m_seams.store.save(e.state, guarded([this](Result<void> result) {
                           if (!result)
                               return failed(result.error());
                           ++m_savesDone;
                           while (!m_held.empty() && m_held.front().first <= m_savesDone) {
                               auto action = std::move(m_held.front().second);
                               m_held.pop_front();
                               action();
                           }
                       }));
                   },
                   [&](const SendVote& e) { sendVote(e); },
                   [&](const SendBegin& e) { sendBegin(e); },
                   [&](const SendEnd& e) { sendEnd(e); },
                   [&](const SendFetch& e) { m_wantFetch = e; },
                   [&](const AnswerVote& e) { m_voteAnswer = e.response; },
                   [&](const AnswerEpoch& e) { m_epochAnswer = e.response; },
                   [&](const AnswerFetch& e) { m_fetchAnswer = e; },
                   [&](const OpenEpoch& e) { executeOpenEpoch(e); },
                   [&](const Truncate& e) {
                       log::info("raft", "The quorum's log is cut from {} to {}: the leader has other records there.",
                                 m_seams.log.endOffset(), e.offset);
                       if (auto result = m_seams.log.truncate(e.offset); !result)
                           return failed(result.error());
                       m_events.emplace_back(LogMoved{});
                   },
                   [&](const AppendFetched& e) {
                       if (auto result = m_seams.log.appendFetched(e.records); !result) {
                           // Bytes that are damaged are fetched again; a disk that fails ends the node.
                           if (result.error().code == ErrorCode::IoError || result.error().code == ErrorCode::NoSpace)
                               return failed(result.error());
                           log::warning("raft", "Fetched records were refused: {}", result.error().message);
                       }
                       m_events.emplace_back(LogMoved{});
                   },
                   [&](const HighWatermarkMoved&) { postDelivery(); },
                   [&](const LeaderChanged& e) {
                       m_leaderNews.push_back(e.leader);
                       postDelivery();
                   },
                   [&](const WakeFetches&) { m_wakeWanted = true; },
                   [&](const SendFetchSnapshot& e) { sendFetchSnapshot(e); },
                   [&](const AppendSnapshot& e) { appendSnapshot(e); },
                   [&](AnswerSnapshot& e) { m_snapshotAnswer = std::move(e); },
               },
               effect);
}

void RaftDriver::executeOpenEpoch(const OpenEpoch& effect) {
    auto last = m_seams.log.appendLeaderChange(effect.epoch, m_seams.scheduler.wallNow(), m_options.nodeId, m_options.voters, effect.granting);
    if (!last) {
        log::error("raft", "Epoch {} could not be opened: {}", effect.epoch, last.error().message);
        m_events.emplace_back(AppendFailed{});
        return;
    }
    log::info("raft", "Node {} leads the quorum in epoch {} from offset {}.", m_options.nodeId, effect.epoch, *last);
    m_events.emplace_back(LogMoved{});
}

void RaftDriver::whenDurable(std::function<void()> action) {
    if (m_savesDone == m_savesAsked)
        return action();
    m_held.emplace_back(m_savesAsked, std::move(action));
}

void RaftDriver::armTimer() {
    const Instant next = m_core->nextTimer();
    if (m_timer != 0 && next == m_timerAt)
        return;
    m_seams.scheduler.cancel(m_timer);
    m_timer = 0;
    if (m_failed || next.sinceStart == Duration::max())
        return;
    m_timerAt = next;
    m_timer = m_seams.scheduler.at(next, guarded([this] {
        m_timer = 0;
        step(TimerFired{});
    }));
}

void RaftDriver::failed(const Error& error) {
    if (m_failed)
        return;
    m_failed = true;
    m_held.clear(); // nothing that depends on the lost write may leave
    m_waiting.clear();
    m_seams.scheduler.cancel(m_timer);
    m_timer = 0;
    log::error("raft", "The quorum's state cannot be written: {}", error.message);
    m_seams.scheduler.post(guarded([this, error] {
        if (m_listener)
            m_listener->onRaftFailed(error);
    }));
}

// --- sending -----------------------------------------------------------------------------------------------------------

bool RaftDriver::refusedBy(NodeId node, TransportFailure failure) {
    if (failure == TransportFailure::Closed)
        connectionClosed(node);
    return failure == TransportFailure::Refused;
}

void RaftDriver::sendVote(const SendVote& effect) {
    whenDurable([this, effect] {
        m_seams.transport.vote(effect.to, effect.request, guarded([this, effect](std::expected<VoteResponse, TransportFailure> answer) {
            VoteAnswered event{effect.to, effect.request, std::unexpected(false)};
            if (answer)
                event.response = *answer;
            else
                event.response = std::unexpected(refusedBy(effect.to, answer.error()));
            step(event);
        }));
    });
}

void RaftDriver::sendBegin(const SendBegin& effect) {
    whenDurable([this, effect] {
        m_seams.transport.beginQuorumEpoch(effect.to, effect.request,
                                           guarded([this, effect](std::expected<EpochResponse, TransportFailure> answer) {
            BeginAnswered event{effect.to, effect.request.epoch, std::unexpected(false)};
            if (answer)
                event.response = *answer;
            else
                event.response = std::unexpected(refusedBy(effect.to, answer.error()));
            step(event);
        }));
    });
}

void RaftDriver::sendEnd(const SendEnd& effect) {
    ++m_endsInFlight;
    whenDurable([this, effect] {
        m_seams.transport.endQuorumEpoch(effect.to, effect.request, guarded([this](const std::expected<EpochResponse, TransportFailure>&) {
            if (--m_endsInFlight == 0 && m_stopDone) {
                m_seams.scheduler.cancel(m_stopTimer);
                std::exchange(m_stopDone, {})();
            }
        }));
    });
}

void RaftDriver::tryFetch() {
    if (!m_wantFetch || m_failed)
        return;
    const SendFetch wish = *m_wantFetch;
    if (wish.epoch != m_core->epoch() || (m_core->role() != Role::Follower && m_core->role() != Role::Unattached)) {
        m_wantFetch.reset();
        return;
    }
    if (m_fetchInFlight != 0 && m_fetchTo == wish.to && m_fetchEpoch == wish.epoch) {
        m_wantFetch.reset();
        return;
    }
    // The offset of a fetch says "synced up to here", so it waits for the disk.
    if (m_seams.log.syncedEndOffset() < m_seams.log.endOffset())
        return;
    m_wantFetch.reset();
    m_fetchInFlight = ++m_fetchNumber;
    m_fetchTo = wish.to;
    m_fetchEpoch = wish.epoch;
    whenDurable([this, wish, number = m_fetchNumber] {
        if (m_fetchInFlight != number)
            return;
        FetchRequest request;
        request.replica = m_options.nodeId;
        request.directory = m_options.directoryId;
        request.epoch = wish.epoch;
        request.fetchOffset = m_seams.log.endOffset();
        request.lastFetchedEpoch = m_seams.log.lastEpoch();
        request.highWatermark = m_core->highWatermark();
        request.maxWaitMs = m_options.fetchMaxWaitMs;
        request.maxBytes = m_options.fetchMaxBytes;
        m_seams.transport.fetch(wish.to, request, guarded([this, wish, number, request](std::expected<FetchResponse, TransportFailure> answer) {
            if (m_fetchInFlight != number)
                return;
            m_fetchInFlight = 0;
            FetchAnswered event{wish.to, wish.epoch, std::unexpected(false)};
            if (!answer)
                event.response = std::unexpected(refusedBy(wish.to, answer.error()));
            else if (request.fetchOffset != m_seams.log.endOffset()) // the log was cut meanwhile: these records do not continue it
                event.response = std::unexpected(false);
            else
                event.response = std::move(*answer);
            step(event);
        }));
    });
}

// --- answering ---------------------------------------------------------------------------------------------------------

void RaftDriver::handleVote(const VoteRequest& request, Reply<VoteResponse> reply) {
    m_voteAnswer.reset();
    step(VoteReceived{request});
    if (m_voteAnswer)
        whenDurable([reply = std::move(reply), answer = *m_voteAnswer] { reply(answer); });
}

void RaftDriver::handleBeginQuorumEpoch(const BeginQuorumEpochRequest& request, Reply<EpochResponse> reply) {
    m_epochAnswer.reset();
    step(BeginReceived{request});
    if (m_epochAnswer)
        whenDurable([reply = std::move(reply), answer = *m_epochAnswer] { reply(answer); });
}

void RaftDriver::handleEndQuorumEpoch(const EndQuorumEpochRequest& request, Reply<EpochResponse> reply) {
    m_epochAnswer.reset();
    step(EndReceived{request});
    if (m_epochAnswer)
        whenDurable([reply = std::move(reply), answer = *m_epochAnswer] { reply(answer); });
}

void RaftDriver::handleFetch(const FetchRequest& request, Reply<FetchResponse> reply) {
    const auto wait = std::clamp(request.maxWaitMs, 0, 60'000);
    tryAnswerFetch({request, std::move(reply), m_seams.scheduler.now() + milliseconds(wait), false});
}

void RaftDriver::tryAnswerFetch(WaitingFetch fetch) {
    m_fetchAnswer.reset();
    step(FetchReceived{fetch.request, fetch.again});
    if (!m_fetchAnswer)
        return;
    AnswerFetch answer = std::move(*m_fetchAnswer);
    m_fetchAnswer.reset();
    if (answer.wait && m_seams.scheduler.now() < fetch.deadline) {
        fetch.again = true;
        m_waiting.push_back(std::move(fetch));
        armFetchDeadline();
        return;
    }
    if (answer.serveRecords) {
        const auto bytes = static_cast<std::uint32_t>(std::clamp(fetch.request.maxBytes, 1, static_cast<std::int32_t>(kFetchBytesMax)));
        auto records = m_seams.log.readBytes(fetch.request.fetchOffset, bytes);
        if (records) {
            answer.response.records = std::move(*records);
        } else {
            log::error("raft", "Records from {} could not be read: {}", fetch.request.fetchOffset, records.error().message);
            answer.response.error = KafkaError::KafkaStorageError;
        }
    }
    whenDurable([reply = std::move(fetch.reply), response = std::move(answer.response)] { reply(response); });
}

void RaftDriver::wakeFetches() {
    std::list<WaitingFetch> waiting;
    waiting.swap(m_waiting);
    for (auto& fetch : waiting)
        tryAnswerFetch(std::move(fetch));
}

void RaftDriver::armFetchDeadline() {
    if (m_fetchDeadlineTimer != 0 || m_waiting.empty())
        return;
    const auto first = std::ranges::min_element(m_waiting, {}, &WaitingFetch::deadline);
    m_fetchDeadlineTimer = m_seams.scheduler.at(first->deadline, guarded([this] {
        m_fetchDeadlineTimer = 0;
        wakeFetches();
        armFetchDeadline();
    }));
}

// --- facts -------------------------------------------------------------------------------------------------------------

void RaftDriver::connectionClosed(NodeId node) {
    if (node == m_options.nodeId || !m_core || std::ranges::find(m_options.voters, node) == m_options.voters.end())
        return;
    if (const auto [probe, fresh] = m_probing.try_emplace(node, false); !fresh) {
        probe->second = true; // a process that is being killed may have taken the connect that is under way
        return;
    }
    m_seams.transport.probe(node, guarded([this, node](bool refused) {
        const bool again = m_probing.extract(node).mapped();
        if (refused)
            step(PeerDead{node});
        else
            step(PeerAlive{node});
        if (!refused && again)
            connectionClosed(node);
    }));
}

void RaftDriver::peerRefused(NodeId node) { step(PeerDead{node}); }

// --- the leader --------------------------------------------------------------------------------------------------------

Result<Offset> RaftDriver::append(QuorumEpoch epoch, const std::vector<Slice>& values) {
    if (m_failed || !isLeader() || m_core->epoch() != epoch)
        return fail(ErrorCode::Fenced, "This node does not lead the quorum in that epoch.");
    if (values.empty())
        return fail(ErrorCode::InvalidArgument, "A batch needs at least one record.");
    auto last = m_seams.log.append(epoch, m_seams.scheduler.wallNow(), values);
    if (!last) {
        const Error error = last.error();
        step(AppendFailed{});
        return std::unexpected(error);
    }
    step(LogMoved{});
    return last;
}

void RaftDriver::stop(Duration timeout, std::function<void()> done) {
    step(StopAsked{});
    if (m_endsInFlight == 0) {
        m_seams.scheduler.post(guarded([done = std::move(done)] { done(); }));
        return;
    }
    m_stopDone = std::move(done);
    m_stopTimer = m_seams.scheduler.after(timeout, guarded([this] {
        if (m_stopDone)
            std::exchange(m_stopDone, {})();
    }));
}

// --- the listener ------------------------------------------------------------------------------------------------------

void RaftDriver::postDelivery() {
    if (m_deliverPosted)
        return;
    m_deliverPosted = true;
    m_seams.scheduler.post(guarded([this] {
        m_deliverPosted = false;
        deliver();
    }));
}

void RaftDriver::deliver() {
    if (m_failed || !m_listener)
        return;
    if (m_snapshot) { // committed long ago: nobody needs to be asked
        const Batch state = std::move(*m_snapshot);
        m_snapshot.reset();
        m_listener->onSnapshot(state);
    }
    const Offset upTo = std::min(m_core->highWatermark(), m_seams.log.endOffset());
    if (m_delivered < upTo) {
        auto batches = m_seams.log.readBatches(m_delivered, upTo, kDeliverBytes);
        if (!batches)
            return failed(batches.error());
        if (batches->empty())
            return failed({ErrorCode::Corrupt, "The quorum's log has no batch at a committed offset."});
        m_delivered = batches->back().nextOffset;
        if (m_delivered < upTo)
            postDelivery();
        m_listener->onCommit(*batches);
    }
    while (!m_leaderNews.empty()) {
        const LeaderHint news = m_leaderNews.front();
        if (news.leader == m_options.nodeId && m_leaderNews.size() == 1) {
            if (!isLeader() || m_core->epoch() != news.epoch) { // over before it began
                m_leaderNews.pop_front();
                continue;
            }
            // Everything of earlier epochs first: a controller decides on the whole state or not at all.
            if (m_delivered < m_core->epochStartOffset() || m_core->highWatermark() <= m_core->epochStartOffset())
                return;
        } else if (news.leader == m_options.nodeId) {
            m_leaderNews.pop_front();
            continue;
        }
        m_leaderNews.pop_front();
        m_listener->onLeaderChange(news);
    }
}

QuorumInfo RaftDriver::describe() const {
    QuorumInfo info;
    info.leader = leader();
    info.highWatermark = highWatermark();
    const Instant now = m_seams.scheduler.now();
    const WallMs wall = m_seams.scheduler.wallNow();
    const auto wallOf = [&](Instant at) { return at == Instant{} ? WallMs{-1} : wall - toMs(now - at); };
    const auto add = [&](std::vector<QuorumReplica>& to, const std::vector<ReplicaProgress>& from) {
        for (const auto& p : from)
            to.push_back({p.node, p.directory, p.endOffset, wallOf(p.lastFetch), wallOf(p.lastCaughtUp)});
    };
    if (!m_core)
        return info;
    add(info.voters, m_core->voterProgress(now));
    add(info.observers, m_core->observerProgress(now));
    if (info.voters.empty())
        for (const NodeId voter : m_options.voters)
            info.voters.push_back({voter, {}, -1, -1, -1});
    return info;
}

} // namespace broker::raft
