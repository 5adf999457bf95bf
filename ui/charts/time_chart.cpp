#include "ui/charts/time_chart.h"

#include "models/base/format.h"
#include "ui/charts/chart_table.h"
#include "ui/theme/style.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/table_view.h"

#include <QContextMenuEvent>
#include <QDateTime>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QVBoxLayout>
#include <cmath>
#include <qcustomplot.h>

namespace ui::charts {

namespace {

constexpr int kLeft = 50;
constexpr int kRight = 2;
constexpr int kTop = 8;
constexpr int kBottom = 22;

QColor seriesColour(const theme::Theme& t, int index) { return t.series[static_cast<std::size_t>(index) % t.series.size()]; }

} // namespace

/// Marks, cursor and values: painted over the plot, so that a moving pointer redraws no line.
class ChartOverlay : public QWidget {
public:
    explicit ChartOverlay(TimeChart* chart) : QWidget(chart), m_chart(chart) { setAttribute(Qt::WA_TransparentForMouseEvents); }

protected:
    void paintEvent(QPaintEvent*) override {
        const auto& t = theme::of(this);
        QPainter painter(this);
        paintMarks(painter, t);
        paintCursor(painter, t);
        if (m_chart->hasFocus())
            theme::drawFocusRing(&painter, rect(), t, 4);
    }

private:
    void paintMarks(QPainter& painter, const theme::Theme& t) {
        if (!m_chart->m_marks)
            return;
        painter.setFont(t.font(theme::Face::SmallMedium));
        const QFontMetrics metrics = painter.fontMetrics();
        double freeFrom = -1e9;
        for (const auto& mark : m_chart->m_marks(m_chart->m_group->fromMs(), m_chart->m_group->toMs())) {
            const double x = m_chart->xOf(mark.timeMs);
            if (x < kLeft || x > width() - kRight)
                continue;
            painter.setPen(QPen(t.toneInk(mark.tone), 1, Qt::DashLine));
            painter.drawLine(QPointF(x, kTop), QPointF(x, height() - kBottom));
            const int wide = metrics.horizontalAdvance(mark.text) + 16;
            // Beside the line, on the other side where the chart ends; words that would cover others are left out, their line stays.
            const double left = x + 5 + wide > width() - kRight ? x - 5 - wide : x + 5;
            if (left < freeFrom)
                continue;
            widgets::drawPill(&painter, QRect(static_cast<int>(left), kTop, wide + 2, 20), mark.text, mark.tone, t);
            freeFrom = left + wide + 4;
        }
    }

    void paintCursor(QPainter& painter, const theme::Theme& t) {
        const auto at = m_chart->m_group->cursorMs();
        if (!at)
            return;
        const double x = m_chart->xOf(*at);
        if (x < kLeft || x > width() - kRight)
            return;
        painter.setPen(QPen(t.line2, 1));
        painter.drawLine(QPointF(x, kTop), QPointF(x, height() - kBottom));
        if (!m_chart->underMouse() && !m_chart->hasFocus())
            return; // the values stand where the pointer is
        struct Line {
            QString name, value;
            QColor colour;
        };
        QList<Line> lines;
        for (const auto& series : m_chart->m_series) {
            const auto* data = series.series ? series.series() : nullptr;
            const double value = data ? data->valueAt(*at) : models::metrics::kGap;
            const QColor colour = seriesColour(t, series.colour);
            lines.append({series.name, std::isnan(value) ? TimeChart::tr("no sample") : valueText(value, m_chart->m_unit), colour});
            if (!std::isnan(value))
                theme::drawBox(&painter, QRectF(x - 3.5, m_chart->yOf(value) - 3.5, 7, 7), colour, t.panel, 3.5);
        }
        painter.setFont(t.font(theme::Face::Small));
        const QFontMetrics metrics = painter.fontMetrics();
        const int row = metrics.height() + 3;
        int names = 0, values = 0;
        for (const auto& line : lines) {
            names = std::max(names, std::min(160, metrics.horizontalAdvance(line.name)));
            values = std::max(values, metrics.horizontalAdvance(line.value));
        }
        const QString time = models::format::clock(*at, false);
        const int wide = std::max(16 + names + 14 + values, metrics.horizontalAdvance(time)) + 20;
        const int high = static_cast<int>(lines.size() + 1) * row + 12;
        QRect box(static_cast<int>(x) + 12, kTop + 24, wide, high);
        if (box.right() > width())
            box.moveRight(static_cast<int>(x) - 12);
        box.moveTop(std::min(box.top(), std::max(0, height() - high)));
        theme::drawBox(&painter, box, t.raised, t.dark() ? t.line2 : t.line, 6);
        int y = box.top() + 6;
        painter.setPen(t.ink2);
        painter.drawText(QRect(box.left() + 10, y, wide - 20, row), Qt::AlignVCenter | Qt::AlignLeft, time);
        for (const auto& line : lines) {
            y += row;
            theme::drawBox(&painter, QRect(box.left() + 10, y + row / 2 - 1, 9, 3), line.colour, {}, 1.5);
            painter.setPen(t.ink2);
            painter.drawText(QRect(box.left() + 25, y, names + 2, row), Qt::AlignVCenter | Qt::AlignLeft, metrics.elidedText(line.name, Qt::ElideRight, names + 1));
            painter.setPen(t.ink);
            painter.drawText(QRect(box.left() + 10, y, wide - 20, row), Qt::AlignVCenter | Qt::AlignRight, line.value);
        }
    }

