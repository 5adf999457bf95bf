#pragma once
// Inside models/wire: TopicScan through librdkafka, for clusters that our own connections cannot log in to. Slower (an object a record), same answers.

#include "models/wire/topic_scan.h"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace models::client {
class RecordReader;
}

namespace models::wire {

class BorrowedScan : public TopicScan {
public:
    BorrowedScan(client::ClientConfig config, const QString& reason);

    [[nodiscard]] Route route() const override { return Route::Librdkafka; }
    Result<QMap<int, Span>> spans(const QString& topic, const SpanQuery& query) override;
    Result<ScanEnd> run(const QString& topic, const QList<ScanRange>& ranges, const ScanOptions& options, ScanSink& sink) override;
    void cancel() override;
    [[nodiscard]] QMap<int, qint64> positions() const override;
    [[nodiscard]] qint64 bytesRead() const override { return m_bytesRead.load(); }

private:
    const client::ClientConfig m_config;
    std::atomic<bool> m_cancelled{false};
    std::atomic<qint64> m_bytesRead{0};
    std::condition_variable m_woken;
    mutable std::mutex m_mutex; ///< guards the two below
    QMap<int, qint64> m_positions;
    client::RecordReader* m_reader = nullptr; ///< while a run polls
};

} // namespace models::wire
