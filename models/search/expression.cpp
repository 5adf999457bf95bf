// Text -> tokens -> Program. Recursion is bounded by kDepthMax, everything else by the length of the text.
#include "models/search/expression.h"

#include "models/search/program.h"
#include "models/search/text_finder.h"

#include <QDateTime>
#include <QStringView>
#include <array>
#include <re2/re2.h>

namespace models::search {
namespace {

using Kind = ExpressionProblem::Kind;

enum class Lex { Name, Number, Text, Symbol, Bad, End };

struct Token {
    Lex lex = Lex::End;
    qsizetype position = 0;
    qsizetype length = 0;
    QString text;             ///< of a Text: without quotes and escapes
    Kind problem = Kind::Empty; ///< of a Bad one
};

bool startsName(QChar c) { return c.isLetter() || c == u'_' || c == u'$' || c == u'@' || c.isSurrogate(); }
bool inName(QChar c) { return startsName(c) || c.isDigit() || c == u'-'; } // there is no arithmetic: trace-id is a name
bool isDigit(QChar c) { return c >= u'0' && c <= u'9'; }

/// One token at a time; never fails, a bad one is a token too.
class Lexer {
public:
    explicit Lexer(QStringView text) : m_text(text) {}

    Token next() {
        while (m_at < m_text.size() && m_text[m_at].isSpace())
            ++m_at;
        Token token;
        token.position = m_at;
        if (m_at == m_text.size())
            return token;
        const QChar c = m_text[m_at];
        if (startsName(c)) {
            while (m_at < m_text.size() && inName(m_text[m_at]))
                ++m_at;
            return finish(token, Lex::Name);
        }
        if (isDigit(c) || (c == u'-' && m_at + 1 < m_text.size() && isDigit(m_text[m_at + 1])))
            return number(token);
        if (c == u'"' || c == u'\'')
            return text(token, c);
        static constexpr std::array<QStringView, 7> doubles{u"&&", u"||", u"==", u"!=", u"<=", u">=", u"=~"};
        for (const auto symbol : doubles)
            if (m_text.mid(m_at).startsWith(symbol)) {
                m_at += 2;
                return finish(token, Lex::Symbol);
            }
        ++m_at;
        static constexpr QStringView singles = u"<>=!()[],.*";
        if (singles.contains(c))
            return finish(token, Lex::Symbol);
        token.problem = Kind::UnknownCharacter;
        return finish(token, Lex::Bad);
    }

private:
    Token finish(Token& token, Lex lex) const {
        token.lex = lex;
        token.length = m_at - token.position;
        if (lex != Lex::Text)
            token.text = m_text.mid(token.position, token.length).toString();
        return token;
    }
    void digits() {
        while (m_at < m_text.size() && isDigit(m_text[m_at]))
            ++m_at;
    }
    Token number(Token& token) {
        ++m_at;
        digits();
        if (m_at + 1 < m_text.size() && m_text[m_at] == u'.' && isDigit(m_text[m_at + 1])) {
            ++m_at;
            digits();
        }
        if (m_at < m_text.size() && (m_text[m_at] == u'e' || m_text[m_at] == u'E')) {
            ++m_at;
            if (m_at < m_text.size() && (m_text[m_at] == u'+' || m_text[m_at] == u'-'))
                ++m_at;
            digits();
        }
        while (m_at < m_text.size() && inName(m_text[m_at])) // 12abc is one bad number, not a number and a name
            ++m_at;
        finish(token, Lex::Number);
        bool ok = false;
        const double value = token.text.toDouble(&ok);
        if (!ok || !qIsFinite(value)) {
            token.lex = Lex::Bad;
            token.problem = Kind::BadNumber;
        }
        return token;
    }
    Token text(Token& token, QChar quote) {
        ++m_at;
        bool badEscape = false;
        while (m_at < m_text.size() && m_text[m_at] != quote) {
            if (m_text[m_at] != u'\\') {
                token.text += m_text[m_at++];
                continue;
            }
            if (++m_at == m_text.size())
                break;
            const QChar escape = m_text[m_at++];
            static constexpr QStringView from = u"nrtbf\"'\\/";
            static constexpr QStringView to = u"\n\r\t\b\f\"'\\/";
            if (const auto known = from.indexOf(escape); known >= 0) {
                token.text += to[known];
            } else if (escape == u'u' && m_at + 4 <= m_text.size()) {
                bool ok = false;
                token.text += QChar(m_text.mid(m_at, 4).toUShort(&ok, 16));
                badEscape |= !ok;
                m_at += 4;
            } else {
                badEscape = true;
            }
        }
        const bool closed = m_at < m_text.size();
        if (closed)
            ++m_at;
        finish(token, Lex::Text);
        if (!closed || badEscape) {
            token.lex = Lex::Bad;
            token.problem = closed ? Kind::BadEscape : Kind::UnclosedText;
        }
        return token;
    }

