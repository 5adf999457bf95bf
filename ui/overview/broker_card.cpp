#include "ui/overview/broker_card.h"

#include "models/base/format.h"
#include "ui/theme/style.h"
#include "ui/widgets/accessible.h"
#include "ui/widgets/button.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"

#include <QApplication>
#include <QGridLayout>
#include <QKeyEvent>
#include <QPainter>

namespace ui::overview {

namespace format = models::format;
using State = BrokerFacts::State;

namespace {
constexpr int kNarrow = 320;
}

BrokerCard::BrokerCard(int id, QWidget* parent) : Card(parent) {
    m_facts.id = id;
    setFocusPolicy(Qt::StrongFocus);
    widgets::setAccessibleRole(this, QAccessible::Grouping);
    body()->setSpacing(0);

    auto* head = new QHBoxLayout;
    head->setSpacing(theme::kGap);
    m_dot = new widgets::Dot(theme::Tone::Neutral, this);
    m_name = new widgets::PlainLabel(tr("Broker %1").arg(id), this, theme::Face::Strong);
    m_name->setElide(Qt::ElideNone);
    m_name->setMinimumHeight(24);
    m_address = new widgets::PlainLabel({}, this, theme::Face::Mono, theme::Ink::Secondary);
    m_address->setElide(Qt::ElideMiddle);
    m_address->givesWay();
    m_pill = new widgets::PillLabel({}, theme::Tone::Neutral, this);
    head->addWidget(m_dot);
    head->addWidget(m_name);
    head->addWidget(m_address, 1);
    head->addWidget(m_pill);
    body()->addLayout(head);
    body()->addSpacing(6);

    // Two columns of figures: what it holds, what goes through it.
    m_grid = new QGridLayout;
    auto* grid = m_grid;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(3);
    const std::array<QString, 6> labels{tr("Leads"), tr("Messages"), tr("Replicas"), tr("In"), tr("On disk"), tr("Up")};
    for (int i = 0; i < 6; ++i) {
        const int column = i % 2 == 0 ? 0 : 3;
        auto* label = new widgets::PlainLabel(labels[static_cast<std::size_t>(i)], this, theme::Face::Small, theme::Ink::Secondary);
        label->setElide(Qt::ElideNone);
        auto* value = new widgets::PlainLabel(QStringLiteral("\u2013"), this, theme::Face::Small);
        value->givesWay();
        value->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // its room does not follow its wording: the wording follows its room
        value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        label->setBuddy(value);
        grid->addWidget(label, i / 2, column);
        grid->addWidget(value, i / 2, column + 1);
        m_values[static_cast<std::size_t>(i)] = value;
    }
    grid->setColumnStretch(1, 4);
    grid->setColumnStretch(4, 3);
    body()->addLayout(grid);

    m_buttons = new QWidget(this);
    auto* row = new QHBoxLayout(m_buttons);
    row->setContentsMargins(0, 10, 0, 0);
    row->setSpacing(6);
    m_start = addButton(row, tr("Start again"), tr("Start broker %1 again"), theme::ButtonKind::Primary, Wish::Start);
    m_kill = addButton(row, tr("Kill"), tr("Kill broker %1"), theme::ButtonKind::Danger, Wish::Kill);
    m_resume = addButton(row, tr("Resume"), tr("Resume broker %1"), theme::ButtonKind::Primary, Wish::Resume);
    m_pause = addButton(row, tr("Pause"), tr("Pause broker %1"), theme::ButtonKind::Normal, Wish::Pause);
    m_restart = addButton(row, tr("Restart"), tr("Restart broker %1"), theme::ButtonKind::Normal, Wish::Restart);
    m_lastLines = addButton(row, tr("Last lines of its log"), tr("Last lines of the log of broker %1"), theme::ButtonKind::Quiet, Wish::Log);
    row->addStretch(1);
    m_log = addButton(row, tr("Log"), tr("Log of broker %1"), theme::ButtonKind::Quiet, Wish::Log);
    body()->addWidget(m_buttons);
    m_buttons->hide();
}

widgets::Button* BrokerCard::addButton(QBoxLayout* row, const QString& text, const QString& name, theme::ButtonKind kind, Wish wish) {
    auto* action = widgets::localAction(this, name.arg(m_facts.id), [this, wish] { emit wished(wish); });
    auto* button = (new widgets::Button(action, text, kind, m_buttons))->small();
    button->installEventFilter(this);
    row->addWidget(button);
    return button;
}

void BrokerCard::show(const BrokerFacts& facts, qint64 nowMs) {
    m_facts = facts;
    m_shownMs = nowMs;
    const bool dead = facts.isDead();
    switch (facts.state) {
    case State::Up: m_dot->set(facts.notInSync > 0 ? theme::Tone::Warn : theme::Tone::Good); break;
    case State::Starting:
    case State::Stopping: m_dot->set(theme::Tone::Info); break;
    case State::Paused: m_dot->set(theme::Tone::Warn); break;
    case State::Unknown: m_dot->set(theme::Tone::Neutral, true); break;
    default: m_dot->set(theme::Tone::Bad); break;
    }
    const Sentence state = stateSentence(facts, nowMs);
    m_pill->set(state.pill, state.tone);
    m_pill->setVisible(!state.pill.isEmpty());
    m_pill->setToolTip(facts.reason.isEmpty() || !dead ? QString() : QStringLiteral("<span>%1</span>").arg(facts.reason.toHtmlEscaped()));
    // A narrow card has room for the port only; the rest is the same on one machine, and in the tooltip.
    const bool narrow = width() < kNarrow;
    const auto colon = facts.address.lastIndexOf(u':');
    m_address->setText(narrow && !state.pill.isEmpty() && colon > 0 ? facts.address.mid(colon) : facts.address);
    m_address->setToolTip(facts.address);
    m_grid->setColumnMinimumWidth(2, narrow ? 2 : 18);
    setTone(dead ? theme::Tone::Bad : facts.state == State::Paused ? theme::Tone::Warn : theme::Tone::Neutral);

    // The longest wording that its place has room for: a number that is cut would be read as another one.
    const auto set = [this](std::size_t i, const QStringList& wordings) {
        const QFontMetrics metrics(theme::of(this).font(theme::Face::Small));
        QString text = wordings.last();
        for (const auto& one : wordings)
            if (metrics.horizontalAdvance(one) <= m_values[i]->width()) {
                text = one;
                break;
            }
        if (m_values[i]->text() != text)
            m_values[i]->setText(text);
        m_values[i]->setToolTip(text == wordings.first() ? QString() : wordings.first());
    };
    const bool known = facts.state != State::Unknown || facts.replicas > 0;
    const QString none = QStringLiteral("\u2013"), replicas = format::count(facts.replicas), behind = format::count(facts.notInSync);
    set(0, known ? QStringList{tr("%Ln partition(s)", nullptr, facts.leaders), format::count(facts.leaders)} : QStringList{none});
    set(1, {format::rate(facts.messagesPerSecond)});
    if (known && facts.notInSync > 0 && !dead)
        set(2, {tr("%1, %2 behind").arg(replicas, behind), tr("%1 behind").arg(behind), replicas});
    else
        set(2, {known ? replicas : none});
    set(3, {format::byteRate(facts.bytesInPerSecond)});
    set(4, {format::bytes(facts.bytes)});
    const bool up = facts.state == State::Up; // the pill of a paused one says since when
    const qint64 age = facts.sinceMs > 0 ? std::max<qint64>(0, nowMs - facts.sinceMs) : -1;
    set(5, !up ? QStringList{none} : age < 0 ? QStringList{tr("not known"), none} : QStringList{format::duration(std::max<qint64>(1000, age - age % 1000))});

    if (up && age < 0)
        m_values[5]->setToolTip(tr("It was up already when Samsa connected, and Kafka does not say since when."));

    m_buttons->setVisible(facts.local);
    const bool moving = facts.state == State::Starting || facts.state == State::Stopping;
    QWidget* const pressed = m_buttons->isAncestorOf(QApplication::focusWidget()) ? QApplication::focusWidget() : nullptr;
    m_start->setVisible(dead);
    m_lastLines->setVisible(dead);
    m_log->setVisible(!dead);
    m_kill->setVisible(!dead);
    m_pause->setVisible(!dead && facts.state != State::Paused);
    m_resume->setVisible(facts.state == State::Paused);
    m_restart->setVisible(!dead && facts.state != State::Paused);
    if (pressed && pressed->isHidden())
        setFocus(Qt::OtherFocusReason); // and not the button that stands next now
    for (auto* button : {m_kill, m_pause, m_restart, m_start, m_resume}) {
        const bool enabled = m_refusal.isEmpty() && (!moving || button == m_kill);
        button->action()->setEnabled(enabled);
        button->action()->setToolTip(m_refusal.isEmpty() ? button->action()->text() : m_refusal);
    }
    retitle();
}

void BrokerCard::retitle() {
    setAccessibleName(tr("Broker %1").arg(m_facts.id));
    setAccessibleDescription(tr("%1, leads %2, %3 on disk").arg(m_pill->isHidden() ? tr("up") : m_pill->text(), m_values[0]->text(), m_values[4]->text()));
}

void BrokerCard::setRefusal(const QString& reason) { m_refusal = reason; }

void BrokerCard::paintEvent(QPaintEvent* event) {
    Card::paintEvent(event);
    if (hasFocus()) {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme::of(this).accent, theme::kFocusRing));
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), theme::kRadius, theme::kRadius);
    }
}

