#include "models/search/expression.h"
#include "models/search/program.h"
#include "models/search/text_finder.h"
#include "models/wire/record_cursor.h"

#include <charconv>
#include <re2/re2.h>
#include <simdjson.h>

namespace models::search {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kCostOfLikely = 1000;
constexpr std::size_t kElementsMax = 10'000; ///< of [*] on the left of another place
constexpr std::size_t kPaddingBytes = 128;   ///< what follows every record may be read: wire::FrameBuffer::kPaddingBytes
static_assert(simdjson::SIMDJSON_PADDING <= kPaddingBytes);

/// The JSON of a key or a value, parsed when first asked for and at most once a record.
class Document {
public:
    void reset(std::string_view bytes) {
        m_bytes = bytes;
        m_state = State::Untouched;
    }
    /// The root object or array, from its beginning.
    bool root(ondemand::value& to) {
        if (m_state == State::Untouched) {
            m_state = State::NotJson;
            const auto start = m_bytes.find_first_not_of(" \t\r\n");
            if (start == std::string_view::npos || (m_bytes[start] != '{' && m_bytes[start] != '['))
                return false;
            if (m_parser.iterate(m_bytes.data(), m_bytes.size(), m_bytes.size() + simdjson::SIMDJSON_PADDING).get(m_document) != simdjson::SUCCESS)
                return false;
            m_state = State::Json;
        } else if (m_state == State::Json) {
            // After an error in the text the document is given up: there is nothing to go back to.
            if (!m_document.is_alive()) {
                m_state = State::NotJson;
                return false;
            }
            m_document.rewind();
        } else {
            return false;
        }
        return m_document.get_value().get(to) == simdjson::SUCCESS;
    }

private:
    enum class State { Untouched, Json, NotJson } m_state = State::Untouched;
    std::string_view m_bytes;
    ondemand::parser m_parser;
    ondemand::document m_document;
};

Scalar textScalar(std::string_view text) {
    Scalar scalar;
    scalar.kind = text.data() == nullptr ? Scalar::Kind::Null : Scalar::Kind::Text;
    scalar.text = text;
    return scalar;
}
Scalar integerScalar(std::int64_t number) {
    Scalar scalar;
    scalar.kind = Scalar::Kind::Integer;
    scalar.integer = number;
    return scalar;
}

/// Bytes that are compared with a number are read as one.
Scalar asNumber(const Scalar& from) {
    if (from.kind != Scalar::Kind::Text)
        return from;
    Scalar scalar;
    const char* end = from.text.data() + from.text.size();
    if (const auto [at, error] = std::from_chars(from.text.data(), end, scalar.integer); error == std::errc() && at == end && !from.text.empty()) {
        scalar.kind = Scalar::Kind::Integer;
        return scalar;
    }
    if (const auto [at, error] = std::from_chars(from.text.data(), end, scalar.number); error == std::errc() && at == end && !from.text.empty()) {
        scalar.kind = Scalar::Kind::Number;
        return scalar;
    }
    return from;
}

Scalar scalarOf(ondemand::value value, bool wantsRaw) {
    Scalar scalar;
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS)
        return scalar;
    switch (type) {
    case ondemand::json_type::number: {
        ondemand::number number;
        if (value.get_number().get(number) == simdjson::SUCCESS) {
            if (number.is_int64()) {
                scalar.kind = Scalar::Kind::Integer;
                scalar.integer = number.get_int64();
            } else {
                scalar.kind = Scalar::Kind::Number;
                scalar.number = number.is_uint64() ? static_cast<double>(number.get_uint64()) : number.get_double();
            }
        } else {
            // More digits than 64 bits hold: a number all the same.
            std::string_view raw = value.raw_json_token();
            raw = raw.substr(0, raw.find_last_not_of(" \t\r\n") + 1);
            if (std::from_chars(raw.data(), raw.data() + raw.size(), scalar.number).ec == std::errc())
                scalar.kind = Scalar::Kind::Number;
        }
        break;
    }
    case ondemand::json_type::string:
        if (value.get_string().get(scalar.text) == simdjson::SUCCESS)
            scalar.kind = Scalar::Kind::Text;
        break;
    case ondemand::json_type::boolean:
        if (value.get_bool().get(scalar.truth) == simdjson::SUCCESS)
            scalar.kind = Scalar::Kind::Bool;
        break;
    case ondemand::json_type::null: scalar.kind = Scalar::Kind::Null; break;
    case ondemand::json_type::object:
    case ondemand::json_type::array:
        scalar.kind = Scalar::Kind::Container;
        if (wantsRaw && simdjson::to_json_string(value).get(scalar.text) != simdjson::SUCCESS)
            scalar.kind = Scalar::Kind::Missing;
        break;
    default: break; // what a newer library knows besides
    }
    return scalar;
}

