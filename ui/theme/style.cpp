#include "ui/theme/style.h"

#include "ui/theme/fonts.h"
#include "ui/theme/icons.h"
#include "ui/theme/turned_text.h"

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

} // namespace

bool Style::inPopup(const QWidget* widget) { return widget && widget->parentWidget() && widget->parentWidget()->inherits("QComboBoxPrivateContainer"); }

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
    if (auto* field = qobject_cast<QLineEdit*>(widget))
        watchTurnedText(field);
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
