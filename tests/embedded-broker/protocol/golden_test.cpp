#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/messages/leader_change_message.h"
#include "embedded-broker/protocol/messages/offset_commit_key.h"
#include "embedded-broker/protocol/messages/offset_commit_value.h"
#include "embedded-broker/protocol/messages/topic_record.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/protocol/record_frame.h"
#include "embedded-broker/protocol/record_print.h"
#include "tests/embedded-broker/protocol/any_message.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QTest>

// Bytes that others made: golden/frames.txt, golden/batches.txt, golden/metadata_records.txt.

using namespace broker;
using namespace broker::protocol;

namespace {

Slice unhex(const QByteArray& hex) {
    const QByteArray raw = QByteArray::fromHex(hex.trimmed());
    return Slice::copy(std::string_view(raw.data(), static_cast<std::size_t>(raw.size())));
}

/// The lines of a golden file without comments.
QList<QByteArray> lines(const char* name) {
    QFile file(QStringLiteral(SAMSA_GOLDEN_DIR "/") + QString::fromLatin1(name));
    QList<QByteArray> all;
    if (file.open(QIODevice::ReadOnly))
        for (const auto& line : file.readAll().split('\n'))
            if (!line.isEmpty() && !line.startsWith('#'))
                all.append(line);
    return all;
}

/// Reads the rest of the reader as the message, and writes it again: the same bytes.
void checkBody(std::string name, Reader& reader, const Slice& frame, std::int16_t version) {
    const auto message = messageNamed(name);
    QVERIFY2(message, name.c_str());
    const std::size_t start = reader.position();
    const auto error = message->decode(reader, version);
    QVERIFY2(!error, error ? error->message.c_str() : "");
    QVERIFY2(reader.left() == 0, name.c_str());
    Writer writer;
    message->encode(writer, version);
    const Slice again = writer.finishAsSlice();
    const Slice was = frame.sub(start, frame.size() - start);
    QVERIFY2(again == was, qPrintable(QString::fromStdString(name + " " + message->print(version))));
}

} // namespace

class GoldenTest : public QObject {
    Q_OBJECT
private slots:
    void framesOfClientsAndKafka() {
        const auto all = lines("frames.txt");
        QVERIFY(all.size() >= 60 && all.size() % 3 == 0);
        for (qsizetype i = 0; i < all.size(); i += 3) {
            const auto words = all[i].split(' ');
            const auto version = static_cast<std::int16_t>(words[1].toInt());
            const Slice request = unhex(all[i + 1]);
            Reader reader(request);
            const auto head = decodeRequestHead(reader);
            QVERIFY(head.has_value());
            QCOMPARE(apiName(head->apiKey), std::string_view(words[0].data(), static_cast<std::size_t>(words[0].size())));
            QCOMPARE(head->apiVersion, version);
            checkBody(words[0].toStdString() + "Request", reader, request, version);

            const Slice response = unhex(all[i + 2]);
            Reader answer(response);
            const auto correlation = decodeResponseHead(answer, head->apiKey, version);
            QVERIFY(correlation.has_value());
            QCOMPARE(*correlation, head->correlationId);
            checkBody(words[0].toStdString() + "Response", answer, response, version);
            if (QTest::currentTestFailed())
                qFatal("%s", all[i].constData());
        }
    }

    void batchesOfEveryCodec() {
        const auto all = lines("batches.txt");
        QVERIFY(all.size() == 16);
        for (qsizetype i = 0; i < all.size(); i += 2) {
            const auto words = all[i].split(' '); // who, codec, records
            const Slice bytes = unhex(all[i + 1]);
            const auto batch = RecordBatchView::parse(bytes.bytes());
            QVERIFY2(batch.has_value(), all[i].constData());
            QCOMPARE(batch->sizeInBytes(), bytes.size());
            QVERIFY2(batch->crcValid(), all[i].constData());
            QCOMPARE(QByteArray(toString(batch->codec()).data()), words[1]);
            QCOMPARE(batch->recordCount(), words[2].toInt());
            int index = 0;
            const auto read = forEachRecord(*batch, [&](const RecordView& record) {
                const std::string number(record.key ? asText(*record.key).substr(4) : ""); // of the line; a partition has some of them
                std::string expected = "value " + number + " ";
                for (int n = 0; n < 10; ++n)
                    expected += "abc ";
                const bool same = record.key && asText(*record.key) == "key-" + number && !number.empty() && record.value && asText(*record.value) == expected &&
                                  record.offset == batch->baseOffset() + index;
                index += same ? 1 : 0;
                return same;
            });
            QVERIFY2(read.has_value(), read ? "" : read.error().message.c_str());
            QCOMPARE(index, batch->recordCount());
        }
    }