bool nothing(const Scalar& scalar) { return scalar.kind == Scalar::Kind::Missing || scalar.kind == Scalar::Kind::Null; }

bool equal(const Scalar& a, const Scalar& b) {
    if (nothing(a) || nothing(b))
        return nothing(a) && nothing(b);
    if (a.kind == Scalar::Kind::Integer && b.kind == Scalar::Kind::Integer)
        return a.integer == b.integer;
    if (a.isNumber() && b.isNumber())
        return a.asNumber() == b.asNumber();
    if (a.kind != b.kind)
        return false;
    return a.kind == Scalar::Kind::Text ? a.text == b.text : a.kind == Scalar::Kind::Bool && a.truth == b.truth;
}

bool compare(Op op, const Scalar& a, const Scalar& b, const TextFinder* finder) {
    const auto ordered = [op](const auto& left, const auto& right) {
        switch (op) {
        case Op::Less: return left < right;
        case Op::LessEqual: return left <= right;
        case Op::Greater: return left > right;
        case Op::GreaterEqual: return left >= right;
        default: return false;
        }
    };
    const bool texts = (a.kind == Scalar::Kind::Text || a.kind == Scalar::Kind::Container) && b.kind == Scalar::Kind::Text;
    switch (op) {
    case Op::Equal:
    case Op::NotEqual: return equal(a, b); // the caller negates: none of several may be equal
    case Op::Contains: return texts && (finder != nullptr ? finder->isIn(a.text) : a.text.find(b.text) != std::string_view::npos);
    case Op::StartsWith: return texts && a.text.starts_with(b.text);
    case Op::EndsWith: return texts && a.text.ends_with(b.text);
    default: break;
    }
    if (a.kind == Scalar::Kind::Integer && b.kind == Scalar::Kind::Integer)
        return ordered(a.integer, b.integer);
    if (a.isNumber() && b.isNumber())
        return ordered(a.asNumber(), b.asNumber());
    if (a.kind == Scalar::Kind::Text && b.kind == Scalar::Kind::Text)
        return ordered(a.text, b.text);
    return false;
}

/// A text without which a key or a value cannot fulfil the condition, so that most JSON is never parsed. JSON may write a character in other ways, but
/// never without a backslash: where one stands, the text proves nothing.
struct Need {
    TextFinder text;
    bool ofKey = false;
    int node = -1; ///< whose need it is
    [[nodiscard]] bool isMet(const wire::RawRecord& record) const {
        const auto bytes = ofKey ? record.key : record.value;
        return text.isIn(bytes) || bytes.find('\\') != std::string_view::npos;
    }
};

