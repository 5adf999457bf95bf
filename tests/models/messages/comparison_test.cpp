// Two messages side by side: what stands beside what, and what is said to differ.
#include "models/messages/comparison.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTest>

using namespace models::messages;
using models::client::Record;
using namespace Qt::StringLiterals;
using State = ComparedLine::State;

namespace {

Record message(std::optional<QByteArray> value, std::optional<QByteArray> key = QByteArray("k"), QList<models::client::Header> headers = {}) {
    Record record;
    record.key = std::move(key);
    record.value = std::move(value);
    record.headers = std::move(headers);
    return record;
}

/// "=path" or "!path left right", "-path left", "+path right"; groups in brackets.
QStringList told(const Comparison& comparison) {
    QStringList lines;
    for (const auto& line : comparison.lines) {
        const QString sign = line.state == State::Same ? u"="_s : line.state == State::Differs ? u"!"_s : line.state == State::LeftOnly ? u"-"_s : u"+"_s;
        QString text = sign + line.path;
        if (!line.group && line.state != State::Same)
            text += (line.state != State::RightOnly ? u' ' + line.left : QString()) + (line.state != State::LeftOnly ? u' ' + line.right : QString());
        lines << (line.group ? u'[' + text + u']' : text);
    }
    return lines;
}

} // namespace

class ComparisonTest : public QObject {
    Q_OBJECT
private slots:
    void fieldsAreMatchedByTheirNames() {
        const auto result = compare(message(R"({"id": 1, "amount": 971.57, "web": true, "lines": [1, 2]})"), message(R"({"amount": 12.00, "id": 1, "note": null, "lines": [1, 2]})"));
        QCOMPARE(told(result), (QStringList{u"=key"_s, u"[=value]"_s, u"=value.id"_s, u"+value.note null"_s, u"!value.amount 971.57 12.00"_s, u"-value.web true"_s, u"[=value.lines]"_s, u"=value.lines[0]"_s,
                                   u"=value.lines[1]"_s}));
        QCOMPARE(result.differing, 1);
        QCOMPARE(result.leftOnly, 1);
        QCOMPARE(result.rightOnly, 1);
        QVERIFY(!result.identical && !result.equal());
    }

    void elementsThatCameAndWentDoNotShiftTheOthers() {
        const auto result = compare(message(R"({"l": [{"a": 1}, {"b": 2}, {"c": 3}]})"), message(R"({"l": [{"b":2}, {"c": 4}]})"));
        QCOMPARE(told(result), (QStringList{u"=key"_s, u"[=value]"_s, u"[=value.l]"_s, u"[-value.l[0]]"_s, u"-value.l[0].a 1"_s, u"[=value.l[1]]"_s, u"=value.l[1].b"_s, u"[=value.l[2]]"_s, u"!value.l[2].c 3 4"_s}));
    }

    void whatIsOfAnotherKindDiffers() {
        const auto kinds = compare(message(R"({"a": "1", "b": {"x": 1}, "c": 1})"), message(R"({"a": 1, "b": 7, "c": 1})"));
        QCOMPARE(told(kinds), (QStringList{u"=key"_s, u"[=value]"_s, u"!value.a \"1\" 1"_s, u"!value.b object, 1 field(s) 7"_s, u"-value.b.x 1"_s, u"=value.c"_s}));
        const auto nothing = compare(message(std::nullopt), message(QByteArray()));
        QCOMPARE(nothing.differing, 1); // null is not empty
        const auto deleted = compare(message(R"({"a": 1})"), message(std::nullopt));
        QVERIFY(!deleted.equal());
    }

    void theSameWrittenInAnotherWayIsSaidSo() {
        const auto result = compare(message(R"({"a": 1, "b": [ ]})"), message(R"({"b":[],"a":1})"));
        QVERIFY(result.equal() && !result.identical);
        QVERIFY(compare(message("x"), message("x")).identical);
    }

