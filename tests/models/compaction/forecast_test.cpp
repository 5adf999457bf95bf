// What would go and when, by Kafka's rules, on surveys made by hand.
#include "models/compaction/forecast.h"
#include "models/compaction/forecast_table_model.h"
#include "tests/support/test_registry.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace models::compaction;

namespace {

constexpr qint64 kNow = 1'800'000'000'000;
constexpr qint64 kMinute = 60'000, kHour = 3'600'000, kDay = 86'400'000;

/// A slice of 1,000 bytes and 10 records an offset range of 10.
Slice slice(int index, qint64 ageMs, double superseded = 0) {
    Slice made;
    made.first = index * 10;
    made.next = made.first + 10;
    made.records = 10;
    made.bytes = 1000;
    made.oldestMs = made.newestMs = kNow - ageMs;
    made.supersededBytes = superseded;
    made.supersededRecords = superseded / 100;
    return made;
}

PartitionSurvey survey(const QList<Slice>& slices) {
    PartitionSurvey made;
    made.slices = slices;
    made.takenMs = kNow;
    made.end = slices.isEmpty() ? 0 : slices.last().next;
    made.cleanAtMost = made.end;
    for (const auto& one : slices) {
        made.records += one.records;
        made.bytes += one.bytes;
    }
    return made;
}

CompactionSettings compacting() {
    CompactionSettings settings;
    settings.compacts = true;
    settings.deletes = false;
    return settings;
}

} // namespace

class ForecastTest : public QObject {
    Q_OBJECT
private slots:
    void theActiveSegmentIsNeverCleaned() {
        auto one = survey({slice(0, kHour), slice(1, kHour, 900), slice(2, kMinute, 900)});
        one.segmentBases = {0, 10, 20};
        const auto picture = forecast(one, compacting(), compacting(), kNow);
        QCOMPARE(picture.when, When::Now); // 100 % dirty
        QCOMPARE(picture.inMs, 0);
        QCOMPARE(picture.activeBytes, 1000.0);
        QCOMPARE(picture.goesBytes, 900.0); // not what only the active segment makes superfluous
        QCOMPARE(picture.dirtyBytes, 1100.0);
        QCOMPARE(picture.cleanBytes, 0.0);
        QCOMPARE(picture.dirtyRatio, 1.0);
        QCOMPARE(picture.uncleanable, 20);
        QVERIFY(!picture.segmentsEstimated && picture.cleanEstimated);
        QCOMPARE(picture.bytes(), one.bytes);
    }

    void theShareOfDirtyBytesDecides() {
        // 4 clean, 2 dirty, 1 active: a third of 6 is dirty.
        auto one = survey({slice(0, kDay), slice(1, kDay), slice(2, kDay), slice(3, kDay), slice(4, kHour, 500), slice(5, kHour, 500), slice(6, kMinute)});
        one.segmentBases = {0, 40, 50, 60};
        one.cleanOffset = 40;
        auto settings = compacting();
        auto picture = forecast(one, settings, settings, kNow);
        QVERIFY(std::abs(picture.dirtyRatio - 1.0 / 3) < 1e-9);
        QVERIFY(picture.when != When::Now);
        QCOMPARE(picture.goesBytes, 1000.0); // what would go if it were cleaned now
        settings.dirtyRatioMin = 0.3;
        QCOMPARE(forecast(one, compacting(), settings, kNow).when, When::Now);
        settings.dirtyRatioMin = 1.0 / 3; // more than, not as much as
        QVERIFY(forecast(one, compacting(), settings, kNow).when != When::Now);
    }

    void whatGoesOutOfTheCleanPartIsTakenFromIt() {
        auto dirty = slice(1, kHour, 600);
        dirty.supersededCleanBytes = 400;
        auto one = survey({slice(0, kDay), dirty, slice(2, kMinute)});
        one.segmentBases = {0, 10, 20};
        one.cleanOffset = 10;
        const auto picture = forecast(one, compacting(), compacting(), kNow);
        QCOMPARE(picture.goesBytes, 600.0);
        QCOMPARE(picture.cleanBytes, 600.0);
        QCOMPARE(picture.dirtyBytes, 800.0);
    }

    void minCompactionLagKeepsYoungSegments() {
        auto one = survey({slice(0, kHour), slice(1, 5 * kMinute, 900), slice(2, kMinute)});
        one.segmentBases = {0, 10, 20};
        auto settings = compacting();
        settings.lagMinMs = 10 * kMinute;
        auto picture = forecast(one, compacting(), settings, kNow);
        QCOMPARE(picture.waitingBytes, 1000.0);
        QCOMPARE(picture.goesBytes, 0.0);
        QCOMPARE(picture.when, When::Now); // of the first segment alone, and nothing goes
        settings.lagMinMs = 2 * kHour;
        picture = forecast(one, compacting(), settings, kNow);
        QCOMPARE(picture.waitingBytes, 2000.0);
        QCOMPARE(picture.when, When::ByRatio); // old enough in an hour
        QCOMPARE(picture.inMs, kHour);
        QCOMPARE(picture.goesThenBytes, 0.0); // the second one is too young then, too
    }

