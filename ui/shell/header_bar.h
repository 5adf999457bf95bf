#pragma once
// The calm line over each page: what it is, its state in words, then actions from quiet to primary. And the status line below.

#include "ui/shell/page.h"

#include <QWidget>

class QHBoxLayout;

namespace ui::widgets {
class PlainLabel;
class PillLabel;
class Button;
} // namespace ui::widgets

namespace ui::shell {

class HeaderBar : public QWidget {
    Q_OBJECT
public:
    explicit HeaderBar(QWidget* parent = nullptr);
    void show(const PageHeader& header);

signals:
    void crumbChosen(const ui::shell::Location& place);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit();
    [[nodiscard]] int widthOfButtons() const;
    widgets::Button* m_crumb;
    QAction* m_crumbAction;
    widgets::PlainLabel* m_slash;
    widgets::PlainLabel* m_title;
    QWidget* m_pillPlace;
    QList<widgets::PillLabel*> m_pills;
    qsizetype m_pillCount = 0;
    QHBoxLayout* m_toolPlace;
    QHBoxLayout* m_actionPlace;
    QPointer<QWidget> m_tools;
    QList<QPointer<Action>> m_shown;
    QPointer<Action> m_primary;
    QList<widgets::Button*> m_buttons;
    QList<QPointer<Action>> m_quiet;
    QAction* m_more; ///< a menu of what the window has no room for
    widgets::Button* m_moreButton;
    Location m_crumbPlace;
};

/// "localhost:19091 · Kafka 4.3 protocol · data kept" and, at the right, jobs and the time zone.
class StatusLine : public QWidget {
    Q_OBJECT
public:
    explicit StatusLine(QAction* jobs, QWidget* parent = nullptr);
    void setParts(const QStringList& parts);
    void setJobs(int running, const QString& text);
    /// What floats over the line's end, in its parent; empty = nothing. The parts are cut before it and not covered.
    void avoid(const QRect& floating);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeRoom();
    QRect m_floating;
    widgets::PlainLabel* m_parts;
    widgets::PlainLabel* m_zone;
    QAction* m_jobs;
    widgets::Button* m_jobsButton;
};

/// A line over the whole page: production, locked or not; a vault that has to be unlocked. With one button at its end.
class Banner : public QWidget {
    Q_OBJECT
public:
    explicit Banner(QWidget* parent = nullptr);
    /// Hidden when the text is empty. `action` may be null; it outlives the window.
    void show(const Pill& pill, QAction* action = nullptr);
    [[nodiscard]] const Pill& pill() const { return m_pill; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    class LineButton;
    Pill m_pill;
    widgets::PlainLabel* m_text;
    QPointer<QAction> m_action;
    QPointer<LineButton> m_button;
};

} // namespace ui::shell
