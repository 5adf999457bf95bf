#pragma once
// A connection test with signals: runs on a thread of its own, told step by step. Interface thread; one test at a time, a new one ends the old one.

#include "models/wire/connection_test.h"

#include <QObject>
#include <memory>

namespace models::connections {

class ConnectionTestRunner : public QObject {
    Q_OBJECT
public:
    explicit ConnectionTestRunner(QObject* parent = nullptr);
    ~ConnectionTestRunner() override; ///< cancels; waits for nobody

    void start(const client::ClientConfig& config, const wire::TestLimits& limits = {});
    void cancel();
    [[nodiscard]] bool running() const { return m_test != nullptr; }

signals:
    void stepTold(const models::wire::StepReport& report);
    void finished(const models::wire::TestOutcome& outcome);

private:
    std::shared_ptr<wire::ConnectionTest> m_test;
    quint64 m_number = 0; ///< answers of an older test are dropped
};

} // namespace models::connections
