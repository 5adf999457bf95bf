#include "embedded-broker/metadata/bootstrap.h"
#include "embedded-broker/metadata/metadata_loader.h"
#include "embedded-broker/metadata/record.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::metadata;

namespace {
template <class Message>
Slice bytesOf(Message message) {
    return encodeRecord(Record(std::move(message)));
}
raft::Batch batchOf(Offset base, std::vector<Slice> records) {
    raft::Batch batch;
    batch.baseOffset = base;
    batch.nextOffset = base + static_cast<Offset>(records.size());
    batch.records = std::move(records);
    return batch;
}
} // namespace

class RecordTest : public QObject {
    Q_OBJECT
private slots:
    void isFramedAsKafkaDoes() {
        protocol::FeatureLevelRecord record;
        record.name = "metadata.version";
        record.featureLevel = 30;
        const Slice bytes = bytesOf(record);
        // Frame version 1, type 12, version 0, then a compact string, an int16 and no tagged fields.
        QCOMPARE(QByteArray(bytes.text().data(), static_cast<int>(bytes.size())).toHex(),
                 QByteArray("010c00") + "11" + QByteArray("metadata.version").toHex() + "001e" + "00");
        const auto back = decodeRecord(bytes);
        QVERIFY(back && back->get<protocol::FeatureLevelRecord>()->featureLevel == 30);
    }

    void refusesWhatItDoesNotKnow() {
        for (const std::string_view bytes : {std::string_view("\x01\x7f\x00", 3), std::string_view("\x02\x0c\x00", 3), std::string_view(),
                                             std::string_view("\x01\x0c", 2)})
            QVERIFY(!decodeRecord(Slice::copy(bytes)));
    }

    void bootstrapReadsBack() {
        const auto records = bootstrapRecords({{"min.insync.replicas", "2"}});
        const auto back = parseBootstrap(printBootstrap(records, 1'700'000'000'000));
        QVERIFY(back);
        QCOMPARE(back->size(), records.size());
        QCOMPARE(printRecord(back->back()), printRecord(records.back()));
    }

    void aTransactionCountsAsAWhole() {
        MetadataLoader loader;
        protocol::TopicRecord topic;
        topic.name = "orders";
        topic.topicId.bytes = {1};
        loader.onCommit({batchOf(0, {bytesOf(protocol::BeginTransactionRecord{}), bytesOf(topic)})});
        QVERIFY(loader.image()->topic("orders") == nullptr);
        QCOMPARE(loader.image()->offset(), Offset{1});
        loader.onCommit({batchOf(2, {bytesOf(protocol::EndTransactionRecord{})})});
        QVERIFY(loader.image()->topic("orders") != nullptr);
        topic.name = "never";
        topic.topicId.bytes = {2};
        loader.onCommit({batchOf(3, {bytesOf(protocol::BeginTransactionRecord{}), bytesOf(topic), bytesOf(protocol::AbortTransactionRecord{})})});
        QVERIFY(loader.image()->topic("never") == nullptr);
    }

    void oldImagesStayAsTheyWere() {
        MetadataLoader loader;
        protocol::TopicRecord topic;
        topic.name = "orders";
        topic.topicId.bytes = {1};
        protocol::PartitionRecord partition;
        partition.topicId = topic.topicId;
        partition.partitionId = 0;
        partition.replicas = partition.isr = {1, 2};
        partition.leader = 1;
        partition.leaderEpoch = partition.partitionEpoch = 0;
        loader.onCommit({batchOf(0, {bytesOf(topic), bytesOf(partition)})});
        const auto before = loader.image();
        protocol::PartitionChangeRecord change;
        change.topicId = topic.topicId;
        change.partitionId = 0;
        change.leader = 2;
        change.isr = std::vector<NodeId>{2};
        loader.onCommit({batchOf(2, {bytesOf(change)})});
        QCOMPARE(before->partition("orders", 0)->leader, 1);
        QCOMPARE(loader.image()->partition("orders", 0)->leader, 2);
        QCOMPARE(loader.image()->partition("orders", 0)->leaderEpoch, 1);
        QCOMPARE(loader.image()->partition("orders", 0)->partitionEpoch, 1);
    }
};

SAMSA_TEST(RecordTest)
#include "record_test.moc"
