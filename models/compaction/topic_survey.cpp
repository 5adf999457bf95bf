#include "models/compaction/topic_survey.h"

#include "models/base/format.h"
#include "models/wire/topic_scan.h"

#include <QDateTime>
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace models::compaction {

namespace {

using namespace std::chrono_literals;
constexpr int kProblemsMax = 20;

class Gather : public wire::ScanSink {
public:
    std::map<int, PartitionGatherer> partitions; ///< made before the scan; one thread at a time at each
    std::atomic<qint64> records{0};

    Result<void> take(int, const wire::ScanBatch& batch) override {
        const auto found = partitions.find(batch.partition);
        if (found == partitions.end())
            return {};
        records.fetch_add(batch.recordCount, std::memory_order_relaxed);
        if (!found->second.take(batch)) {
            found->second.incomplete();
            return fail(ErrorCode::Corrupt, QStringLiteral("partition %1").arg(batch.partition), QStringLiteral("damaged records after offset %1").arg(batch.baseOffset));
        }
        return {};
    }
    void marker(int, int partition, qint64 first, qint64 last) override {
        if (const auto found = partitions.find(partition); found != partitions.end())
            found->second.skip(first, last + 1);
    }
    void problem(const wire::ScanProblem& problem) override {
        const std::lock_guard lock(m_mutex);
        if (m_problems.size() < kProblemsMax)
            m_problems.append(problem.error.toString());
        m_holes.append(problem);
    }
    [[nodiscard]] QStringList problems() const {
        const std::lock_guard lock(m_mutex);
        return m_problems;
    }
    /// After the scan: whose partitions are not known whole.
    void markIncomplete() {
        const std::lock_guard lock(m_mutex);
        for (const auto& hole : m_holes)
            for (auto& [partition, gatherer] : partitions)
                if (hole.partition < 0 || hole.partition == partition)
                    gatherer.incomplete();
    }

private:
    mutable std::mutex m_mutex; ///< guards what is below
    QStringList m_problems;
    QList<wire::ScanProblem> m_holes;
};

/// Tells how far a scan is and ends it when its job is cancelled; TopicScan blocks the job's own thread.
class Watch {
public:
    Watch(wire::TopicScan& scan, JobControl& control, const QMap<int, qint64>& begins, qint64 total)
        : m_thread([this, &scan, &control, begins, total] {
              std::unique_lock lock(m_mutex);
              while (!m_changed.wait_for(lock, 100ms, [this] { return m_over; })) {
                  qint64 done = 0;
                  const auto positions = scan.positions();
                  for (auto it = positions.cbegin(); it != positions.cend(); ++it)
                      done += std::max<qint64>(0, it.value() - begins.value(it.key(), it.value()));
                  control.setProgress(done, total, format::bytes(scan.bytesRead()));
                  if (control.cancelled())
                      scan.cancel();
              }
          }) {}
    ~Watch() {
        {
            const std::lock_guard lock(m_mutex);
            m_over = true;
        }
        m_changed.notify_all();
        m_thread.join();
    }

private:
    std::mutex m_mutex; ///< guards m_over
    std::condition_variable m_changed;
    bool m_over = false;
    std::thread m_thread;
};

} // namespace

bool TopicSurvey::complete() const {
    return std::all_of(partitions.begin(), partitions.end(), [](const auto& partition) { return partition.complete; });
}

Result<TopicSurvey> surveyTopic(const client::ClientConfig& config, const QString& topic, const SurveyOptions& options, JobControl& control) {
    TopicSurvey survey;
    survey.topic = topic;
    auto scan = wire::TopicScan::open(config);
    if (!scan)
        return std::unexpected(scan.error());
    // The files first: what is cleaned while it is read shows as clean in the messages, too.
    const auto logs = readLocalLogs(options.local, topic);
    survey.fromFiles = !logs.isEmpty();
    auto spans = (*scan)->spans(topic, {});
    if (!spans)
        return std::unexpected(spans.error());
    survey.takenMs = QDateTime::currentMSecsSinceEpoch();
    Gather gather;
    QList<wire::ScanRange> ranges;
    QMap<int, qint64> begins;
    qint64 total = 0;
    const auto keysMax = options.keysMax / static_cast<std::size_t>(std::max<qsizetype>(1, spans->size()));
    for (auto it = spans->cbegin(); it != spans->cend(); ++it) {
        auto& gatherer = gather.partitions.try_emplace(it.key(), it.key(), it->begin, it->end, keysMax, survey.takenMs).first->second;
        if (it->error) {
            gather.problem({it.key(), -1, -1, *it->error});
            continue;
        }
        if (logs.contains(it.key()))
            gatherer.setCleanOffset(std::clamp(logs.value(it.key()).cleanOffset.value_or(it->begin), it->begin, std::max(it->begin, it->end)));
        if (it->begin >= it->end)
            continue;
        ranges.append({it.key(), it->begin, it->end});
        begins.insert(it.key(), it->begin);
        total += it->end - it->begin;
    }
    if (!ranges.isEmpty()) {
        wire::ScanOptions how;
        how.bytesPerSecond = options.bytesPerSecond;
        const Watch watch(**scan, control, begins, total);
        const auto ended = (*scan)->run(topic, ranges, how, gather);
        if (!ended)
            return std::unexpected(ended.error());
        if (*ended == wire::ScanEnd::Cancelled || control.cancelled())
            return JobControl::cancelledError();
    }
    gather.markIncomplete();
    survey.problems = gather.problems();
    survey.bytesRead = (*scan)->bytesRead();
    for (auto& [partition, gatherer] : gather.partitions) {
        auto one = gatherer.finish();
        one.segmentBases = logs.value(partition).segmentBases;
        survey.partitions.append(one);
    }
    return survey;
}

} // namespace models::compaction