    void metadataRecordsOfKafka() {
        const auto all = lines("metadata_records.txt");
        QVERIFY(all.size() >= 10);
        for (const auto& line : all) {
            const auto words = line.split(' ');
            const Slice bytes = unhex(words[1]);
            Reader reader(bytes);
            const auto head = readMetadataRecordHead(reader);
            QVERIFY(head.has_value());
            checkBody(words[0].toStdString(), reader, bytes, head->version);
            Writer writer;
            writeMetadataRecordHead(writer, *head);
            QVERIFY(bytes.text().starts_with(writer.finishAsSlice().text()));
        }
    }

    void readsMetadataFrames() {
        const Slice bytes = unhex("0102000c676f6c64656e2d6e6f6e655dfb7c7c2ce9470f96467865fe2185c100");
        Reader reader(bytes);
        const auto head = readMetadataRecordHead(reader);
        QCOMPARE(head->type, TopicRecord::kType);
        const auto topic = TopicRecord::decode(reader, head->version);
        QCOMPARE(topic->name, std::string("golden-none"));
        QVERIFY(encodeMetadataRecord(*topic, 0) == bytes);
        Reader later(unhex("020200"));
        QVERIFY(readMetadataRecordHead(later).error().code == ErrorCode::Unsupported);
        Reader wide(unhex("01ffff7f00"));
        QVERIFY(readMetadataRecordHead(wide).error().code == ErrorCode::Corrupt);
    }

    void readsCommittedOffsets() {
        const Slice keyBytes = unhex("0001000c676f6c64656e2d67726f7570000a676f6c64656e2d6c7a3400000002");
        const Slice valueBytes = unhex("00040000000000000001ffffffff01000001a1fd9f85520100109b5f9f2513994b3e9d9739cf50427798");
        Reader reader(keyBytes);
        QCOMPARE(readCoordinatorKeyType(reader).value(), OffsetCommitKey::kType);
        const auto key = OffsetCommitKey::decode(reader, 0);
        QCOMPARE(key->group, std::string("golden-group"));
        QCOMPARE(key->topic, std::string("golden-lz4"));
        QCOMPARE(key->partition, 2);
        QVERIFY(encodeCoordinatorKey(*key) == keyBytes);
        const auto value = decodeCoordinatorValue<OffsetCommitValue>(valueBytes);
        QVERIFY(value.has_value());
        QCOMPARE(value->offset, Offset{1});
        QCOMPARE(value->leaderEpoch, -1);
        QVERIFY(!value->topicId.isZero());
        QVERIFY(encodeCoordinatorValue(*value, 4) == valueBytes);
    }

    void showsStoredRecordsToPeople() {
        const auto topic = printMetadataRecord(unhex("0102000c676f6c64656e2d6e6f6e655dfb7c7c2ce9470f96467865fe2185c100"));
        QVERIFY(topic.has_value());
        QVERIFY2(topic->starts_with("TopicRecord{name: \"golden-none\""), topic->c_str());
        QVERIFY(printMetadataRecord(unhex("017f00")).error().code == ErrorCode::Unsupported);
        QVERIFY(!printMetadataRecord(Slice()));

        const Slice key = unhex("0001000c676f6c64656e2d67726f7570000a676f6c64656e2d6c7a3400000002");
        const auto offsets = coordinatorTopic("__consumer_offsets");
        QVERIFY(offsets.has_value() && !coordinatorTopic("orders"));
        const auto commit = printCoordinatorRecord(*offsets, key, unhex("00040000000000000001ffffffff01000001a1fd9f85520100109b5f9f2513994b3e9d9739cf50427798"));
        QVERIFY(commit.has_value());
        QVERIFY2(commit->find("OffsetCommitValue{offset: 1") != std::string::npos, commit->c_str());
        QVERIFY(printCoordinatorRecord(*offsets, key, std::nullopt)->ends_with("= null"));
        QVERIFY(!printCoordinatorRecord(*offsets, key, Slice()));
    }

    void readsTheLeaderChangeOfAQuorum() {
        // Kafka 4.3.1 with a static quorum: its `version` field says 1, the body is of version 0.
        const Slice bytes = unhex("00010000000102000000010002000000010000");
        Reader reader(bytes);
        const auto message = LeaderChangeMessage::decode(reader, 0);
        QVERIFY(message.has_value());
        QCOMPARE(reader.left(), std::size_t{0});
        QCOMPARE(message->leaderId, 1);
        QCOMPARE(message->voters.size(), std::size_t{1});
        QCOMPARE(message->grantingVoters.size(), std::size_t{1});
    }
};

SAMSA_TEST(GoldenTest)
#include "golden_test.moc"
