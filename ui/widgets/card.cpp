#include "ui/widgets/card.h"

#include "ui/theme/style.h"
#include "ui/widgets/label.h"

#include <QFrame>
#include <QPainter>
#include <QScrollArea>

namespace ui::widgets {

Card::Card(QWidget* parent) : QWidget(parent) {
    m_body = new QVBoxLayout(this);
    m_body->setContentsMargins(14, 12, 14, 12);
    m_body->setSpacing(theme::kGap);
}

Card::Card(const QString& title, const QString& note, QWidget* parent) : Card(parent) {
    setTitle(title);
    if (!note.isEmpty())
        setNote(note);
}

QHBoxLayout* Card::head() {
    if (!m_head) {
        m_head = new QHBoxLayout;
        m_head->setSpacing(theme::kGap);
        m_title = new PlainLabel({}, this, theme::Face::Strong);
        m_note = new PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary);
        m_title->setMinimumHeight(24);
        m_note->givesWay();
        m_note->hide();
        for (auto* label : {m_title, m_note})
            label->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
        m_head->addWidget(m_title);
        m_head->addWidget(m_note);
        m_head->addStretch(1);
        m_body->insertLayout(0, m_head);
        m_below = new QHBoxLayout;
        m_body->insertLayout(1, m_below);
    }
    return m_head;
}

/// In the title's line where all of it has room; else in one of its own, where it may break.
void Card::placeNote() {
    if (!m_head || m_note->isHidden() || width() <= 0)
        return;
    const QMargins body = m_body->contentsMargins(), head = m_head->contentsMargins();
    const int room = width() - body.left() - body.right() - head.left() - head.right();
    int needed = theme::kGap + QFontMetrics(theme::of(this).font(theme::Face::Small)).horizontalAdvance(m_note->text()) + 2;
    for (int i = 0; i < m_head->count(); ++i)
        if (auto* widget = m_head->itemAt(i)->widget(); widget != nullptr && widget != m_note && !widget->isHidden())
            needed += widget->sizeHint().width() + theme::kGap;
    const bool below = !m_noteStays && needed > room;
    if (below == (m_below->indexOf(m_note) >= 0))
        return;
    (below ? m_head : m_below)->removeWidget(m_note);
    m_note->setWordWrap(below);
    auto policy = m_note->sizePolicy(); // a fixed height would be that of its hint, whatever its width asks for
    policy.setVerticalPolicy(below ? QSizePolicy::Minimum : QSizePolicy::Fixed);
    m_note->setSizePolicy(policy);
    if (below) {
        m_below->setContentsMargins(m_head->contentsMargins());
        m_below->addWidget(m_note);
    } else {
        m_head->insertWidget(1, m_note);
    }
}

void Card::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    placeNote();
}

bool Card::event(QEvent* event) {
    if (event->type() == QEvent::LayoutRequest) // what stands in the head came, went or says something else
        placeNote();
    return QWidget::event(event);
}

void Card::setTitle(const QString& title) {
    head();
    m_title->setText(title);
    m_title->setMinimumWidth(std::min(m_title->sizeHint().width(), 240)); // the note gives way first
    setAccessibleName(title);
}

void Card::setNote(const QString& note) {
    head();
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
    placeNote();
}

void Card::fill(QWidget* widget) {
    m_body->setContentsMargins(1, m_head ? 12 : 4, 1, 4);
    if (m_head)
        m_head->setContentsMargins(13, 0, 13, 0);
    m_body->addWidget(widget, 1);
}

void Card::setTone(theme::Tone tone) {
    if (tone == m_tone)
        return;
    m_tone = tone;
    update();
}

void Card::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    QColor fill = t.panel;
    QColor border = t.line;
    if (m_tone == theme::Tone::Bad || m_tone == theme::Tone::Warn) {
        fill = theme::mix(t.toneBg(m_tone), t.panel, 0.45);
        border = t.toneInk(m_tone);
    }
    theme::drawBox(&painter, rect(), fill, border, theme::kRadius);
}

QVBoxLayout* pageLayout(QWidget* page) {
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(theme::kPad, theme::kPad, theme::kPad, theme::kPad);
    layout->setSpacing(theme::kCardGap);
    return layout;
}

QScrollArea* pageScroll(QWidget* page) {
    auto* scroll = new QScrollArea(page);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(new QWidget(scroll));
    return scroll;
}

QHBoxLayout* cardRow() {
    auto* row = new QHBoxLayout;
    row->setSpacing(theme::kCardGap);
    return row;
}

QWidget* hairline(QWidget* parent) {
    auto* line = new QFrame(parent);
    line->setFrameShape(QFrame::HLine);
    line->setFixedHeight(1);
    return line;
}

} // namespace ui::widgets
