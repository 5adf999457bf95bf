#include "embedded-broker/handlers/id_pattern.h"

#include <utility>

namespace broker::handlers {

namespace {

constexpr std::size_t kStepsMax = 2000;
constexpr int kDepthMax = 50;
constexpr std::uint32_t kRepeatMax = 1000;
constexpr int kWorkMax = 20'000;

using Step = IdPattern::Step;
using Set = std::vector<bool>;

Set none() { return Set(256, false); }

Set range(unsigned char from, unsigned char to) {
    Set set = none();
    for (unsigned c = from; c <= to; ++c)
        set[c] = true;
    return set;
}

void add(Set& to, const Set& more) {
    for (std::size_t i = 0; i < 256; ++i)
        to[i] = to[i] || more[i];
}

/// \d, \w, \s and their opposites; nothing for others.
std::optional<Set> named(char letter) {
    Set set = none();
    switch (letter | 0x20) {
    case 'd': set = range('0', '9'); break;
    case 'w':
        for (const auto& [from, to] : {std::pair{'0', '9'}, std::pair{'a', 'z'}, std::pair{'A', 'Z'}, std::pair{'_', '_'}})
            add(set, range(static_cast<unsigned char>(from), static_cast<unsigned char>(to)));
        break;
    case 's':
        for (const char c : {' ', '\t', '\n', '\r', '\f'})
            set[static_cast<unsigned char>(c)] = true;
        break;
    default: return std::nullopt;
    }
    if (letter < 'a')
        set.flip();
    return set;
}

bool isLetterOrDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

} // namespace

/// Writes the steps of an expression one part behind the other, each from where it starts to where the next one does.
class PatternParser {
public:
    explicit PatternParser(std::string_view text) : m_text(text) {}

    std::optional<IdPattern> run() {
        if (!alternatives(0) || m_at != m_text.size())
            return std::nullopt;
        emit({.kind = Step::Kind::Match});
        if (m_pattern.m_steps.size() > kStepsMax)
            return std::nullopt;
        return std::move(m_pattern);
    }

private:
    [[nodiscard]] bool more() const { return m_at < m_text.size(); }
    [[nodiscard]] char peek() const { return m_text[m_at]; }
    bool take(char c) {
        if (!more() || peek() != c)
            return false;
        ++m_at;
        return true;
    }
    std::uint32_t here() const { return static_cast<std::uint32_t>(m_pattern.m_steps.size()); }
    void emit(Step step) { m_pattern.m_steps.push_back(step); }
    void emit(Set set) {
        emit({.kind = Step::Kind::Bytes, .bytes = static_cast<std::uint32_t>(m_pattern.m_sets.size())});
        m_pattern.m_sets.push_back(std::move(set));
    }
    /// Room for a step in front of what was written from `at` on.
    void insert(std::uint32_t at, Step step) {
        for (auto& each : m_pattern.m_steps)
            for (auto* target : {&each.to, &each.other})
                if (*target > at || (*target == at && &each >= &m_pattern.m_steps[at]))
                    ++*target;
        m_pattern.m_steps.insert(m_pattern.m_steps.begin() + at, step);
    }

    bool alternatives(int depth) {
        if (depth > kDepthMax)
            return false;
        const auto start = here();
        if (!sequence(depth))
            return false;
        while (take('|')) {
            // Split to the first or the second; behind the first a jump over the second.
            insert(start, {.kind = Step::Kind::Split, .to = start + 1, .other = here() + 2});
            const auto jump = here();
            emit({.kind = Step::Kind::Jump});
            if (!sequence(depth))
                return false;
            m_pattern.m_steps[jump].to = here();
        }
        return true;
    }

    bool sequence(int depth) {
        while (more() && peek() != '|' && peek() != ')')
            if (!repeated(depth))
                return false;
        return true;
    }

    bool repeated(int depth) {
        const auto start = here();
        const auto textStart = m_at;
        if (!single(depth))
            return false;
        if (take('*')) {
            insert(start, {.kind = Step::Kind::Split, .to = start + 1, .other = here() + 2});
            emit({.kind = Step::Kind::Jump, .to = start});
        } else if (take('+')) {
            emit({.kind = Step::Kind::Split, .to = start, .other = here() + 1});
        } else if (take('?')) {
            insert(start, {.kind = Step::Kind::Split, .to = start + 1, .other = here() + 1});
        } else if (take('{')) {
            if (!counted(depth, start, textStart))
                return false;
        } else {
            return true;
        }
        take('?'); // as few as possible: for a whole id it is the same
        return !more() || (peek() != '*' && peek() != '+' && peek() != '?' && peek() != '{');
    }

