#include "embedded-broker/storage/cleaner.h"
#include "embedded-broker/base/log.h"
#include "tests/embedded-broker/storage/compaction_rig.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <set>
#include <tuple>
#include <utility>

using namespace broker;
using namespace broker::storage;
using tests::batchesOf;
using tests::CompactionRig;

namespace {

constexpr int kKeys = 12;

/// Drives one compacted log at random, and knows what a reader from the beginning must get: of each key the last value, of each record
/// that is there what was written at its offset, in order, up to the end.
class Storm {
public:
    explicit Storm(std::uint64_t seed) : m_random(makeSeededRandom(seed)) {
        LogManagerOptions options;
        options.journalBytes = 8000;
        options.hotTailBytes = m_random->below(2) == 0 ? 0 : 3000;
        options.cleaner.stepBytes = 1 + m_random->below(1500);
        if (m_random->below(3) == 0)
            options.cleaner.mapBytesMax = KeyOffsets::kSlotBytes * (2 + m_random->below(8));
        m_rig = std::make_unique<CompactionRig>(options);
        m_rig->config.segmentBytes = 700 + static_cast<std::int64_t>(m_random->below(1500));
        m_rig->config.deleteRetentionMs = static_cast<std::int64_t>(m_random->below(2000));
    }

    std::string run(int rounds, int steps) {
        if (auto opened = open(); !opened.empty())
            return opened;
        for (int round = 0; round < rounds; ++round) {
            if (m_random->below(3) != 0)
                m_rig->disk.powerOffAfter(m_random->below(static_cast<std::uint64_t>(steps) * 4) + 1);
            for (int i = 0; i < steps && !m_rig->disk.poweredOff(); ++i) {
                step();
                if (!m_rig->disk.poweredOff() && m_random->below(8) == 0) {
                    if (auto wrong = check(); !wrong.empty())
                        return fmt::format("round {} step {}: {}", round, i, wrong);
                }
            }
            const bool clean = !m_rig->disk.poweredOff() && m_random->below(3) == 0 && m_rig->manager->shutdown(round).has_value();
            if (clean)
                m_acked = m_end;
            m_rig->pool->drop();
            m_rig->manager.reset();
            m_log.reset();
            if (m_random->below(2) == 0)
                m_rig->disk.killed();
            else
                m_rig->disk.powerOn(*m_random);
            if (auto opened = open(); !opened.empty())
                return fmt::format("round {}: {}", round, opened);
            // What was not acknowledged may be lost, and a start that was not on disk yet comes undone.
            const bool hole = m_hole && m_acked <= m_hole->second && m_log->logEndOffset() >= m_hole->first;
            if (m_log->logEndOffset() < m_acked && !hole)
                return fmt::format("round {}: ends at {}, acknowledged up to {}", round, m_log->logEndOffset(), m_acked);
            cutModel(m_log->logEndOffset());
            if (auto wrong = takeBack(); !wrong.empty())
                return fmt::format("round {}: {}", round, wrong);
            m_acked = std::min(m_log->logEndOffset(), std::max(m_acked, m_log->syncedEndOffset()));
            m_start = m_log->logStartOffset();
            m_epoch += 1;
            m_log->setHighWatermark(m_acked);
            if (auto wrong = check(); !wrong.empty())
                return fmt::format("round {}: after the start: {}", round, wrong);
        }
        // In peace it is always done in the end (KAFKA-3894).
        m_rig->manager->reconfigure("orders", m_rig->config);
        for (int i = 0; i < 200 && (m_log->core()->active().base > m_log->core()->cleanOffset.value_or(0)); ++i) {
            m_rig->settle();
            m_log->setHighWatermark(m_log->logEndOffset());
            m_rig->compact();
        }
        if (m_log->core()->active().base > m_log->core()->cleanOffset.value_or(0))
            return fmt::format("clean to {} only, the active segment starts at {}", m_log->core()->cleanOffset.value_or(-1), m_log->core()->active().base);
        return check();
    }

private:
    struct Written {
        std::string key;
        std::optional<std::string> value;
    };

