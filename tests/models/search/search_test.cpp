// A search as the window sees it: first hits at once, Stop and Continue without loss or repetition, and always a reason.
#include "models/search/search.h"

#include "embedded-broker/protocol/record_batch.h"
#include "tests/support/test_registry.h"
#include "tests/support/wire_broker.h"

#include <QSignalSpy>
#include <QTest>
#include <condition_variable>

using namespace models;
using namespace models::search;
using broker::asBytes;
using tests::WireBroker;

namespace {

constexpr int kWaitMs = 20'000;

WireBroker::Batch batchOf(std::int64_t first, int count) {
    broker::protocol::RecordBatchBuilder builder({.baseOffset = first});
    for (int i = 0; i < count; ++i)
        builder.append(1'000'000 + first + i, asBytes("k"), asBytes("{\"n\":" + std::to_string(first + i) + "}"));
    const auto slice = builder.build();
    return {first, first + count, {slice.bytes().begin(), slice.bytes().end()}};
}

void fill(WireBroker& broker, int partitions, int batches) {
    for (int partition = 0; partition < partitions; ++partition)
        for (int i = 0; i < batches; ++i)
            broker.logs[partition].push_back(batchOf(i * 10, 10));
}

/// Answers of at most so many bytes: a search takes many of them.
void trickle(WireBroker& broker, std::size_t bytes) {
    broker.onFetch = [bytes](int, std::int64_t, WireBroker::FetchAnswer& answer) {
        answer.records = broker::protocol::Records(answer.records.slice().sub(0, std::min(answer.records.slice().size(), bytes)));
    };
}

client::ClientConfig configOf(const WireBroker& broker) { return {QString::fromStdString(broker.address()), {}, {}}; }
Pattern condition(const char* text) { return *Pattern::make(PatternKind::Condition, QString::fromUtf8(text)); }

QMap<int, QList<qint64>> offsetsOf(Search& search) {
    QMap<int, QList<qint64>> all;
    for (int i = 0; i < search.results()->rowCount(); ++i)
        all[search.results()->row(i).partition].append(search.results()->row(i).offset);
    return all;
}

} // namespace

