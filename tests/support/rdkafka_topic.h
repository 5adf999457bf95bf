#pragma once
// Topics of a real cluster by librdkafka, for tests that need one before the program under test runs.

#include <librdkafka/rdkafka.h>
#include <utility>
#include <vector>

namespace tests {

/// Waits for the answer, and takes the queue away. True: it was done.
inline bool done(rd_kafka_queue_t* queue) {
    auto* event = rd_kafka_queue_poll(queue, 20'000);
    const bool good = event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (event != nullptr)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return good;
}

/// With one replica.
inline bool createTopic(rd_kafka_t* handle, const char* name, int partitions, const std::vector<std::pair<const char*, const char*>>& settings) {
    char reason[256];
    auto* topic = rd_kafka_NewTopic_new(name, partitions, 1, reason, sizeof reason);
    for (const auto& [key, value] : settings)
        rd_kafka_NewTopic_set_config(topic, key, value);
    auto* queue = rd_kafka_queue_new(handle);
    rd_kafka_CreateTopics(handle, &topic, 1, nullptr, queue);
    rd_kafka_NewTopic_destroy(topic);
    return done(queue);
}

} // namespace tests
