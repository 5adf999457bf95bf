#include "models/client/record_reader.h"

#include "models/client/answers.h"
#include "models/client/native.h"

#include <QSet>
#include <vector>

namespace models::client {

struct RecordReader::Private {
    rd_kafka_t* handle = nullptr;
    rd_kafka_topic_t* topic = nullptr;
    rd_kafka_queue_t* queue = nullptr;
    QString name;
    QSet<int> started;

    void stopAll() {
        for (const int partition : started)
            rd_kafka_consume_stop(topic, partition);
        started.clear();
    }
    void setPaused(const QList<int>& partitions, bool paused) const {
        const native::ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
        for (const int partition : partitions)
            if (started.contains(partition))
                rd_kafka_topic_partition_list_add(list.get(), name.toUtf8().constData(), partition);
        if (list->cnt > 0)
            (paused ? rd_kafka_pause_partitions : rd_kafka_resume_partitions)(handle, list.get());
    }
};

namespace {

Record recordOf(const rd_kafka_message_t& message) {
    const auto bytes = [](const void* data, std::size_t size) { return QByteArray(static_cast<const char*>(data), static_cast<qsizetype>(size)); };
    Record record;
    record.partition = message.partition;
    record.offset = message.offset;
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    record.timestampMs = rd_kafka_message_timestamp(&message, &type);
    record.timestampType = type == RD_KAFKA_TIMESTAMP_CREATE_TIME ? TimestampType::CreateTime
        : type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME              ? TimestampType::LogAppendTime
                                                                  : TimestampType::None;
    if (message.key != nullptr)
        record.key = bytes(message.key, message.key_len);
    if (message.payload != nullptr)
        record.value = bytes(message.payload, message.len);
    record.leaderEpoch = rd_kafka_message_leader_epoch(&message);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
            record.headers.append({QByteArray(name), value == nullptr ? std::nullopt : std::optional<QByteArray>(bytes(value, size))});
    }
    return record;
}

} // namespace

RecordReader::RecordReader(std::unique_ptr<Private> inside) : d(std::move(inside)) {}

Result<std::unique_ptr<RecordReader>> RecordReader::open(const ClientConfig& config, const QString& topic, bool committed, bool strict) {
    // No group.id: a reader without one asks for no coordinator, so it leaves nothing behind on the cluster.
    ClientConfig clean = config;
    clean.properties.remove(QStringLiteral("group.id"));
    const QMap<QString, QString> extra{
        {QStringLiteral("isolation.level"), committed ? QStringLiteral("read_committed") : QStringLiteral("read_uncommitted")},
        {QStringLiteral("enable.partition.eof"), QStringLiteral("true")},
        {QStringLiteral("enable.auto.commit"), QStringLiteral("false")},
        {QStringLiteral("allow.auto.create.topics"), QStringLiteral("false")},
        {QStringLiteral("auto.offset.reset"), strict ? QStringLiteral("error") : QStringLiteral("earliest")},
        {QStringLiteral("check.crcs"), strict ? QStringLiteral("true") : QStringLiteral("false")},
        {QStringLiteral("fetch.wait.max.ms"), QStringLiteral("100")},
        {QStringLiteral("fetch.error.backoff.ms"), QStringLiteral("100")},
        {QStringLiteral("fetch.queue.backoff.ms"), QStringLiteral("10")}, // its default of a second would stand between two reads
        {QStringLiteral("queued.min.messages"), QStringLiteral("2000")},
        {QStringLiteral("queued.max.messages.kbytes"), QStringLiteral("16384")},
        {QStringLiteral("reconnect.backoff.ms"), QStringLiteral("50")},
        {QStringLiteral("reconnect.backoff.max.ms"), QStringLiteral("2000")},
        {QStringLiteral("log_level"), QStringLiteral("2")},
    };
    auto conf = native::makeConf(clean, extra);
    if (!conf)
        return std::unexpected(conf.error());
    auto handle = native::makeHandle(RD_KAFKA_CONSUMER, std::move(*conf));
    if (!handle)
        return std::unexpected(handle.error());
    auto d = std::make_unique<Private>();
    d->handle = *handle;
    d->name = topic;
    d->topic = rd_kafka_topic_new(d->handle, topic.toUtf8().constData(), nullptr);
    if (d->topic == nullptr) {
        const auto error = native::makeError(QStringLiteral("read %1").arg(topic), rd_kafka_last_error(), nullptr);
        native::announceDeparture();
        native::destroyElsewhere(d->handle);
        return std::unexpected(error);
    }
    d->queue = rd_kafka_queue_new(d->handle);
    return std::unique_ptr<RecordReader>(new RecordReader(std::move(d)));
}