    QStringView m_text;
    qsizetype m_at = 0;
};

std::optional<qint64> timeOf(const QString& text) {
    QString iso = text.trimmed();
    if (iso.size() > 10 && iso[10] == u' ')
        iso[10] = u'T';
    const auto time = QDateTime::fromString(iso, Qt::ISODateWithMs);
    return time.isValid() ? std::optional(time.toMSecsSinceEpoch()) : std::nullopt;
}

class Parser {
public:
    explicit Parser(const QString& text) : m_lexer(text) { advance(); }

    std::expected<std::shared_ptr<Program>, ExpressionProblem> parse() {
        if (m_token.lex == Lex::End)
            return problem(Kind::Empty);
        if (!expression(0))
            return std::unexpected(m_problem);
        if (m_token.lex != Lex::End)
            return problem(m_token.lex == Lex::Bad ? m_token.problem : Kind::ExpectedOperator);
        return m_program;
    }

private:
    using Index = std::optional<int>; ///< none = m_problem says why

    void advance() { m_token = m_lexer.next(); }
    [[nodiscard]] bool is(QStringView symbol) const { return (m_token.lex == Lex::Symbol || m_token.lex == Lex::Name) && m_token.text == symbol; }
    bool take(QStringView symbol) {
        if (!is(symbol))
            return false;
        advance();
        return true;
    }
    std::unexpected<ExpressionProblem> problem(Kind kind, const QString& detail = {}) { return problem(kind, m_token, detail); }
    std::unexpected<ExpressionProblem> problem(Kind kind, const Token& at, const QString& detail = {}) {
        m_problem = {kind, at.position, std::max<qsizetype>(at.length, 0), detail.isEmpty() ? at.text : detail};
        if (at.lex == Lex::Bad)
            m_problem.kind = at.problem;
        return std::unexpected(m_problem);
    }
    Index wrong(Kind kind, const QString& detail = {}) {
        problem(kind, detail);
        return std::nullopt;
    }
    Index wrong(Kind kind, const Token& at, const QString& detail = {}) {
        problem(kind, at, detail);
        return std::nullopt;
    }
    Index add(Node node) {
        if (static_cast<int>(m_program->nodes.size()) >= Expression::kTermsMax)
            return wrong(Kind::TooManyTerms);
        const auto cost = [this](int child) { return m_program->nodes[static_cast<std::size_t>(child)].cost; };
        if (node.op == Op::And || node.op == Op::Or)
            node.cost = cost(node.left) + cost(node.right);
        else if (node.op == Op::Not)
            node.cost = cost(node.left);
        else
            node.cost = costOf(node.left) + (node.op == Op::Matches ? 40 : node.op == Op::In ? 0 : costOf(node.right));
        m_program->nodes.push_back(node);
        return static_cast<int>(m_program->nodes.size()) - 1;
    }
    [[nodiscard]] int costOf(int operand) const {
        if (operand < 0)
            return 0;
        const auto& of = m_program->operands[static_cast<std::size_t>(operand)];
        switch (of.kind) {
        case Operand::Kind::Literal: return 0;
        case Operand::Kind::Timestamp:
        case Operand::Kind::Partition:
        case Operand::Kind::Offset: return 1;
        case Operand::Kind::Key: return of.path.empty() ? 3 : 50;
        case Operand::Kind::Size:
        case Operand::Kind::Header: return 10;
        case Operand::Kind::Value: return of.path.empty() ? 20 : 100;
        }
        return 0;
    }

