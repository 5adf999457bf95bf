#include "ui/charts/time_chart.h"

#include "models/base/format.h"
#include "ui/charts/chart_legend.h"
#include "ui/charts/chart_table.h"
#include "ui/theme/style.h"
#include "ui/widgets/accessible.h"
#include "ui/widgets/button.h"
#include "ui/widgets/pill.h"

#include <QContextMenuEvent>
#include <QDateTime>
#include <QMenu>
#include <QPainter>
#include <QSet>
#include <cmath>

namespace ui::charts {

using models::metrics::Series;

namespace {

constexpr int kMarkRows = 2;
constexpr int kMarkHeight = 24;
constexpr int kTableRowsMax = 2000;
constexpr qint64 kDescribeEveryMs = 5000;

theme::Tone toneOf(int severity) {
    return severity >= 2 ? theme::Tone::Bad : severity == 1 ? theme::Tone::Warn : severity < 0 ? theme::Tone::Good : theme::Tone::Neutral;
}

} // namespace

TimeChart::TimeChart(const QString& title, Unit unit, const models::metrics::MetricsStore* store, TimeAxis* axis, QWidget* parent)
    : QWidget(parent)
    , m_title(title)
    , m_unit(unit)
    , m_store(store)
    , m_past(new models::metrics::PastView(store, this))
    , m_axis(axis)
    , m_plot(new ChartPlot(this))
    , m_legend(new ChartLegend(this))
    , m_emptyText(tr("Nothing measured yet")) {
    m_legend->hide(); // until a card takes it
    setFocusPolicy(Qt::StrongFocus);
    widgets::setAccessibleRole(this, QAccessible::Chart);
    setMouseTracking(true);
    setAccessibleName(title);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Ignored);
    m_plot->setOverlay([this](QPainter* painter) { paintOver(painter); });
    connect(axis, &TimeAxis::moved, this, [this] {
        if (isVisible())
            refresh();
    });
    connect(m_past, &models::metrics::PastView::loaded, this, [this] {
        if (isVisible())
            refresh();
    });
    connect(axis, &TimeAxis::cursorMoved, this, [this] { m_plot->updateOverlay(); });
    makeActions();
}

void TimeChart::makeActions() {
    const auto add = [this](const QString& text, std::function<void()> run) { m_actions.append(widgets::localAction(this, text, std::move(run))); };
    add(tr("Show as table"), [this] { showAsTable(); });
    add(tr("Hold or follow the present"), [this] { m_axis->setLive(!m_axis->isLive()); });
    add(tr("Back to the present"), [this] { m_axis->reset(); });
    add(tr("Closer"), [this] { m_axis->zoom(0.5, m_axis->toMs()); });
    add(tr("Farther"), [this] { m_axis->zoom(2, m_axis->toMs()); });
    add(tr("Save as picture…"), [this] { saveAs(Format::Png); });
    add(tr("Save as CSV…"), [this] { saveAs(Format::Csv); });
    m_actions[0]->setShortcut(QKeySequence(Qt::Key_T));
    m_actions[1]->setShortcut(QKeySequence(Qt::Key_Space));
    m_actions[2]->setShortcut(QKeySequence(Qt::Key_Home));
    m_actions[3]->setShortcut(QKeySequence(Qt::Key_Plus));
    m_actions[4]->setShortcut(QKeySequence(Qt::Key_Minus));
    m_actions[5]->setShortcut(QKeySequence(Qt::Key_P));
    m_actions[6]->setShortcut(QKeySequence(Qt::Key_C));
}

void TimeChart::setTitle(const QString& title, Unit unit) {
    if (unit != m_unit)
        m_scale = {0, 0};
    m_title = title;
    m_unit = unit;
    setAccessibleName(title);
    refresh();
}

void TimeChart::setLines(const QList<ChartLine>& lines) {
    if (lines == m_lines && !m_colours.isEmpty())
        return;
    m_lines = lines;
    QSet<int> taken;
    for (const auto& line : lines)
        if (m_colours.contains(line.name))
            taken.insert(m_colours.value(line.name));
    QStringList names;
    QVector<int> colours;
    const int count = static_cast<int>(theme::of(this).series.size());
    for (const auto& line : lines) {
        if (!m_colours.contains(line.name)) {
            int colour = 0;
            while (taken.contains(colour) && colour < count - 1)
                ++colour;
            m_colours.insert(line.name, colour);
            taken.insert(colour);
        }
        names.append(line.name);
        colours.append(m_colours.value(line.name));
    }
    m_legend->setEntries(names, colours);
    refresh();
}

