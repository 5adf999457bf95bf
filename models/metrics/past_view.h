#pragma once
// What one chart shows of the time before this run: asks the history for it in the background, with some more around it, and keeps the last answer. Interface thread.

#include "models/metrics/history.h"

#include <QObject>

namespace models::metrics {

class PastView : public QObject {
    Q_OBJECT
public:
    /// `store` must outlive it; it says which history, and since when it measures itself.
    explicit PastView(const MetricsStore* store, QObject* parent = nullptr);

    /// Asks for what [fromMs, toMs) of these series needs and is not here yet. Cheap; to be called with every drawing. loaded() follows where something comes.
    void want(const QList<SeriesKey>& keys, qint64 fromMs, qint64 toMs, int columns);
    /// What another one of the same store has loaded.
    void take(const PastView& other) {
        m_past = other.m_past;
        m_keys = other.m_keys;
    }
    [[nodiscard]] bool isLoading() const { return m_loading; }
    [[nodiscard]] const Error& problem() const { return m_problem; } ///< of the last answer

    /// Past and present in one: columns of [fromMs, toMs) as Series::cut makes them, with a gap where nobody measured.
    [[nodiscard]] QList<Bucket> cut(const SeriesKey& key, qint64 fromMs, qint64 toMs, int columns) const;
    /// The mean of what was measured around the moment; NaN = nothing.
    [[nodiscard]] double valueAt(const SeriesKey& key, qint64 timeMs, qint64 columnMs) const;
    /// Of the past and of this run, oldest first.
    [[nodiscard]] QList<Mark> marks(qint64 fromMs, qint64 toMs) const;

signals:
    void loaded();

private:
    [[nodiscard]] qint64 liveFromMs(const SeriesKey& key) const;
    const MetricsStore* m_store;
    Past m_past;
    QList<SeriesKey> m_keys; ///< those that were asked for
    bool m_loading = false;
    quint64 m_request = 0;
    Error m_problem;
    qint64 m_answeredMs = 0;
};

} // namespace models::metrics
