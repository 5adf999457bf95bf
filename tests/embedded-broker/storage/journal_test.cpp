// The journal by itself, used by several threads at once: appends beside the zeros that are written ahead of them.
#include "embedded-broker/storage/journal.h"
#include "tests/support/fake_disk.h"
#include "tests/support/test_registry.h"

#include <QTest>

#include <atomic>
#include <thread>

using namespace broker;
using namespace broker::storage;

namespace {
JournalEntry entryOf(char letter, std::size_t bytes) { return {JournalKind::Data, {}, {Slice::copy(std::string(bytes, letter))}}; }
} // namespace

class JournalTest : public QObject {
    Q_OBJECT
private slots:
    /// One entry must wait for zeros that are on their way to its place; another, too large for what is left of the file, opens the next file.
    /// Whoever comes first: where an entry is said to be, there it is.
    void entriesStandWhereTheyAreSaidToBe() {
        constexpr std::uint64_t kFile = 3000, kHalf = kFile / 2;
        for (int round = 0; round < 300; ++round) {
            tests::FakeDisk disk;
            QVERIFY(disk.createDirectories("/d") && disk.syncDirectory("/"));
            Journal journal(disk, "/d", kFile);
            const std::array first{entryOf('f', kHalf)};
            const auto placed = journal.append(first);
            QVERIFY(placed && placed->file == 0 && placed->fillWanted);
            std::atomic<bool> filling = false;
            disk.onWrite([&filling](const std::string&, std::span<const Slice> pieces) {
                if (pieces.front().data()[0] != std::byte{0})
                    return;
                filling = true;
                for (int i = 0; i < 500; ++i)
                    std::this_thread::yield();
            });
            std::thread filler([&journal] { journal.fillAhead(); });
            while (!filling)
                std::this_thread::yield();
            const auto append = [&journal](char letter, std::size_t bytes) {
                const std::array one{entryOf(letter, bytes)};
                return journal.append(one);
            };
            Result<Journal::Place> small, large;
            std::thread one([&] { small = append('s', 200); });
            std::thread two([&] { large = append('l', kHalf); });
            one.join();
            two.join();
            filler.join();
            QVERIFY(small && large);
            const auto holds = [&disk](const Journal::Place& place, char letter, std::size_t bytes) {
                const auto content = disk.content("/d/.samsa-journal-" + std::to_string(place.file));
                return content && content->find(std::string(bytes, letter)) != std::string::npos;
            };
            QVERIFY2(holds(*small, 's', 200), qPrintable(QStringLiteral("round %1").arg(round)));
            QVERIFY2(holds(*large, 'l', kHalf), qPrintable(QStringLiteral("round %1").arg(round)));
            QVERIFY(holds(*placed, 'f', kHalf));
        }
    }
};

SAMSA_TEST(JournalTest)
#include "journal_test.moc"