QWidget* TimeChart::legend() const {
    m_legend->setVisible(true);
    return m_legend;
}

QWidget* TimeChart::menuButton() {
    auto* open = widgets::localAction(this, tr("What can be done with this chart"), [] {});
    auto* button = (new widgets::Button(open, QStringLiteral("\u22ef"), theme::ButtonKind::Quiet, this))->small();
    connect(open, &QAction::triggered, button, [this, button] {
        QMenu menu(this);
        menu.addActions(m_actions);
        menu.exec(button->mapToGlobal(QPoint(0, button->height() + 2)));
    });
    return button;
}

void TimeChart::setEmptyText(const QString& text) {
    m_emptyText = text;
    m_plot->updateOverlay();
}

void TimeChart::refresh() {
    if (!m_axis || width() <= 0)
        return;
    const int columns = std::max(16, m_plot->plotRect().width());
    const auto cut = alignedCut(m_axis->fromMs(), m_axis->toMs(), columns);
    QList<models::metrics::SeriesKey> keys;
    for (const auto& line : m_lines)
        keys.append(line.key);
    m_past->want(keys, cut.fromMs, cut.toMs, cut.columns);
    QVector<ChartPlot::Line> lines;
    double highest = 0;
    bool any = false;
    for (qsizetype i = 0; i < m_lines.size(); ++i) {
        ChartPlot::Line line;
        line.colour = m_colours.value(m_lines[i].name);
        line.filled = i == 0;
        line.points = pointsOf(m_past->cut(m_lines[i].key, cut.fromMs, cut.toMs, cut.columns));
        for (const auto& point : line.points) {
            if (!std::isnan(point.value)) {
                highest = std::max(highest, point.value);
                any = true;
            }
        }
        lines.append(std::move(line));
    }
    m_empty = !any;
    m_scale = scaleFor(highest, m_unit, m_scale);
    m_plot->setScale(m_scale, m_unit);
    // Whole columns: the line does not shiver while it moves.
    m_plot->setTime(cut.toMs - (m_axis->toMs() - m_axis->fromMs()), cut.toMs);
    // Words stand over the lines, not on them.
    m_plot->setHeadroom(std::max(placeMarks(m_plot->plotRect()).rows, m_axis->isLive() || m_forPicture ? 0 : 1) * kMarkHeight);
    m_plot->setLines(lines);
    m_plot->draw();
    if (m_axis->nowMs() - m_describedMs > kDescribeEveryMs || m_axis->nowMs() < m_describedMs) {
        m_describedMs = m_axis->nowMs();
        setAccessibleDescription(summary());
    }
}

QString TimeChart::summary() const {
    QStringList parts;
    for (const auto& line : m_lines) {
        const Series* series = m_store->series(line.key);
        double highest = models::metrics::kGap;
        for (const auto& bucket : m_past->cut(line.key, m_axis->fromMs(), m_axis->toMs(), 256))
            highest = std::isnan(highest) ? bucket.max : std::isnan(bucket.max) ? highest : std::max(highest, bucket.max);
        if (std::isnan(highest))
            continue;
        parts.append(tr("%1 now %2, highest %3").arg(line.name, valueText(series ? series->last() : models::metrics::kGap, m_unit), valueText(highest, m_unit)));
    }
    const QString span = models::format::duration(m_axis->spanMs());
    if (parts.isEmpty())
        return tr("%1: nothing measured in the last %2.").arg(m_title, span);
    const QString times = m_axis->isLive() ? tr("the last %1").arg(span)
                                           : tr("%1 to %2").arg(momentLabel(m_axis->fromMs(), m_axis->nowMs()), momentLabel(m_axis->toMs(), m_axis->nowMs()));
    return tr("%1 in %2: %3.").arg(m_title, times, parts.join(QStringLiteral("; ")));
}

