#include "ui/charts/legend.h"

#include "ui/charts/time_chart.h"
#include "ui/theme/style.h"

#include <QPainter>

namespace ui::charts {

namespace {
constexpr int kDash = 9;
constexpr int kBetween = 20;
} // namespace

Legend::Legend(TimeChart* chart, QWidget* parent) : QWidget(parent), m_chart(chart) {
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(chart, &TimeChart::seriesChanged, this, [this] {
        QStringList names;
        for (const auto& series : m_chart->series())
            names.append(series.name);
        setAccessibleName(names.join(QStringLiteral(", ")));
        updateGeometry();
        update();
    });
}

QSize Legend::sizeHint() const {
    const QFontMetrics metrics(theme::of(this).font(theme::Face::Small));
    int width = 0;
    for (const auto& series : m_chart->series())
        width += kDash + 5 + metrics.horizontalAdvance(series.name) + kBetween;
    return {std::max(0, width - kBetween) + 3, std::max(24, metrics.height())};
}

void Legend::paintEvent(QPaintEvent*) {
    const auto& t = theme::of(this);
    QPainter painter(this);
    painter.setFont(t.font(theme::Face::Small));
    const QFontMetrics metrics = painter.fontMetrics();
    int x = 0;
    for (const auto& series : m_chart->series()) {
        const int left = width() - x - kDash - 5;
        if (left < 20)
            break;
        const QString name = metrics.elidedText(series.name, Qt::ElideRight, left);
        const int wide = metrics.horizontalAdvance(name);
        const QRect dash = QStyle::visualRect(layoutDirection(), rect(), QRect(x, height() / 2 - 1, kDash, 3));
        const QRect text = QStyle::visualRect(layoutDirection(), rect(), QRect(x + kDash + 5, 0, wide + 2, height()));
        theme::drawBox(&painter, dash, t.series[static_cast<std::size_t>(series.colour) % t.series.size()], {}, 1.5);
        painter.setPen(t.ink2);
        painter.drawText(text, Qt::AlignVCenter | Qt::AlignHCenter, name);
        x += kDash + 5 + wide + kBetween;
    }
}

} // namespace ui::charts
