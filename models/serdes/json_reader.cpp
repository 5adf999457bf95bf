#include "models/serdes/json_reader.h"

#include <functional>

namespace models::serdes {
namespace {

constexpr int kDepthMax = 64;

/// What a walk meets, in order. Ranges are [begin, end) of the input.
struct Visitor {
    virtual ~Visitor() = default;
    virtual bool open(bool object, qsizetype begin) = 0;
    virtual bool close(qsizetype end) = 0;
    virtual bool name(qsizetype begin, qsizetype end) = 0; ///< of a member, with its quotes
    virtual bool leaf(JsonNode::Kind kind, qsizetype begin, qsizetype end) = 0;
};

class Walker {
public:
    Walker(const QByteArray& bytes, Visitor& visitor) : m_bytes(bytes), m_visitor(visitor) {}

    bool walk() {
        if (!value(0))
            return false;
        space();
        return m_at == m_bytes.size() || fail("something follows the value");
    }
    [[nodiscard]] QString problem() const { return m_problem; }

private:
    bool fail(const char* why) {
        if (m_problem.isEmpty())
            m_problem = QStringLiteral("%1 at byte %2").arg(QLatin1String(why)).arg(m_at);
        return false;
    }
    [[nodiscard]] char peek() const { return m_at < m_bytes.size() ? m_bytes[m_at] : '\0'; }
    void space() {
        while (m_at < m_bytes.size() && (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t'))
            ++m_at;
    }
    bool value(int depth) {
        if (depth > kDepthMax)
            return fail("more than 64 levels");
        space();
        const auto begin = m_at;
        switch (peek()) {
        case '{': return container(true, depth);
        case '[': return container(false, depth);
        case '"': return string() && (m_visitor.leaf(JsonNode::Kind::String, begin, m_at) || fail("too many values"));
        case 't': return word("true", JsonNode::Kind::Bool);
        case 'f': return word("false", JsonNode::Kind::Bool);
        case 'n': return word("null", JsonNode::Kind::Null);
        default: return number();
        }
    }
    bool container(bool object, int depth) {
        if (!m_visitor.open(object, m_at))
            return fail("too many values");
        ++m_at;
        space();
        const char end = object ? '}' : ']';
        if (peek() == end) {
            ++m_at;
            return m_visitor.close(m_at);
        }
        for (;;) {
            space();
            if (object) {
                const auto begin = m_at;
                if (peek() != '"' || !string())
                    return fail("a member name is missing");
                if (!m_visitor.name(begin, m_at))
                    return fail("too many values");
                space();
                if (peek() != ':')
                    return fail("a colon is missing");
                ++m_at;
            }
            if (!value(depth + 1))
                return false;
            space();
            if (peek() == ',') {
                ++m_at;
            } else if (peek() == end && m_at < m_bytes.size()) {
                ++m_at;
                return m_visitor.close(m_at);
            } else {
                return fail("a comma or the end of an object or array is missing");
            }
        }
    }
    bool string() {
        ++m_at;
        while (m_at < m_bytes.size()) {
            const auto c = static_cast<unsigned char>(m_bytes[m_at]);
            if (c == '"') {
                ++m_at;
                return true;
            }
            if (c < 0x20)
                return fail("a control character in a string");
            if (c == '\\') {
                ++m_at;
                const char escape = peek();
                if (escape == 'u') {
                    for (int i = 1; i <= 4; ++i)
                        if (m_at + i >= m_bytes.size() || !isxdigit(static_cast<unsigned char>(m_bytes[m_at + i])))
                            return fail("a bad \\u escape");
                    m_at += 4;
                } else if (escape == '\0' || !QByteArrayView("\"\\/bfnrt").contains(escape)) {
                    return fail("a bad escape");
                }
            }
            ++m_at;
        }
        return fail("a string does not end");
    }
    bool word(const char* text, JsonNode::Kind kind) {
        const auto begin = m_at;
        const auto length = static_cast<qsizetype>(qstrlen(text));
        if (m_bytes.size() - m_at < length || qstrncmp(m_bytes.constData() + m_at, text, static_cast<size_t>(length)) != 0)
            return fail("not a value");
        m_at += length;
        return m_visitor.leaf(kind, begin, m_at) || fail("too many values");
    }
    bool digits() {
        const auto begin = m_at;
        while (peek() >= '0' && peek() <= '9')
            ++m_at;
        return m_at > begin;
    }
    bool number() {
        const auto begin = m_at;
        if (peek() == '-')
            ++m_at;
        if (peek() == '0')
            ++m_at;
        else if (!digits())
            return fail("not a value");
        if (peek() == '.') {
            ++m_at;
            if (!digits())
                return fail("not a number");
        }
        if (peek() == 'e' || peek() == 'E') {
            ++m_at;
            if (peek() == '+' || peek() == '-')
                ++m_at;
            if (!digits())
                return fail("not a number");
        }
        return m_visitor.leaf(JsonNode::Kind::Number, begin, m_at) || fail("too many values");
    }

    const QByteArray& m_bytes;
    Visitor& m_visitor;
    qsizetype m_at = 0;
    QString m_problem;
};

struct Checker : Visitor {
    bool open(bool, qsizetype) override { return true; }
    bool close(qsizetype) override { return true; }
    bool name(qsizetype, qsizetype) override { return true; }
    bool leaf(JsonNode::Kind, qsizetype, qsizetype) override { return true; }
};

struct Printer : Visitor {
    explicit Printer(const QByteArray& input) : bytes(input) {}
    const QByteArray& bytes;
    QString out;
    QList<QPair<bool, int>> levels; ///< object?, members so far
    bool named = false;

    void lead() {
        if (named) {
            named = false;
            return;
        }
        if (levels.isEmpty())
            return;
        out += levels.last().second++ > 0 ? QLatin1String(",\n") : QLatin1String("\n");
        out += QString(levels.size() * 2, u' ');
    }
    QString text(qsizetype begin, qsizetype end) const { return safeText(bytes.sliced(begin, end - begin)); }
    bool open(bool object, qsizetype) override {
        lead();
        out += object ? u'{' : u'[';
        levels.append({object, 0});
        return true;
    }
    bool close(qsizetype) override {
        const auto level = levels.takeLast();
        if (level.second > 0)
            out += u'\n' + QString(levels.size() * 2, u' ');
        out += level.first ? u'}' : u']';
        return true;
    }
    bool name(qsizetype begin, qsizetype end) override {
        lead();
        out += text(begin, end) + QLatin1String(": ");
        named = true;
        return true;
    }
    bool leaf(JsonNode::Kind, qsizetype begin, qsizetype end) override {
        lead();
        out += text(begin, end);
        return true;
    }
};

struct TreeMaker : Visitor {
    TreeMaker(const QByteArray& input, JsonNode* root, int nodesMax) : bytes(input), path{root}, left(nodesMax) {}
    const QByteArray& bytes;
    QList<JsonNode*> path; ///< the node to fill, then the open containers; parents only grow at their end while a child is open
    int left;
    QString pending;
    bool started = false;

    JsonNode* next() {
        if (--left < 0)
            return nullptr;
        if (!started) {
            started = true;
            return path.last();
        }
        auto* parent = path.last();
        parent->children.append(JsonNode{});
        auto* node = &parent->children.last();
        node->name = parent->kind == JsonNode::Kind::Object ? std::exchange(pending, {}) : QString::number(parent->children.size() - 1);
        return node;
    }
    QString text(qsizetype begin, qsizetype end) const { return safeText(bytes.sliced(begin, end - begin)); }
    bool open(bool object, qsizetype begin) override {
        const bool root = !started;
        auto* node = next();
        if (node == nullptr)
            return false;
        node->kind = object ? JsonNode::Kind::Object : JsonNode::Kind::Array;
        node->begin = begin;
        if (!root)
            path.append(node);
        return true;
    }
    bool close(qsizetype end) override {
        path.last()->end = end;
        if (path.size() > 1)
            path.removeLast();
        return true;
    }
    bool name(qsizetype begin, qsizetype end) override {
        pending = text(begin + 1, end - 1);
        return true;
    }
    bool leaf(JsonNode::Kind kind, qsizetype begin, qsizetype end) override {
        auto* node = next();
        if (node == nullptr)
            return false;
        node->kind = kind;
        node->begin = begin;
        node->end = end;
        node->text = text(begin, end);
        return true;
    }
};

bool run(const QByteArray& bytes, Visitor& visitor, QString* problem) {
    Walker walker(bytes, visitor);
    const bool good = walker.walk();
    if (!good && problem != nullptr)
        *problem = walker.problem();
    return good;
}

} // namespace

bool checkJson(const QByteArray& bytes, QString* problem) {
    Checker checker;
    return run(bytes, checker, problem);
}

std::optional<QString> prettyJson(const QByteArray& bytes, QString* problem) {
    Printer printer(bytes);
    if (!run(bytes, printer, problem))
        return std::nullopt;
    return printer.out;
}

bool parseJson(const QByteArray& bytes, JsonNode* root, QString* problem, int nodesMax) {
    *root = {};
    TreeMaker maker(bytes, root, nodesMax);
    return run(bytes, maker, problem);
}

} // namespace models::serdes
