#include "embedded-broker/replication/replica_manager.h"

#include "embedded-broker/base/log.h"

#include <algorithm>

namespace broker::replication {

namespace {
constexpr std::string_view kLog = "replication";
}

ReplicaManager::ReplicaManager(Seams seams, ReplicaManagerSettings settings)
    : m_seams(std::move(seams)), m_settings(settings),
      m_isrSender({.scheduler = m_seams.scheduler,
                   .link = m_seams.controller,
                   .self = m_seams.self,
                   .selfEpoch = m_seams.selfEpoch,
                   .answered = [this](const AlterPartitionSender::Key& key, IsrAnswer answer, const IsrProposal& proposal, const PartitionFacts& facts) {
                       if (const auto it = m_byId.find(key); it != m_byId.end())
                           if (const auto partition = it->second.lock())
                               partition->isrAnswered(answer, proposal, facts);
                   }}) {
    armLagTimer();
}

ReplicaManager::~ReplicaManager() {
    m_seams.scheduler.cancel(m_lagTimer);
    for (auto& [tp, partition] : m_partitions)
        partition->logPointer()->onSyncedEndOffset({});
}

void ReplicaManager::stop() {
    m_stopped = true;
    m_fetchers.clear();
    m_followed.clear();
    for (auto& [tp, partition] : m_partitions)
        partition->retire();
}

void ReplicaManager::armLagTimer() {
    m_lagTimer = m_seams.scheduler.after(m_settings.lagTimeMax / 2, [this] {
        for (auto& [tp, partition] : m_partitions)
            partition->shrinkIsr();
        armLagTimer();
    });
}

std::shared_ptr<Partition> ReplicaManager::find(const TopicPartition& tp) const {
    const auto it = m_partitions.find(tp);
    return it == m_partitions.end() ? nullptr : it->second;
}

std::vector<std::shared_ptr<Partition>> ReplicaManager::partitions() const {
    std::vector<std::shared_ptr<Partition>> all;
    all.reserve(m_partitions.size());
    for (const auto& [tp, partition] : m_partitions)
        all.push_back(partition);
    return all;
}

std::size_t ReplicaManager::underReplicated() const {
    return static_cast<std::size_t>(std::ranges::count_if(m_partitions, [](const auto& entry) {
        const auto& facts = entry.second->facts();
        return entry.second->isLeader() && facts.isr.size() < facts.replicas.size();
    }));
}

// --- metadata --------------------------------------------------------------------------------------------------------------

void ReplicaManager::apply(const MetadataChanges& changes) {
    if (m_stopped)
        return;
    for (const auto& tp : changes.removed)
        remove(tp, true);
    for (const auto& change : changes.changed)
        applyOne(change);
    if (changes.brokersChanged)
        for (auto& [tp, partition] : m_partitions)
            partition->eligibilityChanged();
}

void ReplicaManager::applyFirst(const MetadataChanges& all) {
    if (m_stopped)
        return;
    std::unordered_map<TopicPartition, Uuid> ours;
    for (const auto& change : all.changed)
        ours.emplace(change.tp, change.topicId);
    for (const auto& log : m_seams.logs.logs()) {
        const auto tp = log->topicPartition();
        const auto it = ours.find(tp);
        if (log->topicId() == metadataTopicId() || (it != ours.end() && it->second == log->topicId()))
            continue;
        log::warning(kLog, "{}-{}: on disk, but not in the metadata of this broker: set aside", tp.topic, tp.partition);
        if (const auto aside = m_seams.logs.markStray(tp); !aside)
            log::error(kLog, "{}-{}: cannot set the log aside: {}", tp.topic, tp.partition, aside.error().message);
    }
    apply(all);
}

void ReplicaManager::applyOne(const PartitionChange& change) {
    auto partition = find(change.tp);
    if (partition && partition->topicId() != change.topicId) {
        remove(change.tp, true); // deleted and made again while we were away
        partition = nullptr;
    }
    if (!partition) {
        auto log = m_seams.logs.createLog(change.tp, change.topicId, m_seams.logConfig(change.tp.topic), change.directoryId);
        if (!log) {
            log::error(kLog, "{}-{}: cannot open the log: {}", change.tp.topic, change.tp.partition, log.error().message);
            return; // offline: clients get NOT_LEADER_OR_FOLLOWER or KAFKA_STORAGE_ERROR
        }
        partition = std::make_shared<Partition>(
            Partition::Seams{.scheduler = m_seams.scheduler,
                             .self = m_seams.self,
                             .selfEpoch = m_seams.selfEpoch,
                             .eligible = m_seams.eligible,
                             .propose = [this](Partition& of, const IsrProposal& proposal) {
                                 m_isrSender.propose({of.topicId(), of.topicPartition().partition}, proposal);
                             },
                             .onFollowerSynced = [this](Partition& of, Offset end) {
                                 if (const auto it = m_followed.find(of.topicPartition()); it != m_followed.end())
                                     m_fetchers.at(it->second)->synced(of, end);
                             }},
            change.tp, change.topicId, *log);
        partition->setSettings({m_settings.lagTimeMax, m_seams.minInsyncReplicas(change.tp.topic)});
        partition->watchLog();
        m_partitions.emplace(change.tp, partition);
        m_byId[{change.topicId, change.tp.partition}] = partition;
    }
    if (partition->role() != Partition::Role::Offline && change.facts.leaderEpoch < partition->leaderEpoch())
        return; // an older image
    const bool newEpoch = partition->leaderEpoch() != change.facts.leaderEpoch;
    const auto before = partition->role();
    if (newEpoch)
        m_isrSender.withdraw({change.topicId, change.tp.partition});
    if (change.facts.leader == m_seams.self) {
        setFetcher(partition, kNoNode);
        partition->lead(change.facts);
    } else {
        partition->follow(change.facts);
        const auto it = m_followed.find(change.tp);
        if (newEpoch || before != Partition::Role::Follower || it == m_followed.end() || it->second != change.facts.leader)
            setFetcher(partition, change.facts.leader);
    }
    if (partition->role() != before || newEpoch)
        for (const auto& watcher : m_roleWatchers)
            watcher(change.tp, partition->role(), change.facts.leaderEpoch);
}

void ReplicaManager::setFetcher(const std::shared_ptr<Partition>& partition, NodeId leader) {
    const auto& tp = partition->topicPartition();
    if (const auto it = m_followed.find(tp); it != m_followed.end() && it->second != leader) {
        const auto fetcher = m_fetchers.find(it->second);
        fetcher->second->remove(*partition);
        if (fetcher->second->empty())
            m_fetchers.erase(fetcher);
        m_followed.erase(it);
    }
    if (leader == kNoNode)
        return;
    auto& fetcher = m_fetchers[leader];
    if (!fetcher)
        fetcher = std::make_unique<ReplicaFetcher>(ReplicaFetcher::Seams{.scheduler = m_seams.scheduler,
                                                                         .link = m_seams.peers,
                                                                         .self = m_seams.self,
                                                                         .selfEpoch = m_seams.selfEpoch,
                                                                         .clusterId = m_seams.clusterId},
                                                   leader, m_settings.fetcher);
    m_followed[tp] = leader;
    fetcher->add(partition);
}

void ReplicaManager::remove(const TopicPartition& tp, bool deleted) {
    const auto partition = find(tp);
    if (!partition)
        return;
    setFetcher(partition, kNoNode);
    m_isrSender.withdraw({partition->topicId(), tp.partition});
    const LeaderEpoch epoch = partition->leaderEpoch();
    partition->retire();
    m_byId.erase({partition->topicId(), tp.partition});
    m_partitions.erase(tp);
    for (const auto& watcher : m_roleWatchers)
        watcher(tp, Partition::Role::Offline, epoch);
    if (const auto gone = deleted ? m_seams.logs.deleteLog(tp) : m_seams.logs.markStray(tp); !gone)
        log::error(kLog, "{}-{}: cannot remove the log: {}", tp.topic, tp.partition, gone.error().message);
}

void ReplicaManager::reconfigure(const std::string& topic) {
    m_seams.logs.reconfigure(topic, m_seams.logConfig(topic));
    const IsrCore::Settings settings{m_settings.lagTimeMax, m_seams.minInsyncReplicas(topic)};
    for (auto& [tp, partition] : m_partitions)
        if (tp.topic == topic)
            partition->setSettings(settings);
}

void ReplicaManager::peerBack(NodeId node) {
    if (const auto it = m_fetchers.find(node); it != m_fetchers.end())
        it->second->retryNow();
}

// --- appends -----------------------------------------------------------------------------------------------------------------

void ReplicaManager::append(AppendRequest request, AppendDone done) {
    auto pending = std::make_shared<PendingAppend>();
    pending->outcomes.resize(request.entries.size());
    pending->scheduler = &m_seams.scheduler;
    pending->done = std::move(done);
    if (request.acks != 0 && request.acks != 1 && request.acks != -1) {
        for (auto& outcome : pending->outcomes)
            outcome.error = ReplicaError::InvalidRequiredAcks;
        return pending->finish();
    }
    const bool all = request.acks == -1;
    struct Wait {
        std::shared_ptr<Partition> partition;
        std::size_t index = 0;
        Offset end = 0;
    };
    std::vector<Wait> waits;
    for (std::size_t i = 0; i < request.entries.size(); ++i) {
        auto& outcome = pending->outcomes[i];
        const auto partition = find(request.entries[i].tp);
        if (!partition) {
            outcome.error = ReplicaError::UnknownTopicOrPartition;
            continue;
        }
        auto appended = partition->appendAsLeader(request.entries[i].records, request.options, all);
        if (!appended) {
            outcome = std::move(appended.error());
            continue;
        }
        outcome.info = *appended;
        if (request.acks != 0)
            waits.push_back({partition, i, appended->lastOffset + 1});
    }
    if (waits.empty())
        return pending->finish();
    pending->waiting = waits.size();
    for (const auto& wait : waits)
        pending->where.emplace_back(wait.partition, wait.index);
    // acks=1 waits for our own disk alone, however long that takes: nobody else can make it time out.
    const Duration timeout = all ? std::clamp<Duration>(request.timeout, Duration{0}, m_settings.requestTimeoutMax) : m_settings.requestTimeoutMax;
    pending->timer = m_seams.scheduler.after(timeout, [weak = std::weak_ptr(pending), all] {
        const auto expired = weak.lock();
        if (!expired || !expired->done)
            return;
        expired->timer = 0;
        for (const auto& [partition, index] : expired->where)
            if (const auto still = partition.lock()) {
                if (still->awaits(*expired, index))
                    expired->outcomes[index].error = all ? ReplicaError::RequestTimedOut : ReplicaError::StorageError;
                still->forgetAppend(*expired);
            }
        expired->finish();
    });
    for (auto& wait : waits)
        wait.partition->awaitAppend(pending, wait.index, wait.end, all);
}

// --- fetches -----------------------------------------------------------------------------------------------------------------

FetchOutcome ReplicaManager::readOne(const FetchParams& params, const FetchEntry& entry, std::uint64_t maxBytes, bool minOneBatch, bool arrived) {
    const auto partition = find(entry.tp);
    FetchOutcome outcome;
    if (!partition) {
        outcome.error = ReplicaError::UnknownTopicOrPartition;
        return outcome;
    }
    outcome = partition->read(params, entry, maxBytes, minOneBatch);
    if (arrived && params.fromFollower() && outcome.error == ReplicaError::None && !outcome.diverging) {
        outcome.error = partition->followerFetched(params, entry);
        if (outcome.error == ReplicaError::None)
            partition->refresh(outcome);
        else
            outcome.records = {}, outcome.bytes = 0;
    }
    return outcome;
}

bool ReplicaManager::answerable(const PendingFetch& fetch) {
    std::uint64_t bytes = 0;
    for (const auto& outcome : fetch.outcomes) {
        if (outcome.error != ReplicaError::None || outcome.diverging)
            return true;
        bytes += outcome.bytes;
    }
    return bytes >= static_cast<std::uint64_t>(std::max(fetch.params.minBytes, 0));
}

FetchHandle ReplicaManager::fetch(FetchParams params, std::vector<FetchEntry> entries, FetchDone done) {
    auto pending = std::make_shared<PendingFetch>();
    pending->params = params;
    pending->entries = std::move(entries);
    pending->scheduler = &m_seams.scheduler;
    pending->done = std::move(done);
    const std::size_t count = pending->entries.size();
    pending->outcomes.resize(count);
    auto left = static_cast<std::uint64_t>(std::max(params.maxBytes, 0));
    bool minOneBatch = true; // the first that has data gives a whole batch even when it is larger than asked for
    const std::size_t first = count == 0 ? 0 : m_firstEntry++ % count;
    for (std::size_t n = 0; n < count; ++n) {
        const std::size_t i = (first + n) % count;
        const auto& entry = pending->entries[i];
        const auto maxBytes = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(std::max(entry.maxBytes, 0)));
        pending->outcomes[i] = readOne(params, entry, minOneBatch ? std::max<std::uint64_t>(maxBytes, 1) : maxBytes, minOneBatch, true);
        const auto bytes = pending->outcomes[i].bytes;
        minOneBatch = minOneBatch && bytes == 0;
        left -= std::min(left, bytes);
    }
    if (params.maxWait <= Duration{0} || count == 0 || answerable(*pending)) {
        pending->finish();
        return {};
    }
    pending->onWake = [this](PendingFetch& fetch) { onFetchWoken(fetch); };
    pending->links.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto& link = pending->links[i];
        link.fetch = pending.get();
        link.index = i;
        if (const auto partition = find(pending->entries[i].tp))
            partition->addWaiter(link);
    }
    pending->timer = m_seams.scheduler.after(params.maxWait, [this, pending] { // owns it until answered
        pending->timer = 0;
        onFetchWoken(*pending);
        pending->finish();
    });
    return FetchHandle(pending);
}

