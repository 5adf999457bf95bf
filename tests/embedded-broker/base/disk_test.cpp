#include "embedded-broker/base/disk.h"
#include "tests/support/power_cut_disk.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <sys/stat.h>

using namespace broker;

class DiskTest : public QObject {
    Q_OBJECT
private slots:
    /// Batches are cut out of what came from a socket: what is left of one that was taken whole must not hold all of it.
    void anEmptyPieceKeepsNothingAlive() {
        auto frame = std::make_shared<std::vector<std::byte>>(256U << 10);
        const Slice whole(frame, *frame);
        const std::weak_ptr<void> alive = frame;
        frame.reset();
        const auto piece = whole.sub(10, 5);
        const auto rest = [whole] { return whole.sub(whole.size(), 0); }();
        QVERIFY(piece.owner() && !rest.owner());
        QVERIFY(rest.empty() && !alive.expired());
    }
    void writesAndReadsBack() {
        const QTemporaryDir temporary;
        const auto root = temporary.path().toStdString();
        const auto disk = makePosixDisk();
        QVERIFY(disk->createDirectories(root + "/a/b"));
        QVERIFY(disk->createDirectories(root + "/a/b"));
        const auto file = disk->open(root + "/a/b/f", OpenMode::CreateNew);
        QVERIFY(file);
        std::vector<Slice> pieces;
        std::string expected;
        for (int i = 0; i < 1000; ++i) { // more than one call takes
            pieces.push_back(Slice::copy(std::to_string(i)));
            expected += std::to_string(i);
        }
        QVERIFY((*file)->preallocate(1 << 20));
        QVERIFY((*file)->writeAt(0, pieces) && (*file)->sync());
        QCOMPARE((*file)->size().value(), std::uint64_t{expected.size()});
        QVERIFY(readWholeFile(*disk, root + "/a/b/f").value() == expected);
        QVERIFY(readWholeFile(*disk, root + "/a/b/f", 10).error().code == ErrorCode::OutOfRange);
        std::array<std::byte, 8> tail{};
        QCOMPARE((*file)->readAt(expected.size() - 3, tail).value(), std::size_t{3});
        struct stat facts {};
        QVERIFY(::stat((root + "/a/b/f").c_str(), &facts) == 0 && (facts.st_mode & 0777) == 0600);
        QVERIFY(::stat((root + "/a").c_str(), &facts) == 0 && (facts.st_mode & 0777) == 0700);
        QVERIFY(disk->open(root + "/a/b/f", OpenMode::CreateNew).error().code == ErrorCode::AlreadyExists);
        QVERIFY(disk->open(root + "/a/b/g", OpenMode::Read).error().code == ErrorCode::NotFound);
        QVERIFY(writeFileAtomically(*disk, root + "/a/b/f", "new"));
        QVERIFY(readWholeFile(*disk, root + "/a/b/f").value() == "new");
        QCOMPARE(disk->list(root + "/a/b").value().size(), std::size_t{1});
        QVERIFY(disk->list(root + "/a").value().front().directory);
        QVERIFY(disk->freeBytes(root).value() <= disk->totalBytes(root).value());
        QVERIFY(disk->removeTree(root + "/a") && !disk->exists(root + "/a") && disk->removeTree(root + "/a"));
    }

    void lockExcludes() {
        const QTemporaryDir temporary;
        const auto path = temporary.path().toStdString() + "/.lock";
        const auto disk = makePosixDisk();
        auto held = disk->lock(path);
        QVERIFY(held);
        QVERIFY(disk->lock(path).error().code == ErrorCode::Busy);
        held->reset();
        QVERIFY(disk->lock(path));
    }

    void powerCutKeepsOnlyWhatWasSynced() {
        const QTemporaryDir temporary;
        const auto path = temporary.path().toStdString() + "/f";
        const auto below = [&] {
            QFile file(QString::fromStdString(path));
            return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string("?");
        };
        const auto disk = tests::makePowerCutDisk(makePosixDisk());
        const auto file = disk->open(path, OpenMode::Create).value();
        QVERIFY(file->writeAt(0, asBytes("hello")) && file->sync());
        QVERIFY(file->writeAt(5, asBytes(" world")) && file->truncate(8) && file->writeAt(0, asBytes("J")));
        QVERIFY(readWholeFile(*disk, path).value() == "Jello wo");
        QCOMPARE(below(), std::string("hello"));
        QVERIFY(disk->open(path, OpenMode::Truncate).value()->writeAt(0, asBytes("x")));
        QVERIFY(readWholeFile(*disk, path).value() == "x");
        QCOMPARE(below(), std::string("hello"));
        QVERIFY(file->sync());
        QCOMPARE(below(), std::string("x"));
        QVERIFY(writeFileAtomically(*disk, path, "whole"));
        QCOMPARE(below(), std::string("whole"));
    }
};

SAMSA_TEST(DiskTest)
#include "disk_test.moc"
