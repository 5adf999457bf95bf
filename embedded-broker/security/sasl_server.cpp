#include "embedded-broker/security/sasl_server.h"

namespace broker::security {

namespace {

/// message = [authzid] NUL authcid NUL password (RFC 4616)
class PlainServer final : public SaslServer {
public:
    explicit PlainServer(SaslUsers users) : m_users(std::move(users)) {}

    Result<std::string> step(std::string_view message) override {
        const auto first = message.find('\0');
        const auto second = first == std::string_view::npos ? first : message.find('\0', first + 1);
        if (second == std::string_view::npos || message.find('\0', second + 1) != std::string_view::npos)
            return fail(ErrorCode::InvalidArgument, "The PLAIN message does not have three parts.");
        const std::string_view actFor = message.substr(0, first);
        const std::string user(message.substr(first + 1, second - first - 1));
        const std::string_view password = message.substr(second + 1);
        if (user.empty() || password.empty())
            return fail(ErrorCode::InvalidArgument, "The PLAIN message has no user name or no password.");
        // The same work whether the user exists or not, and the password is compared by its hash: neither its length nor the user's
        // existence shows in the time.
        const auto expected = m_users.password ? m_users.password(user) : std::nullopt;
        const ByteVector given = hash(HashKind::Sha256, asBytes(password));
        const bool same = secureEquals(given, hash(HashKind::Sha256, asBytes(expected.value_or(""))));
        if (!expected || !same)
            return fail(ErrorCode::Fenced, "The user is not known or the password is wrong.");
        if (!actFor.empty() && actFor != user) // CVE-2017-12610
            return fail(ErrorCode::InvalidArgument, "The client asks to act for another user than the one who logs in.");
        m_user = user;
        m_done = true;
        return std::string();
    }
    [[nodiscard]] bool done() const override { return m_done; }
    [[nodiscard]] const std::string& user() const override { return m_user; }

private:
    SaslUsers m_users;
    std::string m_user;
    bool m_done = false;
};

class ScramSaslServer final : public SaslServer {
public:
    ScramSaslServer(ScramMechanism mechanism, SaslUsers users)
        : m_server(mechanism, [mechanism, users = std::move(users)](const std::string& user) {
              return users.scram ? users.scram(user, mechanism) : std::nullopt;
          }) {}
    Result<std::string> step(std::string_view message) override { return m_server.step(message); }
    [[nodiscard]] bool done() const override { return m_server.done(); }
    [[nodiscard]] const std::string& user() const override { return m_server.user(); }
    [[nodiscard]] std::string_view warning() const override {
        return m_server.clientRepeatedItsNonce() ? "its client repeats its own nonce (librdkafka before 2.6.1); Apache Kafka 4 refuses such clients"
                                                 : std::string_view{};
    }

private:
    ScramServer m_server;
};

} // namespace

const std::vector<std::string>& saslMechanisms() {
    static const std::vector<std::string> all{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
    return all;
}

std::unique_ptr<SaslServer> makeSaslServer(std::string_view mechanism, SaslUsers users) {
    if (mechanism == "PLAIN")
        return std::make_unique<PlainServer>(std::move(users));
    if (const auto scram = scramMechanism(mechanism))
        return std::make_unique<ScramSaslServer>(*scram, std::move(users));
    return nullptr;
}

} // namespace broker::security
