#include "embedded-broker/storage/cleaner.h"
#include "tests/embedded-broker/storage/compaction_rig.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::storage;
using tests::batchesOf;
using tests::CompactionRig;

namespace {
using Lines = std::vector<std::string>;

#define COMPARE_LINES(log, ...) \
    do { \
        const Lines is = batchesOf(log); \
        const Lines wanted __VA_ARGS__; \
        QVERIFY2(is == wanted, fmt::format("\n{}", fmt::join(is, "\n")).c_str()); \
    } while (false)
} // namespace

class CompactionTest : public QObject {
    Q_OBJECT
private slots:
    void hashIsSipHash() {
        // The reference implementation's first vectors: key 00..0f, messages 00, 0001, ...
        const std::array<std::uint64_t, 2> key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
        QCOMPARE(sipHash128({}, key)[0], 0xe6a825ba047f81a3U);
        QCOMPARE(sipHash128({}, key)[1], 0x930255c71472f66dU);
        const auto one = std::byte{0};
        QCOMPARE(sipHash128({&one, 1}, key)[0], 0x44af996bd8c187daU);
    }

    void mapHasACap() {
        KeyOffsets map(KeyOffsets::kSlotBytes * 5000, 0.9, {1, 2});
        Offset at = 0;
        while (map.put(asBytes(fmt::format("key-{}", at)), at))
            ++at;
        QCOMPARE(at, Offset{4500});
        QVERIFY(map.bytes() <= KeyOffsets::kSlotBytes * 5000);
        for (Offset each = 0; each < at; ++each)
            QCOMPARE(map.get(asBytes(fmt::format("key-{}", each))), each);
        QCOMPARE(map.get(asBytes(std::string_view("other"))), kNoOffset);
        QCOMPARE(map.latest(), at - 1);
    }

    void keepsTheNewestOfEachKey() {
        CompactionRig rig;
        QVERIFY(rig.open());
        const auto log = rig.create();
        rig.append(*log, {.records = {{"a", "1"}, {"b", "1"}, {"a", "2"}}});
        rig.append(*log, {.records = {{"b", "2"}}});
        rig.roll(*log);
        rig.append(*log, {.records = {{"a", "3"}, {"c", "1"}}});
        rig.roll(*log);
        rig.append(*log, {.records = {{"c", "2"}}}); // active: neither cleaned nor a reason to clean
        rig.settle();
        log->setHighWatermark(log->logEndOffset());
        rig.compact();
        COMPARE_LINES(*log, {"3-3[]: 3=b:2", "4-5[]: 4=a:3 5=c:1", "6-6[]: 6=c:2"});
        QCOMPARE(log->logStartOffset(), Offset{0});
        QCOMPARE(log->logEndOffset(), Offset{7});
        QCOMPARE(log->core()->cleanOffset.value(), Offset{6});
        QCOMPARE(rig.disk.content("/data/1/cleaner-offset-checkpoint").value(), std::string("0\n1\norders 0 6\n"));
        // One segment was made of two, and nothing of the work lies about.
        QCOMPARE(log->core()->segments.size(), std::size_t{2});
        for (const auto& path : rig.disk.files())
            QVERIFY2(!path.ends_with(".cleaned") && !path.ends_with(".swap") && !path.ends_with(".deleted"), path.c_str());
        QVERIFY(!rig.disk.content("/data/1/orders-0/00000000000000000004.log"));
        // It stays so over a start.
        QVERIFY(rig.manager->shutdown(1));
        rig.manager.reset();
        QVERIFY(rig.open());
        const auto again = rig.log();
        COMPARE_LINES(*again, {"3-3[]: 3=b:2", "4-5[]: 4=a:3 5=c:1", "6-6[]: 6=c:2"});
        QCOMPARE(again->core()->cleanOffset.value(), Offset{6});
    }

