#include "embedded-broker/base/log.h"
#include "tests/embedded-broker/storage/storage_rig.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <map>
#include <set>

using namespace broker;
using namespace broker::storage;
using tests::makeBatch;
using tests::StorageRig;

namespace {

/// One partition as it should be.
struct Model {
    struct Batch {
        Offset base = 0;
        Offset next = 0;
        std::string bytes;
        LeaderEpoch epoch = 0;
        std::int32_t sequence = 0;
    };
    std::vector<Batch> batches;
    std::set<std::string> everWritten; ///< also what was truncated: unsynced cuts may come undone
    Offset acked = 0;
    Offset start = 0;
    LeaderEpoch epoch = 0;
    int producerEpoch = 0;
    bool exists = false;
    std::uint8_t id = 0;

    [[nodiscard]] Offset end() const { return batches.empty() ? start : batches.back().next; }
};

constexpr int kPartitions = 6;

/// Drives a LogManager at random over a FakeDisk, and knows what must be there afterwards.
class Torture {
public:
    explicit Torture(std::uint64_t seed) : m_random(makeSeededRandom(seed)) {
        LogManagerOptions options;
        options.journalBytes = 6000;
        options.hotTailBytes = m_random->below(2) == 0 ? 0 : 4000;
        options.directLogsMax = m_random->below(2) == 0 ? 0 : 2;
        m_rig = std::make_unique<StorageRig>(options);
        m_rig->config.segmentBytes = 3000;
        m_rig->config.indexIntervalBytes = 200;
        m_models.resize(kPartitions);
    }

    /// Empty when all is well.
    std::string run(int rounds, int steps) {
        if (auto opened = m_rig->open(); !opened)
            return opened.error().message;
        for (int round = 0; round < rounds; ++round) {
            m_rig->disk.powerOffAfter(m_random->below(static_cast<std::uint64_t>(steps) * 3) + 1);
            for (int i = 0; i < steps && !m_rig->disk.poweredOff(); ++i)
                step();
            bool clean = false;
            if (!m_rig->disk.poweredOff() && m_random->below(3) == 0)
                clean = m_rig->manager->shutdown(round).has_value();
            for (auto& model : m_models) {
                if (clean)
                    model.acked = model.end();
            }
            m_rig->pool->drop();
            m_rig->manager.reset();
            m_logs.clear();
            if (m_random->below(2) == 0)
                m_rig->disk.killed();
            else
                m_rig->disk.powerOn(*m_random);
            if (auto opened = m_rig->open(); !opened)
                return fmt::format("round {}: open: {}", round, opened.error().message);
            if (clean && !m_rig->manager->wasCleanStop())
                return fmt::format("round {}: a clean stop was not seen", round);
            for (int partition = 0; partition < kPartitions; ++partition) {
                if (auto wrong = compare(partition); !wrong.empty())
                    return fmt::format("round {} partition {}: {}", round, partition, wrong);
            }
        }
        return {};
    }

private:
    std::shared_ptr<Log> log(int partition) {
        auto& model = m_models[static_cast<std::size_t>(partition)];
        if (!model.exists) {
            model = Model{};
            model.exists = true;
            model.id = static_cast<std::uint8_t>(++m_lastId);
            auto made = m_rig->manager->createLog({"t", partition}, tests::topicIdOf(model.id), m_rig->config);
            if (!made)
                return nullptr;
            watch(partition, *made);
        }
        return m_rig->log("t", partition);
    }

    void watch(int partition, const std::shared_ptr<Log>& log) {
        log->onSyncedEndOffset([this, partition](Offset end) {
            auto& model = m_models[static_cast<std::size_t>(partition)];
            model.acked = std::max(model.acked, std::min(end, model.end()));
        });
        m_logs[partition] = log;
    }

    void step() {
        const auto partition = static_cast<int>(m_random->below(kPartitions));
        auto& model = m_models[static_cast<std::size_t>(partition)];
        switch (m_random->below(40)) {
        case 0: // a new leader
            ++model.epoch;
            break;
        case 1:
        case 2: truncate(partition); break;
        case 3: deleteRecords(partition); break;
        case 4:
            if (const auto held = log(partition))
                (void)held->roll();
            break;
        case 5:
            if (model.exists && m_random->below(4) == 0) {
                // From here on it may be there or not.
                m_logs.at(partition)->onSyncedEndOffset({}); // what it still says is not about the next topic of this name
                if (m_rig->manager->deleteLog({"t", partition})) {
                    m_gone.insert(model.id);
                    model = Model{};
                    m_logs.erase(partition);
                }
            }
            break;
        case 6: m_rig->scheduler->advance(milliseconds(60)); break;
        case 7:
            if (m_random->below(3) == 0)
                m_rig->manager->writeCheckpoints();
            break;
        case 8:
            for (const auto& each : m_rig->manager->logs())
                each->setHighWatermark(each->syncedEndOffset());
            break;
        case 9:
        case 10:
        case 11: // everybody at once: the journal's case
            for (int each = 0; each < kPartitions; ++each)
                append(each);
            break;
        default: append(partition); break;
        }
        for (auto turns = m_random->below(4); turns > 0; --turns) {
            m_rig->scheduler->run();
            m_rig->pool->runOne(*m_random);
        }
        if (m_random->below(3) == 0)
            m_rig->scheduler->run();
    }

