#pragma once
// Kafka's primitive types on the wire, written and read once for all generated messages.
//
// Reader latches its first error: after it every read gives a default and ok() is false, so that generated code stays small.
// Each count and length is checked against the bytes that are left before memory is taken; arrays of more than 1,000,000
// elements and more than 10,000 tagged fields are refused, as Kafka 4.4 does. Used from one thread at a time.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/protocol/big_endian.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::protocol {

inline constexpr std::int32_t kArrayElementsMax = 1'000'000;
inline constexpr std::uint32_t kTaggedFieldsMax = 10'000;
/// Of all arrays of one message together: nested arrays of tiny elements must not turn a frame into gigabytes of structs.
inline constexpr std::int64_t kElementsPerMessageMax = 4'000'000;
inline constexpr std::size_t kStringBytesMax = 32'767;

/// A tagged field that this version of ours does not know: kept and written back.
struct TaggedField {
    std::uint32_t tag = 0;
    Slice bytes;
    bool operator==(const TaggedField&) const = default;
};

/// The value of a `records` field: record batches, in memory or still in a file. Copying shares the bytes.
struct Records {
    Payload payload;
    bool null = false;

    Records() = default;
    Records(Slice slice) { payload.append(std::move(slice)); } // NOLINT(google-explicit-constructor): a slice is records
    explicit Records(Payload parts) : payload(std::move(parts)) {}
    static Records none() {
        Records records;
        records.null = true;
        return records;
    }
    [[nodiscard]] std::uint64_t size() const { return payload.size(); }
    [[nodiscard]] bool empty() const { return payload.empty(); }
    /// The bytes of decoded records: always one piece of memory. Empty for records that are in files.
    [[nodiscard]] Slice slice() const;
    friend bool operator==(const Records& a, const Records& b);
};

class Writer {
public:
    void int8(std::int8_t v) { m_bytes.push_back(static_cast<std::byte>(v)); }
    void boolean(bool v) { int8(v ? 1 : 0); }
    void int16(std::int16_t v) { big(static_cast<std::uint16_t>(v)); }
    void uint16(std::uint16_t v) { big(v); }
    void int32(std::int32_t v) { big(static_cast<std::uint32_t>(v)); }
    void uint32(std::uint32_t v) { big(v); }
    void int64(std::int64_t v) { big(static_cast<std::uint64_t>(v)); }
    void float64(double v);
    void uuid(const Uuid& v) { raw(std::as_bytes(std::span(v.bytes))); }
    void unsignedVarint(std::uint32_t v);
    void varint(std::int32_t v) { unsignedVarint((static_cast<std::uint32_t>(v) << 1) ^ static_cast<std::uint32_t>(v >> 31)); }
    void varlong(std::int64_t v);
    void raw(Bytes bytes) { m_bytes.insert(m_bytes.end(), bytes.begin(), bytes.end()); }

    /// Kafka's strings have at most 32,767 bytes; a longer one (a message for people) is cut.
    void string(std::string_view v, bool flexible);
    void nullableString(const std::optional<std::string>& v, bool flexible);
    void bytes(const Slice& v, bool flexible);
    void nullableBytes(const std::optional<Slice>& v, bool flexible);
    void records(const Records& v, bool flexible);
    void arrayCount(std::size_t count, bool flexible);
    void nullArray(bool flexible);
    /// `known` tagged fields in order of tag, then the unknown ones that were kept.
    void taggedFields(const std::vector<TaggedField>& known, const std::vector<TaggedField>& unknown);

    [[nodiscard]] std::uint64_t size() const { return m_payload.size() + m_bytes.size(); }
    /// All that was written; the writer is empty afterwards.
    Payload finish();
    /// The same as one piece of memory; only without file regions.
    Slice finishAsSlice();

private:
    template <class U>
    void big(U v) {
        const std::size_t at = m_bytes.size();
        m_bytes.resize(at + sizeof(U));
        storeBig(m_bytes.data() + at, v);
    }
    void flush();

    std::vector<std::byte> m_bytes;
    Payload m_payload;
};

class Reader {
public:
    explicit Reader(Slice frame) : m_frame(std::move(frame)) {}

    [[nodiscard]] bool ok() const { return !m_error; }
    [[nodiscard]] std::size_t left() const { return m_error ? 0 : m_frame.size() - m_at; }
    [[nodiscard]] std::size_t position() const { return m_at; }
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }
    void fail(std::string why);

    std::int8_t int8() { return static_cast<std::int8_t>(big<std::uint8_t>()); }
    bool boolean() { return int8() != 0; }
    std::int16_t int16() { return static_cast<std::int16_t>(big<std::uint16_t>()); }
    std::uint16_t uint16() { return big<std::uint16_t>(); }
    std::int32_t int32() { return static_cast<std::int32_t>(big<std::uint32_t>()); }
    std::uint32_t uint32() { return big<std::uint32_t>(); }
    std::int64_t int64() { return static_cast<std::int64_t>(big<std::uint64_t>()); }
    double float64();
    Uuid uuid();
    std::uint32_t unsignedVarint();
    std::int32_t varint();
    std::int64_t varlong();

    std::string string(bool flexible);
    std::optional<std::string> nullableString(bool flexible);
    Slice bytes(bool flexible);
    std::optional<Slice> nullableBytes(bool flexible);
    Records records(bool flexible, bool nullable);
    /// -1 = null (an error unless `nullable`). `elementBytesMin`: the least an element takes, to refuse lying counts.
    std::int32_t arrayCount(bool flexible, bool nullable, std::size_t elementBytesMin);
    std::uint32_t taggedFieldCount();
    /// The next tagged field; tags must rise.
    TaggedField taggedField(std::int64_t previousTag);
    /// The next `count` bytes, sharing the frame.
    Slice take(std::size_t count);
    /// The same as a view, for what is copied anyway.
    Bytes view(std::size_t count);

private:
    template <class U>
    U big() {
        if (left() < sizeof(U)) {
            fail("the message ends too early");
            return 0;
        }
        const U value = loadBig<U>(m_frame.data() + m_at);
        m_at += sizeof(U);
        return value;
    }
    /// A length prefix; -1 = null.
    std::int64_t length(bool flexible, bool wide, const char* what);

    Slice m_frame;
    std::size_t m_at = 0;
    std::int64_t m_elements = 0;
    std::optional<Error> m_error;
};

/// For print(): a quoted, escaped text. Control characters and bytes that are not ASCII become \xNN.
std::string quoted(std::string_view text);

} // namespace broker::protocol
