#include "ui/widgets/notice_bar.h"

#include "ui/theme/style.h"
#include "ui/widgets/accessible.h"
#include "ui/widgets/button.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QStyle>
#include <QTimer>

namespace ui::widgets {

namespace {
constexpr int kStatusEnd = 110; ///< what stands at the end of the status line: the time zone
}

NoticeBar::NoticeBar(QWidget* over) : QWidget(over) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(28, 6, 6, 6);
    layout->setSpacing(theme::kGap);
    m_text = new PlainLabel({}, this);
    m_do = localAction(this, QString(), [this] {
        hide();
        if (m_action)
            m_action();
    });
    m_doButton = (new Button(m_do, theme::ButtonKind::Normal, this))->small();
    auto* close = (new Button(localAction(this, tr("Close"), [this] { hide(); }), theme::ButtonKind::Quiet, this))->small();
    layout->addWidget(m_text, 1);
    layout->addWidget(m_doButton);
    layout->addWidget(close);
    m_timer = new QTimer(this);
    m_timer->setSingleShot(true);
    m_timer->setInterval(6000);
    connect(m_timer, &QTimer::timeout, this, [this] {
        if (underMouse())
            m_timer->start();
        else
            hide();
    });
    setAccessibleRole(this, QAccessible::AlertMessage);
    over->installEventFilter(this);
    hide();
}

void NoticeBar::tell(const QString& text, theme::Tone tone, const QString& actionText, std::function<void()> action) {
    m_tone = tone;
    m_text->setText(text);
    m_action = std::move(action);
    m_do->setText(actionText.isEmpty() ? tr("Show") : actionText);
    m_doButton->setVisible(m_action != nullptr);
    setAccessibleName(text);
    layout()->activate();
    show();
    place();
    raise();
    update(); // one that stands already says something else now, by its dot, too
    if (tone == theme::Tone::Bad || m_action) // an Undo must not slip away
        m_timer->stop();
    else
        m_timer->start();
    QAccessibleEvent told(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&told);
}

void NoticeBar::place() {
    const int width = std::min(std::max(300, sizeHint().width()), parentWidget()->width() - 32);
    const int height = sizeHint().height();
    // In the strip of the status line and the page's margin: what is said must not stand on what can be done.
    // At its end, where the status line has least to say.
    const int end = std::min(kStatusEnd, parentWidget()->width() - width - 16);
    const QRect at(parentWidget()->width() - width - end, parentWidget()->height() - height - 3, width, height);
    setGeometry(QStyle::visualRect(layoutDirection(), parentWidget()->rect(), at));
    emit placed(geometry());
}

void NoticeBar::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    emit placed({});
}

bool NoticeBar::eventFilter(QObject* watched, QEvent* event) {
    if (watched == parent() && event->type() == QEvent::Resize && isVisible())
        place();
    return QWidget::eventFilter(watched, event);
}

void NoticeBar::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    theme::drawBox(&painter, rect(), t.raised, m_tone == theme::Tone::Bad ? t.bad : t.line2, theme::kRadius);
    drawDot(&painter, QPointF(layoutDirection() == Qt::RightToLeft ? width() - 16 : 16, height() / 2.0), m_tone, false, t);
}

} // namespace ui::widgets
