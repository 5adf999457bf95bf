#pragma once
// A card on the tinted page: 8 px radius, 1 px line, no shadow. Cards do not nest.

#include "ui/theme/theme.h"

#include <QBoxLayout>
#include <QWidget>

class QScrollArea;

namespace ui::widgets {

class PlainLabel;

class Card : public QWidget {
    Q_OBJECT
public:
    explicit Card(QWidget* parent = nullptr);
    /// With a head line: title, a note in words; more goes to head().
    Card(const QString& title, const QString& note, QWidget* parent = nullptr);

    /// Title line; made when first asked for. Add pills and small buttons; a stretch stands after title and note. Where there is no room for all of it the note
    /// stands in a line below.
    QHBoxLayout* head();
    /// Below the head.
    QVBoxLayout* body() { return m_body; }
    /// One widget fills the card to its line, e.g. a table; corners stay round.
    void fill(QWidget* widget);
    void setTitle(const QString& title);
    /// In a card that has no line to give the note stays beside the title, and is cut.
    void keepNoteInHead() { m_noteStays = true; }
    void setNote(const QString& note);
    /// Bad and Warn draw the line in their colour and tint the card: "this one needs you".
    void setTone(theme::Tone tone);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

private:
    void placeNote();
    bool m_noteStays = false;
    QVBoxLayout* m_body;
    QHBoxLayout* m_head = nullptr;
    QHBoxLayout* m_below = nullptr; ///< where the note goes when the head is full
    PlainLabel* m_title = nullptr;
    PlainLabel* m_note = nullptr;
    theme::Tone m_tone = theme::Tone::Neutral;
};

/// A vertical layout with the page's margins (16) and gap (14).
QVBoxLayout* pageLayout(QWidget* page);
/// For a page that is higher than a small window: it scrolls, up and down only, and what it shows goes into its widget().
QScrollArea* pageScroll(QWidget* page);
/// A horizontal row of cards.
QHBoxLayout* cardRow();
/// A hairline.
QWidget* hairline(QWidget* parent);

} // namespace ui::widgets
