// What a test says: every finding has words and a next step, and the facts of the case stand in them.
#include "ui/connections/test_words.h"

#include "tests/support/test_registry.h"

#include <QLocale>
#include <QTest>

using namespace models::wire;
using namespace ui::connections;
using namespace Qt::StringLiterals;

class TestWordsTest : public QObject {
    Q_OBJECT

    static StepReport failed(TestStep step, Finding finding) {
        StepReport report;
        report.step = step;
        report.state = StepState::Failed;
        report.finding = finding;
        TestPlace place;
        place.host = u"kafka-1.internal"_qs;
        place.port = 9094;
        place.at = step;
        place.finding = finding;
        place.detail = u"<b>the other side's words</b>"_qs;
        report.places = {place};
        return report;
    }

private slots:
    void everyFindingSaysWhatToDoNext() {
        QStringList titles;
        for (int finding = 1; finding <= static_cast<int>(Finding::Other); ++finding) {
            const auto words = wordsOf(failed(TestStep::Ports, static_cast<Finding>(finding)), {});
            QVERIFY2(words.title.startsWith(u"Port: "_qs) && words.title.size() > 12, qPrintable(words.title));
            QVERIFY2(!words.next.isEmpty(), qPrintable(words.title));
            QVERIFY2(!titles.contains(words.title), qPrintable(words.title)); // no two of them say the same
            titles.append(words.title);
            QVERIFY2(words.seen.contains(u"kafka-1.internal:9094"_qs), qPrintable(words.seen));
        }
    }

    void anExpiredCertificateSaysWhenAndWhoseClock() {
        auto report = failed(TestStep::Tls, Finding::CertificateExpired);
        const QDateTime until(QDate(2026, 11, 18), QTime(23, 59), Qt::UTC), now(QDate(2026, 11, 21), QTime(14, 4), Qt::UTC);
        report.places[0].chain = {{u"CN=kafka-1"_qs, u"CN=internal-ca"_qs, {}, until.addYears(-1), until, u"AB"_qs}};
        const auto words = wordsOf(report, {}, now);
        QCOMPARE(words.title, u"TLS: The server's certificate has expired"_qs);
        for (const QString& part : {u"kafka-1.internal:9094"_qs, u"CN=kafka-1"_qs, u"CN=internal-ca"_qs, QLocale().toString(until.toLocalTime(), QLocale::ShortFormat), QLocale().toString(now.toLocalTime(), QLocale::ShortFormat)})
            QVERIFY2(words.seen.contains(part), qPrintable(words.seen));
    }

    void anAddressElsewhereIsNamed() {
        StepReport report;
        report.step = TestStep::Addresses;
        report.state = StepState::Warned;
        for (int i = 1; i <= 2; ++i) {
            TestPlace place;
            place.host = i == 1 ? u"kafka-1.example.org"_qs : u"169.254.169.254"_qs;
            place.port = 9092;
            place.broker = i;
            place.foreign = i == 2;
            report.places.append(place);
        }
        const auto words = wordsOf(report, {});
        QVERIFY2(words.seen.contains(u"Broker 2, 169.254.169.254:9092"_qs) && !words.seen.contains(u"kafka-1"_qs), qPrintable(words.seen));
        QVERIFY(words.next.contains(u"login"_qs));
    }

    void manyServersThatSayTheSameTakeOneLine() {
        StepReport report;
        report.step = TestStep::Versions;
        report.state = StepState::Good;
        for (int i = 0; i < 12; ++i) {
            TestPlace place;
            place.host = u"kafka-%1"_qs.arg(i);
            place.port = 9092;
            place.requests = 61;
            report.places.append(place);
        }
        QCOMPARE(wordsOf(report, {}).seen.count(u'\n'), 0);
        report.places[3].requests = 40;
        QCOMPARE(wordsOf(report, {}).seen.count(u'\n'), 3);
    }
};

SAMSA_TEST(TestWordsTest)
#include "test_words_test.moc"
