// What is kept of the past: roll-ups, size, two runs on one file, a crash between.
#include "models/metrics/history.h"
#include "models/metrics/past_view.h"
#include "models/metrics/recorder.h"
#include "tests/support/test_registry.h"

#include <QDateTime>
#include <QFile>
#include <QSemaphore>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <ctime>
#include <numeric>

using namespace models;
using namespace models::metrics;

namespace {

constexpr qint64 kDay = 86'400'000;
constexpr qint64 kStart = 1'800'000'000'000; // a whole hour
const SeriesKey kLag{Quantity::Lag, Scope::Group, QStringLiteral("billing")};
const SeriesKey kRate{Quantity::MessagesPerSecond, Scope::Cluster, {}};
const QString kCluster = QStringLiteral("local:dev");

QList<Samples> samplesOf(const SeriesKey& key, qint64 fromMs, int count, qint64 stepMs, const std::function<double(int)>& value) {
    Samples samples{key, {}};
    for (int i = 0; i < count; ++i)
        samples.values.append({fromMs + i * stepMs, value(i)});
    return {samples};
}

} // namespace

class HistoryTest : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_dir;
    QString path() const { return m_dir->filePath(QStringLiteral("history.db")); }
    std::shared_ptr<History> open(const History::Limits& limits = {}) const {
        auto opened = History::open(path(), limits);
        return opened ? *opened : nullptr;
    }
    static Past read(History& history, qint64 from, qint64 to, qint64 step, const SeriesKey& key = kLag) {
        auto past = history.read(kCluster, {key}, from, to, step).result();
        return past ? *past : Past{};
    }

