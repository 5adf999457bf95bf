#include "ui/overview/card_rows.h"

#include <QEvent>
#include <algorithm>

namespace ui::overview {

CardRows::CardRows(int minCardWidth, int gap, QWidget* parent) : QWidget(parent), m_minWidth(minCardWidth), m_gap(gap) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void CardRows::setCards(const QList<QWidget*>& cards) {
    m_cards = cards;
    // Tab goes through them in this order, whichever was made first.
    for (qsizetype i = 0; i < cards.size(); ++i)
        cards[i]->show();
    place();
}

int CardRows::columnsFor(int width, int count, int minCardWidth, int gap) {
    if (count <= 0)
        return 1;
    const int fit = std::clamp((width + gap) / (minCardWidth + gap), 1, count);
    const int rows = (count + fit - 1) / fit;
    return (count + rows - 1) / rows;
}

QSize CardRows::sizeHint() const { return {3 * m_minWidth, height()}; }
QSize CardRows::minimumSizeHint() const { return {m_minWidth, height()}; }

void CardRows::place() {
    const int count = static_cast<int>(m_cards.size());
    int rowHeight = 0;
    for (const auto* card : m_cards)
        rowHeight = std::max(rowHeight, card->sizeHint().height());
    const int columns = columnsFor(width(), count, m_minWidth, m_gap);
    for (int i = 0; i < count; ++i) {
        const int row = i / columns;
        const int column = layoutDirection() == Qt::RightToLeft ? columns - 1 - i % columns : i % columns;
        // Whole pixels, the same gap everywhere: edges are computed, widths follow.
        const int left = column * (width() + m_gap) / columns;
        const int right = (column + 1) * (width() + m_gap) / columns - m_gap;
        m_cards[i]->setGeometry(left, row * (rowHeight + m_gap), right - left, rowHeight);
    }
    const int rows = (count + columns - 1) / columns;
    const int wanted = rows == 0 ? 0 : rows * rowHeight + (rows - 1) * m_gap;
    if (wanted != minimumHeight() || wanted != maximumHeight())
        setFixedHeight(wanted);
}

bool CardRows::event(QEvent* event) {
    // A card that says more than before may have become higher.
    if (event->type() == QEvent::LayoutRequest || event->type() == QEvent::LayoutDirectionChange)
        place();
    return QWidget::event(event);
}

void CardRows::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    place();
}

} // namespace ui::overview
