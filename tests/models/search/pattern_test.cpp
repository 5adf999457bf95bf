// What is looked for in batches: texts, regular expressions, and the counting of time.
#include "models/search/pattern.h"
#include "models/search/time_histogram.h"

#include "tests/models/search/message.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QTest>
#include <random>

using namespace models;
using namespace models::search;

namespace {

QList<qint64> found(PatternKind kind, const QString& what, const wire::ScanBatch& batch, qint64* seen = nullptr) {
    const auto pattern = Pattern::make(kind, what);
    if (!pattern)
        return {-1};
    Matcher matcher(*pattern);
    QList<qint64> offsets;
    const auto count = matcher.search(batch, [&](const wire::RawRecord& record) { offsets.append(record.offset); });
    if (seen != nullptr)
        *seen = count ? *count : -1;
    return offsets;
}

} // namespace

class PatternTest : public QObject {
    Q_OBJECT
private slots:
    void findsTextsWhereverTheyBegin() {
        // Against the plain way, for every length around the width of a vector and every place.
        std::mt19937 random(7);
        for (std::size_t size : {1U, 2U, 3U, 5U, 8U, 31U, 32U, 33U, 64U, 70U}) {
            for (int round = 0; round < 300; ++round) {
                std::string hay(random() % 300, 'a');
                for (auto& c : hay)
                    c = static_cast<char>('a' + random() % 2);
                std::string needle(size, 'a');
                for (auto& c : needle)
                    c = static_cast<char>('a' + random() % 2);
                if (hay.size() > size && random() % 2 == 0)
                    hay.replace(random() % (hay.size() - size), size, needle);
                const TextFinder finder(needle);
                const std::size_t from = random() % 5;
                QCOMPARE(finder.find(hay, from), from > hay.size() ? std::string::npos : hay.find(needle, from));
            }
        }
        QCOMPARE(TextFinder("").find("abc"), 0U);
        QCOMPARE(TextFinder("abc").find(""), std::string_view::npos);
    }

    void looksIntoKeyValueAndHeaders() {
        const tests::EncodedMessages messages({{.offset = 10, .key = "alpha", .value = "one"}, {.offset = 11, .value = "two beta"}, {.offset = 13, .headers = {{"gamma", "x"}}},
                                                  {.offset = 14, .headers = {{"x", "delta"}}}, {.offset = 15, .key = "be", .value = "ta"}},
            0);
        qint64 seen = 0;
        QCOMPARE(found(PatternKind::Text, QStringLiteral("alpha"), messages.batch(), &seen), (QList<qint64>{10}));
        QCOMPARE(seen, 5);
        QCOMPARE(found(PatternKind::Text, QStringLiteral("beta"), messages.batch()), (QList<qint64>{11})); // not across key and value
        QCOMPARE(found(PatternKind::Text, QStringLiteral("gamma"), messages.batch()), (QList<qint64>{13}));
        QCOMPARE(found(PatternKind::Text, QStringLiteral("delta"), messages.batch()), (QList<qint64>{14}));
        QCOMPARE(found(PatternKind::Text, QStringLiteral("omega"), messages.batch(), &seen), QList<qint64>{});
        QCOMPARE(seen, 5);
        QCOMPARE(found(PatternKind::Text, {}, messages.batch()).size(), 5);
        QCOMPARE(found(PatternKind::Regex, QStringLiteral("^(alpha|two)"), messages.batch()), (QList<qint64>{10, 11}));
        QCOMPARE(found(PatternKind::Condition, QStringLiteral("offset > 12 && headers.x == \"delta\""), messages.batch()), (QList<qint64>{14}));
    }

    void partsOfABatchAreCountedExactly() {
        tests::EncodedMessages messages({{.offset = 10, .value = "a x"}, {.offset = 11, .value = "b"}, {.offset = 12, .value = "c x"}}, 0);
        messages.batch().first = 11;
        qint64 seen = 0;
        QCOMPARE(found(PatternKind::Text, QStringLiteral("x"), messages.batch(), &seen), (QList<qint64>{12}));
        QCOMPARE(seen, 2);
        QCOMPARE(found(PatternKind::Text, QStringLiteral("none"), messages.batch(), &seen), QList<qint64>{});
        QCOMPARE(seen, 2);
    }

    void damagedRecordsAreAnError() {
        tests::EncodedMessages messages({{.offset = 10, .value = "a"}, {.offset = 11, .value = "b"}}, 0);
        messages.batch().recordCount = 5;
        qint64 seen = 0;
        QCOMPARE(found(PatternKind::Condition, QStringLiteral("value == \"a\""), messages.batch(), &seen), (QList<qint64>{10}));
        QCOMPARE(seen, -1);
    }

    void regularExpressionsAreLinear() {
        QVERIFY(!Pattern::make(PatternKind::Regex, QStringLiteral("(")).has_value());
        const tests::EncodedMessages messages({{.value = std::string(1 << 20, 'a') + 'b'}}, 0);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(found(PatternKind::Regex, QStringLiteral("(a+)+$"), messages.batch()), QList<qint64>{});
        QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed()))); // seconds where it were not
    }

    void countsOverTime() {
        TimeHistogram histogram;
        QVERIFY(histogram.empty());
        histogram.add(TimeHistogram::Matched, 1'000'000);
        histogram.addSpan(TimeHistogram::Scanned, 1'000'000, 1'100'000, 1000);
        histogram.add(TimeHistogram::Scanned, 500'000, 3); // before what was seen first
        histogram.add(TimeHistogram::Scanned, -5);         // not a time
        histogram.add(TimeHistogram::Scanned, std::numeric_limits<qint64>::max());
        qint64 scanned = 0, matched = 0;
        for (int i = 0; i < TimeHistogram::kBins; ++i) {
            scanned += histogram.at(TimeHistogram::Scanned, i);
            matched += histogram.at(TimeHistogram::Matched, i);
        }
        QCOMPARE(scanned, 1003);
        QCOMPARE(matched, 1);
        QVERIFY(histogram.startMs() <= 500'000);
        QVERIFY(histogram.startMs() + histogram.widthMs() * TimeHistogram::kBins > 1'100'000);
        TimeHistogram other;
        other.add(TimeHistogram::Scanned, 2'000'000, 7);
        histogram.add(other);
        const auto [first, last] = histogram.used();
        QVERIFY(histogram.at(TimeHistogram::Scanned, first) > 0);
        QVERIFY(histogram.at(TimeHistogram::Scanned, last) > 0);
        // A gatherer with narrower bins shows no gaps that were not there.
        TimeHistogram even;
        even.addSpan(TimeHistogram::Scanned, 1000, 1000 + 300'000, 300'000);
        even.add(TimeHistogram::Scanned, 0); // widens it
        TimeHistogram sum;
        sum.add(even);
        const auto [begin, end] = sum.used();
        qint64 total = 0;
        int gaps = 0;
        for (int i = begin; i <= end; ++i) {
            total += sum.at(TimeHistogram::Scanned, i);
            gaps += sum.at(TimeHistogram::Scanned, i) == 0;
        }
        QCOMPARE(total, 300'001);
        QCOMPARE(gaps, 0);
    }
};

SAMSA_TEST(PatternTest)
#include "pattern_test.moc"
