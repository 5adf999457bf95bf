#pragma once
// What just happened, over the page's lower edge: "Copied the address". Goes by itself after six seconds, unless it is bad news or offers something to do.

#include "ui/theme/theme.h"

#include <QWidget>
#include <functional>

class QTimer;

namespace ui::widgets {

class PlainLabel;

/// Child of the area it floats over; finds its place by itself. One notice at a time, the newest wins.
class NoticeBar : public QWidget {
    Q_OBJECT
public:
    explicit NoticeBar(QWidget* over);
    void tell(const QString& text, theme::Tone tone, const QString& actionText = {}, std::function<void()> action = {});

signals:
    void placed(const QRect& at); ///< in the area it floats over; empty: it went

protected:
    void paintEvent(QPaintEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void place();
    theme::Tone m_tone = theme::Tone::Neutral;
    PlainLabel* m_text;
    QAction* m_do;
    QWidget* m_doButton;
    std::function<void()> m_action;
    QTimer* m_timer;
};

} // namespace ui::widgets
