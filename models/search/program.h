#pragma once
// Inside models/search: a parsed condition. The parser makes it, the evaluator walks it.

#include <QtGlobal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace models::search {

class TextFinder;

/// A literal, or what a place holds while it is compared. Text points into the program, the message or the evaluator's scratch.
struct Scalar {
    enum class Kind { Missing, Null, Bool, Integer, Number, Text, Container } kind = Kind::Missing;
    bool truth = false;
    std::int64_t integer = 0;
    double number = 0;
    std::string_view text;
    [[nodiscard]] bool isNumber() const { return kind == Kind::Integer || kind == Kind::Number; }
    [[nodiscard]] double asNumber() const { return kind == Kind::Integer ? static_cast<double>(integer) : number; }
};

struct PathStep {
    enum class Kind { Field, Index, Any } kind = Kind::Field;
    std::string name;
    std::size_t index = 0;
};

struct Operand {
    enum class Kind { Literal, Key, Value, Header, Timestamp, Partition, Offset, Size } kind = Kind::Literal;
    std::vector<PathStep> path; ///< of Key and Value
    std::string name;           ///< of a header; the text of a literal
    Scalar literal;             ///< its text is `name`, see scalar()
    [[nodiscard]] Scalar scalar() const {
        Scalar value = literal;
        if (value.kind == Scalar::Kind::Text)
            value.text = name;
        return value;
    }
};

enum class Op { Or, And, Not, Truth, Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, Contains, StartsWith, EndsWith, Matches, In };

struct Node {
    Op op = Op::Truth;
    int left = -1;  ///< a node for Or, And, Not; else an operand
    int right = -1; ///< the same; for Matches the regex, for In the first of `count` operands
    int count = 0;
    int cost = 0;   ///< the cheaper side of And and Or is asked first: nothing has side effects
};

struct Program {
    std::vector<Node> nodes; ///< children before parents; the last one is the root
    std::vector<Operand> operands;
    std::vector<std::shared_ptr<const re2::RE2>> regexes;
    std::vector<std::shared_ptr<const TextFinder>> finders; ///< by operand: of texts that `contains` looks for
    [[nodiscard]] int root() const { return static_cast<int>(nodes.size()) - 1; }
};

} // namespace models::search
