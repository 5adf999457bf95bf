#include "embedded-broker/metadata/snapshot_generator.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <utility>

namespace broker::metadata {

SnapshotGenerator::SnapshotGenerator(Options options, Scheduler& scheduler, Write write)
    : m_options(options), m_scheduler(scheduler), m_write(std::move(write)), m_since(scheduler.now()) {}

SnapshotGenerator::~SnapshotGenerator() { *m_alive = false; }

void SnapshotGenerator::loaded(WallMs timestamp) {
    m_bytes = 0;
    m_since = m_scheduler.now();
    m_timestamp = std::max(m_timestamp, timestamp);
}

void SnapshotGenerator::changed(const ImagePtr& image, std::uint64_t bytes, WallMs timestamp, bool inTransaction) {
    m_bytes += bytes;
    m_timestamp = std::max(m_timestamp, timestamp);
    const Instant now = m_scheduler.now();
    const bool late = m_options.interval > Duration::zero() && now - m_since >= m_options.interval;
    if (m_writing || inTransaction || (m_bytes < m_options.bytes && !late))
        return;
    m_writing = true;
    m_bytes = 0;
    m_since = now;
    m_write(image, m_timestamp, [this, alive = m_alive, offset = image->offset()](Result<void> written) {
        if (!*alive)
            return;
        m_writing = false;
        if (written)
            log::info("metadata", "A snapshot of the metadata up to offset {} is written.", offset);
        else // the log still has everything: the next one comes when it is due
            log::warning("metadata", "A snapshot of the metadata up to offset {} could not be written: {}", offset, written.error().message);
    });
}

} // namespace broker::metadata
