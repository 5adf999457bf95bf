#pragma once
// Inside models/wire: TopicScan over our own connections. The thread that calls run() hands lanes (one a partition) to leaders; each worker thread
// has one connection to one leader, keeps several fetches of different lanes in flight and scans each answer where it arrived, after
// the next fetch has been sent. A lane has one fetch in flight at a time, so its records come in order.

#include "embedded-broker/protocol/record_batch.h"
#include "models/wire/topic_scan.h"
#include "models/wire/wire_links.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace models::wire {

class NativeScan : public TopicScan {
public:
    NativeScan(QStringList servers, Security security);
    ~NativeScan() override;

    [[nodiscard]] Route route() const override { return Route::Native; }
    Result<QMap<int, Span>> spans(const QString& topic, const SpanQuery& query) override;
    Result<ScanEnd> run(const QString& topic, const QList<ScanRange>& ranges, const ScanOptions& options, ScanSink& sink) override;
    void cancel() override;
    [[nodiscard]] QMap<int, qint64> positions() const override;
    [[nodiscard]] qint64 bytesRead() const override { return m_bytesRead.load(std::memory_order_relaxed); }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr int kNoLeader = -1;
    static constexpr int kInFlightMax = 3; ///< fetches a connection

    /// One partition. Its owner is whoever holds it: a queue, or the worker that has its fetch in flight.
    struct Lane {
        int partition = 0;
        qint64 to = 0;
        std::atomic<qint64> scanned{0}; ///< all before it was looked at
        qint64 fetchNext = 0;
        int fetchBytes = 256 << 10;
        int strikes = 0; ///< answers in a row that made no sense
        Clock::time_point lastProgress;
        Clock::time_point sentAt;
        Error lastError;
        bool over = false;
    };
    /// What the metadata says of the topic.
    struct Layout {
        std::map<int, Address> brokers;
        std::map<int, int> leaders; ///< by partition; kNoLeader = none now
    };
    struct Worker;

    Result<Layout> layout(const QString& topic);
    Result<std::map<int, std::pair<qint64, std::optional<Error>>>> offsetsAt(const Address& leader, const QString& topic, const QList<int>& partitions, qint64 timestamp, bool committed);
    void workOn(int worker, int leader, const Address& address);
    void assign(const Layout& layout);
    void giveUpSilent();
    [[nodiscard]] int connectionsOf(int leader) const; ///< with m_mutex held
    [[nodiscard]] std::size_t inFlightOf(int leader) const;

    // ---- the worker's side ----------------------------------------------------------------------------------------------------
    Result<void> sendFetch(Worker& worker, Lane* lane);
    void receiveOne(Worker& worker);
    /// The answer's batches that have anything for the lane; sets lane->fetchNext.
    bool readHeads(Worker& worker, Lane* lane, broker::Bytes frame);
    void scanBatches(Worker& worker, Lane* lane);
    void scanBatch(Worker& worker, Lane* lane, const protocol::RecordBatchView& batch);
    void strike(Lane* lane, const Error& error);
    void pace(qint64 bytes);
    Lane* takeReady(int leader);
    void putBack(Lane* lane, int leader);   ///< more to fetch, from the same leader
    void sendHome(Lane* lane, const Error& error); ///< needs a leader again
    void endLane(Lane* lane);
    void giveUp(Lane* lane, qint64 to, const Error& error);
    void stop(ScanEnd why);

    const QStringList m_servers;
    const Security m_security;
    const int m_cancelFd;
    WireLinks m_links; ///< of the thread that calls
    std::map<int, Address> m_known;

    // ---- of one run ----------------------------------------------------------------------------------------------------------
    QString m_topic;
    ScanOptions m_options;
    ScanSink* m_sink = nullptr;
    std::atomic<bool> m_stopping{false};
    std::atomic<bool> m_cancelled{false};
    std::atomic<qint64> m_bytesRead{0};

    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_changed;
    std::vector<std::unique_ptr<Lane>> m_lanes;
    std::map<int, std::deque<Lane*>> m_ready; ///< by leader
    std::deque<Lane*> m_homeless;
    std::map<int, Address> m_brokers;
    std::map<int, int> m_lanesOf;   ///< by leader, as last assigned
    std::map<int, int> m_workersOf; ///< by leader
    std::vector<int> m_freeWorkers;
    int m_open = 0; ///< lanes that are not over
    ScanEnd m_end = ScanEnd::Finished;
    Clock::time_point m_paceUntil;
};

} // namespace models::wire
