#include "models/metrics/metrics_store.h"
#include "models/metrics/series.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <algorithm>

using namespace models::metrics;

class SeriesTest : public QObject {
    Q_OBJECT
private slots:
    void showsEachSampleWhenThereIsRoom() {
        Series series(1000);
        for (int i = 0; i < 10; ++i)
            series.append(i * 1000, i);
        const auto buckets = series.cut(0, 10'000, 10);
        QCOMPARE(buckets.size(), 10);
        QCOMPARE(buckets[3].mean, 3.0);
        QCOMPARE(series.last(), 9.0);
        QCOMPARE(series.valueAt(4200), 4.0);
    }

    void keepsExtremesWhenItIsNarrow() {
        Series series(1000);
        for (int i = 0; i < 1500; ++i)
            series.append(i * 1000, i == 777 ? 1e6 : 5);
        const auto buckets = series.cut(0, 1'500'000, 40);
        QVERIFY(buckets.size() <= 40);
        QCOMPARE(std::max_element(buckets.begin(), buckets.end(), [](const auto& a, const auto& b) { return a.max < b.max; })->max, 1e6);
        QCOMPARE(buckets.first().min, 5.0);
    }

    void neverMoreThanColumnsAndNeverOutOfOrder() {
        Series series(1000);
        for (int i = 0; i < 100'000; ++i)
            series.append(i * 1000LL, i % 17 == 0 ? kGap : i % 100);
        for (const int columns : {1, 7, 300, 2000}) {
            for (const qint64 span : {5'000LL, 60'000LL, 3'600'000LL, 100'000'000LL}) {
                const auto buckets = series.cut(100'000'000 - span, 100'000'000, columns);
                QVERIFY(buckets.size() <= columns);
                QVERIFY(!buckets.isEmpty());
                for (int i = 1; i < buckets.size(); ++i)
                    QVERIFY(buckets[i].startMs >= buckets[i - 1].startMs);
            }
        }
    }

    void oldSamplesLiveOnInCoarserLevels() {
        Series series(1000);
        const int count = Series::kRingMax * 6;
        for (int i = 0; i < count; ++i)
            series.append(i * 1000LL, i);
        QCOMPARE(series.firstMs(), 0);
        const auto buckets = series.cut(0, count * 1000LL, 100);
        QVERIFY(buckets.size() > 90);
        QVERIFY(buckets.first().min < count / 50);
        QVERIFY(buckets.last().max > count - count / 50);
        // A narrow look far back still finds what is left of it.
        QVERIFY(!series.cut(1000, 200'000, 100).isEmpty());
    }

    void aMissedSampleIsAGap() {
        Series series(1000);
        series.append(0, 1);
        series.append(1000, 1);
        series.append(2000, kGap);
        series.append(3000, 1);
        const auto marked = series.cut(0, 4000, 8);
        QCOMPARE(std::count_if(marked.begin(), marked.end(), [](const auto& bucket) { return bucket.isGap(); }), 1);

        Series silent(1000);
        silent.append(0, 1);
        silent.append(1000, 1);
        silent.append(9000, 1); // nothing was appended meanwhile
        const auto hole = silent.cut(0, 10'000, 20);
        QCOMPARE(std::count_if(hole.begin(), hole.end(), [](const auto& bucket) { return bucket.isGap(); }), 1);
    }

    void timeNeverGoesBack() {
        Series series(1000);
        series.append(5000, 1);
        series.append(4000, 2);
        QCOMPARE(series.lastMs(), 5000);
        QCOMPARE(series.last(), 1.0);
    }

    void ratesNeverSpike() {
        constexpr qint64 second = 1'000'000'000;
        RateMeter meter;
        QVERIFY(std::isnan(meter.update(1'000'000, 0)));
        QCOMPARE(meter.update(1'000'500, second), 500.0);
        QVERIFY(std::isnan(meter.update(10, 2 * second))); // the topic was made anew
        QCOMPARE(meter.update(110, 3 * second), 100.0);
        QVERIFY(std::isnan(meter.update(kGap, 4 * second)));
        QVERIFY(std::isnan(meter.update(500, 5 * second))); // a reading after a miss starts over
        QVERIFY(std::isnan(meter.update(600, 5 * second))); // no time went by
    }

    void theStoreFillsGapsAndSkipsIdleTopics() {
        MetricsStore store;
        const SeriesKey cluster{Quantity::MessagesPerSecond, Scope::Cluster, {}};
        const SeriesKey idle{Quantity::MessagesPerSecond, Scope::Topic, QStringLiteral("idle")};
        const SeriesKey busy{Quantity::MessagesPerSecond, Scope::Topic, QStringLiteral("busy")};
        store.addRound(1000, {{cluster, 5}, {idle, 0}, {busy, 5}});
        QVERIFY(store.series(idle) == nullptr);
        store.addRound(2000, {{cluster, 6}});
        QVERIFY(std::isnan(store.series(busy)->last()));
        QCOMPARE(store.series(cluster)->last(), 6.0);
        QCOMPARE(store.entities(Quantity::MessagesPerSecond, Scope::Topic), QStringList{QStringLiteral("busy")});
        // What was deleted is forgotten, after an hour; the cluster is not, whatever it says.
        store.addRound(1000 + MetricsStore::kForgottenMs, {});
        QVERIFY(store.series(busy) != nullptr);
        store.addRound(1001 + MetricsStore::kForgottenMs, {});
        QVERIFY(store.series(busy) == nullptr);
        QVERIFY(store.series(cluster) != nullptr);
        // So many topics, and no more.
        QList<std::pair<SeriesKey, double>> many;
        for (int i = 0; i < MetricsStore::kTopicSeriesMax + 10; ++i)
            many.append({{Quantity::MessagesPerSecond, Scope::Topic, QString::number(i)}, 1.0});
        many.append({{Quantity::MessagesPerSecond, Scope::Broker, QStringLiteral("1")}, 1.0});
        store.addRound(2000 + MetricsStore::kForgottenMs, many);
        QCOMPARE(store.entities(Quantity::MessagesPerSecond, Scope::Topic).size(), MetricsStore::kTopicSeriesMax);
        QVERIFY(store.series(many.last().first) != nullptr);
        store.clear();
        QVERIFY(store.series(cluster) == nullptr && store.liveSinceMs() == 0);
        store.addMark({500, QStringLiteral("BrokerDied"), QStringLiteral("broker 2 is down"), 2});
        store.addMark({100, QStringLiteral("Note"), QStringLiteral("earlier"), 0});
        QCOMPARE(store.marks().first().timeMs, 100);
    }
};

SAMSA_TEST(SeriesTest)
#include "series_test.moc"