/// The longest one of those that all have to be there; none where there is no such text.
std::optional<Need> needOf(const Program& program, int index) { // as deep as the condition: bounded by the parser
    const auto& node = program.nodes[static_cast<std::size_t>(index)];
    if (node.op == Op::And) {
        auto left = needOf(program, node.left), right = needOf(program, node.right);
        return right && (!left || right->text.text().size() > left->text.text().size()) ? right : left;
    }
    if (node.op != Op::Equal && node.op != Op::Contains && node.op != Op::StartsWith && node.op != Op::EndsWith)
        return std::nullopt;
    const auto& place = program.operands[static_cast<std::size_t>(node.left)];
    const auto& literal = program.operands[static_cast<std::size_t>(node.right)];
    const bool inJson = (place.kind == Operand::Kind::Key || place.kind == Operand::Kind::Value) && !place.path.empty();
    if (!inJson || literal.kind != Operand::Kind::Literal || literal.literal.kind != Scalar::Kind::Text || literal.name.empty())
        return std::nullopt;
    // What equals is the whole of a string, with its quotes; what contains may be an object.
    return Need{TextFinder(node.op == Op::Equal ? '"' + literal.name + '"' : literal.name), place.kind == Operand::Kind::Key, index};
}

} // namespace

struct Evaluator::Private {
    explicit Private(const Expression& of) : expression(of), program(expression.program()), need(needOf(program, program.root())) {}

    Expression expression; ///< keeps the program
    const Program& program;
    std::optional<Need> need;
    const wire::RawRecord* record = nullptr;
    int partition = 0;
    Document key, value;
    std::vector<Scalar> many; ///< the left side's values while the right side is another place
    std::vector<std::string> texts;

    /// Calls f(Scalar) for each value of a place until it answers true; for what is not there, once with Missing.
    template <class F>
    bool any(const Operand& operand, bool number, bool raw, F&& f) {
        switch (operand.kind) {
        case Operand::Kind::Literal: return f(operand.scalar());
        case Operand::Kind::Timestamp: return f(integerScalar(record->timestampMs));
        case Operand::Kind::Partition: return f(integerScalar(partition));
        case Operand::Kind::Offset: return f(integerScalar(record->offset));
        case Operand::Kind::Size: return f(integerScalar(size()));
        case Operand::Kind::Header: {
            wire::HeaderCursor headers(*record);
            std::string_view name, bytes;
            bool found = false;
            while (headers.next(name, bytes)) {
                if (name != operand.name)
                    continue;
                found = true;
                if (f(number ? asNumber(textScalar(bytes)) : textScalar(bytes)))
                    return true;
            }
            return !found && f(Scalar{});
        }
        case Operand::Kind::Key:
        case Operand::Kind::Value: break;
        }
        const bool ofKey = operand.kind == Operand::Kind::Key;
        if (operand.path.empty()) {
            const auto text = textScalar(ofKey ? record->key : record->value);
            return f(number ? asNumber(text) : text);
        }
        ondemand::value root;
        if (!(ofKey ? key : value).root(root))
            return f(Scalar{});
        return walk(root, operand.path, 0, raw, f);
    }
    template <class F>
    bool walk(ondemand::value at, const std::vector<PathStep>& path, std::size_t step, bool raw, F&& f) {
        for (; step < path.size(); ++step) {
            const auto& each = path[step];
            if (each.kind == PathStep::Kind::Field) {
                ondemand::object object;
                if (at.get_object().get(object) != simdjson::SUCCESS || object.find_field_unordered(each.name).get(at) != simdjson::SUCCESS)
                    return f(Scalar{});
                continue;
            }
            ondemand::array array;
            if (at.get_array().get(array) != simdjson::SUCCESS)
                return f(Scalar{});
            if (each.kind == PathStep::Kind::Index) {
                if (array.at(each.index).get(at) != simdjson::SUCCESS)
                    return f(Scalar{});
                continue;
            }
            bool seen = false;
            for (auto element : array) {
                ondemand::value inside;
                if (element.get(inside) != simdjson::SUCCESS)
                    break;
                seen = true;
                if (walk(inside, path, step + 1, raw, f)) // as deep as the path is long: bounded by the parser
                    return true;
            }
            return !seen && f(Scalar{});
        }
        return f(scalarOf(at, raw));
    }
    [[nodiscard]] qint64 size() const {
        auto total = static_cast<qint64>(record->key.size() + record->value.size());
        wire::HeaderCursor headers(*record);
        std::string_view name, bytes;
        while (headers.next(name, bytes))
            total += static_cast<qint64>(name.size() + bytes.size());
        return total;
    }

