// samsa: the command line itself, and the door to the programs that need more libraries. They are programs of their
// own because loading Qt or librdkafka costs more than starting a cluster.
#include "app/cli/cli.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

int become(const char* program, char** argv) {
    std::error_code error;
    const std::string path = (std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / program).string();
    ::execv(path.c_str(), argv);
    fmt::print(stderr, "samsa: {} cannot be started: {}; it belongs beside samsa, so install or build it again\n", path, std::strerror(errno));
    return app::cli::kFailure;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "cluster")
        return app::cli::runCluster(argc - 1, argv + 1);
    if (first == "demo")
        return become("samsa-demo", argv + 1);
    if (first == "search")
        return become("samsa-search", argv + 1);
    if (first == "replay")
        return become("samsa-replay", argv + 1);
    if (first == "--help" || first == "-h" || first == "help") {
        app::cli::printHelp();
        return app::cli::kOk;
    }
    if (first == "--version") {
        fmt::print("samsa {}\n", SAMSA_VERSION);
        return app::cli::kOk;
    }
    // Options and places (samsa:...) are the window's.
    if (first.empty() || first.starts_with('-') || first.starts_with("samsa:"))
        return become("samsa-window", argv);
    fmt::print(stderr, "samsa: there is no command '{}'; 'samsa --help' shows those there are\n", first);
    return app::cli::kUsage;
}