    Index expression(int depth) {
        Index left = conjunction(depth);
        while (left && (is(u"||") || is(u"or"))) {
            advance();
            const Index right = conjunction(depth);
            left = right ? add({Op::Or, *left, *right, 0, 0}) : right;
        }
        return left;
    }
    Index conjunction(int depth) {
        Index left = negation(depth);
        while (left && (is(u"&&") || is(u"and"))) {
            advance();
            const Index right = negation(depth);
            left = right ? add({Op::And, *left, *right, 0, 0}) : right;
        }
        return left;
    }
    Index negation(int depth) {
        if (depth > Expression::kDepthMax)
            return wrong(Kind::TooDeep);
        if (take(u"!") || take(u"not")) {
            const Index of = negation(depth + 1);
            return of ? add({Op::Not, *of, -1, 0, 0}) : of;
        }
        if (take(u"(")) {
            const Index inner = expression(depth + 1);
            if (!inner)
                return inner;
            if (!take(u")"))
                return wrong(m_token.lex == Lex::End || m_token.lex == Lex::Symbol ? Kind::ExpectedClosing : Kind::ExpectedOperator, QStringLiteral(")"));
            return inner;
        }
        return term();
    }
    Index term() {
        const Token start = m_token;
        const Index left = operand();
        if (!left)
            return left;
        static const std::array<std::pair<QStringView, Op>, 10> operators{{{u"==", Op::Equal}, {u"=", Op::Equal}, {u"!=", Op::NotEqual}, {u"<=", Op::LessEqual},
            {u"<", Op::Less}, {u">=", Op::GreaterEqual}, {u">", Op::Greater}, {u"contains", Op::Contains}, {u"startsWith", Op::StartsWith}, {u"endsWith", Op::EndsWith}}};
        for (const auto& [symbol, op] : operators) {
            if (!is(symbol))
                continue;
            const Token at = m_token;
            advance();
            const Index right = operand();
            return right ? comparison(op, *left, *right, at) : right;
        }
        if (take(u"=~"))
            return regex(*left);
        if (take(u"in"))
            return list(*left);
        const auto& only = m_program->operands[static_cast<std::size_t>(*left)];
        if (only.kind == Operand::Kind::Literal && only.literal.kind != Scalar::Kind::Bool)
            return m_token.lex == Lex::End ? wrong(Kind::NeverTrue, start) : wrong(Kind::ExpectedOperator);
        return add({Op::Truth, *left, -1, 0, 0});
    }
    Index comparison(Op op, int left, int right, const Token& at) {
        for (const auto& [place, other] : {std::pair{left, right}, std::pair{right, left}}) {
            auto& from = m_program->operands[static_cast<std::size_t>(place)];
            auto& to = m_program->operands[static_cast<std::size_t>(other)];
            const bool number = from.kind == Operand::Kind::Timestamp || from.kind == Operand::Kind::Partition || from.kind == Operand::Kind::Offset || from.kind == Operand::Kind::Size;
            if (!number)
                continue;
            if (op == Op::Contains || op == Op::StartsWith || op == Op::EndsWith)
                return wrong(Kind::NeverTrue, at);
            if (to.kind != Operand::Kind::Literal || to.literal.isNumber())
                continue;
            if (from.kind != Operand::Kind::Timestamp || to.literal.kind != Scalar::Kind::Text)
                return wrong(Kind::NeverTrue, at);
            const QString text = QString::fromStdString(to.name);
            const auto ms = timeOf(text);
            if (!ms)
                return wrong(Kind::BadTime, at, text);
            to.literal = {};
            to.literal.kind = Scalar::Kind::Integer;
            to.literal.integer = *ms;
        }
        if (op == Op::Contains)
            if (const auto& what = m_program->operands[static_cast<std::size_t>(right)]; what.kind == Operand::Kind::Literal && what.literal.kind == Scalar::Kind::Text)
                m_program->finders[static_cast<std::size_t>(right)] = std::make_shared<const TextFinder>(what.name);
        return add({op, left, right, 0, 0});
    }
    Index regex(int left) {
        if (m_token.lex != Lex::Text)
            return wrong(Kind::ExpectedText);
        re2::RE2::Options options(re2::RE2::Quiet);
        options.set_max_mem(4 << 20);
        auto made = std::make_shared<const re2::RE2>(m_token.text.toStdString(), options);
        if (!made->ok())
            return wrong(Kind::BadRegex, QString::fromStdString(made->error()));
        m_program->regexes.push_back(std::move(made));
        advance();
        return add({Op::Matches, left, static_cast<int>(m_program->regexes.size()) - 1, 0, 0});
    }
    Index list(int left) {
        if (!take(u"["))
            return wrong(Kind::ExpectedLiteral, QStringLiteral("["));
        Node node{Op::In, left, static_cast<int>(m_program->operands.size()), 0, 0};
        do {
            const Token at = m_token;
            const Index item = operand();
            if (!item)
                return item;
            if (m_program->operands[static_cast<std::size_t>(*item)].kind != Operand::Kind::Literal)
                return wrong(Kind::ExpectedLiteral, at);
            ++node.count;
        } while (take(u","));
        if (!take(u"]"))
            return wrong(Kind::ExpectedClosing, QStringLiteral("]"));
        return add(node);
    }

