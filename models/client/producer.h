#pragma once
// Sends messages: idempotent, acks=all. Thread-safe; reports come on its own thread through futures.

#include "models/base/error.h"
#include "models/client/approved_plan.h"
#include "models/client/client_config.h"
#include "models/client/kafka_types.h"

#include <QFuture>
#include <chrono>
#include <memory>

namespace models::client {

struct OutgoingMessage {
    QString topic;
    int partition = -1; ///< -1: by key, as librdkafka's consistent_random does
    std::optional<QByteArray> key;
    std::optional<QByteArray> value;
    QList<Header> headers;
    qint64 timestampMs = kUnknown; ///< kUnknown: now
};
struct Delivery {
    int partition = -1;
    qint64 offset = kUnknown;
    qint64 timestampMs = kUnknown;
};

class Producer {
public:
    static Result<std::shared_ptr<Producer>> open(const ApprovedPlan& plan, const ClientConfig& config);
    ~Producer(); ///< what was not delivered answers Cancelled
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    /// Busy when librdkafka's queue is full: wait for an earlier delivery and send again.
    QFuture<Result<Delivery>> send(const OutgoingMessage& message);
    /// True when all that was sent is delivered or failed. Blocks: workers only.
    bool flush(std::chrono::milliseconds timeout);

private:
    struct Private;
    explicit Producer(std::shared_ptr<Private> d);
    std::shared_ptr<Private> d;
};

} // namespace models::client
