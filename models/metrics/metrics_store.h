#pragma once
// All series of one cluster, by what they measure and of whom, and the marks of what happened. Interface thread; fed by the
// session once per sampling round, read by charts on their own tick.

#include "models/metrics/series.h"

#include <QHash>
#include <QObject>
#include <QString>
#include <map>
#include <memory>
#include <tuple>

namespace models::metrics {

enum class Quantity {
    MessagesPerSecond, ///< produced; by cluster, topic, broker (as leader)
    BytesPerSecond,    ///< growth on disk of one replica; by cluster, topic, broker
    Lag,               ///< messages not yet read; by group
    BytesOnDisk,       ///< by cluster, broker
};
enum class Scope { Cluster, Broker, Topic, Group };

struct SeriesKey {
    Quantity quantity = Quantity::MessagesPerSecond;
    Scope scope = Scope::Cluster;
    QString entity; ///< empty for Cluster, broker id, topic or group name
    bool operator==(const SeriesKey&) const = default;
    bool operator<(const SeriesKey& other) const { return std::tie(quantity, scope, entity) < std::tie(other.quantity, other.scope, other.entity); }
};

/// A vertical line on every chart: "broker 2 killed", "3 leaders moved".
struct Mark {
    qint64 timeMs = 0;
    QString kind; ///< as EventKind's name: "BrokerDied", "LeadersMoved", ...
    QString text; ///< short, translated
    int severity = 0; ///< 0 note, 1 warning, 2 bad
};

class History;

class MetricsStore : public QObject {
    Q_OBJECT
public:
    explicit MetricsStore(QObject* parent = nullptr, qint64 stepMs = 1000);
    ~MetricsStore() override;

    /// Null when nothing was ever measured for it. Valid until the next turn of the event loop.
    [[nodiscard]] const Series* series(const SeriesKey& key) const;
    /// Entities that have a series, the largest newest value first.
    [[nodiscard]] QStringList entities(Quantity quantity, Scope scope) const;
    [[nodiscard]] const QList<Mark>& marks() const { return m_marks; } ///< oldest first, the newest 1,000
    [[nodiscard]] qint64 stepMs() const { return m_stepMs; }
    [[nodiscard]] qint64 liveSinceMs() const { return m_liveSinceMs; } ///< of the first round; 0 = none yet

    /// Where the time before the first round is kept, and under which key; null = nowhere. PastView reads it.
    void setHistory(std::shared_ptr<History> history, const QString& cluster);
    [[nodiscard]] const std::shared_ptr<History>& history() const { return m_history; }
    [[nodiscard]] const QString& cluster() const { return m_cluster; }
    /// What an earlier run left: [firstMs, lastMs), 0 = nothing.
    void setPastExtent(qint64 firstMs, qint64 lastMs);
    /// Since when a chart that ends now has something to show: a past that ended more than `spanMs` ago is not counted. 0 = nothing.
    [[nodiscard]] qint64 shownSinceMs(qint64 nowMs, qint64 spanMs) const;

    /// One round's samples; every known series that is not among them gets a gap. Topics that never carried anything get no series, nor do more than
    /// kTopicSeriesMax; what had no value for kForgottenMs is forgotten.
    void addRound(qint64 timeMs, const QList<std::pair<SeriesKey, double>>& samples);
    void addMark(const Mark& mark);
    /// It is another cluster from now on.
    void clear();

    static constexpr int kTopicSeriesMax = 4000;
    static constexpr int kTopicRingMax = 512; ///< entries per level of a topic: a day and a half at the top
    static constexpr qint64 kForgottenMs = 3'600'000;

signals:
    void sampled(qint64 timeMs); ///< after each round: chart ticks may use it
    void markAdded(const models::metrics::Mark& mark);
    void roundAdded(qint64 timeMs, const QList<std::pair<models::metrics::SeriesKey, double>>& samples); ///< as they came, for whoever keeps them
    void historyChanged(); ///< another one, or its extent is known now

private:
    qint64 m_stepMs;
    std::map<SeriesKey, Series> m_series;
    int m_topicSeries = 0;
    QList<Mark> m_marks;
    qint64 m_liveSinceMs = 0;
    std::shared_ptr<History> m_history;
    QString m_cluster;
    qint64 m_pastFirstMs = 0;
    qint64 m_pastLastMs = 0;
};

} // namespace models::metrics
