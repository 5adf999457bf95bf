#include "embedded-broker/transactions/transaction_coordinator.h"

#include "embedded-broker/base/java_hash.h"
#include "embedded-broker/base/log.h"

#include <utility>

namespace broker::transactions {

namespace {

using Error = TransactionError;

/// How long a request may wait for the transaction before it to complete: its markers are usually written within milliseconds, and a client that is told
/// CONCURRENT_TRANSACTIONS comes back much later than that.
constexpr Duration kPatience = milliseconds(100);

} // namespace

TransactionCoordinator::TransactionCoordinator(TransactionConfig config, Seams seams)
    : m_config(config), m_seams(std::move(seams)), m_markers(m_seams.scheduler, m_seams.links) {}

TransactionCoordinator::~TransactionCoordinator() {
    *m_alive = false;
    m_seams.scheduler.cancel(m_expiryTimer);
}

void TransactionCoordinator::elected(PartitionIndex partition, LeaderEpoch epoch) {
    Slot& slot = m_slots[partition];
    if (slot.shard && slot.epoch >= epoch)
        return;
    slot.epoch = epoch;
    if (slot.shard && slot.loaded) {
        slot.shard->setEpoch(epoch); // still leader in a newer epoch: nobody else can have written in between
        return;
    }
    slot.loaded = false;
    slot.shard = std::make_unique<TransactionShard>(
        partition, epoch, m_config, TransactionShard::Seams{m_seams.scheduler, m_seams.log, m_markers, m_seams.newProducerId, m_seams.version});
    load(partition, epoch);
    if (m_expiryTimer == 0)
        scheduleExpiry();
}

void TransactionCoordinator::load(PartitionIndex partition, LeaderEpoch epoch) {
    const auto current = [this, alive = m_alive, partition, epoch]() -> Slot* {
        if (!*alive)
            return nullptr;
        const auto it = m_slots.find(partition);
        return it != m_slots.end() && it->second.epoch == epoch && it->second.shard && !it->second.loaded ? &it->second : nullptr;
    };
    m_seams.log.load(
        partition,
        [current](const Slice& key, const std::optional<Slice>& value) {
            if (Slot* slot = current())
                slot->shard->replay(key, value);
        },
        [current, partition](Result<void> result) {
            Slot* slot = current();
            if (!slot)
                return;
            if (!result) {
                log::error("transactions", "__transaction_state-{} could not be loaded: {}", partition, result.error().message);
                slot->shard.reset(); // asked again at the next election; clients are told NotCoordinator and look elsewhere
                return;
            }
            slot->loaded = true;
            slot->shard->start();
        });
}

void TransactionCoordinator::resigned(PartitionIndex partition) {
    const auto it = m_slots.find(partition);
    if (it == m_slots.end())
        return;
    auto shard = std::move(it->second.shard);
    m_slots.erase(it);
    m_markers.drop(partition);
    if (shard)
        shard->resign();
}

void TransactionCoordinator::shutdown() {
    while (!m_slots.empty())
        resigned(m_slots.begin()->first);
    m_seams.scheduler.cancel(std::exchange(m_expiryTimer, 0));
}

void TransactionCoordinator::scheduleExpiry() {
    m_expiryTimer = m_seams.scheduler.after(milliseconds(m_config.expirationCheckMs), [this] {
        m_expiryTimer = 0;
        for (auto& [partition, slot] : m_slots)
            if (slot.loaded)
                slot.shard->expire();
        if (!m_slots.empty())
            scheduleExpiry();
    });
}

std::pair<TransactionShard*, TransactionError> TransactionCoordinator::shardOf(const std::string& id) const {
    if (id.empty())
        return {nullptr, Error::InvalidRequest};
    if (m_partitions <= 0)
        return {nullptr, Error::NotCoordinator};
    const auto it = m_slots.find(partitionOfId(id, m_partitions));
    if (it == m_slots.end() || !it->second.shard)
        return {nullptr, Error::NotCoordinator};
    if (!it->second.loaded)
        return {nullptr, Error::CoordinatorLoadInProgress};
    return {it->second.shard.get(), Error::None};
}

void TransactionCoordinator::initProducer(const std::string& id, std::int32_t timeoutMs, std::optional<Producer> expected, ProducerReply reply) {
    if (!id.empty() && (timeoutMs <= 0 || timeoutMs > m_config.maxTimeoutMs))
        return reply(Error::InvalidTransactionTimeout, {}); // whoever coordinates it
    const auto [shard, error] = shardOf(id);
    if (shard)
        return shard->initProducer(id, timeoutMs, expected, std::move(reply));
    reply(error, {});
}

void TransactionCoordinator::addPartitions(const std::string& id, const Producer& producer, std::set<TopicPartition> partitions, std::int16_t version,
                                           ErrorReply reply) {
    const auto [shard, error] = shardOf(id);
    if (shard)
        return shard->addPartitions(id, producer, std::move(partitions), version, kPatience, std::move(reply));
    reply(error);
}

std::vector<TransactionError> TransactionCoordinator::verify(const std::string& id, const Producer& producer,
                                                             const std::vector<TopicPartition>& partitions) const {
    const auto [shard, error] = shardOf(id);
    return shard ? shard->verify(id, producer, partitions) : std::vector(partitions.size(), error);
}

void TransactionCoordinator::end(const std::string& id, const EndRequest& request, ProducerReply reply) {
    const auto [shard, error] = shardOf(id);
    if (shard)
        return shard->end(id, request, std::move(reply));
    reply(error, {});
}

std::expected<Transaction, TransactionError> TransactionCoordinator::describe(const std::string& id) const {
    const auto [shard, error] = shardOf(id);
    if (!shard)
        return std::unexpected(error);
    if (const Transaction* transaction = shard->describe(id))
        return *transaction;
    return std::unexpected(Error::TransactionalIdNotFound);
}

TransactionCoordinator::Listing TransactionCoordinator::list() const {
    Listing listing;
    for (const auto& [partition, slot] : m_slots) {
        if (!slot.loaded) {
            listing.error = Error::CoordinatorLoadInProgress;
            continue;
        }
        auto some = slot.shard->list();
        listing.transactions.insert(listing.transactions.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    return listing;
}

} // namespace broker::transactions
