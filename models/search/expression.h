#pragma once
// The language of conditions over messages. Data, not code: nothing can be called, stored or repeated; text, depth and number of terms are bounded, and
// so is what one message can cost.
//
//     value.amount > 990 && headers.source == "web"
//     key startsWith "o-88" or value.customer.name =~ "(?i)gregor"
//     timestamp >= "2026-11-26 14:00" && !(partition in [0, 3])
//     value.lines[*].sku == "roach-spray" && size > 1000
//
//     expression := and { ("||" | "or") and }            and := not { ("&&" | "and") not }
//     not        := ("!" | "not") not | "(" expression ")" | term
//     term       := operand [ ("==" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "startsWith" | "endsWith") operand
//                           | "=~" text | "in" "[" literal { "," literal } "]" ]
//     operand    := place | literal                      literal := number | text | true | false | null
//     place      := ("key" | "value") { "." name | "[" number | "*" | text "]" }
//                 | "headers" ( "." name | "[" text "]" ) | "timestamp" | "partition" | "offset" | "size"
//
// key and value alone are their bytes as text (a JSON string is not unquoted); with a path they are fields of JSON. What is not there, and what is not
// JSON, is missing: it equals null, and is unequal to everything else; other comparisons with it are false. Values of different kinds are unequal.
// Headers are text; against a number they are read as one. A name may stand more than once among headers: any of them counts. A place alone asks
// whether it is there and neither null nor false. [*] is any element. timestamp against a text is a time, local unless it says otherwise.

#include "models/wire/record_cursor.h"

#include <QString>
#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace models::search {

/// What is wrong with a condition, where: [position, position + length) in UTF-16 units of the text.
struct ExpressionProblem {
    enum class Kind {
        Empty,
        TooLong,
        TooDeep,          ///< brackets or negations within each other
        TooManyTerms,
        UnknownCharacter,
        UnclosedText,
        BadEscape,
        BadNumber,
        ExpectedOperand,  ///< a place or a literal should stand here
        ExpectedOperator, ///< something follows that no operator joins
        ExpectedName,     ///< after a dot
        ExpectedClosing,  ///< `)` or `]`
        ExpectedText,
        ExpectedLiteral,
        UnknownName,      ///< no such place
        NoSuchField,      ///< `timestamp.x`
        HeadersNeedName,
        BadRegex,
        BadTime,
        NeverTrue,        ///< kinds that never compare: partition == "x"
    };
    Kind kind = Kind::Empty;
    qsizetype position = 0;
    qsizetype length = 0;
    QString detail; ///< the word or the library's reason
    bool operator==(const ExpressionProblem&) const = default;
};

/// A sentence for people, translated.
QString toText(const ExpressionProblem& problem);

struct Program;

/// A condition that was understood. Immutable, any thread; copies share.
class Expression {
public:
    static constexpr qsizetype kCharactersMax = 16'384;
    static constexpr int kDepthMax = 64;
    static constexpr int kTermsMax = 500;
    static std::expected<Expression, ExpressionProblem> parse(const QString& text);
    /// What the text is made of, for colours and completion: never fails.
    struct Token {
        enum class Kind { Place, Number, Text, Operator, Word, Bad } kind = Kind::Bad;
        qsizetype position = 0;
        qsizetype length = 0;
    };
    static std::vector<Token> tokens(const QString& text);

    [[nodiscard]] const Program& program() const { return *m_program; }

private:
    explicit Expression(std::shared_ptr<const Program> program) : m_program(std::move(program)) {}
    std::shared_ptr<const Program> m_program;
};

/// Asks messages. Holds a JSON parser, so it is of one thread; it never allocates for a message once it has seen the largest.
class Evaluator {
public:
    explicit Evaluator(const Expression& expression);
    ~Evaluator();
    Evaluator(const Evaluator&) = delete;
    Evaluator& operator=(const Evaluator&) = delete;
    /// The record's bytes must be readable for wire::FrameBuffer::kPaddingBytes more.
    bool matches(const wire::RawRecord& record, int partition);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace models::search
