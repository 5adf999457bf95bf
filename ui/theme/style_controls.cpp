// Buttons, fields, checks, sliders, progress.
#include "ui/theme/icons.h"
#include "ui/theme/style.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QLineEdit>
#include <QPainter>
#include <QStyleOption>

namespace ui::theme {

namespace {

bool enabled(const QStyleOption* option) { return option->state & QStyle::State_Enabled; }
bool hovered(const QStyleOption* option) { return enabled(option) && option->state & QStyle::State_MouseOver; }
bool pressed(const QStyleOption* option) { return enabled(option) && option->state & (QStyle::State_Sunken | QStyle::State_On); }
bool focused(const QStyleOption* option) { return option->state & QStyle::State_HasFocus; }
bool keyboardFocus(const QStyleOption* option) { return focused(option) && option->state & QStyle::State_KeyboardFocusChange; }

struct ButtonLook {
    QColor fill, border, text;
};

ButtonLook lookOf(const QStyleOption* option, const QWidget* widget, const Theme& t) {
    ButtonLook look;
    switch (buttonKind(widget)) {
    case ButtonKind::Normal:
        look = {t.raised, t.line2, t.ink};
        break;
    case ButtonKind::Quiet:
        look = {QColor(), QColor(), t.ink2};
        if (hovered(option) || pressed(option))
            look = {t.sunken, QColor(), t.ink};
        break;
    case ButtonKind::Primary:
        look = {t.accent, t.accent, t.onAccent};
        break;
    case ButtonKind::Danger:
        look = {t.raised, t.line2, t.ink};
        if (hovered(option) || keyboardFocus(option))
            look = {t.badBg, t.bad, t.bad};
        break;
    }
    if (buttonKind(widget) != ButtonKind::Quiet && look.fill.isValid()) {
        if (pressed(option))
            look.fill = mix(t.ink, look.fill, 0.12);
        else if (hovered(option))
            look.fill = mix(t.ink, look.fill, 0.06);
    }
    if (!enabled(option)) {
        if (buttonKind(widget) == ButtonKind::Primary)
            look = {mix(t.accent, t.panel, 0.5), QColor(), mix(t.onAccent, t.accent, 0.85)};
        else
            look = {look.fill, look.border.isValid() ? t.line : QColor(), mix(t.ink, t.panel, 0.42)};
    }
    return look;
}

} // namespace

void Style::drawButton(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const ButtonLook look = lookOf(option, widget, m_theme);
    if (look.fill.isValid())
        drawBox(painter, option->rect, look.fill, look.border, kControlRadius);
    if (focused(option))
        drawFocusRing(painter, option->rect, m_theme);
    // A primary button is the accent itself: its ring needs a gap to be seen.
    if (focused(option) && buttonKind(widget) == ButtonKind::Primary)
        drawBox(painter, QRectF(option->rect).adjusted(2, 2, -2, -2), QColor(), m_theme.onAccent, kControlRadius - 2);
}

void Style::drawButtonLabel(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option);
    if (!button)
        return;
    const ButtonLook look = lookOf(option, widget, m_theme);
    painter->save();
    if (widget && widget->property("samsaKeyCap").toBool()) {
        // A key that can be clicked: painted as the cap it names.
        painter->setFont(m_theme.font(Face::MonoSmall));
        const QRect cap = QRect(option->rect.left(), option->rect.center().y() - 9, option->rect.width(), 18);
        drawBox(painter, cap, QColor(), m_theme.line2, 4);
        painter->setPen(hovered(option) ? m_theme.ink : m_theme.ink3);
        painter->drawText(cap, Qt::AlignCenter, button->text);
        painter->restore();
        return;
    }
    painter->setFont(m_theme.font(widget && widget->property("samsaLeft").toBool() ? Face::Text : Face::Medium));
    const bool menu = button->features & QStyleOptionButton::HasMenu;
    const int iconWidth = button->icon.isNull() ? 0 : 16 + (button->text.isEmpty() ? 0 : 6);
    const int textWidth = painter->fontMetrics().size(Qt::TextShowMnemonic, button->text).width();
    QRect box = option->rect.adjusted(6, 0, menu ? -18 : -6, 0);
    int x = box.left() + std::max(0, (box.width() - iconWidth - textWidth) / 2);
    if (widget && widget->property("samsaLeft").toBool())
        x = box.left() + 2;
    if (iconWidth) {
        const QIcon::Mode mode = enabled(option) ? QIcon::Normal : QIcon::Disabled;
        button->icon.paint(painter, visualRect(option->direction, option->rect, QRect(x, box.center().y() - 7, 16, 16)), Qt::AlignCenter, mode);
        x += iconWidth;
    }
    painter->setPen(look.text);
    const QRect text = visualRect(option->direction, option->rect, QRect(x, box.top(), box.right() - x + 1, box.height()));
    painter->drawText(text, Qt::AlignVCenter | Qt::AlignLeading | Qt::TextHideMnemonic | Qt::TextSingleLine, button->text);
    if (menu)
        drawIcon(painter, visualRect(option->direction, option->rect, QRect(option->rect.right() - 20, box.center().y() - 5, 12, 12)),
                 QStringLiteral("chevron-down"), look.text);
    painter->restore();
}

