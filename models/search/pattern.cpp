#include "models/search/pattern.h"

#include <re2/re2.h>

namespace models::search {
namespace {

std::unexpected<Error> damaged(const wire::ScanBatch& batch, const QString& why) {
    return fail(ErrorCode::Corrupt, QStringLiteral("the batch at offset %1 of partition %2").arg(batch.baseOffset).arg(batch.partition), why);
}

bool holds(const TextFinder& finder, const wire::RawRecord& record) {
    if (finder.isIn(record.value) || finder.isIn(record.key))
        return true;
    wire::HeaderCursor headers(record);
    std::string_view name, value;
    while (headers.next(name, value))
        if (finder.isIn(name) || finder.isIn(value))
            return true;
    return false;
}

bool matches(const re2::RE2& regex, const wire::RawRecord& record) {
    const auto in = [&](std::string_view bytes) { return bytes.data() != nullptr && re2::RE2::PartialMatch(re2::StringPiece(bytes.data(), bytes.size()), regex); };
    if (in(record.value) || in(record.key))
        return true;
    wire::HeaderCursor headers(record);
    std::string_view name, value;
    while (headers.next(name, value))
        if (in(name) || in(value))
            return true;
    return false;
}

} // namespace

std::expected<Pattern, ExpressionProblem> Pattern::make(PatternKind kind, const QString& text) {
    Pattern pattern;
    pattern.m_kind = kind;
    pattern.m_source = text;
    if (text.size() > Expression::kCharactersMax)
        return std::unexpected(ExpressionProblem{ExpressionProblem::Kind::TooLong, Expression::kCharactersMax, text.size() - Expression::kCharactersMax, {}});
    switch (kind) {
    case PatternKind::Text: pattern.m_what = TextFinder(text.toStdString()); break;
    case PatternKind::Regex: {
        re2::RE2::Options options(re2::RE2::Quiet);
        options.set_max_mem(8 << 20);
        auto regex = std::make_shared<const re2::RE2>(text.toStdString(), options);
        if (!regex->ok()) {
            const QString part = QString::fromStdString(regex->error_arg());
            const auto at = part.isEmpty() ? -1 : text.indexOf(part);
            return std::unexpected(ExpressionProblem{ExpressionProblem::Kind::BadRegex, std::max<qsizetype>(at, 0), at < 0 ? text.size() : part.size(),
                QString::fromStdString(regex->error())});
        }
        pattern.m_what = std::move(regex);
        break;
    }
    case PatternKind::Condition: {
        auto expression = Expression::parse(text);
        if (!expression)
            return std::unexpected(expression.error());
        pattern.m_what = std::move(*expression);
        break;
    }
    }
    return pattern;
}

Matcher::Matcher(const Pattern& pattern) : m_pattern(pattern) {
    if (const auto* expression = std::get_if<Expression>(&m_pattern.m_what))
        m_evaluator = std::make_unique<Evaluator>(*expression);
}

template <class Test>
Result<qint64> Matcher::searchEach(const wire::ScanBatch& batch, const Found& found, Test&& test) {
    wire::RecordCursor cursor(batch);
    wire::RawRecord record;
    qint64 seen = 0;
    bool checked = false;
    while (cursor.next(record)) {
        ++seen;
        if (!test(record))
            continue;
        if (!checked && !wire::crcValid(batch))
            return damaged(batch, QStringLiteral("its checksum is wrong"));
        checked = true;
        found(record);
    }
    if (cursor.broken())
        return damaged(batch, QStringLiteral("a record does not fit into it"));
    return seen;
}

Result<qint64> Matcher::searchText(const wire::ScanBatch& batch, const TextFinder& finder, const Found& found) {
    std::size_t hit = finder.find(batch.records);
    if (hit == std::string_view::npos && batch.whole())
        return batch.recordCount;
    const char* begin = batch.records.data();
    return searchEach(batch, found, [&](const wire::RawRecord& record) {
        if (hit == std::string_view::npos)
            return false;
        const auto end = static_cast<std::size_t>(record.body.data() + record.body.size() - begin);
        if (hit >= end)
            return false;
        const bool matched = holds(finder, record); // the hit may lie across two fields
        hit = finder.find(batch.records, end);
        return matched;
    });
}

Result<qint64> Matcher::search(const wire::ScanBatch& batch, const Found& found) {
    if (const auto* finder = std::get_if<TextFinder>(&m_pattern.m_what)) {
        if (finder->text().empty())
            return searchEach(batch, found, [](const wire::RawRecord&) { return true; });
        return searchText(batch, *finder, found);
    }
    if (const auto* regex = std::get_if<std::shared_ptr<const re2::RE2>>(&m_pattern.m_what))
        return searchEach(batch, found, [&](const wire::RawRecord& record) { return matches(**regex, record); });
    return searchEach(batch, found, [&](const wire::RawRecord& record) { return m_evaluator->matches(record, batch.partition); });
}

} // namespace models::search