class SearchTest : public QObject {
    Q_OBJECT
private slots:
    void firstHitsComeWhileTheRestIsRead() {
        WireBroker broker;
        fill(broker, 2, 5);
        std::mutex mutex;
        std::condition_variable seen;
        bool shown = false;
        broker.onFetch = [&](int partition, std::int64_t offset, WireBroker::FetchAnswer& answer) {
            // What comes after the first answers is kept back until a hit is on screen.
            answer.records = broker::protocol::Records(answer.records.slice().sub(0, std::min<std::size_t>(answer.records.slice().size(), 300)));
            std::unique_lock lock(mutex);
            if (partition == 1 && offset > 0)
                seen.wait_for(lock, std::chrono::milliseconds(kWaitMs), [&] { return shown; });
        };
        broker.start();
        Search search;
        QSignalSpy reset(search.results(), &messages::MessageWindow::reset);
        search.start(configOf(broker), QStringLiteral("orders"), condition("value.n >= 0"), {});
        reset.clear();
        QVERIFY(reset.wait(kWaitMs));
        QVERIFY(search.isRunning());
        QVERIFY(search.results()->rowCount() > 0);
        {
            const std::lock_guard lock(mutex);
            shown = true;
            seen.notify_all();
        }
        QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), kWaitMs);
        QVERIFY(search.end() == SearchEnd::Finished);
        QCOMPARE(search.results()->rowCount(), 100);
        const auto progress = search.progress();
        QCOMPARE(progress.scanned, 100);
        QCOMPARE(progress.matched, 100);
        QCOMPARE(progress.left, 0);
        QCOMPARE(progress.total, 100);
        QCOMPARE(progress.oldestMs, 1'000'000);
        QCOMPARE(progress.newestMs, 1'000'049);
        const auto& record = search.results()->row(search.results()->indexOf(1, 7));
        QCOMPARE(record.offset, 7);
        QCOMPARE(*record.value, QByteArray("{\"n\":7}"));
    }

    void stopAndContinueMissAndRepeatNothing() {
        WireBroker broker;
        fill(broker, 3, 200);
        trickle(broker, 1500);
        broker.start();
        Search search;
        search.start(configOf(broker), QStringLiteral("orders"), condition("value.n >= 0"), {});
        int stops = 0;
        bool armed = true;
        const auto stop = [&] {
            if (std::exchange(armed, false))
                search.stop();
        };
        connect(search.results(), &messages::MessageWindow::reset, this, stop);
        connect(search.results(), &messages::MessageWindow::rowsInserted, this, stop);
        // Stopped again and again in the midst of it.
        while (true) {
            QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), kWaitMs);
            QVERIFY(search.end().has_value());
            if (search.end() == SearchEnd::Finished)
                break;
            QVERIFY(search.end() == SearchEnd::Stopped);
            const auto progress = search.progress();
            QCOMPARE(progress.scanned, progress.total - progress.left);
            armed = ++stops < 5;
            search.goOn();
        }
        QVERIFY(stops > 0);
        QCOMPARE(search.progress().scanned, 6000);
        QCOMPARE(search.progress().total, 6000);
        QCOMPARE(search.results()->rowCount(), 6000);
        for (const auto& offsets : offsetsOf(search)) {
            QCOMPARE(offsets.size(), 2000);
            for (int i = 0; i < offsets.size(); ++i)
                QCOMPARE(offsets[i], i);
        }
        // And what is written afterwards.
        {
            const auto guard = broker.lock();
            broker.logs[1].push_back(batchOf(2000, 10));
        }
        search.goOn();
        QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), kWaitMs);
        QCOMPARE(search.results()->rowCount(), 6010);
        QCOMPARE(search.progress().total, 6010);
    }

    void aBudgetIsAReason() {
        WireBroker broker;
        fill(broker, 1, 500);
        trickle(broker, 4000);
        broker.start();
        Search search;
        SearchOptions options;
        options.scan.bytesMax = 20'000;
        search.start(configOf(broker), QStringLiteral("orders"), condition("value.n == 4999"), options);
        QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), kWaitMs);
        QVERIFY(search.end() == SearchEnd::Budget);
        QVERIFY(search.progress().left > 0);
        int rounds = 1;
        while (search.end() == SearchEnd::Budget && rounds < 100) {
            search.goOn();
            QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), kWaitMs);
            ++rounds;
        }
        QVERIFY(search.end() == SearchEnd::Finished);
        QVERIFY(rounds > 2);
        QCOMPARE(search.results()->rowCount(), 1);
    }

    void whatCannotBeReachedIsAnError() {
        int port = 0;
        {
            WireBroker gone;
            port = gone.port();
        }
        Search search;
        search.start({QStringLiteral("127.0.0.1:%1").arg(port), {}, {}}, QStringLiteral("orders"), condition("value.n == 1"), {});
        QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), kWaitMs);
        QVERIFY(!search.end());
        QVERIFY(search.error().code == ErrorCode::Unreachable);
        search.start({QStringLiteral("127.0.0.1:%1").arg(port), {{QStringLiteral("security.protocol"), QStringLiteral("bogus")}}, {}}, QStringLiteral("orders"), condition("true"), {});
        QCOMPARE(int(search.state()), int(Search::State::Over));
        QVERIFY(search.error().code == ErrorCode::Invalid);
        search.goOn(); // the same again, and no crash
        QCOMPARE(int(search.state()), int(Search::State::Over));
    }

    void problemsAreKept() {
        WireBroker broker;
        fill(broker, 2, 3);
        broker.logs[0][1].bytes[60] = std::byte{99}; // ten offsets, more records
        broker.start();
        Search search;
        search.start(configOf(broker), QStringLiteral("orders"), condition("value.n >= 0"), {});
        QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), kWaitMs);
        QVERIFY(search.end() == SearchEnd::Finished);
        QCOMPARE(search.problems().size(), 1);
        QCOMPARE(search.problems()[0].from, 10);
        QCOMPARE(search.problems()[0].to, 20);
        QCOMPARE(search.results()->rowCount(), 50);
    }

    void nothingComesAfterClear() {
        WireBroker broker;
        fill(broker, 2, 300);
        trickle(broker, 500);
        broker.start();
        Search search;
        search.start(configOf(broker), QStringLiteral("orders"), condition("value.n >= 0"), {});
        QTRY_VERIFY_WITH_TIMEOUT(search.results()->rowCount() > 0, kWaitMs);
        search.clear();
        QCOMPARE(search.results()->rowCount(), 0);
        QSignalSpy inserted(search.results(), &messages::MessageWindow::rowsInserted);
        QSignalSpy reset(search.results(), &messages::MessageWindow::reset);
        // Another search of nothing: when it is over, all that the first had posted was delivered or dropped.
        search.start(configOf(broker), QStringLiteral("orders"), condition("value.n < 0"), {});
        QTRY_VERIFY_WITH_TIMEOUT(!search.isRunning(), kWaitMs);
        QCOMPARE(inserted.size(), 0);
        QCOMPARE(reset.size(), 1); // start() empties the list
        QCOMPARE(search.results()->rowCount(), 0);
    }
};

SAMSA_TEST(SearchTest)
#include "search_test.moc"