QList<ChartTableRow> TimeChart::rows() const {
    QList<ChartTableRow> rows;
    const qint64 step = std::max(m_store->stepMs(), m_axis->spanMs() / kTableRowsMax);
    const qint64 newest = m_axis->toMs() - m_axis->toMs() % step;
    const int columns = static_cast<int>(m_axis->spanMs() / step);
    const qint64 oldest = newest - columns * step;
    QHash<qint64, qsizetype> rowOf;
    for (qsizetype i = 0; i < m_lines.size(); ++i) {
        for (const auto& bucket : m_past->cut(m_lines[i].key, oldest, newest + step, columns + 1)) {
            if (bucket.isGap())
                continue;
            auto it = rowOf.find(bucket.startMs);
            if (it == rowOf.end()) {
                it = rowOf.insert(bucket.startMs, rows.size());
                rows.append({bucket.startMs, QList<double>(m_lines.size(), models::metrics::kGap)});
            }
            rows[*it].values[i] = bucket.mean;
        }
    }
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.timeMs > b.timeMs; });
    return rows;
}

void TimeChart::showAsTable() {
    QStringList names;
    for (const auto& line : m_lines)
        names.append(line.name);
    showChartTable(m_title, summary(), names, m_unit, rows(), this);
}

// ---------------------------------------------------------------------------------------------------------------------
// Painting

void TimeChart::paintOver(QPainter* painter) {
    const theme::Theme& t = theme::of(this);
    const QRect plot = m_plot->plotRect();
    painter->setRenderHint(QPainter::Antialiasing);
    if (m_empty) {
        painter->setFont(t.font(theme::Face::Small));
        const QRect box = painter->boundingRect(plot, static_cast<int>(Qt::AlignCenter) | Qt::TextWordWrap, m_emptyText);
        painter->fillRect(box.adjusted(-10, -4, 10, 4), t.panel);
        painter->setPen(t.ink2);
        painter->drawText(plot, static_cast<int>(Qt::AlignCenter) | Qt::TextWordWrap, m_emptyText);
    }
    paintMarks(painter, plot);
    if (m_past->isLoading()) {
        painter->setFont(t.font(theme::Face::Small));
        painter->setPen(t.ink3);
        painter->drawText(plot.adjusted(8, 0, -8, -4), static_cast<int>(Qt::AlignLeft | Qt::AlignBottom), tr("reading what was kept…"));
    }
    if (m_axis && !m_axis->isLive() && !m_forPicture)
        widgets::drawPill(painter, QRect(plot.left() + 6, plot.top() + 2, plot.width(), 24), tr("held at %1; Home follows again").arg(momentLabel(m_axis->toMs(), m_axis->nowMs())),
            theme::Tone::Info, t);
    paintCursor(painter, plot);
    if (hasFocus() && !m_forPicture) {
        painter->setPen(QPen(t.accent, theme::kFocusRing));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(m_plot->rect()).adjusted(1, 1, -1, -1), theme::kControlRadius, theme::kControlRadius);
    }
}

TimeChart::PlacedMarks TimeChart::placeMarks(const QRect& plot) const {
    PlacedMarks all;
    const auto marks = m_past->marks(m_plot->timeAt(plot.left()), m_plot->timeAt(plot.right()));
    all.marks.reserve(marks.size());
    for (const auto& mark : marks)
        all.marks.append({mark, m_plot->xOf(mark.timeMs), {}});
    // The gravest get their line and their word first: what happens within a moment is one line, and a word that finds no room stays away.
    std::stable_sort(all.marks.begin(), all.marks.end(), [](const auto& a, const auto& b) { return a.mark.severity > b.mark.severity; });
    const QFontMetrics metrics(theme::of(this).font(theme::Face::SmallMedium));
    const int rowsMax = std::clamp(plot.height() / (3 * kMarkHeight), 1, kMarkRows);
    QVector<QRect> used;
    for (auto& one : all.marks) {
        const int width = metrics.horizontalAdvance(one.mark.text) + 16;
        for (int row = 0; row < rowsMax; ++row) {
            int left = static_cast<int>(one.x) + 5;
            if (left + width > plot.right())
                left = static_cast<int>(one.x) - 5 - width;
            const QRect box(left, plot.top() + row * kMarkHeight, width, kMarkHeight - 2);
            if (left < plot.left() || std::any_of(used.begin(), used.end(), [&box](const QRect& other) { return other.intersects(box.adjusted(-3, 0, 3, 0)); }))
                continue;
            one.word = box;
            used.append(box);
            all.rows = std::max(all.rows, row + 1);
            break;
        }
    }
    return all;
}

