#pragma once
// Sends many messages in portions, each of which arrives as a whole or is known not to have: in a transaction where the cluster has them, else
// idempotently and flushed. Bounded memory. One worker thread at a time.
//
//     producer->begin();  producer->send(...) x N;  producer->commit({group, offsets});

#include "models/client/approved_plan.h"
#include "models/client/client_config.h"
#include "models/client/kafka_types.h"

#include <chrono>
#include <functional>
#include <memory>

namespace models::client {

class BulkProducer {
public:
    struct Options {
        QString topic;
        QString transactionalId;         ///< empty = without transactions
        qint64 messageBytesMax = 1 << 20; ///< of one message, as the topic's max.message.bytes
    };
    static Result<std::unique_ptr<BulkProducer>> open(const ApprovedPlan& plan, const ClientConfig& config, const Options& options);
    ~BulkProducer(); ///< what was not committed does not arrive (with transactions), or may have (without)
    BulkProducer(const BulkProducer&) = delete;
    BulkProducer& operator=(const BulkProducer&) = delete;

    [[nodiscard]] bool transactional() const;
    /// Ends what an earlier producer of the same transactional id left open, and fences it. Once, before begin().
    Result<void> initTransactions(std::chrono::milliseconds timeout);
    Result<void> begin();
    /// Why this message cannot be sent as it is; none = it can.
    static std::optional<Error> cannotSend(const Record& record);
    /// `partition` -1: by key as Java's producer does. Waits while the queue is full; `keepWaiting` is asked meanwhile.
    Result<void> send(const Record& record, int partition, const std::function<bool()>& keepWaiting);
    /// Until all of the portion has arrived. With transactions, the offsets are committed for `group` in the same transaction.
    Result<void> commit(const QString& group, const QList<CommittedOffset>& offsets, std::chrono::milliseconds timeout);
    /// Drops the portion; without transactions it may have arrived in part.
    Result<void> abort(std::chrono::milliseconds timeout);
    /// A transaction that failed can be aborted and done again; anything else ends the producer.
    [[nodiscard]] bool canGoOn() const;

private:
    struct Private;
    explicit BulkProducer(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace models::client