    TimeChart* m_chart;
};

TimeChart::TimeChart(const QString& title, Unit unit, ChartGroup* group, QWidget* parent)
    : QWidget(parent), m_title(title), m_unit(unit), m_group(group), m_plot(new QCustomPlot(this)), m_overlay(new ChartOverlay(this)) {
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(title);
    setMouseTracking(true);
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents); // this widget has the mouse: one way for mouse and keys
    m_plot->setFocusPolicy(Qt::NoFocus);
    auto* axes = m_plot->axisRect();
    axes->setAutoMargins(QCP::msNone);
    axes->setMargins(QMargins(kLeft, kTop, kRight, kBottom));
    m_plot->plotLayout()->setMargins(QMargins(0, 0, 0, 0));
    for (auto* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTicker(QSharedPointer<QCPAxisTickerText>(new QCPAxisTickerText));
        axis->setTickLength(0, 0);
        axis->setSubTicks(false);
        axis->setTickPen(Qt::NoPen);
        axis->setBasePen(Qt::NoPen);
        axis->setTickLabelPadding(6);
    }
    m_plot->xAxis->grid()->setVisible(false);
    connect(group, &ChartGroup::moved, this, [this] {
        if (isVisible())
            draw();
    });
    connect(group, &ChartGroup::cursorChanged, m_overlay, qOverload<>(&QWidget::update));
    restyle();
}

TimeChart::~TimeChart() = default;

void TimeChart::setSeries(QList<ChartSeries> series) {
    const bool same = series == m_series;
    m_series = std::move(series);
    if (same)
        return;
    m_plot->clearGraphs();
    for (qsizetype i = 0; i < m_series.size(); ++i) {
        m_plot->addGraph();
        m_plot->graph()->setAdaptiveSampling(false); // the series is cut to the columns already
    }
    restyle();
    emit seriesChanged();
    if (isVisible())
        draw();
}