    Index addOperand(Operand operand) {
        if (static_cast<int>(m_program->operands.size()) >= 2 * Expression::kTermsMax)
            return wrong(Kind::TooManyTerms);
        m_program->operands.push_back(std::move(operand));
        m_program->finders.emplace_back();
        return static_cast<int>(m_program->operands.size()) - 1;
    }
    Index operand() {
        Operand made;
        const Token at = m_token;
        switch (m_token.lex) {
        case Lex::Number: {
            bool integer = false;
            made.literal.integer = at.text.toLongLong(&integer);
            made.literal.number = at.text.toDouble();
            made.literal.kind = integer ? Scalar::Kind::Integer : Scalar::Kind::Number;
            advance();
            return addOperand(std::move(made));
        }
        case Lex::Text:
            made.literal.kind = Scalar::Kind::Text;
            made.name = at.text.toStdString();
            advance();
            return addOperand(std::move(made));
        case Lex::Name: break;
        default: return wrong(Kind::ExpectedOperand);
        }
        if (at.text == u"true" || at.text == u"false" || at.text == u"null") {
            made.literal.kind = at.text == u"null" ? Scalar::Kind::Null : Scalar::Kind::Bool;
            made.literal.truth = at.text == u"true";
            advance();
            return addOperand(std::move(made));
        }
        static const std::array<std::pair<QStringView, Operand::Kind>, 7> places{{{u"key", Operand::Kind::Key}, {u"value", Operand::Kind::Value},
            {u"headers", Operand::Kind::Header}, {u"timestamp", Operand::Kind::Timestamp}, {u"partition", Operand::Kind::Partition}, {u"offset", Operand::Kind::Offset},
            {u"size", Operand::Kind::Size}}};
        const auto place = std::find_if(places.begin(), places.end(), [&](const auto& each) { return each.first == at.text; });
        if (place == places.end())
            return wrong(Kind::UnknownName);
        made.kind = place->second;
        advance();
        if (made.kind == Operand::Kind::Key || made.kind == Operand::Kind::Value) {
            if (!path(made))
                return std::nullopt;
        } else if (made.kind == Operand::Kind::Header) {
            if (!headerName(made))
                return std::nullopt;
        } else if (is(u".") || is(u"[")) {
            return wrong(Kind::NoSuchField, at);
        }
        return addOperand(std::move(made));
    }
    bool path(Operand& to) {
        while (is(u".") || is(u"[")) {
            if (to.path.size() >= static_cast<std::size_t>(Expression::kDepthMax))
                return wrong(Kind::TooDeep).has_value();
            PathStep step;
            if (take(u".")) {
                if (m_token.lex != Lex::Name && m_token.lex != Lex::Text)
                    return wrong(Kind::ExpectedName).has_value();
                step.name = m_token.text.toStdString();
                advance();
            } else {
                advance();
                bool number = false;
                if (take(u"*")) {
                    step.kind = PathStep::Kind::Any;
                } else if (m_token.lex == Lex::Text) {
                    step.name = m_token.text.toStdString();
                    advance();
                } else if (const auto index = m_token.text.toUInt(&number); m_token.lex == Lex::Number && number) {
                    step.kind = PathStep::Kind::Index;
                    step.index = index;
                    advance();
                } else {
                    return wrong(Kind::ExpectedName).has_value();
                }
                if (!take(u"]"))
                    return wrong(Kind::ExpectedClosing, QStringLiteral("]")).has_value();
            }
            to.path.push_back(std::move(step));
        }
        return true;
    }
    bool headerName(Operand& to) {
        if (take(u".")) {
            if (m_token.lex != Lex::Name && m_token.lex != Lex::Text)
                return wrong(Kind::ExpectedName).has_value();
            to.name = m_token.text.toStdString();
            advance();
            // Header names often have dots: headers.app.version is one name.
            while (is(u".")) {
                advance();
                if (m_token.lex != Lex::Name)
                    return wrong(Kind::ExpectedName).has_value();
                to.name += '.' + m_token.text.toStdString();
                advance();
            }
            return true;
        }
        if (!take(u"["))
            return wrong(Kind::HeadersNeedName).has_value();
        if (m_token.lex != Lex::Text)
            return wrong(Kind::ExpectedText).has_value();
        to.name = m_token.text.toStdString();
        advance();
        return take(u"]") ? true : wrong(Kind::ExpectedClosing, QStringLiteral("]")).has_value();
    }

