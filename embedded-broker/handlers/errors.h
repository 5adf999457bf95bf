#pragma once
// The engine's failures in Kafka's codes. Exhaustive: a new ErrorCode does not compile without a line here.

#include "embedded-broker/base/error.h"
#include "embedded-broker/protocol/kafka_error.h"

namespace broker::handlers {

[[nodiscard]] protocol::KafkaError toKafka(ErrorCode code);
[[nodiscard]] inline std::int16_t wireCode(const Error& error) { return protocol::code(toKafka(error.code)); }

} // namespace broker::handlers
