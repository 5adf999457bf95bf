#include "embedded-broker/protocol/messages/list_offsets_request.h"
#include "embedded-broker/protocol/messages/produce_request.h"
#include "tests/embedded-broker/protocol/any_message.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::protocol;

namespace {

template <class Message>
Slice encoded(const Message& message, std::int16_t version) {
    Writer writer;
    message.encode(writer, version);
    return writer.finishAsSlice();
}

QString label(const AnyMessage& message, std::int16_t version, const char* what) {
    return QStringLiteral("%1 v%2 %3: ").arg(QString::fromStdString(std::string(message.name()))).arg(version).arg(QString::fromLatin1(what)) +
           QString::fromStdString(message.print(version));
}

void checkRoundTrip(const AnyMessage& message, std::int16_t version, bool printsTheSame) {
    const Slice bytes = encoded(message, version);
    const auto read = message.fresh();
    Reader reader(bytes);
    const auto error = read->decode(reader, version);
    QVERIFY2(!error, qPrintable(label(message, version, error ? error->message.c_str() : "")));
    QVERIFY2(reader.left() == 0, qPrintable(label(message, version, "leaves bytes")));
    QVERIFY2(encoded(*read, version) == bytes, qPrintable(label(message, version, "writes other bytes")));
    if (printsTheSame) // print() shows what the version has, so it tells whether all of that came through
        QCOMPARE(QString::fromStdString(read->print(version)), QString::fromStdString(message.print(version)));
}

void checkCuts(const AnyMessage& message, std::int16_t version) {
    const Slice bytes = encoded(message, version);
    const auto read = message.fresh();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        Reader cut(bytes.sub(0, size));
        QVERIFY2(read->decode(cut, version), qPrintable(label(message, version, "was read although cut")));
    }
}

void checkDamage(const AnyMessage& message, std::int16_t version, Random& random) {
    const Slice bytes = encoded(message, version);
    const auto read = message.fresh();
    for (int i = 0; i < 20 && !bytes.empty(); ++i) {
        std::vector<std::byte> bad(bytes.bytes().begin(), bytes.bytes().end());
        for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips)
            bad[random.below(bad.size())] = static_cast<std::byte>(random.below(2) == 0 ? 0xff : random.below(256));
        Reader damaged(Slice::take(std::move(bad)));
        if (!read->decode(damaged, version))
            (void)encoded(*read, version); // what is accepted can be written
    }
}

} // namespace

class MessagesTest : public QObject {
    Q_OBJECT
private slots:
    void everyMessageSurvivesInEveryVersion() {
        const auto random = makeSeededRandom(1000);
        int versions = 0;
        for (const auto& kind : allMessages()) {
            for (std::int16_t version = kind->minVersion(); version <= kind->maxVersion(); ++version, ++versions) {
                checkRoundTrip(*kind, version, false); // the defaults
                checkCuts(*kind, version);
                for (int round = 0; round < 10; ++round) {
                    const bool nulls = round % 2 == 1;
                    const auto message = kind->fresh();
                    message->fill(*random, nulls);
                    checkRoundTrip(*message, version, !nulls);
                    if (round < 2)
                        checkCuts(*message, version);
                    checkDamage(*message, version, *random);
                    if (QTest::currentTestFailed())
                        return;
                }
            }
        }
        QVERIFY(versions > 500);
    }

    void otherVersionsAreRefused() {
        for (const auto& kind : allMessages()) {
            const Slice bytes = encoded(*kind, kind->minVersion());
            for (const int version : {kind->minVersion() - 1, kind->maxVersion() + 1, -32768, 32767}) {
                Reader reader(bytes);
                const auto error = kind->decode(reader, static_cast<std::int16_t>(version));
                QVERIFY(error && error->code == ErrorCode::Unsupported);
            }
        }
    }

    void nestedArraysCannotMultiply() {
        // 5,000 topics of 1,000 small partitions each: every count fits its bytes, together they are refused.
        Writer writer;
        writer.int32(-1); // replica
        writer.int8(0);   // isolation level
        writer.arrayCount(5000, true);
        for (int topic = 0; topic < 5000; ++topic) {
            writer.string("t", true);
            writer.arrayCount(1000, true);
            for (int partition = 0; partition < 1000; ++partition) {
                writer.int32(partition);
                writer.int32(0);
                writer.int64(0);
                writer.taggedFields({}, {});
            }
            writer.taggedFields({}, {});
        }
        writer.taggedFields({}, {});
        Reader reader(writer.finishAsSlice());
        const auto read = ListOffsetsRequest::decode(reader, 6);
        QVERIFY(!read);
        QVERIFY2(read.error().message.find("too many") != std::string::npos, read.error().message.c_str());
    }

    void recordsAreNotCopied() {
        ProduceRequest request;
        request.topicData.emplace_back().partitionData.emplace_back().records = Records(Slice::copy("batch bytes"));
        Writer writer;
        request.encode(writer, 9);
        const Payload payload = writer.finish();
        QCOMPARE(payload.parts().size(), std::size_t{3}); // before, the records themselves, after
        const auto& kept = std::get<Slice>(payload.parts()[1]);
        QVERIFY(kept.data() == request.topicData[0].partitionData[0].records.slice().data());

        const Slice frame = encoded(request, 9);
        Reader reader(frame);
        const auto read = ProduceRequest::decode(reader, 9);
        const Slice records = read->topicData[0].partitionData[0].records.slice();
        QVERIFY(records.data() > frame.data() && records.data() < frame.data() + frame.size());
        QVERIFY(records.owner() == frame.owner());
    }
};

SAMSA_TEST(MessagesTest)
#include "messages_test.moc"
