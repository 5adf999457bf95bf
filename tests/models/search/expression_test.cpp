// The language of conditions: what it understands, where it says that something is wrong, and what messages it takes.
#include "models/search/expression.h"

#include "tests/models/search/message.h"
#include "tests/support/test_registry.h"

#include <QDateTime>
#include <QTest>

using namespace models::search;
using Kind = ExpressionProblem::Kind;

namespace {
const tests::Message kOrder{.offset = 42,
    .timestampMs = 1'764'165'600'000,
    .key = "o-885944",
    .value = R"({"order":"o-885944","amount":971.57,"count":3,"big":9007199254740993,"huge":18446744073709551615,"name":"Gr\u00fcn","paid":true,"gone":null,
        "customer":{"id":"c-1","tags":["vip","eu"]},"lines":[{"sku":"a","n":1},{"sku":"b","n":22}],"dotted.name":7})",
    .headers = {{"source", "web"}, {"source", "app"}, {"retries", "3"}, {"trace-id", "7f"}, {"app.version", "2.1"}, {"none", std::nullopt}}};
} // namespace

class ExpressionTest : public QObject {
    Q_OBJECT
private slots:
    void judges_data() {
        QTest::addColumn<QString>("condition");
        QTest::addColumn<bool>("expected");
        const auto row = [](const char* condition, bool expected) { QTest::newRow(condition) << QString::fromUtf8(condition) << expected; };
        row("value.amount > 990", false);
        row("value.amount > 900 && headers.source == \"web\"", true);
        row("900 < value.amount", true);
        row("value.amount >= 971.57 and value.amount <= 971.57", true);
        row("value.count == 3", true);
        row("value.count == 3.0", true);
        row("value.count = 3", true);
        row("value.count == \"3\"", false);
        row("value.count != \"3\"", true);
        row("value.big == 9007199254740993", true);
        row("value.big == 9007199254740992", false);
        row("value.huge > 9007199254740993", true);
        row("value.name == 'Grün'", true);
        row("value.name startsWith \"Gr\" && value.name endsWith \"n\"", true);
        row("value.name contains \"r\\u00fc\"", true);
        row("value.paid", true);
        row("value.paid == true", true);
        row("!value.paid", false);
        row("value.gone == null", true);
        row("value.gone", false);
        row("value.missing == null", true);
        row("value.missing != 5", true);
        row("value.missing < 5", false);
        row("value.missing.deeper == null", true);
        row("value.order.deeper == null", true);
        row("value.customer.id == \"c-1\"", true);
        row("value[\"customer\"][\"id\"] == \"c-1\"", true);
        row("value[\"dotted.name\"] == 7", true);
        row("value.customer.tags[0] == \"vip\"", true);
        row("value.customer.tags[1] == \"vip\"", false);
        row("value.customer.tags[9] == null", true);
        row("value.customer.tags[*] == \"eu\"", true);
        row("value.lines[*].sku == \"b\"", true);
        row("value.lines[*].n > 20 && value.lines[*].sku == \"a\"", true);
        row("value.lines[*].sku != \"b\"", false); // none of them may be
        row("value.lines contains \"\\\"sku\\\":\\\"b\\\"\"", true);
        row("value.lines[*].n in [5, 22]", true);
        row("value.customer.id in [\"c-2\", \"c-3\"]", false);
        row("value.order == key", true);
        row("value.count < value.amount", true);
        row("value.amount < value.count", false);
        row("value.lines[*].n == value.count", false);
        row("key == \"o-885944\"", true);
        row("key startsWith \"o-88\"", true);
        row("key =~ \"^o-\\\\d+$\"", true);
        row("key =~ \"^\\\\d+$\"", false);
        row("value contains \"amount\"", true);
        row("value =~ \"(?i)GR\"", true);
        row("headers.source == \"app\"", true);
        row("headers.source != \"app\"", false);
        row("headers.source == \"api\"", false);
        row("headers.retries >= 3", true);
        row("headers.retries == 3", true);
        row("headers.retries == \"3\"", true);
        row("headers.retries in [1, 3]", true);
        row("headers.trace-id == \"7f\"", true);
        row("headers[\"trace-id\"]", true);
        row("headers.app.version == \"2.1\"", true);
        row("headers.none == null", true);
        row("headers.absent == null", true);
        row("headers.absent", false);
        row("partition == 5", true);
        row("partition in [0, 3]", false);
        row("not (partition in [0, 3])", true);
        row("offset >= 42 && offset < 43", true);
        row("size > 100", true);
        row("size > 100000", false);
        row("timestamp == 1764165600000", true);
        row("timestamp >= \"2025-11-26T14:00:00Z\"", true);
        row("timestamp < \"2025-11-26T14:00:00Z\"", false);
        row("timestamp > '2025-01-01' && timestamp < '2026-01-01 00:00'", true);
        row("false || true", true);
        row("true && false || true", true);
        row("true && (false || false)", false);
        row("!!true", true);
        row("value.paid && !value.gone or false", true);
    }
    void judges() {
        QFETCH(QString, condition);
        QFETCH(bool, expected);
        const auto expression = Expression::parse(condition);
        QVERIFY2(expression.has_value(), expression ? "" : qPrintable(toText(expression.error())));
        Evaluator evaluator(*expression);
        tests::EncodedMessages messages({kOrder}, 5);
        QCOMPARE(evaluator.matches(messages.first(), 5), expected);
        QCOMPARE(evaluator.matches(messages.first(), 5), expected); // and again: nothing is left over
    }