void Style::drawField(const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
    const Theme& t = m_theme;
    const bool bad = widget && widget->property("samsaInvalid").toBool();
    const bool good = widget && widget->property("samsaValid").toBool();
    QColor border = bad ? t.bad : (good ? t.good : t.line2);
    if (!enabled(option))
        border = t.line;
    drawBox(painter, option->rect, enabled(option) ? t.raised : t.bg, border, kControlRadius + 1);
    if (focused(option)) {
        Theme ring = t;
        if (bad)
            ring.accent = t.bad;
        drawFocusRing(painter, option->rect, ring, kControlRadius + 1);
    }
}

void Style::drawCheck(PrimitiveElement element, const QStyleOption* option, QPainter* painter) const {
    const Theme& t = m_theme;
    QRect box(0, 0, 16, 16);
    box.moveCenter(option->rect.center());
    const bool on = option->state & State_On;
    const bool some = option->state & State_NoChange;
    const double radius = element == PE_IndicatorRadioButton ? 8 : 4;
    QColor fill = on || some ? t.accent : t.raised;
    QColor border = on || some ? t.accent : (hovered(option) ? t.ink2 : t.line2);
    if (!enabled(option)) {
        fill = on || some ? mix(t.accent, t.panel, 0.5) : t.bg;
        border = t.line;
    }
    drawBox(painter, box, fill, border, radius);
    if (element == PE_IndicatorRadioButton) {
        if (on)
            drawBox(painter, QRectF(box).adjusted(5, 5, -5, -5), t.onAccent, {}, 3);
    } else if (on) {
        drawIcon(painter, box.adjusted(1, 1, -1, -1), QStringLiteral("check"), t.onAccent);
    } else if (some) {
        drawIcon(painter, box.adjusted(1, 1, -1, -1), QStringLiteral("minus"), t.onAccent);
    }
    if (!focused(option))
        return;
    // On its own edge: around it there is no room where it stands at the edge of its place. A full one keeps a gap, so that the ring is one.
    drawFocusRing(painter, box, t, radius);
    if (on || some)
        drawBox(painter, QRectF(box).adjusted(2, 2, -2, -2), {}, t.onAccent, std::max(2.0, radius - 2));
}

void Style::drawComboBox(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
    drawField(option, painter, widget);
    QRect arrow = subControlRect(CC_ComboBox, option, SC_ComboBoxArrow, widget);
    QRect box(0, 0, 12, 12);
    box.moveCenter(arrow.center());
    drawIcon(painter, box, QStringLiteral("chevron-down"), enabled(option) ? m_theme.ink2 : m_theme.line2);
}

void Style::drawSpinBox(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
    drawField(option, painter, widget);
    const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
    if (!spin || spin->buttonSymbols == QAbstractSpinBox::NoButtons)
        return;
    for (const auto part : {SC_SpinBoxUp, SC_SpinBoxDown}) {
        QRect box(0, 0, 10, 10);
        box.moveCenter(subControlRect(CC_SpinBox, option, part, widget).center());
        drawIcon(painter, box, part == SC_SpinBoxUp ? QStringLiteral("chevron-up") : QStringLiteral("chevron-down"),
                 enabled(option) ? m_theme.ink2 : m_theme.line2);
    }
}

void Style::drawSlider(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const {
    const auto* slider = qstyleoption_cast<const QStyleOptionSlider*>(option);
    if (!slider)
        return;
    const Theme& t = m_theme;
    const QRect handle = QProxyStyle::subControlRect(CC_Slider, option, SC_SliderHandle, widget);
    const bool horizontal = slider->orientation == Qt::Horizontal;
    const QRect r = option->rect;
    const QRectF groove = horizontal ? QRectF(r.left(), r.center().y() - 1, r.width(), 4) : QRectF(r.center().x() - 1, r.top(), 4, r.height());
    drawBox(painter, groove, mix(t.line2, t.panel, 0.5), {}, 2);
    QRectF done = groove;
    if (horizontal)
        option->direction == Qt::RightToLeft ? done.setLeft(handle.center().x()) : done.setRight(handle.center().x());
    else
        done.setTop(handle.center().y());
    drawBox(painter, done, enabled(option) ? t.accent : t.line2, {}, 2);
    QRectF knob(0, 0, 14, 14);
    knob.moveCenter(handle.center());
    drawBox(painter, knob, t.raised, enabled(option) ? t.accent : t.line2, 7);
    if (focused(option))
        drawFocusRing(painter, knob.adjusted(-2, -2, 2, 2), t, 8);
}

void Style::drawProgress(const QStyleOption* option, QPainter* painter) const {
    const auto* bar = qstyleoption_cast<const QStyleOptionProgressBar*>(option);
    if (!bar)
        return;
    const Theme& t = m_theme;
    QRectF groove(bar->rect.left(), bar->rect.center().y() - 2, bar->rect.width(), 6);
    drawBox(painter, groove, mix(t.line2, t.panel, 0.3), {}, 3);
    const double range = static_cast<double>(bar->maximum) - bar->minimum;
    if (range <= 0) {
        // How long it takes is not known: a third of the bar, standing still; the words beside it say what is being done.
        QRectF part = groove;
        part.setWidth(groove.width() / 3);
        drawBox(painter, part, mix(t.accent, t.panel, 0.6), {}, 3);
        return;
    }
    QRectF done = groove;
    done.setWidth(std::max(6.0, groove.width() * (bar->progress - bar->minimum) / range));
    if (bar->direction == Qt::RightToLeft)
        done.moveRight(groove.right());
    if (bar->progress > bar->minimum)
        drawBox(painter, done, t.accent, {}, 3);
}

} // namespace ui::theme
