#include "ui/widgets/card.h"

#include "ui/theme/style.h"
#include "ui/widgets/label.h"

#include <QPainter>
#include <QFrame>

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
    }
    return m_head;
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
