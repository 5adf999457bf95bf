#pragma once
// Reads a topic at the speed of the wire: all partitions at once, several large fetches in flight at each broker, batches walked where they arrived.
// Memory is a frame and an unpacked batch a connection, whatever the topic holds. Leaders are followed when they move; what cannot be read is
// told as a problem, and the rest goes on.
//
// Where Security::of says that our own client cannot connect, librdkafka reads instead (route() says so) and its records take the same path.
//
//     auto scan = TopicScan::open(config).value();            // does not connect
//     auto spans = scan->spans("orders", {}).value();          // blocking, as the rest
//     auto ended = scan->run("orders", ranges, options, sink);
//
// One worker thread calls; cancel(), positions() and bytesRead() may come from any.

#include "models/client/client_config.h"
#include "models/wire/record_cursor.h"

#include <QList>
#include <QMap>
#include <QSet>
#include <chrono>
#include <memory>
#include <optional>

namespace models::wire {

/// Offsets [from, to) of one partition.
struct ScanRange {
    int partition = 0;
    qint64 from = 0;
    qint64 to = 0;
};

struct ScanOptions {
    bool readCommitted = false;        ///< leaves out aborted transactions, and ends before open ones
    qint64 unpackedBytesMax = 64 << 20; ///< of one compressed batch; also at most a thousand times its size
    bool checkCrc = false;             ///< of every batch; those that bring a match are checked in any case
    qint64 bytesMax = 0;               ///< stops after so many bytes from the wire; 0 = no cap
    qint64 bytesPerSecond = 0;         ///< 0 = no cap
    int fetchBytesMax = 2 << 20;
    std::chrono::milliseconds patience{30'000}; ///< a partition that brings nothing for so long is given up
};

struct ScanProblem {
    int partition = -1; ///< -1 = of the whole scan
    qint64 from = -1;   ///< offsets [from, to) were not looked at; to = -1: everything after
    qint64 to = -1;
    Error error;
};

enum class ScanEnd {
    Finished,  ///< every range was read or given up
    Cancelled,
    Budget,    ///< bytesMax
};

/// What takes the batches. Called on the scan's threads.
class ScanSink {
public:
    virtual ~ScanSink() = default;
    /// `worker` in [0, TopicScan::kWorkersMax): calls of one worker never overlap, those of one partition come in order of offset. The bytes are
    /// gone afterwards. An answer is an error when the records are damaged.
    virtual Result<void> take(int worker, const ScanBatch& batch) = 0;
    virtual void problem(const ScanProblem& problem) = 0;
    /// Offsets [first, last] are a transaction's marker, not messages. Not told where librdkafka reads.
    virtual void marker(int worker, int partition, qint64 first, qint64 last) { Q_UNUSED(worker) Q_UNUSED(partition) Q_UNUSED(first) Q_UNUSED(last) }
};

class TopicScan {
public:
    static constexpr int kWorkersMax = 16;
    struct Span {
        qint64 begin = 0;
        qint64 end = 0;
        std::optional<Error> error; ///< this partition cannot be read
    };
    struct SpanQuery {
        std::optional<qint64> fromMs;  ///< first record at or after it
        std::optional<qint64> untilMs; ///< and before the first at or after this
        QSet<int> partitions;          ///< empty = all
        bool readCommitted = false;
    };
    enum class Route { Native, Librdkafka };

    /// Fails where not even librdkafka can use the configuration. `why`: the reason of the second route.
    static Result<std::unique_ptr<TopicScan>> open(const client::ClientConfig& config);
    virtual ~TopicScan() = default;

    [[nodiscard]] virtual Route route() const = 0;
    [[nodiscard]] const QString& routeReason() const { return m_routeReason; } ///< empty for Native

    virtual Result<QMap<int, Span>> spans(const QString& topic, const SpanQuery& query) = 0;
    virtual Result<ScanEnd> run(const QString& topic, const QList<ScanRange>& ranges, const ScanOptions& options, ScanSink& sink) = 0;
    /// Ends a run, soon; every later call answers Cancelled.
    virtual void cancel() = 0;
    /// The next offset of each range: what Continue begins with.
    [[nodiscard]] virtual QMap<int, qint64> positions() const = 0;
    [[nodiscard]] virtual qint64 bytesRead() const = 0; ///< from the wire, as compressed as it came

protected:
    QString m_routeReason;
};

} // namespace models::wire