    bool test(const Node& node) {
        const auto& left = program.operands[static_cast<std::size_t>(node.left)];
        if (node.op == Op::Truth)
            return any(left, false, false, [](const Scalar& scalar) { return !nothing(scalar) && (scalar.kind != Scalar::Kind::Bool || scalar.truth); });
        if (node.op == Op::Matches) {
            const auto& regex = *program.regexes[static_cast<std::size_t>(node.right)];
            return any(left, false, true, [&](const Scalar& scalar) {
                return (scalar.kind == Scalar::Kind::Text || scalar.kind == Scalar::Kind::Container)
                    && re2::RE2::PartialMatch(re2::StringPiece(scalar.text.data(), scalar.text.size()), regex);
            });
        }
        if (node.op == Op::In) {
            return any(left, false, false, [&](const Scalar& scalar) {
                for (int i = 0; i < node.count; ++i) {
                    const Scalar item = program.operands[static_cast<std::size_t>(node.right + i)].scalar();
                    const bool bytes = left.kind == Operand::Kind::Header || left.path.empty();
                    if (equal(item.isNumber() && bytes ? asNumber(scalar) : scalar, item))
                        return true;
                }
                return false;
            });
        }
        const auto& right = program.operands[static_cast<std::size_t>(node.right)];
        const bool raw = node.op == Op::Contains || node.op == Op::StartsWith || node.op == Op::EndsWith;
        const auto* finder = program.finders[static_cast<std::size_t>(node.right)].get();
        bool found = false;
        const bool leftNumber = left.kind == Operand::Kind::Literal && left.literal.isNumber();
        if (right.kind == Operand::Kind::Literal) {
            const Scalar literal = right.scalar();
            found = any(left, literal.isNumber(), raw, [&](const Scalar& scalar) { return compare(node.op, scalar, literal, finder); });
        } else {
            // Two places: the document can only be walked for one of them at a time.
            many.clear();
            texts.clear();
            any(left, false, raw, [&](const Scalar& scalar) {
                many.push_back(scalar);
                texts.emplace_back(scalar.text);
                return many.size() >= kElementsMax;
            });
            for (std::size_t i = 0; i < many.size() && !found; ++i) {
                if (many[i].text.data() != nullptr)
                    many[i].text = texts[i];
                const bool number = leftNumber || many[i].isNumber();
                found = any(right, number, false, [&](const Scalar& scalar) {
                    return compare(node.op, scalar.isNumber() && left.path.empty() ? asNumber(many[i]) : many[i], scalar, nullptr);
                });
            }
        }
        return found != (node.op == Op::NotEqual);
    }
    bool ask(int index) { // as deep as the condition: bounded by the parser
        const auto& node = program.nodes[static_cast<std::size_t>(index)];
        switch (node.op) {
        case Op::And:
        case Op::Or: {
            // Whose text is there mostly holds: the other side is more likely to decide.
            const auto cost = [this](int of) { return program.nodes[static_cast<std::size_t>(of)].cost + (need && need->node == of ? kCostOfLikely : 0); };
            const bool swap = cost(node.right) < cost(node.left);
            const bool first = ask(swap ? node.right : node.left);
            if (first != (node.op == Op::And))
                return first;
            return ask(swap ? node.left : node.right);
        }
        case Op::Not: return !ask(node.left);
        default: return test(node);
        }
    }
};

Evaluator::Evaluator(const Expression& expression) : d(std::make_unique<Private>(expression)) {}
Evaluator::~Evaluator() = default;

bool Evaluator::matches(const wire::RawRecord& record, int partition) {
    if (d->need && !d->need->isMet(record))
        return false;
    d->record = &record;
    d->partition = partition;
    d->key.reset(record.key);
    d->value.reset(record.value);
    return d->ask(d->program.root());
}

} // namespace models::search
