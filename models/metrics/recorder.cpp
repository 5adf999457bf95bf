#include "models/metrics/recorder.h"

#include <QTimer>
#include <cmath>

namespace models::metrics {
namespace {
constexpr qsizetype kSeriesMax = 5000; ///< of one cluster: a cluster with more busy topics than that keeps those it met first
} // namespace

Recorder::Recorder(MetricsStore* store, std::shared_ptr<History> history, const QString& key)
    : QObject(store), m_store(store), m_history(std::move(history)), m_key(key), m_timer(new QTimer(this)) {
    m_store->setHistory(m_history, m_key);
    connect(store, &MetricsStore::roundAdded, this, &Recorder::noteRound);
    m_timer->setInterval(kFlushEveryMs);
    connect(m_timer, &QTimer::timeout, this, &Recorder::flush);
    m_timer->start();
}

Recorder::~Recorder() {
    if (const auto portion = take(); !portion.isEmpty())
        m_history->append(m_key, portion); // nobody is left to hear of it
}

void Recorder::claim(const QString& clusterId) {
    if (m_claimed && (clusterId == m_clusterId || clusterId.isEmpty()))
        return;
    m_claimed = true;
    m_clusterId = clusterId;
    m_history->claim(m_key, clusterId).then(this, [this](const Result<Extent>& extent) {
        if (extent)
            m_store->setPastExtent(extent->firstMs, extent->lastMs);
        else
            m_problem = extent.error().why;
    });
    if (!m_eventsWaiting.isEmpty())
        m_history->addEvents(m_key, std::exchange(m_eventsWaiting, {}));
    flush();
}

void Recorder::note(const PastEvent& event) {
    if (m_eventsWaiting.size() < 1000)
        m_eventsWaiting.append(event);
    if (m_claimed) // an event is rare, and what happened last before a crash is what one wants to know
        m_history->addEvents(m_key, std::exchange(m_eventsWaiting, {}));
}

void Recorder::noteRound(qint64 timeMs, const QList<std::pair<SeriesKey, double>>& samples) {
    for (const auto& [key, value] : samples) {
        // The store's rule: ten thousand idle topics need no series of zeros.
        if (std::isnan(value) || m_store->series(key) == nullptr)
            continue;
        auto it = m_waiting.find(key);
        if (it == m_waiting.end()) {
            if (key.scope == Scope::Topic && m_waiting.size() >= kSeriesMax) // brokers and groups are few, and what one looks for first
                continue;
            it = m_waiting.insert(key, {});
        }
        if (it->size() < 600) // nobody claimed the cluster for minutes
            it->append({timeMs, value});
    }
}

QList<Samples> Recorder::take() {
    QList<Samples> portion;
    if (!m_claimed)
        return portion;
    portion.reserve(m_waiting.size());
    for (auto it = m_waiting.begin(); it != m_waiting.end(); ++it)
        portion.append({it.key(), std::move(*it)});
    m_waiting.clear();
    return portion;
}

void Recorder::flush() {
    // One portion at a time: where the disk is slower than what is measured, a queue would grow for as long as the window is open, and closing it would wait for all.
    if (m_writing)
        return;
    const auto portion = take();
    if (portion.isEmpty())
        return;
    m_writing = true;
    m_history->append(m_key, portion).then(this, [this](const Result<void*>& written) {
        m_writing = false;
        m_problem = written ? QString() : written.error().why;
    });
}

} // namespace models::metrics
