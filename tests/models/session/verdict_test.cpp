// Burrow's rules, one row each, on windows written as commits: second, offset, lag.
#include "models/session/verdict.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models::session;
using models::client::TopicPartition;

namespace {

struct Reading {
    qint64 second, offset, lag;
};
constexpr qint64 kBase = 1'800'000'000'000;

CommitWindow windowOf(const QList<Reading>& readings) {
    CommitWindow window;
    for (const auto& one : readings)
        window.note(kBase + one.second * 1000, one.offset, one.lag);
    return window;
}
/// A commit every five seconds from 0 on, with these lags.
QList<Reading> moving(const QList<qint64>& lags) {
    QList<Reading> all;
    for (int i = 0; i < lags.size(); ++i)
        all.append({i * 5, 100 + i * 10, lags[i]});
    return all;
}

} // namespace

class VerdictTest : public QObject {
    Q_OBJECT
private slots:
    void rules_data() {
        QTest::addColumn<QList<Reading>>("readings");
        QTest::addColumn<qint64>("lag");
        QTest::addColumn<bool>("reader");
        QTest::addColumn<qint64>("now");
        QTest::addColumn<int>("verdict");
        const auto row = [](const char* name, const QList<Reading>& readings, qint64 lag, bool reader, qint64 now, Verdict verdict) {
            QTest::newRow(name) << readings << lag << reader << now << static_cast<int>(verdict);
        };
        row("nothing seen", {}, -1, true, 0, Verdict::Unknown);
        row("one reading does not show that it moves", {{0, 100, 5}}, 5, true, 10, Verdict::Unknown);
        row("nothing unread", moving({9, 9, 9}), 0, true, 10, Verdict::Ok);
        row("nothing unread for an hour, nobody there", moving({9, 9, 0}), 0, false, 3600, Verdict::Ok);
        row("lag falls again and again", moving({50, 70, 40, 60, 30, 70}), 70, true, 26, Verdict::Ok);
        row("lag never falls", moving({50, 60, 60, 70, 80, 90}), 95, true, 26, Verdict::Warn);
        row("lag stays the same while offsets move", moving({50, 50, 50, 50, 50, 50}), 50, true, 26, Verdict::Warn);
        row("too few commits to call it a trend", moving({50, 60, 70}), 70, true, 11, Verdict::Ok);
        row("lag was zero in the window", moving({50, 60, 0, 70, 80, 90}), 95, true, 26, Verdict::Ok);
        row("no commit for longer than the window, reader there", moving({50, 40, 60, 40, 60, 40, 60, 40, 60, 40, 60, 40, 60, 40, 60, 40}), 90, true, 136, Verdict::Stall);
        row("a reader may be at work for a minute", moving({50, 40, 60, 40, 60}), 90, true, 80, Verdict::Ok);
        row("and no longer", moving({50, 40, 60, 40, 60}), 90, true, 81, Verdict::Stall);
        row("no commit for longer than the window, nobody there", moving({50, 40, 60, 40, 60}), 90, false, 41, Verdict::Stop);
        row("quiet as long as the window is still fine", moving({50, 40, 60, 40, 60}), 90, true, 40, Verdict::Ok);
        row("a short window is given fifteen seconds", {{0, 100, 5}, {1, 101, 6}}, 7, false, 15, Verdict::Ok);
        row("and no more", {{0, 100, 5}, {1, 101, 6}}, 7, false, 17, Verdict::Stop);
        row("dead from the beginning", {{0, 100, 5}, {20, 100, 5}}, 5, false, 20, Verdict::Stop);
        row("idle for ten minutes, then one message: not stopped", {{0, 100, 3}, {5, 103, 0}, {600, 103, 0}, {601, 103, 1}}, 1, true, 602, Verdict::Ok);
        row("died after it had read all", {{0, 100, 3}, {5, 103, 0}, {60, 103, 0}, {61, 103, 1}, {90, 103, 40}}, 40, false, 90, Verdict::Stop);
        row("went back", {{0, 100, 5}, {5, 110, 5}, {10, 20, 95}}, 95, true, 11, Verdict::Rewind);
        row("went back and nobody goes on", {{0, 100, 5}, {5, 110, 5}, {10, 20, 95}}, 95, false, 100, Verdict::Rewind);
        row("went back, and has read all since", {{0, 100, 5}, {5, 110, 5}, {10, 20, 95}, {15, 115, 0}, {20, 116, 2}}, 2, true, 21, Verdict::Ok);
    }

    void rules() {
        QFETCH(QList<Reading>, readings);
        QFETCH(qint64, lag);
        QFETCH(bool, reader);
        QFETCH(qint64, now);
        QFETCH(int, verdict);
        QCOMPARE(static_cast<int>(judge(windowOf(readings), lag, reader, kBase + now * 1000).verdict), verdict);
    }

    void saysWhatDecided() {
        auto judged = judge(windowOf({{0, 100, 5}, {5, 110, 5}, {10, 20, 95}}), 95, true, kBase + 11'000);
        QCOMPARE(judged.before, 110);
        QCOMPARE(judged.after, 20);
        QCOMPARE(judged.sinceMs, kBase + 10'000);
        judged = judge(windowOf(moving({50, 40, 60, 40, 60})), 90, false, kBase + 60'000);
        QCOMPARE(judged.sinceMs, kBase + 20'000);
        QCOMPARE(judged.after, 90);
        judged = judge(windowOf(moving({50, 60, 60, 70, 80, 90})), 95, true, kBase + 26'000);
        QCOMPARE(judged.before, 50);
        QCOMPARE(judged.after, 90);
    }

    void theWindowIsBounded() {
        CommitWindow window;
        for (int i = 0; i < 1000; ++i)
            window.note(i * 100, i, 1);
        QVERIFY(window.commits().size() <= static_cast<std::size_t>(CommitWindow::kCommitsMax));
        for (std::size_t i = 2; i < window.commits().size(); ++i)
            QVERIFY(window.commits()[i].timeMs - window.commits()[i - 1].timeMs >= CommitWindow::kDistanceMinMs);
        QCOMPARE(window.commits().back().offset, 999);
    }

    void aGroupIsAsBadAsItsWorstPartition() {
        const auto of = [](Verdict verdict, int partition, qint64 waiting) {
            Judgement judged;
            judged.verdict = verdict;
            judged.partition = {QStringLiteral("orders"), partition};
            judged.after = waiting;
            return judged;
        };
        QVERIFY(worstOf({}).verdict == Verdict::Unknown);
        const auto worst = worstOf({of(Verdict::Ok, 0, 0), of(Verdict::Stop, 1, 10), of(Verdict::Warn, 2, 99), of(Verdict::Stop, 3, 70), of(Verdict::Stop, 4, 5)});
        QVERIFY(worst.verdict == Verdict::Stop);
        QCOMPARE(worst.partition.partition, 3);
        QCOMPARE(worst.partitions, 3);
        // What waits and is not known yet is not fine because the others have nothing to read.
        QVERIFY(worstOf({of(Verdict::Ok, 0, 0), of(Verdict::Unknown, 1, 7)}).verdict == Verdict::Unknown);
        QVERIFY(worstOf({of(Verdict::Ok, 0, 0), of(Verdict::Unknown, 1, 0)}).verdict == Verdict::Ok);
        QVERIFY(worstOf({of(Verdict::Warn, 0, 0), of(Verdict::Unknown, 1, 7)}).verdict == Verdict::Warn);
    }
};

SAMSA_TEST(VerdictTest)
#include "verdict_test.moc"