RecordReader::~RecordReader() {
    native::announceDeparture();
    native::destroyElsewhere(d->handle, [topic = d->topic, queue = d->queue, started = d->started] {
        for (const int partition : started)
            rd_kafka_consume_stop(topic, partition);
        rd_kafka_topic_destroy(topic);
        rd_kafka_queue_destroy(queue);
    });
}

Result<TopicState> RecordReader::topicState(std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("read %1").arg(d->name);
    const struct rd_kafka_metadata* found = nullptr;
    if (const auto error = rd_kafka_metadata(d->handle, 0, d->topic, &found, static_cast<int>(timeout.count())); error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::unexpected(native::makeError(what, error, nullptr));
    const auto metadata = answers::metadata(*found);
    rd_kafka_metadata_destroy(found);
    for (const auto& topic : metadata.topics) {
        if (topic.name != d->name)
            continue;
        if (topic.error)
            return std::unexpected(*topic.error);
        return topic;
    }
    return fail(ErrorCode::NotFound, what, QStringLiteral("there is no such topic"));
}

Result<std::pair<qint64, qint64>> RecordReader::extent(int partition, std::chrono::milliseconds timeout) {
    int64_t first = 0, end = 0;
    const auto error = rd_kafka_query_watermark_offsets(d->handle, d->name.toUtf8().constData(), partition, &first, &end, static_cast<int>(timeout.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::unexpected(native::makeError(QStringLiteral("read %1-%2").arg(d->name).arg(partition), error, nullptr));
    return std::pair<qint64, qint64>(first, end);
}

Result<void> RecordReader::assign(const QList<Start>& starts) {
    d->stopAll();
    for (const auto& start : starts) {
        if (rd_kafka_consume_start_queue(d->topic, start.partition, start.offset, d->queue) != 0)
            return std::unexpected(native::makeError(QStringLiteral("read %1-%2").arg(d->name).arg(start.partition), rd_kafka_last_error(), nullptr));
        d->started.insert(start.partition);
    }
    return {};
}

void RecordReader::pause(const QList<int>& partitions) { d->setPaused(partitions, true); }
void RecordReader::resume(const QList<int>& partitions) { d->setPaused(partitions, false); }
void RecordReader::wake() { rd_kafka_queue_yield(d->queue); }

Result<RecordReader::Batch> RecordReader::poll(int recordsMax, qint64 bytesMax, std::chrono::milliseconds timeout) {
    Batch batch;
    qint64 bytes = 0;
    int wait = static_cast<int>(timeout.count());
    std::vector<rd_kafka_message_t*> messages(static_cast<std::size_t>(std::clamp(recordsMax, 1, 500)));
    while (batch.records.size() < recordsMax && bytes < bytesMax) {
        const auto room = std::min<std::size_t>(messages.size(), static_cast<std::size_t>(recordsMax - batch.records.size()));
        // librdkafka waits until the array is full or the time is over: so one by one while waiting, then all that stands there.
        const auto count = rd_kafka_consume_batch_queue(d->queue, wait, messages.data(), wait > 0 ? 1 : room);
        if (count <= 0)
            break;
        wait = 0;
        for (ssize_t i = 0; i < count; ++i) {
            const auto& message = *messages[static_cast<std::size_t>(i)];
            if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                batch.records.append(recordOf(message));
                bytes += batch.records.last().sizeBytes() + 64;
            } else if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                batch.endReached.append(message.partition);
                batch.endOffset.insert(message.partition, message.offset);
            } else {
                batch.failed.insert(message.partition,
                    native::makeError(QStringLiteral("read %1-%2").arg(d->name).arg(message.partition), message.err, rd_kafka_message_errstr(&message)));
            }
            rd_kafka_message_destroy(messages[static_cast<std::size_t>(i)]);
        }
    }
    return batch;
}

} // namespace models::client
