#include "embedded-broker/storage/key_offsets.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace broker::storage {
namespace {

constexpr std::uint64_t kFirstSlots = 1024;
__extension__ using Wide = unsigned __int128;

struct SipState {
    std::uint64_t v0, v1, v2, v3;
    void round() {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }
    void take(std::uint64_t word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
    std::uint64_t finish() {
        for (int i = 0; i < 4; ++i)
            round();
        return v0 ^ v1 ^ v2 ^ v3;
    }
};

} // namespace

std::array<std::uint64_t, 2> sipHash128(Bytes bytes, const std::array<std::uint64_t, 2>& key) {
    SipState state{key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU ^ 0xeeU, key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U};
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, 8);
        state.take(word);
    }
    std::uint64_t last = static_cast<std::uint64_t>(bytes.size()) << 56;
    for (std::size_t i = 0; at + i < bytes.size(); ++i)
        last |= static_cast<std::uint64_t>(bytes[at + i]) << (8 * i);
    state.take(last);
    state.v2 ^= 0xeeU;
    const auto low = state.finish();
    state.v1 ^= 0xddU;
    return {low, state.finish()};
}

KeyOffsets::KeyOffsets(std::uint64_t bytesMax, double loadFactor, std::array<std::uint64_t, 2> hashKey)
    : m_slotsMax(std::max<std::uint64_t>(bytesMax / kSlotBytes, 2))
    , m_usedMax(std::max<std::uint64_t>(static_cast<std::uint64_t>(static_cast<double>(m_slotsMax) * std::clamp(loadFactor, 0.01, 0.95)), 1))
    , m_loadFactor(std::clamp(loadFactor, 0.01, 0.95))
    , m_hashKey(hashKey)
    , m_slots(std::min(kFirstSlots, m_slotsMax)) {
    m_usedMax = std::min(m_usedMax, m_slotsMax - 1); // a look-up ends at an empty slot
}

std::size_t KeyOffsets::find(std::uint64_t low, std::uint64_t high) const {
    // The high half of low * size: even over any number of slots, not only powers of two.
    auto at = static_cast<std::size_t>((static_cast<Wide>(low) * m_slots.size()) >> 64U);
    while (m_slots[at].offset != kNoOffset && (m_slots[at].low != low || m_slots[at].high != high))
        at = at + 1 == m_slots.size() ? 0 : at + 1;
    return at;
}

void KeyOffsets::grow() {
    auto old = std::exchange(m_slots, std::vector<Slot>(std::min<std::uint64_t>(m_slots.size() * 2, m_slotsMax)));
    for (const auto& slot : old) {
        if (slot.offset != kNoOffset)
            m_slots[find(slot.low, slot.high)] = slot;
    }
}

bool KeyOffsets::put(Bytes key, Offset offset) {
    if (m_used >= m_usedMax)
        return false;
    if (static_cast<double>(m_used + 1) > static_cast<double>(m_slots.size()) * std::min(m_loadFactor, 0.75) && m_slots.size() < m_slotsMax)
        grow();
    const auto [low, high] = sipHash128(key, m_hashKey);
    auto& slot = m_slots[find(low, high)];
    if (slot.offset == kNoOffset) {
        slot.low = low;
        slot.high = high;
        ++m_used;
    }
    slot.offset = offset;
    raiseLatest(offset);
    return true;
}

Offset KeyOffsets::get(Bytes key) const {
    const auto [low, high] = sipHash128(key, m_hashKey);
    return m_slots[find(low, high)].offset;
}

} // namespace broker::storage
