#pragma once
// The icon set: SVG files in resources/icons drawn with currentColor, tinted when painted.

#include "ui/theme/theme.h"

#include <QIcon>
#include <QPixmap>
#include <QString>

namespace ui::theme {

/// `name` without ".svg"; `size` in logical px. Cached by name, size, colour and device pixel ratio. Null pixmap = no such icon.
QPixmap iconPixmap(const QString& name, int size, const QColor& colour, double devicePixelRatio, const QColor& second = {});
/// For menus and actions: follows the theme of the application's style each time it is painted.
QIcon icon(const QString& name, Ink ink = Ink::Secondary);
void drawIcon(QPainter* painter, const QRect& rect, const QString& name, const QColor& colour, const QColor& second = {});

} // namespace ui::theme
