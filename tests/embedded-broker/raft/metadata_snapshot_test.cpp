// A metadata log whose beginning Apache Kafka cut behind a snapshot: what the snapshot has comes first, then the rest of the log.

#include "embedded-broker/protocol/messages/snapshot_footer_record.h"
#include "embedded-broker/protocol/messages/snapshot_header_record.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/raft/metadata_snapshot.h"
#include "embedded-broker/raft/storage_raft_log.h"
#include "tests/embedded-broker/storage/storage_rig.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <fmt/format.h>

using namespace broker;
using namespace broker::raft;

namespace {

template <class Message>
std::string control(const Message& message, protocol::ControlRecordType type, Offset offset) {
    protocol::Writer writer;
    message.encode(writer, 0);
    const Slice value = writer.finishAsSlice();
    protocol::RecordBatchBuilder builder({.baseOffset = offset, .partitionLeaderEpoch = 2, .control = true});
    builder.appendControl(1000, type, value.bytes());
    return std::string(builder.build().text());
}

std::string snapshotOf(const std::vector<std::string>& values, bool footer = true) {
    std::string content = control(protocol::SnapshotHeaderRecord{}, protocol::ControlRecordType::SnapshotHeader, 0);
    std::vector<Slice> slices;
    for (const auto& value : values)
        slices.push_back(Slice::copy(std::string_view(value)));
    content += buildRecordsBatch(1000, slices).text();
    if (footer)
        content += control(protocol::SnapshotFooterRecord{}, protocol::ControlRecordType::SnapshotFooter, 3);
    return content;
}

std::vector<Slice> values(int count) { return std::vector<Slice>(static_cast<std::size_t>(count), Slice::copy(std::string_view("value"))); }

} // namespace

class MetadataSnapshotTest : public QObject {
    Q_OBJECT
private slots:
    void namesAreKafkas() {
        const auto end = parseSnapshotName("00000000000000000412-0000000007.checkpoint");
        QVERIFY(end && end->offset == 412 && end->epoch == 7);
        for (const auto* name : {"00000000000000000412-0000000007.checkpoint.part", "00000000000000000412.snapshot", "bootstrap.checkpoint",
                                 "0000000000000000-412-0000000007.checkpoint", "00000000000000000412-00000000x7.checkpoint", ""})
            QVERIFY2(!parseSnapshotName(name), name);
    }

    void theOneThatReachesFurthestIsRead() {
        tests::FakeDisk disk;
        const auto none = latestSnapshot(disk, "/not/made/yet");
        QVERIFY(none && !*none);
        QVERIFY(disk.createDirectories("/d"));
        QVERIFY(writeFileAtomically(disk, "/d/00000000000000000010-0000000001.checkpoint", snapshotOf({"old"})));
        QVERIFY(writeFileAtomically(disk, "/d/00000000000000000020-0000000002.checkpoint", snapshotOf({"a", "b"})));
        QVERIFY(writeFileAtomically(disk, "/d/00000000000000000030-0000000002.checkpoint.part", "half of one"));
        const auto found = latestSnapshot(disk, "/d");
        QVERIFY(found && *found);
        QCOMPARE((*found)->end.offset, Offset{20});
        const auto batch = readSnapshot(disk, **found);
        QVERIFY2(batch, batch ? "" : batch.error().message.c_str());
        QCOMPARE(batch->nextOffset, Offset{20});
        QCOMPARE(batch->epoch, QuorumEpoch{2});
        QVERIFY(!batch->control);
        QCOMPARE(batch->records.size(), std::size_t{2});
        QCOMPARE(std::string(batch->records[1].text()), std::string("b"));
    }

    void halfASnapshotIsRefused() {
        tests::FakeDisk disk;
        QVERIFY(disk.createDirectories("/d"));
        const std::string path = "/d/00000000000000000020-0000000002.checkpoint";
        for (std::string content : {snapshotOf({"a"}, false), std::string(), snapshotOf({"a"}).substr(0, 100)}) {
            QVERIFY(writeFileAtomically(disk, path, content));
            QVERIFY(!readSnapshot(disk, {path, {2, 20}}));
        }
        std::string damaged = snapshotOf({"a"});
        damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
        QVERIFY(writeFileAtomically(disk, path, damaged));
        QVERIFY(!readSnapshot(disk, {path, {2, 20}}));
    }

    void aLogThatHasEverythingNeedsNone() {
        tests::StorageRig rig;
        QVERIFY(rig.open());
        StorageRaftLog log(rig.create());
        QVERIFY(log.append(1, 1000, values(5)));
        rig.settle();
        rig.disk.setContent(std::string(tests::StorageRig::kDir) + "/orders-0/00000000000000000003-0000000001.checkpoint", snapshotOf({"a"}));
        QVERIFY(log.loadSnapshot(rig.disk));
        QVERIFY(!log.takeSnapshot());
    }

    void aCutLogBeginsWithItsSnapshot() {
        tests::StorageRig rig;
        QVERIFY(rig.open());
        const auto stored = rig.create();
        StorageRaftLog log(stored);
        QVERIFY(log.append(1, 1000, values(5)));
        QVERIFY(log.append(2, 1000, values(5)));
        rig.settle();
        QVERIFY(stored->deleteRecordsBefore(5));
        rig.settle();
        QVERIFY(!log.loadSnapshot(rig.disk)); // nothing says what was before
        rig.disk.setContent(std::string(tests::StorageRig::kDir) + "/orders-0/00000000000000000005-0000000001.checkpoint", snapshotOf({"a", "b"}));
        QVERIFY(log.loadSnapshot(rig.disk));
        const auto snapshot = log.takeSnapshot();
        QVERIFY(snapshot);
        QCOMPARE(snapshot->nextOffset, Offset{5});
        QCOMPARE(snapshot->records.size(), std::size_t{2});
        QVERIFY(!log.takeSnapshot());
        const auto rest = log.readBatches(5, 10, 1 << 20);
        QVERIFY(rest && rest->size() == 1);
        QCOMPARE(rest->front().baseOffset, Offset{5});
        QCOMPARE(log.lastEpoch(), QuorumEpoch{2});
    }

    void aLogThatEndsBeforeItsSnapshotContinuesBehindIt() {
        tests::StorageRig rig;
        QVERIFY(rig.open());
        StorageRaftLog log(rig.create());
        QVERIFY(log.append(1, 1000, values(5)));
        rig.settle();
        rig.disk.setContent(std::string(tests::StorageRig::kDir) + "/orders-0/00000000000000000040-0000000003.checkpoint", snapshotOf({"a", "b"}));
        QVERIFY(log.loadSnapshot(rig.disk));
        rig.settle();
        QCOMPARE(log.startOffset(), Offset{40});
        QCOMPARE(log.endOffset(), Offset{40});
        QCOMPARE(log.lastEpoch(), QuorumEpoch{3});
        QVERIFY((log.endOffsetForEpoch(3) == OffsetAndEpoch{3, 40}));
        QVERIFY(log.append(4, 1000, values(1)));
        rig.settle();
        QCOMPARE(log.syncedEndOffset(), Offset{41});
        QCOMPARE(log.lastEpoch(), QuorumEpoch{4});
    }
};

SAMSA_TEST(MetadataSnapshotTest)
#include "metadata_snapshot_test.moc"
