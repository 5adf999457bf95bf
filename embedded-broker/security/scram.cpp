#include "embedded-broker/security/scram.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace broker::security {

namespace {

constexpr std::size_t kNonceBytes = 24;
constexpr std::size_t kSaltBytes = 24;

std::unexpected<Error> malformed(std::string_view what) {
    return fail(ErrorCode::InvalidArgument, fmt::format("The SCRAM message has no {} where one must be.", what));
}

/// Cuts "k=value" off the front of a comma-separated message; nullopt when the next attribute is another one.
std::optional<std::string_view> take(std::string_view& rest, char key) {
    if (rest.size() < 2 || rest[0] != key || rest[1] != '=')
        return std::nullopt;
    const auto comma = rest.find(',');
    const auto value = rest.substr(2, comma == std::string_view::npos ? std::string_view::npos : comma - 2);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    return value;
}

/// "=2C" is a comma and "=3D" an equals sign; any other '=' is an error.
std::optional<std::string> unescape(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] != '=') {
            out += name[i];
        } else if (name.substr(i, 3) == "=2C") {
            out += ',';
            i += 2;
        } else if (name.substr(i, 3) == "=3D") {
            out += '=';
            i += 2;
        } else {
            return std::nullopt;
        }
    }
    return out;
}

std::string escape(std::string_view name) {
    std::string out;
    for (const char c : name)
        c == ',' ? out += "=2C" : c == '=' ? out += "=3D" : out += c;
    return out;
}

bool isNonce(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != ','; });
}

ByteVector exclusiveOr(const ByteVector& a, const ByteVector& b) {
    ByteVector out(a);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] ^= b[i];
    return out;
}

ByteVector clientKeyOf(HashKind kind, Bytes saltedPassword) { return hmac(kind, saltedPassword, asBytes("Client Key")); }
ByteVector serverKeyOf(HashKind kind, Bytes saltedPassword) { return hmac(kind, saltedPassword, asBytes("Server Key")); }

} // namespace

std::string_view toString(ScramMechanism mechanism) {
    switch (mechanism) {
    case ScramMechanism::Sha256: return "SCRAM-SHA-256";
    case ScramMechanism::Sha512: return "SCRAM-SHA-512";
    case ScramMechanism::Unknown: break;
    }
    return "UNKNOWN";
}

std::optional<ScramMechanism> scramMechanism(std::string_view name) {
    for (const auto mechanism : {ScramMechanism::Sha256, ScramMechanism::Sha512})
        if (toString(mechanism) == name)
            return mechanism;
    return std::nullopt;
}

HashKind hashOf(ScramMechanism mechanism) { return mechanism == ScramMechanism::Sha512 ? HashKind::Sha512 : HashKind::Sha256; }

ScramCredential scramCredential(ScramMechanism mechanism, Bytes salt, Bytes saltedPassword, std::uint32_t iterations) {
    const HashKind kind = hashOf(mechanism);
    return {.salt = {salt.begin(), salt.end()},
            .storedKey = hash(kind, clientKeyOf(kind, saltedPassword)),
            .serverKey = serverKeyOf(kind, saltedPassword),
            .iterations = iterations};
}

ScramCredential scramCredentialOf(ScramMechanism mechanism, std::string_view password, std::uint32_t iterations) {
    const ByteVector salt = randomBytes(kSaltBytes);
    return scramCredential(mechanism, salt, pbkdf2(hashOf(mechanism), password, salt, iterations), iterations);
}

ScramServer::ScramServer(ScramMechanism mechanism, Lookup lookup)
    : m_mechanism(mechanism), m_lookup(std::move(lookup)), m_serverNonce(toBase64(randomBytes(kNonceBytes))) {}

Result<std::string> ScramServer::step(std::string_view message) {
    if (message.size() > kScramMessageBytesMax) {
        m_state = State::Failed;
        return fail(ErrorCode::InvalidArgument, fmt::format("A SCRAM message of {} bytes.", message.size()));
    }
    const State before = std::exchange(m_state, State::Failed); // until the message proves good
    switch (before) {
    case State::First: {
        auto answer = first(message);
        if (answer)
            m_state = State::Final;
        return answer;
    }
    case State::Final: {
        auto answer = final(message);
        if (answer)
            m_state = State::Done;
        return answer;
    }
    case State::Done:
    case State::Failed: break;
    }
    return fail(ErrorCode::InvalidArgument, "A SCRAM message after the end of the conversation.");
}

/// client-first = "n," [ "a=" authzid ] ",n=" user ",r=" nonce [",extensions"]
Result<std::string> ScramServer::first(std::string_view message) {
    if (!message.starts_with("n,"))
        return fail(ErrorCode::InvalidArgument, "SCRAM with channel binding is not served.");
    std::string_view rest = message.substr(2);
    std::string authorizationId;
    if (rest.starts_with(',')) {
        rest.remove_prefix(1);
    } else {
        const auto text = take(rest, 'a');
        const auto name = text ? unescape(*text) : std::nullopt;
        if (!name)
            return malformed("authorization id");
        authorizationId = *name;
    }
    m_gs2Header = message.substr(0, message.size() - rest.size());
    m_clientFirstBare = rest;
    const auto user = take(rest, 'n');
    const auto name = user ? unescape(*user) : std::nullopt;
    if (!name || name->empty())
        return malformed("user name");
    const auto nonce = take(rest, 'r');
    if (!nonce || !isNonce(*nonce))
        return malformed("nonce");
    m_user = *name;
    // Acting for somebody else would be impersonation (CVE-2017-12610).
    if (!authorizationId.empty() && authorizationId != m_user)
        return fail(ErrorCode::InvalidArgument, "The client asks to act for another user than the one who logs in.");
    if (rest.find("tokenauth=true") != std::string_view::npos)
        return fail(ErrorCode::NotFound, "Delegation tokens are not served.");
    const auto credential = m_lookup(m_user);
    if (!credential)
        return fail(ErrorCode::NotFound, fmt::format("There are no {} credentials of this user.", toString(m_mechanism)));
    if (credential->iterations < kScramIterationsMin)
        return fail(ErrorCode::InvalidArgument, "The stored credential has too few iterations.");
    m_credential = *credential;
    m_clientNonce = *nonce;
    m_serverFirst = fmt::format("r={}{},s={},i={}", m_clientNonce, m_serverNonce, toBase64(m_credential.salt), m_credential.iterations);
    return m_serverFirst;
}

