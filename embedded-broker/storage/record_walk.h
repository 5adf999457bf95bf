#pragma once
// The records inside one batch, as far as storage looks at them: time stamps and keys. Decompresses when it must.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"

#include <functional>

namespace broker::storage {

struct RecordFacts {
    Offset offset = 0;
    WallMs timestamp = -1;
    bool hasKey = false;
};

/// `batch` is one whole batch; `each` returns false to stop. Corrupt when the records are not what the header says.
Result<void> forEachRecord(Bytes batch, const std::function<bool(const RecordFacts&)>& each);

} // namespace broker::storage
