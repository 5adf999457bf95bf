#include "models/compaction/key_versions.h"

#include <algorithm>
#include <utility>

namespace models::compaction {

namespace {
constexpr std::size_t kPlacesMin = 256;
}

KeyVersions::KeyVersions(std::size_t keysMax) : m_keysMax(std::max<std::size_t>(keysMax, 16)) { rebuild(kPlacesMin); }

std::size_t KeyVersions::placeOf(quint64 hash) const {
    const std::size_t mask = m_slots.size() - 1;
    // The low bits choose who is followed, so the place comes from the high ones.
    std::size_t at = static_cast<std::size_t>((hash * 0x9E3779B97F4A7C15ULL) >> 20U) & mask;
    while (!m_slots[at].empty() && m_slots[at].hash != hash)
        at = (at + 1) & mask;
    return at;
}

void KeyVersions::rebuild(std::size_t places) {
    auto before = std::exchange(m_slots, std::vector<Slot>(places, Slot{0, {-1, 0, 0}}));
    m_count = 0;
    for (const auto& slot : before) {
        if (slot.empty() || !follows(slot.hash))
            continue;
        m_slots[placeOf(slot.hash)] = slot;
        ++m_count;
    }
}

std::optional<KeyVersions::Version> KeyVersions::put(quint64 hash, const Version& version) {
    auto& slot = m_slots[placeOf(hash)];
    if (!slot.empty()) {
        const Version before = slot.version;
        slot.version = version;
        slot.version.flags |= Repeated;
        return before;
    }
    slot = {hash, version};
    ++m_count;
    if (m_count > m_keysMax) {
        m_sampleMask = m_sampleMask * 2 + 1;
        rebuild(m_slots.size());
    } else if (m_count * 4 > m_slots.size() * 3) {
        rebuild(m_slots.size() * 2);
    }
    return std::nullopt;
}

} // namespace models::compaction
