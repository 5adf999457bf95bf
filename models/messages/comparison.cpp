#include "models/messages/comparison.h"

#include "models/serdes/decode.h"

#include <QCoreApplication>
#include <QHash>
#include <algorithm>
#include <functional>
#include <vector>

namespace models::messages {
namespace {

using serdes::JsonNode;
using State = ComparedLine::State;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Comparison)
};

constexpr int kNodesMax = 5000;         ///< of a JSON value; a larger one is compared by its lines
constexpr qint64 kCellsMax = 4'000'000; ///< of the table that finds what two lists have in common
constexpr qsizetype kBytesPerLine = 16;

/// Which element of one list stands beside which of the other; -1 = none. Rising on both sides.
using Pairs = QList<std::pair<int, int>>;

/// By the longest sequence that both have. What stands between two common ones is put side by side, in order, where `pairRest`.
Pairs align(int leftCount, int rightCount, const std::function<bool(int, int)>& equal, bool pairRest) {
    Pairs pairs;
    int begin = 0;
    while (begin < leftCount && begin < rightCount && equal(begin, begin))
        ++begin;
    int leftEnd = leftCount, rightEnd = rightCount;
    while (leftEnd > begin && rightEnd > begin && equal(leftEnd - 1, rightEnd - 1)) {
        --leftEnd;
        --rightEnd;
    }
    Pairs common;
    const int rows = leftEnd - begin, columns = rightEnd - begin;
    if (rows > 0 && columns > 0 && qint64(rows) * columns <= kCellsMax) {
        std::vector<int> table(static_cast<std::size_t>(rows + 1) * static_cast<std::size_t>(columns + 1), 0);
        const auto at = [&](int row, int column) -> int& { return table[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns + 1) + static_cast<std::size_t>(column)]; };
        for (int row = rows - 1; row >= 0; --row)
            for (int column = columns - 1; column >= 0; --column)
                at(row, column) = equal(begin + row, begin + column) ? at(row + 1, column + 1) + 1 : std::max(at(row + 1, column), at(row, column + 1));
        for (int row = 0, column = 0; row < rows && column < columns;) {
            if (equal(begin + row, begin + column))
                common.append({begin + row++, begin + column++});
            else if (at(row + 1, column) >= at(row, column + 1))
                ++row;
            else
                ++column;
        }
    }
    common.append({leftEnd, rightEnd});
    for (int i = 0; i < begin; ++i)
        pairs.append({i, i});
    int left = begin, right = begin;
    for (const auto& [nextLeft, nextRight] : common) {
        while (pairRest && left < nextLeft && right < nextRight)
            pairs.append({left++, right++});
        while (left < nextLeft)
            pairs.append({left++, -1});
        while (right < nextRight)
            pairs.append({-1, right++});
        if (nextLeft < leftEnd)
            pairs.append({left++, right++});
    }
    for (; left < leftCount; ++left, ++right)
        pairs.append({left, right});
    return pairs;
}

/// By name and, where a name comes more than once, by its turn; in the order of the left one, with what only the right one has after what it follows there.
Pairs matchNames(const QStringList& left, const QStringList& right) {
    const auto turns = [](const QStringList& names) {
        QHash<QString, int> seen;
        QList<std::pair<QString, int>> all;
        for (const auto& name : names)
            all.append({name, seen[name]++});
        return all;
    };
    const auto leftTurns = turns(left), rightTurns = turns(right);
    QHash<std::pair<QString, int>, int> rightAt;
    for (int i = 0; i < rightTurns.size(); ++i)
        rightAt.insert(rightTurns[i], i);
    QHash<int, QList<int>> after; ///< right index that has a partner, or -1 -> those without that follow it
    QList<bool> taken(right.size(), false);
    for (const auto& turn : leftTurns)
        if (const int at = rightAt.value(turn, -1); at >= 0)
            taken[at] = true;
    for (int i = 0, last = -1; i < right.size(); ++i) {
        if (taken[i])
            last = i;
        else
            after[last].append(i);
    }
    Pairs pairs;
    const auto rest = [&](int of) {
        for (const int alone : after.value(of))
            pairs.append({-1, alone});
    };
    rest(-1);
    for (int i = 0; i < leftTurns.size(); ++i) {
        const int at = rightAt.value(leftTurns[i], -1);
        pairs.append({i, at});
        if (at >= 0)
            rest(at);
    }
    return pairs;
}

/// The same for the same JSON, however it is written.
QByteArray canonical(const JsonNode& node) {
    QByteArray text(1, static_cast<char>('a' + static_cast<int>(node.kind)));
    text += node.text.toUtf8() + '\0';
    QList<QByteArray> children;
    for (const auto& child : node.children)
        children.append((node.kind == JsonNode::Kind::Object ? child.name.toUtf8() + '\0' : QByteArray()) + canonical(child));
    if (node.kind == JsonNode::Kind::Object)
        std::sort(children.begin(), children.end());
    return text + '(' + children.join() + ')';
}

