#pragma once
// A file of librdkafka's client properties: KEY=VALUE lines, # comments, as kcat and confluent's tools read it.

#include "embedded-broker/base/error.h"

#include <string>
#include <utility>
#include <vector>

namespace app::demo {

/// NotFound or Unavailable: the file cannot be read. InvalidArgument names the line. The text of a value is in no error.
broker::Result<std::vector<std::pair<std::string, std::string>>> readSettings(const std::string& path);

} // namespace app::demo
