#include "embedded-broker/base/random.h"
#include "embedded-broker/protocol/big_endian.h"
#include "embedded-broker/protocol/record_batch.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::protocol;

namespace {

std::vector<std::byte> bytesOf(const Slice& slice) { return {slice.bytes().begin(), slice.bytes().end()}; }

Slice threeRecords(BatchOptions options) {
    RecordBatchBuilder builder(options);
    const HeaderView headers[] = {{"trace", asBytes("42")}, {"empty", std::nullopt}};
    builder.append(1000, asBytes("k1"), asBytes("v1"));
    builder.append(1005, std::nullopt, asBytes("v2"), headers);
    builder.append(990, asBytes("k3"), std::nullopt);
    return builder.build();
}

int walk(Bytes bytes) {
    int records = 0;
    BatchWalker walker(bytes);
    while (const auto batch = walker.next())
        (void)forEachRecord(*batch, [&](const RecordView& record) {
            records += 1 + static_cast<int>(record.headers().size());
            return true;
        }, 100'000);
    return records;
}

} // namespace

class RecordBatchTest : public QObject {
    Q_OBJECT
private slots:
    void builtBatchesReadBack() {
        for (const Codec codec : {Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd}) {
            const Slice slice = threeRecords({.baseOffset = 700, .partitionLeaderEpoch = 5, .codec = codec, .producerId = 9,
                                              .producerEpoch = 2, .baseSequence = 0x7ffffffe, .transactional = true});
            const auto batch = RecordBatchView::parse(slice.bytes());
            QVERIFY(batch.has_value());
            QVERIFY(batch->crcValid());
            QCOMPARE(batch->sizeInBytes(), slice.size());
            QCOMPARE(batch->baseOffset(), Offset{700});
            QCOMPARE(batch->lastOffset(), Offset{702});
            QCOMPARE(batch->nextOffset(), Offset{703});
            QCOMPARE(batch->partitionLeaderEpoch(), 5);
            QCOMPARE(batch->magic(), std::int8_t{2});
            QVERIFY(batch->codec() == codec);
            QCOMPARE(batch->baseTimestamp(), WallMs{1000});
            QCOMPARE(batch->maxTimestamp(), WallMs{1005});
            QCOMPARE(batch->producerId(), ProducerId{9});
            QCOMPARE(batch->producerEpoch(), ProducerEpoch{2});
            QCOMPARE(batch->baseSequence(), 0x7ffffffe);
            QCOMPARE(batch->lastSequence(), 0); // wrapped
            QCOMPARE(batch->recordCount(), 3);
            QVERIFY(batch->isTransactional() && !batch->isControl() && !batch->hasDeleteHorizon());
            QVERIFY(batch->timestampType() == TimestampType::CreateTime);

            auto reader = RecordReader::open(*batch);
            QVERIFY(reader.has_value());
            auto record = (*reader).next().value();
            QCOMPARE(asText(*record->key), std::string_view("k1"));
            QCOMPARE(asText(*record->value), std::string_view("v1"));
            QCOMPARE(record->offset, Offset{700});
            QCOMPARE(record->timestamp, WallMs{1000});
            record = (*reader).next().value();
            QVERIFY(!record->key);
            const auto headers = record->headers();
            QCOMPARE(headers.size(), 2UL);
            QCOMPARE(headers[0].key, std::string_view("trace"));
            QCOMPARE(asText(*headers[0].value), std::string_view("42"));
            QVERIFY(!headers[1].value);
            record = (*reader).next().value();
            QVERIFY(!record->value);
            QCOMPARE(record->timestamp, WallMs{990});
            QVERIFY(!(*reader).next().value());
        }
    }

    void theBuilderGoesOnAfterABatch() {
        RecordBatchBuilder builder({.baseOffset = 10});
        builder.append(1, std::nullopt, asBytes("a"));
        auto bytes = bytesOf(builder.build());
        builder.append(2, std::nullopt, asBytes("b"));
        builder.appendAt(15, 2, std::nullopt, asBytes("c"));
        builder.coverUntil(19);
        const Slice second = builder.build();
        bytes.insert(bytes.end(), second.bytes().begin(), second.bytes().end());
        QCOMPARE(builder.nextOffset(), Offset{20});
        BatchWalker walker(bytes);
        QCOMPARE(walker.next()->lastOffset(), Offset{10});
        const auto compacted = walker.next();
        QCOMPARE(compacted->baseOffset(), Offset{11});
        QCOMPARE(compacted->lastOffset(), Offset{19});
        QCOMPARE(compacted->recordCount(), 2);
        QVERIFY(!walker.next() && !walker.error());
        QCOMPARE(walker.position(), bytes.size());
    }

