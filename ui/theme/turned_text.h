#pragma once
// A field cannot show its text otherwise than it is: where that has characters that turn the order of what follows them, a sign in the field says so.
// A name that was pasted, or that a broker or a message supplied, is not taken for another one.

#include <QString>

class QLineEdit;

namespace ui::theme {

/// "Hidden character U+202E at position 5 turns the order of what follows..."; empty = there is none.
QString turnedText(const QString& text);
/// Gives the field its sign whenever it has such a text. The style does so for every field it polishes; once is enough.
void watchTurnedText(QLineEdit* field);

} // namespace ui::theme
