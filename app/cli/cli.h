#pragma once
// The command line: everything that `samsa` does without a window. No Qt here, so that a command costs milliseconds.

namespace app::cli {

/// Exit codes of every command; `cluster run` answers with its command's own.
enum ExitCode { kOk = 0, kFailure = 1, kUsage = 2, kNoSuchCluster = 3 };

/// `samsa cluster ...`: argv[0] is "cluster". Returns the process's exit code.
int runCluster(int argc, char** argv);

/// The commands there are, for `samsa --help`.
void printHelp();

} // namespace app::cli
