#include "ui/charts/chart_plot.h"

#include "ui/theme/style.h"

#include <QDateTime>
#include <QEvent>
#include <QPainter>
#include <qcustomplot.h>

namespace ui::charts {
namespace {

constexpr int kTimeLabelDistancePx = 84;

class ValueTicker : public QCPAxisTicker {
public:
    ValueScale scale;
    Unit unit = Unit::Messages;

    void generate(const QCPRange&, const QLocale& locale, QChar, int, QVector<double>& ticks, QVector<double>* subTicks, QVector<QString>* labels) override {
        ticks.clear();
        if (subTicks)
            subTicks->clear();
        if (labels)
            labels->clear();
        for (double value = 0; value <= scale.top * 1.001 && ticks.size() < 20; value += scale.step) {
            ticks.append(value);
            if (labels)
                labels->append(axisLabel(value, scale, unit, locale));
        }
    }
};

class TimeTicker : public QCPAxisTicker {
public:
    int widthPx = 1;
    int distancePx = kTimeLabelDistancePx;

    void generate(const QCPRange& range, const QLocale& locale, QChar, int, QVector<double>& ticks, QVector<double>* subTicks, QVector<QString>* labels) override {
        ticks.clear();
        if (subTicks)
            subTicks->clear();
        if (labels)
            labels->clear();
        const auto from = static_cast<qint64>(range.lower * 1000);
        const auto to = static_cast<qint64>(range.upper * 1000);
        const qint64 offset = QDateTime::fromMSecsSinceEpoch(to).offsetFromUtc() * 1000LL;
        const auto all = timeTicks(from, to, widthPx, distancePx, offset);
        for (const auto time : all.timesMs) {
            // A label that would be cut at the edge is left out.
            const double x = (static_cast<double>(time - from)) / static_cast<double>(std::max<qint64>(1, to - from)) * widthPx;
            if (x < distancePx / 4.0 || x > widthPx - distancePx / 4.0)
                continue;
            ticks.append(static_cast<double>(time) / 1000.0);
            if (labels)
                labels->append(timeLabel(time, all.stepMs, locale));
        }
    }
};

} // namespace

class ChartPlot::Surface : public QCustomPlot {
public:
    explicit Surface(QWidget* parent) : QCustomPlot(parent), values(new ValueTicker), times(new TimeTicker) {
        setAttribute(Qt::WA_TransparentForMouseEvents);
        setFocusPolicy(Qt::NoFocus);
        setLayoutDirection(Qt::LeftToRight);
        setPlottingHint(QCP::phCacheLabels, false);
        xAxis->setTicker(times);
        yAxis->setTicker(values);
        for (auto* axis : {xAxis, yAxis}) {
            axis->setSubTicks(false);
            axis->setTickLength(0, 0);
            axis->setBasePen(Qt::NoPen);
            axis->setTickPen(Qt::NoPen);
            axis->setTickLabelPadding(8);
            axis->grid()->setSubGridVisible(false);
        }
        xAxis->grid()->setVisible(false);
        axisRect()->setMinimumMargins(QMargins(46, 13, 5, 10));
        plotLayout()->setMargins(QMargins(0, 0, 0, 0));
        setNoAntialiasingOnDrag(false);
        setAntialiasedElements(QCP::aePlottables | QCP::aeFills);
    }
    QSharedPointer<ValueTicker> values;
    QSharedPointer<TimeTicker> times;
    std::function<void(QPainter*)> overlay;

protected:
    void paintEvent(QPaintEvent* event) override {
        QCustomPlot::paintEvent(event);
        if (overlay) {
            QPainter painter(this);
            overlay(&painter);
        }
    }
};

ChartPlot::ChartPlot(QWidget* parent) : QWidget(parent), m_surface(new Surface(this)) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    // How high the plot is is known when it has been laid out, just before it is drawn.
    connect(m_surface, &QCustomPlot::afterLayout, this, [this] { m_surface->yAxis->setRange(0, rangeTop()); });
    applyTheme();
}

ChartPlot::~ChartPlot() = default;

