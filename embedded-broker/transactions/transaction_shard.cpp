#include "embedded-broker/transactions/transaction_shard.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <utility>

namespace broker::transactions {

namespace {

/// After a write that failed although this broker still leads: too few replicas are in sync, or they are slow.
constexpr Duration kRetryBackoff = milliseconds(100);

using Error = TransactionError;

} // namespace

TransactionShard::TransactionShard(PartitionIndex partition, LeaderEpoch epoch, const TransactionConfig& config, Seams seams)
    : m_partition(partition), m_epoch(epoch), m_config(config), m_seams(std::move(seams)) {}

TransactionShard::~TransactionShard() {
    *m_alive = false;
    for (auto& [id, entry] : m_entries) {
        m_seams.scheduler.cancel(entry->timer);
        for (auto& waiting : entry->waiting)
            m_seams.scheduler.cancel(waiting->timer);
    }
}

TransactionShard::Entry* TransactionShard::find(const std::string& id) {
    const auto it = m_entries.find(id);
    return it == m_entries.end() ? nullptr : it->second.get();
}

// --- the log -------------------------------------------------------------------------------------------------------------

void TransactionShard::replay(const Slice& key, const std::optional<Slice>& value) {
    const auto parsed = parseRecord(key, value);
    if (!parsed) {
        log::warning("transactions", "__transaction_state-{}: a record is skipped: {}", m_partition, parsed.error().message);
        return;
    }
    if (!*parsed)
        return;
    if (!(*parsed)->transaction) {
        m_entries.erase((*parsed)->transactionalId);
        return;
    }
    auto& entry = m_entries[(*parsed)->transactionalId];
    if (!entry)
        entry = std::make_unique<Entry>();
    entry->now = std::move(*(*parsed)->transaction);
}

void TransactionShard::start() {
    for (auto& [id, entry] : m_entries) {
        arm(id, *entry);
        if (entry->now.ending())
            sendMarkers(id, *entry);
    }
}

void TransactionShard::resign() {
    *m_alive = false;
    m_alive = std::make_shared<bool>(true);
    auto entries = std::exchange(m_entries, {});
    for (auto& [id, entry] : entries) {
        m_seams.scheduler.cancel(entry->timer);
        for (auto& waiting : std::exchange(entry->waiting, {})) {
            m_seams.scheduler.cancel(waiting->timer);
            waiting->resume(true);
        }
    }
}

void TransactionShard::write(const std::string& id, Transaction next, ErrorReply then) {
    Entry* entry = find(id);
    entry->pending = true;
    auto record = transactionRecord(id, next, m_seams.version());
    m_seams.log.append(m_partition, std::move(record), [this, alive = m_alive, id, next = std::move(next), then = std::move(then)](Error error) mutable {
        if (!*alive)
            return then(Error::NotCoordinator);
        Entry* moved = find(id);
        moved->pending = false;
        if (error == Error::None) {
            moved->now = std::move(next);
            moved->abortFailed = false;
        } else if (moved->now.producer.epoch == kNoProducerEpoch && moved->waiting.empty()) {
            m_entries.erase(id); // it never began
            return then(error);
        }
        arm(id, *moved);
        then(error);
        if (*alive)
            settled(id);
    });
}

/// What waited for this id's move looks again, in the order it came.
void TransactionShard::settled(const std::string& id) {
    Entry* entry = find(id);
    if (entry == nullptr || entry->busy())
        return;
    for (auto& waiting : std::exchange(entry->waiting, {})) {
        m_seams.scheduler.cancel(waiting->timer);
        waiting->resume(false);
    }
}

void TransactionShard::park(Entry& entry, const std::string& id, Instant deadline, std::move_only_function<void(bool)> resume) {
    auto waiting = std::make_shared<Waiting>();
    waiting->resume = std::move(resume);
    waiting->timer = m_seams.scheduler.at(deadline, [this, id, waiting] {
        if (Entry* of = find(id))
            std::erase(of->waiting, waiting);
        waiting->resume(true);
    });
    entry.waiting.push_back(std::move(waiting));
}

// --- beginning -----------------------------------------------------------------------------------------------------------

void TransactionShard::initProducer(const std::string& id, std::int32_t timeoutMs, std::optional<Producer> expected, ProducerReply reply) {
    initWith(id, timeoutMs, expected, std::nullopt, std::move(reply));
}

void TransactionShard::initWith(const std::string& id, std::int32_t timeoutMs, const std::optional<Producer>& expected, std::optional<ProducerId> fresh,
                                ProducerReply reply) {
    Entry* entry = find(id);
    if (entry != nullptr && entry->busy())
        return reply(Error::ConcurrentTransactions, {});
    if (!fresh && (entry == nullptr || initNeedsId(entry->now, expected))) {
        m_seams.newProducerId([this, alive = m_alive, id, timeoutMs, expected, reply = std::move(reply)](Result<ProducerId> given) mutable {
            if (!*alive)
                return reply(Error::NotCoordinator, {});
            if (!given)
                return reply(Error::CoordinatorNotAvailable, {});
            initWith(id, timeoutMs, expected, *given, std::move(reply));
        });
        return;
    }
    if (entry == nullptr) {
        entry = (m_entries[id] = std::make_unique<Entry>()).get();
        entry->now.producer.id = *fresh;
    }
    if (fenced(entry->now, expected))
        return reply(Error::ProducerFenced, {});
    if (entry->now.state == State::Ongoing) {
        // The new producer comes again and finds the old one's transaction ended.
        return abort(id, [reply = std::move(reply)](Error error) mutable {
            reply(error == Error::None ? Error::ConcurrentTransactions : error, {});
        });
    }
    auto next = transactions::initProducer(entry->now, expected, timeoutMs, fresh.value_or(kNoProducerId), m_seams.scheduler.wallNow());
    if (!next)
        return reply(next.error(), {});
    const Producer producer = next->producer;
    write(id, std::move(*next), [reply = std::move(reply), producer](Error error) mutable { reply(error, error == Error::None ? producer : Producer{}); });
}

// --- under way -----------------------------------------------------------------------------------------------------------

void TransactionShard::addPartitions(const std::string& id, const Producer& producer, std::set<TopicPartition> partitions, std::int16_t version,
                                     Duration patience, ErrorReply reply) {
    addUntil(id, producer, std::move(partitions), version, m_seams.scheduler.now() + patience, std::move(reply));
}

void TransactionShard::addUntil(const std::string& id, const Producer& producer, std::set<TopicPartition> partitions, std::int16_t version,
                                Instant deadline, ErrorReply reply) {
    Entry* entry = find(id);
    if (entry == nullptr)
        return reply(Error::InvalidProducerIdMapping);
    // Asked first: of an exhausted id the producer has the next one already, which takes over only when the move is made.
    if (entry->busy() && m_seams.scheduler.now() < deadline) {
        park(*entry, id, deadline,
             [this, alive = m_alive, id, producer, partitions = std::move(partitions), version, deadline, reply = std::move(reply)](bool late) mutable {
                 if (!*alive)
                     return reply(Error::NotCoordinator);
                 if (late)
                     return reply(Error::ConcurrentTransactions);
                 addUntil(id, producer, std::move(partitions), version, deadline, std::move(reply));
             });
        return;
    }
    if (entry->busy())
        return reply(Error::ConcurrentTransactions);
    auto next = transactions::addPartitions(entry->now, producer, partitions, version, m_seams.scheduler.wallNow());
    if (!next)
        return reply(next.error());
    if (!*next)
        return reply(Error::None);
    write(id, std::move(**next), std::move(reply));
}

std::vector<TransactionError> TransactionShard::verify(const std::string& id, const Producer& producer, const std::vector<TopicPartition>& partitions) const {
    const auto it = m_entries.find(id);
    const Error error = it == m_entries.end() ? Error::InvalidProducerIdMapping : transactions::verify(it->second->now, producer);
    std::vector<Error> errors;
    for (const auto& tp : partitions)
        errors.push_back(error != Error::None || it->second->now.partitions.contains(tp) ? error : Error::TransactionAbortable);
    return errors;
}

// --- ending --------------------------------------------------------------------------------------------------------------

void TransactionShard::end(const std::string& id, const EndRequest& request, ProducerReply reply) { endWith(id, request, std::nullopt, std::move(reply)); }

void TransactionShard::endWith(const std::string& id, const EndRequest& request, std::optional<ProducerId> fresh, ProducerReply reply) {
    Entry* entry = find(id);
    if (entry == nullptr)
        return reply(Error::InvalidProducerIdMapping, {});
    if (entry->busy())
        return reply(Error::ConcurrentTransactions, {});
    if (!fresh && endNeedsId(entry->now, request)) {
        m_seams.newProducerId([this, alive = m_alive, id, request, reply = std::move(reply)](Result<ProducerId> given) mutable {
            if (!*alive)
                return reply(Error::NotCoordinator, {});
            if (!given)
                return reply(Error::CoordinatorNotAvailable, {});
            endWith(id, request, *given, std::move(reply));
        });
        return;
    }
    auto next = transactions::end(entry->now, request, fresh.value_or(kNoProducerId), m_seams.scheduler.wallNow());
    if (!next)
        return reply(next.error(), {});
    if (!*next)
        return reply(Error::None, entry->now.producer);
    // Of an exhausted id the client learns the next one; the markers still carry the old.
    const Producer told = (*next)->nextId != kNoProducerId ? Producer{(*next)->nextId, 0} : (*next)->producer;
    write(id, std::move(**next), [this, alive = m_alive, id, told, reply = std::move(reply)](Error error) mutable {
        reply(error, error == Error::None ? told : Producer{});
        if (error == Error::None && *alive)
            sendMarkers(id, *find(id));
    });
}

/// Of an ongoing transaction without a move under way.
void TransactionShard::abort(const std::string& id, ErrorReply then) {
    if (!fenceNeedsId(find(id)->now, m_seams.version()))
        return abortWith(id, kNoProducerId, std::move(then));
    m_seams.newProducerId([this, alive = m_alive, id, then = std::move(then)](Result<ProducerId> given) mutable {
        if (!*alive)
            return then(Error::NotCoordinator);
        Entry* entry = find(id);
        if (given && entry != nullptr && !entry->pending && entry->now.state == State::Ongoing)
            return abortWith(id, *given, std::move(then));
        if (entry != nullptr)
            arm(id, *entry);
        then(given ? Error::ConcurrentTransactions : Error::CoordinatorNotAvailable);
    });
}

void TransactionShard::abortWith(const std::string& id, ProducerId fresh, ErrorReply then) {
    write(id, fence(find(id)->now, m_seams.version(), fresh, m_seams.scheduler.wallNow()),
          [this, alive = m_alive, id, then = std::move(then)](Error error) mutable {
              then(error);
              if (error == Error::None && *alive)
                  sendMarkers(id, *find(id));
          });
}

void TransactionShard::sendMarkers(const std::string& id, const Entry& entry) {
    EndMarkers markers;
    markers.producer = entry.now.producer;
    markers.commit = entry.now.state == State::PrepareCommit;
    markers.coordinatorEpoch = m_epoch;
    markers.version = entry.now.clientVersion;
    markers.partitions = entry.now.partitions;
    m_seams.markers.send(m_partition, id, std::move(markers), [this, alive = m_alive, id] {
        if (*alive)
            writeCompletion(id);
    });
}

void TransactionShard::writeCompletion(const std::string& id) {
    Entry* entry = find(id);
    if (entry == nullptr || entry->pending || !entry->now.ending())
        return;
    write(id, complete(entry->now, m_seams.scheduler.wallNow()), [this, alive = m_alive, id](Error error) {
        if (error == Error::None || !*alive)
            return;
        m_seams.scheduler.after(kRetryBackoff, [this, alive, id] {
            if (*alive)
                writeCompletion(id);
        });
    });
}

// --- time ----------------------------------------------------------------------------------------------------------------

void TransactionShard::arm(const std::string& id, Entry& entry) {
    if (entry.now.state != State::Ongoing) {
        m_seams.scheduler.cancel(std::exchange(entry.timer, 0));
        return;
    }
    if (entry.timer != 0)
        return;
    WallMs end = entry.now.startedAt + entry.now.timeoutMs;
    if (const auto check = m_config.abortCheckMs; check > 0) // looked at when the clock shows a multiple of it
        end = (end + check - 1) / check * check;
    const WallMs left = std::clamp<WallMs>(end - m_seams.scheduler.wallNow(), 0, entry.now.timeoutMs + m_config.abortCheckMs);
    const Duration delay = std::max<Duration>(milliseconds(left), entry.abortFailed ? kRetryBackoff : Duration{0});
    entry.timer = m_seams.scheduler.after(delay, [this, id] { timedOut(id); });
}

void TransactionShard::timedOut(const std::string& id) {
    Entry* entry = find(id);
    if (entry == nullptr)
        return;
    entry->timer = 0;
    if (entry->pending || entry->now.state != State::Ongoing)
        return; // looked at again when the move under way has settled
    log::info("transactions", "{}: the transaction of producer {} is aborted: it is open for more than {} ms", id, entry->now.producer.id, entry->now.timeoutMs);
    entry->abortFailed = true;
    abort(id, [](Error) {});
}

void TransactionShard::expire() {
    const WallMs now = m_seams.scheduler.wallNow();
    std::vector<std::string> old;
    for (const auto& [id, entry] : m_entries)
        if (!entry->pending && entry->waiting.empty() && !entry->now.ending() && entry->now.state != State::Ongoing &&
            entry->now.updatedAt + m_config.expirationMs <= now)
            old.push_back(id);
    for (const auto& id : old) {
        find(id)->pending = true;
        m_seams.log.append(m_partition, transactionTombstone(id), [this, alive = m_alive, id](Error error) {
            if (!*alive)
                return;
            if (error == Error::None)
                m_entries.erase(id);
            else
                find(id)->pending = false;
        });
    }
}

// --- descriptions --------------------------------------------------------------------------------------------------------

const Transaction* TransactionShard::describe(const std::string& id) const {
    const auto it = m_entries.find(id);
    return it == m_entries.end() ? nullptr : &it->second->now;
}

std::vector<TransactionListing> TransactionShard::list() const {
    std::vector<TransactionListing> all;
    for (const auto& [id, entry] : m_entries)
        all.push_back({id, entry->now});
    return all;
}

} // namespace broker::transactions
