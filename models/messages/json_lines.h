#pragma once
// Messages as NDJSON: one object a line, in the order of its fields always the same. models/replay reads it again.

#include "models/client/kafka_types.h"
#include "models/wire/record_cursor.h"

#include <string>
#include <string_view>

namespace models::messages {

/// {"topic":"orders","partition":0,"offset":1,"timestamp":1764165600000,"key":"o-1","headers":[{"key":"source","value":"web"}],"value":"{..}"}
/// Null stays null. Bytes that are not UTF-8 are written as base64, and a field "keyEncoding", "valueEncoding" or, in a header, "encoding" says "base64".
/// Control characters are escaped, so that no message can talk to a terminal.
void appendJsonLine(std::string& to, std::string_view topic, const wire::ScanBatch& batch, const wire::RawRecord& record);
void appendJsonLine(std::string& to, std::string_view topic, const client::Record& record);

/// Quoted and escaped; must be UTF-8.
void appendJsonText(std::string& to, std::string_view utf8);

} // namespace models::messages
