#include "ui/connections/test_panel.h"

#include "ui/connections/test_words.h"
#include "ui/theme/icons.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/label.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QPainter>
#include <QVBoxLayout>

namespace ui::connections {

using namespace models::wire;

namespace {

/// The state of a step as a picture; the title beside it says it in words.
class Mark : public QWidget {
public:
    explicit Mark(QWidget* parent) : QWidget(parent) { setFixedSize(18, 18); }
    void set(StepState state) {
        m_state = state;
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override {
        const auto& t = theme::of(this);
        QPainter painter(this);
        const auto draw = [&](const char* icon, const QColor& colour) { theme::drawIcon(&painter, QRect(2, 2, 14, 14), QLatin1String(icon), colour); };
        switch (m_state) {
        case StepState::Good: draw("check", t.good); break;
        case StepState::Warned: draw("warning", t.warn); break;
        case StepState::Failed: draw("close", t.bad); break;
        case StepState::NotNeeded: draw("minus", t.ink3); break;
        case StepState::Running: draw("refresh", t.accent); break;
        case StepState::Waiting:
        case StepState::Stopped: draw("circle", t.ink3); break;
        }
    }

private:
    StepState m_state = StepState::Waiting;
};

} // namespace

class TestPanel::Row : public QWidget {
public:
    Row(TestPanel* panel, bool line) : QWidget(panel) {
        auto* down = new QVBoxLayout(this);
        down->setContentsMargins(0, 0, 0, 0);
        down->setSpacing(8);
        if (line)
            down->addWidget(widgets::hairline(this));
        auto* across = new QHBoxLayout;
        across->setSpacing(10);
        m_mark = new Mark(this);
        across->addWidget(m_mark, 0, Qt::AlignTop);
        auto* texts = new QVBoxLayout;
        texts->setSpacing(3);
        const auto add = [&](theme::Face face, theme::Ink ink) {
            auto* label = new widgets::PlainLabel({}, this, face, ink);
            label->setWordWrap(true);
            texts->addWidget(label);
            return label;
        };
        m_title = add(theme::Face::Text, theme::Ink::Secondary);
        m_seen = add(theme::Face::Small, theme::Ink::Secondary);
        m_next = add(theme::Face::Small, theme::Ink::Primary);
        m_buttons = new QWidget(this);
        auto* buttons = new QHBoxLayout(m_buttons);
        buttons->setContentsMargins(0, 4, 0, 0);
        buttons->setSpacing(theme::kGap);
        m_certificate = (new widgets::Button(widgets::localAction(panel, TestPanel::tr("Show certificate"), [panel] { panel->showCertificate(); }), theme::ButtonKind::Normal, m_buttons))->small();
        buttons->addWidget(m_certificate);
        buttons->addWidget((new widgets::Button(widgets::localAction(panel, TestPanel::tr("Copy for a ticket"), [panel] { panel->copyTicket(); }), theme::ButtonKind::Quiet, m_buttons))->small());
        buttons->addStretch(1);
        texts->addWidget(m_buttons);
        across->addLayout(texts, 1);
        down->addLayout(across);
    }
    void show(const StepReport& report, const QString& login) {
        const auto words = wordsOf(report, login);
        const bool over = report.state != StepState::Waiting && report.state != StepState::NotNeeded && report.state != StepState::Stopped;
        m_mark->set(report.state);
        m_title->setFace(over ? theme::Face::Strong : theme::Face::Text);
        m_title->setInk(over ? theme::Ink::Primary : theme::Ink::Secondary);
        const auto say = [](widgets::PlainLabel* label, const QString& text) {
            label->setText(text);
            label->setVisible(!text.isEmpty());
        };
        say(m_title, words.title);
        say(m_seen, words.seen);
        say(m_next, words.next);
        const bool bad = report.state == StepState::Failed || report.state == StepState::Warned;
        m_buttons->setVisible(bad);
        bool certificate = false;
        for (const auto& place : report.places)
            certificate = certificate || (place.at == TestStep::Tls && place.finding != Finding::None && !place.chain.isEmpty());
        m_certificate->setVisible(certificate);
        setAccessibleName(words.title);
        setAccessibleDescription(words.seen + QLatin1Char(' ') + words.next);
    }

private:
    Mark* m_mark;
    widgets::PlainLabel* m_title;
    widgets::PlainLabel* m_seen;
    widgets::PlainLabel* m_next;
    QWidget* m_buttons;
    widgets::Button* m_certificate;
};

TestPanel::TestPanel(QWidget* parent) : QWidget(parent), m_runner(new models::connections::ConnectionTestRunner(this)) {
    auto* down = new QVBoxLayout(this);
    down->setContentsMargins(22, 16, 22, 16);
    down->setSpacing(10);
    auto* head = new QHBoxLayout;
    head->addWidget(new widgets::PlainLabel(tr("Test"), this, theme::Face::Strong));
    head->addStretch(1);
    m_start = widgets::localAction(this, tr("Test"), [this] { start(); });
    m_stop = widgets::localAction(this, tr("Stop"), [this] { m_runner->cancel(); });
    m_startButton = (new widgets::Button(m_start, theme::ButtonKind::Normal, this))->small();
    m_stopButton = (new widgets::Button(m_stop, theme::ButtonKind::Normal, this))->small();
    head->addWidget(m_startButton);
    head->addWidget(m_stopButton);
    down->addLayout(head);
    for (int i = 0; i < kTestSteps; ++i) {
        m_rows.append(new Row(this, i > 0));
        down->addWidget(m_rows.last());
    }
    m_verdict = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary);
    m_verdict->setWordWrap(true);
    down->addWidget(m_verdict);
    down->addStretch(1);
    connect(m_runner, &models::connections::ConnectionTestRunner::stepTold, this, &TestPanel::take);
    connect(m_runner, &models::connections::ConnectionTestRunner::finished, this, &TestPanel::finish);
    clear();
    refreshButtons();
}

void TestPanel::setSubject(const models::client::ClientConfig& config, const QString& login, const QString& why) {
    const bool other = m_config != config || m_login != login;
    m_config = config;
    m_login = login;
    m_why = why;
    // A verdict about other settings would mislead.
    if (other && (m_ran || m_runner->running())) {
        m_runner->cancel();
        m_ran = false;
        clear();
        m_verdict->setText(tr("The settings have changed since the test."));
        m_verdict->show();
    } else if (other) {
        clear();
    }
    refreshButtons();
}

void TestPanel::clear() {
    m_reports.clear();
    for (int i = 0; i < kTestSteps; ++i) {
        StepReport report;
        report.step = static_cast<TestStep>(i);
        m_reports.append(report);
        m_rows[i]->show(report, m_login);
    }
    m_verdict->hide();
}

void TestPanel::refreshButtons() {
    const bool running = m_runner->running();
    m_start->setText(m_ran ? tr("Test again") : tr("Test"));
    m_start->setEnabled(m_why.isEmpty() && !running);
    m_start->setToolTip(m_why.isEmpty() ? tr("Try the connection step by step, without saving it") : m_why.toHtmlEscaped());
    const bool focused = m_startButton->hasFocus() || m_stopButton->hasFocus();
    m_stopButton->setVisible(running);
    m_startButton->setVisible(!running);
    if (focused)
        (running ? m_stopButton : m_startButton)->setFocus(Qt::OtherFocusReason);
}

void TestPanel::start() {
    if (!m_why.isEmpty())
        return;
    clear();
    m_runner->start(m_config);
    refreshButtons();
}

void TestPanel::take(const StepReport& report) {
    const int at = static_cast<int>(report.step);
    m_reports[at] = report;
    m_rows[at]->show(report, m_login);
}

void TestPanel::finish(const TestOutcome& outcome) {
    m_ran = true;
    for (const auto& report : outcome.steps)
        take(report);
    QString verdict;
    if (outcome.cancelled)
        verdict = tr("Stopped.");
    else if (outcome.good)
        verdict = tr("All is well: %n broker(s).", nullptr, outcome.brokers);
    m_verdict->setInk(outcome.good ? theme::Ink::Good : theme::Ink::Secondary);
    m_verdict->setText(verdict);
    m_verdict->setVisible(!verdict.isEmpty());
    refreshButtons();
    QAccessibleEvent told(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&told);
}

void TestPanel::copyTicket() { QApplication::clipboard()->setText(ticketText(m_reports, m_config.bootstrapServers, m_login)); }

void TestPanel::showCertificate() {
    for (const auto& report : m_reports) {
        for (const auto& place : report.places) {
            if (place.finding == Finding::None || place.at != TestStep::Tls || place.chain.isEmpty())
                continue;
            auto* dialog = new widgets::Dialog(tr("Certificate of %1").arg(place.name().left(200)), tr("As it was shown, its own first. Nobody has vouched for it."), this);
            for (const auto& one : place.chain) {
                if (&one != &place.chain.first())
                    dialog->body()->addWidget(widgets::hairline(dialog));
                auto* text = new widgets::PlainLabel(certificateText(one), dialog, theme::Face::MonoSmall);
                text->setWordWrap(true);
                dialog->body()->addWidget(text);
            }
            QStringList texts;
            for (const auto& one : place.chain)
                texts.append(certificateText(one));
            dialog->addChoice(tr("Copy"), theme::ButtonKind::Quiet, [texts] { QApplication::clipboard()->setText(texts.join(QStringLiteral("\n\n"))); });
            dialog->addChoice(tr("Close"), theme::ButtonKind::Primary, [dialog] { dialog->dismiss(); });
            dialog->open();
            return;
        }
    }
}

} // namespace ui::connections
