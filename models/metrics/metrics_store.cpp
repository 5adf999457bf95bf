#include "models/metrics/metrics_store.h"

#include <QSet>
#include <algorithm>

namespace models::metrics {

MetricsStore::~MetricsStore() = default;

MetricsStore::MetricsStore(QObject* parent, qint64 stepMs) : QObject(parent), m_stepMs(stepMs) {}

const Series* MetricsStore::series(const SeriesKey& key) const {
    const auto it = m_series.find(key);
    return it == m_series.end() ? nullptr : &it->second;
}

QStringList MetricsStore::entities(Quantity quantity, Scope scope) const {
    std::vector<std::pair<double, QString>> found;
    for (auto it = m_series.lower_bound({quantity, scope, {}}); it != m_series.end() && it->first.quantity == quantity && it->first.scope == scope; ++it) {
        const double newest = it->second.last();
        found.emplace_back(std::isnan(newest) ? -1 : newest, it->first.entity);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    QStringList names;
    for (const auto& [value, name] : found)
        names.append(name);
    return names;
}

void MetricsStore::setHistory(std::shared_ptr<History> history, const QString& cluster) {
    m_history = std::move(history);
    m_cluster = cluster;
    emit historyChanged();
}

void MetricsStore::setPastExtent(qint64 firstMs, qint64 lastMs) {
    m_pastFirstMs = firstMs;
    m_pastLastMs = lastMs;
    emit historyChanged();
}

qint64 MetricsStore::shownSinceMs(qint64 nowMs, qint64 spanMs) const { return m_pastLastMs > nowMs - spanMs ? m_pastFirstMs : m_liveSinceMs; }

void MetricsStore::addRound(qint64 timeMs, const QList<std::pair<SeriesKey, double>>& samples) {
    if (m_liveSinceMs == 0)
        m_liveSinceMs = timeMs;
    for (const auto& [key, value] : samples) {
        auto it = m_series.find(key);
        if (it == m_series.end()) {
            // Ten thousand idle topics need no series of zeros.
            const bool topic = key.scope == Scope::Topic;
            if (std::isnan(value) || (topic && (value == 0 || m_topicSeries >= kTopicSeriesMax)))
                continue;
            m_topicSeries += topic;
            it = m_series.emplace(key, Series(m_stepMs, topic ? kTopicRingMax : Series::kRingMax)).first;
        }
        it->second.append(timeMs, value);
    }
    for (auto it = m_series.begin(); it != m_series.end();) {
        auto& [key, series] = *it;
        if (series.lastMs() < timeMs)
            series.append(timeMs, kGap);
        // A topic or a group that was deleted: the history has what is kept of it.
        if ((key.scope == Scope::Topic || key.scope == Scope::Group) && timeMs - series.lastValueMs() > kForgottenMs) {
            m_topicSeries -= key.scope == Scope::Topic;
            it = m_series.erase(it);
        } else {
            ++it;
        }
    }
    emit roundAdded(timeMs, samples);
    emit sampled(timeMs);
}

void MetricsStore::clear() {
    m_series.clear();
    m_marks.clear();
    m_topicSeries = 0;
    m_liveSinceMs = 0;
    emit historyChanged();
}

void MetricsStore::addMark(const Mark& mark) {
    const auto at = std::upper_bound(m_marks.begin(), m_marks.end(), mark.timeMs, [](qint64 time, const Mark& other) { return time < other.timeMs; });
    m_marks.insert(at, mark);
    if (m_marks.size() > 1000)
        m_marks.removeFirst();
    emit markAdded(mark);
}

} // namespace models::metrics