void ReplicaManager::onFetchWoken(PendingFetch& fetch) {
    if (fetch.finished)
        return;
    std::uint64_t used = 0;
    for (const auto& outcome : fetch.outcomes)
        used += outcome.bytes;
    const auto maxAll = static_cast<std::uint64_t>(std::max(fetch.params.maxBytes, 0));
    for (auto& link : fetch.links) {
        if (!link.dirty)
            continue;
        link.dirty = false;
        auto& outcome = fetch.outcomes[link.index];
        const auto& entry = fetch.entries[link.index];
        used -= outcome.bytes;
        const auto maxBytes = std::min<std::uint64_t>(maxAll > used ? maxAll - used : 0, static_cast<std::uint64_t>(std::max(entry.maxBytes, 0)));
        outcome = readOne(fetch.params, entry, used == 0 ? std::max<std::uint64_t>(maxBytes, 1) : maxBytes, used == 0, false);
        used += outcome.bytes;
    }
    const auto keep = fetch.shared_from_this();
    if (!answerable(fetch) && fetch.timer != 0)
        return;
    // What waited carries the watermarks of when it came: give today's.
    for (std::size_t i = 0; i < fetch.entries.size(); ++i)
        if (fetch.outcomes[i].error == ReplicaError::None && !fetch.outcomes[i].diverging)
            if (const auto partition = find(fetch.entries[i].tp); partition && partition->isLeader())
                partition->refresh(fetch.outcomes[i]);
    fetch.finish();
}

} // namespace broker::replication
