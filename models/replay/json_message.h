#pragma once
// One message as a line of JSON: as `samsa search` prints it, or written by hand. Pure; any thread.
//
//     {"topic":"orders","partition":0,"offset":7,"timestamp":1764165600000,"key":"o-1","headers":[{"key":"source","value":"web"}],"value":"{\"n\":1}"}
//     {"key": "o-1", "value": {"n": 1}, "headers": {"source": "web"}, "timestamp": "2026-11-26T14:00:00Z"}
//     {"key": "o-1", "value": null}
//
// "value" must be there; null is a tombstone. What is not a text is taken as it is written: {"n": 1}. "keyEncoding", "valueEncoding" and, in a header, "keyEncoding" and
// "encoding" may say "base64". "topic" and "offset" are where it came from, and are passed over. Anything else is a mistake, so that a misspelt name is not one silently.

#include "models/client/kafka_types.h"

#include <expected>
#include <string_view>

namespace models::replay {

struct JsonMessage {
    client::Record record; ///< partition as wished; -1 = none
};

/// The error is a sentence without the number of the line: "\"valeu\" is not a field of a message."
std::expected<JsonMessage, QString> parseJsonMessage(std::string_view line);

} // namespace models::replay
