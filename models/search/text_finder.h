#pragma once
// Finds one fixed text in bytes, many gigabytes a second: compares the first and the last byte of the text at 32 places at a time (AVX2 where the
// processor has it, else libc). Value, any thread.

#include <string>
#include <string_view>

namespace models::search {

class TextFinder {
public:
    explicit TextFinder(std::string text);
    [[nodiscard]] const std::string& text() const { return m_text; }
    /// Where it begins at or after `from`, npos = nowhere. An empty text is found at `from`.
    [[nodiscard]] std::size_t find(std::string_view in, std::size_t from = 0) const;
    [[nodiscard]] bool isIn(std::string_view in) const { return find(in) != std::string_view::npos; }

private:
    std::string m_text;
    bool m_wide; ///< 256-bit instructions are there
};

} // namespace models::search