    void maxCompactionLagOverridesTheShare() {
        auto one = survey({slice(0, 3 * kDay), slice(1, 2 * kHour, 100), slice(2, kMinute)});
        one.segmentBases = {0, 10, 20};
        one.cleanOffset = 10;
        auto settings = compacting();
        settings.dirtyRatioMin = 1;
        settings.lagMaxMs = 3 * kHour;
        auto picture = forecast(one, compacting(), settings, kNow);
        QCOMPARE(picture.when, When::ByLag);
        QCOMPARE(picture.inMs, kHour + 1);
        settings.lagMaxMs = kHour;
        QCOMPARE(forecast(one, compacting(), settings, kNow).when, When::Now);
        // The clean part is not late, however old it is.
        one.cleanOffset = 20;
        QVERIFY(forecast(one, compacting(), settings, kNow).when != When::Now);
    }

    void withoutWritesTheActiveSegmentStaysOpen() {
        auto one = survey({slice(0, kDay), slice(1, kDay)});
        one.segmentBases = {0, 20};
        one.cleanOffset = 20;
        QCOMPARE(forecast(one, compacting(), compacting(), kNow).when, When::NoWrites);
    }

    void theActiveSegmentIsClosedAfterItsTime() {
        // All of it is active, begun a day ago, and written to until now: closed in six days.
        auto one = survey({slice(0, kDay), slice(1, kMinute, 900)});
        one.segmentBases = {0};
        const auto picture = forecast(one, compacting(), compacting(), kNow);
        QCOMPARE(picture.when, When::ByRatio);
        QCOMPARE(picture.inMs, 6 * kDay);
        QCOMPARE(picture.goesBytes, 0.0);
        QCOMPARE(picture.goesThenBytes, 900.0);
        auto settings = compacting();
        settings.lagMaxMs = 2 * kDay; // closes it sooner
        QCOMPARE(forecast(one, compacting(), settings, kNow).inMs, kDay);
    }

    void tombstonesPastTheirDeadlineGo() {
        auto first = slice(0, kDay);
        first.tombstones = 5;
        first.expired = 3;
        first.expiredBytes = 150;
        auto one = survey({first, slice(1, kHour), slice(2, kMinute)});
        one.segmentBases = {0, 10, 20};
        one.cleanOffset = 10;
        one.tombstones = 5;
        one.deadlines = {{kNow - 5, 3}, {kNow + kHour, 2}};
        const auto picture = forecast(one, compacting(), compacting(), kNow);
        QCOMPARE(picture.goesBytes, 150.0);
        QCOMPARE(picture.expiredTombstones, 3);
        QCOMPARE(picture.nextDeadlineMs, kNow + kHour);
        QCOMPARE(picture.cleanBytes, 850.0);
    }

    void segmentsAreGuessedFromSizeAndTime() {
        auto settings = compacting();
        settings.segmentBytes = 2500;
        auto one = survey({slice(0, kDay), slice(1, kDay), slice(2, kDay), slice(3, kDay), slice(4, kDay)});
        auto segments = segmentsOf(one, settings);
        QCOMPARE(segments.size(), 3);
        QCOMPARE(segments[1].first, 20);
        // The last compaction ended at a segment.
        one.cleanAtLeast = 10;
        one.cleanAtMost = 30;
        segments = segmentsOf(one, settings);
        QCOMPARE(segments.size(), 3);
        QCOMPARE(segments[2].first, 30);
        settings.segmentBytes = 1 << 30;
        settings.segmentMs = kHour;
        one = survey({slice(0, 3 * kHour), slice(1, kHour + 2 * kMinute), slice(2, kMinute)});
        QCOMPARE(segmentsOf(one, settings).size(), 3);
        QVERIFY(forecast(one, settings, settings, kNow).segmentsEstimated);
    }

