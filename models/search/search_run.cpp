#include "models/search/search_run.h"

namespace models::search {

using Clock = std::chrono::steady_clock;

client::Record recordOf(const wire::ScanBatch& batch, const wire::RawRecord& raw) {
    const auto bytes = [](std::string_view view) { return QByteArray(view.data(), static_cast<qsizetype>(view.size())); };
    client::Record record;
    record.partition = batch.partition;
    record.offset = raw.offset;
    record.timestampMs = raw.timestampMs;
    record.timestampType = raw.timestampMs < 0 ? client::TimestampType::None : batch.logAppendTime ? client::TimestampType::LogAppendTime : client::TimestampType::CreateTime;
    if (raw.hasKey())
        record.key = bytes(raw.key);
    if (raw.hasValue())
        record.value = bytes(raw.value);
    record.leaderEpoch = batch.leaderEpoch;
    wire::HeaderCursor headers(raw);
    std::string_view name, value;
    while (headers.next(name, value))
        record.headers.append({bytes(name), value.data() == nullptr ? std::nullopt : std::optional<QByteArray>(bytes(value))});
    return record;
}

/// What one worker has seen. On lines of its own: workers never wait for each other.
struct alignas(64) SearchRun::Tally {
    explicit Tally(const Pattern& pattern) : matcher(pattern) {}
    Matcher matcher;
    std::atomic<qint64> scanned{0};
    std::atomic<qint64> oldest{-1};
    std::atomic<qint64> newest{-1};
    mutable std::mutex mutex; ///< guards the histogram; taken once a batch, contended only by a snapshot
    TimeHistogram histogram;

    void see(qint64 fromMs, qint64 toMs) {
        const auto low = std::min(fromMs, toMs);
        const auto high = std::max(fromMs, toMs);
        if (low >= 0 && (oldest.load(std::memory_order_relaxed) < 0 || low < oldest.load(std::memory_order_relaxed)))
            oldest.store(low, std::memory_order_relaxed);
        if (high > newest.load(std::memory_order_relaxed))
            newest.store(high, std::memory_order_relaxed);
    }
};

SearchRun::SearchRun(std::unique_ptr<wire::TopicScan> scan, Pattern pattern, MatchSink& sink) : m_scan(std::move(scan)), m_pattern(std::move(pattern)), m_sink(sink) {
    for (int i = 0; i < wire::TopicScan::kWorkersMax; ++i)
        m_tallies.push_back(std::make_unique<Tally>(m_pattern));
}

SearchRun::~SearchRun() = default;

void SearchRun::stop() { m_scan->cancel(); }

Result<void> SearchRun::take(int worker, const wire::ScanBatch& batch) {
    auto& tally = *m_tallies[static_cast<std::size_t>(worker)];
    bool any = false;
    std::unique_lock<std::mutex> lock;
    const auto seen = tally.matcher.search(batch, [&](const wire::RawRecord& record) {
        if (m_enough.load(std::memory_order_relaxed))
            return;
        const qint64 number = m_matched.fetch_add(1, std::memory_order_relaxed) + 1;
        const qint64 max = m_matchesMax.load(std::memory_order_relaxed);
        if (max > 0 && number > max) {
            m_matched.fetch_sub(1, std::memory_order_relaxed);
            return;
        }
        if (max > 0 && number == max)
            m_enough = true;
        m_sink.match(worker, batch, record);
        any = true;
        if (!lock.owns_lock())
            lock = std::unique_lock(tally.mutex);
        tally.histogram.add(TimeHistogram::Matched, record.timestampMs);
    });
    if (lock.owns_lock())
        lock.unlock();
    if (any)
        m_sink.flush(worker);
    if (m_enough.load(std::memory_order_relaxed))
        m_scan->cancel();
    if (!seen)
        return std::unexpected(seen.error());
    tally.scanned.fetch_add(*seen, std::memory_order_relaxed);
    const qint64 from = batch.logAppendTime ? batch.maxTimestampMs : batch.baseTimestampMs;
    tally.see(from, batch.maxTimestampMs);
    const std::lock_guard guard(tally.mutex);
    tally.histogram.addSpan(TimeHistogram::Scanned, from, batch.maxTimestampMs, *seen);
    return {};
}

void SearchRun::problem(const wire::ScanProblem& problem) {
    m_problems.fetch_add(1, std::memory_order_relaxed);
    m_sink.problem(problem);
}

Result<SearchEnd> SearchRun::run(const QString& topic, const SearchOptions& options) {
    m_matchesMax = options.matchesMax;
    {
        const std::lock_guard lock(m_mutex);
        m_began = Clock::now();
        m_ended = Clock::time_point::min();
    }
    const auto leave = [this] {
        const std::lock_guard lock(m_mutex);
        m_ended = Clock::now();
    };
    auto where = options.where;
    where.readCommitted = options.scan.readCommitted;
    const auto spans = m_scan->spans(topic, where);
    if (!spans) {
        leave();
        return std::unexpected(spans.error());
    }
    QList<wire::ScanRange> ranges;
    std::optional<Error> first;
    for (auto it = spans->begin(); it != spans->end(); ++it) {
        if (it->error) {
            problem({it.key(), -1, -1, *it->error});
            if (!first)
                first = it->error;
            continue;
        }
        // Gone on with: where it was; a partition that could not be read before begins where the first search would have begun.
        const qint64 from = std::max(it->begin, options.from.value(it.key(), it->begin));
        ranges.append({it.key(), std::min(from, it->end), it->end});
    }
    if (ranges.isEmpty() && first) {
        leave();
        return std::unexpected(*first);
    }
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& range : ranges) {
            m_ends.insert(range.partition, range.to);
            m_total += range.to - range.from;
        }
    }
    const auto end = m_scan->run(topic, ranges, options.scan, *this);
    leave();
    if (!end)
        return std::unexpected(end.error());
    if (m_enough)
        return SearchEnd::Enough;
    switch (*end) {
    case wire::ScanEnd::Finished: return SearchEnd::Finished;
    case wire::ScanEnd::Cancelled: return SearchEnd::Stopped;
    case wire::ScanEnd::Budget: return SearchEnd::Budget;
    }
    return SearchEnd::Finished;
}

