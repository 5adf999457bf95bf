// What one reading measures of a partition: versions of keys, gaps that cleaning left, tombstones, in bounded memory.
#include "models/compaction/partition_survey.h"
#include "tests/models/search/message.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models::compaction;
using tests::EncodedMessages;
using tests::Message;

namespace {

constexpr qint64 kNow = 1'800'000'000'000;

Message message(qint64 offset, const char* key, std::optional<std::string> value = "some value") { return {offset, kNow - 1000 + offset, std::string(key), std::move(value)}; }

PartitionSurvey survey(const std::vector<std::vector<Message>>& batches, qint64 begin, qint64 end, std::size_t keysMax = 1000) {
    PartitionGatherer gatherer(0, begin, end, keysMax, kNow);
    for (const auto& batch : batches) {
        EncodedMessages encoded(batch, 0);
        if (!gatherer.take(encoded.batch()))
            gatherer.incomplete();
    }
    return gatherer.finish();
}

double sum(const PartitionSurvey& survey, double Slice::* member) {
    double total = 0;
    for (const auto& slice : survey.slices)
        total += slice.*member;
    return total;
}

} // namespace

class SurveyTest : public QObject {
    Q_OBJECT
private slots:
    void countsVersionsOfKeys() {
        const auto seen = survey({{message(0, "a"), message(1, "b")}, {message(2, "a"), message(3, "a")}, {message(4, "c")}}, 0, 5);
        QCOMPARE(seen.records, 5);
        QCOMPARE(seen.keys, 3.0);
        QCOMPARE(seen.repeatedKeys, 1.0);
        QCOMPARE(seen.weight, 1.0);
        QCOMPARE(sum(seen, &Slice::supersededRecords), 2.0);
        // Where a version is made superfluous is what decides when it goes.
        QCOMPARE(seen.slices[0].supersededRecords, 0.0);
        QCOMPARE(seen.slices[1].supersededRecords, 2.0);
        QVERIFY(seen.slices[1].supersededBytes > 0 && seen.slices[1].supersededBytes < seen.bytes);
        QCOMPARE(seen.cleanAtLeast, 0); // no gap
        QCOMPARE(seen.cleanAtMost, 2);  // the first key that is there twice
    }

    void aGapIsWhatCleaningLeft() {
        // 1 and 2 were taken out, and 4 inside of a batch whose offsets go on to 5.
        EncodedMessages inside({message(3, "c"), message(5, "d")}, 0);
        PartitionGatherer gatherer(0, 0, 8, 1000, kNow);
        EncodedMessages first({message(0, "a")}, 0), last({message(6, "a"), message(7, "c")}, 0);
        QVERIFY(gatherer.take(first.batch()));
        QVERIFY(gatherer.take(inside.batch()));
        QVERIFY(gatherer.take(last.batch()));
        const auto seen = gatherer.finish();
        QCOMPARE(seen.cleanAtLeast, 6);
        QCOMPARE(seen.cleanAtMost, 6);
        QCOMPARE(sum(seen, &Slice::supersededRecords), 2.0);
        QVERIFY(sum(seen, &Slice::supersededCleanBytes) > 0);
        QCOMPARE(sum(seen, &Slice::supersededCleanBytes), sum(seen, &Slice::supersededBytes));
    }

    void aMarkerIsNoGap() {
        PartitionGatherer gatherer(0, 0, 4, 1000, kNow);
        EncodedMessages first({message(0, "a"), message(1, "b")}, 0), last({message(3, "c")}, 0);
        QVERIFY(gatherer.take(first.batch()));
        gatherer.skip(2, 3);
        QVERIFY(gatherer.take(last.batch()));
        QCOMPARE(gatherer.finish().cleanAtLeast, 0);
    }

