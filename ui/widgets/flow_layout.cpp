#include "ui/widgets/flow_layout.h"

#include <QStyle>
#include <QWidget>
#include <algorithm>

namespace ui::widgets {

FlowLayout::FlowLayout(int gap) : m_gap(gap) {}
FlowLayout::~FlowLayout() { qDeleteAll(m_items); }

QSize FlowLayout::sizeHint() const {
    QSize size(0, 0);
    for (const auto* item : m_items) {
        if (item->isEmpty())
            continue;
        const QSize wanted = item->sizeHint().expandedTo(item->minimumSize());
        size = {size.width() + wanted.width() + (size.width() > 0 ? m_gap : 0), std::max(size.height(), wanted.height())};
    }
    return size;
}

QSize FlowLayout::minimumSize() const {
    QSize size(0, 0);
    for (const auto* item : m_items)
        if (!item->isEmpty())
            size = size.expandedTo(item->minimumSize());
    return size;
}

void FlowLayout::setGeometry(const QRect& rect) {
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

int FlowLayout::arrange(const QRect& rect, bool apply) const {
    const auto direction = parentWidget() ? parentWidget()->layoutDirection() : Qt::LeftToRight;
    int x = rect.left(), y = rect.top();
    for (qsizetype i = 0; i < m_items.size();) {
        // One line: what fits, each in the middle of the highest.
        int height = 0;
        qsizetype end = i;
        int right = rect.left();
        while (end < m_items.size()) {
            const auto* item = m_items[end];
            const QSize wanted = item->sizeHint().expandedTo(item->minimumSize());
            if (!item->isEmpty()) {
                if (right > rect.left() && right + wanted.width() - 1 > rect.right())
                    break;
                height = std::max(height, wanted.height());
                right += wanted.width() + m_gap;
            }
            ++end;
        }
        x = rect.left();
        for (; i < end; ++i) {
            auto* item = m_items[i];
            if (item->isEmpty())
                continue;
            const QSize wanted = item->sizeHint().expandedTo(item->minimumSize());
            const int width = std::min(wanted.width(), rect.width());
            if (apply)
                item->setGeometry(QStyle::visualRect(direction, rect, QRect(x, y + (height - wanted.height()) / 2, width, wanted.height())));
            x += width + m_gap;
        }
        y += height + (height > 0 && i < m_items.size() ? m_gap : 0);
    }
    return y - rect.top();
}

} // namespace ui::widgets