    void append(int partition) {
        const auto held = log(partition);
        if (!held)
            return;
        auto& model = m_models[static_cast<std::size_t>(partition)];
        const auto records = static_cast<int>(1 + m_random->below(3));
        const auto large = m_random->below(12) == 0;
        // Sequences are offsets: producer epoch 0 for ever, every retry can be checked.
        const auto batch = makeBatch({.records = records,
                                      .valueBytes = large ? 1500 : 5 + m_random->below(150),
                                      .producerId = 77,
                                      .producerEpoch = static_cast<ProducerEpoch>(model.producerEpoch),
                                      .sequence = static_cast<std::int32_t>(held->logEndOffset() - m_sequenceBase[partition]),
                                      .text = fmt::format("{}", ++m_serial)});
        const auto info = held->appendAsLeader(batch, model.epoch);
        if (!info)
            return; // the power is off
        const auto stored = held->readBytes(info->firstOffset, 1, held->logEndOffset());
        if (!stored)
            return;
        model.batches.push_back({info->firstOffset, info->lastOffset + 1, std::string(stored->text()), model.epoch,
                                 static_cast<std::int32_t>(info->firstOffset - m_sequenceBase[partition])});
        model.everWritten.insert(std::string(stored->text()));
    }

    void truncate(int partition) {
        auto& model = m_models[static_cast<std::size_t>(partition)];
        if (!model.exists || model.batches.empty())
            return;
        const auto held = log(partition);
        const auto from = std::max<std::size_t>(model.batches.size(), 6) - 6;
        const auto index = from + m_random->below(model.batches.size() - from);
        const auto cut = model.batches[index].base;
        if (cut < model.start || !held->truncateTo(cut))
            return;
        model.batches.resize(index);
        model.acked = std::min(model.acked, cut);
        ++model.epoch; // whatever is written there now is another leader's
    }

    void deleteRecords(int partition) {
        auto& model = m_models[static_cast<std::size_t>(partition)];
        if (!model.exists || model.acked <= model.start)
            return;
        const auto held = log(partition);
        const auto to = model.start + static_cast<Offset>(m_random->below(static_cast<std::uint64_t>(model.acked - model.start)));
        if (held->deleteRecordsBefore(to))
            model.start = std::max(model.start, to);
    }