    void tombstonesAndTheirDeadlines() {
        PartitionGatherer gatherer(0, 0, 6, 1000, kNow);
        EncodedMessages old({message(0, "a", std::nullopt), message(1, "b", std::nullopt)}, 0), later({message(2, "c", std::nullopt)}, 0), fresh({message(3, "d", std::nullopt), message(4, "a", std::nullopt)}, 0);
        old.batch().deleteHorizonMs = kNow - 1;
        later.batch().deleteHorizonMs = kNow + 60'000;
        QVERIFY(gatherer.take(old.batch()) && gatherer.take(later.batch()) && gatherer.take(fresh.batch()));
        const auto seen = gatherer.finish();
        QCOMPARE(seen.tombstones, 5);
        QCOMPARE(seen.expired, 2);
        QCOMPARE(seen.deadlines, (QMap<qint64, qint64>{{kNow - 1, 2}, {kNow + 60'000, 1}}));
        QCOMPARE(sum(seen, &Slice::supersededRecords), 0.0); // the one of "a" goes because it is past its deadline, and is counted once
    }

    void keylessMessagesAreCounted() {
        PartitionGatherer gatherer(0, 0, 2, 1000, kNow);
        EncodedMessages batch({{0, kNow, std::nullopt, "x"}, {1, kNow, std::nullopt, std::nullopt}}, 0);
        QVERIFY(gatherer.take(batch.batch()));
        const auto seen = gatherer.finish();
        QCOMPARE(seen.keyless, 2);
        QCOMPARE(seen.tombstones, 0); // a null value without a key deletes nothing
        QCOMPARE(seen.keys, 0.0);
    }

    void manyBatchesStayFewSlices() {
        PartitionGatherer gatherer(0, 0, 10'000, 100'000, kNow);
        for (int i = 0; i < 10'000; ++i) {
            EncodedMessages batch({message(i, i % 2 ? "odd" : "even")}, 0);
            QVERIFY(gatherer.take(batch.batch()));
        }
        const auto seen = gatherer.finish();
        QVERIFY(seen.slices.size() <= kSlicesMax);
        QCOMPARE(seen.slices.first().first, 0);
        QCOMPARE(seen.slices.last().next, 10'000);
        QCOMPARE(sum(seen, &Slice::supersededRecords), 9'998.0);
        QCOMPARE(sum(seen, &Slice::bytes), seen.bytes);
        for (qsizetype i = 1; i < seen.slices.size(); ++i)
            QCOMPARE(seen.slices[i].first, seen.slices[i - 1].next);
    }

    void moreKeysThanRoomAreReckonedFromAPart() {
        // 20,000 keys with two versions each, in room for 500.
        PartitionGatherer gatherer(0, 0, 40'000, 500, kNow);
        for (int i = 0; i < 40'000; ++i) {
            EncodedMessages batch({message(i, std::to_string(i % 20'000).c_str())}, 0);
            QVERIFY(gatherer.take(batch.batch()));
        }
        const auto seen = gatherer.finish();
        QVERIFY(seen.weight >= 32);
        // Hashes have a seed of their own: far from the truth would be wrong, near is luck. Some six standard deviations.
        QVERIFY2(std::abs(seen.keys - 20'000) < 10'000, qPrintable(QString::number(seen.keys)));
        QVERIFY2(std::abs(sum(seen, &Slice::supersededRecords) - 20'000) < 10'000, qPrintable(QString::number(sum(seen, &Slice::supersededRecords))));
    }

    void damagedRecordsEndTheBatch() {
        EncodedMessages batch({message(0, "a"), message(1, "b")}, 0);
        batch.batch().records = batch.batch().records.substr(0, batch.batch().records.size() - 3);
        PartitionGatherer gatherer(0, 0, 2, 1000, kNow);
        QVERIFY(!gatherer.take(batch.batch()));
        QCOMPARE(gatherer.finish().records, 1);
    }

    void deadlinesAreFew() {
        PartitionGatherer gatherer(0, 0, 1000, 1000, kNow);
        for (int i = 0; i < 500; ++i) {
            EncodedMessages batch({message(i, std::to_string(i).c_str(), std::nullopt)}, 0);
            batch.batch().deleteHorizonMs = kNow + (i * 7919) % 500;
            QVERIFY(gatherer.take(batch.batch()));
        }
        const auto seen = gatherer.finish();
        QVERIFY(seen.deadlines.size() <= kDeadlinesMax);
        qint64 all = 0;
        for (const auto count : seen.deadlines)
            all += count;
        QCOMPARE(all, 500);
    }
};

SAMSA_TEST(SurveyTest)
#include "survey_test.moc"
