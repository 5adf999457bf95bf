#include "ui/theme/theme.h"

#include "ui/theme/style.h"

#include <QAbstractButton>
#include <QApplication>
#include <QFontMetricsF>
#include <QVariant>
#include <cmath>

namespace ui::theme {

namespace {

constexpr char kKindProperty[] = "samsaKind";
constexpr char kSmallProperty[] = "samsaSmall";

Theme lightTheme() {
    Theme t;
    t.scheme = Scheme::Light;
    t.bg = "#f6f5f2"; t.panel = "#ffffff"; t.raised = "#ffffff"; t.sunken = "#f0eeea";
    t.line = "#e3e0da"; t.line2 = "#918a7e";
    t.ink = "#1d1b18"; t.ink2 = "#5d5850"; t.ink3 = "#6f695f";
    t.accent = "#0c7a62"; t.accentBg = "#dff1ec"; t.onAccent = "#ffffff";
    t.good = "#28763b"; t.goodBg = "#e3f2e5";
    t.warn = "#8a5d00"; t.warnBg = "#fdf1d2";
    t.bad = "#b8332b"; t.badBg = "#fbe6e3";
    t.info = "#2c66b8"; t.infoBg = "#e4edfa";
    t.select = "#d9ece7"; t.prod = "#b8332b"; t.onProd = "#ffffff";
    t.shade = QColor(0, 0, 0, 82);
    t.series = {QColor("#0c7a62"), QColor("#d1701c"), QColor("#3f6fd1"), QColor("#a8438f"), QColor("#8a7a12"), QColor("#5b5f66")};
    return t;
}

Theme darkTheme() {
    Theme t;
    t.scheme = Scheme::Dark;
    t.bg = "#171614"; t.panel = "#1e1d1a"; t.raised = "#262420"; t.sunken = "#131210";
    t.line = "#2f2d29"; t.line2 = "#77716a";
    t.ink = "#ece9e2"; t.ink2 = "#a9a398"; t.ink3 = "#958e83";
    t.accent = "#43c5a0"; t.accentBg = "#163a31"; t.onAccent = "#0b1d18";
    t.good = "#6cc47c"; t.goodBg = "#19311d";
    t.warn = "#e0b04a"; t.warnBg = "#3a2d10";
    t.bad = "#f0776b"; t.badBg = "#401d19";
    t.info = "#77aef2"; t.infoBg = "#182b45";
    t.select = "#1d3f36"; t.prod = "#b8403a"; t.onProd = "#ffffff";
    t.shade = QColor(0, 0, 0, 128);
    t.series = {QColor("#43c5a0"), QColor("#f29b4b"), QColor("#7fa8ff"), QColor("#e07cc6"), QColor("#d3c04a"), QColor("#a9adb5")};
    return t;
}

} // namespace

Theme make(Scheme scheme, bool highContrast) {
    Theme t = scheme == Scheme::Dark ? darkTheme() : lightTheme();
    if (highContrast) {
        // Secondary texts and borders take the weight of the primary ones; hairlines become borders.
        t.highContrast = true;
        t.ink2 = t.ink3 = t.ink;
        t.line = t.line2;
        t.line2 = t.ink;
    }
    return t;
}

QColor Theme::colour(Ink which) const {
    switch (which) {
    case Ink::Primary: return ink;
    case Ink::Secondary: return ink2;
    case Ink::Tertiary: return ink3;
    case Ink::Accent: return accent;
    case Ink::Good: return good;
    case Ink::Warn: return warn;
    case Ink::Bad: return bad;
    case Ink::Info: return info;
    case Ink::OnAccent: return onAccent;
    case Ink::OnProduction: return onProd;
    }
    return ink;
}

QColor Theme::toneInk(Tone tone) const {
    switch (tone) {
    case Tone::Neutral: return ink2;
    case Tone::Accent: return accent;
    case Tone::Good: return good;
    case Tone::Warn: return warn;
    case Tone::Bad: return bad;
    case Tone::Info: return info;
    }
    return ink2;
}

QColor Theme::toneBg(Tone tone) const {
    switch (tone) {
    case Tone::Neutral: return sunken;
    case Tone::Accent: return accentBg;
    case Tone::Good: return goodBg;
    case Tone::Warn: return warnBg;
    case Tone::Bad: return badBg;
    case Tone::Info: return infoBg;
    }
    return sunken;
}

QFont Theme::font(Face face) const {
    const auto sans = [this](double px, QFont::Weight weight) {
        QFont f(QStringLiteral("Samsa Sans"));
        f.setPointSizeF(px * 0.75 * textScale);
        f.setWeight(weight);
        return f;
    };
    const auto mono = [this](double px) {
        QFont f(QStringLiteral("Samsa Mono"));
        f.setStyleHint(QFont::Monospace);
        f.setPointSizeF(px * 0.75 * textScale);
        return f;
    };
    switch (face) {
    case Face::Text: return sans(13, QFont::Normal);
    case Face::Strong: return sans(13, QFont::DemiBold);
    case Face::Medium: return sans(13, QFont::Medium);
    case Face::Small: return sans(11.5, QFont::Normal);
    case Face::SmallMedium: return sans(11.5, QFont::Medium);
    case Face::Title: return sans(17, QFont::DemiBold);
    case Face::Figure: return sans(20, QFont::DemiBold);
    case Face::Mono: return mono(12);
    case Face::MonoSmall: return mono(11);
    }
    return sans(13, QFont::Normal);
}

QPalette Theme::palette() const {
    QPalette p;
    const QColor faint = mix(ink, panel, 0.42);
    p.setColor(QPalette::Window, bg);
    p.setColor(QPalette::WindowText, ink);
    p.setColor(QPalette::Base, panel);
    p.setColor(QPalette::AlternateBase, sunken);
    p.setColor(QPalette::Text, ink);
    p.setColor(QPalette::PlaceholderText, ink3);
    p.setColor(QPalette::Button, raised);
    p.setColor(QPalette::ButtonText, ink);
    p.setColor(QPalette::BrightText, bad);
    p.setColor(QPalette::ToolTipBase, raised);
    p.setColor(QPalette::ToolTipText, ink);
    p.setColor(QPalette::Highlight, select);
    p.setColor(QPalette::HighlightedText, ink);
    p.setColor(QPalette::Link, accent);
    p.setColor(QPalette::LinkVisited, accent);
    p.setColor(QPalette::Light, raised);
    p.setColor(QPalette::Midlight, line);
    p.setColor(QPalette::Mid, line);
    p.setColor(QPalette::Dark, line2);
    p.setColor(QPalette::Shadow, line2);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        p.setColor(QPalette::Disabled, role, faint);
    p.setColor(QPalette::Disabled, QPalette::PlaceholderText, faint);
    return p;
}

int Theme::rowHeight() const { return std::max(26, static_cast<int>(std::ceil(QFontMetricsF(font(Face::Text)).height())) + 8); }

const Theme& of(const QWidget* widget) {
    const QStyle* style = widget ? widget->style() : QApplication::style();
    while (const auto* proxy = qobject_cast<const QProxyStyle*>(style)) {
        if (const auto* ours = qobject_cast<const Style*>(proxy))
            return ours->theme();
        style = proxy->baseStyle();
    }
    static const Theme fallback = lightTheme();
    return fallback;
}

QColor mix(const QColor& over, const QColor& under, double share) {
    const auto blend = [share](double a, double b) { return static_cast<float>(a * share + b * (1 - share)); };
    return QColor::fromRgbF(blend(over.redF(), under.redF()), blend(over.greenF(), under.greenF()), blend(over.blueF(), under.blueF()));
}

void setButtonKind(QAbstractButton* button, ButtonKind kind) {
    button->setProperty(kKindProperty, static_cast<int>(kind));
    button->updateGeometry();
    button->update();
}
ButtonKind buttonKind(const QWidget* button) {
    return button ? static_cast<ButtonKind>(button->property(kKindProperty).toInt()) : ButtonKind::Normal;
}
void setSmall(QAbstractButton* button, bool small) {
    button->setProperty(kSmallProperty, small);
    button->updateGeometry();
}
bool isSmall(const QWidget* button) { return button && button->property(kSmallProperty).toBool(); }

} // namespace ui::theme
