#include "models/client/producer.h"

#include "models/client/native.h"

#include <QPromise>
#include <atomic>
#include <pthread.h>
#include <thread>

namespace models::client {

namespace {
using Waiting = QPromise<Result<Delivery>>;

void onDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    const std::unique_ptr<Waiting> waiting(static_cast<Waiting*>(message->_private));
    if (!waiting)
        return;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        waiting->addResult(Result<Delivery>(Delivery{message->partition, message->offset, rd_kafka_message_timestamp(message, nullptr)}));
    else
        waiting->addResult(Result<Delivery>(std::unexpected(
            native::makeError(QStringLiteral("send to %1").arg(native::text(rd_kafka_topic_name(message->rkt))), message->err, rd_kafka_message_errstr(message)))));
    waiting->finish();
}
} // namespace

struct Producer::Private {
    rd_kafka_t* handle = nullptr;
    std::atomic<bool> closing{false};
    std::thread poller;
};

Result<std::shared_ptr<Producer>> Producer::open(const ApprovedPlan&, const ClientConfig& config) {
    auto conf = native::makeConf(config,
        {{QStringLiteral("enable.idempotence"), QStringLiteral("true")}, {QStringLiteral("acks"), QStringLiteral("all")},
            {QStringLiteral("linger.ms"), QStringLiteral("1")}, {QStringLiteral("message.timeout.ms"), QStringLiteral("30000")},
            {QStringLiteral("log_level"), QStringLiteral("2")}});
    if (!conf)
        return std::unexpected(conf.error());
    rd_kafka_conf_set_dr_msg_cb(conf->get(), onDelivery);
    auto handle = native::makeHandle(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!handle)
        return std::unexpected(handle.error());
    auto d = std::make_shared<Private>();
    d->handle = *handle;
    d->poller = std::thread([raw = d.get()] {
        pthread_setname_np(pthread_self(), "kafka-produce");
        while (!raw->closing.load())
            rd_kafka_poll(raw->handle, 100);
    });
    return std::shared_ptr<Producer>(new Producer(std::move(d)));
}

Producer::Producer(std::shared_ptr<Private> inside) : d(std::move(inside)) {}

Producer::~Producer() {
    d->closing.store(true);
    rd_kafka_purge(d->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    native::announceDeparture();
    native::destroyElsewhere(d->handle, [d = d] {
        d->poller.join();
        rd_kafka_poll(d->handle, 200); // reports of what was purged
    });
}

QFuture<Result<Delivery>> Producer::send(const OutgoingMessage& message) {
    auto waiting = std::make_unique<Waiting>();
    auto future = waiting->future();
    waiting->start();
    rd_kafka_headers_t* headers = rd_kafka_headers_new(static_cast<std::size_t>(message.headers.size()));
    for (const auto& header : message.headers)
        rd_kafka_header_add(headers, header.name.constData(), header.name.size(), header.value ? header.value->constData() : nullptr, header.value ? header.value->size() : 0);
    const QByteArray topic = message.topic.toUtf8();
    const auto pointer = [](const std::optional<QByteArray>& bytes) { return bytes ? const_cast<char*>(bytes->constData()) : nullptr; };
    const auto size = [](const std::optional<QByteArray>& bytes) { return bytes ? static_cast<std::size_t>(bytes->size()) : 0; };
    const auto error = rd_kafka_producev(d->handle, RD_KAFKA_V_TOPIC(topic.constData()), RD_KAFKA_V_PARTITION(message.partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(pointer(message.key), size(message.key)), RD_KAFKA_V_VALUE(pointer(message.value), size(message.value)),
        RD_KAFKA_V_TIMESTAMP(message.timestampMs < 0 ? 0 : message.timestampMs), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(waiting.get()), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        waiting.release(); // its delivery report deletes it
        return future;
    }
    rd_kafka_headers_destroy(headers);
    waiting->addResult(Result<Delivery>(std::unexpected(native::makeError(QStringLiteral("send to %1").arg(message.topic), error, nullptr))));
    waiting->finish();
    return future;
}

bool Producer::flush(std::chrono::milliseconds timeout) { return rd_kafka_flush(d->handle, static_cast<int>(timeout.count())) == RD_KAFKA_RESP_ERR_NO_ERROR; }

} // namespace models::client