class Comparer {
public:
    Comparison take() { return std::move(m_result); }

    void add(const QString& name, const QString& path, int depth, const std::optional<QString>& left, const std::optional<QString>& right, bool same, bool group = false) {
        ComparedLine line{name, path, depth, left.value_or(QString()), right.value_or(QString()), !right ? State::LeftOnly : !left ? State::RightOnly : same ? State::Same : State::Differs, group};
        if (!group)
            ++(line.state == State::Same ? m_result.same : line.state == State::Differs ? m_result.differing : line.state == State::LeftOnly ? m_result.leftOnly : m_result.rightOnly);
        m_result.lines.append(std::move(line));
    }

    /// A key, a header's value or a message's value; none = null. `there`: it is on that side at all.
    void bytes(const QString& name, const QString& path, int depth, const std::optional<QByteArray>& left, const std::optional<QByteArray>& right, bool leftThere = true, bool rightThere = true) {
        const auto head = [this](const std::optional<QByteArray>& all) -> std::optional<QByteArray> {
            if (!all || all->size() <= kComparedBytesMax)
                return all;
            m_result.cut = true;
            return all->first(kComparedBytesMax);
        };
        const auto a = head(left), b = head(right);
        JsonNode leftRoot, rightRoot;
        const auto json = [](const std::optional<QByteArray>& one, JsonNode& root) { return one && serdes::detect(*one) == serdes::Format::Json && serdes::parseJson(*one, &root, nullptr, kNodesMax); };
        const bool leftJson = json(a, leftRoot), rightJson = json(b, rightRoot);
        if (leftJson && rightJson)
            return nodes(&leftRoot, &rightRoot, name, path, depth);
        // One of them is there and is no JSON: what it is, beside what the other one is.
        const auto lines = [this](const std::optional<QByteArray>& one) { return one ? linesOf(*one) : QStringList(); };
        const QStringList leftLines = lines(a), rightLines = lines(b);
        const auto kind = [](bool there, const std::optional<QByteArray>& one, bool isJson) -> std::optional<QString> {
            if (!there)
                return std::nullopt;
            if (!one)
                return Text::tr("null");
            return isJson ? serdes::formatName(serdes::Format::Json) : serdes::formatName(serdes::detect(*one));
        };
        if (leftLines.size() <= 1 && rightLines.size() <= 1) {
            const auto text = [](bool there, const std::optional<QByteArray>& one, const QStringList& all) -> std::optional<QString> {
                if (!there)
                    return std::nullopt;
                return !one ? Text::tr("null") : all.isEmpty() ? QString() : all.first();
            };
            add(name, path, depth, text(leftThere, a, leftLines), text(rightThere, b, rightLines), leftThere && rightThere && left == right);
            return;
        }
        add(name, path, depth, kind(leftThere, a, leftJson), kind(rightThere, b, rightJson), leftThere && rightThere && kind(true, a, leftJson) == kind(true, b, rightJson), true);
        for (const auto& [l, r] : align(static_cast<int>(leftLines.size()), static_cast<int>(rightLines.size()), [&](int i, int j) { return leftLines[i] == rightLines[j]; }, true)) {
            const QString number = QString::number((l >= 0 ? l : r) + 1);
            add(number, path + QStringLiteral(" line ") + number, depth + 1, l >= 0 ? std::optional(leftLines[l]) : std::nullopt, r >= 0 ? std::optional(rightLines[r]) : std::nullopt,
                l >= 0 && r >= 0 && leftLines[l] == rightLines[r]);
        }
    }

