// The reader against brokers that answer well, move their partitions, lie, and log in.
#include "models/wire/topic_scan.h"

#include "embedded-broker/protocol/record_batch.h"
#include "tests/support/test_registry.h"
#include "tests/support/wire_broker.h"

#include <QTest>

using namespace models;
using namespace models::wire;
using broker::asBytes;
using broker::protocol::BatchOptions;
using broker::protocol::Codec;
using broker::protocol::RecordBatchBuilder;
using tests::WireBroker;

namespace {

/// Keeps what was given, in order.
class Kept : public ScanSink {
public:
    Result<void> take(int, const ScanBatch& batch) override {
        RecordCursor cursor(batch);
        RawRecord record;
        const std::lock_guard lock(mutex);
        batches += 1;
        while (cursor.next(record)) {
            offsets[batch.partition].append(record.offset);
            values[batch.partition].append(QByteArray(record.value.data(), static_cast<qsizetype>(record.value.size())));
            HeaderCursor headers(record);
            std::string_view name, value;
            while (headers.next(name, value))
                headerNames.append(QByteArray(name.data(), static_cast<qsizetype>(name.size())));
        }
        if (cursor.broken())
            return fail(ErrorCode::Corrupt, {}, QStringLiteral("broken"));
        if (onBatch)
            onBatch();
        return {};
    }
    void problem(const ScanProblem& problem) override {
        const std::lock_guard lock(mutex);
        problems.append(problem);
    }
    std::mutex mutex;
    QMap<int, QList<qint64>> offsets;
    QMap<int, QList<QByteArray>> values;
    QList<QByteArray> headerNames;
    QList<ScanProblem> problems;
    int batches = 0;
    std::function<void()> onBatch;
};

WireBroker::Batch batchOf(std::int64_t first, int count, BatchOptions options = {}, const std::string& value = "value") {
    options.baseOffset = first;
    RecordBatchBuilder builder(options);
    const broker::protocol::HeaderView header{"source", asBytes("web")};
    for (int i = 0; i < count; ++i)
        builder.append(1000 + first + i, asBytes("k"), asBytes(value + std::to_string(first + i)), std::span(&header, 1));
    const auto slice = builder.build();
    return {first, first + count, {slice.bytes().begin(), slice.bytes().end()}};
}

client::ClientConfig configOf(const WireBroker& broker) { return {QString::fromStdString(broker.address()), {}, {}}; }

struct Outcome {
    Result<ScanEnd> end;
    QMap<int, qint64> positions;
};

/// Everything that the brokers say there is.
Outcome readAll(const client::ClientConfig& config, Kept& kept, ScanOptions options = {}) {
    auto scan = TopicScan::open(config);
    if (!scan)
        return {std::unexpected(scan.error()), {}};
    const auto spans = (*scan)->spans(QStringLiteral("orders"), {});
    if (!spans)
        return {std::unexpected(spans.error()), {}};
    QList<ScanRange> ranges;
    for (auto it = spans->begin(); it != spans->end(); ++it)
        ranges.append({it.key(), it->begin, it->end});
    auto end = (*scan)->run(QStringLiteral("orders"), ranges, options, kept);
    return {end, (*scan)->positions()};
}

QList<qint64> upTo(qint64 end) {
    QList<qint64> all;
    for (qint64 i = 0; i < end; ++i)
        all.append(i);
    return all;
}

} // namespace

class TopicScanTest : public QObject {
    Q_OBJECT
private slots:
    void readsEveryCodec_data() {
        QTest::addColumn<int>("codec");
        for (const auto codec : {Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd})
            QTest::newRow(std::string(broker::protocol::toString(codec)).c_str()) << int(codec);
    }
    void readsEveryCodec() {
        QFETCH(int, codec);
        WireBroker broker;
        for (int partition = 0; partition < 5; ++partition)
            for (int i = 0; i < 20; ++i)
                broker.logs[partition].push_back(batchOf(i * 50, 50, {.codec = static_cast<Codec>(codec)}));
        broker.start();
        Kept kept;
        const auto outcome = readAll(configOf(broker), kept, {.checkCrc = true});
        QVERIFY2(outcome.end.has_value(), outcome.end ? "" : qPrintable(outcome.end.error().toString()));
        QVERIFY(*outcome.end == ScanEnd::Finished);
        QCOMPARE(kept.problems.size(), 0);
        for (int partition = 0; partition < 5; ++partition) {
            QCOMPARE(kept.offsets[partition], upTo(1000));
            QCOMPARE(kept.values[partition][777], QByteArray("value777"));
            QCOMPARE(outcome.positions[partition], 1000);
        }
        QCOMPARE(kept.headerNames.size(), 5000);
    }