    void deletionTakesWholeSegments() {
        CompactionSettings settings;
        settings.retentionMs = 2 * kHour;
        auto one = survey({slice(0, 5 * kHour), slice(1, 3 * kHour), slice(2, kHour), slice(3, kMinute)});
        one.segmentBases = {0, 10, 20, 30};
        auto picture = forecast(one, settings, settings, kNow);
        QCOMPARE(picture.goesBytes, 2000.0);
        QCOMPARE(picture.when, When::Now);
        settings.retentionMs = 6 * kHour;
        picture = forecast(one, settings, settings, kNow);
        QCOMPARE(picture.goesBytes, 0.0);
        QCOMPARE(picture.when, When::ByAge);
        QCOMPARE(picture.inMs, kHour);
        settings.retentionBytes = 2500;
        QCOMPARE(forecast(one, settings, settings, kNow).goesBytes, 1000.0);
        settings = {};
        settings.retentionMs = kNoLimit;
        QCOMPARE(forecast(one, settings, settings, kNow).when, When::Never);
        // One that is written to is closed first, and grows old then; one that rests goes as it is.
        one = survey({slice(0, kDay), slice(1, kMinute)});
        one.segmentBases = {0};
        settings.retentionMs = kHour;
        QCOMPARE(forecast(one, settings, settings, kNow).when, When::ByAge);
        QCOMPARE(forecast(one, settings, settings, kNow).inMs, 6 * kDay + kHour);
        one = survey({slice(0, kDay), slice(1, 2 * kHour)});
        one.segmentBases = {0};
        const auto rests = forecast(one, settings, settings, kNow);
        QCOMPARE(rests.when, When::Now);
        QCOMPARE(rests.goesBytes, 2000.0);
        QCOMPARE(rests.activeBytes, 0.0);
    }

    void aPolicyNotAppliedYet() {
        auto one = survey({slice(0, kHour, 0), slice(1, kHour, 700), slice(2, kMinute)});
        one.segmentBases = {0, 10, 20};
        CompactionSettings deleting;
        QCOMPARE(forecast(one, deleting, deleting, kNow).goesBytes, 0.0);
        QCOMPARE(forecast(one, deleting, compacting(), kNow).goesBytes, 700.0);
        // Messages without a key cannot stay in a compacted topic.
        one.slices[0].keyless = 4;
        one.slices[0].keylessBytes = 400;
        QCOMPARE(forecast(one, deleting, compacting(), kNow).goesBytes, 1100.0);
    }

    void oddNumbersGiveNoNonsense() {
        for (const auto& one : {survey({}), survey({slice(0, -kDay)}), survey({slice(0, kNow)})}) {
            auto settings = compacting();
            settings.deletes = true;
            settings.lagMinMs = kNoLimit;
            settings.segmentMs = kNoLimit;
            settings.retentionMs = 0;
            for (const qint64 lag : {qint64(0), kNoLimit}) {
                settings.lagMaxMs = lag;
                const auto picture = forecast(one, settings, settings, kNow);
                QVERIFY(picture.bytes() >= 0 && picture.bytes() <= one.bytes + 1e-6);
                QVERIFY(picture.inMs >= -1);
                QVERIFY(picture.dirtyRatio >= 0 && picture.dirtyRatio <= 1);
            }
        }
    }

    void settingsAreReadAsTheClusterTellsThem() {
        const auto settings = CompactionSettings::of({{QStringLiteral("cleanup.policy"), QStringLiteral("compact, delete")}, {QStringLiteral("min.cleanable.dirty.ratio"), QStringLiteral("0.3")},
            {QStringLiteral("retention.ms"), QStringLiteral("-1")}, {QStringLiteral("segment.bytes"), QStringLiteral("nonsense")}, {QStringLiteral("max.compaction.lag.ms"), QStringLiteral("9223372036854775807")}});
        QVERIFY(settings.compacts && settings.deletes);
        QCOMPARE(settings.dirtyRatioMin, 0.3);
        QCOMPARE(settings.retentionMs, kNoLimit);
        QCOMPARE(settings.segmentBytes, 1LL << 30);
        QCOMPARE(settings.lagMaxMs, kNoLimit);
    }

    void theTopicIsTheSumOfItsPartitions() {
        auto a = survey({slice(0, kHour), slice(1, kHour, 900), slice(2, kMinute)});
        a.segmentBases = {0, 10, 20};
        auto b = a;
        b.partition = 1;
        b.segmentBases.clear();
        const auto all = forecast(QList<PartitionSurvey>{a, b}, compacting(), compacting(), kNow);
        QCOMPARE(all.bytes, 6000.0);
        QCOMPARE(all.goesBytes, 900.0); // of b everything is held to be active
        QCOMPARE(all.when, When::Now);
        QVERIFY(all.estimated);
        ForecastTableModel model;
        QAbstractItemModelTester tester(&model);
        model.show(all, kNow);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.index(0, ForecastTableModel::GoesColumn).data().toString(), QStringLiteral("900 B now"));
        QCOMPARE(model.index(0, ForecastTableModel::WhenColumn).data().toString(), QStringLiteral("now"));
        QVERIFY(model.index(0, ForecastTableModel::PartsColumn).data().toString().contains(QStringLiteral("would go")));
        QCOMPARE(model.index(0, ForecastTableModel::PartsColumn).data(ForecastTableModel::ShareRole + 2).toDouble(), 0.3);
    }
};

SAMSA_TEST(ForecastTest)
#include "forecast_test.moc"
