#include "tests/support/many_topics.h"

#include <QByteArray>
#include <chrono>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <vector>

namespace tests {
namespace {

constexpr int kTopicsARequest = 500;
constexpr int kRequestMs = 120'000;
constexpr int kBatches = 50; ///< of one second's messages: not all at once

using Handle = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;

Handle producer(const QString& servers, std::atomic<qint64>* answered) {
    char why[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", servers.toUtf8().constData(), why, sizeof why);
    rd_kafka_conf_set(conf, "acks", "1", why, sizeof why);
    rd_kafka_conf_set(conf, "linger.ms", "20", why, sizeof why);
    if (answered) {
        rd_kafka_conf_set_opaque(conf, answered);
        rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
            Q_UNUSED(message)
            ++*static_cast<std::atomic<qint64>*>(opaque);
        });
    }
    return {rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why), rd_kafka_destroy};
}

} // namespace

ManyTopics::ManyTopics(QString bootstrapServers, int count) : m_servers(std::move(bootstrapServers)), m_count(count) {}

ManyTopics::~ManyTopics() {
    m_stop = true;
    if (m_thread.joinable())
        m_thread.join();
}

QString ManyTopics::name(int i) { return QStringLiteral("shop-%1.events-%2").arg(i % 97, 2, 10, QChar(u'0')).arg(i, 5, 10, QChar(u'0')); }

QString ManyTopics::create() {
    const Handle handle = producer(m_servers, nullptr);
    if (!handle)
        return QStringLiteral("no client");
    std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(rd_kafka_queue_new(handle.get()), rd_kafka_queue_destroy);
    for (int first = 0; first < m_count; first += kTopicsARequest) {
        std::vector<rd_kafka_NewTopic_t*> topics;
        char why[512];
        for (int i = first; i < std::min(m_count, first + kTopicsARequest); ++i)
            topics.push_back(rd_kafka_NewTopic_new(name(i).toUtf8().constData(), 1, 1, why, sizeof why));
        rd_kafka_AdminOptions_t* options = rd_kafka_AdminOptions_new(handle.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS);
        rd_kafka_AdminOptions_set_request_timeout(options, kRequestMs, why, sizeof why);
        rd_kafka_AdminOptions_set_operation_timeout(options, kRequestMs, why, sizeof why);
        rd_kafka_CreateTopics(handle.get(), topics.data(), topics.size(), options, queue.get());
        rd_kafka_AdminOptions_destroy(options);
        rd_kafka_NewTopic_destroy_array(topics.data(), topics.size());
        const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> event(rd_kafka_queue_poll(queue.get(), kRequestMs), rd_kafka_event_destroy);
        if (!event)
            return QStringLiteral("no answer");
        if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return QString::fromUtf8(rd_kafka_event_error_string(event.get()));
        std::size_t count = 0;
        const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
        for (std::size_t i = 0; i < count; ++i)
            if (rd_kafka_topic_result_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR)
                return QString::fromUtf8(rd_kafka_topic_result_error_string(results[i]));
    }
    return {};
}

void ManyTopics::write() {
    m_thread = std::thread([this] { run(); });
}

void ManyTopics::run() {
    const Handle handle = producer(m_servers, &m_answered);
    auto next = std::chrono::steady_clock::now();
    qint64 sent = 0;
    for (qint64 n = 0; !m_stop; ++n) {
        // A cluster that is slower than that sets the pace: what piled up would only come later.
        while (!m_stop && sent - m_answered > m_count)
            rd_kafka_poll(handle.get(), 5);
        const int batch = static_cast<int>(n % kBatches);
        for (int i = batch; i < m_count; i += kBatches)
            sent += rd_kafka_producev(handle.get(), RD_KAFKA_V_TOPIC(name(i).toUtf8().constData()), RD_KAFKA_V_VALUE(const_cast<char*>("{\"moved\":true}"), 14), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR;
        next += std::chrono::milliseconds(1000 / kBatches);
        do
            rd_kafka_poll(handle.get(), 5);
        while (!m_stop && std::chrono::steady_clock::now() < next);
    }
    rd_kafka_purge(handle.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(handle.get(), 0);
}

} // namespace tests
