#include "models/wire/wire_links.h"

#include "embedded-broker/protocol/messages/sasl_authenticate_request.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_response.h"
#include "embedded-broker/protocol/messages/sasl_handshake_request.h"
#include "embedded-broker/protocol/messages/sasl_handshake_response.h"
#include "models/wire/sasl.h"

#include <QStringList>
#include <functional>
#include <mutex>
#include <optional>
#include <poll.h>
#include <pthread.h>
#include <thread>

namespace models::wire {
namespace {

constexpr int kRoundsMax = 8; ///< of a Kerberos login; it takes three

std::string mechanismName(Security::Sasl mechanism) {
    switch (mechanism) {
    case Security::Sasl::None: break;
    case Security::Sasl::Plain: return "PLAIN";
    case Security::Sasl::ScramSha256: return "SCRAM-SHA-256";
    case Security::Sasl::ScramSha512: return "SCRAM-SHA-512";
    case Security::Sasl::OAuthBearer: return "OAUTHBEARER";
    case Security::Sasl::Kerberos: return "GSSAPI";
    }
    return {};
}

/// One message of the mechanism's exchange.
Result<QByteArray> exchange(Link& link, const QByteArray& message, Deadline deadline) {
    const QString what = QStringLiteral("log in at %1").arg(link.socket.peer());
    const auto version = link.versionOf<protocol::SaslAuthenticateRequest>(what);
    if (!version)
        return std::unexpected(version.error());
    protocol::SaslAuthenticateRequest request;
    request.authBytes = broker::Slice::copy(std::string_view(message.constData(), static_cast<std::size_t>(message.size())));
    auto answer = roundTrip<protocol::SaslAuthenticateResponse>(link, request, *version, what, deadline);
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->errorCode != 0)
        return fail(ErrorCode::AuthenticationFailed, what, answer->errorMessage ? QString::fromUtf8(answer->errorMessage->substr(0, 500)) : QStringLiteral("refused"), answer->errorCode);
    const auto bytes = answer->authBytes.text();
    return QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

Result<void> showToken(Link& link, const Security& security, const tokens::Token& token, Deadline deadline) {
    auto answer = exchange(link, bearerMessage(token), deadline);
    if (answer && answer->isEmpty())
        return {};
    if (answer)
        answer = exchange(link, bearerGiveUp(), deadline); // a refusal: its error comes with the answer to this, and no answer to it is a success
    if (answer || answer.error().code == ErrorCode::AuthenticationFailed)
        security.tokens->refused(token);
    return answer ? fail(ErrorCode::AuthenticationFailed, QStringLiteral("log in at %1").arg(link.socket.peer()), QStringLiteral("the broker does not take the token"))
                  : std::unexpected(answer.error());
}

/// A Kerberos login whose library may wait for servers of the realm that do not answer: then it is left to end by itself.
class KerberosLogin {
public:
    KerberosLogin(const KerberosWho& who, const QString& host, Deadline deadline, int cancelFd)
        : m_client(std::make_shared<KerberosClient>(who, host.toUtf8())), m_deadline(deadline), m_cancelFd(cancelFd) {}
    Result<QByteArray> first() {
        return aside([](KerberosClient& client) { return client.first(); });
    }
    Result<void> show(Link& link, QByteArray message) {
        for (int round = 0; round < kRoundsMax; ++round) {
            auto answer = exchange(link, message, m_deadline);
            if (!answer)
                return std::unexpected(answer.error());
            if (m_client->isOver())
                return {};
            auto next = aside([answer = *answer](KerberosClient& client) { return client.next(answer); });
            if (!next)
                return std::unexpected(next.error());
            message = std::move(*next);
        }
        return fail(ErrorCode::AuthenticationFailed, QStringLiteral("log in at %1").arg(link.socket.peer()), QStringLiteral("the login comes to no end"));
    }

private:
    using Work = std::function<Result<QByteArray>(KerberosClient&)>;
    Result<QByteArray> aside(Work work) {
        struct Shared {
            int fd = ::eventfd(0, EFD_CLOEXEC);
            std::mutex mutex; ///< guards answer
            std::optional<Result<QByteArray>> answer;
            ~Shared() { ::close(fd); }
        };
        auto shared = std::make_shared<Shared>();
        std::thread([shared, client = m_client, work = std::move(work)] {
            ::pthread_setname_np(::pthread_self(), "kerberos");
            {
                auto answer = work(*client);
                const std::lock_guard lock(shared->mutex);
                shared->answer = std::move(answer);
            }
            const std::uint64_t one = 1;
            [[maybe_unused]] const auto written = ::write(shared->fd, &one, sizeof one);
        }).detach();
        const QString what = QStringLiteral("log in by Kerberos");
        for (;;) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(m_deadline - std::chrono::steady_clock::now()).count();
            pollfd fds[2] = {{shared->fd, POLLIN, 0}, {m_cancelFd, POLLIN, 0}};
            const int ready = ::poll(fds, m_cancelFd >= 0 ? 2 : 1, static_cast<int>(std::clamp<long long>(left, 0, 60'000)));
            if (fds[0].revents != 0) {
                const std::lock_guard lock(shared->mutex);
                return *shared->answer;
            }
            if (ready > 0 && fds[1].revents != 0)
                return fail(ErrorCode::Cancelled, what, QStringLiteral("cancelled"));
            if (left <= 0)
                return fail(ErrorCode::TimedOut, what, QStringLiteral("the servers of the realm do not answer"));
        }
    }

    std::shared_ptr<KerberosClient> m_client;
    Deadline m_deadline;
    int m_cancelFd;
};

} // namespace

Result<void> logIn(Link& link, const Security& security, Deadline deadline, int cancelFd) {
    if (security.sasl == Security::Sasl::None)
        return {};
    std::optional<tokens::Token> token; // before the broker hears that one comes: it waits for seconds only
    if (security.sasl == Security::Sasl::OAuthBearer) {
        auto given = security.tokens->token({deadline, cancelFd});
        if (!given)
            return std::unexpected(given.error());
        token = std::move(*given);
    }
    std::optional<KerberosLogin> kerberos;
    QByteArray ticket;
    if (security.sasl == Security::Sasl::Kerberos) {
        auto made = kerberos.emplace(security.kerberos, link.host, deadline, cancelFd).first();
        if (!made)
            return std::unexpected(made.error());
        ticket = std::move(*made);
    }
    const QString what = QStringLiteral("log in at %1").arg(link.socket.peer());
    const auto version = link.versionOf<protocol::SaslHandshakeRequest>(what);
    if (!version)
        return std::unexpected(version.error());
    if (*version < 1)
        return fail(ErrorCode::Unsupported, what, QStringLiteral("the broker is older than Kafka 1.0"));
    protocol::SaslHandshakeRequest handshake;
    handshake.mechanism = mechanismName(security.sasl);
    auto agreed = roundTrip<protocol::SaslHandshakeResponse>(link, handshake, *version, what, deadline);
    if (!agreed)
        return std::unexpected(agreed.error());
    if (agreed->errorCode != 0) {
        QStringList offered;
        for (const auto& mechanism : agreed->mechanisms)
            offered.append(QString::fromUtf8(mechanism.substr(0, 40)));
        return fail(ErrorCode::AuthenticationFailed, what,
            QStringLiteral("the broker does not take %1; it offers %2").arg(QString::fromStdString(handshake.mechanism), offered.join(QStringLiteral(", "))), agreed->errorCode);
    }
    if (token)
        return showToken(link, security, *token, deadline);
    if (kerberos)
        return kerberos->show(link, std::move(ticket));
    if (security.sasl == Security::Sasl::Plain) {
        if (auto done = exchange(link, plainMessage(security.username, security.password), deadline); !done)
            return std::unexpected(done.error());
        return {};
    }
    ScramClient scram(security.sasl, security.username, security.password, ScramClient::freshNonce());
    auto first = exchange(link, scram.first(), deadline);
    if (!first)
        return std::unexpected(first.error());
    auto proof = scram.next(*first);
    if (!proof)
        return std::unexpected(proof.error());
    auto final = exchange(link, *proof, deadline);
    if (!final)
        return std::unexpected(final.error());
    return scram.finish(*final);
}

Result<void> canLogIn(const Security& security, const QString& host, Deadline deadline, int cancelFd) {
    if (security.tokens)
        if (const auto token = security.tokens->token({deadline, cancelFd}); !token)
            return std::unexpected(token.error());
    if (security.sasl == Security::Sasl::Kerberos)
        if (const auto ticket = KerberosLogin(security.kerberos, host, deadline, cancelFd).first(); !ticket)
            return std::unexpected(ticket.error());
    return {};
}

Result<void> askVersions(Link& link, Deadline deadline) {
    auto versions = roundTrip<protocol::ApiVersionsResponse>(link, protocol::ApiVersionsRequest{}, 0, QStringLiteral("api versions"), deadline);
    if (!versions)
        return std::unexpected(versions.error());
    for (const auto& api : versions->apiKeys)
        link.versions[api.apiKey] = {api.minVersion, api.maxVersion};
    return {};
}

Address addressOf(const QString& server) {
    const auto colon = server.lastIndexOf(u':');
    if (colon < 0 || server.endsWith(u']'))
        return {server, 9092};
    QString host = server.left(colon);
    if (host.startsWith(u'[') && host.endsWith(u']'))
        host = host.mid(1, host.size() - 2);
    return {host, server.mid(colon + 1).toInt()};
}

QList<Address> bootstrapAddresses(const client::ClientConfig& config) {
    QList<Address> addresses;
    for (const auto& server : config.bootstrapServers.split(u',', Qt::SkipEmptyParts))
        addresses.append(addressOf(server.trimmed()));
    return addresses;
}

Result<Link> openLink(const Address& address, const Security& security, Deadline deadline, int cancelFd) {
    auto socket = Socket::connect(address, security, deadline, cancelFd);
    if (!socket)
        return std::unexpected(socket.error());
    Link link{std::move(*socket), address.host, {}, 1};
    if (auto done = askVersions(link, deadline); !done)
        return std::unexpected(done.error());
    if (auto done = logIn(link, security, deadline, cancelFd); !done)
        return std::unexpected(done.error());
    return link;
}

} // namespace models::wire
