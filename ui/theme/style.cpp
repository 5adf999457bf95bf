#include "ui/theme/style.h"

#include "ui/theme/fonts.h"
#include "ui/theme/icons.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QPlainTextEdit>
#include <QRadioButton>
#include <QScrollBar>
#include <QSlider>
#include <QStyleFactory>
#include <QStyleOption>
#include <QToolTip>
#include <cmath>

namespace ui::theme {

Style::Style(const Theme& theme) : QProxyStyle(QStringLiteral("Fusion")), m_theme(theme) {}

void drawBox(QPainter* painter, const QRectF& rect, const QColor& fill, const QColor& border, double radius) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(border.isValid() && border.alpha() > 0 ? QPen(border, 1) : QPen(Qt::NoPen));
    painter->setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    const double inset = border.isValid() && border.alpha() > 0 ? 0.5 : 0;
    painter->drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius);
    painter->restore();
}

void drawFocusRing(QPainter* painter, const QRectF& rect, const Theme& theme, double radius) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(theme.accent, kFocusRing));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius);
    painter->restore();
}

namespace {

/// The pixels of a rounded rectangle: those that it covers by a third or more.
QRegion roundedRegion(const QRect& rect, int radius) {
    QRegion region = rect;
    for (int y = 0; y < radius; ++y) {
        const double dy = radius - y - 0.5;
        const int cut = static_cast<int>(radius - std::sqrt(std::max(0.0, radius * radius - dy * dy)) + 0.35);
        if (cut <= 0)
            continue;
        for (const int line : {rect.top() + y, rect.bottom() - y}) {
            region -= QRect(rect.left(), line, cut, 1);
            region -= QRect(rect.right() - cut + 1, line, cut, 1);
        }
    }
    return region;
}

/// The list of a combo box.
bool inPopup(const QWidget* widget) { return widget && widget->parentWidget() && widget->parentWidget()->inherits("QComboBoxPrivateContainer"); }

} // namespace

void Style::polish(QWidget* widget) {
    if (qobject_cast<QAbstractButton*>(widget) || qobject_cast<QComboBox*>(widget) || qobject_cast<QLineEdit*>(widget) ||
        qobject_cast<QAbstractSpinBox*>(widget) || qobject_cast<QScrollBar*>(widget) || qobject_cast<QSlider*>(widget))
        widget->setAttribute(Qt::WA_Hover, true);
    // Rounded menus need what is behind their corners.
    if (qobject_cast<QMenu*>(widget) || widget->inherits("QTipLabel") || widget->inherits("QComboBoxPrivateContainer")) {
        widget->setAttribute(Qt::WA_TranslucentBackground, true);
        widget->installEventFilter(this); // its shape, below
    }
    // The frame paints the field, corners and all: a viewport that fills itself would cover them.
    if (auto* lines = qobject_cast<QPlainTextEdit*>(widget); lines && lines->frameWidth() > 0) {
        lines->viewport()->setAutoFillBackground(false);
        lines->document()->setDocumentMargin(9 - lines->frameWidth() + 1); // the text stands where a line's does
    }
    QProxyStyle::polish(widget);
}