    std::string open() {
        if (auto opened = m_rig->open(); !opened)
            return "open: " + opened.error().message;
        m_log = m_rig->log();
        if (!m_log) {
            m_log = m_rig->create();
            m_written.clear();
            m_end = m_acked = m_start = 0;
        }
        m_log->onSyncedEndOffset([this](Offset end) {
            m_acked = std::max(m_acked, std::min(end, m_end));
            if (m_acked == m_end)
                m_undoFrom.reset(); // and with it every cut is on disk
        });
        return {};
    }

    /// A cut that was not on disk has come undone: what stood behind it is there again.
    std::string takeBack() {
        const auto from = std::exchange(m_undoFrom, std::nullopt);
        if (!from)
            return {};
        m_written.erase(m_written.lower_bound(*from), m_written.end());
        for (auto at = std::max(*from, m_log->logStartOffset()); at < m_log->logEndOffset();) {
            const auto bytes = m_log->readBytes(at, 1, m_log->logEndOffset());
            const auto batch = bytes ? protocol::RecordBatchView::parse(bytes->bytes()) : Result<protocol::RecordBatchView>(std::unexpected(bytes.error()));
            if (!batch)
                break;
            std::string wrong;
            (void)protocol::forEachRecord(*batch, [&](const protocol::RecordView& record) {
                const Written written{std::string(asText(*record.key)), record.value ? std::optional<std::string>(asText(*record.value)) : std::nullopt};
                if (!m_ever.contains({record.offset, written.key, written.value}))
                    wrong = fmt::format("offset {} never was {}={}", record.offset, written.key, written.value.value_or("-"));
                if (record.offset >= *from)
                    m_written[record.offset] = written;
                return wrong.empty();
            });
            if (!wrong.empty())
                return wrong;
            at = batch->nextOffset();
        }
        m_cutBelow = std::max(m_cutBelow, m_log->logEndOffset());
        return {};
    }

    void cutModel(Offset end) {
        m_written.erase(m_written.lower_bound(end), m_written.end());
        m_end = end;
    }

    void step() {
        switch (m_random->below(24)) {
        case 0: truncate(); break;
        case 1:
            if (m_acked > m_start && m_random->below(4) == 0) {
                const auto to = m_start + 1 + static_cast<Offset>(m_random->below(static_cast<std::uint64_t>(m_acked - m_start)));
                if (m_log->deleteRecordsBefore(to))
                    m_start = m_log->logStartOffset();
            }
            break;
        case 2: (void)m_log->roll(); break;
        case 3:
        case 4: m_rig->scheduler->advance(milliseconds(60)); break;
        case 5:
            if (m_random->below(3) == 0)
                m_rig->manager->writeCheckpoints();
            break;
        case 6:
        case 7:
        case 8: m_log->setHighWatermark(std::min(m_acked, m_log->syncedEndOffset())); break;
        case 9:
        case 10:
        case 11: m_rig->manager->compact(); break;
        case 12: { // a setting changes
            auto config = m_rig->config;
            config.compact = m_random->below(4) != 0;
            m_rig->manager->reconfigure("orders", config);
            break;
        }
        default: append(); break;
        }
        for (auto turns = m_random->below(6); turns > 0; --turns) {
            m_rig->scheduler->run();
            m_rig->pool->runOne(*m_random);
        }
        if (m_random->below(3) == 0)
            m_rig->scheduler->run();
    }

    void append() {
        tests::KeyedBatch batch;
        batch.codec = m_random->below(4) == 0 ? protocol::Codec::Zstd : protocol::Codec::None;
        batch.timestamp = m_rig->scheduler->wallNow();
        for (auto count = 1 + m_random->below(4); count > 0; --count) {
            tests::KeyedRecord record{fmt::format("k{}", m_random->below(kKeys)), fmt::format("{}", ++m_serial)};
            if (m_random->below(6) == 0)
                record.value.reset();
            else if (m_random->below(10) == 0)
                record.value->append(300, 'x');
            batch.records.push_back(std::move(record));
        }
        const auto info = m_log->appendAsLeader(tests::keyedBatch(batch), m_epoch);
        if (!info)
            return; // the power is off
        Offset at = info->firstOffset;
        for (const auto& record : batch.records) {
            m_ever.insert({at, record.key, record.value});
            m_written[at++] = {record.key, record.value};
        }
        m_end = at;
    }