    void aRangeBeginsAndEndsInsideBatches() {
        WireBroker broker;
        for (int i = 0; i < 4; ++i)
            broker.logs[0].push_back(batchOf(i * 10, 10));
        broker.start();
        Kept kept;
        auto scan = TopicScan::open(configOf(broker)).value();
        QVERIFY(scan->run(QStringLiteral("orders"), {{0, 7, 33}}, {}, kept).has_value());
        QCOMPARE(kept.offsets[0].first(), 7);
        QCOMPARE(kept.offsets[0].last(), 32);
        QCOMPARE(kept.offsets[0].size(), 26);
        QCOMPARE(scan->positions()[0], 33);
    }

    void followsALeaderThatMoves() {
        WireBroker first(1);
        WireBroker second(2);
        for (int partition = 0; partition < 3; ++partition)
            for (int i = 0; i < 100; ++i)
                first.logs[partition].push_back(batchOf(i * 10, 10));
        second.logs = first.logs;
        first.peers = {&second};
        second.peers = {&first};
        for (auto* broker : {&first, &second})
            broker->leaders = {{0, 1}, {1, 1}, {2, 1}};
        // Two fetches, then partition 1 is the other one's, and the first broker goes away altogether after six.
        first.onFetch = [&](int partition, std::int64_t, WireBroker::FetchAnswer& answer) {
            if (partition == 1 && first.fetches > 2)
                answer.errorCode = 6;
            else
                answer.records = broker::protocol::Records(answer.records.slice().sub(0, std::min<std::size_t>(answer.records.slice().size(), 2000)));
        };
        first.start();
        second.start();
        Kept kept;
        auto config = configOf(first);
        config.bootstrapServers += QLatin1Char(',') + QString::fromStdString(second.address());
        std::atomic<bool> moved{false};
        kept.onBatch = [&] {
            if (first.fetches > 6 && !moved.exchange(true)) {
                const auto guard = second.lock();
                second.leaders = {{0, 2}, {1, 2}, {2, 2}};
                const auto other = first.lock();
                first.leaders = second.leaders;
            }
        };
        const auto outcome = readAll(config, kept);
        QVERIFY2(outcome.end.has_value(), outcome.end ? "" : qPrintable(outcome.end.error().toString()));
        for (int partition = 0; partition < 3; ++partition)
            QCOMPARE(kept.offsets[partition], upTo(1000));
        QVERIFY(second.fetches > 0);
        QCOMPARE(kept.problems.size(), 0);
    }

    void aDeadLeaderIsSurvived() {
        WireBroker first(1);
        WireBroker second(2);
        for (int i = 0; i < 200; ++i)
            first.logs[0].push_back(batchOf(i * 10, 10));
        second.logs = first.logs;
        first.peers = {&second};
        first.leaders = second.leaders = {{0, 1}};
        first.onFetch = [&](int, std::int64_t, WireBroker::FetchAnswer& answer) { // little at a time: it is still busy when it dies
            answer.records = broker::protocol::Records(answer.records.slice().sub(0, std::min<std::size_t>(answer.records.slice().size(), 3000)));
        };
        first.start();
        second.start();
        Kept kept;
        std::thread killer;
        std::atomic<bool> killed{false};
        kept.onBatch = [&] {
            if (!killed.exchange(true)) {
                {
                    const auto guard = second.lock();
                    second.leaders = {{0, 2}};
                }
                killer = std::thread([&] { first.stop(); });
            }
        };
        auto config = configOf(first);
        config.bootstrapServers += QLatin1Char(',') + QString::fromStdString(second.address());
        const auto outcome = readAll(config, kept);
        killer.join();
        QVERIFY(outcome.end.has_value());
        QCOMPARE(kept.offsets[0], upTo(2000));
        QCOMPARE(kept.problems.size(), 0);
    }

