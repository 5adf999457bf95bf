#pragma once
// Bytes that are shared, never copied: a frame that came from a socket is cut into slices which keep it alive.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace broker {

using Bytes = std::span<const std::byte>;

inline Bytes asBytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view asText(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// An immutable piece of shared memory. Copying costs a reference count. Safe to hand to another thread.
class Slice {
public:
    Slice() = default;
    Slice(std::shared_ptr<const void> owner, Bytes bytes) : m_owner(std::move(owner)), m_bytes(bytes) {}
    static Slice take(std::vector<std::byte> bytes);
    static Slice copy(Bytes bytes);
    static Slice copy(std::string_view text) { return copy(asBytes(text)); }

    [[nodiscard]] Bytes bytes() const { return m_bytes; }
    [[nodiscard]] const std::byte* data() const { return m_bytes.data(); }
    [[nodiscard]] std::size_t size() const { return m_bytes.size(); }
    [[nodiscard]] bool empty() const { return m_bytes.empty(); }
    [[nodiscard]] std::string_view text() const { return asText(m_bytes); }
    /// [position, position + length) of this slice; both must lie inside. An empty piece keeps nothing alive.
    [[nodiscard]] Slice sub(std::size_t position, std::size_t length) const {
        return length == 0 ? Slice() : Slice(m_owner, m_bytes.subspan(position, length));
    }
    [[nodiscard]] const std::shared_ptr<const void>& owner() const { return m_owner; }
    /// By content.
    friend bool operator==(const Slice& a, const Slice& b) { return a.text() == b.text(); }

private:
    std::shared_ptr<const void> m_owner;
    Bytes m_bytes;
};

} // namespace broker
