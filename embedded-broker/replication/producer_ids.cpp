#include "embedded-broker/replication/producer_ids.h"

namespace broker::replication {

void ProducerIds::next(const Allocate& allocate, Done done) {
    m_waiting.push_back(std::move(done));
    serve();
    // The next block is on its way before this one is used up.
    if (!m_spare && m_end - m_next <= m_blockSize / 10)
        ask(allocate);
}

void ProducerIds::serve() {
    while (!m_waiting.empty()) {
        if (m_next == m_end && m_spare) {
            m_next = m_spare->first;
            m_end = m_next + m_spare->second;
            m_spare.reset();
        }
        if (m_next == m_end)
            return;
        auto done = std::move(m_waiting.front());
        m_waiting.pop_front();
        done(m_next++);
    }
}

void ProducerIds::ask(const Allocate& allocate) {
    if (m_asking)
        return;
    m_asking = true;
    allocate([this, allocate, alive = m_alive](Result<Block> block) {
        if (!*alive)
            return;
        m_asking = false;
        if (!block || block->second <= 0) {
            const Error error = block ? Error{ErrorCode::Internal, "the controller gave no producer ids"} : block.error();
            for (auto& done : std::exchange(m_waiting, {}))
                done(std::unexpected(error));
            return;
        }
        m_blockSize = block->second;
        m_spare = *block;
        serve();
        if (!m_waiting.empty())
            ask(allocate); // more producers than one block holds
    });
}

} // namespace broker::replication
