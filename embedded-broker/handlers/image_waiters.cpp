#include "embedded-broker/handlers/image_waiters.h"

namespace broker::handlers {

ImageWaiters::~ImageWaiters() {
    for (auto& waiter : m_waiters)
        m_scheduler.cancel(waiter.timer);
}

void ImageWaiters::until(std::function<bool()> ready, Duration timeout, std::function<void(bool)> done) {
    if (ready())
        return done(true);
    m_waiters.push_back({std::move(ready), std::move(done), 0});
    const auto here = std::prev(m_waiters.end());
    here->timer = m_scheduler.after(timeout, [this, here] {
        auto late = std::move(here->done);
        m_waiters.erase(here);
        late(false);
    });
}

void ImageWaiters::changed() {
    std::list<Waiter> ready;
    for (auto it = m_waiters.begin(); it != m_waiters.end();) {
        const auto here = it++;
        if (here->ready())
            ready.splice(ready.end(), m_waiters, here);
    }
    for (auto& waiter : ready) {
        m_scheduler.cancel(waiter.timer);
        waiter.done(true);
    }
}

} // namespace broker::handlers
