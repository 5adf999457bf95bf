// A record set as a producer may send it: batches, their codecs, their records.

#include "embedded-broker/protocol/record_batch.h"

using namespace broker;
using namespace broker::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes = std::as_bytes(std::span(data, size));
    BatchWalker walker(bytes);
    while (const auto batch = walker.next()) {
        (void)batch->crcValid();
        (void)batch->lastSequence();
        (void)batch->deleteHorizon();
        (void)forEachRecord(*batch, [](const RecordView& record) {
            (void)record.headers();
            (void)controlRecordType(record.key);
            (void)endTransactionMarkerEpoch(record.value);
            return true;
        }, 1 << 20);
    }
    return 0;
}
