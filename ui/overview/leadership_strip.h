#pragma once
// One bar for each broker: how many partitions it led when, and when it was down. On the time axis of the page's charts.

#include "ui/charts/time_axis.h"
#include "ui/overview/leadership_history.h"

#include <QWidget>

namespace ui::overview {

class LeadershipStrip : public QWidget {
    Q_OBJECT
public:
    /// `history` and `axis` must outlive the strip.
    LeadershipStrip(const LeadershipHistory* history, charts::TimeAxis* axis, QWidget* parent = nullptr);
    /// After the history has grown.
    void refresh();
    /// "broker 1 leads 21 partitions; broker 2 is down since 14:03:41; ..."
    [[nodiscard]] QString summary() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    [[nodiscard]] int labelWidth() const;
    [[nodiscard]] QRect barOf(int row) const;
    [[nodiscard]] qint64 timeAt(int x) const;
    void showAsTable();
    const LeadershipHistory* m_history;
    charts::TimeAxis* m_axis;
    QAction* m_table;
};

} // namespace ui::overview
