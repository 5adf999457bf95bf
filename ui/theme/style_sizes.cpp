// How large everything is and where its parts stand; what a control does.
#include "ui/theme/style.h"

#include <QStyleOption>
#include <QWidget>
#include <algorithm>

namespace ui::theme {

QRect Style::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const {
    switch (element) {
    case SE_LineEditContents:
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->lineWidth > 0)
            return option->rect.adjusted(8, 1, -8, -1);
        break;
    case SE_ProgressBarContents:
    case SE_ProgressBarGroove:
        return option->rect;
    case SE_PushButtonFocusRect:
    case SE_CheckBoxFocusRect:
    case SE_RadioButtonFocusRect:
        return option->rect;
    default:
        break;
    }
    return QProxyStyle::subElementRect(element, option, widget);
}

QRect Style::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part, const QWidget* widget) const {
    const QRect r = option->rect;
    if (control == CC_ComboBox) {
        if (part == SC_ComboBoxFrame || part == SC_ComboBoxListBoxPopup)
            return part == SC_ComboBoxFrame ? r : r.translated(0, 2);
        if (part == SC_ComboBoxArrow)
            return visualRect(option->direction, r, QRect(r.right() - 25, r.top(), 24, r.height()));
        if (part == SC_ComboBoxEditField)
            return visualRect(option->direction, r, r.adjusted(10, 1, -26, -1));
    }
    if (control == CC_SpinBox) {
        if (part == SC_SpinBoxFrame)
            return r;
        if (part == SC_SpinBoxUp)
            return visualRect(option->direction, r, QRect(r.right() - 21, r.top() + 1, 20, r.height() / 2 - 1));
        if (part == SC_SpinBoxDown)
            return visualRect(option->direction, r, QRect(r.right() - 21, r.top() + r.height() / 2, 20, r.height() / 2 - 1));
        if (part == SC_SpinBoxEditField)
            return visualRect(option->direction, r, r.adjusted(8, 1, -22, -1));
    }
    if (control == CC_ScrollBar) {
        const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
        if (!slider)
            return r;
        const bool horizontal = slider->orientation == Qt::Horizontal;
        const int length = horizontal ? r.width() : r.height();
        const qint64 range = static_cast<qint64>(slider->maximum) - slider->minimum;
        int thumb = length;
        if (range > 0)
            thumb = std::max(28, static_cast<int>(static_cast<qint64>(length) * slider->pageStep / (range + slider->pageStep)));
        thumb = std::min(thumb, length);
        const int at = sliderPositionFromValue(slider->minimum, slider->maximum, slider->sliderPosition, length - thumb, slider->upsideDown);
        switch (part) {
        case SC_ScrollBarGroove: return r;
        case SC_ScrollBarSlider: return horizontal ? QRect(r.left() + at, r.top(), thumb, r.height()) : QRect(r.left(), r.top() + at, r.width(), thumb);
        case SC_ScrollBarSubPage: return horizontal ? QRect(r.left(), r.top(), at, r.height()) : QRect(r.left(), r.top(), r.width(), at);
        case SC_ScrollBarAddPage:
            return horizontal ? QRect(r.left() + at + thumb, r.top(), length - at - thumb, r.height())
                              : QRect(r.left(), r.top() + at + thumb, r.width(), length - at - thumb);
        default: return {};
        }
    }
    return QProxyStyle::subControlRect(control, option, part, widget);
}

