#pragma once
// Kafka's code for what the group coordinator said.

#include "embedded-broker/groups/group_errors.h"
#include "embedded-broker/protocol/kafka_error.h"

namespace broker::handlers {

protocol::KafkaError kafkaError(groups::GroupError error);
inline std::int16_t errorCode(groups::GroupError error) { return protocol::code(kafkaError(error)); }

} // namespace broker::handlers
