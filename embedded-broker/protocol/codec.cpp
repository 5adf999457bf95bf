#include "embedded-broker/protocol/codec.h"

#include <bit>
#include <fmt/format.h>
#include <utility>

namespace broker::protocol {

Slice Records::slice() const {
    if (payload.parts().empty())
        return {};
    const auto* only = std::get_if<Slice>(&payload.parts().front());
    return only != nullptr && payload.parts().size() == 1 ? *only : Slice();
}

bool operator==(const Records& a, const Records& b) {
    if (a.null != b.null || a.size() != b.size())
        return false;
    const auto text = [](const Records& records) {
        std::string all;
        for (const auto& part : records.payload.parts())
            if (const auto* slice = std::get_if<Slice>(&part))
                all += slice->text();
        return all;
    };
    return text(a) == text(b);
}

// ---------------------------------------------------------------------------------------------------------------------

void Writer::float64(double v) { big(std::bit_cast<std::uint64_t>(v)); }

void Writer::unsignedVarint(std::uint32_t v) {
    while (v >= 0x80) {
        m_bytes.push_back(static_cast<std::byte>((v & 0x7FU) | 0x80U));
        v >>= 7;
    }
    m_bytes.push_back(static_cast<std::byte>(v));
}

void Writer::varlong(std::int64_t v) {
    std::uint64_t u = (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
    while (u >= 0x80) {
        m_bytes.push_back(static_cast<std::byte>((u & 0x7FU) | 0x80U));
        u >>= 7;
    }
    m_bytes.push_back(static_cast<std::byte>(u));
}

void Writer::string(std::string_view v, bool flexible) {
    v = v.substr(0, kStringBytesMax);
    if (flexible)
        unsignedVarint(static_cast<std::uint32_t>(v.size()) + 1);
    else
        int16(static_cast<std::int16_t>(v.size()));
    raw(asBytes(v));
}

void Writer::nullableString(const std::optional<std::string>& v, bool flexible) {
    if (v)
        return string(*v, flexible);
    if (flexible)
        unsignedVarint(0);
    else
        int16(-1);
}

void Writer::bytes(const Slice& v, bool flexible) {
    if (flexible)
        unsignedVarint(static_cast<std::uint32_t>(v.size()) + 1);
    else
        int32(static_cast<std::int32_t>(v.size()));
    raw(v.bytes());
}

void Writer::nullableBytes(const std::optional<Slice>& v, bool flexible) {
    if (v)
        return bytes(*v, flexible);
    if (flexible)
        unsignedVarint(0);
    else
        int32(-1);
}

void Writer::records(const Records& v, bool flexible) {
    if (v.null) {
        if (flexible)
            unsignedVarint(0);
        else
            int32(-1);
        return;
    }
    const std::uint64_t size = v.size();
    if (flexible)
        unsignedVarint(static_cast<std::uint32_t>(size) + 1);
    else
        int32(static_cast<std::int32_t>(size));
    if (size == 0)
        return;
    flush();
    m_payload.append(v.payload);
}

void Writer::arrayCount(std::size_t count, bool flexible) {
    if (flexible)
        unsignedVarint(static_cast<std::uint32_t>(count) + 1);
    else
        int32(static_cast<std::int32_t>(count));
}

void Writer::nullArray(bool flexible) {
    if (flexible)
        unsignedVarint(0);
    else
        int32(-1);
}

void Writer::taggedFields(const std::vector<TaggedField>& known, const std::vector<TaggedField>& unknown) {
    unsignedVarint(static_cast<std::uint32_t>(known.size() + unknown.size()));
    const auto put = [this](const TaggedField& field) {
        unsignedVarint(field.tag);
        unsignedVarint(static_cast<std::uint32_t>(field.bytes.size()));
        raw(field.bytes.bytes());
    };
    // Tags rise on the wire; an unknown one may be lower than a known one.
    std::size_t next = 0;
    for (const auto& field : known) {
        for (; next < unknown.size() && unknown[next].tag < field.tag; ++next)
            put(unknown[next]);
        put(field);
    }
    for (; next < unknown.size(); ++next)
        put(unknown[next]);
}

void Writer::flush() {
    if (m_bytes.empty())
        return;
    m_payload.append(Slice::take(std::move(m_bytes)));
    m_bytes = {};
}

Payload Writer::finish() {
    flush();
    return std::exchange(m_payload, {});
}

Slice Writer::finishAsSlice() {
    if (m_payload.empty())
        return Slice::take(std::exchange(m_bytes, {}));
    flush();
    std::vector<std::byte> all;
    all.reserve(m_payload.size());
    for (const auto& part : m_payload.parts())
        if (const auto* slice = std::get_if<Slice>(&part))
            all.insert(all.end(), slice->bytes().begin(), slice->bytes().end());
    m_payload = {};
    return Slice::take(std::move(all));
}

// ---------------------------------------------------------------------------------------------------------------------

void Reader::fail(std::string why) {
    if (!m_error)
        m_error = Error{ErrorCode::Corrupt, fmt::format("{} (at byte {} of {})", why, m_at, m_frame.size())};
}

double Reader::float64() { return std::bit_cast<double>(big<std::uint64_t>()); }

Uuid Reader::uuid() {
    Uuid id;
    const Bytes bytes = view(id.bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i)
        id.bytes[i] = std::to_integer<std::uint8_t>(bytes[i]);
    return id;
}

std::uint32_t Reader::unsignedVarint() {
    std::uint32_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        const auto byte = static_cast<std::uint8_t>(int8());
        if (!ok())
            return 0;
        if (shift == 28 && byte > 0x0F)
            break;
        value |= static_cast<std::uint32_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0)
            return value;
    }
    fail("a variable-length number is too long");
    return 0;
}

