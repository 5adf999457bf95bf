#include "ui/messages/search_histogram.h"

#include "models/base/format.h"
#include "ui/theme/theme.h"

#include <QDateTime>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

namespace ui::messages {

namespace format = models::format;
using models::search::TimeHistogram;

namespace {
constexpr int kColumnWidth = 12;
constexpr int kColumnsMin = 48;
constexpr int kBarGap = 2;
constexpr int kHeight = 66;
constexpr int kCompactHeight = 30;

/// As much of a time as the span needs.
QString label(qint64 ms, qint64 spanMs) {
    const auto time = QDateTime::fromMSecsSinceEpoch(ms);
    if (spanMs > qint64(3) * 24 * 3600 * 1000)
        return time.toString(QStringLiteral("yyyy-MM-dd"));
    if (spanMs > 24 * 3600 * 1000)
        return time.toString(QStringLiteral("MM-dd HH:mm"));
    return time.toString(spanMs > 10 * 60 * 1000 ? QStringLiteral("HH:mm") : spanMs > 10 * 1000 ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm:ss.zzz"));
}
} // namespace

SearchHistogram::SearchHistogram(QWidget* parent) : QWidget(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Messages over time"));
    setMouseTracking(false);
}

QSize SearchHistogram::sizeHint() const { return {600, (m_compact ? kCompactHeight : kHeight) + QFontMetrics(theme::of(this).font(theme::Face::Small)).height() + 14}; }

void SearchHistogram::setCompact(bool compact) {
    if (std::exchange(m_compact, compact) == compact)
        return;
    updateGeometry();
    update();
}

QRect SearchHistogram::plot() const { return QRect(10, 6, width() - 20, (m_compact ? kCompactHeight : kHeight) - 4); }

QList<SearchHistogram::Column> SearchHistogram::columns() const {
    auto [first, last] = m_counts.used();
    if (last < first)
        return {};
    // A short stretch stands in the middle of a longer one: a single bar over the whole width says nothing.
    if (const int missing = kColumnsMin - (last - first + 1); missing > 0) {
        first -= missing / 2;
        last += missing - missing / 2;
    }
    const int bins = last - first + 1;
    const int count = qMax(1, qMin(bins, plot().width() / kColumnWidth));
    QList<Column> all(count);
    for (int i = 0; i < count; ++i) {
        const int from = first + int(qint64(bins) * i / count);
        const int until = first + int(qint64(bins) * (i + 1) / count);
        all[i].fromMs = m_counts.startMs() + m_counts.widthMs() * from;
        all[i].untilMs = m_counts.startMs() + m_counts.widthMs() * until;
        for (int bin = qMax(0, from); bin < qMin(until, TimeHistogram::kBins); ++bin) {
            all[i].scanned += m_counts.at(TimeHistogram::Scanned, bin);
            all[i].matched += m_counts.at(TimeHistogram::Matched, bin);
        }
    }
    return all;
}

void SearchHistogram::setCounts(const TimeHistogram& counts) {
    m_counts = counts;
    if (m_last >= columns().size())
        m_first = m_last = -1;
    describe();
    update();
}

void SearchHistogram::describe() {
    const auto all = columns();
    if (all.isEmpty()) {
        setAccessibleDescription(tr("nothing yet"));
        return;
    }
    qint64 scanned = 0, matched = 0;
    for (const auto& column : all) {
        scanned += column.scanned;
        matched += column.matched;
    }
    setAccessibleDescription(tr("%1 scanned and %2 matched between %3 and %4")
                                 .arg(format::count(scanned), format::count(matched), format::dateTime(all.first().fromMs), format::dateTime(all.last().untilMs)));
}

int SearchHistogram::columnAt(int x) const {
    const auto count = columns().size();
    const QRect area = plot();
    if (count == 0 || area.width() <= 0)
        return -1;
    return qBound(0, int((x - area.left()) * count / area.width()), int(count) - 1);
}

void SearchHistogram::paintEvent(QPaintEvent*) {
    const theme::Theme& theme = theme::of(this);
    QPainter painter(this);
    const auto all = columns();
    const QRect area = plot();
    painter.setFont(theme.font(theme::Face::Small));
    if (all.isEmpty()) {
        painter.setPen(theme.ink3);
        painter.drawText(rect(), Qt::AlignCenter, tr("Messages over time are drawn here as they are read"));
    } else {
        qint64 most = 1;
        for (const auto& column : all)
            most = qMax(most, column.scanned);
        const QColor bar = theme::mix(theme.ink3, theme.panel, 0.75);
        const auto left = [&](qsizetype i) { return area.left() + int(area.width() * i / all.size()); };
        if (m_first >= 0)
            painter.fillRect(QRect(left(qMin(m_first, m_last)), 2, left(qMax(m_first, m_last) + 1) - left(qMin(m_first, m_last)), area.bottom()), theme.accentBg);
        for (qsizetype i = 0; i < all.size(); ++i) {
            const int x = left(i);
            const int width = qMax(1, left(i + 1) - x - kBarGap);
            const auto height = [&](qint64 count) { return count <= 0 ? 0 : qMax(2, int(double(area.height()) * double(count) / double(most))); };
            const int tall = height(all[i].scanned);
            const int hits = qMin(height(all[i].matched), qMax(tall, 2));
            painter.fillRect(QRect(x, area.bottom() + 1 - tall, width, tall), bar);
            painter.fillRect(QRect(x, area.bottom() + 1 - hits, width, hits), theme.accent);
        }
        // Labels stand apart by their width and a half.
        painter.setPen(theme.ink2);
        const qint64 span = all.last().untilMs - all.first().fromMs;
        const QFontMetrics metrics(painter.font());
        const int wide = metrics.horizontalAdvance(label(all.first().fromMs, span));
        const int labels = qBound(1, qMin(area.width() / (wide * 5 / 2), int(all.size())), 8);
        for (int i = 0; i < labels; ++i) {
            const qsizetype at = all.size() * i / labels;
            painter.drawText(left(at), area.bottom() + 3 + metrics.ascent(), label(all[at].fromMs, span));
        }
    }
    if (hasFocus()) {
        painter.setPen(QPen(theme.accent, theme::kFocusRing));
        painter.drawRoundedRect(rect().adjusted(1, 1, -2, -2), theme::kControlRadius, theme::kControlRadius);
    }
}

void SearchHistogram::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return;
    m_first = m_last = columnAt(event->pos().x());
    m_dragging = m_first >= 0;
    update();
}

void SearchHistogram::mouseMoveEvent(QMouseEvent* event) {
    if (!m_dragging)
        return;
    m_last = columnAt(event->pos().x());
    update();
}

void SearchHistogram::mouseReleaseEvent(QMouseEvent* event) {
    if (!m_dragging || event->button() != Qt::LeftButton)
        return;
    m_dragging = false;
    const auto all = columns();
    const int first = qMin(m_first, m_last);
    const int last = qMax(m_first, m_last);
    if (first >= 0 && last < all.size())
        emit chosen(all[first].fromMs, all[last].untilMs);
}

void SearchHistogram::keyPressEvent(QKeyEvent* event) {
    const auto all = columns();
    const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    if (step != 0 && !all.isEmpty()) {
        m_last = qBound(0, m_last + step, int(all.size()) - 1);
        if (!event->modifiers().testFlag(Qt::ShiftModifier) || m_first < 0)
            m_first = m_last;
        update();
    } else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && m_first >= 0 && qMax(m_first, m_last) < all.size()) {
        emit chosen(all[qMin(m_first, m_last)].fromMs, all[qMax(m_first, m_last)].untilMs);
    } else if (event->key() == Qt::Key_Escape && m_first >= 0) {
        m_first = m_last = -1;
        update();
    } else {
        QWidget::keyPressEvent(event);
    }
}

bool SearchHistogram::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const auto all = columns();
        if (const int at = columnAt(help->pos().x()); at >= 0)
            QToolTip::showText(help->globalPos(), tr("%1: %2 scanned, %3 matched").arg(format::dateTime(all[at].fromMs), format::count(all[at].scanned), format::count(all[at].matched)), this);
        return true;
    }
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    return QWidget::event(event);
}

} // namespace ui::messages