    void nodes(const JsonNode* left, const JsonNode* right, const QString& name, const QString& path, int depth) {
        const bool leftGroup = left != nullptr && left->isGroup(), rightGroup = right != nullptr && right->isGroup();
        const auto text = [](const JsonNode* node) { return node == nullptr ? std::nullopt : std::optional(serdes::shownAs(*node)); };
        const bool sameKind = left != nullptr && right != nullptr && left->kind == right->kind;
        const bool group = leftGroup || rightGroup;
        // Two objects are one line that the lines below speak for; an object beside a number differs by itself.
        add(name, path, depth, text(left), text(right), sameKind && (group || left->text == right->text), group && (left == nullptr || right == nullptr || sameKind));
        if (!group)
            return;
        static const QList<JsonNode> none;
        const auto& a = leftGroup ? left->children : none;
        const auto& b = rightGroup ? right->children : none;
        const bool array = (leftGroup ? left : right)->kind == JsonNode::Kind::Array;
        Pairs pairs;
        if (leftGroup && rightGroup && sameKind && array) {
            QList<QByteArray> leftTexts, rightTexts;
            for (const auto& child : a)
                leftTexts.append(canonical(child));
            for (const auto& child : b)
                rightTexts.append(canonical(child));
            pairs = align(static_cast<int>(a.size()), static_cast<int>(b.size()), [&](int i, int j) { return leftTexts[i] == rightTexts[j]; }, true);
        } else if (leftGroup && rightGroup && sameKind) {
            QStringList leftNames, rightNames;
            for (const auto& child : a)
                leftNames.append(child.name);
            for (const auto& child : b)
                rightNames.append(child.name);
            pairs = matchNames(leftNames, rightNames);
        } else {
            for (int i = 0; i < a.size(); ++i)
                pairs.append({i, -1});
            for (int i = 0; i < b.size(); ++i)
                pairs.append({-1, i});
        }
        for (const auto& [l, r] : pairs) {
            const auto& either = l >= 0 ? a[l] : b[r];
            const bool element = l >= 0 ? left->kind == JsonNode::Kind::Array : right->kind == JsonNode::Kind::Array;
            const QString childName = element ? QStringLiteral("[%1]").arg(l >= 0 ? l : r) : either.name;
            nodes(l >= 0 ? &a[l] : nullptr, r >= 0 ? &b[r] : nullptr, childName, element ? path + childName : path + u'.' + childName, depth + 1);
        }
    }

    void headers(const QList<client::Header>& left, const QList<client::Header>& right) {
        if (left.isEmpty() && right.isEmpty())
            return;
        add(Text::tr("headers"), QStringLiteral("headers"), 0, QString::number(left.size()), QString::number(right.size()), true, true);
        const auto namesOf = [](const QList<client::Header>& all) {
            QStringList names;
            for (const auto& header : all)
                names.append(serdes::safeText(header.name));
            return names;
        };
        const QStringList a = namesOf(left), b = namesOf(right);
        for (const auto& [l, r] : matchNames(a, b)) {
            const QString name = l >= 0 ? a[l] : b[r];
            bytes(name, QStringLiteral("headers.") + name, 1, l >= 0 ? left[l].value : std::nullopt, r >= 0 ? right[r].value : std::nullopt, l >= 0, r >= 0);
        }
    }

private:
    /// A text by its lines, anything else by sixteen bytes.
    QStringList linesOf(const QByteArray& bytes) {
        const auto decoded = serdes::decode(bytes, serdes::detect(bytes) == serdes::Format::Hex ? serdes::Format::Hex : serdes::Format::Automatic);
        QStringList lines;
        if (decoded.format != serdes::Format::Hex)
            lines = decoded.text.split(u'\n');
        else
            for (qsizetype at = 0; at < bytes.size() && lines.size() <= kComparedLinesMax; at += kBytesPerLine)
                lines.append(QString::fromLatin1(bytes.mid(at, kBytesPerLine).toHex(' ')));
        m_result.cut = m_result.cut || lines.size() > kComparedLinesMax;
        return lines.mid(0, kComparedLinesMax);
    }

    Comparison m_result;
};

} // namespace

Comparison compare(const client::Record& left, const client::Record& right) {
    Comparer comparer;
    comparer.bytes(Text::tr("key"), QStringLiteral("key"), 0, left.key, right.key);
    comparer.headers(left.headers, right.headers);
    comparer.bytes(Text::tr("value"), QStringLiteral("value"), 0, left.value, right.value);
    auto result = comparer.take();
    result.identical = left.key == right.key && left.headers == right.headers && left.value == right.value;
    return result;
}

QString differencesAsText(const Comparison& comparison) {
    QString text;
    for (const auto& line : comparison.lines) {
        if (line.state == State::Same || line.group)
            continue;
        if (line.state != State::RightOnly)
            text += QStringLiteral("- %1 %2\n").arg(line.path, line.left);
        if (line.state != State::LeftOnly)
            text += QStringLiteral("+ %1 %2\n").arg(line.path, line.right);
    }
    return text;
}

Stretch differingStretch(const QString& left, const QString& right) {
    Stretch stretch;
    const auto shorter = std::min(left.size(), right.size());
    while (stretch.first < shorter && left[stretch.first] == right[stretch.first])
        ++stretch.first;
    while (stretch.sameAtEnd < shorter - stretch.first && left[left.size() - 1 - stretch.sameAtEnd] == right[right.size() - 1 - stretch.sameAtEnd])
        ++stretch.sameAtEnd;
    return stretch;
}

} // namespace models::messages
