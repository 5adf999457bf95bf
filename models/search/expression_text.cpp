#include "models/search/expression.h"

#include <QCoreApplication>

namespace models::search {
namespace {
class ExpressionText {
    Q_DECLARE_TR_FUNCTIONS(ExpressionText)
public:
    static QString of(const ExpressionProblem& problem) {
        using Kind = ExpressionProblem::Kind;
        const QString word = problem.detail.left(80);
        switch (problem.kind) {
        case Kind::Empty: return tr("a condition is missing, for example value.amount > 990");
        case Kind::TooLong: return tr("a condition has at most %1 characters").arg(Expression::kCharactersMax);
        case Kind::TooDeep: return tr("more than %1 brackets or names within each other").arg(Expression::kDepthMax);
        case Kind::TooManyTerms: return tr("more than %1 terms").arg(Expression::kTermsMax);
        case Kind::UnknownCharacter: return tr("'%1' means nothing here").arg(word);
        case Kind::UnclosedText: return tr("the text has no closing quote");
        case Kind::BadEscape: return tr("the text has a backslash that means nothing; a backslash itself is \\\\");
        case Kind::BadNumber: return tr("'%1' is not a number").arg(word);
        case Kind::ExpectedOperand: return word.isEmpty() ? tr("a place or a value is missing at the end") : tr("a place or a value should stand before '%1'").arg(word);
        case Kind::ExpectedOperator: return tr("an operator is missing before '%1', for example && or ==").arg(word);
        case Kind::ExpectedName: return tr("a name is missing after the dot or bracket");
        case Kind::ExpectedClosing: return tr("'%1' is missing").arg(word);
        case Kind::ExpectedText: return tr("a text in quotes should stand here");
        case Kind::ExpectedLiteral: return tr("a list of values should stand here, for example [1, 2]");
        case Kind::UnknownName: return tr("there is no '%1'; a message has key, value, headers, timestamp, partition, offset and size").arg(word);
        case Kind::NoSuchField: return tr("%1 has no fields").arg(word);
        case Kind::HeadersNeedName: return tr("headers needs a name, for example headers.source");
        case Kind::BadRegex: return tr("the regular expression is not one: %1").arg(word);
        case Kind::BadTime: return tr("'%1' is not a time; write 2026-11-26 14:00 or milliseconds").arg(word);
        case Kind::NeverTrue: return tr("this can never be true: the two sides are of different kinds");
        }
        return {};
    }
};
} // namespace

QString toText(const ExpressionProblem& problem) { return ExpressionText::of(problem); }

} // namespace models::search