    void damagedBatchesAreRowsAndTheRestIsRead() {
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 10), batchOf(10, 10), batchOf(20, 10)};
        broker.logs[0][1].bytes[16] = std::byte{9}; // no such magic: the batch cannot be made out
        broker.logs[1] = {batchOf(0, 10), batchOf(10, 10), batchOf(20, 10)};
        broker.logs[1][1].bytes[60] = std::byte{200}; // more records than offsets
        broker.logs[2] = {batchOf(0, 10), batchOf(10, 10, {.codec = Codec::Zstd}), batchOf(20, 10)};
        for (std::size_t i = 70; i < broker.logs[2][1].bytes.size(); ++i)
            broker.logs[2][1].bytes[i] ^= std::byte{0x5A};
        broker.logs[3] = {batchOf(0, 10), batchOf(10, 10), batchOf(20, 10)};
        broker.logs[3][1].bytes[90] = std::byte{0x7F}; // a record's inside; the checksum tells
        broker.start();
        Kept kept;
        const auto outcome = readAll(configOf(broker), kept, {.checkCrc = true, .patience = std::chrono::milliseconds(3000)});
        QVERIFY(outcome.end.has_value());
        for (int partition = 0; partition < 4; ++partition) {
            QCOMPARE(kept.offsets[partition].size(), 20);
            QCOMPARE(outcome.positions[partition], 30);
        }
        QCOMPARE(kept.problems.size(), 4);
        for (const auto& problem : kept.problems) {
            QCOMPARE(problem.from, 10);
            QCOMPARE(problem.to, 20);
            QVERIFY(problem.error.code == ErrorCode::Corrupt);
        }
    }

    void aBombStaysSmall_data() {
        QTest::addColumn<int>("codec");
        for (const auto codec : {Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd})
            QTest::newRow(std::string(broker::protocol::toString(codec)).c_str()) << int(codec);
    }
    void aBombStaysSmall() {
        QFETCH(int, codec);
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 10), batchOf(10, 1, {.codec = static_cast<Codec>(codec)}, std::string(8 << 20, 'x')), batchOf(11, 10)};
        broker.start();
        Kept kept;
        const auto outcome = readAll(configOf(broker), kept, {.unpackedBytesMax = 2 << 20});
        QVERIFY(outcome.end.has_value());
        QVERIFY2(kept.problems.size() == 1, qPrintable(QString::number(kept.offsets[0].size()) + u' ' + QString::number(kept.values[0].value(10).size())));
        QCOMPARE(kept.problems[0].from, 10);
        QVERIFY2(kept.problems[0].error.why.contains(QStringLiteral("more than")), qPrintable(kept.problems[0].error.why));
        QCOMPARE(kept.offsets[0].size(), 20);
    }

    void lyingAnswersAreGivenUpWithAReason_data() {
        QTest::addColumn<QByteArray>("frame");
        QTest::newRow("a huge frame") << QByteArray::fromHex("7fffffff");
        QTest::newRow("another correlation") << QByteArray::fromHex("0000000800ffffff00000000");
        QTest::newRow("nothing in it") << QByteArray::fromHex("00000000");
        QTest::newRow("HTTP") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
    }
    void lyingAnswersAreGivenUpWithAReason() {
        QFETCH(QByteArray, frame);
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 10)};
        broker.rawFetch = [&](const auto&, std::vector<std::byte>& raw) {
            const auto bytes = std::as_bytes(std::span(frame.constData(), static_cast<std::size_t>(frame.size())));
            raw.assign(bytes.begin(), bytes.end());
            return true;
        };
        broker.start();
        Kept kept;
        const auto outcome = readAll(configOf(broker), kept, {.patience = std::chrono::milliseconds(700)});
        QVERIFY(outcome.end.has_value());
        QCOMPARE(kept.problems.size(), 1);
        QCOMPARE(kept.problems[0].from, 0);
        QCOMPARE(kept.problems[0].to, -1);
        QVERIFY(!kept.problems[0].error.why.isEmpty());
    }

    /// Every byte of a good answer changed once: never a crash, and every record of the other partition.
    void anyChangedByteIsSurvived() {
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 3), batchOf(3, 3, {.codec = Codec::Lz4})};
        std::size_t place = 0;
        broker.onFetch = [&](int, std::int64_t, WireBroker::FetchAnswer& answer) {
            std::vector<std::byte> bytes(answer.records.slice().bytes().begin(), answer.records.slice().bytes().end());
            if (place < bytes.size())
                bytes[place] ^= std::byte{0xFF};
            answer.records = broker::protocol::Records(broker::Slice::take(std::move(bytes)));
        };
        broker.start();
        auto scan = TopicScan::open(configOf(broker)).value();
        const std::size_t size = broker.logs[0][0].bytes.size() + broker.logs[0][1].bytes.size();
        for (std::size_t i = 0; i < size; ++i) {
            {
                const auto guard = broker.lock();
                place = i;
            }
            Kept kept;
            const auto end = scan->run(QStringLiteral("orders"), {{0, 0, 6}}, {.checkCrc = true, .patience = std::chrono::milliseconds(1)}, kept);
            QVERIFY(end.has_value());
            QVERIFY2(kept.offsets[0].size() <= 6, qPrintable(QString::number(i)));
        }
    }

    void deletedMeanwhileIsSaidAndGoneOver() {
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 10), batchOf(10, 10)};
        broker.start();
        auto scan = TopicScan::open(configOf(broker)).value();
        {
            const auto guard = broker.lock();
            broker.logStart = 10;
        }
        Kept kept;
        QVERIFY(scan->run(QStringLiteral("orders"), {{0, 0, 20}}, {}, kept).has_value());
        QCOMPARE(kept.problems.size(), 1);
        QCOMPARE(kept.problems[0].to, 10);
        QCOMPARE(kept.offsets[0].size(), 10);
    }

    void stopsAtItsBudgetAndGoesOnWhereItWas() {
        WireBroker broker;
        for (int i = 0; i < 300; ++i)
            broker.logs[0].push_back(batchOf(i * 10, 10));
        broker.start();
        Kept kept;
        ScanOptions options;
        options.bytesMax = 50'000;
        options.fetchBytesMax = 256 << 10;
        auto scan = TopicScan::open(configOf(broker)).value();
        {
            const auto guard = broker.lock();
            broker.onFetch = [](int, std::int64_t, WireBroker::FetchAnswer& answer) {
                answer.records = broker::protocol::Records(answer.records.slice().sub(0, std::min<std::size_t>(answer.records.slice().size(), 20'000)));
            };
        }
        const auto end = scan->run(QStringLiteral("orders"), {{0, 0, 3000}}, options, kept);
        QVERIFY(end.has_value());
        QVERIFY(*end == ScanEnd::Budget);
        const qint64 position = scan->positions()[0];
        QVERIFY(position > 0 && position < 3000);
        QCOMPARE(kept.offsets[0], upTo(position));
        QVERIFY(*scan->run(QStringLiteral("orders"), {{0, position, 3000}}, {}, kept) == ScanEnd::Finished);
        QCOMPARE(kept.offsets[0], upTo(3000));
    }

    void cancelEndsAWaitingRun() {
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 10)};
        std::promise<void> asked;
        std::atomic<bool> told{false};
        broker.onFetch = [&](int, std::int64_t, WireBroker::FetchAnswer& answer) {
            answer.records = broker::protocol::Records(broker::Slice());
            if (!told.exchange(true))
                asked.set_value();
        };
        broker.start();
        Kept kept;
        auto scan = TopicScan::open(configOf(broker)).value();
        std::thread canceller([&] {
            asked.get_future().wait();
            scan->cancel();
        });
        const auto end = scan->run(QStringLiteral("orders"), {{0, 0, 10}}, {}, kept);
        canceller.join();
        QVERIFY(end.has_value());
        QVERIFY(*end == ScanEnd::Cancelled);
    }

    void abortedTransactionsAreLeftOut() {
        WireBroker broker;
        const auto marker = [](std::int64_t offset, std::int64_t producer, bool commit) {
            RecordBatchBuilder builder({.baseOffset = offset, .producerId = producer, .producerEpoch = 0, .transactional = true, .control = true});
            const auto value = broker::protocol::endTransactionMarkerValue(0);
            builder.appendControl(1, commit ? broker::protocol::ControlRecordType::Commit : broker::protocol::ControlRecordType::Abort, value);
            const auto slice = builder.build();
            return WireBroker::Batch{offset, offset + 1, {slice.bytes().begin(), slice.bytes().end()}};
        };
        const auto data = [](std::int64_t first, std::int64_t producer) {
            return batchOf(first, 2, {.producerId = producer, .producerEpoch = 0, .baseSequence = 0, .transactional = true});
        };
        broker.logs[0] = {data(0, 7), data(2, 8), marker(4, 7, false), marker(5, 8, true), data(6, 7), marker(8, 7, true), batchOf(9, 1)};
        broker.onFetch = [](int, std::int64_t, WireBroker::FetchAnswer& answer) { answer.abortedTransactions = {{{7, 0, {}}}}; };
        broker.start();
        Kept committed;
        QVERIFY(readAll(configOf(broker), committed, {.readCommitted = true}).end.has_value());
        QCOMPARE(committed.offsets[0], (QList<qint64>{2, 3, 6, 7, 9}));
        Kept all;
        QVERIFY(readAll(configOf(broker), all).end.has_value());
        QCOMPARE(all.offsets[0], (QList<qint64>{0, 1, 2, 3, 6, 7, 9}));
    }

    // ---- logging in -------------------------------------------------------------------------------------------------------------
    void readsOverTls() {
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 500), batchOf(500, 500)};
        const QByteArray pem = broker.useTls("127.0.0.1");
        broker.start();
        auto config = configOf(broker);
        config.set(QStringLiteral("security.protocol"), QStringLiteral("ssl"));
        config.set(QStringLiteral("ssl.ca.pem"), QString::fromLatin1(pem));
        Kept kept;
        const auto outcome = readAll(config, kept);
        QVERIFY2(outcome.end.has_value(), outcome.end ? "" : qPrintable(outcome.end.error().toString()));
        QCOMPARE(kept.offsets[0], upTo(1000));
    }
    void refusesAStrangersCertificate() {
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 1)};
        broker.useTls("127.0.0.1");
        broker.start();
        auto config = configOf(broker);
        config.set(QStringLiteral("security.protocol"), QStringLiteral("ssl"));
        Kept kept;
        const auto outcome = readAll(config, kept);
        QVERIFY(!outcome.end.has_value());
        QVERIFY(outcome.end.error().code == ErrorCode::TlsFailed);
        QVERIFY2(outcome.end.error().why.contains(QStringLiteral("self-signed")), qPrintable(outcome.end.error().why));
    }
    void refusesACertificateForAnotherName() {
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 1)};
        const QByteArray pem = broker.useTls("kafka.example");
        broker.start();
        auto config = configOf(broker);
        config.set(QStringLiteral("security.protocol"), QStringLiteral("ssl"));
        config.set(QStringLiteral("ssl.ca.pem"), QString::fromLatin1(pem));
        Kept kept;
        const auto refused = readAll(config, kept);
        QVERIFY(!refused.end.has_value());
        QVERIFY(refused.end.error().code == ErrorCode::TlsFailed);
        config.set(QStringLiteral("ssl.endpoint.identification.algorithm"), QStringLiteral("none"));
        QVERIFY(readAll(config, kept).end.has_value());
    }
    void plainTextAgainstTlsFailsSoon() {
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 1)};
        broker.start();
        auto config = configOf(broker);
        config.set(QStringLiteral("security.protocol"), QStringLiteral("ssl"));
        Kept kept;
        const auto outcome = readAll(config, kept);
        QVERIFY(!outcome.end.has_value());
        QVERIFY(outcome.end.error().code == ErrorCode::TlsFailed);
    }
    void logsInByPlain() {
        WireBroker broker;
        broker.logs[0] = {batchOf(0, 10)};
        broker.plainUsers["alice"] = "secret,with=signs";
        broker.start();
        auto config = configOf(broker);
        config.set(QStringLiteral("security.protocol"), QStringLiteral("sasl_plaintext"));
        config.set(QStringLiteral("sasl.mechanism"), QStringLiteral("PLAIN"));
        config.set(QStringLiteral("sasl.username"), QStringLiteral("alice"));
        config.set(QStringLiteral("sasl.password"), QStringLiteral("secret,with=signs"));
        Kept kept;
        QVERIFY(readAll(config, kept).end.has_value());
        QCOMPARE(kept.offsets[0].size(), 10);
        config.set(QStringLiteral("sasl.password"), QStringLiteral("wrong"));
        const auto wrong = readAll(config, kept);
        QVERIFY(!wrong.end.has_value());
        QVERIFY(wrong.end.error().code == ErrorCode::AuthenticationFailed);
        QVERIFY(!wrong.end.error().toString().contains(QStringLiteral("wrong")));
        config.set(QStringLiteral("sasl.mechanism"), QStringLiteral("SCRAM-SHA-512"));
        const auto other = readAll(config, kept);
        QVERIFY2(other.end.error().why.contains(QStringLiteral("offers PLAIN")), qPrintable(other.end.error().why));
    }
    void otherMechanismsGoThroughLibrdkafka() {
        client::ClientConfig config{QStringLiteral("127.0.0.1:1"), {}, {}};
        QVERIFY(TopicScan::open(config).value()->route() == TopicScan::Route::Native);
        config.set(QStringLiteral("security.protocol"), QStringLiteral("sasl_ssl"));
        config.set(QStringLiteral("sasl.mechanism"), QStringLiteral("OAUTHBEARER"));
        const auto scan = TopicScan::open(config);
        QVERIFY2(scan.has_value(), scan ? "" : qPrintable(scan.error().toString()));
        QVERIFY((*scan)->route() == TopicScan::Route::Librdkafka);
        QVERIFY((*scan)->routeReason().contains(QStringLiteral("OAUTHBEARER")));
    }
};

SAMSA_TEST(TopicScanTest)
#include "topic_scan_test.moc"
