#pragma once
// What librdkafka says when the other end is no Kafka broker, or speaks TLS where plaintext was meant, in words that help.
// It takes the first four bytes of whatever comes for a length and advises to raise receive.message.max.bytes. Pure; any thread.

#include "models/base/error.h"

namespace models::client {

/// `error` as it is, or with the reason that its words hide.
[[nodiscard]] Error withPlainReason(Error error);

} // namespace models::client
