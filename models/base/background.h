#pragma once
// Short work for the interface thread's tables, done elsewhere: comparing, sorting and filtering of long lists.

#include <QFutureWatcher>
#include <QPromise>
#include <QThreadPool>
#include <functional>
#include <memory>

namespace models {

/// One thread, named "tables", owned by this library and joined when the program ends: what it is given takes milliseconds and waits for nothing.
QThreadPool& tableWorker();

/// Runs `work` there and hands its value to `done` on the thread of `context`, unless `context` is gone by then. In the order of the calls.
/// `work` may touch only values that it owns.
template <class T>
void inBackground(QObject* context, std::function<T()> work, std::function<void(T)> done) {
    auto promise = std::make_shared<QPromise<T>>();
    auto* watcher = new QFutureWatcher<T>(context);
    QObject::connect(watcher, &QFutureWatcherBase::finished, context, [watcher, done = std::move(done)] {
        watcher->deleteLater();
        done(watcher->future().takeResult());
    });
    watcher->setFuture(promise->future());
    tableWorker().start([promise, work = std::move(work)] {
        promise->start();
        promise->addResult(work());
        promise->finish();
    });
}

} // namespace models
