#include "ui/widgets/pill.h"

#include "ui/theme/style.h"
#include "ui/widgets/accessible.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace ui::widgets {

namespace {
int pillHeight(const QFontMetrics& metrics) { return std::max(22, metrics.height() + 6); }
} // namespace

PillLabel::PillLabel(const QString& text, theme::Tone tone, QWidget* parent) : QWidget(parent), m_text(text), m_tone(tone) {
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    setAccessibleRole(this, QAccessible::StaticText);
    setAccessibleName(text);
}

void PillLabel::set(const QString& text, theme::Tone tone) {
    if (text == m_text && tone == m_tone)
        return;
    m_text = text;
    m_tone = tone;
    setAccessibleName(text);
    updateGeometry();
    update();
}

QSize PillLabel::sizeHint() const {
    const QFontMetrics metrics(theme::of(this).font(theme::Face::SmallMedium));
    return {metrics.horizontalAdvance(m_text) + 16, pillHeight(metrics)};
}

QSize PillLabel::minimumSizeHint() const { return sizeHint(); }

void PillLabel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    drawPill(&painter, rect(), m_text, m_tone, theme::of(this));
}

bool PillLabel::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && width() < sizeHint().width()) {
        QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), QStringLiteral("<span>%1</span>").arg(m_text.toHtmlEscaped()), this);
        return true;
    }
    return QWidget::event(event);
}

int drawPill(QPainter* painter, const QRect& box, const QString& text, theme::Tone tone, const theme::Theme& t) {
    painter->save();
    painter->setFont(t.font(theme::Face::SmallMedium));
    const QFontMetrics metrics = painter->fontMetrics();
    const int height = std::min(pillHeight(metrics), box.height());
    const int width = std::min(metrics.horizontalAdvance(text) + 16, box.width());
    QRect pill(box.left(), box.top() + (box.height() - height) / 2, width, height);
    if (painter->layoutDirection() == Qt::RightToLeft)
        pill.moveRight(box.right());
    theme::drawBox(painter, pill, t.toneBg(tone), t.highContrast ? t.toneInk(tone) : QColor(), height / 2.0);
    painter->setPen(t.toneInk(tone));
    painter->drawText(pill.adjusted(8, 0, -6, 0), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, metrics.elidedText(text, Qt::ElideRight, width - 14));
    painter->restore();
    return width;
}

Dot::Dot(theme::Tone tone, QWidget* parent, bool hollow) : QWidget(parent), m_tone(tone), m_hollow(hollow) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void Dot::set(theme::Tone tone, bool hollow) {
    m_tone = tone;
    m_hollow = hollow;
    update();
}

void Dot::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    drawDot(&painter, QRectF(rect()).center(), m_tone, m_hollow, theme::of(this));
}

void drawDot(QPainter* painter, const QPointF& centre, theme::Tone tone, bool hollow, const theme::Theme& t) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (hollow) {
        painter->setPen(QPen(t.ink3, 1.5));
        painter->setBrush(Qt::NoBrush);
        painter->drawEllipse(centre, 3.25, 3.25);
    } else {
        painter->setPen(Qt::NoPen);
        painter->setBrush(tone == theme::Tone::Neutral ? t.ink3 : t.toneInk(tone));
        painter->drawEllipse(centre, 4, 4);
    }
    painter->restore();
}

KeyCap::KeyCap(const QString& keys, QWidget* parent) : QWidget(parent), m_keys(keys) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(keys);
}

QSize KeyCap::sizeHint() const {
    const QFontMetrics metrics(theme::of(this).font(theme::Face::MonoSmall));
    return {metrics.horizontalAdvance(m_keys) + 10, metrics.height() + 3};
}

void KeyCap::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    drawKeyCap(&painter, rect(), m_keys, theme::of(this));
}

int drawKeyCap(QPainter* painter, const QRect& box, const QString& keys, const theme::Theme& t) {
    painter->save();
    painter->setFont(t.font(theme::Face::MonoSmall));
    const QFontMetrics metrics = painter->fontMetrics();
    const int width = metrics.horizontalAdvance(keys) + 10;
    const int height = std::min(box.height(), metrics.height() + 3);
    const QRect cap(box.left(), box.top() + (box.height() - height) / 2, width, height);
    theme::drawBox(painter, cap, QColor(), t.line2, 4);
    painter->setPen(t.ink3);
    painter->drawText(cap, Qt::AlignCenter, keys);
    painter->restore();
    return width;
}

} // namespace ui::widgets