bool Style::eventFilter(QObject* watched, QEvent* event) {
    // Without a compositor what is behind a translucent corner is black: the corners are cut from the window itself.
    if (event->type() == QEvent::Resize || event->type() == QEvent::Show)
        if (auto* popup = qobject_cast<QWidget*>(watched); popup && popup->isWindow())
            popup->setMask(roundedRegion(popup->rect(), kRadius - 2));
    return QProxyStyle::eventFilter(watched, event);
}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const Theme& t = m_theme;
    switch (element) {
    case PE_FrameFocusRect:
        if (inPopup(widget))
            return; // the tint says where one is, and there is nowhere else to be
        if (qobject_cast<const QCheckBox*>(widget) || qobject_cast<const QRadioButton*>(widget))
            return; // their box has it
        drawFocusRing(painter, option->rect, t, 4);
        return;
    case PE_PanelButtonCommand:
    case PE_PanelButtonTool:
    case PE_PanelButtonBevel:
        drawButton(option, painter, widget);
        return;
    case PE_FrameDefaultButton:
        return;
    case PE_PanelLineEdit:
    case PE_FrameLineEdit:
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->lineWidth == 0 && element == PE_PanelLineEdit) {
            return; // inside a spin box or an editable combo box: they paint the field
        }
        drawField(option, painter, widget);
        return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorRadioButton:
    case PE_IndicatorItemViewItemCheck:
        drawCheck(element, option, painter);
        return;
    case PE_PanelMenu:
    case PE_PanelTipLabel:
        if (widget && widget->isWindow()) // its mask cuts the corners; what is left of them is edge, not a hole
            painter->fillRect(option->rect, t.dark() ? t.line2 : t.line);
        drawBox(painter, option->rect, t.raised, t.dark() ? t.line2 : t.line, kRadius - 2);
        return;
    case PE_FrameMenu:
    case PE_FrameStatusBarItem:
    case PE_PanelStatusBar:
    case PE_PanelMenuBar:
    case PE_FrameTabBarBase:
        return;
    case PE_Frame:
    case PE_FrameGroupBox:
    case PE_FrameTabWidget:
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->lineWidth > 0 &&
            !qobject_cast<const QAbstractItemView*>(widget)) {
            if (qobject_cast<const QPlainTextEdit*>(widget)) {
                drawField(option, painter, widget);
                return;
            }
            drawBox(painter, option->rect, QColor(), option->state & State_HasFocus ? t.accent : t.line2, kControlRadius);
        }
        return;
    case PE_PanelItemViewRow:
    case PE_PanelScrollAreaCorner:
        return;
    case PE_PanelItemViewItem:
        drawRow(option, painter, widget);
        return;
    case PE_IndicatorArrowDown:
        drawIcon(painter, option->rect, QStringLiteral("chevron-down"), t.ink2);
        return;
    case PE_IndicatorArrowUp:
        drawIcon(painter, option->rect, QStringLiteral("chevron-up"), t.ink2);
        return;
    case PE_IndicatorArrowRight:
        drawIcon(painter, option->rect, QStringLiteral("chevron-right"), t.ink2);
        return;
    case PE_IndicatorArrowLeft:
        drawIcon(painter, option->rect, QStringLiteral("chevron-left"), t.ink2);
        return;
    case PE_IndicatorHeaderArrow:
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option); header && header->sortIndicator != QStyleOptionHeader::None)
            drawIcon(painter, option->rect, header->sortIndicator == QStyleOptionHeader::SortUp ? QStringLiteral("chevron-down") : QStringLiteral("chevron-up"), t.ink2);
        return;
    case PE_IndicatorBranch:
        if (option->state & State_Children) {
            QRect box(0, 0, 12, 12);
            box.moveCenter(option->rect.center());
            const bool open = option->state & State_Open;
            drawIcon(painter, box, open ? QStringLiteral("chevron-down")
                                        : (option->direction == Qt::RightToLeft ? QStringLiteral("chevron-left") : QStringLiteral("chevron-right")), t.ink3);
        }
        return;
    case PE_FrameWindow:
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void Style::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const Theme& t = m_theme;
    switch (element) {
    case CE_PushButtonBevel:
        drawButton(option, painter, widget);
        return;
    case CE_PushButtonLabel:
        drawButtonLabel(option, painter, widget);
        return;
    case CE_PushButton: {
        drawButton(option, painter, widget);
        drawButtonLabel(option, painter, widget);
        return;
    }
    case CE_ProgressBar:
    case CE_ProgressBarGroove:
    case CE_ProgressBarContents:
        if (element != CE_ProgressBarGroove)
            drawProgress(option, painter);
        return;
    case CE_ProgressBarLabel:
        return;
    case CE_Splitter:
        if (option->state & (State_MouseOver | State_Sunken)) {
            QRect line = option->rect;
            if (option->state & State_Horizontal)
                line = QRect(line.center().x(), line.top() + 8, 2, line.height() - 16);
            else
                line = QRect(line.left() + 8, line.center().y(), line.width() - 16, 2);
            drawBox(painter, line, t.accent, {}, 1);
        }
        return;
    case CE_MenuItem:
        drawMenuItem(option, painter, widget);
        return;
    case CE_MenuBarItem:
        drawMenuBarItem(option, painter);
        return;
    case CE_MenuBarEmptyArea:
        painter->fillRect(option->rect, t.sunken);
        return;
    case CE_MenuEmptyArea:
    case CE_MenuVMargin:
    case CE_MenuHMargin:
        return;
    case CE_HeaderSection:
    case CE_HeaderEmptyArea:
        painter->fillRect(option->rect, t.panel);
        painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), t.line);
        return;
    case CE_HeaderLabel:
        drawHeader(option, painter, widget);
        return;
    case CE_TabBarTabShape:
        drawTab(option, painter);
        return;
    case CE_ComboBoxLabel:
        if (const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option); combo && !combo->editable) {
            QRect text = subControlRect(CC_ComboBox, combo, SC_ComboBoxEditField, widget);
            painter->save();
            painter->setPen(combo->state & State_Enabled ? t.ink : combo->palette.color(QPalette::Disabled, QPalette::Text));
            painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeading | Qt::TextSingleLine,
                              combo->fontMetrics.elidedText(combo->currentText, Qt::ElideRight, text.width()));
            painter->restore();
            return;
        }
        break;
    case CE_ShapedFrame:
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
            frame && (frame->frameShape == QFrame::HLine || frame->frameShape == QFrame::VLine)) {
            painter->fillRect(frame->frameShape == QFrame::HLine ? QRect(frame->rect.left(), frame->rect.center().y(), frame->rect.width(), 1)
                                                                 : QRect(frame->rect.center().x(), frame->rect.top(), 1, frame->rect.height()),
                              t.line);
            return;
        }
        break;
    case CE_CheckBoxLabel:
    case CE_RadioButtonLabel:
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
            painter->save();
            painter->setPen(button->state & State_Enabled ? t.ink : button->palette.color(QPalette::Disabled, QPalette::WindowText));
            painter->drawText(button->rect, Qt::AlignVCenter | Qt::AlignLeading | Qt::TextShowMnemonic | Qt::TextSingleLine, button->text);
            painter->restore();
            return;
        }
        break;
    case CE_FocusFrame:
        return;
    default:
        break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
    switch (control) {
    case CC_ScrollBar:
        drawScrollBar(option, painter, widget);
        return;
    case CC_ComboBox:
        drawComboBox(option, painter, widget);
        return;
    case CC_SpinBox:
        drawSpinBox(option, painter, widget);
        return;
    case CC_Slider:
        drawSlider(option, painter, widget);
        return;
    default:
        QProxyStyle::drawComplexControl(control, option, painter, widget);
    }
}

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