QSize Style::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size, const QWidget* widget) const {
    const double scale = m_theme.textScale;
    const auto tall = [scale](int px) { return static_cast<int>(px * std::max(1.0, scale)); };
    switch (type) {
    case CT_PushButton: {
        const bool small = isSmall(widget);
        const bool quiet = buttonKind(widget) == ButtonKind::Quiet;
        int width = 2 * (quiet ? 8 : (small ? 9 : 12));
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
            width += QFontMetrics(m_theme.font(Face::Medium)).size(Qt::TextShowMnemonic, button->text).width();
            if (!button->icon.isNull())
                width += 16 + (button->text.isEmpty() ? 0 : 6);
            if (button->features & QStyleOptionButton::HasMenu)
                width += 16;
        }
        return {width, tall(small ? 24 : kControlHeight)};
    }
    case CT_LineEdit:
        return {size.width() + 16, tall(kFieldHeight)};
    case CT_ComboBox:
        return {size.width() + 38, tall(kFieldHeight)};
    case CT_SpinBox:
        return {size.width() + 32, tall(kFieldHeight)};
    case CT_MenuItem:
        if (const auto* item = qstyleoption_cast<const QStyleOptionMenuItem*>(option)) {
            if (item->menuItemType == QStyleOptionMenuItem::Separator)
                return {size.width(), 9};
            const QString text = item->text;
            const QFontMetrics metrics(item->font);
            int width = 34 + metrics.size(Qt::TextShowMnemonic, text.section(u'\t', 0, 0)).width() + 28;
            if (text.contains(u'\t'))
                width += metrics.horizontalAdvance(text.section(u'\t', 1)) + 24;
            return {std::max(width, 180), std::max(tall(26), metrics.height() + 8)};
        }
        break;
    case CT_MenuBarItem:
        return {size.width() + 16, std::max(24, size.height() + 6)};
    case CT_HeaderSection:
        return {size.width() + 8, m_theme.rowHeight()};
    case CT_ItemViewItem:
        return {size.width(), std::max(size.height(), m_theme.rowHeight())};
    case CT_ProgressBar:
        return {std::max(size.width(), 80), 6};
    case CT_TabBarTab:
        return {size.width() + 12, tall(30)};
    default:
        break;
    }
    return QProxyStyle::sizeFromContents(type, option, size, widget);
}

int Style::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
    switch (metric) {
    case PM_ScrollBarExtent: return 10;
    case PM_ScrollBarSliderMin: return 28;
    case PM_SplitterWidth: return kCardGap;
    case PM_MenuPanelWidth: return 1;
    case PM_MenuVMargin: return 4;
    case PM_MenuHMargin: return 4;
    case PM_MenuBarPanelWidth: return 0;
    case PM_MenuBarItemSpacing: return 0;
    case PM_MenuBarHMargin: return 4;
    case PM_MenuBarVMargin: return 2;
    case PM_ToolTipLabelFrameWidth: return 6;
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight: return 16;
    case PM_CheckBoxLabelSpacing:
    case PM_RadioButtonLabelSpacing: return 8;
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing: return kGap;
    case PM_LayoutLeftMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutBottomMargin: return 0;
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical: return 0;
    case PM_HeaderMargin: return 10;
    case PM_HeaderMarkSize: return 12;
    case PM_FocusFrameHMargin: return inPopup(widget) ? 8 : 2; // the choices stand under the text of the field that they are for
    case PM_FocusFrameVMargin: return 2;
    case PM_DefaultFrameWidth: return widget && widget->inherits("QAbstractItemView") ? 0 : 1;
    case PM_SmallIconSize:
    case PM_ButtonIconSize: return 16;
    case PM_TextCursorWidth: return 1;
    default: return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int Style::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const {
    switch (hint) {
    case SH_ComboBox_Popup: return 0;
    case SH_ScrollBar_LeftClickAbsolutePosition: return 0;
    case SH_ScrollView_FrameOnlyAroundContents: return 0;
    case SH_EtchDisabledText:
    case SH_DitherDisabledText: return 0;
    case SH_ItemView_ShowDecorationSelected: return 1;
    case SH_ItemView_ActivateItemOnSingleClick: return 0;
    case SH_Table_GridLineColor: return static_cast<int>(mix(m_theme.line, m_theme.panel, 0.55).rgb());
    case SH_UnderlineShortcut: return 0;
    case SH_Widget_Animate:
    case SH_Widget_Animation_Duration: return m_theme.motionMs();
    case SH_ToolTip_WakeUpDelay: return 500;
    case SH_MenuBar_AltKeyNavigation: return 1;
    case SH_DialogButtonBox_ButtonsHaveIcons: return 0;
    case SH_ScrollBar_Transient: return 0;
    default: return QProxyStyle::styleHint(hint, option, widget, data);
    }
}

} // namespace ui::theme
