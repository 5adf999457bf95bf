#pragma once
// Which names a topic may have, in Kafka's words.

#include <optional>
#include <string>
#include <string_view>

namespace broker::metadata {

inline constexpr std::size_t kTopicNameMax = 249;

/// Nothing when the name is fine, else Kafka's sentence.
std::optional<std::string> topicNameProblem(std::string_view name);
/// Metric names turn '.' into '_': names that are equal then collide.
std::string collisionKey(std::string_view name);

} // namespace broker::metadata
