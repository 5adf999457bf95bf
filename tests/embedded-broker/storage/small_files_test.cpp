#include "embedded-broker/storage/checkpoint_files.h"
#include "embedded-broker/storage/directory.h"
#include "embedded-broker/storage/epoch_cache.h"
#include "embedded-broker/storage/producer_state.h"
#include "embedded-broker/storage/segment_index.h"
#include "tests/embedded-broker/storage/storage_rig.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::storage;

namespace {
std::string fromHex(const char* hex) { return QByteArray::fromHex(hex).toStdString(); }
} // namespace

/// The bytes expected here were written by Apache Kafka 4.3.1.
class SmallFilesTest : public QObject {
    Q_OBJECT
private slots:
    void offsetCheckpoint() {
        const OffsetMap one{{{"gold", 0}, 8}};
        QCOMPARE(encodeOffsets(one), std::string("0\n1\ngold 0 8\n"));
        QCOMPARE(encodeOffsets({}), std::string("0\n0\n"));
        QVERIFY(decodeOffsets("0\n1\ngold 0 8\n").value() == one);
        QVERIFY(decodeOffsets("").value().empty());
        QVERIFY(!decodeOffsets("1\n0\n"));
        QVERIFY(!decodeOffsets("0\n2\ngold 0 8\n"));
        QVERIFY(!decodeOffsets("0\n1\ngold 0\n"));
    }
    void ticketsKeepNewerSingleChanges() {
        FakeDiskFixture fixture;
        OffsetCheckpoint file(fixture.disk, "/d/recovery");
        QVERIFY(file.write({{{"a", 0}, 50}, {{"b", 0}, 7}}, file.ticket()));
        const auto ticket = file.ticket();
        QVERIFY(file.lower({"a", 0}, 30));
        QVERIFY(file.forget({"b", 0}));
        QVERIFY(file.write({{{"a", 0}, 60}, {{"b", 0}, 8}}, ticket));
        QVERIFY((OffsetCheckpoint(fixture.disk, "/d/recovery").load() == OffsetMap{{{"a", 0}, 30}}));
        QVERIFY(file.write({{{"a", 0}, 60}}, file.ticket()));
        QVERIFY((OffsetCheckpoint(fixture.disk, "/d/recovery").load() == OffsetMap{{{"a", 0}, 60}}));
    }
    void partitionMetadata() {
        const auto id = Uuid::parse("nKlFAU4ZRBy1v4B1h2_5dw").value();
        QCOMPARE(encodePartitionMetadata(id), std::string("version: 0\ntopic_id: nKlFAU4ZRBy1v4B1h2_5dw"));
        QVERIFY(decodePartitionMetadata(encodePartitionMetadata(id)).value() == id);
        QVERIFY(!decodePartitionMetadata("version: 1\ntopic_id: nKlFAU4ZRBy1v4B1h2_5dw"));
    }
    void directoryNames() {
        QCOMPARE(directoryName({"orders-eu", 3}), std::string("orders-eu-3"));
        QVERIFY((parseDirectoryName("orders-eu-3") == TopicPartition{"orders-eu", 3}));
        for (const auto* none : {"orders", "-3", "orders-", "orders-3.abc-delete", "orders-99999999999"})
            QVERIFY2(!parseDirectoryName(none), none);
    }
    void leaderEpochs() {
        EpochCache cache;
        QVERIFY(cache.assign(1, 0));
        QCOMPARE(cache.encode(), std::string("0\n1\n1 0\n"));
        QVERIFY(cache.assign(3, 10) && cache.assign(5, 20) && !cache.assign(5, 25) && !cache.assign(4, 30));
        QVERIFY(cache.endOffsetFor(1, 30) == std::pair(1, Offset{10}));
        QVERIFY(cache.endOffsetFor(2, 30) == std::pair(1, Offset{10}));
        QVERIFY(cache.endOffsetFor(5, 30) == std::pair(5, Offset{30}));
        QVERIFY(cache.endOffsetFor(6, 30) == std::pair(kNoEpoch, kNoOffset));
        QVERIFY(cache.endOffsetFor(0, 30) == std::pair(0, Offset{0}));
        QCOMPARE(cache.epochAt(19), 3);
        QVERIFY(cache.assign(6, 20)); // epoch 5 had no records
        QCOMPARE(cache.entries().size(), std::size_t{3});
        QVERIFY(cache.truncateFromStart(15));
        QVERIFY((cache.entries().front() == EpochCache::Entry{3, 15}));
        QVERIFY(cache.truncateFromEnd(20));
        QCOMPARE(cache.latest(), 3);
        QVERIFY(EpochCache::decode(cache.encode()).value().entries() == cache.entries());
    }
    void producerSnapshot() {
        const auto bytes = fromHex("0001b84b6b8500000001000000000000000000000000000700000000000000070000"
                                   "0007000001a1fd797543ffffffffffffffffffffffff");
        ProducerStates states;
        QVERIFY(states.decode(bytes, {}));
        const auto* entry = states.find(0);
        QVERIFY(entry && entry->epoch == 0 && entry->batches.size() == 1);
        QVERIFY(entry->batches[0].firstOffset() == 0 && entry->batches[0].firstSequence() == 0 && entry->batches[0].lastSequence == 7);
        QVERIFY(states.encodeSnapshot() == bytes);
        auto broken = bytes;
        broken[20] ^= 1;
        QVERIFY(!states.decode(broken, {}));
        QVERIFY(!states.decode(bytes.substr(0, 40), {}));
        QVERIFY(!states.decode({}, {}));
    }
    void companionKeepsFiveBatches() {
        ProducerStates states;
        for (int i = 0; i < 7; ++i) {
            BatchHeader header;
            header.baseOffset = i * 10;
            header.lastOffsetDelta = 9;
            header.producerId = 5;
            header.producerEpoch = 1;
            header.baseSequence = i * 10;
            header.maxTimestamp = 1000 + i;
            states.apply(header, std::nullopt);
        }
        ProducerStates again;
        QVERIFY(again.decode(states.encodeSnapshot(), states.encodeCompanion(states.encodeSnapshot())).value());
        QVERIFY(again.find(5) && *again.find(5) == *states.find(5));
        QVERIFY(again.find(5)->find(1, 20, 29) && !again.find(5)->find(1, 10, 19) && !again.find(5)->find(2, 20, 29));
        // A companion of another snapshot, and a damaged one, count for nothing.
        auto damaged = states.encodeCompanion(states.encodeSnapshot());
        damaged.back() = static_cast<char>(damaged.back() ^ 1);
        QVERIFY(!again.decode(states.encodeSnapshot(), damaged).value());
        QCOMPARE(again.find(5)->batches.size(), std::size_t{1});
    }
    void indexes() {
        TimeIndex times;
        times.append(0x1a1fd797543, 7);
        QVERIFY(times.encode() == fromHex("000001a1fd79754300000007"));
        OffsetIndex offsets;
        offsets.append(10, 4096);
        offsets.append(20, 9000);
        offsets.append(20, 9500);
        QCOMPARE(offsets.entries().size(), std::size_t{2});
        QVERIFY(offsets.positionFor(9) == 0 && offsets.positionFor(10) == 4096 && offsets.positionFor(99) == 9000);
        const auto padded = offsets.encode() + std::string(80, '\0'); // as Kafka preallocates
        QVERIFY(OffsetIndex::decode(asBytes(padded), 10000).entries() == offsets.entries());
        QCOMPARE(OffsetIndex::decode(asBytes(padded), 9000).entries().size(), std::size_t{1});
    }
    void metaProperties() {
        FakeDiskFixture fixture;
        fixture.disk.setContent("/d/meta.properties",
                                "#\n#Sat Nov 21 09:31:16 UTC 2026\nnode.id=1\ndirectory.id=MQIZBvfAH5FVNb9z8gfehA\nversion=1\n"
                                "cluster.id=r5dSK8mNd0KntceWqQ0Tkg\n");
        const auto meta = readMetaProperties(fixture.disk, "/d").value().value();
        QVERIFY(meta.nodeId == 1 && meta.clusterId == "r5dSK8mNd0KntceWqQ0Tkg" && meta.directoryId.toString() == "MQIZBvfAH5FVNb9z8gfehA");
        QVERIFY(formatDirectory(fixture.disk, "/e/f", meta, {{"bootstrap.checkpoint", "bytes"}}));
        const auto again = readMetaProperties(fixture.disk, "/e/f").value().value();
        QVERIFY(again.directoryId == meta.directoryId && again.clusterId == meta.clusterId);
        QVERIFY(fixture.disk.content("/e/f/bootstrap.checkpoint") == "bytes");
        QVERIFY(!readMetaProperties(fixture.disk, "/nothing").value().has_value());
        fixture.disk.setContent("/d/meta.properties", "version=0\nbroker.id=1\n");
        QVERIFY(!readMetaProperties(fixture.disk, "/d"));
    }
    void cleanShutdown() {
        FakeDiskFixture fixture;
        QVERIFY(!readCleanShutdown(fixture.disk, "/d").value().has_value());
        QVERIFY(writeCleanShutdown(fixture.disk, "/d", 11));
        QVERIFY(fixture.disk.content("/d/.kafka_cleanshutdown") == R"({"version":0,"brokerEpoch":11})");
        QCOMPARE(readCleanShutdown(fixture.disk, "/d").value()->brokerEpoch, BrokerEpoch{11});
        QVERIFY(removeCleanShutdown(fixture.disk, "/d") && removeCleanShutdown(fixture.disk, "/d"));
        QVERIFY(!readCleanShutdown(fixture.disk, "/d").value().has_value());
    }
    void lockExcludes() {
        FakeDiskFixture fixture;
        auto first = lockDirectory(fixture.disk, "/d");
        QVERIFY(first);
        const auto second = lockDirectory(fixture.disk, "/d");
        QVERIFY(!second && second.error().code == ErrorCode::Busy);
        first->reset();
        QVERIFY(lockDirectory(fixture.disk, "/d"));
    }

private:
    struct FakeDiskFixture {
        FakeDiskFixture() {
            if (!disk.createDirectories("/d"))
                qFatal("no directory");
        }
        tests::FakeDisk disk;
    };
};

SAMSA_TEST(SmallFilesTest)
#include "small_files_test.moc"