SearchProgress SearchRun::progress() const {
    SearchProgress progress;
    for (const auto& tally : m_tallies) {
        progress.scanned += tally->scanned.load(std::memory_order_relaxed);
        const qint64 oldest = tally->oldest.load(std::memory_order_relaxed);
        if (oldest >= 0 && (progress.oldestMs < 0 || oldest < progress.oldestMs))
            progress.oldestMs = oldest;
        progress.newestMs = std::max(progress.newestMs, tally->newest.load(std::memory_order_relaxed));
    }
    progress.matched = m_matched.load(std::memory_order_relaxed);
    progress.bytes = m_scan->bytesRead();
    progress.problems = m_problems.load(std::memory_order_relaxed);
    const auto positions = m_scan->positions();
    const std::lock_guard lock(m_mutex);
    for (auto it = positions.begin(); it != positions.end(); ++it)
        progress.left += std::max<qint64>(0, m_ends.value(it.key()) - it.value());
    if (positions.isEmpty())
        progress.left = m_total;
    progress.total = m_total;
    progress.partitions = static_cast<int>(m_ends.size());
    const auto until = m_ended == Clock::time_point::min() ? Clock::now() : m_ended;
    progress.elapsedMs = std::max<qint64>(0, std::chrono::duration_cast<std::chrono::milliseconds>(until - m_began).count());
    return progress;
}

TimeHistogram SearchRun::histogram() const {
    TimeHistogram all;
    for (const auto& tally : m_tallies) {
        const std::lock_guard lock(tally->mutex);
        all.add(tally->histogram);
    }
    return all;
}

QMap<int, qint64> SearchRun::positions() const { return m_scan->positions(); }

} // namespace models::search
