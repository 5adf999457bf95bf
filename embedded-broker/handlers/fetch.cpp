// Fetch (1): reads as leader, for consumers and followers, in sessions (KIP-227) or without. Waits until there is enough; data leave
// as they lie in memory or in files. The quorum's own Fetch comes by the controller listener and is not answered here.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/protocol/messages/fetch_request.h"
#include "embedded-broker/protocol/messages/fetch_response.h"

#include <algorithm>

namespace broker::handlers {
namespace {

using protocol::KafkaError;
using replication::FetchOutcome;
using replication::ServerFetchSession;
using replication::SessionKey;
using replication::SessionPartition;
using PartitionAnswer = protocol::FetchResponse::FetchableTopicResponse::PartitionData;

constexpr std::int16_t kSessionsFrom = 7;
constexpr std::int16_t kTopicIdsFrom = 13;
constexpr std::int32_t kFullEpoch = 0;
constexpr std::int32_t kFinalEpoch = -1;

struct Asked {
    SessionKey key;
    SessionPartition want;
};

/// One request while it waits.
struct Waiting {
    Request<protocol::FetchRequest> request;
    std::shared_ptr<ServerFetchSession> session; ///< null without one
    bool incremental = false;
    std::vector<SessionKey> keys;                ///< in the order of the answer
    std::vector<TopicPartition> partitions;      ///< beside keys; empty topic: the id is unknown
    std::vector<std::size_t> entries;            ///< beside keys: index of its outcome; npos: refused before
    std::vector<KafkaError> refused;             ///< beside keys
};
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

void refuseWhole(const Request<protocol::FetchRequest>& request, KafkaError error) {
    protocol::FetchResponse response;
    response.errorCode = protocol::code(error);
    request.reply(response);
}

std::vector<Asked> namedPartitions(const protocol::FetchRequest& request, bool ids) {
    std::vector<Asked> asked;
    for (const auto& topic : request.topics)
        for (const auto& partition : topic.partitions)
            asked.push_back({{ids ? topic.topicId : Uuid{}, ids ? std::string() : topic.topic, partition.partition},
                             {.offset = partition.fetchOffset,
                              .currentLeaderEpoch = partition.currentLeaderEpoch,
                              .lastFetchedEpoch = partition.lastFetchedEpoch,
                              .logStartOffset = partition.logStartOffset,
                              .maxBytes = partition.partitionMaxBytes}});
    return asked;
}

void takeNews(ServerFetchSession& session, const protocol::FetchRequest& request, bool ids) {
    for (auto& asked : namedPartitions(request, ids)) {
        auto& kept = session.partitions[asked.key];
        asked.want.toldHighWatermark = kept.toldHighWatermark;
        asked.want.toldLogStart = kept.toldLogStart;
        kept = asked.want;
    }
    for (const auto& topic : request.forgottenTopicsData)
        for (const std::int32_t partition : topic.partitions)
            session.partitions.erase({ids ? topic.topicId : Uuid{}, ids ? std::string() : topic.topic, partition});
}

PartitionAnswer answerOf(const BrokerContext& broker, const TopicPartition& tp, KafkaError refused, FetchOutcome* outcome,
                         replication::Isolation isolation) {
    PartitionAnswer answer;
    answer.partitionIndex = tp.partition;
    answer.abortedTransactions.reset();
    const auto error = outcome ? partitionError(broker, outcome->error, tp) : refused;
    answer.errorCode = protocol::code(error);
    answer.highWatermark = -1;
    if (!outcome)
        return answer;
    answer.highWatermark = outcome->highWatermark;
    answer.lastStableOffset = outcome->lastStableOffset;
    answer.logStartOffset = outcome->logStartOffset;
    if (outcome->diverging) {
        answer.divergingEpoch.epoch = outcome->diverging->epoch;
        answer.divergingEpoch.endOffset = outcome->diverging->endOffset;
    }
    if (isolation == replication::Isolation::ReadCommitted && error == KafkaError::None) {
        auto& aborted = answer.abortedTransactions.emplace();
        for (const auto& transaction : outcome->aborted) {
            auto& each = aborted.emplace_back();
            each.producerId = transaction.producerId;
            each.firstOffset = transaction.firstOffset;
        }
    }
    answer.records = protocol::Records(std::move(outcome->records));
    return answer;
}

/// Whether an incremental answer has to say this; notes what is said.
bool isNews(SessionPartition& partition, const PartitionAnswer& answer) {
    const bool error = answer.errorCode != 0;
    const bool news = error || !answer.records.empty() || answer.divergingEpoch.epoch >= 0 || answer.divergingEpoch.endOffset >= 0 ||
                      partition.toldHighWatermark != answer.highWatermark || partition.toldLogStart != answer.logStartOffset;
    partition.toldHighWatermark = error ? kNoOffset : answer.highWatermark; // after an error everything is news
    partition.toldLogStart = answer.logStartOffset;
    return news;
}

void answer(BrokerContext& broker, Waiting& waiting, std::vector<FetchOutcome> outcomes) {
    const auto isolation = static_cast<replication::Isolation>(waiting.request->isolationLevel == 1);
    protocol::FetchResponse response;
    LeaderHints hints(broker, waiting.request.origin());
    if (waiting.session)
        response.sessionId = waiting.session->id;
    for (std::size_t i = 0; i < waiting.keys.size(); ++i) {
        const auto& key = waiting.keys[i];
        TopicPartition tp = waiting.partitions[i];
        FetchOutcome* outcome = waiting.entries[i] == kNone ? nullptr : &outcomes[waiting.entries[i]];
        PartitionAnswer partition = answerOf(broker, tp, waiting.refused[i], outcome, isolation);
        if (waiting.session) {
            const auto it = waiting.session->partitions.find(key);
            const bool news = it == waiting.session->partitions.end() || isNews(it->second, partition);
            if (waiting.incremental && !news)
                continue;
        }
        const auto error = static_cast<KafkaError>(partition.errorCode);
        if (error == KafkaError::NotLeaderOrFollower || error == KafkaError::FencedLeaderEpoch)
            hints.tell(partition, tp);
        if (response.responses.empty() || response.responses.back().topicId != key.topicId || response.responses.back().topic != key.topic) {
            auto& topic = response.responses.emplace_back();
            topic.topicId = key.topicId;
            topic.topic = key.topic;
        }
        response.responses.back().partitions.push_back(std::move(partition));
    }
    hints.addEndpoints(response);
    waiting.request.reply(response);
}

/// -> the session and whether the answer is incremental; or the error of the whole request.
struct SessionChoice {
    std::shared_ptr<ServerFetchSession> session;
    bool incremental = false;
};
std::expected<SessionChoice, KafkaError> chooseSession(BrokerContext& broker, const Request<protocol::FetchRequest>& request, bool ids, bool follower) {
    auto& cache = broker.replicas->fetchSessions();
    const Instant now = broker.scheduler.now();
    if (request.version() < kSessionsFrom)
        return SessionChoice{};
    if (request->sessionEpoch == kFullEpoch || request->sessionEpoch == kFinalEpoch) {
        if (request->sessionId != 0)
            cache.remove(request->sessionId);
        if (request->sessionEpoch == kFinalEpoch)
            return SessionChoice{};
        std::size_t partitions = 0;
        for (const auto& topic : request->topics)
            partitions += topic.partitions.size();
        if (partitions == 0)
            return SessionChoice{};
        auto session = cache.create(broker.random, ids, follower, partitions, now);
        if (session)
            takeNews(*session, *request, ids);
        return SessionChoice{session, false};
    }
    auto session = cache.find(request->sessionId, now);
    if (!session)
        return std::unexpected(KafkaError::FetchSessionIdNotFound);
    if (session->epoch != request->sessionEpoch)
        return std::unexpected(KafkaError::InvalidFetchSessionEpoch);
    if (session->usesTopicIds != ids)
        return std::unexpected(KafkaError::FetchSessionTopicIdError);
    // A client that sends again while we let it wait has something new: the older request is answered with what there is.
    session->waiting.completeNow();
    takeNews(*session, *request, ids);
    session->epoch = replication::FetchSessionCache::nextEpoch(session->epoch);
    if (session->partitions.empty()) {
        cache.remove(session->id);
        return SessionChoice{};
    }
    return SessionChoice{session, true};
}

void handle(BrokerContext& broker, Request<protocol::FetchRequest> request) {
    const std::int16_t version = request.version();
    const bool ids = version >= kTopicIdsFrom;
    const NodeId replica = version >= 15 ? request->replicaState.replicaId : request->replicaId;
    const bool follower = replica >= 0;
    if (request->clusterId && !broker.settings.clusterId.empty() && *request->clusterId != broker.settings.clusterId)
        return refuseWhole(request, KafkaError::InconsistentClusterId);

    auto choice = chooseSession(broker, request, ids, follower);
    if (!choice)
        return refuseWhole(request, choice.error());
    auto waiting = std::make_shared<Waiting>(Waiting{request, choice->session, choice->incremental, {}, {}, {}, {}});

    replication::FetchParams params;
    params.replica = replica;
    params.replicaEpoch = version >= 15 ? request->replicaState.replicaEpoch : -1;
    params.maxWait = milliseconds(std::max(request->maxWaitMs, 0));
    params.maxBytes = std::min(request->maxBytes, broker.settings.fetchMaxBytes);
    params.minBytes = std::min(request->minBytes, params.maxBytes);
    params.isolation = request->isolationLevel == 1 ? replication::Isolation::ReadCommitted : replication::Isolation::ReadUncommitted;

    std::vector<replication::FetchEntry> entries;
    bool refusedAny = false;
    const Access access(broker, request.origin());
    const auto add = [&](const SessionKey& key, const SessionPartition& want) {
        const auto* topic = ids ? broker.image->topic(key.topicId) : broker.image->topic(key.topic);
        KafkaError refused = KafkaError::None;
        if (follower && !access.isPeer())
            refused = KafkaError::TopicAuthorizationFailed; // what a follower may see, only a broker may ask for (CVE-2018-1288)
        else if (!follower && (topic || !ids) && !access.topic(Operation::Read, topic ? topic->name : key.topic))
            refused = KafkaError::TopicAuthorizationFailed;
        else if (!topic)
            refused = ids ? KafkaError::UnknownTopicId : KafkaError::UnknownTopicOrPartition;
        waiting->keys.push_back(key);
        waiting->partitions.push_back({topic ? topic->name : key.topic, key.partition});
        waiting->refused.push_back(refused);
        waiting->entries.push_back(refused == KafkaError::None ? entries.size() : kNone);
        if (refused != KafkaError::None) {
            refusedAny = true;
            return;
        }
        entries.push_back({.tp = waiting->partitions.back(),
                           .topicId = ids ? key.topicId : Uuid{},
                           .offset = want.offset,
                           .currentLeaderEpoch = want.currentLeaderEpoch,
                           .lastFetchedEpoch = want.lastFetchedEpoch,
                           .logStartOffset = want.logStartOffset,
                           .maxBytes = want.maxBytes});
    };
    if (choice->session) {
        for (const auto& [key, want] : choice->session->partitions)
            add(key, want);
    } else {
        for (const auto& asked : namedPartitions(*request, ids))
            add(asked.key, asked.want);
    }
    if (refusedAny)
        params.maxWait = Duration{0}; // an error is answered at once
    auto handle = broker.replicas->fetch(params, std::move(entries), [&broker, waiting](std::vector<FetchOutcome> outcomes) {
        answer(broker, *waiting, std::move(outcomes));
    });
    if (choice->session)
        choice->session->waiting = handle;
}

} // namespace

void addFetch(HandlerTable& table) { table.add<protocol::FetchRequest>(handle); }

} // namespace broker::handlers