void TimeChart::restyle() {
    const auto& t = theme::of(this);
    m_plot->setBackground(QBrush(t.panel));
    const QFont small = t.font(theme::Face::Small);
    for (auto* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTickLabelFont(small);
        axis->setTickLabelColor(t.ink3);
    }
    m_plot->yAxis->grid()->setPen(QPen(t.line, 1));
    m_plot->yAxis->grid()->setZeroLinePen(QPen(t.line, 1));
    m_plot->yAxis->grid()->setAntialiased(false);
    for (int i = 0; i < m_plot->graphCount(); ++i) {
        const QColor colour = seriesColour(t, m_series[i].colour);
        m_plot->graph(i)->setPen(QPen(colour, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        QColor wash = colour;
        wash.setAlphaF(0.13F);
        m_plot->graph(i)->setBrush(m_series[i].filled ? QBrush(wash) : QBrush(Qt::NoBrush));
    }
}

void TimeChart::draw() {
    const qint64 from = m_group->fromMs();
    const qint64 to = m_group->toMs();
    const int columns = std::max(10, width() - kLeft - kRight);
    double largest = 0;
    m_drawnPoints = 0;
    for (int i = 0; i < m_plot->graphCount(); ++i) {
        const auto* data = m_series[i].series ? m_series[i].series() : nullptr;
        QVector<QCPGraphData> points;
        if (data) {
            const auto buckets = data->cut(from, to, columns);
            points.reserve(buckets.size() * 2);
            for (const auto& bucket : buckets) {
                const double at = static_cast<double>(bucket.startMs + bucket.endMs) / 2000.0;
                if (bucket.isGap()) {
                    points.append(QCPGraphData(at, qQNaN()));
                    continue;
                }
                points.append(QCPGraphData(at, bucket.max));
                if (bucket.min != bucket.max)
                    points.append(QCPGraphData(at, bucket.min));
                largest = std::max(largest, bucket.max);
            }
        }
        m_drawnPoints += static_cast<int>(points.size());
        QSharedPointer<QCPGraphDataContainer> container(new QCPGraphDataContainer);
        container->set(points, true);
        m_plot->graph(i)->setData(container);
    }
    // The axis grows at once and shrinks only when the values have become much smaller: it must not breathe.
    const double wanted = axisTop(largest * 1.02);
    if (wanted > m_top || wanted < m_top * 0.6)
        m_top = wanted;
    auto* valueTicks = static_cast<QCPAxisTickerText*>(m_plot->yAxis->ticker().data());
    valueTicks->clear();
    for (int i = 0; i <= 4; ++i)
        valueTicks->addTick(m_top * i / 4, axisText(m_top * i / 4, m_unit));
    auto* ticks = static_cast<QCPAxisTickerText*>(m_plot->xAxis->ticker().data());
    ticks->clear();
    for (const auto& tick : timeTicks(from, to, std::max(2, columns / 80)))
        if (xOf(tick.ms) > kLeft + 18 && xOf(tick.ms) < width() - 20)
            ticks->addTick(static_cast<double>(tick.ms) / 1000.0, tick.text);
    m_plot->xAxis->setRange(static_cast<double>(from) / 1000.0, static_cast<double>(to) / 1000.0);
    m_plot->yAxis->setRange(0, m_top);
    m_plot->replot(QCustomPlot::rpQueuedReplot);
    m_overlay->update();
}

QString TimeChart::summary() const {
    QStringList sentences;
    for (const auto& one : m_series) {
        const auto* data = one.series ? one.series() : nullptr;
        if (!data || data->isEmpty())
            continue;
        double low = qInf(), high = -qInf();
        for (const auto& bucket : data->cut(m_group->fromMs(), m_group->toMs(), 100)) {
            if (bucket.isGap())
                continue;
            low = std::min(low, bucket.min);
            high = std::max(high, bucket.max);
        }
        if (low > high)
            continue;
        const double last = data->last();
        sentences.append(tr("%1: %2 now, %3 to %4 in the last %5")
                             .arg(one.name, std::isnan(last) ? tr("no sample") : valueText(last, m_unit), valueText(low, m_unit), valueText(high, m_unit),
                                  models::format::duration(m_group->spanMs())));
    }
    return sentences.isEmpty() ? tr("nothing measured yet") : sentences.join(QStringLiteral(". "));
}

void TimeChart::showAsTable() {
    auto* dialog = new widgets::Dialog(m_title, summary(), this);
    auto* table = new widgets::TableView(dialog);
    table->setSource(new ChartTable(m_series, *m_group, m_unit, table));
    table->setInitialWidths({}, QStringLiteral("time"));
    table->sortByColumn(0, Qt::DescendingOrder);
    table->setAccessibleName(m_title);
    dialog->setBodyMargins(false);
    dialog->body()->addWidget(table, 1);
    dialog->addChoice(tr("Copy as CSV"), theme::ButtonKind::Quiet, [table] {
        table->selectAll();
        table->copy(widgets::TableView::Format::Csv);
    });
    dialog->addChoice(tr("Close"), theme::ButtonKind::Normal, [dialog] { dialog->dismiss(); });
    dialog->setPanelSize({640, 560});
    dialog->open();
}

qint64 TimeChart::timeAt(double x) const {
    const double share = (x - kLeft) / std::max(1, width() - kLeft - kRight);
    return m_group->fromMs() + static_cast<qint64>(share * static_cast<double>(m_group->spanMs()));
}
double TimeChart::xOf(qint64 ms) const {
    return kLeft + static_cast<double>(ms - m_group->fromMs()) / static_cast<double>(m_group->spanMs()) * (width() - kLeft - kRight);
}
double TimeChart::yOf(double value) const { return kTop + (1 - value / m_top) * (height() - kTop - kBottom); }

void TimeChart::resizeEvent(QResizeEvent*) {
    m_plot->setGeometry(rect());
    m_overlay->setGeometry(rect());
    m_overlay->raise();
    if (isVisible())
        draw();
}

void TimeChart::showEvent(QShowEvent*) { draw(); }

void TimeChart::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) {
        restyle();
        if (isVisible())
            draw();
    }
}