    void aLeadersMarksKeepTheChecksumRight() {
        const Slice received = threeRecords({.codec = Codec::Lz4});
        auto bytes = bytesOf(received);
        setBaseOffset(bytes, 12345);
        setPartitionLeaderEpoch(bytes, 77);
        auto batch = RecordBatchView::parse(bytes).value();
        QVERIFY(batch.crcValid());
        QCOMPARE(batch.baseOffset(), Offset{12345});
        QCOMPARE(batch.partitionLeaderEpoch(), 77);
        setLogAppendTime(bytes, 99'000);
        batch = RecordBatchView::parse(bytes).value();
        QVERIFY(batch.crcValid());
        QCOMPARE(batch.maxTimestamp(), WallMs{99'000});
        QVERIFY(batch.timestampType() == TimestampType::LogAppendTime);
        QVERIFY(forEachRecord(batch, [](const RecordView& record) { return record.timestamp == 99'000; }));

        // The same without touching the received bytes.
        const auto header = patchedHeader(RecordBatchView::parse(received.bytes()).value(), 12345, 77, 99'000);
        QVERIFY(std::equal(header.begin(), header.end(), bytes.begin()));
    }

    void findsEveryFlippedBit() {
        const auto good = bytesOf(threeRecords({}));
        for (std::size_t bit = batch_layout::kCrc * 8; bit < good.size() * 8; ++bit) {
            auto bad = good;
            bad[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
            const auto batch = RecordBatchView::parse(bad);
            QVERIFY(!batch || !batch->crcValid());
        }
    }

    void tellsTornFromCorruptFromOld() {
        const auto good = bytesOf(threeRecords({}));
        for (std::size_t cut = 0; cut < good.size(); ++cut)
            QVERIFY(RecordBatchView::parse(Bytes(good).first(cut)).error().code == ErrorCode::OutOfRange);
        for (const int magic : {0, 1, 3, -1}) {
            auto other = good;
            other[batch_layout::kMagic] = static_cast<std::byte>(magic);
            QVERIFY(RecordBatchView::parse(other).error().code == (magic == 0 || magic == 1 ? ErrorCode::Unsupported : ErrorCode::Corrupt));
        }
        for (const std::int32_t length : {-1, 0, 48, std::numeric_limits<std::int32_t>::min()}) {
            auto bad = good;
            storeBig(bad.data() + batch_layout::kLength, length);
            QVERIFY(RecordBatchView::parse(bad).error().code == ErrorCode::Corrupt);
        }
        const std::vector<std::byte> zeros(200); // a tail that was allocated and never written
        QVERIFY(!RecordBatchView::parse(zeros));
    }

    void hostileRecordsAreRefused() {
        const auto good = bytesOf(threeRecords({}));
        // A count that says more or fewer records than there are.
        for (const std::int32_t count : {0, 2, 4, std::numeric_limits<std::int32_t>::max()}) {
            auto bad = good;
            storeBig(bad.data() + batch_layout::kRecordCount, count);
            const auto outcome = forEachRecord(RecordBatchView::parse(bad).value(), [](const RecordView&) { return true; });
            QVERIFY(!outcome);
            QVERIFY(outcome.error().code == ErrorCode::Corrupt);
        }
        const auto random = makeSeededRandom(21);
        for (const Codec codec : {Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd}) {
            const auto whole = bytesOf(threeRecords({.codec = codec}));
            for (int i = 0; i < 5000; ++i) {
                auto bad = whole;
                for (std::uint64_t flips = 1 + random->below(4); flips > 0; --flips)
                    bad[random->below(bad.size())] = static_cast<std::byte>(random->below(256));
                (void)walk(bad);
            }
        }
    }

    void aBombStopsAtTheCap() {
        RecordBatchBuilder builder({.codec = Codec::Zstd});
        const std::vector<std::byte> zeros(10'000'000);
        builder.append(1, std::nullopt, Bytes(zeros));
        const Slice slice = builder.build();
        QVERIFY(slice.size() < 10'000);
        const auto batch = RecordBatchView::parse(slice.bytes()).value();
        QVERIFY(RecordReader::open(batch, 1'000'000).error().code == ErrorCode::OutOfRange);
        QVERIFY(RecordReader::open(batch, 11'000'000).has_value());
    }

    void controlRecords() {
        RecordBatchBuilder builder({.producerId = 4, .producerEpoch = 1, .transactional = true, .control = true});
        const auto value = endTransactionMarkerValue(31);
        builder.appendControl(5, ControlRecordType::Commit, value);
        const Slice slice = builder.build();
        const auto batch = RecordBatchView::parse(slice.bytes()).value();
        QVERIFY(batch.isControl() && batch.isTransactional());
        QVERIFY(forEachRecord(batch, [](const RecordView& record) {
            Q_ASSERT(controlRecordType(record.key) == ControlRecordType::Commit);
            Q_ASSERT(endTransactionMarkerEpoch(record.value) == 31);
            return true;
        }));
        QVERIFY(!controlRecordType(std::nullopt));
        QVERIFY(!controlRecordType(asBytes("abc")));
        QVERIFY(!controlRecordType(Bytes(std::array{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{99}})));
    }

    void deleteHorizonsStandInTheBaseTimestamp() {
        RecordBatchBuilder builder({.deleteHorizon = 5'000});
        builder.append(1'000, asBytes("k"), std::nullopt);
        const Slice slice = builder.build();
        const auto batch = RecordBatchView::parse(slice.bytes()).value();
        QCOMPARE(batch.deleteHorizon(), std::optional<WallMs>(5'000));
        QCOMPARE(batch.maxTimestamp(), WallMs{1'000});
        QVERIFY(forEachRecord(batch, [](const RecordView& record) { return record.timestamp == 1'000; }));
    }
};

SAMSA_TEST(RecordBatchTest)
#include "record_batch_test.moc"
