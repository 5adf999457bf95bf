#include "embedded-broker/node/properties.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace broker::node {

namespace {

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\r'; }

std::string_view trimLeft(std::string_view text) {
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    return text;
}

/// Natural lines joined where they end in an odd number of backslashes.
std::vector<std::string> logicalLines(std::string_view text) {
    std::vector<std::string> lines;
    bool joining = false;
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        line = trimLeft(line);
        if (!joining && (line.empty() || line.front() == '#' || line.front() == '!'))
            continue;
        const auto lastOther = line.find_last_not_of('\\');
        const std::size_t slashes = line.size() - (lastOther == std::string_view::npos ? 0 : lastOther + 1);
        const bool joins = slashes % 2 == 1;
        if (joins)
            line.remove_suffix(1);
        if (joining)
            lines.back() += line;
        else
            lines.emplace_back(line);
        joining = joins;
    }
    return lines;
}

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        unsigned code = 0;
        if (c == 'u' && i + 4 < text.size() + 0 && std::from_chars(text.data() + i + 1, text.data() + i + 5, code, 16).ec == std::errc{} && code < 128) {
            out += static_cast<char>(code);
            i += 4;
            continue;
        }
        out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
    }
    return out;
}

} // namespace

Result<std::vector<std::pair<std::string, std::string>>> parseProperties(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> properties;
    for (const std::string& line : logicalLines(text)) {
        std::size_t end = 0;
        while (end < line.size() && line[end] != '=' && line[end] != ':' && !isBlank(line[end]))
            end += line[end] == '\\' && end + 1 < line.size() ? 2 : 1;
        std::string_view rest = trimLeft(std::string_view(line).substr(end));
        if (!rest.empty() && (rest.front() == '=' || rest.front() == ':'))
            rest = trimLeft(rest.substr(1));
        std::string name = unescape(std::string_view(line).substr(0, end));
        std::string value = unescape(rest);
        while (!value.empty() && isBlank(value.back())) // Java keeps it; nobody ever means it
            value.pop_back();
        if (std::ranges::any_of(properties, [&](const auto& p) { return p.first == name; }))
            return fail(ErrorCode::InvalidArgument, fmt::format("The setting {} is given twice; keep one of the two lines.", name));
        properties.emplace_back(std::move(name), std::move(value));
    }
    return properties;
}

} // namespace broker::node
