// A topic measured over the wire: every partition, gaps, a reading that is stopped, answers that are broken.
#include "models/compaction/compaction_study.h"
#include "tests/support/test_registry.h"
#include "tests/support/wire_broker.h"

#include "embedded-broker/protocol/record_batch.h"

#include <QSignalSpy>
#include <QTest>

using namespace models;
using namespace models::compaction;
using broker::asBytes;
using tests::WireBroker;

namespace {

constexpr int kWaitMs = 20'000;

WireBroker::Batch batchOf(std::int64_t first, int count, int keys) {
    broker::protocol::RecordBatchBuilder builder({.baseOffset = first});
    for (int i = 0; i < count; ++i)
        builder.append(1'700'000'000'000 + first + i, asBytes("key-" + std::to_string((first + i) % keys)), asBytes(std::string("{\"n\":1}")));
    const auto slice = builder.build();
    return {first, first + count, {slice.bytes().begin(), slice.bytes().end()}};
}

client::ClientConfig configOf(const WireBroker& broker) { return {QString::fromStdString(broker.address()), {}, {}}; }

} // namespace

class TopicSurveyTest : public QObject {
    Q_OBJECT
private slots:
    void measuresEveryPartition() {
        WireBroker broker;
        for (int i = 0; i < 20; ++i)
            broker.logs[0].push_back(batchOf(i * 10, 10, 50));
        broker.logs[1].push_back(batchOf(0, 10, 1000));
        broker.logs[1].push_back(batchOf(30, 10, 1000)); // cleaning took what was between
        broker.start();
        JobRunner jobs;
        CompactionStudy study(&jobs);
        QSignalSpy told(&study, &CompactionStudy::forecastChanged);
        study.measure(configOf(broker), QStringLiteral("orders"), {});
        QCOMPARE(study.state(), CompactionStudy::State::Measuring);
        QTRY_COMPARE_WITH_TIMEOUT(study.state(), CompactionStudy::State::Ready, kWaitMs);
        const auto survey = study.survey();
        QCOMPARE(survey->partitions.size(), 2);
        QVERIFY2(survey->complete(), qPrintable(survey->problems.join(u'\n')));
        QCOMPARE(survey->partitions[0].records, 200);
        QCOMPARE(survey->partitions[0].keys, 50.0);
        QCOMPARE(survey->partitions[0].repeatedKeys, 50.0);
        QCOMPARE(survey->partitions[1].records, 20);
        QCOMPARE(survey->partitions[1].cleanAtLeast, 30);
        QVERIFY(!survey->fromFiles);
        CompactionSettings compact;
        compact.compacts = true;
        QTRY_VERIFY_WITH_TIMEOUT(!told.isEmpty(), kWaitMs);
        told.clear();
        study.ask({}, compact);
        QVERIFY(told.wait(kWaitMs));
        QCOMPARE(study.forecast().partitions.size(), 2);
        QVERIFY(study.forecast().estimated);
    }

    void canBeStopped() {
        WireBroker broker;
        for (int i = 0; i < 2000; ++i)
            broker.logs[0].push_back(batchOf(i * 10, 10, 50));
        std::atomic<bool> open{false};
        broker.onFetch = [&open](int, std::int64_t offset, WireBroker::FetchAnswer& answer) {
            answer.records = broker::protocol::Records(answer.records.slice().sub(0, std::min<std::size_t>(answer.records.slice().size(), 2000)));
            while (offset > 500 && !open)
                std::this_thread::yield();
        };
        broker.start();
        JobRunner jobs;
        CompactionStudy study(&jobs);
        QSignalSpy progressed(&study, &CompactionStudy::progressed);
        study.measure(configOf(broker), QStringLiteral("orders"), {});
        QVERIFY(progressed.wait(kWaitMs));
        study.stop();
        QTRY_COMPARE_WITH_TIMEOUT(study.state(), CompactionStudy::State::Idle, kWaitMs);
        QVERIFY(study.survey() == nullptr);
        open = true;
    }

    void damagedRecordsAreTold() {
        WireBroker broker;
        broker.logs[0].push_back(batchOf(0, 10, 50));
        auto broken = batchOf(10, 10, 50);
        for (std::size_t i = broken.bytes.size() - 60; i < broken.bytes.size(); ++i)
            broken.bytes[i] = std::byte{0xFF};
        broker.logs[0].push_back(broken);
        broker.start();
        JobRunner jobs;
        CompactionStudy study(&jobs);
        study.measure(configOf(broker), QStringLiteral("orders"), {});
        QTRY_COMPARE_WITH_TIMEOUT(study.state(), CompactionStudy::State::Ready, kWaitMs);
        QVERIFY(!study.survey()->complete());
        QVERIFY(!study.survey()->problems.isEmpty());
        QVERIFY(study.survey()->partitions[0].records >= 10);
    }

    void aBrokerThatIsNotThereIsAFailure() {
        JobRunner jobs;
        CompactionStudy study(&jobs);
        study.measure({QStringLiteral("127.0.0.1:1"), {}, {}}, QStringLiteral("orders"), {});
        QTRY_COMPARE_WITH_TIMEOUT(study.state(), CompactionStudy::State::Failed, kWaitMs);
        QVERIFY(!study.error().why.isEmpty());
    }
};

SAMSA_TEST(TopicSurveyTest)
#include "topic_survey_test.moc"
