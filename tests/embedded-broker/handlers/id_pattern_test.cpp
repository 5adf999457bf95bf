#include "embedded-broker/handlers/id_pattern.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <string>

using broker::handlers::IdPattern;

class IdPatternTest : public QObject {
    Q_OBJECT
private slots:
    void matches_data() {
        QTest::addColumn<QByteArray>("pattern");
        QTest::addColumn<QByteArray>("matching"); ///< separated by blanks
        QTest::addColumn<QByteArray>("others");
        QTest::newRow("literal") << QByteArray("order") << QByteArray("order") << QByteArray("orders orde Order");
        QTest::newRow("any") << QByteArray("tx-.*") << QByteArray("tx- tx-1 tx-abc") << QByteArray("tx t x-tx-");
        QTest::newRow("dot") << QByteArray("a\\.b.c") << QByteArray("a.bxc a.b.c") << QByteArray("axbxc a.bc");
        QTest::newRow("plus") << QByteArray("(ab)+c") << QByteArray("abc ababc") << QByteArray("c ac abab");
        QTest::newRow("maybe") << QByteArray("ab?c") << QByteArray("ac abc") << QByteArray("abbc");
        QTest::newRow("either") << QByteArray("one|two|three") << QByteArray("one two three") << QByteArray("on onetwo four");
        QTest::newRow("either within") << QByteArray("a(b|cd|)e") << QByteArray("abe acde ae") << QByteArray("abcde ace");
        QTest::newRow("either repeated") << QByteArray("(a|b)*c|d+") << QByteArray("c abbac d ddd") << QByteArray("abd cc");
        QTest::newRow("class") << QByteArray("[a-c_.-]+") << QByteArray("abc a_b - c.-") << QByteArray("d ad A");
        QTest::newRow("not in class") << QByteArray("[^0-9]+") << QByteArray("abc -") << QByteArray("a1 7");
        QTest::newRow("named") << QByteArray("\\w+-\\d{2}") << QByteArray("tx_A-07") << QByteArray("tx-7 tx-007 -07");
        QTest::newRow("counted") << QByteArray("a{2,3}b") << QByteArray("aab aaab") << QByteArray("ab aaaab");
        QTest::newRow("at least") << QByteArray("(?:xy){2,}") << QByteArray("xyxy xyxyxy") << QByteArray("xy xyx");
        QTest::newRow("none or one") << QByteArray("ab{0,1}") << QByteArray("a ab") << QByteArray("abb");
        QTest::newRow("anchors") << QByteArray("^tx$") << QByteArray("tx") << QByteArray("atx txa");
        QTest::newRow("lazy") << QByteArray("a.*?b") << QByteArray("ab axxb abb") << QByteArray("a ba");
        QTest::newRow("nested") << QByteArray("((a*)*b)*") << QByteArray("b aab bab") << QByteArray("a ba");
    }
    void matches() {
        QFETCH(QByteArray, pattern);
        QFETCH(QByteArray, matching);
        QFETCH(QByteArray, others);
        const auto parsed = IdPattern::parse(pattern.toStdString());
        QVERIFY(parsed);
        for (const auto& id : matching.split(' '))
            QVERIFY2(parsed->matches(id.toStdString()), id.constData());
        for (const auto& id : others.split(' '))
            QVERIFY2(!parsed->matches(id.toStdString()), id.constData());
    }

    void refusesWhatIsNone() {
        for (const char* text : {"(", ")", "a)", "[", "[a", "*", "+a", "a**", "a{2,1}", "a{", "a{x}", "a{2000}", "\\", "[b-a]", "\\b", "(?=a)", "(((a{1000}){1000}){1000})"})
            QVERIFY2(!IdPattern::parse(text), text);
        QVERIFY(!IdPattern::parse(std::string(5000, '(')));
        QVERIFY(!IdPattern::parse(std::string("((((){1000}){1000}){1000}){1000}")));
        QVERIFY(IdPattern::parse("")->matches(""));
    }

    /// What takes backtracking matchers longer than the universe lasts.
    void isDoneSoon() {
        const auto parsed = IdPattern::parse("(a+)+(a+)+(a|aa)+$");
        QVERIFY(parsed);
        QVERIFY(!parsed->matches(std::string(3000, 'a') + "b"));
    }
};

SAMSA_TEST(IdPatternTest)
#include "id_pattern_test.moc"
