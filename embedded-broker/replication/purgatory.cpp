#include "embedded-broker/replication/purgatory.h"

namespace broker::replication {

void PendingAppend::settle(std::size_t index, ReplicaError error) {
    outcomes[index].error = error;
    if (--waiting == 0)
        finish();
}

void PendingAppend::finish() {
    if (!done)
        return;
    scheduler->cancel(timer);
    timer = 0;
    auto answer = std::move(done);
    done = nullptr;
    answer(std::move(outcomes));
}

void FetchLink::unlink() {
    if (!previous)
        return;
    previous->next = next;
    if (next)
        next->previous = previous;
    previous = next = nullptr;
}

void FetchLink::insertAfter(FetchLink& head) {
    previous = &head;
    next = head.next;
    if (next)
        next->previous = this;
    head.next = this;
}

void PendingFetch::wake(FetchLink& link) {
    link.dirty = true;
    if (wakePosted || finished)
        return;
    wakePosted = true;
    scheduler->post([self = shared_from_this()] {
        self->wakePosted = false;
        if (!self->finished)
            self->onWake(*self);
    });
}

void PendingFetch::finish() {
    if (finished)
        return;
    finished = true;
    for (auto& link : links)
        link.unlink();
    scheduler->cancel(timer);
    timer = 0;
    auto answer = std::move(done);
    done = nullptr;
    if (answer)
        answer(std::move(outcomes));
}

PendingFetch::~PendingFetch() {
    for (auto& link : links)
        link.unlink();
}

void FetchHandle::completeNow() const {
    if (const auto fetch = m_fetch.lock())
        fetch->finish();
}

void FetchHandle::abandon() const {
    if (const auto fetch = m_fetch.lock()) {
        fetch->done = nullptr;
        fetch->finish();
    }
}

bool FetchHandle::waiting() const {
    const auto fetch = m_fetch.lock();
    return fetch && !fetch->finished;
}

} // namespace broker::replication
