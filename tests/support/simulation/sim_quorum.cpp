#include "tests/support/simulation/sim_quorum.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>

namespace tests::simulation {

using namespace broker;
using namespace broker::raft;

namespace {
constexpr std::uint64_t kStepsMax = 1'000'000; ///< a run of some seconds takes a few ten thousand
}

/// One process: gone at a crash.
struct SimQuorum::Node {
    NodeId id = kNoNode;
    SimDiskState disk;
    std::uint64_t incarnation = 0;

    std::unique_ptr<SimScheduler> scheduler;
    std::unique_ptr<broker::Random> random;
    std::unique_ptr<SimQuorum::Transport> transport;
    std::unique_ptr<SimRaftLog> log;
    std::unique_ptr<SimElectionStore> store;
    std::unique_ptr<SimQuorum::Listener> listener;
    std::unique_ptr<RaftDriver> driver;
    Offset delivered = 0;
    QuorumEpoch deliveredEpoch = 0; ///< of the last record that was
    Offset highWatermark = -1;
    /// Calls of this process that wait for an answer: who is asked, and what to do when that node dies.
    std::map<std::uint64_t, std::pair<NodeId, std::function<void(TransportFailure)>>> calls;
    std::uint64_t lastCall = 0;
};

class SimQuorum::Listener final : public RaftListener {
public:
    Listener(SimQuorum& quorum, Node& node) : m_quorum(quorum), m_node(node) {}
    void onCommit(const std::vector<Batch>& batches) override { m_quorum.committed(m_node, batches); }
    void onSnapshot(const Batch& state) override { m_quorum.loaded(m_node, state); }
    void onLeaderChange(const LeaderHint& leader) override {
        // A leader is told only when it has delivered everything that was committed before its epoch.
        if (leader.leader == m_node.id && m_node.driver->isLeader() && m_node.driver->epoch() == leader.epoch &&
            m_node.delivered < m_node.driver->core()->epochStartOffset())
            m_quorum.broken(fmt::format("node {} was told too early that it leads epoch {}", m_node.id, leader.epoch));
    }
    void onRaftFailed(const Error& error) override {
        m_quorum.broken(fmt::format("node {} failed: {}", m_node.id, error.message));
    }

private:
    SimQuorum& m_quorum;
    Node& m_node;
};

class SimQuorum::Transport final : public raft::Transport {
public:
    Transport(SimQuorum& quorum, Node& node) : m_quorum(quorum), m_node(node) {}

    void vote(NodeId to, const VoteRequest& request, TransportReply<VoteResponse> reply) override {
        call<VoteResponse>(to, std::move(reply), [&quorum = m_quorum, request, to](Node& peer, auto answer) {
            peer.driver->handleVote(request, [&quorum, request, to, answer](const VoteResponse& response) {
                if (response.granted && !request.preVote) {
                    const auto [it, fresh] = quorum.m_votes.try_emplace({to, request.epoch}, request.candidate);
                    if (!fresh && it->second != request.candidate)
                        quorum.broken(fmt::format("node {} voted for {} and {} in epoch {}", to, it->second, request.candidate, request.epoch));
                }
                answer(response);
            });
        });
    }
    void beginQuorumEpoch(NodeId to, const BeginQuorumEpochRequest& request, TransportReply<EpochResponse> reply) override {
        call<EpochResponse>(to, std::move(reply), [request](Node& peer, auto answer) { peer.driver->handleBeginQuorumEpoch(request, answer); });
    }
    void endQuorumEpoch(NodeId to, const EndQuorumEpochRequest& request, TransportReply<EpochResponse> reply) override {
        call<EpochResponse>(to, std::move(reply), [request](Node& peer, auto answer) { peer.driver->handleEndQuorumEpoch(request, answer); });
    }
    void fetch(NodeId to, const FetchRequest& request, TransportReply<FetchResponse> reply) override {
        call<FetchResponse>(to, std::move(reply), [request](Node& peer, auto answer) { peer.driver->handleFetch(request, answer); });
    }
    void fetchSnapshot(NodeId to, const FetchSnapshotRequest& request, TransportReply<FetchSnapshotResponse> reply) override {
        call<FetchSnapshotResponse>(to, std::move(reply), [request](Node& peer, auto answer) { peer.driver->handleFetchSnapshot(request, answer); });
    }
    void probe(NodeId to, std::function<void(bool)> result) override {
        const bool reached = m_quorum.reachable(m_node.id, to);
        m_node.scheduler->deliver(reached ? delay() * 2 : Duration(seconds(1)), [this, to, reached, result = std::move(result)] {
            result(reached && !m_quorum.running(to));
        });
    }

private:
    Duration delay() { return m_quorum.m_world.between(m_quorum.m_options.delayMin, m_quorum.m_options.delayMax); }

