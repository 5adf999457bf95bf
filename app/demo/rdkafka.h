#pragma once
// librdkafka's handles, owned. Private to this library.

#include "embedded-broker/base/error.h"

#include <initializer_list>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace app::demo {

template <auto Destroy>
struct Deleter {
    template <class T>
    void operator()(T* handle) const {
        Destroy(handle);
    }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, Deleter<rd_kafka_conf_destroy>>;
using Handle = std::unique_ptr<rd_kafka_t, Deleter<rd_kafka_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, Deleter<rd_kafka_topic_partition_list_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Deleter<rd_kafka_NewTopic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Deleter<rd_kafka_queue_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, Deleter<rd_kafka_event_destroy>>;
using MessagePtr = std::unique_ptr<rd_kafka_message_t, Deleter<rd_kafka_message_destroy>>;

using Properties = std::vector<std::pair<std::string, std::string>>;

/// The later lists win. InvalidArgument names the property.
broker::Result<Conf> makeConf(std::initializer_list<const Properties*> lists);
/// Takes the configuration over.
broker::Result<Handle> makeClient(rd_kafka_type_t type, Conf conf);

} // namespace app::demo
