#pragma once
// SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677), both sides, as messages in and out. No channel binding: Kafka has none.
//
//   ScramServer server(Sha512, [&](const std::string& user) { return credentials.find(user); });
//   auto first = server.step(clientFirst);   // -> "r=...,s=...,i=..."
//   auto last = server.step(clientFinal);    // -> "v=...", server.done(), server.user()
//
// Any thread; one object serves one login.

#include "embedded-broker/security/crypto.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace broker::security {

/// Numbers are Kafka's, on the wire and in UserScramCredentialRecord.
enum class ScramMechanism : std::int8_t { Unknown = 0, Sha256 = 1, Sha512 = 2 };

[[nodiscard]] std::string_view toString(ScramMechanism mechanism); ///< "SCRAM-SHA-256"
[[nodiscard]] std::optional<ScramMechanism> scramMechanism(std::string_view name);
[[nodiscard]] HashKind hashOf(ScramMechanism mechanism);

inline constexpr std::uint32_t kScramIterationsMin = 4096;
/// A server may ask a client for any number of hashes: above this it is refused (CVE-2026-10143: a client that freezes).
inline constexpr std::uint32_t kScramIterationsMax = 200'000;
/// The most that Kafka's controller stores.
inline constexpr std::uint32_t kScramIterationsStoredMax = 16'384;
/// Names, nonces and salts of a login; a message is never longer.
inline constexpr std::size_t kScramMessageBytesMax = 16'384;

/// What is kept of a password.
struct ScramCredential {
    ByteVector salt;
    ByteVector storedKey;
    ByteVector serverKey;
    std::uint32_t iterations = 0;
    bool operator==(const ScramCredential&) const = default;
};

/// From what AlterUserScramCredentials carries: the password is salted by the client.
[[nodiscard]] ScramCredential scramCredential(ScramMechanism mechanism, Bytes salt, Bytes saltedPassword, std::uint32_t iterations);
/// From a password; a fresh salt.
[[nodiscard]] ScramCredential scramCredentialOf(ScramMechanism mechanism, std::string_view password, std::uint32_t iterations);

class ScramServer {
public:
    using Lookup = std::function<std::optional<ScramCredential>(const std::string& user)>;
    ScramServer(ScramMechanism mechanism, Lookup lookup);

    /// The answer to the client's message. Errors are for the log: the client is told no more than that it failed.
    /// InvalidArgument for a message that is none, NotFound for a user who is not there, Fenced for a wrong password.
    Result<std::string> step(std::string_view message);
    [[nodiscard]] bool done() const { return m_state == State::Done; }
    [[nodiscard]] const std::string& user() const { return m_user; }
    /// The client put its own nonce in front twice (librdkafka before 2.6.1): let pass, worth a warning.
    [[nodiscard]] bool clientRepeatedItsNonce() const { return m_repeated; }

    /// For tests: the server's part of the nonce.
    void useNonce(std::string nonce) { m_serverNonce = std::move(nonce); }

private:
    enum class State : std::uint8_t { First, Final, Done, Failed };
    Result<std::string> first(std::string_view message);
    Result<std::string> final(std::string_view message);

    ScramMechanism m_mechanism;
    Lookup m_lookup;
    State m_state = State::First;
    std::string m_user;
    std::string m_clientNonce;
    std::string m_serverNonce;
    std::string m_gs2Header;
    std::string m_clientFirstBare;
    std::string m_serverFirst;
    ScramCredential m_credential;
    bool m_repeated = false;
};

class ScramClient {
public:
    ScramClient(ScramMechanism mechanism, std::string user, std::string password);
    [[nodiscard]] std::string first();
    /// After the server's first message. Refuses a nonce that does not begin with ours and iterations outside
    /// [kScramIterationsMin, kScramIterationsMax].
    Result<std::string> final(std::string_view serverFirst);
    /// After the server's final message: the server must know the password too.
    Result<void> finish(std::string_view serverFinal);

    /// For tests.
    void useNonce(std::string nonce) { m_nonce = std::move(nonce); }

private:
    ScramMechanism m_mechanism;
    std::string m_user;
    std::string m_password;
    std::string m_nonce;
    std::string m_firstBare;
    ByteVector m_serverSignature;
};

} // namespace broker::security