    std::string compare(int partition) {
        auto& model = m_models[static_cast<std::size_t>(partition)];
        auto held = m_rig->log("t", partition);
        if (!model.exists) {
            if (held && m_rig->manager->deleteLog({"t", partition}))
                m_rig->settle(); // the deletion had not reached the disk
            return {};
        }
        if (held && held->topicId() != tests::topicIdOf(model.id)) {
            if (model.acked > 0)
                return "an older topic of this name is back, with acknowledged records gone";
            (void)m_rig->manager->deleteLog({"t", partition});
            m_rig->settle();
            held = nullptr;
        }
        if (!held) {
            if (model.acked > 0)
                return fmt::format("is gone; {} were acknowledged", model.acked);
            model = Model{};
            m_sequenceBase[partition] = 0;
            return {};
        }
        if (held->logEndOffset() < model.acked)
            return fmt::format("ends at {}; {} were acknowledged", held->logEndOffset(), model.acked);
        if (held->logStartOffset() > model.start)
            return fmt::format("starts at {}, not at {}", held->logStartOffset(), model.start);
        if (held->syncedEndOffset() != held->logEndOffset())
            return "is open and not synced";
        // Batch by batch: as the model up to what was acknowledged, behind it anything that was written there once.
        std::vector<Model::Batch> found;
        Offset at = held->logStartOffset();
        LeaderEpoch epoch = 0;
        while (at < held->logEndOffset()) {
            const auto bytes = held->readBytes(at, 1, held->logEndOffset());
            if (!bytes)
                return bytes.error().message;
            const auto view = protocol::RecordBatchView::parse(bytes->bytes());
            if (!view || !view->crcValid())
                return fmt::format("no batch at {}", at);
            const auto known = std::ranges::find(model.batches, view->baseOffset(), &Model::Batch::base);
            const bool same = known != model.batches.end() && known->bytes == bytes->text();
            if (view->baseOffset() < model.acked && !same)
                return fmt::format("another batch at {} than the acknowledged one", at);
            if (!model.everWritten.contains(std::string(bytes->text())))
                return fmt::format("a batch at {} that was never written", at);
            if (view->partitionLeaderEpoch() < epoch)
                return fmt::format("epoch {} after {} at {}", view->partitionLeaderEpoch(), epoch, at);
            epoch = view->partitionLeaderEpoch();
            if (held->epochAt(at) != epoch)
                return fmt::format("the epoch cache says {} at {}, the batch {}", held->epochAt(at), at, epoch);
            if (at != held->logStartOffset() && view->baseOffset() != at)
                return fmt::format("a hole: {} where {} is next", view->baseOffset(), at);
            found.push_back({view->baseOffset(), view->nextOffset(), std::string(bytes->text()), epoch, view->baseSequence()});
            at = view->nextOffset();
        }
        // A retry of any of the last five is answered with its first offset.
        const auto last = found.size() > 5 ? found.size() - 5 : 0;
        for (std::size_t i = last; i < found.size(); ++i) {
            if (found[i].base < held->logStartOffset())
                continue;
            const auto retry = held->appendAsLeader(Slice::copy(found[i].bytes), epoch);
            if (!retry)
                return fmt::format("a retry of {} is refused: {}", found[i].base, retry.error().message);
            if (!retry->duplicate || retry->firstOffset != found[i].base)
                return fmt::format("a retry of {} was appended at {}", found[i].base, retry->firstOffset);
        }
        model.batches = found;
        model.acked = held->logEndOffset();
        model.start = held->logStartOffset();
        model.epoch = std::max(model.epoch, epoch) + 1;
        if (found.empty()) {
            // No record is left to carry the sequence on: the producer starts again, as after InitProducerId.
            ++model.producerEpoch;
            m_sequenceBase[partition] = held->logEndOffset();
        }
        watch(partition, held);
        return {};
    }

    std::unique_ptr<Random> m_random;
    std::unique_ptr<StorageRig> m_rig;
    std::vector<Model> m_models;
    std::map<int, std::shared_ptr<Log>> m_logs;
    std::map<int, Offset> m_sequenceBase;
    std::set<std::uint8_t> m_gone;
    int m_lastId = 0;
    int m_serial = 0;
};

} // namespace

class CrashTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { log::setLevel(log::Level::Off); }
    void cleanupTestCase() { log::setLevel(log::Level::Info); }

    /// The power goes at every step of one short history in turn.
    void everyStep() {
        for (std::uint64_t off = 1; off < 400; ++off) {
            const auto random = makeSeededRandom(off);
            StorageRig rig;
            rig.config.segmentBytes = 700;
            if (!rig.open())
                QFAIL("open");
            rig.disk.powerOffAfter(off);
            std::map<int, Offset> acked;
            for (int partition = 0; partition < 4; ++partition) {
                const auto log = rig.create("t", partition);
                log->onSyncedEndOffset([&acked, partition](Offset end) { acked[partition] = std::max(acked[partition], end); });
            }
            for (int i = 0; i < 12 && !rig.disk.poweredOff(); ++i) {
                for (int partition = 0; partition < (i % 3 == 0 ? 1 : 4); ++partition)
                    (void)rig.log("t", partition)->appendAsLeader(makeBatch({.valueBytes = 100}), i / 4);
                rig.advance(milliseconds(i % 4 == 3 ? 60 : 1));
                if (i == 8)
                    rig.manager->writeCheckpoints();
                rig.settle();
            }
            if (!rig.disk.poweredOff())
                (void)rig.manager->shutdown(5);
            rig.powerCut(*random);
            const auto opened = rig.open();
            QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
            for (const auto& [partition, end] : acked) {
                if (end == 0)
                    continue;
                const auto log = rig.log("t", partition);
                QVERIFY2(log && log->logEndOffset() >= end,
                         fmt::format("off {}: partition {} ends at {}, {} acknowledged", off, partition, log ? log->logEndOffset() : -1, end).c_str());
            }
        }
    }

    void randomHistories_data() {
        QTest::addColumn<int>("first");
        for (int first = 1; first <= 901; first += 100)
            QTest::addRow("seeds from %d", first) << first;
    }
    void randomHistories() {
        QFETCH(int, first);
        for (int seed = first; seed < first + 100; ++seed) {
            Torture torture(static_cast<std::uint64_t>(seed));
            const auto wrong = torture.run(6, 80);
            QVERIFY2(wrong.empty(), fmt::format("seed {}: {}", seed, wrong).c_str());
        }
    }
};

SAMSA_TEST(CrashTest)
#include "crash_test.moc"