/// client-final = "c=" base64(gs2 header) ",r=" nonce ",p=" proof
Result<std::string> ScramServer::final(std::string_view message) {
    std::string_view rest = message;
    const auto binding = take(rest, 'c');
    if (!binding || *binding != toBase64(asBytes(m_gs2Header)))
        return malformed("channel binding of this conversation");
    const auto nonce = take(rest, 'r');
    if (!nonce)
        return malformed("nonce");
    const std::string expected = m_clientNonce + m_serverNonce;
    if (!secureEquals(asBytes(*nonce), asBytes(expected))) {
        // CVE-2024-56128: the nonce must be the one of this conversation. One exception, which still has the server's part in it: clients
        // that put their own part in front of a nonce that has it already.
        if (!secureEquals(asBytes(*nonce), asBytes(m_clientNonce + expected)))
            return fail(ErrorCode::InvalidArgument, "The nonce is not the one of this conversation.");
        m_repeated = true;
    }
    // Extensions may stand before the proof, which is the last attribute.
    const auto at = message.rfind(",p=");
    if (at == std::string_view::npos || at + 1 < message.size() - rest.size())
        return malformed("proof");
    const auto proof = fromBase64(message.substr(at + 3));
    const HashKind kind = hashOf(m_mechanism);
    if (!proof || proof->size() != hashBytes(kind))
        return malformed("proof");
    const std::string authMessage = fmt::format("{},{},{}", m_clientFirstBare, m_serverFirst, message.substr(0, at));
    const ByteVector clientKey = exclusiveOr(*proof, hmac(kind, m_credential.storedKey, asBytes(authMessage)));
    if (!secureEquals(hash(kind, clientKey), m_credential.storedKey))
        return fail(ErrorCode::Fenced, "The password is wrong.");
    return "v=" + toBase64(hmac(kind, m_credential.serverKey, asBytes(authMessage)));
}

ScramClient::ScramClient(ScramMechanism mechanism, std::string user, std::string password)
    : m_mechanism(mechanism), m_user(std::move(user)), m_password(std::move(password)), m_nonce(toBase64(randomBytes(kNonceBytes))) {}

std::string ScramClient::first() {
    m_firstBare = fmt::format("n={},r={}", escape(m_user), m_nonce);
    return "n,," + m_firstBare;
}

Result<std::string> ScramClient::final(std::string_view serverFirst) {
    std::string_view rest = serverFirst;
    if (serverFirst.size() > kScramMessageBytesMax)
        return malformed("reasonable length");
    const auto nonce = take(rest, 'r');
    if (!nonce || !nonce->starts_with(m_nonce) || nonce->size() == m_nonce.size() || !isNonce(*nonce))
        return malformed("nonce that begins with ours");
    const auto saltText = take(rest, 's');
    const auto salt = saltText ? fromBase64(*saltText) : Result<ByteVector>(malformed("salt"));
    if (!salt || salt->empty())
        return malformed("salt");
    const auto count = take(rest, 'i');
    std::uint32_t iterations = 0;
    if (!count)
        return malformed("iteration count");
    if (const auto [end, error] = std::from_chars(count->data(), count->data() + count->size(), iterations);
        error != std::errc{} || end != count->data() + count->size())
        return malformed("iteration count");
    if (iterations < kScramIterationsMin || iterations > kScramIterationsMax)
        return fail(ErrorCode::InvalidArgument, fmt::format("The server asks for {} iterations; from {} to {} are accepted.", iterations,
                                                            kScramIterationsMin, kScramIterationsMax));
    const HashKind kind = hashOf(m_mechanism);
    const ByteVector salted = pbkdf2(kind, m_password, *salt, iterations);
    const ByteVector clientKey = clientKeyOf(kind, salted);
    const std::string withoutProof = fmt::format("c={},r={}", toBase64(asBytes("n,,")), *nonce);
    const std::string authMessage = fmt::format("{},{},{}", m_firstBare, serverFirst, withoutProof);
    m_serverSignature = hmac(kind, serverKeyOf(kind, salted), asBytes(authMessage));
    return fmt::format("{},p={}", withoutProof, toBase64(exclusiveOr(clientKey, hmac(kind, hash(kind, clientKey), asBytes(authMessage)))));
}

Result<void> ScramClient::finish(std::string_view serverFinal) {
    std::string_view rest = serverFinal;
    const auto text = take(rest, 'v');
    const auto signature = text ? fromBase64(*text) : Result<ByteVector>(malformed("signature"));
    if (!signature || m_serverSignature.empty() || !secureEquals(*signature, m_serverSignature))
        return fail(ErrorCode::Fenced, "The server does not know the password: it may be another one.");
    return {};
}

} // namespace broker::security
