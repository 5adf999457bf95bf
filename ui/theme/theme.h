#pragma once
// How Samsa looks, as values: one Theme is the whole set of tokens. No other folder writes a colour, a font family or a size.
//
// The application's style carries the current Theme; painting code asks for it when it paints, so a change of scheme is one
// repaint. Interface thread.
//
//     void Thing::paintEvent(QPaintEvent*) {
//         const Theme& theme = theme::of(this);
//         painter.setPen(theme.ink2);

#include <QColor>
#include <QFont>
#include <QPalette>
#include <array>

class QWidget;
class QAbstractButton;

namespace ui::theme {

/// What a colour says. Always beside a word, never alone.
enum class Tone { Neutral, Accent, Good, Warn, Bad, Info };

/// Text on the page, by importance.
enum class Ink { Primary, Secondary, Tertiary, Accent, Good, Warn, Bad, Info, OnAccent, OnProduction };

/// What a text is, not how big it is.
enum class Face {
    Text,     ///< 13 px
    Strong,   ///< 13 px, semi-bold: card titles, names of clusters
    Medium,   ///< 13 px, medium: buttons, first column
    Small,    ///< 11.5 px: notes, table headers
    SmallMedium,
    Title,    ///< 17 px: the page
    Figure,   ///< 20 px: big numbers
    Mono,     ///< 12 px: identifiers, keys, bytes, commands
    MonoSmall,///< 11 px: key caps
};

enum class Scheme { Light, Dark };

struct Theme {
    Scheme scheme = Scheme::Light;
    bool highContrast = false;
    bool reducedMotion = false;
    double textScale = 1.0; ///< the desktop's text size; 1 = 13 px text

    QColor bg, panel, raised, sunken;   ///< surfaces: page, card, control, sidebar
    QColor line, line2;                 ///< hairlines; borders of controls
    QColor ink, ink2, ink3;             ///< text: primary, secondary, tertiary
    QColor accent, accentBg, onAccent;
    QColor good, goodBg, warn, warnBg, bad, badBg, info, infoBg;
    QColor select, prod, onProd;
    QColor shade;                       ///< over the window, behind a dialog
    std::array<QColor, 6> series;       ///< told apart by colour-blind eyes too; in this order

    [[nodiscard]] bool dark() const { return scheme == Scheme::Dark; }
    [[nodiscard]] QColor colour(Ink ink) const;
    [[nodiscard]] QColor toneInk(Tone tone) const; ///< text of a pill, a dot, a mark
    [[nodiscard]] QColor toneBg(Tone tone) const;  ///< its background
    [[nodiscard]] QFont font(Face face) const;
    [[nodiscard]] QPalette palette() const;
    /// Height of a table row with this theme's text: max(26, line + 8) px.
    [[nodiscard]] int rowHeight() const;
    /// Milliseconds of a movement; 0 when the system asks for less.
    [[nodiscard]] int motionMs() const { return reducedMotion ? 0 : 120; }

    bool operator==(const Theme&) const = default;
};

/// Lengths in px at 100 %.
inline constexpr int kGap = 8;
inline constexpr int kPad = 16;
inline constexpr int kCardGap = 14;
inline constexpr int kRadius = 8;
inline constexpr int kControlRadius = 6;
inline constexpr int kControlHeight = 28;
inline constexpr int kFieldHeight = 30;
inline constexpr int kFocusRing = 2;

Theme make(Scheme scheme, bool highContrast = false);

/// The theme of the style that paints this widget; the light one where Samsa's style is not in use. `widget` may be null.
const Theme& of(const QWidget* widget);

/// `share` of `over` laid on `under`: mix(line, panel, 0.55).
QColor mix(const QColor& over, const QColor& under, double share);

/// How a button looks. Kept as a property of the widget and read by the style.
enum class ButtonKind {
    Normal,  ///< bordered
    Quiet,   ///< text only, border when pointed at
    Primary, ///< at most one on a screen
    Danger,  ///< looks Normal until pointed at or focused, then red
};
void setButtonKind(QAbstractButton* button, ButtonKind kind);
ButtonKind buttonKind(const QWidget* button);
/// 24 px instead of 28: inside cards.
void setSmall(QAbstractButton* button, bool small = true);
bool isSmall(const QWidget* button);

} // namespace ui::theme
