#pragma once
// Names and colours of a chart's series, for the head of its card.

#include <QWidget>

namespace ui::charts {

class TimeChart;

class Legend : public QWidget {
    Q_OBJECT
public:
    explicit Legend(TimeChart* chart, QWidget* parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {20, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    TimeChart* m_chart;
};

} // namespace ui::charts