    // What a condition has to find somewhere in the text is looked for before any JSON is parsed.
    void findsTextsHoweverTheyAreWritten_data() {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("condition");
        QTest::addColumn<bool>("expected");
        const auto row = [](const char* value, const char* condition, bool expected) { QTest::addRow("%s %s", value, condition) << QByteArray(value) << QString::fromUtf8(condition) << expected; };
        const char* const plain = R"({"source":"web","n":1,"none":"","in":{"a":"b c"},"all":[{"x":"one"},{"x":"two"}]})";
        row(plain, "value.source == \"web\"", true);
        row(plain, "value.source == \"we\"", false);
        row(plain, "value.source == \"app\"", false);
        row(plain, "value.source == \"app\" || value.n == 1", true);
        row(plain, "value.n == 1 && value.source == \"web\"", true);
        row(plain, "value.n == 1 && value.source == \"n\"", false);
        row(plain, "value.n == 1 && (value.source == \"app\" || value.source == \"web\")", true);
        row(plain, "!(value.source == \"app\")", true);
        row(plain, "value.source != \"app\"", true);
        row(plain, "value.source in [\"app\", \"web\"]", true);
        row(plain, "value.none == \"\"", true);
        row(plain, "value.missing == \"\"", false);
        row(plain, "value.in contains '\"a\":\"b'", true);
        row(plain, "value.source startsWith \"w\" && value.source endsWith \"eb\"", true);
        row(plain, "value.all[*].x == \"two\" && value.source == \"web\"", true);
        row(R"({"source":"\u0077eb","n":1})", "value.source == \"web\"", true);
        row(R"({"source":"w\u0065b","n":1})", "value.n == 1 && value.source contains \"web\"", true);
        row(R"({"source":"a\/b"})", "value.source == \"a/b\"", true);
        row(R"({"so\u0075rce":"web"})", "value.source == \"web\"", false); // names are compared as they are written
        row("web, and no JSON", "value.source == \"web\"", false);
        row("web, and no JSON", "value contains \"web\"", true);
        row("", "value.source == \"web\"", false);
    }
    void findsTextsHoweverTheyAreWritten() {
        QFETCH(QByteArray, value);
        QFETCH(QString, condition);
        QFETCH(bool, expected);
        const auto expression = Expression::parse(condition);
        QVERIFY2(expression.has_value(), expression ? "" : qPrintable(toText(expression.error())));
        Evaluator evaluator(*expression);
        tests::EncodedMessages messages({tests::Message{.key = R"({"id":"k-1"})", .value = value.toStdString()}}, 0);
        QCOMPARE(evaluator.matches(messages.first(), 0), expected);
        const auto inKey = Expression::parse(u"key.id == \"k-1\" && value contains \"\""_qs);
        QVERIFY(inKey && Evaluator(*inKey).matches(messages.first(), 0));
        const auto notInKey = Expression::parse(u"key.id == \"web\""_qs);
        QVERIFY(notInKey && !Evaluator(*notInKey).matches(messages.first(), 0));
    }

    void saysWhatIsWrongAndWhere_data() {
        QTest::addColumn<QString>("condition");
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("position");
        QTest::addColumn<int>("length");
        const auto row = [](const char* condition, Kind kind, int position, int length) { QTest::newRow(condition) << QString::fromUtf8(condition) << int(kind) << position << length; };
        row("", Kind::Empty, 0, 0);
        row("  ", Kind::Empty, 2, 0);
        row("value.amount >", Kind::ExpectedOperand, 14, 0);
        row("value.amount > > 3", Kind::ExpectedOperand, 15, 1);
        row("value. > 3", Kind::ExpectedName, 7, 1);
        row("vlaue.amount > 3", Kind::UnknownName, 0, 5);
        row("value.a > 3 value.b", Kind::ExpectedOperator, 12, 5);
        row("value.a == \"x", Kind::UnclosedText, 11, 2);
        row("value.a == \"\\q\"", Kind::BadEscape, 11, 4);
        row("value.a == 12abc", Kind::BadNumber, 11, 5);
        row("value.a == 1e999", Kind::BadNumber, 11, 5);
        row("(value.a == 1", Kind::ExpectedClosing, 13, 0);
        row("value.a == 1)", Kind::ExpectedOperator, 12, 1);
        row("value.a ; 1", Kind::UnknownCharacter, 8, 1);
        row("value[0", Kind::ExpectedClosing, 7, 0);
        row("value[-1] == 1", Kind::ExpectedName, 6, 2);
        row("headers == 1", Kind::HeadersNeedName, 8, 2);
        row("timestamp.x > 3", Kind::NoSuchField, 0, 9);
        row("key =~ \"(\"", Kind::BadRegex, 7, 3);
        row("key =~ key", Kind::ExpectedText, 7, 3);
        row("timestamp > \"noon\"", Kind::BadTime, 10, 1);
        row("partition == \"x\"", Kind::NeverTrue, 10, 2);
        row("offset contains \"x\"", Kind::NeverTrue, 7, 8);
        row("3", Kind::NeverTrue, 0, 1);
        row("\"x\"", Kind::NeverTrue, 0, 3);
        row("value.a in [key]", Kind::ExpectedLiteral, 12, 3);
        row("value.a in 3", Kind::ExpectedLiteral, 11, 1);
        row("not", Kind::ExpectedOperand, 3, 0);
    }
    void saysWhatIsWrongAndWhere() {
        QFETCH(QString, condition);
        QFETCH(int, kind);
        QFETCH(int, position);
        QFETCH(int, length);
        const auto expression = Expression::parse(condition);
        QVERIFY(!expression.has_value());
        QCOMPARE(int(expression.error().kind), kind);
        QCOMPARE(int(expression.error().position), position);
        QCOMPARE(int(expression.error().length), length);
        QVERIFY(!toText(expression.error()).isEmpty());
    }