    void truncate() {
        if (m_end <= m_start || m_random->below(3) != 0)
            return;
        // Mostly near the end; sometimes into what was compacted, as an unclean election does.
        const auto span = m_random->below(5) == 0 ? static_cast<std::uint64_t>(m_end - m_start) : std::min<std::uint64_t>(static_cast<std::uint64_t>(m_end - m_start), 12);
        const auto to = m_end - static_cast<Offset>(m_random->below(span));
        if (!m_log->truncateTo(to))
            return;
        cutModel(m_log->logEndOffset());
        m_acked = std::min(m_acked, m_end);
        // Where compaction has taken the records before the cut, a start knows of them no more than Kafka does.
        Offset last = m_log->logStartOffset();
        for (auto at = last; at < m_end;) {
            const auto bytes = m_log->readBytes(at, 1, m_end);
            const auto batch = bytes ? protocol::RecordBatchView::parse(bytes->bytes()) : Result<protocol::RecordBatchView>(std::unexpected(bytes.error()));
            if (!batch)
                break;
            last = at = batch->nextOffset();
        }
        m_hole = last < m_end ? std::optional(std::pair(m_log->core()->segments.begin()->first, m_end)) : std::nullopt;
        m_undoFrom = std::min(m_undoFrom.value_or(m_end), m_end);
        // Compaction before the cut may have dropped the older of two where the cut took the newer: such a key has no value any more.
        m_cutBelow = std::max(m_cutBelow, m_end);
        ++m_epoch;
    }

    std::string check() {
        std::map<std::string, Written> seen;
        std::map<std::string, Offset> lastSeen;
        Offset previous = -1;
        for (auto at = m_log->logStartOffset(); at < m_log->logEndOffset();) {
            const auto bytes = m_log->readBytes(at, 1, m_log->logEndOffset());
            if (!bytes)
                return m_rig->disk.poweredOff() ? std::string() : fmt::format("read at {}: {}", at, bytes.error().message);
            if (bytes->empty())
                break;
            const auto batch = protocol::RecordBatchView::parse(bytes->bytes());
            if (!batch || !batch->crcValid())
                return fmt::format("no batch at {}", at);
            std::string wrong;
            const auto read = protocol::forEachRecord(*batch, [&](const protocol::RecordView& record) {
                const auto written = m_written.find(record.offset);
                const std::string key(asText(*record.key));
                const auto value = record.value ? std::optional<std::string>(asText(*record.value)) : std::nullopt;
                if (record.offset <= previous)
                    wrong = fmt::format("offset {} after {}", record.offset, previous);
                else if (written == m_written.end() || written->second.key != key || written->second.value != value)
                    wrong = fmt::format("offset {} is {}={}", record.offset, key, value.value_or("-"));
                previous = record.offset;
                seen[key] = {key, value};
                lastSeen[key] = record.offset;
                return wrong.empty();
            });
            if (!read)
                return fmt::format("batch at {}: {}", at, read.error().message);
            if (!wrong.empty())
                return wrong;
            at = batch->nextOffset();
        }
        std::map<std::string, std::pair<Offset, std::optional<std::string>>> last;
        for (auto each = m_written.lower_bound(m_log->logStartOffset()); each != m_written.end(); ++each)
            last[each->second.key] = {each->first, each->second.value};
        for (const auto& [key, newest] : last) {
            const auto found = lastSeen.find(key);
            if (newest.first < m_cutBelow && (found == lastSeen.end() || found->second < newest.first))
                continue;
            if (!newest.second && found == lastSeen.end())
                continue; // a tombstone whose time has come
            if (found == lastSeen.end() || found->second != newest.first)
                return fmt::format("the last value of {} is at {}, found {}", key, newest.first, found == lastSeen.end() ? -1 : found->second);
        }
        return {};
    }

    std::unique_ptr<Random> m_random;
    std::unique_ptr<CompactionRig> m_rig;
    std::shared_ptr<Log> m_log;
    std::map<Offset, Written> m_written;
    std::set<std::tuple<Offset, std::string, std::optional<std::string>>> m_ever; ///< also what was cut
    std::optional<Offset> m_undoFrom;
    std::optional<std::pair<Offset, Offset>> m_hole;
    Offset m_end = 0;
    Offset m_acked = 0;
    Offset m_start = 0;
    Offset m_cutBelow = 0;
    LeaderEpoch m_epoch = 0;
    int m_serial = 0;
};

} // namespace

