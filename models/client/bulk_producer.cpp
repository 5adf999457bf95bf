#include "models/client/bulk_producer.h"

#include "models/client/native.h"

#include <algorithm>
#include <mutex>

namespace models::client {

struct BulkProducer::Private {
    rd_kafka_t* handle = nullptr;
    rd_kafka_topic_t* topic = nullptr;
    QString topicName;
    bool transactional = false;
    bool fatal = false;
    std::mutex mutex; ///< guards failure: reports are served on whoever polls
    std::optional<Error> failure;

    void failed(const Error& error) {
        const std::lock_guard lock(mutex);
        if (!failure)
            failure = error;
    }
    std::optional<Error> firstFailure() {
        const std::lock_guard lock(mutex);
        return failure;
    }
    /// Takes the error, remembers whether it ends the producer.
    std::unexpected<Error> take(const QString& what, rd_kafka_error_t* error) {
        if (rd_kafka_error_is_fatal(error) != 0)
            fatal = true;
        return std::unexpected(native::takeError(what, error));
    }
};

namespace {

void onReport(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    const auto& report = *static_cast<std::function<void(const rd_kafka_message_t*)>*>(opaque);
    report(message);
}

} // namespace

BulkProducer::BulkProducer(std::unique_ptr<Private> inside) : d(std::move(inside)) {}

Result<std::unique_ptr<BulkProducer>> BulkProducer::open(const ApprovedPlan&, const ClientConfig& config, const Options& options) {
    const bool transactional = !options.transactionalId.isEmpty();
    QMap<QString, QString> extra{
        {QStringLiteral("enable.idempotence"), QStringLiteral("true")},
        {QStringLiteral("acks"), QStringLiteral("all")},
        // Java's choice, so that a key goes where other producers of the topic send it.
        {QStringLiteral("partitioner"), QStringLiteral("murmur2_random")},
        {QStringLiteral("linger.ms"), QStringLiteral("20")},
        {QStringLiteral("queue.buffering.max.kbytes"), QStringLiteral("65536")},
        {QStringLiteral("queue.buffering.max.messages"), QStringLiteral("100000")},
        {QStringLiteral("message.max.bytes"), QString::number(std::clamp<qint64>(options.messageBytesMax, 1000, 1'000'000'000))},
        // A transaction's messages must have arrived before the coordinator gives the transaction up.
        {QStringLiteral("message.timeout.ms"), transactional ? QStringLiteral("60000") : QStringLiteral("300000")},
        {QStringLiteral("allow.auto.create.topics"), QStringLiteral("false")},
        {QStringLiteral("log_level"), QStringLiteral("2")},
    };
    if (transactional) {
        extra.insert(QStringLiteral("transactional.id"), options.transactionalId);
        extra.insert(QStringLiteral("transaction.timeout.ms"), QStringLiteral("60000"));
    }
    if (!config.properties.contains(QStringLiteral("compression.type")) && !config.properties.contains(QStringLiteral("compression.codec")))
        extra.insert(QStringLiteral("compression.codec"), QStringLiteral("lz4"));
    auto conf = native::makeConf(config, extra);
    if (!conf)
        return std::unexpected(conf.error());
    auto d = std::make_unique<Private>();
    // Outlives the handle: both are freed by the thread that destroys it.
    auto* report = new std::function<void(const rd_kafka_message_t*)>([raw = d.get()](const rd_kafka_message_t* message) {
        raw->failed(native::makeError(QStringLiteral("send to %1").arg(native::text(rd_kafka_topic_name(message->rkt))), message->err, rd_kafka_message_errstr(message)));
    });
    rd_kafka_conf_set_dr_msg_cb(conf->get(), onReport);
    rd_kafka_conf_set_opaque(conf->get(), report);
    auto handle = native::makeHandle(RD_KAFKA_PRODUCER, std::move(*conf));
    if (!handle) {
        delete report;
        return std::unexpected(handle.error());
    }
    d->handle = *handle;
    d->transactional = transactional;
    d->topicName = options.topic;
    d->topic = rd_kafka_topic_new(d->handle, options.topic.toUtf8().constData(), nullptr);
    const bool named = d->topic != nullptr;
    auto made = std::unique_ptr<BulkProducer>(new BulkProducer(std::move(d)));
    if (!named)
        return fail(ErrorCode::Invalid, QStringLiteral("send to %1").arg(options.topic), QStringLiteral("this cannot be the name of a topic"));
    return made;
}

BulkProducer::~BulkProducer() {
    rd_kafka_purge(d->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(d->handle, 0);
    native::announceDeparture();
    auto* const handle = d->handle; // before d moves away
    native::destroyElsewhere(handle, [inside = std::shared_ptr<Private>(std::move(d))] {
        auto* report = static_cast<std::function<void(const rd_kafka_message_t*)>*>(rd_kafka_opaque(inside->handle));
        rd_kafka_poll(inside->handle, 200);
        *report = [](const rd_kafka_message_t*) {}; // left for what the destruction itself reports
        if (inside->topic != nullptr)
            rd_kafka_topic_destroy(inside->topic);
    });
}

bool BulkProducer::transactional() const { return d->transactional; }
bool BulkProducer::canGoOn() const { return !d->fatal; }

Result<void> BulkProducer::initTransactions(std::chrono::milliseconds timeout) {
    if (auto* error = rd_kafka_init_transactions(d->handle, static_cast<int>(timeout.count()))) {
        d->fatal = d->fatal || rd_kafka_error_is_fatal(error) != 0;
        return std::unexpected(native::takeStartError(QStringLiteral("start transactions"), error));
    }
    return {};
}

Result<void> BulkProducer::begin() {
    {
        const std::lock_guard lock(d->mutex);
        d->failure.reset();
    }
    if (d->transactional)
        if (auto* error = rd_kafka_begin_transaction(d->handle))
            return d->take(QStringLiteral("begin a transaction"), error);
    return {};
}

std::optional<Error> BulkProducer::cannotSend(const Record& record) {
    const QString what = QStringLiteral("message %1-%2").arg(record.partition).arg(record.offset);
    // librdkafka's own limits: it takes 0 for "now", and hands names on as C strings.
    if (record.timestampMs == 0)
        return Error{ErrorCode::Unsupported, what, QStringLiteral("its timestamp is 0, which the client library would replace by the time of sending"), 0};
    for (const auto& header : record.headers)
        if (header.name.contains('\0'))
            return Error{ErrorCode::Unsupported, what, QStringLiteral("a header's name has a zero byte, which the client library would cut"), 0};
    return std::nullopt;
}

Result<void> BulkProducer::send(const Record& record, int partition, const std::function<bool()>& keepWaiting) {
    if (const auto error = cannotSend(record))
        return std::unexpected(*error);
    const auto pointer = [](const std::optional<QByteArray>& bytes) { return bytes ? const_cast<char*>(bytes->constData()) : nullptr; };
    const auto size = [](const std::optional<QByteArray>& bytes) { return bytes ? static_cast<std::size_t>(bytes->size()) : 0; };
    for (;;) {
        if (const auto failure = d->firstFailure())
            return std::unexpected(*failure);
        rd_kafka_headers_t* headers = nullptr;
        if (!record.headers.isEmpty()) {
            headers = rd_kafka_headers_new(static_cast<std::size_t>(record.headers.size()));
            for (const auto& header : record.headers)
                rd_kafka_header_add(headers, header.name.constData(), header.name.size(), pointer(header.value), static_cast<ssize_t>(size(header.value)));
        }
        rd_kafka_vu_t parts[7];
        std::size_t count = 0;
        const auto add = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
            parts[count].vtype = type;
            return parts[count++];
        };
        add(RD_KAFKA_VTYPE_RKT).u.rkt = d->topic;
        add(RD_KAFKA_VTYPE_PARTITION).u.i32 = partition;
        add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
        add(RD_KAFKA_VTYPE_KEY).u.mem = {pointer(record.key), size(record.key)};
        add(RD_KAFKA_VTYPE_VALUE).u.mem = {pointer(record.value), size(record.value)};
        add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestampMs;
        if (headers != nullptr)
            add(RD_KAFKA_VTYPE_HEADERS).u.headers = headers;
        auto* error = rd_kafka_produceva(d->handle, parts, count);
        if (error == nullptr) {
            return {};
        }
        if (headers != nullptr)
            rd_kafka_headers_destroy(headers);
        if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return d->take(QStringLiteral("send message %1-%2 to %3").arg(record.partition).arg(record.offset).arg(d->topicName), error);
        rd_kafka_error_destroy(error);
        if (keepWaiting && !keepWaiting())
            return fail(ErrorCode::Cancelled, QStringLiteral("send to %1").arg(d->topicName), QStringLiteral("cancelled"));
        rd_kafka_poll(d->handle, 50);
    }
}

Result<void> BulkProducer::commit(const QString& group, const QList<CommittedOffset>& offsets, std::chrono::milliseconds timeout) {
    const int ms = static_cast<int>(timeout.count());
    if (!d->transactional) {
        const auto error = rd_kafka_flush(d->handle, ms);
        if (const auto failure = d->firstFailure())
            return std::unexpected(*failure);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
            return std::unexpected(native::makeError(QStringLiteral("send to %1").arg(d->topicName), error, nullptr));
        return {};
    }
    const native::ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
    for (const auto& offset : offsets) {
        auto* entry = rd_kafka_topic_partition_list_add(list.get(), offset.partition.topic.toUtf8().constData(), offset.partition.partition);
        entry->offset = offset.offset;
        const QByteArray metadata = offset.metadata.toUtf8();
        // Freed by librdkafka with the list.
        entry->metadata = ::strdup(metadata.constData());
        entry->metadata_size = static_cast<std::size_t>(metadata.size());
    }
    auto* member = rd_kafka_consumer_group_metadata_new(group.toUtf8().constData());
    auto* error = rd_kafka_send_offsets_to_transaction(d->handle, list.get(), member, ms);
    rd_kafka_consumer_group_metadata_destroy(member);
    if (error != nullptr)
        return d->take(QStringLiteral("commit offsets of %1").arg(group), error);
    // Flushes too. A time-out may be asked again: the outcome is the same one.
    for (int attempt = 0;; ++attempt) {
        error = rd_kafka_commit_transaction(d->handle, ms);
        if (error == nullptr)
            break;
        if (rd_kafka_error_is_retriable(error) == 0 || attempt >= 2)
            return d->take(QStringLiteral("commit a transaction"), error);
        rd_kafka_error_destroy(error);
    }
    return {};
}

Result<void> BulkProducer::abort(std::chrono::milliseconds timeout) {
    if (!d->transactional) {
        rd_kafka_purge(d->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_poll(d->handle, 0);
        return {};
    }
    for (int attempt = 0;; ++attempt) {
        auto* error = rd_kafka_abort_transaction(d->handle, static_cast<int>(timeout.count()));
        if (error == nullptr)
            return {};
        if (rd_kafka_error_is_retriable(error) == 0 || attempt >= 2)
            return d->take(QStringLiteral("abort a transaction"), error);
        rd_kafka_error_destroy(error);
    }
}

} // namespace models::client