    void tombstonesStayUntilTheirHorizon() {
        CompactionRig rig;
        rig.config.deleteRetentionMs = 60'000;
        QVERIFY(rig.open());
        const auto log = rig.create();
        rig.append(*log, {.records = {{"a", "1"}, {"b", "1"}}});
        rig.append(*log, {.records = {{"a", {}}}});
        rig.roll(*log);
        rig.append(*log, {.records = {{"x", "1"}}});
        rig.roll(*log);
        rig.compact();
        COMPARE_LINES(*log, {"0-1[]: 1=b:1", "2-2[H]: 2=a:-", "3-3[]: 3=x:1"});
        const auto horizonOf = [&] { return protocol::RecordBatchView::parse(log->readBytes(2, 1, 3)->bytes())->deleteHorizon().value(); };
        const auto horizon = horizonOf();
        QVERIFY(horizon > rig.scheduler->wallNow() + 59'000 && horizon <= rig.scheduler->wallNow() + 60'000);
        // Cleaned again before its time: it stays, with the same horizon.
        rig.advance(seconds(30));
        rig.append(*log, {.records = {{"x", "2"}}});
        rig.roll(*log);
        rig.compact();
        COMPARE_LINES(*log, {"0-1[]: 1=b:1", "2-2[H]: 2=a:-", "4-4[]: 4=x:2"});
        QCOMPARE(horizonOf(), horizon);
        rig.advance(seconds(31));
        rig.append(*log, {.records = {{"x", "3"}}});
        rig.roll(*log);
        rig.compact();
        COMPARE_LINES(*log, {"0-1[]: 1=b:1", "5-5[]: 5=x:3"});
    }

    void aLiveProducersLastBatchStaysEmpty() {
        CompactionRig rig;
        QVERIFY(rig.open());
        const auto log = rig.create();
        rig.append(*log, {.records = {{"a", "1"}, {"b", "1"}}, .producerId = 5, .epoch = 0, .sequence = 0});
        rig.append(*log, {.records = {{"a", "2"}}, .producerId = 5, .epoch = 0, .sequence = 2});
        rig.append(*log, {.records = {{"a", "3"}, {"b", "2"}}});
        rig.roll(*log);
        rig.compact();
        COMPARE_LINES(*log, {"2-2[]:", "3-4[]: 3=a:3 4=b:2"});
        QVERIFY(rig.manager->shutdown(1));
        rig.manager.reset();
        // The sequence is still known when only the batches can tell.
        for (const auto& path : rig.disk.files())
            if (path.ends_with(".snapshot") || path.ends_with(".producers"))
                QVERIFY(rig.disk.remove(path));
        QVERIFY(rig.open());
        const auto again = rig.log();
        const auto wrong = again->appendAsLeader(tests::keyedBatch({.records = {{"a", "4"}}, .producerId = 5, .epoch = 0, .sequence = 9}), 0);
        QVERIFY(!wrong && wrong.error().kind == AppendRefusal::OutOfOrderSequence);
        rig.append(*again, {.records = {{"a", "4"}}, .producerId = 5, .epoch = 0, .sequence = 3});
        // When it has expired its empty batch goes.
        rig.advance(seconds(3600LL * 25));
        rig.manager->applyRetention();
        rig.roll(*again);
        rig.compact();
        COMPARE_LINES(*again, {"3-4[]: 4=b:2", "5-5[]: 5=a:4"});
    }

    void theLastBatchOfARoundStays() {
        CompactionRig rig;
        rig.config.deleteRetentionMs = 0;
        QVERIFY(rig.open());
        const auto log = rig.create();
        rig.append(*log, {.records = {{"a", "1"}}});
        rig.append(*log, {.records = {{"a", {}}}});
        rig.roll(*log);
        rig.compact();
        COMPARE_LINES(*log, {"1-1[H]: 1=a:-"});
        QCOMPARE(log->logEndOffset(), Offset{2});
        // Horizon 0: the second round may take it, but the end of what it cleaned must stay known.
        rig.append(*log, {.records = {{"b", "1"}}});
        rig.advance(seconds(1));
        rig.roll(*log);
        rig.compact();
        COMPARE_LINES(*log, {"2-2[]: 2=b:1"});
    }

