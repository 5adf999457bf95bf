#pragma once
// Empty, loading and failed are designed too: what would be here, what is being done and for how long, what failed and the next
// step, with one button.

#include "ui/theme/theme.h"

#include <QElapsedTimer>
#include <QPointer>
#include <QStackedWidget>

class QAction;
class QProgressBar;
class QTimer;

namespace ui::widgets {

class Button;
class PlainLabel;

class StateView : public QWidget {
    Q_OBJECT
public:
    explicit StateView(QWidget* parent = nullptr);
    /// `next` is the one button: a null action shows none. `icon` is of what would be here.
    void showEmpty(const QString& title, const QString& text, QAction* next = nullptr, const QString& icon = QStringLiteral("topic"));
    /// `title` says what is being done: "Asking orders-dev for its topics"; the seconds are counted beside it after the first.
    void showLoading(const QString& title, QAction* next = nullptr);
    void showFailed(const QString& title, const QString& reason, const QString& nextStep, QAction* next = nullptr);

    /// Beside a primary button of the page: its own is none.
    void asSecond() { m_second = true; }
    /// Stands on the page itself, and so brings the card that other states stand in.
    void asCard();
    /// Another way, beside the button: until the next show…(). Null = none.
    void setOther(QAction* other);

protected:
    void resizeEvent(QResizeEvent*) override { fit(); }
    void paintEvent(QPaintEvent*) override;

private:
    /// Words and button come first: in a low place the picture goes.
    void fit();
    void show(const QString& iconName, theme::Tone tone, const QString& title, const QString& text, QAction* next);
    class Glyph;
    Glyph* m_glyph;
    PlainLabel* m_title;
    PlainLabel* m_text;
    PlainLabel* m_next;
    QProgressBar* m_progress;
    QWidget* m_buttonPlace;
    QPointer<Button> m_button;
    QPointer<Button> m_other;
    bool m_card = false;
    bool m_second = false;
    QTimer* m_seconds;
    QElapsedTimer m_since;
    QString m_loading;
};

/// The content, or the state that stands in for it.
class StateStack : public QStackedWidget {
    Q_OBJECT
public:
    explicit StateStack(QWidget* content, QWidget* parent = nullptr);
    StateView* state() { return m_state; } ///< fill it, then showState()
    void showState() { setCurrentWidget(m_state); }
    void showContent() { setCurrentWidget(m_content); }
    [[nodiscard]] bool showsContent() const { return currentWidget() == m_content; }

private:
    QWidget* m_content;
    StateView* m_state;
};

} // namespace ui::widgets
