#pragma once
// Paints every control of the program from the Theme, over Fusion. There is no other place that does, and no style sheet.

#include "ui/theme/theme.h"

#include <QProxyStyle>

namespace ui::theme {

class Style : public QProxyStyle {
    Q_OBJECT
public:
    explicit Style(const Theme& theme);

    [[nodiscard]] const Theme& theme() const { return m_theme; }
    /// Takes effect with the next repaint; `apply` below does the whole of it.
    void setTheme(const Theme& theme) { m_theme = theme; }

    void polish(QWidget* widget) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    using QProxyStyle::polish;
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const override;
    QRect subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part, const QWidget* widget) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size, const QWidget* widget) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const override;
    QIcon standardIcon(StandardPixmap icon, const QStyleOption* option, const QWidget* widget) const override;

private:
    static bool inPopup(const QWidget* widget); ///< the list of a combo box
    // style_controls.cpp
    void drawButton(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
    void drawButtonLabel(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
    void drawField(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
    void drawCheck(PrimitiveElement element, const QStyleOption* option, QPainter* painter) const;
    void drawComboBox(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const;
    void drawSpinBox(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const;
    void drawSlider(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const;
    void drawProgress(const QStyleOption* option, QPainter* painter) const;
    // style_views.cpp
    void drawScrollBar(const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const;
    void drawMenuItem(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
    void drawMenuBarItem(const QStyleOption* option, QPainter* painter) const;
    void drawHeader(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
    void drawRow(const QStyleOption* option, QPainter* painter, const QWidget* widget) const;
    void drawTab(const QStyleOption* option, QPainter* painter) const;

    Theme m_theme;
};

/// The accent ring outside `rect` (in its own 2 px), as every control with the keyboard has it.
void drawFocusRing(QPainter* painter, const QRectF& rect, const Theme& theme, double radius = kControlRadius);
/// A filled and bordered rounded rectangle, its border on whole pixels.
void drawBox(QPainter* painter, const QRectF& rect, const QColor& fill, const QColor& border, double radius = kControlRadius);

/// Makes `theme` the program's: style, palette and fonts. Every shown widget repaints once.
void apply(const Theme& theme);
/// Installs the style and the fonts. Once, after QApplication.
void install(const Theme& theme);

} // namespace ui::theme