void TimeChart::mouseMoveEvent(QMouseEvent* event) {
    if (m_dragFrom && event->buttons() & Qt::LeftButton && (std::abs(event->position().x() - m_dragFrom->x()) > 3 || !m_group->live())) {
        m_group->pan(timeAt(m_dragFrom->x()) - timeAt(event->position().x()));
        m_dragFrom = event->position();
    }
    m_group->setCursor(timeAt(event->position().x()));
}
void TimeChart::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton)
        m_dragFrom = event->position();
}
void TimeChart::mouseReleaseEvent(QMouseEvent*) { m_dragFrom.reset(); }
void TimeChart::mouseDoubleClickEvent(QMouseEvent*) { m_group->setLive(true); }

void TimeChart::wheelEvent(QWheelEvent* event) {
    if (!(event->modifiers() & Qt::ControlModifier)) { // the page under it scrolls without
        event->ignore();
        return;
    }
    m_group->zoom(std::pow(0.85, event->angleDelta().y() / 120.0), timeAt(event->position().x()));
}

void TimeChart::leaveEvent(QEvent*) {
    if (!hasFocus())
        m_group->setCursor(std::nullopt);
    m_overlay->update();
}

void TimeChart::keyPressEvent(QKeyEvent* event) {
    const qint64 cursor = m_group->cursorMs().value_or(m_group->toMs());
    const qint64 column = std::max<qint64>(1000, m_group->spanMs() / 100);
    const bool control = event->modifiers() & Qt::ControlModifier;
    const auto moveCursor = [this](qint64 ms) { m_group->setCursor(std::clamp(ms, m_group->fromMs(), m_group->toMs())); };
    switch (event->key()) {
    case Qt::Key_Left: control ? m_group->pan(-m_group->spanMs() / 8) : moveCursor(cursor - column); break;
    case Qt::Key_Right: control ? m_group->pan(m_group->spanMs() / 8) : moveCursor(cursor + column); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: m_group->zoom(0.7, cursor); break;
    case Qt::Key_Minus: m_group->zoom(1 / 0.7, cursor); break;
    case Qt::Key_Space: m_group->setLive(!m_group->live()); break;
    case Qt::Key_End: m_group->setLive(true); break;
    case Qt::Key_T: showAsTable(); break;
    default: QWidget::keyPressEvent(event); return;
    }
    setAccessibleDescription(summary());
}

void TimeChart::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    menu.addAction(tr("Show as table") + QStringLiteral("\tT"), this, &TimeChart::showAsTable);
    menu.addAction((m_group->live() ? tr("Stop the axis") : tr("Run again")) + u'\t' + tr("Space"), this, [this] { m_group->setLive(!m_group->live()); });
    menu.addSeparator();
    for (const auto& [text, minutes] : {std::pair(tr("Last minute"), 1), std::pair(tr("Last 5 minutes"), 5), std::pair(tr("Last 30 minutes"), 30), std::pair(tr("Last 6 hours"), 360)})
        menu.addAction(text, this, [this, minutes = minutes] {
            m_group->setLive(true);
            m_group->zoom(static_cast<double>(minutes) * 60000.0 / static_cast<double>(m_group->spanMs()), m_group->toMs());
        });
    menu.exec(event->globalPos());
}

void TimeChart::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    setAccessibleDescription(summary());
    m_overlay->update();
}

void TimeChart::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    m_group->setCursor(std::nullopt);
    m_overlay->update();
}

} // namespace ui::charts