void ChartPlot::applyTheme() {
    const theme::Theme& t = theme::of(this);
    QFont font = t.font(theme::Face::Small);
    font.setPointSizeF(font.pointSizeF() * 11.0 / 11.5);
    m_surface->setBackground(QBrush(t.panel));
    for (auto* axis : {m_surface->xAxis, m_surface->yAxis}) {
        axis->setTickLabelFont(font);
        axis->setTickLabelColor(t.ink3);
    }
    const QPen hairline(t.line, 1);
    m_surface->yAxis->grid()->setPen(hairline);
    m_surface->yAxis->grid()->setZeroLinePen(hairline);
    m_surface->times->distancePx = std::max(kTimeLabelDistancePx, QFontMetrics(font).horizontalAdvance(QStringLiteral("00:00:00")) + 28);
    for (int i = 0; i < m_surface->graphCount(); ++i) {
        const Line& line = m_lines.at(i);
        const QColor colour = t.series[static_cast<std::size_t>(line.colour) % t.series.size()];
        m_surface->graph(i)->setPen(QPen(colour, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        m_surface->graph(i)->setBrush(line.filled ? QBrush(theme::mix(colour, t.panel, 0.13)) : QBrush(Qt::NoBrush));
    }
}

void ChartPlot::setTime(qint64 fromMs, qint64 toMs) {
    m_fromMs = fromMs;
    m_toMs = std::max(toMs, fromMs + 1);
    m_surface->xAxis->setRange(static_cast<double>(m_fromMs) / 1000.0, static_cast<double>(m_toMs) / 1000.0);
}

void ChartPlot::setScale(const ValueScale& scale, Unit unit) {
    m_scale = scale;
    m_unit = unit;
    m_surface->values->scale = scale;
    m_surface->values->unit = unit;
}

void ChartPlot::setHeadroom(int pixels) { m_headroom = pixels; }

double ChartPlot::rangeTop() const {
    const int height = plotRect().height();
    const int free = std::min(m_headroom, height / 3);
    return height <= free ? m_scale.top : m_scale.top * height / (height - free);
}

void ChartPlot::setLines(const QVector<Line>& lines) {
    while (m_surface->graphCount() > lines.size())
        m_surface->removeGraph(m_surface->graphCount() - 1);
    while (m_surface->graphCount() < lines.size()) {
        auto* graph = m_surface->addGraph();
        graph->setAdaptiveSampling(false); // it gets two points a column already
        graph->setSelectable(QCP::stNone);
    }
    m_lines = lines;
    for (qsizetype i = 0; i < lines.size(); ++i) {
        QVector<QCPGraphData> samples;
        samples.reserve(lines[i].points.size());
        for (const auto& point : lines[i].points)
            samples.append({point.key, point.value});
        m_surface->graph(static_cast<int>(i))->data()->set(samples, true);
    }
    applyTheme();
}

void ChartPlot::setOverlay(std::function<void(QPainter*)> paint) { m_surface->overlay = std::move(paint); }

void ChartPlot::draw() { m_surface->replot(QCustomPlot::rpQueuedReplot); }

void ChartPlot::fit(const QSize& size) {
    resize(size);
    m_surface->setGeometry(rect()); // a widget that is not shown is told of its size later
    m_surface->setViewport(rect());
    m_surface->times->widthPx = std::max(1, width() - 60);
    m_surface->replot(QCustomPlot::rpImmediateRefresh);
}

QPixmap ChartPlot::picture(double scale) {
    m_surface->replot(QCustomPlot::rpImmediateRefresh);
    QPixmap pixmap = m_surface->toPixmap(width(), height(), scale);
    if (m_surface->overlay) {
        QPainter painter(&pixmap);
        painter.scale(scale, scale);
        m_surface->overlay(&painter);
    }
    return pixmap;
}

void ChartPlot::updateOverlay() { m_surface->update(); }

QRect ChartPlot::plotRect() const { return m_surface->axisRect()->rect(); }
double ChartPlot::xOf(qint64 timeMs) const {
    const QRect r = plotRect();
    return r.left() + static_cast<double>(timeMs - m_fromMs) / static_cast<double>(m_toMs - m_fromMs) * r.width();
}
qint64 ChartPlot::timeAt(double x) const {
    const QRect r = plotRect();
    return m_fromMs + static_cast<qint64>((x - r.left()) / std::max(1, r.width()) * static_cast<double>(m_toMs - m_fromMs));
}
double ChartPlot::yOf(double value) const {
    const QRect r = plotRect();
    return r.top() + (1 - value / rangeTop()) * r.height();
}

void ChartPlot::changeEvent(QEvent* event) {
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        applyTheme();
        draw();
    }
    QWidget::changeEvent(event);
}

void ChartPlot::resizeEvent(QResizeEvent* event) {
    m_surface->setGeometry(rect());
    m_surface->times->widthPx = std::max(1, width() - 60);
    QWidget::resizeEvent(event);
}

} // namespace ui::charts
