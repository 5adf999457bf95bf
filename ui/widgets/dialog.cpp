#include "ui/widgets/dialog.h"

#include "ui/theme/style.h"
#include "ui/widgets/accessible.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"

#include <QAbstractButton>
#include <QApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

namespace ui::widgets {

class Dialog::Panel : public QWidget {
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent*) override {
        const theme::Theme& t = theme::of(this);
        QPainter painter(this);
        theme::drawBox(&painter, rect(), t.panel, t.line, 12);
    }
};

/// The middle of the panel: as high as its content wants while there is room, scrolled when there is not.
class Dialog::Body : public QScrollArea {
public:
    explicit Body(QWidget* parent) : QScrollArea(parent) {
        setFrameShape(QFrame::NoFrame);
        setWidgetResizable(true);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setFocusPolicy(Qt::NoFocus);
        auto* inside = new QWidget(this);
        layout = new QVBoxLayout(inside);
        setWidget(inside);
        viewport()->setAutoFillBackground(false);
        inside->setAutoFillBackground(false);
    }
    QSize sizeHint() const override { return layout->sizeHint(); }
    QSize minimumSizeHint() const override { return {std::min(layout->minimumSize().width(), 320), 48}; }
    bool hasHeightForWidth() const override { return layout->hasHeightForWidth(); }
    int heightForWidth(int width) const override { return layout->hasHeightForWidth() ? layout->heightForWidth(width) : layout->sizeHint().height(); }
    QVBoxLayout* layout;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        // What the content wants decides how high the panel is.
        if (watched == widget() && event->type() == QEvent::LayoutRequest)
            updateGeometry();
        return QScrollArea::eventFilter(watched, event);
    }
};

Dialog::Dialog(const QString& title, const QString& text, QWidget* near) : QWidget(near->window()) {
    m_focusBefore = QApplication::focusWidget(); // now: a field of the dialog may take the focus before it is open
    setFocusPolicy(Qt::TabFocus); // a click beside its fields leaves the keyboard where it is
    setAccessibleRole(this, QAccessible::Dialog);
    m_panel = new Panel(this);
    auto* layout = new QVBoxLayout(m_panel);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* head = new QVBoxLayout;
    head->setContentsMargins(22, 18, 22, 12);
    head->setSpacing(2);
    m_title = new PlainLabel({}, m_panel, theme::Face::Title);
    m_text = new PlainLabel({}, m_panel, theme::Face::Text, theme::Ink::Secondary);
    m_text->setWordWrap(true);
    head->addWidget(m_title);
    head->addWidget(m_text);
    layout->addLayout(head);
    m_line = hairline(m_panel);
    layout->addWidget(m_line);
    m_area = new Body(m_panel);
    m_body = m_area->layout;
    m_body->setSpacing(10);
    setBodyMargins(true);
    layout->addWidget(m_area, 1);
    layout->addWidget(hairline(m_panel));
    m_foot = new QWidget(m_panel);
    m_choices = new QHBoxLayout(m_foot);
    m_choices->setContentsMargins(22, 12, 22, 12);
    m_choices->setSpacing(theme::kGap);
    m_footText = new PlainLabel({}, m_foot, theme::Face::Small, theme::Ink::Secondary);
    m_footText->setWordWrap(true);
    m_choices->addWidget(m_footText, 1);
    layout->addWidget(m_foot);
    setTitle(title);
    setText(text);
    parentWidget()->installEventFilter(this);
    hide();
}

void Dialog::setTitle(const QString& title) {
    m_title->setText(title);
    setAccessibleName(title);
}

void Dialog::setText(const QString& text) {
    m_text->setText(text);
    m_text->setVisible(!text.isEmpty());
}

void Dialog::setBodyMargins(bool on) {
    if (on)
        m_body->setContentsMargins(22, 16, 22, 16);
    else
        m_body->setContentsMargins(0, 0, 0, 0);
}

void Dialog::setFootText(const QString& text) { m_footText->setText(text); }

QAction* Dialog::addChoice(const QString& text, theme::ButtonKind kind, std::function<void()> chosen) {
    QAction* action = localAction(this, text, std::move(chosen));
    auto* button = new Button(action, kind, m_foot);
    m_choices->addWidget(button);
    if (kind == theme::ButtonKind::Primary || kind == theme::ButtonKind::Danger)
        m_primary = action, m_primaryButton = button;
    return action;
}

void Dialog::setPanelSize(const QSize& size) {
    m_wanted = size;
    place();
}

