#pragma once
// Answers that wait a moment for the metadata to say something: a topic being created, a leader being elected.
// Loop thread only.

#include "embedded-broker/base/scheduler.h"

#include <functional>
#include <list>

namespace broker::handlers {

class ImageWaiters {
public:
    explicit ImageWaiters(Scheduler& scheduler) : m_scheduler(scheduler) {}
    ~ImageWaiters();
    ImageWaiters(const ImageWaiters&) = delete;
    ImageWaiters& operator=(const ImageWaiters&) = delete;

    /// Runs `done(true)` as soon as `ready()`, which is asked now and after every new image; `done(false)` after `timeout`.
    void until(std::function<bool()> ready, Duration timeout, std::function<void(bool)> done);
    /// A new image is in place.
    void changed();

private:
    struct Waiter {
        std::function<bool()> ready;
        std::function<void(bool)> done;
        TimerId timer = 0;
    };
    Scheduler& m_scheduler;
    std::list<Waiter> m_waiters;
};

} // namespace broker::handlers