void TimeChart::paintMarks(QPainter* painter, const QRect& plot) const {
    const theme::Theme& t = theme::of(this);
    const auto placed = placeMarks(plot);
    QVector<double> lines;
    for (const auto& one : placed.marks) {
        const double x = std::floor(one.x) + 0.5;
        if (std::none_of(lines.begin(), lines.end(), [x](double other) { return std::abs(other - x) < 3; })) {
            const QColor colour = t.toneInk(toneOf(one.mark.severity));
            QPen pen(one.mark.severity >= 2 ? colour : theme::mix(colour, t.panel, 0.5), 1);
            pen.setDashPattern({3, 3});
            painter->setPen(pen);
            painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
            lines.append(x);
        }
    }
    for (const auto& one : placed.marks)
        if (!one.word.isEmpty())
            widgets::drawPill(painter, one.word, one.mark.text, toneOf(one.mark.severity), t);
}

void TimeChart::paintCursor(QPainter* painter, const QRect& plot) const {
    if (!m_axis || m_axis->cursorMs() < 0 || m_empty || m_forPicture)
        return;
    const qint64 time = m_axis->cursorMs();
    const double at = m_plot->xOf(time);
    if (at < plot.left() || at > plot.right() + 1)
        return;
    const theme::Theme& t = theme::of(this);
    const double x = std::floor(at) + 0.5;
    painter->setPen(QPen(t.ink3, 1));
    painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));

    struct Row {
        QString name, value;
        QColor colour;
    };
    QVector<Row> rows;
    const QFont small = t.font(theme::Face::Small);
    const QFontMetrics metrics(small);
    int nameWidth = 0;
    int valueWidth = 0;
    const qint64 column = std::max<qint64>(1, m_axis->spanMs() / std::max(1, plot.width()));
    for (const auto& line : m_lines) {
        const double value = m_past->valueAt(line.key, time, column);
        const QColor colour = t.series[static_cast<std::size_t>(m_colours.value(line.name)) % t.series.size()];
        if (!std::isnan(value)) {
            painter->setPen(QPen(t.panel, 1.5));
            painter->setBrush(colour);
            painter->drawEllipse(QPointF(x, m_plot->yOf(value)), 3.5, 3.5);
        }
        rows.append({metrics.elidedText(line.name, Qt::ElideMiddle, 140), valueText(value, m_unit), colour});
        nameWidth = std::max(nameWidth, metrics.horizontalAdvance(rows.last().name));
        valueWidth = std::max(valueWidth, metrics.horizontalAdvance(rows.last().value));
    }
    const QString clock = momentLabel(time, m_axis->nowMs());
    const int lineHeight = metrics.height() + 3;
    const int width = std::max(16 + nameWidth + 16 + valueWidth, metrics.horizontalAdvance(clock)) + 20;
    const int height = static_cast<int>(rows.size() + 1) * lineHeight + 12;
    QRect box(static_cast<int>(x) + 10, plot.top() + 4, width, height);
    if (box.right() > m_plot->width() - 2)
        box.moveRight(static_cast<int>(x) - 10);
    box.moveLeft(std::max(box.left(), 2));
    theme::drawBox(painter, box, t.raised, t.line2, theme::kControlRadius);
    painter->setFont(small);
    painter->setPen(t.ink2);
    int y = box.top() + 6;
    painter->drawText(QRect(box.left() + 10, y, width - 20, lineHeight), Qt::AlignVCenter | Qt::AlignLeft, clock);
    for (const auto& row : rows) {
        y += lineHeight;
        theme::drawBox(painter, QRectF(box.left() + 10, y + lineHeight / 2.0 - 1.5, 10, 3), row.colour, {}, 1.5);
        painter->setPen(t.ink2);
        painter->drawText(QRect(box.left() + 26, y, nameWidth + 2, lineHeight), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, row.name);
        painter->setPen(t.ink);
        painter->drawText(QRect(box.left() + 10, y, width - 20, lineHeight), Qt::AlignVCenter | Qt::AlignRight | Qt::TextSingleLine, row.value);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Pointer and keys

void TimeChart::resizeEvent(QResizeEvent* event) {
    m_plot->setGeometry(rect());
    QWidget::resizeEvent(event);
    refresh();
}

void TimeChart::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    refresh();
}