void BrokerCard::resizeEvent(QResizeEvent* event) {
    Card::resizeEvent(event);
    // The wordings fit the new width, once its parts have it.
    if (m_shownMs > 0)
        QMetaObject::invokeMethod(this, [this] {
            layout()->activate();
            show(BrokerFacts(m_facts), m_shownMs);
        }, Qt::QueuedConnection);
}

void BrokerCard::focusInEvent(QFocusEvent* event) {
    Card::focusInEvent(event);
    update();
    emit selected();
}

void BrokerCard::focusOutEvent(QFocusEvent* event) {
    Card::focusOutEvent(event);
    update();
}

void BrokerCard::keyPressEvent(QKeyEvent* event) {
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Up: emit stepped(mirrored && event->key() == Qt::Key_Left ? 1 : -1); return;
    case Qt::Key_Right:
    case Qt::Key_Down: emit stepped(mirrored && event->key() == Qt::Key_Right ? -1 : 1); return;
    default: Card::keyPressEvent(event);
    }
}

void BrokerCard::mousePressEvent(QMouseEvent* event) {
    setFocus(Qt::MouseFocusReason);
    event->accept();
}

bool BrokerCard::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::FocusIn)
        emit selected();
    return Card::eventFilter(watched, event);
}

} // namespace ui::overview