    template <class Response, class Deliver>
    void call(NodeId to, TransportReply<Response> reply, Deliver deliver) {
        const std::uint64_t number = ++m_node.lastCall;
        auto done = std::make_shared<bool>(false);
        const auto finish = [this, number, done, reply](std::expected<Response, TransportFailure> result) {
            if (std::exchange(*done, true))
                return;
            m_node.calls.erase(number);
            reply(std::move(result));
        };
        m_node.calls[number] = {to, [finish](TransportFailure failure) { finish(std::unexpected(failure)); }};
        // A hang ends after two seconds.
        m_node.scheduler->deliver(seconds(2), [finish] { finish(std::unexpected(TransportFailure::TimedOut)); });
        if (!m_quorum.reachable(m_node.id, to))
            return;
        Node& peer = *m_quorum.m_nodes.at(to);
        if (!m_quorum.running(to)) {
            m_node.scheduler->deliver(delay(), [finish] { finish(std::unexpected(TransportFailure::Refused)); });
            return;
        }
        const auto from = m_node.id;
        const auto fromIncarnation = m_node.incarnation;
        const auto toIncarnation = peer.incarnation;
        SimQuorum& quorum = m_quorum;
        peer.scheduler->deliver(delay(), [&quorum, &peer, from, fromIncarnation, toIncarnation, finish, deliver]() mutable {
            if (!peer.driver || peer.incarnation != toIncarnation || !quorum.reachable(from, peer.id))
                return;
            deliver(peer, [&quorum, &peer, from, fromIncarnation, finish](const Response& response) {
                Node& asker = *quorum.m_nodes.at(from);
                if (!asker.scheduler || asker.incarnation != fromIncarnation || !quorum.reachable(from, peer.id))
                    return;
                asker.scheduler->deliver(quorum.m_world.between(quorum.m_options.delayMin, quorum.m_options.delayMax),
                                         [finish, response] { finish(response); });
            });
        });
    }

