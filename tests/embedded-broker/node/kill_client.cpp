#include "tests/embedded-broker/node/kill_client.h"

#include <chrono>
#include <fmt/format.h>
#include <thread>

namespace tests {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

rd_kafka_t* makeKillClient(rd_kafka_type_t type, const KillSettings& settings, void (*prepare)(rd_kafka_conf_t* conf, void* self), void* self) {
    auto* conf = rd_kafka_conf_new();
    char error[256];
    const auto set = [&](const char* name, const std::string& value) {
        if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK)
            fmt::print(stderr, "{}: {}\n", name, error);
    };
    for (const auto& [name, value] : KillSettings{{"retry.backoff.ms", "20"}, {"retry.backoff.max.ms", "100"}, {"reconnect.backoff.ms", "10"},
                                                  {"reconnect.backoff.max.ms", "100"}, {"topic.metadata.refresh.fast.interval.ms", "10"}, {"log_level", "2"}})
        set(name, value);
    for (const auto& [name, value] : settings)
        set(name, value);
    if (prepare)
        prepare(conf, self);
    auto* client = rd_kafka_new(type, conf, error, sizeof error);
    if (!client)
        fmt::print(stderr, "librdkafka: {}\n", error);
    return client;
}

void destroyAside(rd_kafka_t* client) {
    if (client)
        std::thread([client] { rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }).detach();
}

KillList newList(int size) { return {rd_kafka_topic_partition_list_new(size), rd_kafka_topic_partition_list_destroy}; }

bool createTopic(rd_kafka_t* client, const char* name, int partitions, int replicas) {
    for (const auto end = Clock::now() + 30s; Clock::now() < end;) {
        char error[256];
        auto* topic = rd_kafka_NewTopic_new(name, partitions, replicas, error, sizeof error);
        auto* event = eventOf(client, 10'000, [&](rd_kafka_queue_t* queue) { rd_kafka_CreateTopics(client, &topic, 1, nullptr, queue); });
        bool made = false;
        if (event && !rd_kafka_event_error(event)) {
            std::size_t count = 0;
            const auto* const* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
            const auto code = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;
            made = code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
        }
        if (event)
            rd_kafka_event_destroy(event);
        rd_kafka_NewTopic_destroy(topic);
        if (made)
            return true;
        rd_kafka_poll(client, 100); // what the client has to tell, before it is asked again
    }
    return false;
}

int controllerOf(rd_kafka_t* client) {
    const rd_kafka_metadata_t* metadata = nullptr;
    if (rd_kafka_metadata(client, 0, nullptr, &metadata, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
    return rd_kafka_controllerid(client, 0);
}

} // namespace tests
