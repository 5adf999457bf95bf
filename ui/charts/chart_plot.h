#pragma once
// Inside ui/charts: the drawing surface, and the only one that knows QCustomPlot. Two axes, hairlines, lines; nothing else is drawn by it.

#include "ui/charts/chart_points.h"
#include "ui/theme/theme.h"

#include <QVector>
#include <QWidget>
#include <functional>
#include <memory>

class QPainter;
class QPixmap;

namespace ui::charts {

class ChartPlot : public QWidget {
    Q_OBJECT
public:
    struct Line {
        QVector<ChartPoint> points;
        int colour = 0; ///< index into Theme::series
        bool filled = false;
    };
    explicit ChartPlot(QWidget* parent = nullptr);
    ~ChartPlot() override;

    void setTime(qint64 fromMs, qint64 toMs);
    void setScale(const ValueScale& scale, Unit unit);
    /// So many pixels stay free of lines above the top of the scale; at most a third of the plot.
    void setHeadroom(int pixels);
    void setLines(const QVector<Line>& lines);
    /// Painted over the lines, in this widget's coordinates.
    void setOverlay(std::function<void(QPainter*)> paint);
    /// Draws again with what was set; gathered to one drawing a turn.
    void draw();
    /// Lays it out at this size now, shown or not.
    void fit(const QSize& size);
    /// What it shows at its present size, `scale` times as fine.
    [[nodiscard]] QPixmap picture(double scale);
    /// Only what the overlay shows has changed.
    void updateOverlay();

    /// Where lines are drawn, in this widget's coordinates.
    [[nodiscard]] QRect plotRect() const;
    [[nodiscard]] double xOf(qint64 timeMs) const;
    [[nodiscard]] qint64 timeAt(double x) const;
    [[nodiscard]] double yOf(double value) const;

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void applyTheme();
    class Surface;
    Surface* m_surface;
    QVector<Line> m_lines;
    [[nodiscard]] double rangeTop() const; ///< the value at the upper edge
    ValueScale m_scale;
    int m_headroom = 0;
    Unit m_unit = Unit::Messages;
    qint64 m_fromMs = 0;
    qint64 m_toMs = 1;
};

} // namespace ui::charts
