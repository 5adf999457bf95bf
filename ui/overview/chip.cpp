#include "ui/overview/chip.h"

#include "ui/theme/icons.h"
#include "ui/theme/style.h"
#include "ui/widgets/accessible.h"

#include <QPainter>

namespace ui::overview {

namespace {
constexpr int kMark = 14; ///< on is told by a mark, not by the colour alone
}

Chip::Chip(QAction* action, QWidget* parent) : QAbstractButton(parent) {
    widgets::setAccessibleRole(this, QAccessible::CheckBox);
    setCheckable(true);
    setText(action->text());
    setAccessibleName(action->text());
    setChecked(action->isChecked());
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
    setToolTip(action->toolTip());
    connect(this, &QAbstractButton::clicked, action, &QAction::trigger);
    connect(action, &QAction::changed, this, [this, action] {
        setChecked(action->isChecked());
        update();
    });
    connect(this, &QAbstractButton::toggled, this, [this] { updateGeometry(); });
}

QSize Chip::sizeHint() const {
    const QFontMetrics metrics(theme::of(this).font(theme::Face::SmallMedium));
    return {metrics.horizontalAdvance(text()) + 16 + (isChecked() ? kMark : 0), std::max(22, metrics.height() + 6) + 2 * theme::kFocusRing};
}

void Chip::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    const QRect pill = rect().adjusted(0, theme::kFocusRing, 0, -theme::kFocusRing);
    QColor fill = isChecked() ? t.accentBg : t.sunken;
    if (underMouse())
        fill = theme::mix(t.ink, fill, 0.05);
    theme::drawBox(&painter, pill, fill, isChecked() ? t.accent : t.highContrast ? t.line2 : QColor(), pill.height() / 2.0);
    painter.setFont(t.font(theme::Face::SmallMedium));
    painter.setPen(isChecked() ? t.accent : t.ink2);
    QRect words = pill;
    if (isChecked()) {
        const bool mirrored = layoutDirection() == Qt::RightToLeft;
        QRect mark(mirrored ? pill.right() - kMark - 4 : pill.left() + 7, pill.center().y() - 5, 11, 11);
        theme::drawIcon(&painter, mark, QStringLiteral("check"), t.accent);
        words.adjust(mirrored ? 0 : kMark, 0, mirrored ? -kMark : 0, 0);
    }
    painter.drawText(words, Qt::AlignCenter | Qt::TextSingleLine, text());
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(t.accent, theme::kFocusRing));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(pill).adjusted(1, -1, -1, 1), pill.height() / 2.0, pill.height() / 2.0);
    }
}

} // namespace ui::overview