    void isBounded() {
        const auto deep = [](int depth) { return QString(depth, u'(') + QStringLiteral("true") + QString(depth, u')'); };
        QVERIFY(Expression::parse(deep(60)).has_value());
        QVERIFY(Expression::parse(deep(5000)).error().kind == Kind::TooDeep);
        QVERIFY(Expression::parse(QString(5000, u'!') + QStringLiteral("true")).error().kind == Kind::TooDeep);
        QVERIFY(Expression::parse(QString(20'000, u'x')).error().kind == Kind::TooLong);
        QString many = QStringLiteral("true");
        for (int i = 0; i < 600; ++i)
            many += QStringLiteral(" or true");
        QVERIFY(Expression::parse(many).error().kind == Kind::TooManyTerms);
        QString path = QStringLiteral("value");
        for (int i = 0; i < 100; ++i)
            path += QStringLiteral(".a");
        QVERIFY(Expression::parse(path).error().kind == Kind::TooDeep);
    }

    void hostileValuesAreOnlyMissing() {
        const auto expression = Expression::parse(QStringLiteral("value.a == 1")).value();
        Evaluator evaluator(expression);
        const auto judge = [&](const std::string& value) {
            tests::EncodedMessages messages({{.value = value}}, 0);
            return evaluator.matches(messages.first(), 0);
        };
        QVERIFY(judge(R"({"a":1})"));
        QVERIFY(judge(R"({"b":2,"a":1})"));
        QVERIFY(!judge(""));
        QVERIFY(!judge("{"));
        QVERIFY(!judge("{\"a\":"));
        QVERIFY(!judge("[1,2]"));
        QVERIFY(!judge("\"a\""));
        QVERIFY(!judge(std::string("{\"a\":1\0}", 8)) || true); // a broken end behind what was asked for may be missed, never worse
        QVERIFY(!judge(std::string(1 << 20, '[')));
        QVERIFY(!judge("{\"a\":" + std::string(1 << 20, '[')));
        QVERIFY(!judge(std::string("\xff\xfe{\"a\":1}")));
        QVERIFY(judge(R"(  {"a":1})"));
        QVERIFY(!judge(R"({"a":1e999})"));
    }

    /// A first look that meets an error must not break the second: found by the fuzz target.
    void brokenJsonIsAskedTwice() {
        const auto expression = Expression::parse(QStringLiteral("value.a == 1 || value.b == 2 || value.c[*].d == 3")).value();
        Evaluator evaluator(expression);
        for (const std::string value : {"{\"a\":", "{\"a\"", "{\"x\" 1}", "{\"x\":1", "{\"x\":1,,}", "{\"x\":[1,}", "{x}", "{\"x\":\"\\u12\"}", "[", "[1,"}) {
            tests::EncodedMessages messages({{.value = value}}, 0);
            QVERIFY(!evaluator.matches(messages.first(), 0));
        }
        tests::EncodedMessages good({{.value = R"({"b":2})"}}, 0);
        QVERIFY(evaluator.matches(good.first(), 0));
    }

    void colours() {
        using Token = Expression::Token::Kind;
        const auto tokens = Expression::tokens(QStringLiteral("value.amount > 9.5 and key == \"x\" ; 'y"));
        QList<int> kinds;
        for (const auto& token : tokens)
            kinds.append(int(token.kind));
        QCOMPARE(kinds, (QList<int>{int(Token::Place), int(Token::Place), int(Token::Place), int(Token::Operator), int(Token::Number), int(Token::Word), int(Token::Place),
                            int(Token::Operator), int(Token::Text), int(Token::Bad), int(Token::Bad)}));
    }
};

SAMSA_TEST(ExpressionTest)
#include "expression_test.moc"
