#pragma once
// Long work with a face: a plain function runs on a worker thread, a Job object on the interface thread shows how far it is.
//
//     runner->start<Count>(tr("Count messages"),
//         [](JobControl& control) -> Result<Count> { ... if (control.cancelled()) return control.cancelledError(); ... },
//         this, [this](Result<Count> outcome) { ... });

#include "models/base/error.h"

#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace models {

class Job;

/// The worker's side of a job. Thread-safe; lives as long as either side needs it.
class JobControl {
public:
    [[nodiscard]] bool cancelled() const { return m_cancelled.load(std::memory_order_relaxed); }
    /// What a worker returns when it stops because it was asked to.
    [[nodiscard]] static std::unexpected<Error> cancelledError() { return fail(ErrorCode::Cancelled, {}, QStringLiteral("cancelled")); }
    /// `total` 0 = not known. Cheap: shown at most some ten times a second.
    void setProgress(qint64 done, qint64 total, const QString& detail = {});

private:
    friend class Job;
    friend class JobRunner;
    std::atomic<bool> m_cancelled{false};
    std::atomic<bool> m_posted{false};
    std::atomic<qint64> m_done{0};
    std::atomic<qint64> m_total{0};
    std::function<void()> m_notify; ///< set before the worker starts, called from it
    struct Detail;
    std::shared_ptr<Detail> m_detail;
};

/// What the task panel shows. Interface thread. Owned by its JobRunner, which keeps finished ones until `forget`.
class Job : public QObject {
    Q_OBJECT
public:
    enum class State { Queued, Running, Finished, Failed, Cancelled };
    Q_ENUM(State)

    [[nodiscard]] quint64 id() const { return m_id; }
    [[nodiscard]] const QString& title() const { return m_title; }
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] bool isOver() const { return m_state != State::Queued && m_state != State::Running; }
    [[nodiscard]] qint64 done() const; ///< units as the worker counts them
    [[nodiscard]] qint64 total() const; ///< 0 = not known
    [[nodiscard]] QString detail() const;
    /// Set when Failed or Cancelled.
    [[nodiscard]] const Error& error() const { return m_error; }
    void cancel();

signals:
    void changed(); ///< state, progress or detail; gathered
    void over();    ///< once, after its outcome was delivered

private:
    friend class JobRunner;
    Job(quint64 id, QString title, std::shared_ptr<JobControl> control, QObject* parent);
    void setState(State state, Error error = {});

    quint64 m_id;
    QString m_title;
    std::shared_ptr<JobControl> m_control;
    State m_state = State::Queued;
    Error m_error;
};

/// Runs jobs on its own thread pool and lists them. Interface thread; one for the program, made in app/.
/// Its destructor cancels what runs and waits; workers poll for cancel between units of work.
class JobRunner : public QObject {
    Q_OBJECT
public:
    explicit JobRunner(QObject* parent = nullptr, int threads = 2);
    ~JobRunner() override;

    /// `deliver` is called on the interface thread, unless `context` is gone by then. The Job is the runner's.
    template <class T>
    Job* start(const QString& title, std::function<Result<T>(JobControl&)> work, QObject* context, std::function<void(Result<T>)> deliver) {
        auto outcome = std::make_shared<std::optional<Result<T>>>();
        return startErased(
            title,
            [work = std::move(work), outcome](JobControl& control) -> std::optional<Error> {
                outcome->emplace(work(control));
                return (*outcome)->has_value() ? std::nullopt : std::optional<Error>((*outcome)->error());
            },
            [context = QPointer<QObject>(context), deliver = std::move(deliver), outcome] {
                if (context && deliver && outcome->has_value())
                    deliver(std::move(**outcome));
            });
    }

    [[nodiscard]] const QList<Job*>& jobs() const { return m_jobs; } ///< oldest first
    [[nodiscard]] int runningCount() const;
    void forget(Job* job); ///< drops one that is over
    void cancelAll();
    /// True when all ended within `deadlineMs`; spins no event loop, so outcomes of the rest are not delivered.
    bool waitForWorkers(int deadlineMs);

signals:
    void jobAdded(models::Job* job);
    void jobAboutToBeForgotten(models::Job* job);
    void runningCountChanged(int count);

private:
    using ErasedWork = std::function<std::optional<Error>(JobControl&)>;
    Job* startErased(const QString& title, ErasedWork work, std::function<void()> deliver);

    QThreadPool m_pool;
    QList<Job*> m_jobs;
    quint64 m_nextId = 1;
};

} // namespace models