void TimeChart::wheelEvent(QWheelEvent* event) {
    const double steps = event->angleDelta().y() / 120.0;
    // Without Control the wheel belongs to the page that scrolls, as long as the chart does not have the keyboard.
    if (steps == 0 || (!hasFocus() && !(event->modifiers() & Qt::ControlModifier))) {
        event->ignore();
        return;
    }
    m_axis->zoom(std::pow(0.8, steps), m_plot->timeAt(event->position().x()));
    event->accept();
}

void TimeChart::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return;
    setFocus(Qt::MouseFocusReason);
    m_dragFrom = event->position();
    m_dragging = false;
}

void TimeChart::mouseMoveEvent(QMouseEvent* event) {
    if (event->buttons() & Qt::LeftButton) {
        const double moved = event->position().x() - m_dragFrom.x();
        if (!m_dragging && std::abs(moved) < 4)
            return;
        m_dragging = true;
        setCursor(Qt::ClosedHandCursor);
        m_axis->pan(-static_cast<qint64>(moved / std::max(1, m_plot->plotRect().width()) * static_cast<double>(m_axis->spanMs())));
        m_dragFrom = event->position();
        return;
    }
    const QRect plot = m_plot->plotRect();
    const double x = event->position().x();
    m_axis->setCursor(x >= plot.left() && x <= plot.right() ? m_plot->timeAt(x) : -1);
}

void TimeChart::mouseReleaseEvent(QMouseEvent*) {
    m_dragging = false;
    unsetCursor();
}

void TimeChart::mouseDoubleClickEvent(QMouseEvent*) { m_axis->reset(); }

void TimeChart::leaveEvent(QEvent* event) {
    m_axis->setCursor(-1);
    QWidget::leaveEvent(event);
}

void TimeChart::moveCursor(int steps) {
    const qint64 step = std::max(m_store->stepMs(), m_axis->spanMs() / 100);
    const qint64 from = m_axis->cursorMs() < 0 ? m_axis->toMs() - step : m_axis->cursorMs() + steps * step;
    m_axis->setCursor(std::clamp(from, m_axis->fromMs(), m_axis->toMs()));
}

void TimeChart::keyPressEvent(QKeyEvent* event) {
    const bool shift = event->modifiers() & Qt::ShiftModifier;
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
        QWidget::keyPressEvent(event);
        return;
    }
    switch (event->key()) {
    case Qt::Key_Space: m_axis->setLive(!m_axis->isLive()); return;
    case Qt::Key_Home: m_axis->reset(); return;
    case Qt::Key_Plus:
    case Qt::Key_Equal: m_axis->zoom(0.5, m_axis->toMs()); return;
    case Qt::Key_Minus: m_axis->zoom(2, m_axis->toMs()); return;
    case Qt::Key_Left: shift ? m_axis->pan(-m_axis->spanMs() / 10) : moveCursor(-1); return;
    case Qt::Key_Right: shift ? m_axis->pan(m_axis->spanMs() / 10) : moveCursor(1); return;
    case Qt::Key_T: showAsTable(); return;
    case Qt::Key_P: saveAs(Format::Png); return;
    case Qt::Key_C: saveAs(Format::Csv); return;
    case Qt::Key_Escape:
        if (m_axis->cursorMs() >= 0) {
            m_axis->setCursor(-1);
            return;
        }
        break;
    default: break;
    }
    QWidget::keyPressEvent(event);
}

void TimeChart::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    menu.addActions(m_actions);
    menu.exec(event->globalPos());
}

void TimeChart::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    m_plot->updateOverlay();
}

void TimeChart::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    m_axis->setCursor(-1);
    m_plot->updateOverlay();
}

} // namespace ui::charts