QIcon Style::standardIcon(StandardPixmap which, const QStyleOption* option, const QWidget* widget) const {
    switch (which) {
    case SP_LineEditClearButton: return icon(QStringLiteral("close"));
    case SP_MessageBoxWarning: return icon(QStringLiteral("warning"));
    case SP_MessageBoxInformation: return icon(QStringLiteral("info"));
    case SP_MessageBoxCritical: return icon(QStringLiteral("failed"));
    default: return QProxyStyle::standardIcon(which, option, widget);
    }
}

void apply(const Theme& theme) {
    for (QStyle* style = QApplication::style(); style;) {
        if (auto* ours = qobject_cast<Style*>(style)) {
            ours->setTheme(theme);
            break;
        }
        auto* proxy = qobject_cast<QProxyStyle*>(style);
        style = proxy ? proxy->baseStyle() : nullptr;
    }
    const bool otherFont = QApplication::font() != theme.font(Face::Text);
    QApplication::setPalette(theme.palette());
    QPalette tip = theme.palette();
    QToolTip::setPalette(tip);
    if (otherFont) {
        QApplication::setFont(theme.font(Face::Text));
        QToolTip::setFont(theme.font(Face::Small));
    }
    for (QWidget* widget : QApplication::allWidgets())
        widget->update();
}

void install(const Theme& theme) {
    loadFonts();
    QApplication::setStyle(new Style(theme));
    apply(theme);
    QToolTip::setFont(theme.font(Face::Small));
}

} // namespace ui::theme
