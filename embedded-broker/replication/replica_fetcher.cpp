#include "embedded-broker/replication/replica_fetcher.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/protocol/kafka_error.h"

#include <algorithm>
#include <limits>

namespace broker::replication {

using Code = protocol::KafkaError;

namespace {
constexpr std::string_view kLog = "fetcher";

/// Last offset of the first batch; a huge one when there is no whole header in the first piece (append will say what is wrong).
Offset lastOffsetOf(const Payload& records) {
    constexpr Offset kUnknown = std::numeric_limits<Offset>::max();
    const auto* slice = records.empty() ? nullptr : std::get_if<Slice>(&records.parts().front());
    if (!slice)
        return kUnknown;
    const auto batch = protocol::RecordBatchView::parse(slice->bytes());
    return batch ? batch->lastOffset() : kUnknown;
}

Duration grown(Duration backoff, const FetcherSettings& settings) {
    return backoff == Duration{0} ? settings.backoffMin : std::min(backoff * 2, settings.backoffMax);
}
} // namespace

ReplicaFetcher::ReplicaFetcher(Seams seams, NodeId leader, FetcherSettings settings)
    : m_seams(std::move(seams)), m_leader(leader), m_settings(settings) {}

ReplicaFetcher::~ReplicaFetcher() {
    *m_alive = false;
    m_seams.scheduler.cancel(m_linkTimer);
    for (auto& [key, state] : m_states)
        m_seams.scheduler.cancel(state.timer);
}

// --- which partitions ------------------------------------------------------------------------------------------------------

void ReplicaFetcher::add(const std::shared_ptr<Partition>& partition) {
    const Key key{partition->topicId(), partition->topicPartition().partition};
    State& state = m_states[key];
    m_seams.scheduler.cancel(state.timer);
    if (state.syncTarget != kNoOffset)
        --m_unsynced;
    state = State{};
    state.partition = partition;
    state.leaderEpoch = partition->leaderEpoch();
    // What is under way was asked in an older epoch. Its answer may refuse that epoch, or say to cut to a history that others have
    // gone on with since: neither must be taken for the new one.
    state.since = m_sent;
    // What was appended as leader of an older epoch may not be on disk yet.
    waitForSync(state);
    present(key, state);
    schedule();
}

void ReplicaFetcher::remove(const Partition& partition) {
    const auto it = m_states.find({partition.topicId(), partition.topicPartition().partition});
    if (it == m_states.end())
        return;
    m_seams.scheduler.cancel(it->second.timer);
    if (it->second.syncTarget != kNoOffset)
        --m_unsynced;
    m_session.forget(it->first);
    m_states.erase(it);
    schedule();
}

void ReplicaFetcher::synced(Partition& partition, Offset end) {
    const Key key{partition.topicId(), partition.topicPartition().partition};
    const auto it = m_states.find(key);
    if (it == m_states.end() || it->second.syncTarget == kNoOffset || end < it->second.syncTarget)
        return;
    it->second.syncTarget = kNoOffset;
    --m_unsynced;
    present(key, it->second);
    schedule();
}

void ReplicaFetcher::retryNow() {
    if (m_linkTimer) {
        m_seams.scheduler.cancel(m_linkTimer);
        m_linkTimer = 0;
    }
    for (auto& [key, state] : m_states) {
        if (!state.timer)
            continue;
        m_seams.scheduler.cancel(state.timer);
        state.timer = 0;
        present(key, state);
    }
    schedule();
}

bool ReplicaFetcher::ready(const State& state) {
    return state.syncTarget == kNoOffset && state.timer == 0 && !state.fenced;
}

void ReplicaFetcher::present(const Key& key, State& state) {
    // While our last append is on its way to the disk the session keeps the old offset; nothing is sent before it is synced.
    if (state.syncTarget != kNoOffset && state.timer == 0 && !state.fenced)
        return;
    if (!ready(state))
        return m_session.forget(key);
    const auto& log = state.partition->log();
    m_session.want(key, {.offset = log.logEndOffset(),
                         .currentLeaderEpoch = state.leaderEpoch,
                         .lastFetchedEpoch = log.latestEpoch(),
                         .logStartOffset = log.logStartOffset(),
                         .maxBytes = m_settings.partitionBytesMax});
}

void ReplicaFetcher::waitForSync(State& state) {
    const auto& log = state.partition->log();
    const Offset end = log.logEndOffset();
    const bool wait = log.syncedEndOffset() < end;
    if (wait && state.syncTarget == kNoOffset)
        ++m_unsynced;
    if (!wait && state.syncTarget != kNoOffset)
        --m_unsynced;
    state.syncTarget = wait ? end : kNoOffset;
}

void ReplicaFetcher::backOff(const Key& key, State& state) {
    state.backoff = grown(state.backoff, m_settings);
    m_seams.scheduler.cancel(state.timer);
    state.timer = m_seams.scheduler.after(state.backoff, [this, key] {
        const auto it = m_states.find(key);
        if (it == m_states.end())
            return;
        it->second.timer = 0;
        present(key, it->second);
        schedule();
    });
    present(key, state);
}

// --- requests ----------------------------------------------------------------------------------------------------------------

void ReplicaFetcher::schedule() {
    if (m_pumpPosted)
        return;
    m_pumpPosted = true;
    m_seams.scheduler.post([this, alive = m_alive] {
        if (!*alive)
            return;
        m_pumpPosted = false;
        pump();
    });
}

void ReplicaFetcher::pump() {
    if (m_linkTimer || m_unsynced > 0 || !m_session.wantsAny())
        return;
    if (m_inFlight == 0)
        return send();
    // A request waits at the leader. News follow it at once, but only one: its answer brings the next chance. Without an open
    // session there is nothing to add to.
    if (m_inFlight == 1 && m_idleSent && m_session.hasNews())
        send();
}

void ReplicaFetcher::send() {
    protocol::FetchRequest request;
    request.clusterId = m_seams.clusterId;
    request.replicaId = m_seams.self;
    request.replicaState.replicaId = m_seams.self;
    request.replicaState.replicaEpoch = m_seams.selfEpoch();
    request.maxWaitMs = static_cast<std::int32_t>(toMs(m_settings.waitMax));
    request.minBytes = m_settings.minBytes;
    request.maxBytes = m_settings.responseBytesMax;
    m_session.write(request);
    // A full request opens the session in its answer; until then no second one can refer to it, so it must not wait.
    m_idleSent = request.sessionEpoch > 0;
    if (!m_idleSent && !m_sessionless)
        request.maxWaitMs = 0;
    ++m_inFlight;
    ++m_sent;
    m_seams.link.fetch(m_leader, request,
                       [this, alive = m_alive, generation = m_generation, number = m_sent](Result<protocol::FetchResponse> answer) {
        if (*alive)
            onAnswer(generation, number, std::move(answer));
    });
}

void ReplicaFetcher::onLinkLost(const std::string& why) {
    ++m_generation;
    m_inFlight = 0;
    m_session.reset();
    m_linkBackoff = grown(m_linkBackoff, m_settings);
    log::debug(kLog, "leader {}: {}; trying again in {} ms", m_leader, why, toMs(m_linkBackoff));
    m_seams.scheduler.cancel(m_linkTimer);
    m_linkTimer = m_seams.scheduler.after(m_linkBackoff, [this] {
        m_linkTimer = 0;
        pump();
    });
}

void ReplicaFetcher::onAnswer(std::uint64_t generation, std::uint64_t number, Result<protocol::FetchResponse> answer) {
    if (generation != m_generation)
        return;
    --m_inFlight;
    if (!answer)
        return onLinkLost(answer.error().message);
    if (answer->errorCode != 0) {
        const auto code = static_cast<Code>(answer->errorCode);
        if (code == Code::FetchSessionIdNotFound || code == Code::InvalidFetchSessionEpoch || code == Code::FetchSessionTopicIdError) {
            ++m_generation;
            m_inFlight = 0;
            m_session.reset();
            return schedule();
        }
        return onLinkLost(fmt::format("it refuses to be fetched from (error {})", answer->errorCode));
    }
    m_linkBackoff = Duration{0};
    m_session.answered(answer->sessionId);
    m_sessionless = answer->sessionId == 0;
    for (const auto& topic : answer->responses) {
        for (const auto& partition : topic.partitions) {
            const Key key{topic.topicId, partition.partitionIndex};
            if (const auto it = m_states.find(key); it != m_states.end() && number > it->second.since)
                take(key, it->second, partition);
        }
    }
    pump();
}

template <class PartitionAnswer>
void ReplicaFetcher::take(const Key& key, State& state, const PartitionAnswer& answer) {
    if (!ready(state))
        return; // an answer to what we asked before something changed
    Partition& partition = *state.partition;
    const auto code = static_cast<Code>(answer.errorCode);
    switch (code) {
    case Code::None:
        break;
    case Code::FencedLeaderEpoch:
        // Newer metadata are on their way; they call add() again.
        state.fenced = true;
        return present(key, state);
    case Code::OffsetOutOfRange: {
        // The leader's log starts above our end, or ours is no part of its history: nothing that we hold can be kept.
        const Offset end = partition.log().logEndOffset();
        const bool startsAbove = answer.logStartOffset > end;
        const bool nothingOfOurs = answer.logStartOffset >= 0 && partition.log().latestEpoch() < 0;
        if (startsAbove || nothingOfOurs) {
            log::warning(kLog, "{}-{}: offset {} is out of the leader's range; starting again at {}", partition.topicPartition().topic,
                         key.second, end, answer.logStartOffset);
            if (partition.restartAt(answer.logStartOffset))
                waitForSync(state);
        }
        return backOff(key, state);
    }
    default:
        log::debug(kLog, "{}-{}: leader {} answers error {}", partition.topicPartition().topic, key.second, m_leader, answer.errorCode);
        return backOff(key, state);
    }
    if (answer.divergingEpoch.endOffset >= 0 || answer.divergingEpoch.epoch >= 0) {
        const auto before = std::pair(partition.log().logEndOffset(), partition.log().latestEpoch());
        cut(state, answer.divergingEpoch.epoch, answer.divergingEpoch.endOffset);
        waitForSync(state);
        if (before == std::pair(partition.log().logEndOffset(), partition.log().latestEpoch()))
            return backOff(key, state); // nothing could be cut: asking again at once would only turn in circles
        state.backoff = Duration{0};
        return present(key, state);
    }
    if (!answer.records.empty())
        append(key, state, answer.records.payload);
    else
        state.backoff = Duration{0};
    partition.takeLeaderOffsets(answer.highWatermark, answer.logStartOffset);
    if (state.timer == 0)
        present(key, state);
}

void ReplicaFetcher::append(const Key& key, State& state, const Payload& records) {
    Partition& partition = *state.partition;
    const Offset before = partition.log().logEndOffset();
    if (lastOffsetOf(records) < before)
        return; // what we have already: the answer to a request that was sent before we appended it
    const auto appended = partition.log().appendAsFollower(records);
    if (!appended) {
        // A late answer to an offset we are past, bytes damaged on the way, or a full disk: ask again, from our end.
        log::warning(kLog, "{}-{}: cannot append what leader {} sent for offset {}: {}", partition.topicPartition().topic, key.second,
                     m_leader, before, appended.error().message);
        return backOff(key, state);
    }
    state.backoff = Duration{0};
    waitForSync(state);
}

void ReplicaFetcher::cut(State& state, LeaderEpoch epoch, Offset endOffset) {
    Partition& partition = *state.partition;
    const auto& log = partition.log();
    const Offset end = log.logEndOffset();
    Offset target = 0;
    if (endOffset < 0) {
        target = std::min(partition.highWatermark(), end); // the leader knows nothing of the epoch
    } else if (epoch < 0) {
        target = std::min(endOffset, end);
    } else {
        const auto ours = log.endOffsetForEpoch(epoch);
        if (ours.endOffset < 0 || ours.epoch < 0)
            target = std::min(endOffset, end);
        else if (ours.epoch < epoch)
            target = std::min(ours.endOffset, end); // we never had that epoch: back to the last one that both may share
        else
            target = std::min({ours.endOffset, endOffset, end});
    }
    log::info(kLog, "{}-{}: cutting the log from {} to {}: leader {} ends epoch {} at {}", partition.topicPartition().topic,
              partition.topicPartition().partition, end, target, m_leader, epoch, endOffset);
    if (const auto done = partition.truncate(target); !done)
        log::error(kLog, "{}-{}: cannot cut the log: {}", partition.topicPartition().topic, partition.topicPartition().partition,
                   done.error().message);
}

} // namespace broker::replication