    /// x{n}, x{n,}, x{n,m}: x is written as often as it must be, then what may be.
    bool counted(int depth, std::uint32_t start, std::size_t textStart) {
        const auto least = number();
        if (!least)
            return false;
        std::optional<std::uint32_t> most = least;
        const bool range = take(',');
        if (range)
            most = more() && peek() == '}' ? std::nullopt : number();
        if (!take('}') || (most && *most < *least))
            return false;
        const auto after = m_at;
        m_pattern.m_steps.resize(start);
        const auto again = [&] {
            m_at = textStart;
            const bool good = single(depth);
            m_at = after;
            return good;
        };
        for (std::uint32_t i = 0; i < *least; ++i)
            if (!again())
                return false;
        const std::uint32_t optional = most ? *most - *least : 1;
        for (std::uint32_t i = 0; i < optional; ++i) {
            const auto from = here();
            if (!again())
                return false;
            insert(from, {.kind = Step::Kind::Split, .to = from + 1, .other = here() + (most ? 1U : 2U)});
            if (!most)
                emit({.kind = Step::Kind::Jump, .to = from});
        }
        return true;
    }

    std::optional<std::uint32_t> number() {
        std::uint32_t value = 0;
        const auto start = m_at;
        while (more() && peek() >= '0' && peek() <= '9' && value <= kRepeatMax)
            value = value * 10 + static_cast<std::uint32_t>(m_text[m_at++] - '0');
        return m_at == start || value > kRepeatMax ? std::nullopt : std::optional(value);
    }

    bool single(int depth) {
        if (++m_work > kWorkMax || m_pattern.m_steps.size() > kStepsMax)
            return false;
        const char c = m_text[m_at++];
        bool good = true;
        switch (c) {
        case '(':
            if (take('?') && !take(':'))
                return false;
            good = alternatives(depth + 1) && take(')');
            break;
        case '[': good = characters(); break;
        case '.': {
            Set all(256, true);
            all['\n'] = false;
            emit(std::move(all));
            break;
        }
        case '^': emit({.kind = Step::Kind::Begin}); break;
        case '$': emit({.kind = Step::Kind::End}); break;
        case '\\': {
            const auto set = escaped();
            if (!set)
                return false;
            emit(*set);
            break;
        }
        case '*':
        case '+':
        case '?':
        case '{': return false;
        default: emit(range(static_cast<unsigned char>(c), static_cast<unsigned char>(c)));
        }
        return good;
    }

    std::optional<Set> escaped() {
        if (!more())
            return std::nullopt;
        const char c = m_text[m_at++];
        if (auto set = named(c))
            return set;
        if (isLetterOrDigit(c))
            return std::nullopt;
        return range(static_cast<unsigned char>(c), static_cast<unsigned char>(c));
    }

    bool characters() {
        const bool others = take('^');
        Set set = none();
        for (bool first = true;; first = false) {
            if (!more())
                return false;
            char c = m_text[m_at++];
            if (c == ']' && !first)
                break;
            if (c == '[' && more() && peek() == ':')
                return false;
            if (c == '\\') {
                if (!more())
                    return false;
                c = m_text[m_at++];
                if (const auto part = named(c)) {
                    add(set, *part);
                    continue;
                }
                if (isLetterOrDigit(c))
                    return false;
            }
            char last = c;
            if (m_at + 1 < m_text.size() && peek() == '-' && m_text[m_at + 1] != ']') {
                ++m_at;
                last = m_text[m_at++];
                if (last == '\\') {
                    if (!more())
                        return false;
                    last = m_text[m_at++];
                }
                if (static_cast<unsigned char>(last) < static_cast<unsigned char>(c))
                    return false;
            }
            add(set, range(static_cast<unsigned char>(c), static_cast<unsigned char>(last)));
        }
        if (others)
            set.flip();
        emit(std::move(set));
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_work = 0; ///< parts read, those read again counted again
    IdPattern m_pattern;
};

std::optional<IdPattern> IdPattern::parse(std::string_view text) { return PatternParser(text).run(); }

/// `from` and all that is reached from it without a byte.
void IdPattern::follow(std::vector<std::uint32_t>& steps, std::vector<bool>& there, std::uint32_t from, bool atBegin, bool atEnd) const {
    std::vector<std::uint32_t> left{from};
    while (!left.empty()) {
        const auto at = left.back();
        left.pop_back();
        if (there[at])
            continue;
        there[at] = true;
        const Step& step = m_steps[at];
        switch (step.kind) {
        case Step::Kind::Split:
            left.push_back(step.other);
            left.push_back(step.to);
            break;
        case Step::Kind::Jump: left.push_back(step.to); break;
        case Step::Kind::Begin:
            if (atBegin)
                left.push_back(at + 1);
            break;
        case Step::Kind::End:
            if (atEnd)
                left.push_back(at + 1);
            break;
        case Step::Kind::Bytes:
        case Step::Kind::Match: steps.push_back(at);
        }
    }
}

bool IdPattern::matches(std::string_view id) const {
    std::vector<std::uint32_t> now;
    std::vector<bool> there(m_steps.size(), false);
    follow(now, there, 0, true, id.empty());
    for (std::size_t i = 0; i < id.size(); ++i) {
        std::vector<std::uint32_t> next;
        there.assign(m_steps.size(), false);
        for (const auto at : now)
            if (m_steps[at].kind == Step::Kind::Bytes && m_sets[m_steps[at].bytes][static_cast<unsigned char>(id[i])])
                follow(next, there, at + 1, false, i + 1 == id.size());
        now = std::move(next);
    }
    for (const auto at : now)
        if (m_steps[at].kind == Step::Kind::Match)
            return true;
    return false;
}

} // namespace broker::handlers