    void markersGoAfterTheirTransaction() {
        CompactionRig rig;
        rig.config.deleteRetentionMs = 1000;
        QVERIFY(rig.open());
        const auto log = rig.create();
        rig.append(*log, {.records = {{"a", "1"}}, .producerId = 5, .epoch = 0, .sequence = 0, .transactional = true}); // 0
        rig.mark(*log, 5, true);                                                                                        // 1
        rig.append(*log, {.records = {{"a", "2"}}, .producerId = 6, .epoch = 0, .sequence = 0, .transactional = true}); // 2: aborted
        rig.mark(*log, 6, false);                                                                                       // 3
        rig.append(*log, {.records = {{"b", "1"}}});                                                                    // 4
        rig.roll(*log);
        QCOMPARE(log->abortedTransactions(0, 5).size(), std::size_t{1});
        rig.compact();
        // An aborted record is nobody's newest; the producers live, so their last batches stay.
        COMPARE_LINES(*log, {"0-0[T]: 0=a:1", "1-1[CT]: 1", "2-2[T]:", "3-3[CT]: 3", "4-4[]: 4=b:1"});
        QCOMPARE(log->abortedTransactions(0, 5).size(), std::size_t{1});
        rig.append(*log, {.records = {{"a", "3"}}}); // 5
        rig.advance(seconds(3600LL * 25));
        rig.manager->applyRetention(); // the producers have gone
        rig.roll(*log);
        rig.compact();
        // Their batches go; the markers are told when they may follow.
        COMPARE_LINES(*log, {"1-1[CT]: 1", "3-3[CT]: 3", "4-4[]: 4=b:1", "5-5[]: 5=a:3"});
        rig.append(*log, {.records = {{"a", "4"}}});
        rig.roll(*log);
        rig.compact();
        COMPARE_LINES(*log, {"1-1[CTH]: 1", "3-3[CTH]: 3", "4-4[]: 4=b:1", "6-6[]: 6=a:4"});
        // No entry without its marker's data: a reader would hide what the producer wrote later.
        QVERIFY(log->abortedTransactions(0, 7).empty());
        QVERIFY(!rig.disk.content("/data/1/orders-0/00000000000000000000.txnindex"));
        rig.advance(seconds(2));
        rig.append(*log, {.records = {{"a", "5"}}});
        rig.roll(*log);
        rig.compact();
        COMPARE_LINES(*log, {"4-4[]: 4=b:1", "7-7[]: 7=a:5"});
    }

    void severalRoundsWhenTheMapIsSmall() {
        LogManagerOptions options;
        options.cleaner.mapBytesMax = KeyOffsets::kSlotBytes * 8;
        CompactionRig rig(options);
        QVERIFY(rig.open());
        const auto log = rig.create();
        for (int round = 0; round < 5; ++round) {
            for (int key = 0; key < 20; ++key)
                rig.append(*log, {.records = {{fmt::format("k{}", key), fmt::format("{}", round)}}});
        }
        rig.roll(*log);
        for (int i = 0; i < 60; ++i)
            rig.compact();
        const auto lines = batchesOf(*log);
        QCOMPARE(log->core()->cleanOffset.value(), Offset{100});
        QCOMPARE(lines.front(), std::string("80-80[]: 80=k0:4"));
        QCOMPARE(lines.size(), std::size_t{20});
    }

