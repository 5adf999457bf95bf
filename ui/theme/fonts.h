#pragma once
// Samsa's own instances of Inter and JetBrains Mono travel inside the program (resources/fonts/freeze.py).

#include <QStringList>

namespace ui::theme {

/// Registers them with the application; returns the families, "Samsa Sans" and "Samsa Mono". Missing ones are left out.
QStringList loadFonts();

} // namespace ui::theme
