#include "app/demo/settings_file.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>

namespace app::demo {

using broker::ErrorCode;
using broker::fail;

namespace {

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

} // namespace

broker::Result<std::vector<std::pair<std::string, std::string>>> readSettings(const std::string& path) {
    std::ifstream file(path);
    if (!file)
        return fail(errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Unavailable, fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
    std::vector<std::pair<std::string, std::string>> all;
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        line = trimmed(line);
        if (line.empty() || line.front() == '#')
            continue;
        const auto equals = line.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(ErrorCode::InvalidArgument, fmt::format("{}, line {}: KEY=VALUE is expected", path, number));
        all.emplace_back(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
    }
    return all;
}

} // namespace app::demo
