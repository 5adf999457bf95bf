// Snapshots of the metadata log on disk: written, cut behind, loaded, received from another node.

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
        tests::ManualScheduler scheduler;
        tests::ManualPool pool(scheduler);
        SnapshotFiles none(disk, pool, scheduler, "/not/made/yet");
        QVERIFY(none.open() && none.all().empty());
        QVERIFY(disk.createDirectories("/d"));
        QVERIFY(writeFileAtomically(disk, "/d/00000000000000000010-0000000001.checkpoint", snapshotOf({"old"})));
        QVERIFY(writeFileAtomically(disk, "/d/00000000000000000020-0000000002.checkpoint", snapshotOf({"a", "b"})));
        QVERIFY(writeFileAtomically(disk, "/d/00000000000000000030-0000000002.checkpoint.part", "half of one"));
        SnapshotFiles files(disk, pool, scheduler, "/d");
        QVERIFY(files.open());
        QCOMPARE(files.all().size(), std::size_t{2});
        QVERIFY(!disk.exists("/d/00000000000000000030-0000000002.checkpoint.part"));
        const auto found = files.all().rbegin()->second;
        QCOMPARE(found.end.offset, Offset{20});
        const auto batch = readSnapshot(disk, {"/d/" + snapshotName(found.end), found.end});
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
        StorageRaftLog log(rig.create(), rig.disk, *rig.pool, *rig.scheduler);
        QVERIFY(log.append(1, 1000, values(5)));
        rig.settle();
        rig.disk.setContent(std::string(tests::StorageRig::kDir) + "/orders-0/00000000000000000003-0000000001.checkpoint", snapshotOf({"a"}));
        QVERIFY(log.loadSnapshot());
        QVERIFY(!log.takeSnapshot());
    }

    void aCutLogBeginsWithItsSnapshot() {
        tests::StorageRig rig;
        QVERIFY(rig.open());
        const auto stored = rig.create();
        StorageRaftLog log(stored, rig.disk, *rig.pool, *rig.scheduler);
        QVERIFY(log.append(1, 1000, values(5)));
        QVERIFY(log.append(2, 1000, values(5)));
        rig.settle();
        QVERIFY(stored->deleteRecordsBefore(5));
        rig.settle();
        QVERIFY(!log.loadSnapshot()); // nothing says what was before
        rig.disk.setContent(std::string(tests::StorageRig::kDir) + "/orders-0/00000000000000000005-0000000001.checkpoint", snapshotOf({"a", "b"}));
        QVERIFY(log.loadSnapshot());
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
        StorageRaftLog log(rig.create(), rig.disk, *rig.pool, *rig.scheduler);
        QVERIFY(log.append(1, 1000, values(5)));
        rig.settle();
        rig.disk.setContent(std::string(tests::StorageRig::kDir) + "/orders-0/00000000000000000040-0000000003.checkpoint", snapshotOf({"a", "b"}));
        QVERIFY(log.loadSnapshot());
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

    void whatIsWrittenIsReadAgain() {
        tests::StorageRig rig;
        QVERIFY(rig.open());
        const auto stored = rig.create();
        StorageRaftLog log(stored, rig.disk, *rig.pool, *rig.scheduler, {.bytes = 0});
        QVERIFY(log.append(1, 1000, values(5)));
        QVERIFY(log.append(2, 1000, values(5)));
        rig.settle();
        std::optional<Result<void>> first, second, third;
        log.writeSnapshot({1, 5}, 777, values(2), [&](Result<void> done) { first = std::move(done); });
        QVERIFY(!first);
        rig.settle();
        QVERIFY(first && *first);
        QVERIFY((log.latestSnapshot() == OffsetAndEpoch{1, 5}));
        QCOMPARE(log.startOffset(), Offset{0}); // the newest snapshot is never the only thing that has it
        log.writeSnapshot({2, 10}, 888, values(3), [&](Result<void> done) { second = std::move(done); });
        rig.settle();
        QVERIFY(second && *second);
        QCOMPARE(log.startOffset(), Offset{0}); // and the log is never cut at its very end
        QVERIFY(log.append(2, 1000, values(1)));
        rig.settle();
        log.writeSnapshot({2, 11}, 999, values(4), [&](Result<void> done) { third = std::move(done); });
        rig.settle();
        QVERIFY(third && *third);
        QCOMPARE(log.startOffset(), Offset{10}); // too much was kept: the oldest one and all below the one before the newest went
        QCOMPARE(log.lastEpoch(), QuorumEpoch{2});
        QVERIFY((log.endOffsetForEpoch(2) == OffsetAndEpoch{2, 11}));
        QCOMPARE(log.endOffsetForEpoch(1).epoch, QuorumEpoch{-1});
        rig.advance(seconds(1)); // files go when there is time
        const std::string directory = std::string(tests::StorageRig::kDir) + "/orders-0/";
        QVERIFY(!rig.disk.exists(directory + snapshotName({1, 5})));
        auto file = rig.disk.open(directory + snapshotName({2, 10}), OpenMode::Read);
        QVERIFY(file);
        QCOMPARE(snapshotTimestamp(**file), WallMs{888});
        StorageRaftLog again(stored, rig.disk, *rig.pool, *rig.scheduler);
        QVERIFY(again.loadSnapshot());
        const auto snapshot = again.takeSnapshot();
        QVERIFY(snapshot && snapshot->nextOffset == 11 && snapshot->records.size() == 4);
    }

    /// One node's snapshot goes to another piece by piece; a power cut on the way leaves nothing or all of it.
    void aSnapshotIsReceivedPieceByPiece() {
        tests::StorageRig from, to;
        QVERIFY(from.open() && to.open());
        StorageRaftLog leader(from.create(), from.disk, *from.pool, *from.scheduler);
        const OffsetAndEpoch id{3, 40};
        leader.writeSnapshot(id, 1000, values(20), [](const Result<void>&) {});
        from.settle();
        const auto stored = to.create();
        StorageRaftLog follower(stored, to.disk, *to.pool, *to.scheduler);
        QVERIFY(follower.append(1, 1000, values(5)));
        to.settle();
        bool whole = false;
        int pieces = 0;
        while (!whole) {
            Result<SnapshotPiece> piece = SnapshotPiece{};
            leader.readSnapshot(id, follower.received(id), 50, [&](Result<SnapshotPiece> read) { piece = std::move(read); });
            from.settle();
            QVERIFY2(piece, piece ? "" : piece.error().message.c_str());
            follower.receiveSnapshot(id, piece->size, piece->bytes, [&](Result<bool> all) { whole = all && *all; });
            to.settle();
            QVERIFY(++pieces < 100);
        }
        QVERIFY(pieces > 5);
        QVERIFY(follower.adoptSnapshot(id));
        QCOMPARE(follower.takeSnapshot()->records.size(), std::size_t{20});
        to.settle();
        QCOMPARE(follower.startOffset(), Offset{40});
        QCOMPARE(follower.endOffset(), Offset{40});
        QCOMPARE(follower.lastEpoch(), QuorumEpoch{3});
        Result<SnapshotPiece> none = SnapshotPiece{};
        leader.readSnapshot({3, 41}, 0, 50, [&](Result<SnapshotPiece> read) { none = std::move(read); });
        from.settle();
        QVERIFY(!none && none.error().code == ErrorCode::NotFound);
        leader.readSnapshot(id, 1 << 20, 50, [&](Result<SnapshotPiece> read) { none = std::move(read); });
        from.settle();
        QVERIFY(!none && none.error().code == ErrorCode::OutOfRange);
    }

    void piecesThatDoNotFitAreThrownAway() {
        tests::StorageRig rig;
        QVERIFY(rig.open());
        StorageRaftLog log(rig.create(), rig.disk, *rig.pool, *rig.scheduler);
        const OffsetAndEpoch id{3, 40};
        const std::string content = snapshotOf({"a", "b"});
        const auto give = [&](std::string_view bytes, std::uint64_t size) {
            Payload payload;
            payload.append(Slice::copy(bytes));
            std::optional<Result<bool>> result;
            log.receiveSnapshot(id, size, payload, [&](Result<bool> stored) { result = std::move(stored); });
            rig.settle();
            return *result;
        };
        QVERIFY(give(content.substr(0, 10), content.size()));
        QCOMPARE(log.received(id), std::uint64_t{10});
        QVERIFY(!give(content.substr(10), content.size() - 1)); // more than was said
        QCOMPARE(log.received(id), std::uint64_t{0});
        QVERIFY(give(content.substr(0, 10), content.size()));
        QVERIFY(!give(content.substr(10, 5), content.size() + 7)); // another size
        QVERIFY(!give("", content.size()));                        // nothing
        std::string damaged = content;
        damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
        QVERIFY(!give(damaged, damaged.size()));
        QVERIFY(!log.latestSnapshot());
        QVERIFY(!rig.disk.exists(std::string(tests::StorageRig::kDir) + "/orders-0/" + snapshotName(id) + ".part"));
        const auto good = give(content, content.size());
        QVERIFY(good && *good);
        QVERIFY(log.latestSnapshot() == id);
    }
};

SAMSA_TEST(MetadataSnapshotTest)
#include "metadata_snapshot_test.moc"
