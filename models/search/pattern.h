#pragma once
// What is looked for, and how a batch is asked. A text is looked for in the bytes of a whole batch at once: only batches that hold it are walked record by
// record. Regular expressions are RE2's: linear in the message, whatever the expression.

#include "models/base/error.h"
#include "models/search/expression.h"
#include "models/search/text_finder.h"
#include "models/wire/record_cursor.h"

#include <functional>
#include <memory>
#include <variant>

namespace re2 {
class RE2;
}

namespace models::search {

enum class PatternKind { Text, Regex, Condition };

/// Immutable, any thread.
class Pattern {
public:
    /// An empty text matches every message. `problem` is set for a condition or a regular expression that is none.
    static std::expected<Pattern, ExpressionProblem> make(PatternKind kind, const QString& text);

    [[nodiscard]] PatternKind kind() const { return m_kind; }
    [[nodiscard]] const QString& source() const { return m_source; }

private:
    friend class Matcher;
    PatternKind m_kind = PatternKind::Text;
    QString m_source;
    std::variant<TextFinder, std::shared_ptr<const re2::RE2>, Expression> m_what{TextFinder({})};
};

/// Asks batches; of one thread.
class Matcher {
public:
    using Found = std::function<void(const wire::RawRecord&)>;
    explicit Matcher(const Pattern& pattern);
    /// Calls `found` for each record that matches, in order. Answers how many records were looked at; an error when the batch is damaged, or when its
    /// checksum is wrong and something would have matched (the records are then not to be believed).
    Result<qint64> search(const wire::ScanBatch& batch, const Found& found);

private:
    Result<qint64> searchText(const wire::ScanBatch& batch, const TextFinder& finder, const Found& found);
    template <class Test>
    Result<qint64> searchEach(const wire::ScanBatch& batch, const Found& found, Test&& test);
    const Pattern m_pattern;
    std::unique_ptr<Evaluator> m_evaluator;
};

} // namespace models::search
