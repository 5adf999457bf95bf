// Which rows a window shows: every record once, in order, whatever way the reader moves and however the answers come.
#include "models/messages/window_core.h"
#include "tests/support/test_registry.h"

#include <QRandomGenerator>
#include <QSet>
#include <QTest>

using namespace models::messages;
using models::client::Record;

namespace {

/// A topic in memory: partition -> records, with holes as compaction leaves them.
struct FakeTopic {
    QMap<int, QList<Record>> records;
    QMap<int, OffsetSpan> spans;

    static FakeTopic make(int partitions, int count, quint32 seed, bool holes) {
        FakeTopic topic;
        QRandomGenerator random(seed);
        for (int p = 0; p < partitions; ++p) {
            qint64 time = 1000;
            for (int offset = 10; offset < 10 + count; ++offset) {
                time += random.bounded(20);
                if (holes && random.bounded(3) > 0)
                    continue;
                Record record;
                record.partition = p;
                record.offset = offset;
                record.timestampMs = time;
                record.value = QByteArray("v");
                topic.records[p].append(record);
            }
            topic.spans[p] = {10, 10 + count};
        }
        return topic;
    }

    QList<Piece> read(const QList<Range>& ranges) const {
        QList<Piece> pieces;
        for (const auto& range : ranges) {
            Piece piece{range, range.to, {}, std::nullopt};
            for (const auto& record : records.value(range.partition))
                if (record.offset >= range.from && record.offset < range.to)
                    piece.records.append(record);
            pieces.append(piece);
        }
        return pieces;
    }

    int total() const {
        int sum = 0;
        for (const auto& each : records)
            sum += static_cast<int>(each.size());
        return sum;
    }
};

int growForward(WindowCore& core, const FakeTopic& topic, int rows) {
    int shown = 0;
    for (int turn = 0; turn < 200 && shown < rows && !core.atEnd(); ++turn) {
        core.giveForward(topic.read(core.wantForward(rows - shown)));
        shown += core.emitForward(rows - shown);
    }
    return shown;
}

int growBackward(WindowCore& core, const FakeTopic& topic, int rows) {
    int shown = 0;
    for (int turn = 0; turn < 200 && shown < rows && !core.atBeginning(); ++turn) {
        core.giveBackward(topic.read(core.wantBackward(rows - shown)));
        shown += core.emitBackward(rows - shown);
    }
    return shown;
}

bool sorted(const WindowCore& core) {
    const auto& rows = core.rows();
    for (std::size_t i = 1; i < rows.size(); ++i)
        if (std::tuple(rows[i - 1].timestampMs, rows[i - 1].partition, rows[i - 1].offset) > std::tuple(rows[i].timestampMs, rows[i].partition, rows[i].offset))
            return false;
    return true;
}

bool unique(const WindowCore& core) {
    QSet<QPair<int, qint64>> seen;
    for (const auto& row : core.rows())
        seen.insert({row.partition, row.offset});
    return seen.size() == static_cast<qsizetype>(core.rows().size());
}

} // namespace

