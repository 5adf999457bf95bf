#pragma once
// The records of internal topics as one line of text each, for people who look into a log. Secrets print as ***.

#include "embedded-broker/protocol/codec.h"

#include <cstdint>
#include <optional>
#include <string>

namespace broker::protocol {

enum class CoordinatorTopic { Groups, Transactions, Share };

/// The topics that hold coordinators' records, by name; nothing for others.
std::optional<CoordinatorTopic> coordinatorTopic(std::string_view topic);

/// The value of a record in __cluster_metadata: "TopicRecord{name: ...}". Unsupported: a type or version we do not know.
Result<std::string> printMetadataRecord(const Slice& value);
/// "OffsetCommitKey{...} = OffsetCommitValue{...}", or "... = null" for a tombstone.
Result<std::string> printCoordinatorRecord(CoordinatorTopic topic, const Slice& key, const std::optional<Slice>& value);

namespace detail { // generated: record_print_table.cpp
using Show = Result<std::string> (*)(Reader& reader, std::int16_t version);
Show metadataRecord(std::int16_t type);
Show groupKey(std::int16_t type);
Show groupValue(std::int16_t type);
Show transactionKey(std::int16_t type);
Show transactionValue(std::int16_t type);
Show shareKey(std::int16_t type);
Show shareValue(std::int16_t type);
} // namespace detail

} // namespace broker::protocol
