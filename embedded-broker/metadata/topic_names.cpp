#include "embedded-broker/metadata/topic_names.h"

#include <algorithm>
#include <fmt/format.h>

namespace broker::metadata {

std::optional<std::string> topicNameProblem(std::string_view name) {
    if (name.empty())
        return "Topic name is invalid: the empty string is not allowed";
    if (name == "." || name == "..")
        return fmt::format("Topic name is invalid: '{}' is not allowed", name);
    if (name.size() > kTopicNameMax)
        return fmt::format("Topic name is invalid: the length of '{}' is longer than the max allowed length {}", name, kTopicNameMax);
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    if (!std::ranges::all_of(name, allowed))
        return fmt::format("Topic name is invalid: '{}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'", name);
    return std::nullopt;
}

std::string collisionKey(std::string_view name) {
    std::string key(name);
    std::ranges::replace(key, '.', '_');
    return key;
}

} // namespace broker::metadata
