#include "models/base/job.h"
#include "tests/support/test_registry.h"

#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>

using namespace models;

class JobTest : public QObject {
    Q_OBJECT
private slots:
    void deliversOnThisThread() {
        JobRunner runner;
        int got = 0;
        QThread* thread = nullptr;
        auto* job = runner.start<int>(QStringLiteral("count"), [](JobControl& control) -> Result<int> {
            control.setProgress(1, 2);
            return 42;
        }, this, [&](Result<int> outcome) {
            got = *outcome;
            thread = QThread::currentThread();
        });
        QSignalSpy over(job, &Job::over);
        QVERIFY(over.wait(5000));
        QCOMPARE(got, 42);
        QCOMPARE(thread, QThread::currentThread());
        QCOMPARE(job->state(), Job::State::Finished);
        QCOMPARE(runner.runningCount(), 0);
    }

    void stopsWhenAsked() {
        JobRunner runner;
        QSemaphore started;
        auto* job = runner.start<int>(QStringLiteral("endless"), [&started](JobControl& control) -> Result<int> {
            started.release();
            while (!control.cancelled())
                QThread::yieldCurrentThread();
            return JobControl::cancelledError();
        }, this, [](Result<int>) {});
        QSignalSpy over(job, &Job::over);
        started.acquire();
        job->cancel();
        QVERIFY(over.wait(5000));
        QCOMPARE(job->state(), Job::State::Cancelled);
    }

    void nobodyIsCalledWhoIsGone() {
        JobRunner runner;
        bool called = false;
        auto* receiver = new QObject;
        auto* job = runner.start<int>(QStringLiteral("late"), [](JobControl&) -> Result<int> { return 1; }, receiver, [&called](Result<int>) { called = true; });
        delete receiver;
        QSignalSpy over(job, &Job::over);
        QVERIFY(over.wait(5000));
        QVERIFY(!called);
    }

    void failuresKeepTheirReason() {
        JobRunner runner;
        auto* job = runner.start<int>(QStringLiteral("fails"), [](JobControl&) -> Result<int> { return fail(ErrorCode::NotFound, QStringLiteral("topic"), QStringLiteral("gone")); }, this,
            [](Result<int>) {});
        QSignalSpy over(job, &Job::over);
        QVERIFY(over.wait(5000));
        QCOMPARE(job->state(), Job::State::Failed);
        QCOMPARE(job->error().why, QStringLiteral("gone"));
    }
};

SAMSA_TEST(JobTest)
#include "job_test.moc"
