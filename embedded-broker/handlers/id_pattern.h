#pragma once
// A regular expression that a client sends, over a whole id. Matched in a time that grows with its length times the id's and no faster: expressions
// that make others search for ever are harmless here. The syntax is the part of RE2's that ids call for: literals and escapes, . and classes,
// \d \w \s, groups, |, * + ? {n,m} (lazy ones, too), ^ and $. Bytes, not characters: . is one byte.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace broker::handlers {

class IdPattern {
public:
    /// Nothing when it cannot be read, or comes to too many steps.
    static std::optional<IdPattern> parse(std::string_view text);
    [[nodiscard]] bool matches(std::string_view id) const;

    struct Step {
        enum class Kind : std::uint8_t { Bytes, Split, Jump, Begin, End, Match } kind = Kind::Match;
        std::uint32_t to = 0;      ///< Split, Jump
        std::uint32_t other = 0;   ///< Split
        std::uint32_t bytes = 0;   ///< Bytes: which set
    };

private:
    friend class PatternParser;
    void follow(std::vector<std::uint32_t>& steps, std::vector<bool>& there, std::uint32_t from, bool atBegin, bool atEnd) const;
    std::vector<Step> m_steps;
    std::vector<std::vector<bool>> m_sets; ///< 256 each
};

} // namespace broker::handlers
