#pragma once
// A partition's directory becomes a Log: at once after a clean stop; after a crash every batch behind the recovery point is
// checked, what is torn is cut off, and what the journal holds is put back. Blocking; before the loop serves.

#include "embedded-broker/storage/log_core.h"

namespace broker::storage {

struct LoadInput {
    bool clean = false;
    Offset recoveryPoint = 0;             ///< of the checkpoint
    Offset logStart = 0;                  ///< of the checkpoint
    Offset highWatermark = 0;             ///< of the checkpoint
    const JournaledPartition* journaled = nullptr; ///< what the journal adds; may be null
};

struct LoadReport {
    std::uint64_t checkedBytes = 0;       ///< read and verified behind the recovery point
    std::uint64_t cutBytes = 0;           ///< torn, removed
    std::int64_t replayed = 0;            ///< batches put back from the journal
};

/// Fills `core`, whose directory exists or is described by the journal. Afterwards `core.pending` may hold operations: the caller
/// syncs the log before it empties the journal.
Result<LoadReport> loadLog(LogCore& core, const LoadInput& input);

} // namespace broker::storage
