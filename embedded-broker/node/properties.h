#pragma once
// Java's properties format, as Kafka's server.properties uses it.

#include "embedded-broker/base/error.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace broker::node {

/// Name and value in the order of the file: `name=value`, `name: value` or `name value`; '#' and '!' start comment lines; a backslash
/// at the end joins the next line; \t \n \r \f \\ \: \= and \uXXXX (ASCII) are understood. A name given twice is InvalidArgument: which
/// of the two was meant is a guess.
Result<std::vector<std::pair<std::string, std::string>>> parseProperties(std::string_view text);

} // namespace broker::node
