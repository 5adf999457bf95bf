#pragma once
// States in words: a pill, a dot, a key cap, a progress sentence.

#include "ui/theme/theme.h"

#include <QWidget>

namespace ui::widgets {

/// "14 partitions have 2 of 3 replicas" on the tint of its tone.
class PillLabel : public QWidget {
    Q_OBJECT
public:
    explicit PillLabel(const QString& text = {}, theme::Tone tone = theme::Tone::Neutral, QWidget* parent = nullptr);
    void set(const QString& text, theme::Tone tone);
    [[nodiscard]] const QString& text() const { return m_text; }
    [[nodiscard]] theme::Tone tone() const { return m_tone; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    QString m_text;
    theme::Tone m_tone;
};

/// Draws a pill at the left middle of `box`, at most as wide; returns the width used.
int drawPill(QPainter* painter, const QRect& box, const QString& text, theme::Tone tone, const theme::Theme& theme);

/// A dot that says how something is; hollow = off. Always has a word beside it.
class Dot : public QWidget {
    Q_OBJECT
public:
    explicit Dot(theme::Tone tone = theme::Tone::Good, QWidget* parent = nullptr, bool hollow = false);
    void set(theme::Tone tone, bool hollow = false);
    QSize sizeHint() const override { return {8, 16}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    theme::Tone m_tone;
    bool m_hollow;
};
void drawDot(QPainter* painter, const QPointF& centre, theme::Tone tone, bool hollow, const theme::Theme& theme);

/// "Ctrl K" in a frame.
class KeyCap : public QWidget {
    Q_OBJECT
public:
    explicit KeyCap(const QString& keys, QWidget* parent = nullptr);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_keys;
};
/// Draws at the left middle of `box`; returns the width used.
int drawKeyCap(QPainter* painter, const QRect& box, const QString& keys, const theme::Theme& theme);

} // namespace ui::widgets
