// Scroll bars, menus, headers, rows, tabs.
#include "ui/theme/icons.h"
#include "ui/theme/style.h"

#include <QAbstractItemView>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QStyleOption>

namespace ui::theme {

void Style::drawScrollBar(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
    const auto* bar = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (!bar || bar->maximum <= bar->minimum)
        return;
    const Theme& t = m_theme;
    QRectF thumb = subControlRect(CC_ScrollBar, option, SC_ScrollBarSlider, widget);
    const bool active = option->state & State_MouseOver || option->state & State_Sunken;
    thumb = bar->orientation == Qt::Horizontal ? thumb.adjusted(2, 3, -2, -2) : thumb.adjusted(3, 2, -2, -2);
    drawBox(painter, thumb, mix(t.line2, t.panel, active ? 0.9 : 0.55), {}, 2.5);
}

void Style::drawMenuItem(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
    if (!item)
        return;
    const Theme& t = m_theme;
    if (item->menuItemType == QStyleOptionMenuItem::Separator) {
        painter->fillRect(QRect(item->rect.left() + 6, item->rect.center().y(), item->rect.width() - 12, 1), t.line);
        return;
    }
    const bool enabled = item->state & State_Enabled;
    if (item->state & State_Selected)
        drawBox(painter, QRectF(item->rect).adjusted(2, 0, -2, 0), enabled ? t.select : t.sunken, {}, 5);
    painter->save();
    painter->setFont(item->font);
    const QRect mark = visualRect(item->direction, item->rect, QRect(item->rect.left() + 9, item->rect.center().y() - 7, 16, 16));
    if (item->checked)
        drawIcon(painter, mark.adjusted(1, 1, -1, -1), QStringLiteral("check"), t.accent);
    else if (!item->icon.isNull())
        item->icon.paint(painter, mark, Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled);
    const QRect text = item->rect.adjusted(32, 0, -10, 0);
    const QColor ink = enabled ? t.ink : mix(t.ink, t.raised, 0.45);
    painter->setPen(ink);
    const int flags = Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextHideMnemonic;
    painter->drawText(visualRect(item->direction, item->rect, text), flags | Qt::AlignLeading, item->text.section(u'\t', 0, 0));
    if (item->menuItemType == QStyleOptionMenuItem::SubMenu) {
        const QRect arrow = visualRect(item->direction, item->rect, QRect(item->rect.right() - 20, item->rect.center().y() - 5, 12, 12));
        drawIcon(painter, arrow, item->direction == Qt::RightToLeft ? QStringLiteral("chevron-left") : QStringLiteral("chevron-right"), t.ink3);
    } else if (item->text.contains(u'\t')) {
        painter->setPen(enabled ? t.ink3 : ink);
        painter->drawText(visualRect(item->direction, item->rect, text), flags | Qt::AlignTrailing, item->text.section(u'\t', 1));
    }
    painter->restore();
    Q_UNUSED(widget)
}

void Style::drawMenuBarItem(const QStyleOption* option, QPainter* painter) const {
    const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option);
    if (!item)
        return;
    const Theme& t = m_theme;
    painter->fillRect(item->rect, t.sunken);
    if (item->state & (State_Selected | State_Sunken))
        drawBox(painter, QRectF(item->rect).adjusted(1, 1, -1, -1), t.select, {}, 5);
    painter->save();
    painter->setFont(m_theme.font(Face::Small));
    painter->setPen(item->state & State_Enabled ? t.ink2 : t.ink3);
    painter->drawText(item->rect, Qt::AlignCenter | Qt::TextHideMnemonic | Qt::TextSingleLine, item->text);
    painter->restore();
}

void Style::drawHeader(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option);
    if (!header)
        return;
    painter->save();
    painter->setFont(m_theme.font(Face::SmallMedium));
    painter->setPen(header->state & State_MouseOver ? m_theme.ink2 : m_theme.ink3);
    QRect text = header->rect;
    // The label's rectangle is inside Fusion's margins; ours are the cells'.
    const auto* view = qobject_cast<const QHeaderView*>(widget);
    if (view && header->section >= 0)
        text = QRect(view->sectionViewportPosition(header->section), 0, view->sectionSize(header->section), view->height() - 1);
    text = text.adjusted(10, 0, -10, 0);
    const bool sorted = header->sortIndicator != QStyleOptionHeader::None;
    const auto alignment = visualAlignment(header->direction, Qt::Alignment(header->textAlignment)) & Qt::AlignHorizontal_Mask;
    const QString title = painter->fontMetrics().elidedText(header->text, Qt::ElideRight, text.width());
    painter->drawText(text, Qt::AlignVCenter | static_cast<int>(alignment) | Qt::TextSingleLine, title);
    if (sorted) {
        const int width = painter->fontMetrics().horizontalAdvance(title);
        QRect mark(alignment & Qt::AlignRight ? text.right() - width - 13 : text.left() + width + 3, text.center().y() - 4, 10, 10);
        drawIcon(painter, mark, header->sortIndicator == QStyleOptionHeader::SortUp ? QStringLiteral("chevron-down") : QStringLiteral("chevron-up"), m_theme.ink2);
    }
    painter->restore();
}

void Style::drawRow(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const auto* item = qstyleoption_cast<const QStyleOptionViewItem*>(option);
    if (!item)
        return;
    Q_UNUSED(widget)
    const Theme& t = m_theme;
    if (item->backgroundBrush.style() != Qt::NoBrush)
        painter->fillRect(item->rect, item->backgroundBrush);
    if (item->state & State_Selected)
        painter->fillRect(item->rect, t.select);
    else if (item->state & State_MouseOver && item->state & State_Enabled)
        painter->fillRect(item->rect, mix(t.ink, t.panel, 0.035));
}

void Style::drawTab(const QStyleOption* option, QPainter* painter) const {
    const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option);
    if (!tab)
        return;
    const Theme& t = m_theme;
    if (tab->state & State_Selected)
        painter->fillRect(QRect(tab->rect.left() + 6, tab->rect.bottom() - 1, tab->rect.width() - 12, 2), t.accent);
    else if (tab->state & State_MouseOver)
        painter->fillRect(QRect(tab->rect.left() + 6, tab->rect.bottom() - 1, tab->rect.width() - 12, 2), t.line2);
    if (tab->state & State_HasFocus)
        drawFocusRing(painter, tab->rect.adjusted(2, 2, -2, -3), t, 4);
}

} // namespace ui::theme
