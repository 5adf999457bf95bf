#pragma once
// java.lang.String.hashCode: Kafka finds the partition of a group or a transactional id with it.

#include "embedded-broker/base/ids.h"

#include <cstdint>
#include <string_view>

namespace broker {

/// Over the UTF-16 code units of a UTF-8 text. Bytes that are not UTF-8 count as one unit each: such ids do not come from Java.
[[nodiscard]] std::int32_t javaHash(std::string_view text);

/// Kafka's rule for coordinators: abs(hash of the id) % partitions. `partitions` > 0.
[[nodiscard]] PartitionIndex partitionOfId(std::string_view id, std::int32_t partitions);

} // namespace broker
