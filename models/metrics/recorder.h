#pragma once
// Keeps what one cluster's MetricsStore measures, in portions of some seconds. Interface thread; nothing waits for the disk.

#include "models/metrics/history.h"

#include <QObject>

class QTimer;

namespace models::metrics {

class Recorder : public QObject {
    Q_OBJECT
public:
    static constexpr int kFlushEveryMs = 10'000;
    /// `store` must outlive it. Until claim() nothing is written: it is not known yet whether the past under this key is this cluster's.
    Recorder(MetricsStore* store, std::shared_ptr<History> history, const QString& key);
    ~Recorder() override; ///< flushes

    /// Once it is known which cluster answers under the key. Again, with another one: its predecessor's past is gone.
    void claim(const QString& clusterId);
    [[nodiscard]] const QString& clusterId() const { return m_clusterId; }
    /// Hands on what was measured, unless the last portion is still being written: then it waits for the next time.
    void flush();
    [[nodiscard]] bool isWriting() const { return m_writing; }
    [[nodiscard]] qsizetype waiting() const { return m_waiting.size(); } ///< series with samples that are not handed on yet
    void note(const PastEvent& event);
    /// Where this cluster's past is, and under which key: once it is claimed.
    [[nodiscard]] bool isClaimed() const { return m_claimed; }
    [[nodiscard]] const std::shared_ptr<History>& history() const { return m_history; }
    /// Why the last writing failed; empty = it did not.
    [[nodiscard]] const QString& problem() const { return m_problem; }

private:
    [[nodiscard]] QList<Samples> take();
    void noteRound(qint64 timeMs, const QList<std::pair<SeriesKey, double>>& samples);
    MetricsStore* m_store;
    std::shared_ptr<History> m_history;
    QString m_key;
    QString m_clusterId;
    QHash<SeriesKey, QList<std::pair<qint64, double>>> m_waiting;
    QList<PastEvent> m_eventsWaiting;
    bool m_claimed = false;
    bool m_writing = false;
    QString m_problem;
    QTimer* m_timer;
};

} // namespace models::metrics
