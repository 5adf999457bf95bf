#include "ui/access/verdict_strip.h"

#include "ui/theme/style.h"
#include "ui/widgets/accessible.h"
#include "ui/widgets/pill.h"

#include <QCoreApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QStyle>

namespace ui::access {

using models::access::Decision;
using models::access::Verdict;

namespace {
constexpr int kPad = 10;
constexpr int kDotRoom = 16;
constexpr int kWidest = 170;
} // namespace

QString wordFor(Verdict verdict) {
    switch (verdict) {
    case Verdict::Allowed: return VerdictStrip::tr("allowed");
    case Verdict::Denied: return VerdictStrip::tr("denied");
    case Verdict::NoRule: return VerdictStrip::tr("no rule");
    }
    return {};
}

VerdictStrip::VerdictStrip(QWidget* parent) : QWidget(parent) {
    setFocusPolicy(Qt::StrongFocus);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    widgets::setAccessibleRole(this, QAccessible::PageTabList);
    setAccessibleName(tr("Operations"));
}

void VerdictStrip::show(const QList<Decision>& decisions) {
    if (decisions == m_decisions)
        return;
    const auto* before = current();
    const auto operation = before ? before->operation : models::client::AclOperation::Unknown;
    const bool heightChanges = decisions.size() != m_decisions.size();
    m_decisions = decisions;
    m_current = 0;
    for (int i = 0; i < m_decisions.size(); ++i)
        if (m_decisions[i].operation == operation)
            m_current = i;
    if (heightChanges)
        updateGeometry();
    tell();
    update();
}

const Decision* VerdictStrip::current() const { return m_current < m_decisions.size() ? &m_decisions[m_current] : nullptr; }

void VerdictStrip::setCurrent(models::client::AclOperation operation) {
    for (int i = 0; i < m_decisions.size(); ++i)
        if (m_decisions[i].operation == operation)
            choose(i);
}

void VerdictStrip::choose(int index) {
    if (index < 0 || index >= m_decisions.size() || index == m_current)
        return;
    m_current = index;
    tell();
    update();
    emit chosen(m_decisions[index].operation);
}

void VerdictStrip::tell() {
    if (const auto* decision = current())
        setAccessibleDescription(tr("%1: %2", "operation, answer").arg(models::access::nameOf(decision->operation), wordFor(decision->verdict)));
}

int VerdictStrip::cellWidth() const {
    const theme::Theme& t = theme::of(this);
    const QFontMetrics head(t.font(theme::Face::SmallMedium)), word(t.font(theme::Face::Text));
    int widest = 0;
    for (const auto verdict : {Verdict::Allowed, Verdict::Denied, Verdict::NoRule})
        widest = std::max(widest, word.horizontalAdvance(wordFor(verdict)) + kDotRoom);
    for (const auto& decision : m_decisions)
        widest = std::max(widest, head.horizontalAdvance(models::access::nameOf(decision.operation)));
    return widest + 2 * kPad;
}

int VerdictStrip::cellHeight() const {
    const theme::Theme& t = theme::of(this);
    return QFontMetrics(t.font(theme::Face::SmallMedium)).height() + QFontMetrics(t.font(theme::Face::Text)).height() + 18;
}

int VerdictStrip::columns(int width) const {
    const int fit = std::max(1, width / std::max(1, cellWidth()));
    const auto all = std::max(1, static_cast<int>(m_decisions.size()));
    if (fit >= all)
        return all;
    // Lines of about the same length: 8 in a place for 6 are 4 and 4.
    const int lines = (all + fit - 1) / fit;
    return (all + lines - 1) / lines;
}

int VerdictStrip::heightForWidth(int width) const {
    const int across = columns(width);
    const int lines = (std::max(1, static_cast<int>(m_decisions.size())) + across - 1) / across;
    return lines * cellHeight() + (lines - 1) * 4;
}

QSize VerdictStrip::sizeHint() const { return {cellWidth() * std::max(1, static_cast<int>(m_decisions.size())), heightForWidth(width() > 0 ? width() : 700)}; }
QSize VerdictStrip::minimumSizeHint() const { return {cellWidth(), heightForWidth(width() > 0 ? width() : 700)}; }

QList<QRect> VerdictStrip::cells() const {
    const int across = columns(width());
    const int each = std::min(kWidest, width() / std::max(1, across));
    QList<QRect> all;
    for (int i = 0; i < m_decisions.size(); ++i)
        all.append(QStyle::visualRect(layoutDirection(), rect(), QRect((i % across) * each, (i / across) * (cellHeight() + 4), each, cellHeight())));
    return all;
}

void VerdictStrip::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    painter.setLayoutDirection(layoutDirection());
    const auto rects = cells();
    const QFont head = t.font(theme::Face::SmallMedium), word = t.font(theme::Face::Text);
    const bool rtl = layoutDirection() == Qt::RightToLeft;
    const int align = static_cast<int>(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft)) | Qt::AlignVCenter;
    for (int i = 0; i < rects.size(); ++i) {
        const auto& decision = m_decisions[i];
        if (i == m_current)
            theme::drawBox(&painter, rects[i], t.select, {}, theme::kControlRadius);
        const QRect inside = rects[i].adjusted(kPad, 7, -kPad, -7);
        const int headHeight = QFontMetrics(head).height();
        painter.setFont(head);
        painter.setPen(t.ink2);
        painter.drawText(QRect(inside.left(), inside.top(), inside.width(), headHeight), align, models::access::nameOf(decision.operation));
        QRect line(inside.left(), inside.top() + headHeight + 3, inside.width(), QFontMetrics(word).height() + 1);
        const auto tone = decision.verdict == Verdict::Allowed ? theme::Tone::Good : decision.verdict == Verdict::Denied ? theme::Tone::Bad : theme::Tone::Neutral;
        widgets::drawDot(&painter, QPointF(rtl ? line.right() - 4 : line.left() + 4, line.center().y() + 1), tone, decision.verdict == Verdict::NoRule, t);
        rtl ? line.setRight(line.right() - kDotRoom) : line.setLeft(line.left() + kDotRoom);
        painter.setFont(word);
        painter.setPen(decision.verdict == Verdict::NoRule ? t.ink2 : t.toneInk(tone));
        painter.drawText(line, align, wordFor(decision.verdict));
        if (i == m_current && hasFocus())
            theme::drawFocusRing(&painter, rects[i], t);
    }
}

void VerdictStrip::keyPressEvent(QKeyEvent* event) {
    const int step = layoutDirection() == Qt::RightToLeft ? -1 : 1;
    const auto last = static_cast<int>(m_decisions.size()) - 1;
    switch (event->key()) {
    case Qt::Key_Right: choose(m_current + step); break;
    case Qt::Key_Left: choose(m_current - step); break;
    case Qt::Key_Home: choose(0); break;
    case Qt::Key_End: choose(last); break;
    default: QWidget::keyPressEvent(event);
    }
}

void VerdictStrip::mousePressEvent(QMouseEvent* event) {
    const auto rects = cells();
    for (int i = 0; i < rects.size(); ++i)
        if (rects[i].contains(event->pos()))
            choose(i);
}

void VerdictStrip::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (event->oldSize().width() != width() && heightForWidth(width()) != height())
        updateGeometry();
}

bool VerdictStrip::event(QEvent* event) {
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange)
        updateGeometry();
    return QWidget::event(event);
}

void VerdictStrip::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void VerdictStrip::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

} // namespace ui::access
