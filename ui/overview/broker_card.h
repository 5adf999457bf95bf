#pragma once
// One broker: dot, name, address, its state in words, six figures, and what can be done to it when it runs on this machine.

#include "ui/overview/broker_facts.h"
#include "ui/overview/sentences.h"
#include "ui/widgets/card.h"

#include <array>
#include <functional>

class QAction;
class QGridLayout;

namespace ui::widgets {
class Button;
class Dot;
class PillLabel;
class PlainLabel;
} // namespace ui::widgets

namespace ui::overview {

class BrokerCard : public widgets::Card {
    Q_OBJECT
public:
    /// What the buttons ask for; the page carries it out.
    enum class Wish { Kill, Pause, Resume, Restart, Start, Log };
    BrokerCard(int id, QWidget* parent = nullptr);

    [[nodiscard]] int id() const { return m_facts.id; }
    [[nodiscard]] const BrokerFacts& facts() const { return m_facts; }
    void show(const BrokerFacts& facts, qint64 nowMs);
    /// Empty = may be changed; otherwise why not.
    void setRefusal(const QString& reason);

signals:
    void wished(ui::overview::BrokerCard::Wish wish);
    void selected();           ///< it or one of its buttons has the keyboard
    void stepped(int by);      ///< arrow keys: to a card beside

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    widgets::Button* addButton(QBoxLayout* row, const QString& text, const QString& name, theme::ButtonKind kind, Wish wish);
    void retitle();

    BrokerFacts m_facts;
    qint64 m_shownMs = 0; ///< of the facts, 0 = none yet
    QString m_refusal;
    widgets::Dot* m_dot;
    widgets::PlainLabel* m_name;
    widgets::PlainLabel* m_address;
    widgets::PillLabel* m_pill;
    std::array<widgets::PlainLabel*, 6> m_values{};
    QGridLayout* m_grid;
    QWidget* m_buttons;
    widgets::Button* m_kill;
    widgets::Button* m_pause;
    widgets::Button* m_resume;
    widgets::Button* m_restart;
    widgets::Button* m_start;
    widgets::Button* m_log;
    widgets::Button* m_lastLines;
};

} // namespace ui::overview
