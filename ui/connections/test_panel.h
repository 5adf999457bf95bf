#pragma once
// The test beside the form: each step, what was seen, which one failed and what to do next.

#include "models/connections/connection_test_runner.h"

#include <QWidget>

class QVBoxLayout;

namespace ui::widgets {
class Button;
class PlainLabel;
}

namespace ui::connections {

class TestPanel : public QWidget {
    Q_OBJECT
public:
    explicit TestPanel(QWidget* parent);

    /// What a test would be made of now; `why` not empty = it cannot be made, and the reason.
    void setSubject(const models::client::ClientConfig& config, const QString& login, const QString& why);
    /// As the button does.
    void start();
    // The runner's reports; also for tests that show a state.
    void take(const models::wire::StepReport& report);
    void finish(const models::wire::TestOutcome& outcome);

private:
    class Row;
    void clear();
    void refreshButtons();
    void showCertificate();
    void copyTicket();

    models::connections::ConnectionTestRunner* m_runner;
    models::client::ClientConfig m_config;
    QString m_login;
    QString m_why;
    QList<models::wire::StepReport> m_reports;
    QList<Row*> m_rows;
    bool m_ran = false;
    QAction* m_start;
    QAction* m_stop;
    widgets::Button* m_startButton;
    widgets::Button* m_stopButton;
    widgets::PlainLabel* m_verdict;
};

} // namespace ui::connections
