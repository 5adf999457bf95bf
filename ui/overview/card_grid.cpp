#include "ui/overview/card_grid.h"

#include <QWidget>
#include <algorithm>

namespace ui::overview {

CardGrid::CardGrid(int minCardWidth, int gap, QWidget* parent) : QLayout(parent), m_minWidth(minCardWidth), m_gap(gap) { setContentsMargins(0, 0, 0, 0); }

CardGrid::~CardGrid() { qDeleteAll(m_items); }

QLayoutItem* CardGrid::takeAt(int index) { return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr; }

int CardGrid::columnsFor(int width, int count) const {
    if (count <= 0)
        return 1;
    const int fit = std::clamp((width + m_gap) / (m_minWidth + m_gap), 1, count);
    const int rows = (count + fit - 1) / fit;
    return (count + rows - 1) / rows;
}

int CardGrid::rowHeight() const {
    int height = 0;
    for (const auto* item : m_items)
        height = std::max(height, item->sizeHint().height());
    return height;
}

int CardGrid::heightForWidth(int width) const {
    if (m_items.isEmpty())
        return 0;
    const int columns = columnsFor(width, count());
    const int rows = (count() + columns - 1) / columns;
    return rows * rowHeight() + (rows - 1) * m_gap;
}

QSize CardGrid::sizeHint() const { return {std::max(1, count()) * (m_minWidth + m_gap), rowHeight()}; }
QSize CardGrid::minimumSize() const { return {m_minWidth, rowHeight()}; }

void CardGrid::setGeometry(const QRect& rect) {
    QLayout::setGeometry(rect);
    if (m_items.isEmpty())
        return;
    const int columns = columnsFor(rect.width(), count());
    const int height = rowHeight();
    const bool mirrored = parentWidget() && parentWidget()->layoutDirection() == Qt::RightToLeft;
    for (int i = 0; i < m_items.size(); ++i) {
        const int row = i / columns;
        int column = i % columns;
        if (mirrored)
            column = columns - 1 - column;
        // Whole pixels, the same gap everywhere: edges are computed, widths follow.
        const int left = column * (rect.width() + m_gap) / columns;
        const int right = (column + 1) * (rect.width() + m_gap) / columns - m_gap;
        m_items[i]->setGeometry({rect.left() + left, rect.top() + row * (height + m_gap), right - left, height});
    }
}

} // namespace ui::overview
