#include "models/base/job.h"

#include <QMutex>
#include <QTimer>

namespace models {

struct JobControl::Detail {
    QMutex mutex; ///< guards text
    QString text;
};

void JobControl::setProgress(qint64 done, qint64 total, const QString& detail) {
    m_done.store(done, std::memory_order_relaxed);
    m_total.store(total, std::memory_order_relaxed);
    {
        const QMutexLocker lock(&m_detail->mutex);
        m_detail->text = detail;
    }
    if (!m_posted.exchange(true) && m_notify)
        m_notify();
}

Job::Job(quint64 id, QString title, std::shared_ptr<JobControl> control, QObject* parent)
    : QObject(parent), m_id(id), m_title(std::move(title)), m_control(std::move(control)) {}

qint64 Job::done() const { return m_control->m_done.load(std::memory_order_relaxed); }
qint64 Job::total() const { return m_control->m_total.load(std::memory_order_relaxed); }

QString Job::detail() const {
    const QMutexLocker lock(&m_control->m_detail->mutex);
    return m_control->m_detail->text;
}

void Job::cancel() { m_control->m_cancelled.store(true, std::memory_order_relaxed); }

void Job::setState(State state, Error error) {
    m_state = state;
    m_error = std::move(error);
    emit changed();
}

JobRunner::JobRunner(QObject* parent, int threads) : QObject(parent) {
    m_pool.setMaxThreadCount(threads);
    m_pool.setObjectName(QStringLiteral("jobs"));
}

JobRunner::~JobRunner() {
    cancelAll();
    m_pool.waitForDone();
}

int JobRunner::runningCount() const {
    int running = 0;
    for (const auto* job : m_jobs)
        running += job->isOver() ? 0 : 1;
    return running;
}

void JobRunner::forget(Job* job) {
    if (!job->isOver())
        return;
    emit jobAboutToBeForgotten(job);
    m_jobs.removeOne(job);
    job->deleteLater();
}

void JobRunner::cancelAll() {
    for (auto* job : m_jobs)
        job->cancel();
}

bool JobRunner::waitForWorkers(int deadlineMs) { return m_pool.waitForDone(deadlineMs); }

Job* JobRunner::startErased(const QString& title, ErasedWork work, std::function<void()> deliver) {
    auto control = std::make_shared<JobControl>();
    control->m_detail = std::make_shared<JobControl::Detail>();
    auto* job = new Job(m_nextId++, title, control, this);
    m_jobs.append(job);
    const QPointer<Job> guard(job);
    // The runner outlives its pool's threads, so it is a safe receiver; the guard is looked at on the interface thread only.
    control->m_notify = [this, guard, weak = std::weak_ptr<JobControl>(control)] {
        QMetaObject::invokeMethod(this, [this, guard, weak] {
            QTimer::singleShot(100, this, [guard, weak] {
                if (const auto alive = weak.lock())
                    alive->m_posted.store(false);
                if (Job* shown = guard.data(); shown != nullptr && !shown->isOver())
                    emit shown->changed();
            });
        }, Qt::QueuedConnection);
    };
    emit jobAdded(job);
    emit runningCountChanged(runningCount());
    m_pool.start([this, guard, control, work = std::move(work), deliver = std::move(deliver)] {
        std::optional<Error> error;
        if (control->cancelled()) {
            error = JobControl::cancelledError().error();
        } else {
            QMetaObject::invokeMethod(this, [guard] {
                if (guard)
                    guard->setState(Job::State::Running);
            }, Qt::QueuedConnection);
            error = work(*control);
        }
        QMetaObject::invokeMethod(this, [this, guard, error, deliver] {
            deliver();
            if (!guard)
                return;
            const auto state = !error ? Job::State::Finished : error->code == ErrorCode::Cancelled ? Job::State::Cancelled : Job::State::Failed;
            guard->setState(state, error.value_or(Error{}));
            emit guard->over();
            emit runningCountChanged(runningCount());
        }, Qt::QueuedConnection);
    });
    return job;
}

} // namespace models