    SimQuorum& m_quorum;
    Node& m_node;
};

template <class... Args>
void SimQuorum::trace(fmt::format_string<Args...> format, Args&&... args) {
    if (!m_tracing)
        return;
    std::string line = fmt::format(format, std::forward<Args>(args)...);
    if (line != m_lastTrace)
        std::printf("%lld %s\n", static_cast<long long>(toMs(m_world.now().sinceStart)), line.c_str());
    m_lastTrace = std::move(line);
}

SimQuorum::SimQuorum(std::uint64_t seed, QuorumOptions options) : m_options(options), m_world(seed) {
    log::setLevel(log::Level::Off);
    m_tracing = std::getenv("SAMSA_TRACE") != nullptr;
    for (int i = 1; i <= options.voters + options.observers; ++i) {
        auto node = std::make_unique<Node>();
        node->id = i;
        m_nodes.emplace(i, std::move(node));
        if (i <= options.voters)
            m_voters.push_back(i);
    }
}

SimQuorum::~SimQuorum() {
    for (auto& [id, node] : m_nodes)
        node->driver.reset();
}

bool SimQuorum::running(NodeId id) const { return m_nodes.at(id)->driver != nullptr; }
bool SimQuorum::paused(NodeId id) const { return running(id) && m_nodes.at(id)->scheduler->paused(); }
RaftDriver& SimQuorum::driver(NodeId id) { return *m_nodes.at(id)->driver; }

std::vector<NodeId> SimQuorum::nodes() const {
    std::vector<NodeId> ids;
    for (const auto& [id, node] : m_nodes)
        ids.push_back(id);
    return ids;
}

void SimQuorum::start(NodeId id) {
    Node& node = *m_nodes.at(id);
    if (node.driver)
        return;
    trace("start {}", id);
    ++node.incarnation;
    node.scheduler = std::make_unique<SimScheduler>(m_world);
    node.random = makeSeededRandom(m_world.random().next());
    node.transport = std::make_unique<Transport>(*this, node);
    node.log = std::make_unique<SimRaftLog>(*node.scheduler, m_world, node.disk, m_options.disk);
    node.store = std::make_unique<SimElectionStore>(*node.scheduler, m_world, node.disk, m_options.disk);
    node.listener = std::make_unique<Listener>(*this, node);
    node.delivered = 0;
    node.highWatermark = -1;
    RaftOptions options;
    options.nodeId = id;
    options.voters = m_voters;
    node.driver = std::make_unique<RaftDriver>(options, RaftSeams{*node.scheduler, *node.random, *node.transport, *node.log, *node.store});
    node.driver->setListener(node.listener.get());
    if (auto started = node.driver->start(); !started)
        broken(started.error().message);
}

void SimQuorum::crash(NodeId id) {
    Node& node = *m_nodes.at(id);
    if (!node.driver)
        return;
    node.driver.reset();
    node.log.reset();
    node.store.reset();
    node.transport.reset();
    node.calls.clear();
    node.scheduler.reset();
    node.disk.crash(m_world);
    trace("crash {}", id);
    // Its sockets close: whoever waits for it learns that at once, and so does whoever had a connection.
    for (auto& [other, peer] : m_nodes) {
        if (!peer->driver || !reachable(id, other))
            continue;
        std::vector<std::function<void(TransportFailure)>> broke;
        for (auto& [number, call] : peer->calls)
            if (call.first == id)
                broke.push_back(call.second);
        const Duration soon = m_world.between(m_options.delayMin, m_options.delayMax);
        peer->scheduler->deliver(soon, [p = peer.get(), id, broke = std::move(broke)] {
            for (const auto& fail : broke)
                fail(TransportFailure::Closed);
            p->driver->connectionClosed(id);
        });
    }
}

void SimQuorum::pause(NodeId id) {
    if (running(id))
        m_nodes.at(id)->scheduler->pause();
}
void SimQuorum::resume(NodeId id) {
    if (running(id))
        m_nodes.at(id)->scheduler->resume();
}
void SimQuorum::cut(NodeId a, NodeId b) { m_cuts.insert(std::minmax(a, b)); }
void SimQuorum::heal() { m_cuts.clear(); }

std::string SimQuorum::describe() const {
    std::string text;
    for (const auto& [id, node] : m_nodes) {
        if (!node->driver) {
            text += fmt::format("[{} down] ", id);
            continue;
        }
        const RaftCore& core = *node->driver->core();
        text += fmt::format("[{} {}{} epoch {} leader {} voted {} end {} synced {} hw {}] ", id, node->scheduler->paused() ? "paused " : "",
                            toString(core.role()), core.epoch(), core.leader(), core.voted(), node->log->endOffset(),
                            node->log->syncedEndOffset(), core.highWatermark());
    }
    return text;
}

ElectionState SimQuorum::electionState(NodeId id) const {
    const SimDiskState& disk = m_nodes.at(id)->disk;
    return disk.voteInFlight ? *disk.voteInFlight : disk.vote.value_or(ElectionState{});
}

void SimQuorum::broken(std::string what) {
    if (m_violation.empty())
        m_violation = fmt::format("{} (at {} ms, step {})", what, toMs(m_world.now().sinceStart), m_world.steps());
}

void SimQuorum::committed(Node& node, const std::vector<Batch>& batches) {
    for (const auto& batch : batches) {
        if (batch.baseOffset != node.delivered)
            broken(fmt::format("node {} got offset {} instead of {}", node.id, batch.baseOffset, node.delivered));
        node.delivered = batch.nextOffset;
        node.deliveredEpoch = batch.epoch;
        Offset offset = batch.baseOffset;
        for (const auto& record : batch.records) {
            const Committed here{batch.epoch, std::string(record.text()), node.driver->epoch()};
            const auto [it, fresh] = m_committed.try_emplace(offset, here);
            if (!fresh && (it->second.epoch != here.epoch || it->second.value != here.value))
                broken(fmt::format("offset {} was committed twice: epochs {} and {}", offset, it->second.epoch, here.epoch));
            ++offset;
        }
        if (node.driver->isLeader() && node.driver->epoch() == batch.epoch) // its own: the client gets its answer
            if (const auto it = m_pending.find({batch.nextOffset - 1, batch.epoch}); it != m_pending.end()) {
                m_acknowledged.insert(it->second);
                m_pending.erase(it);
            }
    }
}

std::vector<std::string> SimQuorum::stateBelow(Offset end) const {
    std::vector<std::string> state;
    for (const auto& [offset, record] : m_committed)
        if (offset < end)
            state.push_back(fmt::format("{}/{}/{}", offset, record.epoch, record.value));
    return state;
}

void SimQuorum::loaded(Node& node, const Batch& state) {
    const auto expected = stateBelow(state.nextOffset);
    if (!std::ranges::equal(expected, state.records, {}, {}, [](const Slice& record) { return record.text(); }))
        broken(fmt::format("node {} loaded a snapshot of {} that has {} records instead of {}, or others", node.id, state.nextOffset, state.records.size(),
                           expected.size()));
    if (node.delivered > 0 || node.log->endOffset() == state.nextOffset)
        ++m_snapshotsLoaded;
    node.delivered = state.nextOffset;
    node.deliveredEpoch = state.epoch;
}

void SimQuorum::snapshot(NodeId id) {
    Node& node = *m_nodes.at(id);
    if (!node.driver || node.delivered == 0)
        return;
    std::vector<Slice> values;
    for (const auto& value : stateBelow(node.delivered))
        values.push_back(Slice::copy(std::string_view(value)));
    node.driver->writeSnapshot({node.deliveredEpoch, node.delivered}, 1, std::move(values), [this](const Result<void>& written) {
        if (!written)
            broken(written.error().message);
    });
}

Offset SimQuorum::logStart(NodeId id) const { return m_nodes.at(id)->disk.start; }

void SimQuorum::check() {
    if (m_tracing)
        trace("{}", describe());
    if (m_world.steps() > kStepsMax)
        broken("a storm: " + describe());
    for (auto& [id, node] : m_nodes) {
        if (!node->driver)
            continue;
        const RaftCore& core = *node->driver->core();
        if (const auto state = electionState(id); state.voted == id && state.leader != id && state.epoch <= node->log->lastEpoch())
            broken(fmt::format("node {} voted for itself in epoch {}, leader {}, and has records of epoch {}: Kafka ends on that", id, state.epoch,
                               state.leader, node->log->lastEpoch()));
        if (core.highWatermark() < node->highWatermark)
            broken(fmt::format("the high watermark of node {} fell from {} to {}", id, node->highWatermark, core.highWatermark()));
        node->highWatermark = core.highWatermark();
        if (!core.isLeader())
            continue;
        const auto [it, fresh] = m_leaders.try_emplace(core.epoch(), id);
        if (it->second != id)
            broken(fmt::format("epoch {} has two leaders, {} and {}", core.epoch(), it->second, id));
        if (!fresh)
            continue;
        // All that was committed by leaders of earlier epochs. (Votes may arrive late: a leader of an epoch that is over misses the later.)
        for (const auto& [offset, record] : m_committed)
            if (record.committedIn < core.epoch() &&
                (node->log->endOffset() <= offset || node->log->endOffsetForEpoch(record.epoch).offset <= offset))
                broken(fmt::format("node {} leads epoch {} without the committed offset {}", id, core.epoch(), offset));
    }
}

void SimQuorum::run(Duration time) {
    const Instant end = m_world.now() + time;
    while (m_violation.empty() && m_world.step(end))
        check();
}

std::optional<Duration> SimQuorum::runUntil(Duration limit, const std::function<bool()>& done) {
    const Instant start = m_world.now();
    while (m_violation.empty()) {
        if (done())
            return m_world.now() - start;
        if (!m_world.step(start + limit))
            break;
        check();
    }
    return std::nullopt;
}

bool SimQuorum::append() {
    const NodeId at = leader();
    if (at == kNoNode || paused(at))
        return false;
    Node& node = *m_nodes.at(at);
    const std::string value = fmt::format("value-{}", ++m_nextValue);
    auto last = node.driver->append(node.driver->epoch(), {Slice::copy(std::string_view(value))});
    if (!last)
        return false;
    m_pending[{*last, node.driver->epoch()}] = value;
    return true;
}

NodeId SimQuorum::leader() const {
    NodeId best = kNoNode;
    QuorumEpoch epoch = -1;
    for (const auto& [id, node] : m_nodes)
        if (node->driver && node->driver->isLeader() && node->driver->epoch() > epoch) {
            best = id;
            epoch = node->driver->epoch();
        }
    return best;
}

bool SimQuorum::allCaughtUp() const {
    const NodeId at = leader();
    if (at == kNoNode)
        return false;
    const Offset end = m_nodes.at(at)->log->endOffset();
    return std::ranges::all_of(m_nodes, [&](const auto& entry) {
        return entry.second->driver && entry.second->delivered == end && entry.second->driver->leader().leader == at;
    });
}

} // namespace tests::simulation
