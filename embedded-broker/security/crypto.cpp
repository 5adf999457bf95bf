#include "embedded-broker/security/crypto.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace broker::security {

namespace {

const EVP_MD* digest(HashKind kind) { return kind == HashKind::Sha256 ? EVP_sha256() : EVP_sha512(); }
const unsigned char* raw(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(ByteVector& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

void require(bool good) {
    if (!good)
        std::abort(); // a hash that cannot be computed must never look like one that was
}

} // namespace

std::size_t hashBytes(HashKind kind) { return kind == HashKind::Sha256 ? 32 : 64; }

ByteVector hash(HashKind kind, Bytes data) {
    ByteVector out(hashBytes(kind));
    require(EVP_Digest(data.data(), data.size(), raw(out), nullptr, digest(kind), nullptr) == 1);
    return out;
}

ByteVector hmac(HashKind kind, Bytes key, Bytes data) {
    static constexpr unsigned char kNothing = 0;
    ByteVector out(hashBytes(kind));
    unsigned int size = 0;
    require(HMAC(digest(kind), key.empty() ? &kNothing : raw(key), static_cast<int>(key.size()), raw(data), data.size(), raw(out), &size) != nullptr &&
            size == out.size());
    return out;
}

ByteVector pbkdf2(HashKind kind, std::string_view password, Bytes salt, std::uint32_t iterations) {
    ByteVector out(hashBytes(kind));
    require(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(salt), static_cast<int>(salt.size()), static_cast<int>(iterations),
                              digest(kind), static_cast<int>(out.size()), raw(out)) == 1);
    return out;
}

ByteVector randomBytes(std::size_t count) {
    ByteVector out(count);
    require(RAND_bytes(raw(out), static_cast<int>(count)) == 1);
    return out;
}

std::string randomPassword(std::size_t characters) {
    static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static constexpr unsigned kFair = 256 / kAlphabet.size() * kAlphabet.size();
    std::string text;
    while (text.size() < characters)
        for (const std::byte byte : randomBytes(characters))
            if (const auto value = std::to_integer<unsigned>(byte); value < kFair && text.size() < characters)
                text += kAlphabet[value % kAlphabet.size()];
    return text;
}

bool secureEquals(Bytes a, Bytes b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

std::string toBase64(Bytes bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // OpenSSL ends it with a zero
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

Result<ByteVector> fromBase64(std::string_view text) {
    const auto bad = [] { return fail(ErrorCode::InvalidArgument, "This is not base64."); };
    const auto letter = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    if (text.size() % 4 != 0 || !std::ranges::all_of(text.substr(0, text.size() - padding), letter))
        return bad();
    ByteVector out(text.size() / 4 * 3);
    if (out.empty())
        return out;
    if (EVP_DecodeBlock(raw(out), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size())) < 0)
        return bad();
    out.resize(out.size() - padding);
    return out;
}

} // namespace broker::security
