#pragma once
// A dialog lies over the window: the window is shaded, the dialog has the keyboard until it is answered. It is never a window of
// its own, so it cannot get lost behind one.
//
//     auto* dialog = new Dialog(tr("Create topic"), tr("On orders-dev."), this);
//     dialog->body()->addLayout(form);
//     dialog->addChoice(tr("Cancel"), ButtonKind::Quiet, [dialog] { dialog->close(); });
//     m_create = dialog->addChoice(tr("Create topic"), ButtonKind::Primary, [..] { ... });
//     dialog->open();

#include "ui/theme/theme.h"

#include <QAction>
#include <QPointer>
#include <QWidget>
#include <functional>

class QBoxLayout;
class QHBoxLayout;
class QVBoxLayout;

namespace ui::widgets {

class PlainLabel;

class Dialog : public QWidget {
    Q_OBJECT
public:
    /// `near` gives the window; the dialog deletes itself when closed.
    Dialog(const QString& title, const QString& text, QWidget* near);

    QVBoxLayout* body() { return m_body; }
    /// Left in the foot line: "Saved without the password; that stays in the keychain."
    void setFootText(const QString& text);
    /// Left to right, quiet to primary. The primary one answers Ctrl+Enter, and Enter outside multi-line fields.
    QAction* addChoice(const QString& text, theme::ButtonKind kind, std::function<void()> chosen);
    void setPanelSize(const QSize& size); ///< at most the window; without it as large as the content wants
    void setText(const QString& text);
    void setTitle(const QString& title);
    /// Margins of the body: off for a body that brings its own.
    void setBodyMargins(bool on);
    void open();
    /// Takes it away, gives the focus back, deletes it. Emits `closed`.
    void dismiss();

signals:
    void closed();

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool focusNextPrevChild(bool next) override;

private:
    void place();
    class Panel;
    class Body;
    QWidget* m_line; ///< between head and body
    Body* m_area; ///< scrolls what a small window has no room for
    Panel* m_panel;
    PlainLabel* m_title;
    PlainLabel* m_text;
    QVBoxLayout* m_body;
    QWidget* m_foot;
    QHBoxLayout* m_choices;
    PlainLabel* m_footText;
    QSize m_wanted;
    QPointer<QAction> m_primary;
    QPointer<QWidget> m_focusBefore;
    QPointer<QWidget> m_primaryButton;
};

} // namespace ui::widgets