class CompactionCrashTest : public QObject {
    Q_OBJECT
private slots:
    void crashAtEachStep_data() {
        QTest::addColumn<bool>("power");
        QTest::newRow("process killed") << false;
        QTest::newRow("power cut") << true;
    }

    /// Several segments become one; the machine dies after each change on the disk. What is read afterwards is the old log or the new one.
    void crashAtEachStep() {
        QFETCH(bool, power);
        log::setLevel(qEnvironmentVariableIsSet("COMPACTION_LOG") ? log::Level::Debug : log::Level::Off);
        bool through = false;
        for (std::uint64_t stop = 0; !through; ++stop) {
            QVERIFY2(stop < 400, "it never ends");
            for (std::uint64_t luck = 0; luck < (power ? 6 : 1); ++luck) {
                CompactionRig rig;
                rig.config.compact = false;
                QVERIFY(rig.open());
                auto log = rig.create();
                const auto put = [&](const std::string& key, std::optional<std::string> value) {
                    rig.append(*log, {.records = {{key, std::move(value)}}, .producerId = 9, .epoch = 0, .sequence = static_cast<std::int32_t>(log->logEndOffset())});
                };
                for (int i = 0; i < 4; ++i) {
                    put("a", fmt::format("{}", i));
                    put("b", i == 3 ? std::nullopt : std::optional<std::string>("x"));
                    put(fmt::format("c{}", i), "1");
                    rig.roll(*log);
                }
                put("a", "last");
                rig.settle();
                log->setHighWatermark(log->logEndOffset());
                const auto before = batchesOf(*log);
                rig.config.compact = true;
                rig.manager->reconfigure("orders", rig.config);
                rig.disk.powerOffAfter(stop);
                rig.compact();
                through = !rig.disk.poweredOff();
                rig.pool->drop();
                rig.manager.reset();
                log.reset();
                if (power) {
                    auto random = makeSeededRandom(stop * 31 + luck);
                    rig.disk.powerOn(*random);
                } else {
                    rig.disk.killed();
                }
                QVERIFY2(rig.open(), fmt::format("step {}", stop).c_str());
                log = rig.log();
                QVERIFY(log);
                const auto after = batchesOf(*log);
                const std::vector<std::string> compacted{"2-2[]: 2=c0:1", "5-5[]: 5=c1:1", "8-8[]: 8=c2:1", "9-9[]: 9=a:3", "10-10[H]: 10=b:-", "11-11[]: 11=c3:1", "12-12[]: 12=a:last"};
                QVERIFY2(after == before || after == compacted, fmt::format("step {}:\n{}", stop, fmt::join(after, "\n")).c_str());
                QCOMPARE(log->logEndOffset(), Offset{13});
                for (const auto& path : rig.disk.files())
                    QVERIFY2(!path.ends_with(".cleaned") && !path.ends_with(".swap"), fmt::format("step {}: {}", stop, path).c_str());
                // The producer goes on, and so does compaction.
                put("d", "1");
                log->setHighWatermark(log->logEndOffset());
                rig.compact();
                auto lines = batchesOf(*log);
                QCOMPARE(lines.size(), compacted.size() + 1);
                lines.pop_back();
                QVERIFY2(lines == compacted, fmt::format("step {}:\n{}", stop, fmt::join(lines, "\n")).c_str());
            }
        }
        log::setLevel(log::Level::Info);
    }

    void interleavings() {
        log::setLevel(qEnvironmentVariableIsSet("COMPACTION_LOG") ? log::Level::Debug : log::Level::Off);
        const auto count = qEnvironmentVariableIntValue("COMPACTION_SEEDS") > 0 ? qEnvironmentVariableIntValue("COMPACTION_SEEDS") : 60;
        const auto first = qEnvironmentVariableIntValue("COMPACTION_SEED");
        for (int seed = first; seed < first + count; ++seed) {
            const auto wrong = Storm(static_cast<std::uint64_t>(seed)).run(4, 120);
            QVERIFY2(wrong.empty(), fmt::format("seed {}: {}", seed, wrong).c_str());
        }
        log::setLevel(log::Level::Info);
    }
};

SAMSA_TEST(CompactionCrashTest)
#include "compaction_crash_test.moc"