class WindowCoreTest : public QObject {
    Q_OBJECT
private slots:
    void readsAllFromTheBeginning() {
        for (const bool holes : {false, true}) {
            const auto topic = FakeTopic::make(5, 400, 1, holes);
            WindowCore core;
            core.reset(topic.spans, {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}}, Order::Merged);
            QVERIFY(core.atBeginning());
            growForward(core, topic, 1'000'000);
            QVERIFY(core.atEnd());
            QCOMPARE(static_cast<int>(core.rows().size()), topic.total());
            QVERIFY(sorted(core) && unique(core));
        }
    }

    void readsAllFromTheEnd() {
        const auto topic = FakeTopic::make(3, 500, 2, true);
        WindowCore core;
        core.reset(topic.spans, {}, Order::Merged);
        QVERIFY(core.atEnd());
        growBackward(core, topic, 1'000'000);
        QVERIFY(core.atBeginning());
        QCOMPARE(static_cast<int>(core.rows().size()), topic.total());
        QVERIFY(sorted(core) && unique(core));
    }

    void goesBothWaysAndForgets() {
        const auto topic = FakeTopic::make(4, 2000, 3, false);
        WindowCore core;
        core.reset(topic.spans, {{0, 1000}, {1, 1000}, {2, 1000}, {3, 1000}}, Order::Merged);
        QRandomGenerator random(4);
        for (int turn = 0; turn < 200; ++turn) {
            if (random.bounded(2))
                growForward(core, topic, random.bounded(1, 300));
            else
                growBackward(core, topic, random.bounded(1, 300));
            if (core.rows().size() > 500) {
                const auto extra = static_cast<int>(core.rows().size()) - 500;
                random.bounded(2) ? core.dropFront(extra) : core.dropBack(extra);
            }
            QVERIFY(unique(core));
            // Within each partition nothing is missing between the first and the last row.
            QMap<int, qint64> last;
            for (const auto& row : core.rows()) {
                if (last.contains(row.partition))
                    QCOMPARE(row.offset, last[row.partition] + 1);
                last[row.partition] = row.offset;
            }
        }
    }

    void byPartitionStaysInPartitions() {
        const auto topic = FakeTopic::make(3, 300, 5, false);
        WindowCore core;
        core.reset(topic.spans, {{0, 10}, {1, 10}, {2, 10}}, Order::ByPartition);
        growForward(core, topic, 1'000'000);
        QCOMPARE(static_cast<int>(core.rows().size()), topic.total());
        for (std::size_t i = 1; i < core.rows().size(); ++i)
            QVERIFY(std::pair(core.rows()[i - 1].partition, core.rows()[i - 1].offset) < std::pair(core.rows()[i].partition, core.rows()[i].offset));

        core.reset(topic.spans, {}, Order::ByPartition); // at the end: the last partition, backwards
        growBackward(core, topic, 450);
        QCOMPARE(core.rows().back().partition, 2);
        QCOMPARE(core.rows().front().partition, 1);
    }

    void liveRowsComeAfterWhatIsShown() {
        auto topic = FakeTopic::make(2, 50, 6, false);
        WindowCore core;
        core.reset(topic.spans, {}, Order::Merged);
        growBackward(core, topic, 20);
        QCOMPARE(core.remaining(), 0);
        Record fresh;
        fresh.partition = 1;
        fresh.offset = 60;
        fresh.timestampMs = 1; // a clock that is behind
        topic.records[1].append(fresh);
        topic.spans[1].end = 61;
        const auto before = core.rows().size();
        core.setSpans(topic.spans);
        QCOMPARE(core.remaining(), 1);
        growForward(core, topic, 10);
        QCOMPARE(core.rows().size(), before + 1);
        QCOMPARE(core.rows().back().offset, 60);
    }

    void aPartitionThatCannotBeReadStopsNobody() {
        const auto topic = FakeTopic::make(2, 100, 7, false);
        WindowCore core;
        core.reset(topic.spans, {{0, 0}, {1, 0}}, Order::Merged);
        auto pieces = topic.read(core.wantForward(50));
        pieces[0].error = models::Error{};
        pieces[0].covered = pieces[0].range.from;
        pieces[0].records.clear();
        core.giveForward(pieces);
        growForward(core, topic, 1000);
        QVERIFY(core.atEnd());
        QCOMPARE(static_cast<int>(core.rows().size()), 100);
    }

    void hugeMessagesAreReadInSmallerSteps() {
        const auto topic = FakeTopic::make(1, 64, 8, false);
        WindowCore core;
        core.reset(topic.spans, {}, Order::Merged);
        for (int turn = 0; turn < 200 && !core.atBeginning(); ++turn) {
            auto pieces = topic.read(core.wantBackward(64));
            for (auto& piece : pieces) { // never more than two records fit into one answer
                if (piece.records.size() > 2) {
                    piece.records.resize(2);
                    piece.covered = piece.records.last().offset + 1;
                }
            }
            core.giveBackward(pieces);
            core.emitBackward(64);
        }
        QCOMPARE(static_cast<int>(core.rows().size()), 64);
    }

    void knowsWhereItStands() {
        const auto topic = FakeTopic::make(2, 1000, 9, false);
        WindowCore core;
        core.reset(topic.spans, {{0, 510}, {1, 510}}, Order::Merged);
        growForward(core, topic, 100);
        QVERIFY(std::abs(core.fractionAt(0) - 0.5) < 0.01);
        const auto position = core.positionAt(50);
        QVERIFY(position[0] > 510 && position[0] < 600);
        QCOMPARE(core.indexOf(core.rows()[7].partition, core.rows()[7].offset), 7);
        QCOMPARE(core.indexOf(0, 1), -1);
    }
};

SAMSA_TEST(WindowCoreTest)
#include "window_core_test.moc"
