#include "models/connections/connection_test_runner.h"

#include <QCoreApplication>
#include <QPointer>
#include <pthread.h>
#include <thread>

namespace models::connections {

ConnectionTestRunner::ConnectionTestRunner(QObject* parent) : QObject(parent) {}

ConnectionTestRunner::~ConnectionTestRunner() {
    if (m_test)
        m_test->cancel();
}

void ConnectionTestRunner::start(const client::ClientConfig& config, const wire::TestLimits& limits) {
    if (m_test)
        m_test->cancel();
    m_test = std::make_shared<wire::ConnectionTest>(config, limits);
    const quint64 number = ++m_number;
    const QPointer<ConnectionTestRunner> self(this);
    // The application object outlives this one, so it receives; whether the answer is still wanted is asked there.
    const auto post = [self, number](auto&& tell) {
        if (auto* application = QCoreApplication::instance())
            QMetaObject::invokeMethod(application, [self, number, tell] {
                if (self && self->m_number == number)
                    tell(*self);
            }, Qt::QueuedConnection);
    };
    std::thread([test = m_test, post] {
        pthread_setname_np(pthread_self(), "connection-test");
        const auto outcome = test->run([&post](const wire::StepReport& report) { post([report](ConnectionTestRunner& runner) { emit runner.stepTold(report); }); });
        post([outcome](ConnectionTestRunner& runner) {
            runner.m_test.reset();
            emit runner.finished(outcome);
        });
    }).detach();
}

void ConnectionTestRunner::cancel() {
    if (m_test)
        m_test->cancel();
}

} // namespace models::connections
