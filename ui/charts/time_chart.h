#pragma once
// Lines over time, from the series of a MetricsStore. No frame, horizontal hairlines only, the first line with a tint below it; marks
// of what happened with a word each; the value under the pointer.
//
//     auto* chart = new TimeChart(tr("Messages per second"), Unit::MessagesPerSecond, session->metrics(), axis, card);
//     card->head()->addWidget(chart->legend());
//     card->body()->addWidget(chart, 1);
//     chart->setLines({{tr("orders"), {Quantity::MessagesPerSecond, Scope::Topic, "orders"}}});
//
// Wheel or + and -: zoom. Drag or Shift+arrows: another time. Arrows: the cursor. Space: hold. Double click or Home: back to the present. T: the same as
// a table. P, C: a picture, a CSV file. Follows its TimeAxis; asks for nothing while hidden. Interface thread.

#include "models/metrics/metrics_store.h"
#include "models/metrics/past_view.h"
#include "ui/charts/chart_plot.h"
#include "ui/charts/time_axis.h"

#include <QHash>
#include <QPointer>
#include <QWidget>

class QAction;
class QImage;

namespace ui::charts {

class ChartLegend;

struct ChartLine {
    QString name; ///< as in the legend
    models::metrics::SeriesKey key;
    bool operator==(const ChartLine&) const = default;
};

class TimeChart : public QWidget {
    Q_OBJECT
public:
    /// `store` and `axis` must outlive the chart.
    TimeChart(const QString& title, Unit unit, const models::metrics::MetricsStore* store, TimeAxis* axis, QWidget* parent = nullptr);

    void setTitle(const QString& title, Unit unit);
    /// In this order; the first is filled. A name keeps its colour as long as the chart lives, unless more than six compete.
    void setLines(const QList<ChartLine>& lines);
    [[nodiscard]] const QList<ChartLine>& lines() const { return m_lines; }
    /// The names with their colours, for the head of the card. The chart's; place it once.
    [[nodiscard]] QWidget* legend() const;
    /// Index into Theme::series.
    /// A small button with all that can be done with the chart, for the head of the card. Place it once.
    [[nodiscard]] QWidget* menuButton();
    [[nodiscard]] int colourOf(const QString& name) const { return m_colours.value(name, 0); }
    /// Text in the middle while there is nothing to draw.
    void setEmptyText(const QString& text);

    /// "Messages per second in the last 5 min: orders now 2,431/s, highest 2,800/s; ..."
    [[nodiscard]] QString summary() const;
    void showAsTable();
    /// What is seen now with title and legend as a picture; and each moment of it as a line of CSV, numbers as they were measured.
    [[nodiscard]] QImage picture();
    [[nodiscard]] QString csv() const;
    enum class Format { Png, Csv };
    /// Asks for a file, writes it, and tells by saved() or failed().
    void saveAs(Format format);
    /// The same without asking. Empty = written, else why not.
    QString saveTo(const QString& path, Format format);
    [[nodiscard]] const QList<QAction*>& chartActions() const { return m_actions; }

signals:
    void saved(const QString& path);
    void failed(const QString& sentence);

public:
    QSize sizeHint() const override { return {420, 180}; }
    QSize minimumSizeHint() const override { return {180, 110}; }

protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void refresh();
    [[nodiscard]] QList<struct ChartTableRow> rows() const;
    void makeActions();
    void paintOver(QPainter* painter);
    struct PlacedMark {
        models::metrics::Mark mark;
        double x;
        QRect word; ///< empty: no room
    };
    struct PlacedMarks {
        QVector<PlacedMark> marks;
        int rows = 0; ///< of words
    };
    [[nodiscard]] PlacedMarks placeMarks(const QRect& plot) const;
    void paintMarks(QPainter* painter, const QRect& plot) const;
    void paintCursor(QPainter* painter, const QRect& plot) const;
    void moveCursor(int steps);

    QString m_title;
    Unit m_unit;
    const models::metrics::MetricsStore* m_store;
    models::metrics::PastView* m_past;
    QPointer<TimeAxis> m_axis;
    ChartPlot* m_plot;
    ChartLegend* m_legend;
    QList<ChartLine> m_lines;
    QHash<QString, int> m_colours;
    ValueScale m_scale{0, 0};
    QString m_emptyText;
    bool m_empty = true;
    bool m_forPicture = false; ///< no cursor, no focus
    qint64 m_describedMs = 0;
    QPointF m_dragFrom;
    bool m_dragging = false;
    QList<QAction*> m_actions;
};

} // namespace ui::charts
