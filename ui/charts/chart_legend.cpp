#include "ui/charts/chart_legend.h"

#include "ui/theme/style.h"

#include <QEvent>
#include <QPainter>

namespace ui::charts {
namespace {
constexpr int kDash = 10;
constexpr int kDashGap = 6;
constexpr int kEntryGap = 18;
constexpr int kNameMax = 150;
} // namespace

ChartLegend::ChartLegend(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed); }

void ChartLegend::setEntries(const QStringList& names, const QVector<int>& colours) {
    if (names == m_names && colours == m_colours)
        return;
    m_names = names;
    m_colours = colours;
    setToolTip(names.join(QStringLiteral(", ")).toHtmlEscaped());
    setAccessibleName(tr("Lines: %1").arg(names.join(QStringLiteral(", "))));
    updateGeometry();
    update();
}

int ChartLegend::widthOf(const QString& name) const {
    const QFontMetrics metrics(theme::of(this).font(theme::Face::Small));
    return kDash + kDashGap + std::min(kNameMax, metrics.horizontalAdvance(name) + 1);
}

QSize ChartLegend::sizeHint() const {
    int width = 0;
    for (const auto& name : m_names)
        width += widthOf(name) + (width > 0 ? kEntryGap : 0);
    return {width, std::max(20, QFontMetrics(theme::of(this).font(theme::Face::Small)).height())};
}

QSize ChartLegend::minimumSizeHint() const { return {std::min(sizeHint().width(), 60), sizeHint().height()}; }

void ChartLegend::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    painter.setFont(t.font(theme::Face::Small));
    const QFontMetrics metrics = painter.fontMetrics();
    // Left to right from where the last one ends at the right edge, whatever the direction of the language: the chart's time does too.
    qsizetype shown = m_names.size();
    int used = sizeHint().width();
    const auto more = [&] { return tr("and %1 more").arg(m_names.size() - shown); };
    while (shown > 0 && used + (shown < m_names.size() ? kEntryGap + metrics.horizontalAdvance(more()) : 0) > width())
        used -= widthOf(m_names[--shown]) + kEntryGap;
    const int rest = shown < m_names.size() ? metrics.horizontalAdvance(more()) : 0;
    int x = width() - std::max(0, used) - (rest > 0 ? rest + (shown > 0 ? kEntryGap : 0) : 0);
    for (qsizetype i = 0; i < shown; ++i) {
        const int wide = widthOf(m_names[i]);
        const QColor colour = t.series[static_cast<std::size_t>(m_colours.value(i)) % t.series.size()];
        theme::drawBox(&painter, QRectF(x, height() / 2.0 - 1.5, kDash, 3), colour, {}, 1.5);
        painter.setPen(t.ink2);
        painter.drawText(QRect(x + kDash + kDashGap, 0, wide - kDash - kDashGap, height()), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine,
            metrics.elidedText(m_names[i], Qt::ElideMiddle, wide - kDash - kDashGap));
        x += wide + kEntryGap;
    }
    if (rest > 0) {
        painter.setPen(t.ink3);
        painter.drawText(QRect(x, 0, rest + 1, height()), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, more());
    }
}

bool ChartLegend::event(QEvent* event) {
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange)
        updateGeometry();
    return QWidget::event(event);
}

} // namespace ui::charts
