#pragma once
// Where each leader epoch of a log starts: the memory behind leader-epoch-checkpoint. Both epochs and starts rise strictly.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"

#include <string>
#include <string_view>
#include <vector>

namespace broker::storage {

class EpochCache {
public:
    struct Entry {
        LeaderEpoch epoch = kNoEpoch;
        Offset start = 0;
        bool operator==(const Entry&) const = default;
    };

    /// True when something changed. A later epoch that starts at or below earlier ones replaces them (they have no records).
    bool assign(LeaderEpoch epoch, Offset start);
    /// Forgets epochs that start at or after `end`.
    bool truncateFromEnd(Offset end);
    /// The epoch of `start` now begins there; earlier ones are forgotten.
    bool truncateFromStart(Offset start);
    void clear() { m_entries.clear(); }

    [[nodiscard]] LeaderEpoch latest() const { return m_entries.empty() ? kNoEpoch : m_entries.back().epoch; }
    /// {largest epoch <= `epoch`, start of the next larger one or `logEnd`}; {-1, -1} when unknown.
    [[nodiscard]] std::pair<LeaderEpoch, Offset> endOffsetFor(LeaderEpoch epoch, Offset logEnd) const;
    [[nodiscard]] LeaderEpoch epochAt(Offset offset) const;
    [[nodiscard]] const std::vector<Entry>& entries() const { return m_entries; }

    /// leader-epoch-checkpoint, version 0: version, count, then "epoch start" lines.
    [[nodiscard]] std::string encode() const;
    static Result<EpochCache> decode(std::string_view text);

private:
    std::vector<Entry> m_entries;
};

} // namespace broker::storage
