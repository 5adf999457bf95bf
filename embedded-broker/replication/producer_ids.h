#pragma once
// Producer ids for idempotent producers: handed out one by one from blocks that the controller gives to this broker. A block that
// a crash leaves unused is never given again. Loop thread only.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace broker::replication {

class ProducerIds {
public:
    ProducerIds() = default;
    ~ProducerIds() { *m_alive = false; }
    ProducerIds(const ProducerIds&) = delete;
    ProducerIds& operator=(const ProducerIds&) = delete;

    using Block = std::pair<ProducerId, std::int32_t>; ///< [first, first + count)
    using Allocate = std::function<void(std::function<void(Result<Block>)>)>;
    using Done = std::move_only_function<void(Result<ProducerId>)>;

    /// A new id; asks the controller when the block runs low, waits for it when there is none.
    void next(const Allocate& allocate, Done done);

private:
    void serve();
    void ask(const Allocate& allocate);

    ProducerId m_next = 0;
    ProducerId m_end = 0;
    std::optional<Block> m_spare;
    std::int32_t m_blockSize = 0;
    bool m_asking = false;
    std::deque<Done> m_waiting;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::replication
