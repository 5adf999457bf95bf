#include "embedded-broker/replication/producer_ids.h"

namespace broker::replication {

void ProducerIds::next(const Allocate& allocate, Done done) {
    if (m_next == m_end && m_spare) {
        m_next = m_spare->first;
        m_end = m_next + m_spare->second;
        m_spare.reset();
    }
    // The next block is on its way before this one is used up.
    if (!m_spare && m_end - m_next <= m_blockSize / 10)
        ask(allocate);
    if (m_next == m_end) {
        m_waiting.push_back(std::move(done));
        return;
    }
    done(m_next++);
}

void ProducerIds::ask(const Allocate& allocate) {
    if (m_asking)
        return;
    m_asking = true;
    allocate([this, alive = m_alive](Result<Block> block) {
        if (!*alive)
            return;
        m_asking = false;
        auto waiting = std::exchange(m_waiting, {});
        if (!block || block->second <= 0) {
            const Error error = block ? Error{ErrorCode::Internal, "the controller gave no producer ids"} : block.error();
            for (auto& done : waiting)
                done(std::unexpected(error));
            return;
        }
        m_blockSize = block->second;
        m_spare = *block;
        while (!waiting.empty()) {
            if (m_next == m_end && m_spare) {
                m_next = m_spare->first;
                m_end = m_next + m_spare->second;
                m_spare.reset();
            }
            auto done = std::move(waiting.front());
            waiting.pop_front();
            if (m_next == m_end)
                done(std::unexpected(Error{ErrorCode::Unavailable, "more producers than producer ids asked at once"}));
            else
                done(m_next++);
        }
    });
}

} // namespace broker::replication
