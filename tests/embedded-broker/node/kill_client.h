#pragma once
// librdkafka as the loads of the kill tests use it: quick to come back after a kill, and never waited for when it goes.

#include <cstdint>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tests {

using KillSettings = std::vector<std::pair<const char*, std::string>>;

/// With short backoffs under `settings`; null when librdkafka does not want to, which is printed. `prepare`: callbacks.
rd_kafka_t* makeKillClient(rd_kafka_type_t type, const KillSettings& settings, void (*prepare)(rd_kafka_conf_t* conf, void* self) = nullptr,
                           void* self = nullptr);

/// librdkafka may never come back from destroying a consumer whose partitions move to another leader meanwhile (its issue 4674: one of its
/// broker threads waits for a reference that nobody gives back). That is no stall of the cluster: it happens aside, and nobody waits for it.
void destroyAside(rd_kafka_t* client);

/// A client that goes aside with its scope.
struct KillClient {
    rd_kafka_t* handle = nullptr;
    explicit KillClient(rd_kafka_t* client) : handle(client) {}
    ~KillClient() { destroyAside(handle); }
    KillClient(const KillClient&) = delete;
    KillClient& operator=(const KillClient&) = delete;
};

using KillList = std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>;
KillList newList(int size);

/// Asks until the cluster takes it, for at most half a minute.
bool createTopic(rd_kafka_t* client, const char* name, int partitions, int replicas);
/// The node that Metadata names as controller; -1 = unknown.
int controllerOf(rd_kafka_t* client);
/// A call whose answer is an event: `ask` sends it to the queue. Null when none comes in time; else to be destroyed.
template <class Ask>
rd_kafka_event_t* eventOf(rd_kafka_t* client, int patienceMs, Ask ask) {
    auto* queue = rd_kafka_queue_new(client);
    ask(queue);
    auto* event = rd_kafka_queue_poll(queue, patienceMs);
    rd_kafka_queue_destroy(queue);
    return event;
}

} // namespace tests
