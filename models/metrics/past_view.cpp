#include "models/metrics/past_view.h"

#include <QDateTime>
#include <algorithm>

namespace models::metrics {
namespace {
constexpr qint64 kTryAgainMs = 5000; ///< after a failure
} // namespace

PastView::PastView(const MetricsStore* store, QObject* parent) : QObject(parent), m_store(store) {
    connect(store, &MetricsStore::historyChanged, this, [this] {
        m_past = {};
        m_keys.clear();
        ++m_request; // what is under way is of before
        m_loading = false;
        emit loaded();
    });
}

qint64 PastView::liveFromMs(const SeriesKey& key) const {
    const auto* series = m_store->series(key);
    return series == nullptr || series->isEmpty() ? std::numeric_limits<qint64>::max() : series->firstMs();
}

void PastView::want(const QList<SeriesKey>& keys, qint64 fromMs, qint64 toMs, int columns) {
    if (m_loading || m_store->history() == nullptr || columns <= 0 || keys.isEmpty())
        return;
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    if (!m_problem.why.isEmpty() && now >= m_answeredMs && now - m_answeredMs < kTryAgainMs)
        return;
    // What this run has measured itself, as far as it still remembers, is here.
    const qint64 span = toMs - fromMs;
    qint64 live = 0;
    for (const auto& key : keys)
        live = std::max(live, m_store->series(key) != nullptr ? liveFromMs(key) : m_store->liveSinceMs() > 0 ? m_store->liveSinceMs() : toMs + span);
    const qint64 until = std::min(toMs, live);
    if (until <= fromMs)
        return;
    const qint64 step = std::max<qint64>(1, span / columns);
    const bool sameKeys = std::all_of(keys.begin(), keys.end(), [this](const SeriesKey& key) { return m_keys.contains(key); });
    const bool fineEnough = m_past.stepMs > 0 && m_past.stepMs <= 2 * step && m_past.stepMs >= step / 16;
    if (sameKeys && fineEnough && m_past.fromMs <= fromMs && m_past.toMs >= until)
        return;
    m_loading = true;
    const auto request = ++m_request;
    const auto asked = keys;
    const qint64 from = std::max<qint64>(0, fromMs - span);
    const qint64 to = std::min(toMs + span, live);
    m_store->history()->read(m_store->cluster(), keys, from, to, step).then(this, [this, request, asked](const Result<Past>& past) {
        if (request != m_request)
            return;
        m_loading = false;
        m_answeredMs = QDateTime::currentMSecsSinceEpoch();
        m_problem = past ? Error{} : past.error();
        if (past) {
            m_past = *past;
            m_keys = asked;
        }
        emit loaded();
    });
}

QList<Bucket> PastView::cut(const SeriesKey& key, qint64 fromMs, qint64 toMs, int columns) const {
    if (columns <= 0 || toMs <= fromMs)
        return {};
    const auto* series = m_store->series(key);
    auto present = series == nullptr ? QList<Bucket>() : series->cut(fromMs, toMs, columns);
    const qint64 live = liveFromMs(key);
    if (live <= fromMs)
        return present;
    // The same grid of columns as the present's, up to where that begins.
    QList<Bucket> all;
    for (const auto& bucket : m_past.cut(key, fromMs, toMs, columns))
        if (bucket.startMs < live)
            all.append(bucket);
    if (all.isEmpty())
        return present;
    if (!present.isEmpty()) {
        if (present.first().startMs <= all.last().startMs && !all.last().isGap()) { // one column holds both
            auto& joint = present.first();
            joint.min = std::min(joint.min, all.last().min);
            joint.max = std::max(joint.max, all.last().max);
            all.removeLast();
        } else if (!all.last().isGap() && live - all.last().endMs > 3 * std::max(m_store->stepMs(), all.last().endMs - all.last().startMs)) {
            all.append({all.last().endMs, live, kGap, kGap, kGap});
        }
    }
    return all + present;
}

double PastView::valueAt(const SeriesKey& key, qint64 timeMs, qint64 columnMs) const {
    if (const auto* series = m_store->series(key))
        if (const double value = series->valueAt(timeMs); !std::isnan(value))
            return value;
    for (const auto& bucket : cut(key, timeMs - 4 * columnMs, timeMs + 4 * columnMs, 1))
        if (!bucket.isGap())
            return bucket.mean;
    return kGap;
}

QList<Mark> PastView::marks(qint64 fromMs, qint64 toMs) const {
    QList<Mark> all;
    const qint64 live = m_store->marks().isEmpty() ? std::numeric_limits<qint64>::max() : m_store->marks().first().timeMs;
    const auto within = [&](const Mark& mark) { return mark.timeMs >= fromMs && mark.timeMs <= toMs; };
    for (const auto& mark : m_past.marks)
        if (within(mark) && mark.timeMs < live)
            all.append(mark);
    for (const auto& mark : m_store->marks())
        if (within(mark))
            all.append(mark);
    return all;
}

} // namespace models::metrics