    void lagAndRatioDecide() {
        CompactionRig rig;
        rig.config.minCleanableDirtyRatio = 0.5;
        QVERIFY(rig.open());
        const auto log = rig.create();
        const auto now = rig.scheduler->wallNow();
        rig.append(*log, {.records = {{"a", "1"}, {"a", "2"}}, .timestamp = now});
        rig.roll(*log);
        auto state = cleanState(*log->core(), now);
        QCOMPARE(state->firstUncleanable, Offset{2});
        QCOMPARE(state->dirtyRatio(), 1.0);
        // Above the high watermark nothing is settled.
        log->core()->highWatermark = 1;
        QCOMPARE(cleanState(*log->core(), now)->firstUncleanable, Offset{0});
        log->core()->highWatermark = 2;
        // Too young.
        log->core()->config.minCompactionLagMs = 10'000;
        QCOMPARE(cleanState(*log->core(), now)->dirtyBytes, std::uint64_t{0});
        QCOMPARE(cleanState(*log->core(), now + 10'001)->firstUncleanable, Offset{2});
        // Too old to wait for the ratio.
        log->core()->config.minCompactionLagMs = 0;
        log->core()->config.maxCompactionLagMs = 20'000;
        QVERIFY(!cleanState(*log->core(), now + 20'000)->overdue);
        QVERIFY(cleanState(*log->core(), now + 20'001)->overdue);
        rig.compact();
        rig.append(*log, {.records = {{"b", "1"}}, .timestamp = now});
        rig.roll(*log);
        state = cleanState(*log->core(), now);
        QCOMPARE(state->firstDirty, Offset{2});
        QVERIFY(state->cleanBytes > 0 && state->dirtyBytes > 0);
        // A max lag closes the active segment in time.
        rig.append(*log, {.records = {{"c", "1"}}, .timestamp = now});
        rig.append(*log, {.records = {{"c", "2"}}, .timestamp = now + 20'001});
        QCOMPARE(log->core()->active().base, Offset{4});
    }

    void aGapBeforeTheYoungestIsReadOver() {
        LogManagerOptions options;
        options.hotTailBytes = 0;
        CompactionRig rig(options);
        QVERIFY(rig.open());
        const auto log = rig.create();
        auto batch = tests::keyedBatch({.records = {{"a", "1"}}});
        std::vector<std::byte> bytes(batch.data(), batch.data() + batch.size());
        protocol::setBaseOffset(bytes, 7); // a leader compacted what was below
        QVERIFY(log->appendAsFollower(Slice::take(std::move(bytes))));
        COMPARE_LINES(*log, {"7-7[]: 7=a:1"}); // in memory only
        rig.settle();
        rig.advance(milliseconds(60));
        COMPARE_LINES(*log, {"7-7[]: 7=a:1"});
    }

    void settingTakesEffectAtOnce() {
        CompactionRig rig;
        rig.config.compact = false;
        rig.config.deleteOld = true;
        QVERIFY(rig.open());
        const auto log = rig.create();
        rig.append(*log, {.records = {{"a", "1"}, {"a", "2"}}});
        rig.roll(*log);
        rig.compact();
        COMPARE_LINES(*log, {"0-1[]: 0=a:1 1=a:2"});
        rig.config.compact = true;
        rig.manager->reconfigure("orders", rig.config);
        rig.settle();
        rig.compact();
        COMPARE_LINES(*log, {"0-1[]: 1=a:2"});
    }

    void aFullDiskOnlyDelaysIt() {
        CompactionRig rig;
        rig.config.compact = false;
        QVERIFY(rig.open());
        const auto log = rig.create();
        rig.append(*log, {.records = {{"a", "1"}, {"a", "2"}}});
        rig.roll(*log);
        rig.manager->writeCheckpoints();
        rig.settle();
        rig.disk.setFull(true);
        rig.config.compact = true;
        rig.manager->reconfigure("orders", rig.config);
        rig.compact();
        QVERIFY(!rig.fatal);
        COMPARE_LINES(*log, {"0-1[]: 0=a:1 1=a:2"});
        rig.disk.setFull(false);
        rig.advance(seconds(20));
        rig.compact();
        COMPARE_LINES(*log, {"0-1[]: 1=a:2"});
    }

    void aDamagedBatchStopsOnlyItsLog() {
        CompactionRig rig;
        rig.config.compact = false;
        QVERIFY(rig.open());
        const auto bad = rig.create("bad", 0, 1);
        const auto good = rig.create("good", 0, 2);
        for (const auto& log : {bad, good}) {
            rig.append(*log, {.records = {{"a", "1"}}});
            rig.append(*log, {.records = {{"a", "2"}}});
            rig.roll(*log);
        }
        rig.manager->writeCheckpoints();
        rig.settle();
        const std::string path = "/data/1/bad-0/00000000000000000000.log";
        auto content = rig.disk.content(path).value();
        content[content.size() - 3] ^= 1;
        rig.disk.setContent(path, content);
        rig.config.compact = true;
        for (const auto* topic : {"bad", "good"})
            rig.manager->reconfigure(topic, rig.config);
        rig.compact();
        rig.advance(seconds(20));
        rig.compact();
        QVERIFY(bad->core()->uncleanable);
        QCOMPARE(rig.disk.content(path).value(), content);
        COMPARE_LINES(*good, {"1-1[]: 1=a:2"});
    }
};

SAMSA_TEST(CompactionTest)
#include "compaction_test.moc"
