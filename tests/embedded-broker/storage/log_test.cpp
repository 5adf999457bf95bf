#include "embedded-broker/storage/log_core.h"
#include "tests/embedded-broker/storage/storage_rig.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::storage;
using tests::BatchSpec;
using tests::makeBatch;
using tests::StorageRig;

namespace {

std::vector<protocol::RecordBatchView> batchesOf(const Slice& bytes) {
    std::vector<protocol::RecordBatchView> all;
    protocol::BatchWalker walker(bytes.bytes());
    while (auto batch = walker.next())
        all.push_back(*batch);
    return all;
}

} // namespace

class LogTest : public QObject {
    Q_OBJECT
private slots:
    void appendIsVisibleAtOnceAndDurableLater() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        std::vector<Offset> told;
        log->onSyncedEndOffset([&](Offset end) { told.push_back(end); });
        const auto info = log->appendAsLeader(makeBatch({.records = 3}), 7);
        QVERIFY(info && info->firstOffset == 0 && info->lastOffset == 2 && info->records == 3 && !info->duplicate);
        QVERIFY(log->logEndOffset() == 3 && log->syncedEndOffset() == 0 && told.empty());
        const auto read = log->readBytes(0, 1 << 20, 3);
        QVERIFY(read);
        const auto batches = batchesOf(*read);
        QVERIFY(batches.size() == 1 && batches[0].partitionLeaderEpoch() == 7 && batches[0].crcValid());
        rig.settle();
        QVERIFY((told == std::vector<Offset>{3}) && log->syncedEndOffset() == 3);
    }

    /// What is read from memory for minutes must not hold what came with it from the socket: some hundred times as much, of a log that is seldom written.
    void aSmallBatchLetsGoOfItsFrame() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        for (const bool leads : {true, false}) {
            const auto batch = makeBatch({.valueBytes = 5000, .baseOffset = log->logEndOffset(), .epoch = 0});
            auto chunk = std::make_shared<std::vector<std::byte>>(256U << 10);
            std::ranges::copy(batch.bytes(), chunk->begin() + 1000);
            const std::weak_ptr<std::vector<std::byte>> kept = chunk;
            Slice shared(chunk, Bytes(*chunk).subspan(1000, batch.size()));
            chunk.reset();
            QVERIFY(leads ? log->appendAsLeader(shared, 0).has_value() : log->appendAsFollower(shared).has_value());
            shared = {};
            QVERIFY2(kept.expired(), leads ? "leader" : "follower");
            const auto read = log->readBytes(log->logEndOffset() - 1, 1 << 20, log->logEndOffset());
            QVERIFY(read && read->text() .substr(read->size() - 1000) == batch.text().substr(batch.size() - 1000));
            rig.settle();
        }
    }

    void groupCommit() {
        StorageRig rig;
        QVERIFY(rig.open());
        std::vector<std::shared_ptr<Log>> logs;
        for (int i = 0; i < 20; ++i)
            logs.push_back(rig.create("many", i));
        for (const auto& log : logs)
            QVERIFY(log->appendAsLeader(makeBatch(), 0));
        rig.advance(milliseconds(60)); // the directories are there, and zeros ahead in the journal
        const auto before = rig.disk.syncs();
        for (const auto& log : logs)
            QVERIFY(log->appendAsLeader(makeBatch(), 0));
        rig.settle();
        for (const auto& log : logs)
            QCOMPARE(log->syncedEndOffset(), Offset{2});
        QCOMPARE(rig.disk.syncs() - before, std::uint64_t{1}); // twenty small appends are one journal sync
        QVERIFY(rig.disk.content("/data/1/.samsa-journal-0"));
    }

    void whoComesTogetherSharesASync() {
        LogManagerOptions options;
        options.directLogsMax = 0;
        options.journalGap = milliseconds(1);
        StorageRig rig(options);
        QVERIFY(rig.open());
        std::vector<std::shared_ptr<Log>> logs;
        for (int i = 0; i < 3; ++i)
            logs.push_back(rig.create("many", i));
        rig.advance(milliseconds(60));
        for (const auto& log : logs)
            QVERIFY(log->appendAsLeader(makeBatch(), 0));
        rig.settle();
        QCOMPARE(logs[0]->syncedEndOffset(), Offset{1});
        // Three came at once: more are to be expected, and wait for each other.
        QVERIFY(logs[0]->appendAsLeader(makeBatch(), 0));
        rig.settle();
        QCOMPARE(logs[0]->syncedEndOffset(), Offset{1});
        QVERIFY(logs[1]->appendAsLeader(makeBatch(), 0));
        const auto before = rig.disk.syncs();
        rig.advance(milliseconds(1));
        QCOMPARE(logs[0]->syncedEndOffset(), Offset{2});
        QCOMPARE(logs[1]->syncedEndOffset(), Offset{2});
        QCOMPARE(rig.disk.syncs() - before, std::uint64_t{1});
        rig.advance(milliseconds(1));
        // Who sends one after the other waits for nothing.
        for (Offset end = 3; end < 10; ++end) {
            QVERIFY(logs[0]->appendAsLeader(makeBatch(), 0));
            rig.settle();
            QCOMPARE(logs[0]->syncedEndOffset(), end);
        }
        // A stop does not wait for the clock.
        QVERIFY(logs[0]->appendAsLeader(makeBatch(), 0) && logs[1]->appendAsLeader(makeBatch(), 0) && logs[2]->appendAsLeader(makeBatch(), 0));
        rig.settle();
        QVERIFY(logs[0]->appendAsLeader(makeBatch(), 0));
        QVERIFY(rig.manager->shutdown(1));
    }

    void zerosAreWrittenAheadOfTheJournalsEntries() {
        constexpr std::size_t kMuch = 1U << 20;
        LogManagerOptions options;
        options.directLogsMax = 0;
        StorageRig rig(options);
        QVERIFY(rig.open());
        auto log = rig.create();
        rig.advance(milliseconds(60));
        QVERIFY(log->appendAsLeader(makeBatch(), 0));
        while (log->syncedEndOffset() == 0) {
            rig.scheduler->run();
            QVERIFY(rig.pool->runOne() || log->syncedEndOffset() == 1);
            rig.scheduler->run();
        }
        const auto size = [&rig] { return rig.disk.content("/data/1/.samsa-journal-0").value_or("").size(); };
        QVERIFY2(size() > 0 && size() < 4096, "the first record does not wait for zeros");
        rig.settle();
        QVERIFY(size() >= kMuch);
        // Entries go over the zeros; the file grows again before they come to its end.
        const auto first = size();
        while (size() == first) {
            QVERIFY(log->appendAsLeader(makeBatch({.valueBytes = 10'000}), 0));
            rig.settle();
            QVERIFY2(log->logEndOffset() < 200, "the end of the zeros was passed");
        }
        QVERIFY(size() > first);
    }

    void refusesWhatIsNotRight() {
        StorageRig rig;
        rig.config.maxMessageBytes = 300;
        QVERIFY(rig.open());
        auto log = rig.create();
        const auto kind = [&](const Slice& bytes) {
            const auto result = log->appendAsLeader(bytes, 0);
            return result ? std::optional<AppendRefusal>() : result.error().kind;
        };
        auto bytes = makeBatch();
        std::vector<std::byte> broken(bytes.data(), bytes.data() + bytes.size());
        QVERIFY(!broken.empty());
        broken.back() ^= std::byte{1};
        QVERIFY(kind(Slice::take(broken)) == AppendRefusal::CorruptBatch);
        QVERIFY(kind(bytes.sub(0, bytes.size() - 1)) == AppendRefusal::CorruptBatch);
        QVERIFY(kind(bytes.sub(0, 20)) == AppendRefusal::CorruptBatch);
        QVERIFY(kind({}) == AppendRefusal::InvalidRecord);
        broken.assign(bytes.data(), bytes.data() + bytes.size());
        broken[16] = std::byte{1};
        QVERIFY(kind(Slice::take(broken)) == AppendRefusal::UnsupportedMagic);
        QVERIFY(kind(makeBatch({.valueBytes = 400})) == AppendRefusal::RecordTooLarge);
        QVERIFY(kind(makeBatch({.timestamp = rig.scheduler->wallNow() + 7'200'000})) == AppendRefusal::InvalidTimestamp);
        QCOMPARE(log->logEndOffset(), Offset{0});
        rig.config.compact = true;
        rig.manager->reconfigure("orders", rig.config);
        const auto keyless = log->appendAsLeader(makeBatch({.records = 2, .keyed = false}), 0);
        QVERIFY(!keyless && keyless.error().kind == AppendRefusal::InvalidRecord);
        QVERIFY((keyless.error().batchIndexes == std::vector<std::int32_t>{0, 1}));
        QVERIFY(!kind(makeBatch()));
    }

    void logAppendTime() {
        StorageRig rig;
        rig.config.timestampType = TimestampType::LogAppendTime;
        QVERIFY(rig.open());
        auto log = rig.create();
        for (const std::size_t size : {10U, 9000U}) {
            const auto info = log->appendAsLeader(makeBatch({.valueBytes = size, .timestamp = 5}), 1);
            QVERIFY(info && info->appendTimeMs == rig.scheduler->wallNow());
        }
        const auto read = log->readBytes(0, 1 << 20, 2);
        QVERIFY(read);
        for (const auto& batch : batchesOf(*read)) {
            QVERIFY(batch.crcValid() && batch.maxTimestamp() == rig.scheduler->wallNow());
            QVERIFY(batch.timestampType() == protocol::TimestampType::LogAppendTime);
        }
    }

    void idempotence() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        const auto send = [&](std::int32_t sequence, ProducerEpoch epoch = 0, int records = 2) {
            return log->appendAsLeader(
                makeBatch({.records = records, .producerId = 9, .producerEpoch = epoch, .sequence = sequence}), 0);
        };
        for (int i = 0; i < 6; ++i)
            QCOMPARE(send(i * 2)->firstOffset, Offset{i * 2});
        for (int i = 1; i < 6; ++i) {
            const auto again = send(i * 2);
            QVERIFY(again && again->duplicate && again->firstOffset == i * 2 && again->lastOffset == i * 2 + 1);
        }
        QVERIFY(send(0).error().kind == AppendRefusal::OutOfOrderSequence); // the sixth is forgotten
        QVERIFY(send(14).error().kind == AppendRefusal::OutOfOrderSequence);
        QVERIFY(send(5, 1).error().kind == AppendRefusal::OutOfOrderSequence);
        QVERIFY(send(0, 1));
        QVERIFY(send(12, 0).error().kind == AppendRefusal::InvalidProducerEpoch);
        QCOMPARE(log->logEndOffset(), Offset{14});
    }

    void sequencesWrap() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        constexpr auto kLast = std::numeric_limits<std::int32_t>::max();
        QVERIFY(log->appendAsLeader(makeBatch({.records = 3, .producerId = 1, .producerEpoch = 0, .sequence = kLast - 1}), 0));
        const auto again = log->appendAsLeader(makeBatch({.records = 3, .producerId = 1, .producerEpoch = 0, .sequence = kLast - 1}), 0);
        QVERIFY(again && again->duplicate);
        QVERIFY(log->appendAsLeader(makeBatch({.producerId = 1, .producerEpoch = 0, .sequence = 1}), 0));
    }

    void followerKeepsOffsets() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        const auto first = makeBatch({.records = 2, .baseOffset = 0, .epoch = 3});
        const auto second = makeBatch({.records = 1, .baseOffset = 2, .epoch = 4});
        std::vector<std::byte> both(first.data(), first.data() + first.size());
        both.insert(both.end(), second.data(), second.data() + second.size());
        both.insert(both.end(), second.data(), second.data() + 30); // cut
        const auto info = log->appendAsFollower(Slice::take(both));
        QVERIFY(info && info->firstOffset == 0 && info->lastOffset == 2 && log->logEndOffset() == 3);
        QCOMPARE(log->latestEpoch(), 4);
        QVERIFY(log->endOffsetForEpoch(3).endOffset == 2 && log->endOffsetForEpoch(3).epoch == 3);
        QVERIFY(log->appendAsFollower(second).error().kind == AppendRefusal::OffsetsOutOfOrder);
        QVERIFY(log->appendAsFollower(makeBatch({.baseOffset = 3, .epoch = 3})).error().kind == AppendRefusal::OffsetsOutOfOrder);
    }

    void whatRestsLeavesTheMemory() {
        LogManagerOptions options;
        StorageRig rig(options);
        QVERIFY(rig.open());
        auto log = rig.create();
        const auto inMemory = [&] {
            const auto result = log->read(0, 2000, log->logEndOffset());
            return result && result->bytes > 0 && !std::holds_alternative<FileRegion>(result->records.parts().front());
        };
        QVERIFY(log->appendAsLeader(makeBatch({.records = 2}), 0));
        rig.advance(options.checkpointInterval + milliseconds(100)); // appended since the checkpoint before
        QVERIFY(inMemory());
        QVERIFY(log->appendAsLeader(makeBatch({.records = 2}), 0));
        rig.advance(options.checkpointInterval);
        QVERIFY(inMemory());
        rig.advance(options.checkpointInterval);
        QVERIFY(!inMemory());
        QCOMPARE(batchesOf(*log->readBytes(0, 2000, log->logEndOffset())).size(), 2U);
        QVERIFY(log->appendAsLeader(makeBatch({.records = 2}), 0)); // and the log goes on
        QCOMPARE(batchesOf(*log->readBytes(4, 2000, log->logEndOffset())).size(), 1U);
        QCOMPARE(log->logEndOffset(), 6);
    }

    void readsFromMemoryAndFiles() {
        LogManagerOptions options;
        options.hotTailBytes = 0;
        StorageRig rig(options);
        rig.config.segmentBytes = 5000;
        QVERIFY(rig.open());
        auto log = rig.create();
        constexpr int kBatches = 60;
        for (int i = 0; i < kBatches; ++i)
            QVERIFY(log->appendAsLeader(makeBatch({.records = 2, .valueBytes = 200, .timestamp = 1'700'000'000'000 + i * 10}), i / 20));
        for (const bool written : {false, true}) {
            if (written)
                rig.advance(milliseconds(60));
            for (Offset offset = 0; offset < kBatches * 2; ++offset) {
                const auto result = log->read(offset, 2000, log->logEndOffset());
                QVERIFY(result && result->bytes > 0 && result->bytes <= 2000 && result->records.size() == result->bytes);
                QCOMPARE(result->firstOffset, offset / 2 * 2);
                const bool region = std::holds_alternative<FileRegion>(result->records.parts().front());
                QVERIFY(written || !region);
                const auto bytes = log->readBytes(offset, 2000, log->logEndOffset());
                QVERIFY(bytes && !batchesOf(*bytes).empty() && batchesOf(*bytes)[0].baseOffset() == offset / 2 * 2);
                QVERIFY(batchesOf(*bytes)[0].crcValid());
                // Nothing at or above the limit.
                const auto limited = log->readBytes(offset, 1 << 20, offset / 2 * 2 + 4);
                QVERIFY(limited);
                for (const auto& batch : batchesOf(*limited))
                    QVERIFY(batch.nextOffset() <= offset / 2 * 2 + 4);
                QCOMPARE(log->read(offset, 10, log->logEndOffset())->records.size(), log->read(offset, 10, log->logEndOffset())->bytes);
                QVERIFY(log->read(offset, 10, log->logEndOffset(), false)->bytes <= 10);
            }
            for (int i = 0; i < kBatches; ++i) {
                const auto found = log->offsetForTimestamp(1'700'000'000'000 + i * 10, log->logEndOffset());
                QVERIFY(found && *found && (*found)->offset == i * 2 && (*found)->leaderEpoch == i / 20);
            }
            QVERIFY(!log->offsetForTimestamp(1'700'000'000'000 + kBatches * 10, log->logEndOffset()).value());
            QCOMPARE(log->maxTimestampOffset().value()->offset, Offset{kBatches * 2 - 1});
        }
        QVERIFY(!log->read(-1, 10, 10) && !log->read(kBatches * 2 + 1, 10, 1000));
        QVERIFY(log->read(kBatches * 2, 10, 1000)->records.empty());
    }

    void truncation() {
        StorageRig rig;
        rig.config.segmentBytes = 2000;
        QVERIFY(rig.open());
        auto log = rig.create();
        std::vector<Offset> told;
        log->onSyncedEndOffset([&](Offset end) { told.push_back(end); });
        for (int i = 0; i < 30; ++i)
            QVERIFY(log->appendAsLeader(makeBatch({.valueBytes = 200, .producerId = 4, .producerEpoch = 0, .sequence = i}), i < 15 ? 1 : 2));
        rig.advance(milliseconds(60));
        QVERIFY(log->truncateTo(12));
        QVERIFY(log->logEndOffset() == 12 && log->syncedEndOffset() == 12 && told.back() == 12 && log->latestEpoch() == 1);
        const auto retry = log->appendAsLeader(makeBatch({.valueBytes = 200, .producerId = 4, .producerEpoch = 0, .sequence = 8}), 3);
        QVERIFY(retry && retry->duplicate && retry->firstOffset == 8);
        QVERIFY(log->appendAsLeader(makeBatch({.valueBytes = 200, .producerId = 4, .producerEpoch = 0, .sequence = 12}), 3));
        rig.settle();
        QVERIFY(log->syncedEndOffset() == 13 && log->endOffsetForEpoch(1).endOffset == 12);
        QVERIFY(log->truncateFullyAndStartAt(100));
        QVERIFY(log->logStartOffset() == 100 && log->logEndOffset() == 100 && log->latestEpoch() == -1);
        QCOMPARE(log->appendAsLeader(makeBatch(), 4)->firstOffset, Offset{100});
        rig.settle();
        QCOMPARE(log->syncedEndOffset(), Offset{101});
    }

    void deleteRecords() {
        StorageRig rig;
        rig.config.segmentBytes = 2000;
        QVERIFY(rig.open());
        auto log = rig.create();
        for (int i = 0; i < 30; ++i)
            QVERIFY(log->appendAsLeader(makeBatch({.valueBytes = 200}), 0));
        rig.settle();
        const auto size = log->sizeBytes();
        bool done = false;
        QVERIFY(log->deleteRecordsBefore(17, [&] { done = true; }));
        QVERIFY(log->logStartOffset() == 17 && log->sizeBytes() < size && !log->read(16, 10, 30) && log->read(17, 10, 30));
        rig.settle();
        QVERIFY(done);
        QVERIFY(!log->deleteRecordsBefore(31));
        rig.kill();
        QVERIFY(rig.open());
        log = rig.log();
        QVERIFY(log->logStartOffset() == 17 && log->logEndOffset() == 30);
        QVERIFY(log->deleteRecordsBefore(30));
        rig.settle();
        QVERIFY(log->logStartOffset() == 30 && log->sizeBytes() == 0);
        QCOMPARE(log->appendAsLeader(makeBatch(), 0)->firstOffset, Offset{30});
    }

    void retention() {
        StorageRig rig;
        rig.config.segmentBytes = 1000;
        rig.config.retentionBytes = 3000;
        rig.config.retentionMs = -1;
        QVERIFY(rig.open());
        auto log = rig.create();
        for (int i = 0; i < 30; ++i)
            QVERIFY(log->appendAsLeader(makeBatch({.valueBytes = 200, .timestamp = rig.scheduler->wallNow()}), 0));
        rig.settle();
        rig.manager->applyRetention();
        QCOMPARE(log->logStartOffset(), Offset{0}); // nothing is below the high watermark yet
        log->setHighWatermark(30);
        rig.manager->applyRetention();
        QVERIFY(log->sizeBytes() <= 4000 && log->sizeBytes() >= 3000 && log->logStartOffset() > 0);
        rig.config.retentionMs = 1000;
        rig.config.retentionBytes = -1;
        rig.manager->reconfigure("orders", rig.config);
        rig.scheduler->advance(seconds(10));
        rig.manager->applyRetention();
        QVERIFY(log->logStartOffset() == 30 && log->logEndOffset() == 30 && log->sizeBytes() == 0);
        rig.advance(milliseconds(60));
        std::vector<std::string> logs;
        for (const auto& path : rig.disk.files()) {
            if (path.ends_with(".log"))
                logs.push_back(path);
        }
        QVERIFY((logs == std::vector<std::string>{"/data/1/orders-0/00000000000000000030.log"}));
    }

    void fullDisk() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        QVERIFY(log->appendAsLeader(makeBatch(), 0));
        rig.advance(milliseconds(60));
        rig.disk.setFull(true);
        QVERIFY(log->appendAsLeader(makeBatch(), 0));
        rig.settle();
        QVERIFY(log->storageFailed() && log->syncedEndOffset() == 1 && !rig.fatal);
        QVERIFY(log->appendAsLeader(makeBatch(), 0).error().kind == AppendRefusal::StorageFailed);
        QVERIFY(log->readBytes(0, 100, 1));
        rig.disk.setFull(false);
        rig.advance(seconds(1));
        QVERIFY(!log->storageFailed() && log->syncedEndOffset() == 2);
        QVERIFY(log->appendAsLeader(makeBatch(), 0));
    }

    void failedSyncIsTheEnd() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        rig.advance(milliseconds(60));
        QVERIFY(log->appendAsLeader(makeBatch(), 0));
        rig.disk.failNextSync();
        rig.settle();
        QVERIFY(rig.fatal && log->syncedEndOffset() == 0);
        QVERIFY(log->appendAsLeader(makeBatch(), 0).error().kind == AppendRefusal::StorageFailed);
        rig.advance(seconds(10));
        QCOMPARE(log->syncedEndOffset(), Offset{0});
        QVERIFY(!rig.manager->shutdown(1));
        QVERIFY(!rig.disk.content("/data/1/.kafka_cleanshutdown"));
    }

    void withoutDurability() {
        LogManagerOptions options;
        options.durability = Durability::None;
        StorageRig rig(options);
        QVERIFY(rig.open());
        auto log = rig.create();
        QVERIFY(log->appendAsLeader(makeBatch(), 0));
        const auto before = rig.disk.syncs();
        rig.scheduler->run();
        QCOMPARE(log->syncedEndOffset(), Offset{1});
        rig.advance(milliseconds(60));
        QCOMPARE(rig.disk.syncs(), before);
    }

    void deleteAndCreateAgain() {
        StorageRig rig;
        QVERIFY(rig.open());
        auto log = rig.create();
        QVERIFY(log->appendAsLeader(makeBatch(), 0));
        QVERIFY(rig.manager->deleteLog({"orders", 0}));
        QVERIFY(!rig.log());
        QVERIFY(log->appendAsLeader(makeBatch(), 0).error().kind == AppendRefusal::StorageFailed);
        auto again = rig.create("orders", 0, 2);
        QCOMPARE(again->logEndOffset(), Offset{0});
        QVERIFY(again->appendAsLeader(makeBatch(), 0));
        rig.settle();
        QCOMPARE(again->syncedEndOffset(), Offset{1});
        QVERIFY(rig.manager->markStray({"orders", 0}));
        rig.settle();
        bool stray = false;
        for (const auto& path : rig.disk.files()) {
            QVERIFY(!path.contains("-delete/"));
            stray = stray || path.contains("-stray/");
        }
        QVERIFY(stray);
        QVERIFY(rig.manager->shutdown(3));
    }
};

SAMSA_TEST(LogTest)
#include "log_test.moc"
