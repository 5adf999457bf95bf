#pragma once
// `samsa replay`: copies a range of messages, with its plan first and its progress on standard error; run again after a crash it goes on where it was.

#include <string>

namespace app::replay {

/// kRefused: the plan says that it cannot work, or the connection is marked production. kInterrupted: stopped by a signal, can be gone on with.
enum ExitCode { kOk = 0, kFailure = 1, kUsage = 2, kRefused = 3, kInterrupted = 130 };

/// What the command line said.
struct Request {
    std::string servers, topic, propertiesFile;
    std::string targetServers, targetTopic, targetPropertiesFile;
    bool keepPartition = false;
    std::string from, until; ///< offsets or times
    long long rate = 0;
    bool withoutTransactions = false;
    bool planOnly = false;
    bool yes = false;
    bool quiet = false;
    std::string unlock; ///< name of the production connection that may be written to
};

int run(const Request& request);

} // namespace app::replay
