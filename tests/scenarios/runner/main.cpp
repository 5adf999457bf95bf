// samsa-scenarios -b HOST:PORT FILE...: exit 0 when every answer was the expected one.
#include "tests/scenarios/runner/scenario.h"

#include <cstdio>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

using namespace scenarios;

int main(int argc, char** argv) {
    std::string servers;
    std::vector<std::string> files;
    std::optional<Login> admin;
    bool show = false;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "-b" && i + 1 < argc)
            servers = argv[++i];
        else if (word == "--cluster" && i + 1 < argc) {
            // What `samsa cluster up --secure --json` printed: addresses, CA and users.
            std::ifstream file(argv[++i]);
            const auto cluster = nlohmann::json::parse(file, nullptr, false);
            if (!cluster.is_object() || !cluster.contains("users") || cluster["users"].empty()) {
                fmt::print(stderr, "{} is not the JSON of a secure cluster\n", argv[i]);
                return 2;
            }
            servers = cluster["bootstrapServers"].get<std::string>();
            admin = Login{cluster["caFile"].get<std::string>(), cluster["users"][0]["name"].get<std::string>(), cluster["users"][0]["password"].get<std::string>()};
        } else if (word == "--show")
            show = true;
        else
            files.push_back(word);
    }
    const auto colon = servers.find(':');
    if (colon == std::string::npos || files.empty()) {
        fmt::print(stderr, "usage: samsa-scenarios -b HOST:PORT | --cluster FILE.json [--show] FILE...\n");
        return 2;
    }
    const std::string host = servers.substr(0, colon);
    const auto port = static_cast<std::uint16_t>(std::stoi(servers.substr(colon + 1)));
    int passed = 0;
    int failed = 0;
    for (const auto& file : files) {
        try {
            const auto commands = parseFile(file);
            Scenario scenario(host, port, fmt::format("-{:06x}", std::random_device{}() & 0xFFFFFFU), admin);
            bool good = !commands.empty();
            for (const auto& command : commands) {
                std::vector<std::string> got;
                try {
                    got = scenario.run(command);
                } catch (const std::exception& error) {
                    got = {std::string("error: ") + error.what()};
                }
                if (show)
                    fmt::print("{}\n> {}\n", fmt::join(command.words, " "), fmt::join(got, "\n> "));
                if (got != command.expected) {
                    good = false;
                    fmt::print("{}:{}: {}\n  expected: {}\n  answered: {}\n", file, command.line, fmt::join(command.words, " "),
                        fmt::join(command.expected, "\n            "), fmt::join(got, "\n            "));
                }
            }
            fmt::print("{} {}\n", good ? "PASS" : "FAIL", file);
            ++(good ? passed : failed);
        } catch (const std::exception& error) {
            fmt::print("FAIL {}: {}\n", file, error.what());
            ++failed;
        }
    }
    fmt::print("{} passed, {} failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