std::int32_t Reader::varint() {
    const std::uint32_t u = unsignedVarint();
    return static_cast<std::int32_t>((u >> 1) ^ (~(u & 1U) + 1));
}

std::int64_t Reader::varlong() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        const auto byte = static_cast<std::uint8_t>(int8());
        if (!ok())
            return 0;
        if (shift == 63 && byte > 1)
            break;
        value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0)
            return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1U) + 1));
    }
    fail("a variable-length number is too long");
    return 0;
}

Slice Reader::take(std::size_t count) {
    if (left() < count) {
        fail("the message ends too early");
        return {};
    }
    Slice taken = m_frame.sub(m_at, count);
    m_at += count;
    return taken;
}

Bytes Reader::view(std::size_t count) {
    if (left() < count) {
        fail("the message ends too early");
        return {};
    }
    m_at += count;
    return m_frame.bytes().subspan(m_at - count, count);
}

std::int64_t Reader::length(bool flexible, bool wide, const char* what) {
    std::int64_t size = 0;
    if (flexible)
        size = static_cast<std::int64_t>(unsignedVarint()) - 1;
    else
        size = wide ? int32() : int16();
    if (!ok())
        return -1;
    if (size < -1 || size > static_cast<std::int64_t>(left()) || (!wide && size > static_cast<std::int64_t>(kStringBytesMax))) {
        fail(fmt::format("a {} of {} bytes does not fit into the message", what, size));
        return -1;
    }
    return size;
}

std::string Reader::string(bool flexible) {
    const std::int64_t size = length(flexible, false, "string");
    if (size < 0) {
        fail("a string that must not be null is null");
        return {};
    }
    return std::string(asText(view(static_cast<std::size_t>(size))));
}

std::optional<std::string> Reader::nullableString(bool flexible) {
    const std::int64_t size = length(flexible, false, "string");
    if (size < 0)
        return std::nullopt;
    return std::string(asText(view(static_cast<std::size_t>(size))));
}

Slice Reader::bytes(bool flexible) {
    const std::int64_t size = length(flexible, true, "byte array");
    if (size < 0) {
        fail("bytes that must not be null are null");
        return {};
    }
    return take(static_cast<std::size_t>(size));
}

std::optional<Slice> Reader::nullableBytes(bool flexible) {
    const std::int64_t size = length(flexible, true, "byte array");
    if (size < 0)
        return std::nullopt;
    return take(static_cast<std::size_t>(size));
}

Records Reader::records(bool flexible, bool nullable) {
    const std::int64_t size = length(flexible, true, "record set");
    if (size < 0) {
        if (!nullable)
            fail("records that must not be null are null");
        return Records::none();
    }
    return Records(take(static_cast<std::size_t>(size)));
}

std::int32_t Reader::arrayCount(bool flexible, bool nullable, std::size_t elementBytesMin) {
    const std::int64_t count = flexible ? static_cast<std::int64_t>(unsignedVarint()) - 1 : int32();
    if (!ok())
        return 0;
    if (count == -1 && nullable)
        return -1;
    if (count < 0 || count > kArrayElementsMax || static_cast<std::uint64_t>(count) * elementBytesMin > left()) {
        fail(fmt::format("an array of {} elements does not fit into the message", count));
        return 0;
    }
    m_elements += count;
    if (m_elements > kElementsPerMessageMax) {
        fail("the message has too many array elements");
        return 0;
    }
    return static_cast<std::int32_t>(count);
}

std::uint32_t Reader::taggedFieldCount() {
    const std::uint32_t count = unsignedVarint();
    if (ok() && (count > kTaggedFieldsMax || static_cast<std::uint64_t>(count) * 2 > left())) {
        fail(fmt::format("{} tagged fields do not fit into the message", count));
        return 0;
    }
    return count;
}

TaggedField Reader::taggedField(std::int64_t previousTag) {
    TaggedField field;
    field.tag = unsignedVarint();
    if (ok() && static_cast<std::int64_t>(field.tag) <= previousTag)
        fail("tagged fields are out of order");
    const std::uint32_t size = unsignedVarint();
    field.bytes = take(size);
    return field;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += '\\', out += c;
        else if (byte < 0x20 || byte >= 0x7F)
            out += fmt::format("\\x{:02x}", byte);
        else
            out += c;
    }
    return out + '"';
}

} // namespace broker::protocol