void Dialog::open() {
    if (auto* focus = QApplication::focusWidget(); focus && !isAncestorOf(focus))
        m_focusBefore = focus;
    if (m_body->count() == 0) { // a question is all there is: no empty strip between two lines
        m_area->hide();
        m_line->hide();
    }
    show();
    raise();
    place();
    // The first field; where nothing is to be filled in, the button that is meant.
    QWidget *field = nullptr, *any = nullptr;
    for (QWidget* w = m_panel->nextInFocusChain(); w && w != m_panel && !field; w = w->nextInFocusChain()) {
        if (!m_panel->isAncestorOf(w) || !w->isVisible() || !w->isEnabled() || !(w->focusPolicy() & Qt::TabFocus))
            continue;
        any = any ? any : w;
        field = qobject_cast<QAbstractButton*>(w) ? nullptr : w;
    }
    QWidget* first = field ? field : m_primaryButton && m_primaryButton->isEnabled() ? m_primaryButton.data() : any;
    if (first)
        first->setFocus(Qt::TabFocusReason);
    if (!isAncestorOf(QApplication::focusWidget()))
        setFocus(Qt::OtherFocusReason);
}

void Dialog::dismiss() {
    if (isHidden() && !isVisible() && property("dismissed").toBool())
        return;
    setProperty("dismissed", true);
    hide();
    if (m_focusBefore)
        m_focusBefore->setFocus(Qt::OtherFocusReason);
    emit closed();
    deleteLater();
}

void Dialog::place() {
    setGeometry(parentWidget()->rect());
    QSize size = m_wanted.isValid() ? m_wanted : m_panel->sizeHint().expandedTo({560, 160});
    if (!m_wanted.isValid() && m_panel->layout()->hasHeightForWidth())
        size.setHeight(std::max(size.height(), m_panel->layout()->heightForWidth(size.width())));
    size = size.boundedTo(this->size() - QSize(32, 32));
    const int top = std::max(16, std::min((height() - size.height()) / 2, 64));
    const QRect before = m_panel->geometry();
    m_panel->setGeometry((width() - size.width()) / 2, top, size.width(), size.height());
    if (m_panel->geometry() != before)
        update(); // the shadow is this widget's
}

void Dialog::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    painter.fillRect(rect(), t.shade);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    // A soft shadow in steps: a blur of the whole window costs more than the dialog is worth.
    // It fades away: steps of equal weight would end with an edge.
    constexpr int kSteps = 16;
    for (int i = kSteps; i > 0; --i) {
        QColor shadow = t.shade;
        shadow.setAlpha(1 + (kSteps - i) / 2);
        painter.setBrush(shadow);
        painter.drawRoundedRect(QRectF(m_panel->geometry()).adjusted(-2 * i, -i, 2 * i, 3 * i), 12 + 2 * i, 12 + 2 * i);
    }
}

bool Dialog::event(QEvent* event) {
    // Keys of the window behind must not act while a dialog is open.
    if (event->type() == QEvent::ShortcutOverride) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::LayoutRequest)
        place();
    return QWidget::event(event);
}

bool Dialog::eventFilter(QObject* watched, QEvent* event) {
    if (watched == parent() && event->type() == QEvent::Resize)
        place();
    return QWidget::eventFilter(watched, event);
}

void Dialog::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (event->key() == Qt::Key_Escape) {
        dismiss();
    } else if (enter && m_primary && m_primary->isEnabled()) {
        m_primary->trigger();
    } else if (event->key() == Qt::Key_PageDown || event->key() == Qt::Key_PageUp) {
        m_area->verticalScrollBar()->triggerAction(event->key() == Qt::Key_PageDown ? QAbstractSlider::SliderPageStepAdd : QAbstractSlider::SliderPageStepSub);
    } else if (event->key() == Qt::Key_Tab || event->key() == Qt::Key_Backtab) {
        focusNextPrevChild(event->key() == Qt::Key_Tab);
    }
    event->accept(); // nothing reaches the window behind
}

void Dialog::mousePressEvent(QMouseEvent* event) { event->accept(); }

bool Dialog::focusNextPrevChild(bool next) {
    QWidget* from = QApplication::focusWidget();
    if (!from || !isAncestorOf(from))
        from = m_panel;
    QWidget* w = from;
    do {
        w = next ? w->nextInFocusChain() : w->previousInFocusChain();
        if (w && w != from && m_panel->isAncestorOf(w) && w->isVisible() && w->isEnabled() && w->focusPolicy() & Qt::TabFocus && !w->focusProxy()) {
            w->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
            if (m_area->isAncestorOf(w))
                m_area->ensureWidgetVisible(w, 8, 12);
            return true;
        }
    } while (w && w != from);
    return true;
}

} // namespace ui::widgets
