#pragma once
// `samsa search`: matches on standard output, progress on standard error.

#include <optional>
#include <string>
#include <vector>

namespace app::search {

/// kIncomplete: partitions, batches or a budget kept some messages from being looked at; what was found is printed all the same.
enum ExitCode { kOk = 0, kFailure = 1, kUsage = 2, kIncomplete = 3, kInterrupted = 130 };

/// What the command line said.
struct Request {
    std::string servers;
    std::string topic;
    std::string propertiesFile;
    std::optional<std::string> text, regex, where; ///< one of them
    std::vector<int> partitions;
    std::optional<long long> fromMs, untilMs;
    bool count = false;
    long long limit = 0;
    std::uint64_t bytesMax = 0;
    std::uint64_t bytesPerSecond = 0;
    bool committed = false;
    bool checkCrc = false;
    bool quiet = false;
};

int run(const Request& request);

} // namespace app::search
