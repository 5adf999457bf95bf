#pragma once
// A program of the user's, run with a cluster in its environment.

#include "embedded-broker/base/error.h"

#include <string>
#include <vector>

namespace app::cli {

/// Runs `command` (looked up in PATH) with `environment` ("NAME=VALUE") added, passes SIGTERM, SIGINT and SIGHUP on to it,
/// and waits. Its exit code, 128 + N when signal N ended it, 127 when there is no such program, 126 when it cannot run.
int runCommand(const std::vector<std::string>& command, const std::vector<std::string>& environment);

} // namespace app::cli