    void headersMayComeMoreThanOnce() {
        const auto result = compare(message("v", "k", {{"trace", QByteArray("1")}, {"trace", QByteArray("2")}, {"none", std::nullopt}}),
            message("v", "k", {{"trace", QByteArray("1")}, {"none", QByteArray("")}, {"source", QByteArray("web")}}));
        QCOMPARE(told(result), (QStringList{u"=key"_s, u"[=headers]"_s, u"=headers.trace"_s, u"-headers.trace 2"_s, u"!headers.none null "_s, u"+headers.source web"_s, u"=value"_s}));
    }

    void textIsComparedByLinesAndBytesBySixteen() {
        const auto text = compare(message("one\ntwo\nthree"), message("one\nthree\nfour"));
        QCOMPARE(told(text), (QStringList{u"=key"_s, u"[=value]"_s, u"=value line 1"_s, u"-value line 2 two"_s, u"=value line 3"_s, u"+value line 3 four"_s}));
        QByteArray bytes(40, '\0');
        QByteArray other = bytes;
        other[20] = '\xff';
        const auto hex = compare(message(bytes), message(other));
        QCOMPARE(hex.differing, 1);
        QVERIFY(hex.lines.last().path == u"value line 3" && hex.lines.last().state == State::Same);
    }

    void aTicketGetsTheDifferencesOnly() {
        QCOMPARE(differencesAsText(compare(message(R"({"a": 1, "b": 2})"), message(R"({"a": 1, "b": 3, "c": 4})"))), u"- value.b 2\n+ value.b 3\n+ value.c 4\n"_s);
    }

    void theStretchThatDiffers() {
        const auto stretch = differingStretch(u"order-12-web"_s, u"order-133-web"_s);
        QCOMPARE(stretch.first, 7);
        QCOMPARE(stretch.sameAtEnd, 4);
        const auto grown = differingStretch(u"aa"_s, u"aaa"_s); // never counted from both ends
        QCOMPARE(grown.first + grown.sameAtEnd, 2);
    }

    void whatWasNotLookedAtIsNotCalledTheSame() {
        QByteArray lines = QByteArray("line\n").repeated(25'000);
        auto later = lines;
        later.replace(24'000 * 5, 4, "LINE");
        const auto text = compare(message(lines), message(later));
        QVERIFY(text.equal() && text.cut && !text.identical);
        QByteArray bytes(20'001 * 16, '\0');
        auto other = bytes;
        other[other.size() - 1] = '\xff';
        QVERIFY(compare(message(bytes), message(other)).cut);
        bytes.chop(16);
        QVERIFY(!compare(message(bytes), message(bytes)).cut);
    }

    void largeAndHostileOnesEndSoon() {
        QElapsedTimer timer;
        timer.start();
        QByteArray left, right;
        for (int i = 0; i < 30'000; ++i) {
            left += QByteArray::number(i * 7919LL % 10007) + '\n';
            right += QByteArray::number(i * 104729LL % 10007) + '\n';
        }
        QVERIFY(!compare(message(left), message(right)).lines.isEmpty());
        QByteArray array = "[" + QByteArray("1,").repeated(3000) + "1]";
        QVERIFY(!compare(message(array), message("[" + QByteArray("2,").repeated(3000) + "1]")).lines.isEmpty());
        QVERIFY(compare(message(QByteArray(3 << 20, 'x')), message(QByteArray(3 << 20, 'x') + "y")).cut);
        QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
        QRandomGenerator random(7);
        for (int round = 0; round < 500; ++round) {
            QByteArray a(random.bounded(60), 0), b(random.bounded(60), 0);
            for (auto* bytes : {&a, &b})
                for (auto& byte : *bytes)
                    byte = round % 2 ? "{}[]\",:01a\n"[random.bounded(11)] : static_cast<char>(random.bounded(256));
            const auto result = compare(message(a, b), message(b, a));
            for (const auto& line : result.lines)
                for (const QString& text : {line.left, line.right, line.name})
                    for (const QChar c : text)
                        QVERIFY(c.unicode() >= 0x20 || c == u'\t');
            QCOMPARE(compare(message(a, b), message(a, b)).equal(), true);
        }
    }
};

SAMSA_TEST(ComparisonTest)
#include "comparison_test.moc"