    Lexer m_lexer;
    Token m_token;
    ExpressionProblem m_problem;
    std::shared_ptr<Program> m_program = std::make_shared<Program>();
};

} // namespace

std::expected<Expression, ExpressionProblem> Expression::parse(const QString& text) {
    if (text.size() > kCharactersMax)
        return std::unexpected(ExpressionProblem{Kind::TooLong, kCharactersMax, text.size() - kCharactersMax, {}});
    Parser parser(text);
    auto program = parser.parse();
    if (!program)
        return std::unexpected(program.error());
    return Expression(std::move(*program));
}

std::vector<Expression::Token> Expression::tokens(const QString& text) {
    using Shown = Expression::Token::Kind;
    std::vector<Expression::Token> all;
    Lexer lexer(QStringView(text).left(kCharactersMax));
    bool afterDot = false;
    bool inPlace = false;
    for (auto token = lexer.next(); token.lex != Lex::End; token = lexer.next()) {
        Shown kind = Shown::Bad;
        switch (token.lex) {
        case Lex::Name: {
            static const QStringList words{QStringLiteral("and"), QStringLiteral("or"), QStringLiteral("not"), QStringLiteral("in"), QStringLiteral("contains"),
                QStringLiteral("startsWith"), QStringLiteral("endsWith"), QStringLiteral("true"), QStringLiteral("false"), QStringLiteral("null")};
            kind = !afterDot && words.contains(token.text) ? Shown::Word : Shown::Place;
            break;
        }
        case Lex::Number: kind = Shown::Number; break;
        case Lex::Text: kind = Shown::Text; break;
        case Lex::Symbol: kind = inPlace && (token.text == u"." || token.text == u"[" || token.text == u"]") ? Shown::Place : Shown::Operator; break;
        case Lex::Bad:
        case Lex::End: break;
        }
        afterDot = token.lex == Lex::Symbol && token.text == u".";
        inPlace = kind == Shown::Place;
        all.push_back({kind, token.position, token.length});
    }
    return all;
}

} // namespace models::search