private slots:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void aSlowDiskGathersNoQueue() {
        auto database = store::Database::open(path(), store::historyMigrations());
        QVERIFY(database);
        QSemaphore disk;
        (*database)->run<void*>([&disk](store::Connection&) -> Result<void*> {
            disk.acquire();
            return nullptr;
        });
        const auto history = std::make_shared<History>(*database, History::Limits{});
        MetricsStore store;
        Recorder recorder(&store, history, kCluster);
        recorder.setParent(nullptr);
        recorder.claim(QStringLiteral("cluster-1"));
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        for (int i = 0; i < 60; ++i) {
            store.addRound(now - 60'000 + i * 1000, {{kLag, 100.0 + i}});
            recorder.flush();
            QVERIFY(recorder.isWriting());
            QCOMPARE(recorder.waiting(), i > 0 ? 1 : 0);
        }
        disk.release();
        QTRY_VERIFY(!recorder.isWriting());
        recorder.flush();
        QCOMPARE(recorder.waiting(), 0);
        const auto pieces = read(*history, now - 70'000, now + 1000, 1000).pieces.value(kLag);
        QCOMPARE(pieces.last().high, 159.0); // nothing was lost
        QCOMPARE(std::accumulate(pieces.begin(), pieces.end(), 0, [](int sum, const auto& piece) { return sum + piece.count; }), 60);
    }

    void writesThousandsOfSeriesInFarLessTimeThanTheyTell() {
        const auto history = open();
        QList<Samples> portion;
        for (int topic = 0; topic < 5000; ++topic)
            portion += samplesOf({Quantity::MessagesPerSecond, Scope::Topic, QStringLiteral("topic-%1").arg(topic)}, kStart, 5, 2000, [](int i) { return i; });
        QVERIFY(history->append(kCluster, portion).result()); // names are made once
        for (auto& series : portion)
            for (auto& [timeMs, value] : series.values)
                timeMs += 10'000;
        const auto cpuMs = [] {
            timespec t{};
            ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
            return t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
        };
        const auto before = cpuMs();
        QVERIFY(history->append(kCluster, portion).result());
        const auto spent = cpuMs() - before;
        QVERIFY2(spent < 1000, qPrintable(QStringLiteral("%1 ms of CPU for ten seconds of 5,000 series").arg(spent)));
    }

    void rollsUpToTrueExtremesAndMeans() {
        const auto history = open();
        QVERIFY(history);
        // Two hours, a second each, in portions that end anywhere; one needle.
        const auto value = [](int i) { return i == 4321 ? 1e6 : i % 100; };
        for (int from = 0; from < 7200; from += 17)
            QVERIFY(history->append(kCluster, samplesOf(kLag, kStart + from * 1000, std::min(17, 7200 - from), 1000, [&](int i) { return value(from + i); })).result());
        for (const qint64 step : {1000LL, 10'000LL, 60'000LL, 900'000LL, 3'600'000LL}) {
            const auto past = read(*history, kStart, kStart + 7'200'000, step);
            const auto pieces = past.pieces.value(kLag);
            QVERIFY(!pieces.isEmpty());
            int count = 0;
            double total = 0;
            for (const auto& piece : pieces) {
                // Each piece is what a plain loop over its samples gives.
                const auto first = static_cast<int>((piece.startMs - kStart) / 1000), last = static_cast<int>((piece.endMs - kStart) / 1000);
                double low = 1e9, high = -1;
                for (int i = first; i < last; ++i) {
                    low = std::min(low, static_cast<double>(value(i)));
                    high = std::max(high, static_cast<double>(value(i)));
                }
                QCOMPARE(piece.low, low);
                QCOMPARE(piece.high, high);
                count += piece.count;
                total += piece.total;
                QVERIFY(piece.endMs - piece.startMs <= std::max<qint64>(step, 3'600'000));
            }
            QCOMPARE(count, 7200);
            double wanted = 0;
            for (int i = 0; i < 7200; ++i)
                wanted += value(i);
            QCOMPARE(total, wanted);
        }
    }

    void theSameIsNotCountedTwiceAcrossPortions() {
        const auto history = open();
        // A minute is written in six portions; it is folded each time anew.
        for (int i = 0; i < 6; ++i)
            history->append(kCluster, samplesOf(kLag, kStart + i * 10'000, 10, 1000, [](int) { return 5.0; }));
        const auto pieces = read(*history, kStart, kStart + 60'000, 60'000).pieces.value(kLag);
        QCOMPARE(pieces.size(), 1);
        QCOMPARE(pieces[0], (Piece{kStart, kStart + 60'000, 5, 5, 300, 60}));
    }

    void whatWasNotMeasuredIsAGap() {
        const auto history = open();
        history->append(kCluster, samplesOf(kLag, kStart, 60, 1000, [](int) { return 5.0; }));
        history->append(kCluster, samplesOf(kLag, kStart + 300'000, 60, 1000, [](int i) { return i == 7 ? kGap : 9.0; }));
        for (const qint64 step : {1000LL, 10'000LL}) {
            const auto past = read(*history, kStart, kStart + 600'000, step);
            const auto buckets = past.cut(kLag, kStart, kStart + 600'000, 600);
            const auto gaps = std::count_if(buckets.begin(), buckets.end(), [](const Bucket& bucket) { return bucket.isGap(); });
            QCOMPARE(gaps, 1);
            for (const auto& bucket : buckets)
                if (!bucket.isGap())
                    QVERIFY(bucket.startMs < kStart + 60'000 || bucket.startMs >= kStart + 300'000);
        }
    }

    void theOldIsKeptCoarserAndThenNotAtAll() {
        const auto history = open();
        // A sample a minute for ten days.
        const auto value = [](int i) { return static_cast<double>(i); };
        QVERIFY(history->append(kCluster, samplesOf(kLag, kStart, 14'400, 60'000, value)).result());
        const qint64 now = kStart + 10 * kDay;
        QVERIFY(history->prune(now).result());
        const auto all = read(*history, kStart, now, 1000).pieces.value(kLag);
        int count = 0;
        for (qsizetype i = 0; i < all.size(); ++i) {
            count += all[i].count;
            if (i > 0)
                QVERIFY2(all[i].startMs >= all[i - 1].endMs, "pieces lie over one another");
        }
        QVERIFY(count >= 14'400);                              // every sample is still in some piece
        QCOMPARE(all.first().endMs - all.first().startMs, 900'000); // ten days ago by the quarter
        QVERIFY(all.last().endMs - all.last().startMs <= 1000);     // and the end to the second
        QVERIFY(history->prune(kStart + 800 * kDay).result());
        QVERIFY(read(*history, kStart, now, 3'600'000).pieces.value(kLag).isEmpty());
    }

    void staysWithinItsSize() {
        History::Limits limits;
        limits.bytesMax = 2'000'000;
        const auto history = open(limits);
        qint64 time = kStart;
        for (int round = 0; round < 40; ++round) {
            QList<Samples> portion;
            for (int series = 0; series < 100; ++series)
                portion += samplesOf({Quantity::MessagesPerSecond, Scope::Topic, QStringLiteral("topic-%1").arg(series)}, time, 60, 1000, [&](int i) { return i * 1.5 + series; });
            time += 60'000;
            QVERIFY(history->append(kCluster, portion).result());
            QVERIFY2(QFile(path()).size() < limits.bytesMax * 3 / 2, qPrintable(QString::number(QFile(path()).size())));
        }
        QVERIFY(*history->prune(time).result() <= limits.bytesMax);
        // The newest is there.
        const auto past = history->read(kCluster, {{Quantity::MessagesPerSecond, Scope::Topic, QStringLiteral("topic-7")}}, time - 60'000, time, 1000).result();
        QVERIFY(!past->pieces.isEmpty() && !past->pieces.begin()->isEmpty());
    }

    void manySeriesThatNobodyMeasuresAnyMoreGo() {
        History::Limits limits;
        limits.bytesMax = 600'000;
        const auto history = open(limits);
        for (int hour = 0; hour < 40; ++hour) {
            QList<Samples> portion;
            for (int series = 0; series < 200; ++series) // other topics each hour
                portion += samplesOf({Quantity::MessagesPerSecond, Scope::Topic, QStringLiteral("topic-%1-%2").arg(hour).arg(series)}, kStart + hour * 3'600'000LL, 1, 1000, [](int) { return 1.0; });
            QVERIFY(history->append(kCluster, portion).result());
        }
        QVERIFY(*history->prune(kStart + 40 * 3'600'000LL).result() <= limits.bytesMax);
        const SeriesKey newest{Quantity::MessagesPerSecond, Scope::Topic, QStringLiteral("topic-39-0")};
        QVERIFY(!read(*history, kStart, kStart + 40 * 3'600'000LL, 3'600'000, newest).pieces.value(newest).isEmpty());
    }

    void aRestartShowsThePast() {
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        {
            MetricsStore store;
            Recorder recorder(&store, open(), kCluster);
            recorder.setParent(nullptr); // lives on the stack
            for (int i = 0; i < 60; ++i)
                store.addRound(now - 240'000 + i * 1000, {{kLag, 100.0 + i}, {kRate, 50.0}});
            recorder.claim(QStringLiteral("cluster-1"));
            recorder.note({now - 200'000, QStringLiteral("BrokerKilled"), 2, 2, {}, {}, QStringLiteral("broker 2 killed"), QStringLiteral("signal 9"), -1, true});
            recorder.note({now - 199'000, QStringLiteral("GroupAppeared"), 0, -1, {}, QStringLiteral("billing"), QStringLiteral("group billing appeared"), {}, 1000, false});
            // The end of the run writes what is left.
        }
        MetricsStore store;
        Recorder recorder(&store, open(), kCluster);
        recorder.setParent(nullptr);
        PastView view(&store);
        QSignalSpy changed(&store, &MetricsStore::historyChanged);
        recorder.claim(QStringLiteral("cluster-1"));
        QVERIFY(changed.count() > 0 || changed.wait(10'000));
        QVERIFY(store.shownSinceMs(now, 300'000) <= now - 240'000);
        for (int i = 0; i < 10; ++i)
            store.addRound(now - 9000 + i * 1000, {{kLag, 500.0}});
        QSignalSpy loaded(&view, &PastView::loaded);
        view.want({kLag}, now - 300'000, now, 300);
        QVERIFY(loaded.count() > 0 || loaded.wait(10'000)); // the answer may be there before anybody waits
        view.want({kLag}, now - 300'000, now, 300);
        QVERIFY(!view.isLoading()); // it is all here: nothing is asked again
        const auto buckets = view.cut(kLag, now - 300'000, now + 1000, 301);
        QVERIFY(buckets.size() > 60);
        QVERIFY(std::abs(buckets.first().startMs - (now - 240'000)) <= 2000);
        QCOMPARE(buckets.first().min, 100.0);
        QCOMPARE(buckets.last().max, 500.0);
        QCOMPARE(std::count_if(buckets.begin(), buckets.end(), [](const Bucket& bucket) { return bucket.isGap(); }), 1); // nobody measured between the runs
        QVERIFY(std::abs(view.valueAt(kLag, now - 230'000, 1000) - 110) <= 4);
        QVERIFY(std::isnan(view.valueAt(kLag, now - 100'000, 1000)));
        const auto events = store.history()->readEvents(kCluster, now, 10).result();
        QCOMPARE(events->size(), 2);
        QCOMPARE(events->last().group, QStringLiteral("billing"));
        QCOMPARE(store.history()->readEvents(kCluster, now, 1).result()->first().group, QStringLiteral("billing")); // the newest
        QCOMPARE(view.marks(now - 300'000, now).size(), 1); // charts carry the gravest only
        QCOMPARE(view.marks(now - 300'000, now).first().text, QStringLiteral("broker 2 killed"));
    }

    void remembersWhenTheEndStoodWhere() {
        const auto history = open();
        const QList<LogEnd> ends{{QStringLiteral("orders"), 0, 40, kStart}, {QStringLiteral("orders"), 0, 90, kStart + 5000}, {QStringLiteral("orders"), 1, 7, kStart}};
        QVERIFY(history->keepLogEnds(kCluster, ends, kStart + 9000).result());
        QCOMPARE(*history->readLogEnds(kCluster).result(), ends);
        QVERIFY(history->keepLogEnds(kCluster, ends.mid(2), kStart + 9000).result()); // the others have been read
        QCOMPARE(*history->readLogEnds(kCluster).result(), ends.mid(2));
        QVERIFY(history->readLogEnds(QStringLiteral("c-other")).result()->isEmpty());
        QVERIFY(history->prune(kStart + 200 * kDay).result());
        QVERIFY(history->readLogEnds(kCluster).result()->isEmpty());
    }

    void anotherClusterOfTheSameNameBeginsAnew() {
        const auto history = open();
        QVERIFY(history->claim(kCluster, QStringLiteral("one")).result());
        history->append(kCluster, samplesOf(kLag, kStart, 60, 1000, [](int) { return 5.0; }));
        history->append(QStringLiteral("c-other"), samplesOf(kLag, kStart, 60, 1000, [](int) { return 5.0; }));
        QVERIFY(history->claim(kCluster, QStringLiteral("one")).result()->firstMs > 0);
        QVERIFY(history->claim(kCluster, {}).result()->firstMs > 0); // who it is comes a moment later
        QVERIFY(history->claim(kCluster, QStringLiteral("one")).result()->firstMs > 0);
        QVERIFY(!read(*history, kStart, kStart + 60'000, 1000).pieces.value(kLag).isEmpty());
        QCOMPARE(history->claim(kCluster, QStringLiteral("two")).result()->firstMs, 0);
        QVERIFY(read(*history, kStart, kStart + 60'000, 1000).pieces.value(kLag).isEmpty());
        QVERIFY(!history->read(QStringLiteral("c-other"), {kLag}, kStart, kStart + 60'000, 1000).result()->pieces.value(kLag).isEmpty());
        // And is kept under the name from now on.
        history->append(kCluster, samplesOf(kLag, kStart, 60, 1000, [](int) { return 7.0; }));
        QCOMPARE(read(*history, kStart, kStart + 60'000, 60'000).pieces.value(kLag).first().high, 7.0);
    }

    void aDamagedFileIsPutAside() {
        {
            QFile file(path());
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(QByteArray(8192, 'x'));
        }
        const auto history = open();
        QVERIFY(history);
        QVERIFY(history->append(kCluster, samplesOf(kLag, kStart, 5, 1000, [](int) { return 5.0; })).result());
        QVERIFY(QFile::exists(path() + QStringLiteral(".damaged")));
    }

    void namesAreData() {
        const auto history = open();
        const SeriesKey hostile{Quantity::Lag, Scope::Group, QStringLiteral("'); DROP TABLE sample;--\u202E")};
        QVERIFY(history->append(kCluster, samplesOf(hostile, kStart, 3, 1000, [](int) { return 5.0; })).result());
        QCOMPARE(read(*history, kStart, kStart + 3000, 1000, hostile).pieces.value(hostile).size(), 3);
    }
};

SAMSA_TEST(HistoryTest)
#include "history_test.moc"
