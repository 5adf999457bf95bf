#pragma once
// What was measured, on disk: series of every cluster with roll-ups, marks, and where the ends of logs stood. Bounded in size and age. Any thread; the work is
// done on the thread of its own database, in order, so what was appended is there for the next read. A crash loses what was not appended yet, never more.
//
//     auto history = History::open(store::historyPath()).value();                 // blocking: in the background
//     history->append("local:dev", {{{Quantity::Lag, Scope::Group, "billing"}, {{1'800'000'000'000, 48204}}}});
//     history->read("local:dev", keys, from, to, 60'000).then(this, [](const Result<Past>& past) { ... });

#include "models/metrics/metrics_store.h"
#include "models/store/database.h"

#include <QFuture>
#include <QHash>
#include <memory>

namespace models::metrics {

size_t qHash(const SeriesKey& key, size_t seed = 0);

/// Of one series, oldest first: (wall clock in ms, value).
struct Samples {
    SeriesKey key;
    QList<std::pair<qint64, double>> values;
};

/// Measured within [startMs, endMs).
struct Piece {
    qint64 startMs = 0;
    qint64 endMs = 0;
    double low = 0;
    double high = 0;
    double total = 0;
    int count = 0;
    bool operator==(const Piece&) const = default;
};
struct Past {
    qint64 fromMs = 0;
    qint64 toMs = 0;
    qint64 stepMs = 0; ///< how fine was asked for
    QHash<SeriesKey, QList<Piece>> pieces; ///< oldest first; where nothing was measured there is none
    QList<Mark> marks;
    /// Columns of [fromMs, toMs) as Series::cut makes them.
    [[nodiscard]] QList<Bucket> cut(const SeriesKey& key, qint64 fromMs, qint64 toMs, int columns) const;
};
/// How far back anything of a cluster is known; 0 = nothing.
struct Extent {
    qint64 firstMs = 0;
    qint64 lastMs = 0;
};
/// When the end of a partition's log stood at an offset.
struct LogEnd {
    QString topic;
    int partition = 0;
    qint64 offset = 0;
    qint64 timeMs = 0;
    bool operator==(const LogEnd&) const = default;
};

/// What happened, as models/session keeps it.
struct PastEvent {
    qint64 timeMs = 0;
    QString kind;
    int severity = 0;
    int broker = -1;
    QString topic;
    QString group;
    QString title;
    QString detail;
    qint64 sinceMs = -1;
    bool onChart = false; ///< a mark
    bool operator==(const PastEvent&) const = default;
};

class History {
public:
    struct Level {
        qint64 stepMs;
        qint64 keepMs;
    };
    struct Limits {
        /// Finest first; each step divides the next.
        QList<Level> levels{{1000, 3'600'000}, {10'000, 12 * 3'600'000LL}, {60'000, 4 * 86'400'000LL}, {900'000, 45 * 86'400'000LL}, {3'600'000, 400 * 86'400'000LL}};
        qint64 bytesMax = 256'000'000; ///< of the file; what is finest and oldest goes first
        int eventsMax = 20'000;        ///< of each cluster
        qint64 logEndsKeepMs = 100 * 86'400'000LL; ///< after they were kept last
    };

    /// Blocking. A damaged file is put aside (history.db.damaged) and a new one begun: it is only a memory.
    static Result<std::shared_ptr<History>> open(const QString& path, const Limits& limits);
    static Result<std::shared_ptr<History>> open(const QString& path) { return open(path, Limits()); }
    History(std::shared_ptr<store::Database> database, const Limits& limits);

    /// The cluster behind `key` is `clusterId` now: what another one left there is forgotten. Empty: it does not say, or not yet; what is there is kept. Answers what
    /// is left.
    QFuture<Result<Extent>> claim(const QString& key, const QString& clusterId);
    QFuture<Result<void*>> forget(const QString& cluster);
    QFuture<Result<void*>> append(const QString& cluster, const QList<Samples>& samples);
    QFuture<Result<void*>> addEvents(const QString& cluster, const QList<PastEvent>& events);
    /// The newest `count` before `beforeMs`, oldest first.
    QFuture<Result<QList<PastEvent>>> readEvents(const QString& cluster, qint64 beforeMs, int count);
    /// Of [fromMs, toMs) in pieces of at most `stepMs`, as far as they are kept so fine; coarser ones before.
    QFuture<Result<Past>> read(const QString& cluster, const QList<SeriesKey>& keys, qint64 fromMs, qint64 toMs, qint64 stepMs);
    /// These instead of what was kept of the cluster before.
    QFuture<Result<void*>> keepLogEnds(const QString& cluster, const QList<LogEnd>& ends, qint64 nowMs);
    /// By topic, partition and offset.
    QFuture<Result<QList<LogEnd>>> readLogEnds(const QString& cluster);
    /// What is too old or too much goes; answers the size in bytes afterwards. append() does this now and then.
    QFuture<Result<qint64>> prune(qint64 nowMs);

private:
    struct State;
    std::shared_ptr<store::Database> m_database;
    std::shared_ptr<State> m_state; ///< touched on the database's thread only
};

} // namespace models::metrics
