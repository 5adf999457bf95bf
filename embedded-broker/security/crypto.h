#pragma once
// The few primitives that authentication needs, over OpenSSL. Secrets are compared in constant time, always by secureEquals (CVE-2021-38153).
// Any thread. A primitive that OpenSSL refuses (no memory, no such digest) is a broken invariant and ends the process.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace broker::security {

enum class HashKind : std::uint8_t { Sha256, Sha512 };

using ByteVector = std::vector<std::byte>;

[[nodiscard]] std::size_t hashBytes(HashKind kind); ///< 32 or 64
[[nodiscard]] ByteVector hash(HashKind kind, Bytes data);
[[nodiscard]] ByteVector hmac(HashKind kind, Bytes key, Bytes data);
/// PBKDF2 (SCRAM's Hi). Costs `iterations` times two hashes: keep it away from a loop thread.
[[nodiscard]] ByteVector pbkdf2(HashKind kind, std::string_view password, Bytes salt, std::uint32_t iterations);
/// From the system's entropy; never from a seed.
[[nodiscard]] ByteVector randomBytes(std::size_t count);
/// `characters` letters and digits, each equally likely: a password that needs no quoting anywhere.
[[nodiscard]] std::string randomPassword(std::size_t characters);

/// Time depends on the lengths only.
[[nodiscard]] bool secureEquals(Bytes a, Bytes b);

[[nodiscard]] std::string toBase64(Bytes bytes);
/// Standard alphabet with padding; InvalidArgument for anything else.
[[nodiscard]] Result<ByteVector> fromBase64(std::string_view text);

} // namespace broker::security
