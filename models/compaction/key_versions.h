#pragma once
// The newest version of each key of one partition, in bounded memory. When there are more keys than room, every second key is forgotten, then every fourth...: by their
// hashes, so that a key is either followed to the end or not at all, and what is counted of it counts for 2, 4... One thread.

#include <QtGlobal>
#include <optional>
#include <vector>

namespace models::compaction {

class KeyVersions {
public:
    enum Flag : quint32 { Tombstone = 1, Expired = 2, Repeated = 4 };
    struct Version {
        qint64 offset = 0;
        float bytes = 0;
        quint32 flags = 0;
    };

    /// 24 bytes each, and up to three quarters more of empty places.
    explicit KeyVersions(std::size_t keysMax);

    /// Whether keys with this hash are still followed.
    [[nodiscard]] bool follows(quint64 hash) const { return (hash & m_sampleMask) == 0; }
    /// The version before, when there was one; Repeated is kept from it. Only for keys that are followed.
    std::optional<Version> put(quint64 hash, const Version& version);
    /// Each key that is followed stands for so many.
    [[nodiscard]] double weight() const { return static_cast<double>(m_sampleMask + 1); }
    [[nodiscard]] std::size_t count() const { return m_count; }

private:
    struct Slot {
        quint64 hash = 0;
        Version version;
        [[nodiscard]] bool empty() const { return version.offset < 0; }
    };
    [[nodiscard]] std::size_t placeOf(quint64 hash) const;
    void rebuild(std::size_t places);

    std::size_t m_keysMax;
    std::vector<Slot> m_slots; ///< a power of two, open addressing
    std::size_t m_count = 0;
    quint64 m_sampleMask = 0;
};

} // namespace models::compaction
