#pragma once
// Which record of a key is the newest: what compaction keeps. Keys are known by a keyed 128-bit hash only (SipHash-2-4, as Kafka uses MD5), so
// that a slot has 24 bytes whatever the key, and memory has a cap. One thread at a time.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/ids.h"

#include <array>
#include <cstdint>
#include <vector>

namespace broker::storage {

class KeyOffsets {
public:
    static constexpr std::uint64_t kSlotBytes = 24;

    /// `bytesMax`: of all slots (log.cleaner.dedupe.buffer.size); `loadFactor` of them may be used. Grows as it fills, never beyond.
    KeyOffsets(std::uint64_t bytesMax, double loadFactor, std::array<std::uint64_t, 2> hashKey);

    /// Notes that `key` is at `offset`, which is above all others so far. False when there is no room for one more record.
    [[nodiscard]] bool put(Bytes key, Offset offset);
    /// kNoOffset when the key was never put.
    [[nodiscard]] Offset get(Bytes key) const;
    [[nodiscard]] std::uint64_t size() const { return m_used; }
    [[nodiscard]] std::uint64_t bytes() const { return m_slots.size() * kSlotBytes; }

    /// The last offset that was looked at, put or not; kNoOffset at first. Records above it are nobody's business yet.
    [[nodiscard]] Offset latest() const { return m_latest; }
    void raiseLatest(Offset offset) { m_latest = offset > m_latest ? offset : m_latest; }

private:
    struct Slot {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        Offset offset = kNoOffset;
    };
    [[nodiscard]] std::size_t find(std::uint64_t low, std::uint64_t high) const;
    void grow();

    std::uint64_t m_slotsMax;
    std::uint64_t m_usedMax;
    double m_loadFactor;
    std::array<std::uint64_t, 2> m_hashKey;
    std::vector<Slot> m_slots;
    std::uint64_t m_used = 0;
    Offset m_latest = kNoOffset;
};

/// SipHash-2-4 with 128 bits of output.
std::array<std::uint64_t, 2> sipHash128(Bytes bytes, const std::array<std::uint64_t, 2>& key);

} // namespace broker::storage
