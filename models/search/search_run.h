#pragma once
// One search, from its first message to its last: what is looked for, where, and what has been seen so far. Blocking; a worker thread runs it, any
// thread may ask for the progress or stop it. It never ends without a reason, and positions() is where another run goes on.

#include "models/client/kafka_types.h"
#include "models/search/pattern.h"
#include "models/search/time_histogram.h"
#include "models/wire/topic_scan.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

namespace models::search {

struct SearchOptions {
    wire::TopicScan::SpanQuery where;
    wire::ScanOptions scan;
    QMap<int, qint64> from; ///< next offset of each partition: goes on there; where.fromMs is then not asked again
    qint64 matchesMax = 0;  ///< 0 = no end
};

enum class SearchEnd {
    Finished,
    Stopped, ///< by stop()
    Budget,  ///< ScanOptions::bytesMax was read
    Enough,  ///< matchesMax
};

struct SearchProgress {
    qint64 scanned = 0; ///< messages
    qint64 matched = 0;
    qint64 left = 0;    ///< offsets not looked at yet: at most so many messages
    qint64 total = 0;   ///< offsets there were to look at
    qint64 bytes = 0;   ///< from the wire
    qint64 elapsedMs = 0;
    qint64 oldestMs = -1, newestMs = -1; ///< of the messages scanned; -1 = none with a timestamp
    int partitions = 0;
    qint64 problems = 0;
    [[nodiscard]] double messagesPerSecond() const { return elapsedMs <= 0 ? 0 : static_cast<double>(scanned) * 1000.0 / static_cast<double>(elapsedMs); }
};

/// What takes the matches; called on the scan's threads, those of one worker one after another.
class MatchSink {
public:
    virtual ~MatchSink() = default;
    virtual void match(int worker, const wire::ScanBatch& batch, const wire::RawRecord& record) = 0;
    /// A batch with matches is done: what was kept back may be shown.
    virtual void flush(int worker) = 0;
    virtual void problem(const wire::ScanProblem& problem) = 0;
};

/// The record on its own, its bytes copied.
client::Record recordOf(const wire::ScanBatch& batch, const wire::RawRecord& record);

class SearchRun : private wire::ScanSink {
public:
    SearchRun(std::unique_ptr<wire::TopicScan> scan, Pattern pattern, MatchSink& sink);
    ~SearchRun() override;

    /// Once. Partitions that cannot be read are problems; an error is what keeps all of it from starting.
    Result<SearchEnd> run(const QString& topic, const SearchOptions& options);
    void stop();
    [[nodiscard]] SearchProgress progress() const;
    [[nodiscard]] TimeHistogram histogram() const;
    [[nodiscard]] QMap<int, qint64> positions() const;
    [[nodiscard]] const wire::TopicScan& scan() const { return *m_scan; }

private:
    struct Tally;
    Result<void> take(int worker, const wire::ScanBatch& batch) override;
    void problem(const wire::ScanProblem& problem) override;

    const std::unique_ptr<wire::TopicScan> m_scan;
    const Pattern m_pattern;
    MatchSink& m_sink;
    std::vector<std::unique_ptr<Tally>> m_tallies; ///< by worker
    std::atomic<qint64> m_matchesMax{0};
    std::atomic<qint64> m_matched{0};
    std::atomic<bool> m_enough{false};
    std::atomic<qint64> m_problems{0};
    mutable std::mutex m_mutex; ///< guards what follows
    QMap<int, qint64> m_ends;
    qint64 m_total = 0;
    std::chrono::steady_clock::time_point m_began;
    std::chrono::steady_clock::time_point m_ended; ///< min = it runs
};

} // namespace models::search
