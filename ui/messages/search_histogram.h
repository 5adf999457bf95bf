#pragma once
// Messages over time while a search runs: what was looked at, and what of it matched. Dragging chooses a stretch of time; Left, Right and Shift do the
// same by keyboard, Enter takes it.

#include "models/search/time_histogram.h"

#include <QWidget>

namespace ui::messages {

class SearchHistogram : public QWidget {
    Q_OBJECT
public:
    explicit SearchHistogram(QWidget* parent = nullptr);
    void setCounts(const models::search::TimeHistogram& counts);
    void setCompact(bool compact); ///< lower bars, for small windows
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

signals:
    void chosen(qint64 fromMs, qint64 untilMs); ///< [from, until)

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    struct Column {
        qint64 fromMs = 0;
        qint64 untilMs = 0;
        qint64 scanned = 0;
        qint64 matched = 0;
    };
    [[nodiscard]] QList<Column> columns() const;
    [[nodiscard]] QRect plot() const;
    [[nodiscard]] int columnAt(int x) const;
    void describe();

    models::search::TimeHistogram m_counts;
    int m_first = -1; ///< the chosen columns, -1 = none
    int m_last = -1;
    bool m_dragging = false;
    bool m_compact = false;
};

} // namespace ui::messages
