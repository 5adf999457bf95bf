#pragma once
// Values over time: no frame, horizontal hairlines, a word for each mark, the value under the pointer.
//
// Mouse: Ctrl and the wheel zoom, dragging pans and stops the axis, a double click lets it run again. Keys: Left and Right move the
// cursor, with Ctrl they pan, + and - zoom, Space stops and runs, T shows the values as a table.

#include "models/metrics/series.h"
#include "ui/charts/axis_ticks.h"
#include "ui/charts/chart_group.h"
#include "ui/theme/theme.h"

#include <QPointF>
#include <QWidget>
#include <functional>

class QCustomPlot;

namespace ui::charts {

struct ChartSeries {
    QString name;
    int colour = 0; ///< index into Theme::series
    /// Asked each time it draws; null = nothing measured yet. Valid for that call only.
    std::function<const models::metrics::Series*()> series;
    bool filled = false;
    bool operator==(const ChartSeries& o) const { return name == o.name && colour == o.colour && filled == o.filled; }
};

struct ChartMark {
    qint64 timeMs = 0;
    QString text; ///< "broker 2 killed"
    theme::Tone tone = theme::Tone::Neutral;
};

class TimeChart : public QWidget {
    Q_OBJECT
public:
    /// `title` names it for screen readers and the table.
    TimeChart(const QString& title, Unit unit, ChartGroup* group, QWidget* parent = nullptr);
    ~TimeChart() override;

    /// Nothing is made anew when they are the same as before.
    void setSeries(QList<ChartSeries> series);
    [[nodiscard]] const QList<ChartSeries>& series() const { return m_series; }
    /// Asked each time it draws.
    void setMarks(std::function<QList<ChartMark>(qint64 fromMs, qint64 toMs)> marks) { m_marks = std::move(marks); }
    void showAsTable();
    /// "orders: 2,431/s now, 2,310/s to 2,690/s in the last 5 min": what a screen reader says.
    [[nodiscard]] QString summary() const;
    /// Points drawn at the last time, for the test of the bound.
    [[nodiscard]] int drawnPoints() const { return m_drawnPoints; }

    QSize sizeHint() const override { return {480, 220}; }
    QSize minimumSizeHint() const override { return {200, 110}; }

signals:
    void seriesChanged(); ///< for legends

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    friend class ChartOverlay;
    void restyle();
    void draw();
    [[nodiscard]] qint64 timeAt(double x) const;
    [[nodiscard]] double xOf(qint64 ms) const;
    [[nodiscard]] double yOf(double value) const;

    QString m_title;
    Unit m_unit;
    ChartGroup* m_group;
    QCustomPlot* m_plot;
    QWidget* m_overlay;
    QList<ChartSeries> m_series;
    std::function<QList<ChartMark>(qint64, qint64)> m_marks;
    double m_top = 4;
    int m_drawnPoints = 0;
    std::optional<QPointF> m_dragFrom;
};

} // namespace ui::charts
