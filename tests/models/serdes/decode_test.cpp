#include "models/serdes/decode.h"
#include "tests/support/test_registry.h"

#include <QRandomGenerator>
#include <QTest>

using namespace models::serdes;

class DecodeTest : public QObject {
    Q_OBJECT
private slots:
    void detects() {
        QCOMPARE(detect("{\"a\": [1, 2.50, true, null, \"x\"]}"), Format::Json);
        QCOMPARE(detect("  [1]\n"), Format::Json);
        QCOMPARE(detect("{\"a\":}"), Format::Text);
        QCOMPARE(detect("42"), Format::Text);
        QCOMPARE(detect("plain text, \xc3\xa4"), Format::Text);
        QCOMPARE(detect(QByteArray("\0\0\0\7", 4)), Format::Hex);
        QCOMPARE(detect("\xff\xfe"), Format::Hex);
        QCOMPARE(detect("\xed\xa0\x80"), Format::Hex); // a lone surrogate
        QCOMPARE(detect("\xc0\xaf"), Format::Hex);     // an overlong slash
        QCOMPARE(detect(""), Format::Text);
    }

    void prettyKeepsTheDigits() {
        const auto decoded = decode("{\"n\":12345678901234567890.1000,\"e\":{},\"l\":[1,[]]}");
        QCOMPARE(decoded.format, Format::Json);
        QCOMPARE(decoded.text, QStringLiteral("{\n  \"n\": 12345678901234567890.1000,\n  \"e\": {},\n  \"l\": [\n    1,\n    []\n  ]\n}"));
    }

    void saysWhyItIsNotJson() {
        const auto decoded = decode("{\"a\" 1}", Format::Json);
        QCOMPARE(decoded.format, Format::Text);
        QVERIFY(decoded.problem.contains(QStringLiteral("colon")));
    }

    void hostileTextIsHarmless() {
        const QString shown = preview("a\nb\t\x1b[31m\xe2\x80\xae" "cod.exe");
        QVERIFY(!shown.contains(u'\n') && !shown.contains(QChar(0x202E)) && !shown.contains(QChar(0x1B)));
        QVERIFY(shown.startsWith(QStringLiteral("a\\nb\\t")));
        QVERIFY(shown.contains(QStringLiteral("\\u{202E}")));
        QCOMPARE(safeText(QByteArray("\x80z")), QStringLiteral("\\x80z"));
        QCOMPARE(safeText(QString(QChar(0xD800)) + u'x'), QStringLiteral("\\u{D800}x"));
        const auto json = decode("{\"x\":\"\xe2\x80\xae\"}");
        QVERIFY(!json.text.contains(QChar(0x202E)));
        QVERIFY(safeText(QByteArray("\xf0\x9f\x98\x80")).size() == 2); // an emoji stays
    }

    void longValuesAreCut() {
        const QByteArray big(1 << 22, 'x');
        QVERIFY(preview(big).size() <= 301);
        const auto decoded = decode(big);
        QVERIFY(decoded.truncated);
        QCOMPARE(decoded.text.size(), 1 << 20);
        // A character cut in the middle does not turn text into bytes.
        QByteArray umlauts;
        while (umlauts.size() < 5000)
            umlauts += "\xc3\xa4";
        QVERIFY(!preview('x' + umlauts).contains(QStringLiteral("c3 a4")));
    }

    void treesKnowTheirBytes() {
        const QByteArray bytes = "{\"amount\": 942.18, \"lines\": [1, {\"k\": \"v\"}]}";
        JsonNode root;
        QVERIFY(parseJson(bytes, &root));
        QCOMPARE(root.children.size(), 2);
        QCOMPARE(root.children[0].name, QStringLiteral("amount"));
        QCOMPARE(bytes.sliced(root.children[0].begin, root.children[0].end - root.children[0].begin), QByteArray("942.18"));
        QCOMPARE(root.children[1].children[1].children[0].text, QStringLiteral("\"v\""));
        QCOMPARE(root.children[1].children[0].name, QStringLiteral("0"));
        QCOMPARE(root.end, bytes.size());
    }

    void depthAndNumberAreBounded() {
        JsonNode root;
        QString problem;
        QVERIFY(!parseJson(QByteArray(100'000, '['), &root, &problem));
        QVERIFY(problem.contains(QStringLiteral("64")));
        QVERIFY(!parseJson('[' + QByteArray("1,").repeated(100) + "1]", &root, &problem, 50));
    }

    void anyBytesAreShown() {
        QRandomGenerator random(3);
        for (int round = 0; round < 3000; ++round) {
            QByteArray bytes(random.bounded(40), '\0');
            for (auto& byte : bytes)
                byte = static_cast<char>(round % 2 ? random.bounded(256) : "{}[]\",:0123456789eE+-.\\utfn a"[random.bounded(29)]);
            for (const auto format : {Format::Automatic, Format::Json, Format::Text, Format::Hex}) {
                const auto decoded = decode(bytes, format);
                for (const QChar c : decoded.text)
                    QVERIFY(c.unicode() >= 0x20 || c == u'\n' || c == u'\t');
                QVERIFY(!preview(bytes, format).contains(u'\n'));
            }
        }
    }

    void hexLines() {
        QCOMPARE(hexDump("0123456789abcdefX").section(u'\n', 1), QStringLiteral("00000010  58 ") + QString(15 * 3 + 1, u' ') + QStringLiteral(" X"));
    }
};

SAMSA_TEST(DecodeTest)
#include "decode_test.moc"
