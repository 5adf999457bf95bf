#include "embedded-broker/storage/record_walk.h"

#include "embedded-broker/protocol/record_batch.h"

namespace broker::storage {

Result<void> forEachRecord(Bytes batch, const std::function<bool(const RecordFacts&)>& each) {
    const auto view = protocol::RecordBatchView::parse(batch);
    if (!view)
        return std::unexpected(view.error());
    return protocol::forEachRecord(*view, [&](const protocol::RecordView& record) {
        return each({record.offset, record.timestamp, record.key.has_value()});
    });
}

} // namespace broker::storage
