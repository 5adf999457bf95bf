#pragma once
// Inside models/wire: connections by address, and one request and its answer over them.

#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/messages/api_versions_request.h"
#include "embedded-broker/protocol/messages/api_versions_response.h"
#include "models/client/client_config.h"
#include "models/wire/socket.h"
#include "models/wire/wire_client.h"

#include <algorithm>
#include <map>
#include <sys/eventfd.h>
#include <unistd.h>

namespace models::wire {

namespace protocol = broker::protocol;

/// Kafka's codes that these few requests can bring.
Error kafkaError(const QString& what, std::int16_t code);

struct Link {
    Socket socket;
    QString host; ///< as it was dialled
    std::map<std::int16_t, std::pair<std::int16_t, std::int16_t>> versions;
    std::int32_t correlation = 1;

    /// The highest version of this request that both sides know, at most `versionMax`.
    template <class Request>
    [[nodiscard]] Result<std::int16_t> versionOf(const QString& what, std::int16_t versionMax = 32767) const {
        const auto range = versions.find(Request::kApiKey);
        if (range == versions.end())
            return fail(ErrorCode::Unsupported, what, QStringLiteral("the broker does not have this request"));
        const auto version = std::min({range->second.second, Request::kMaxVersion, versionMax});
        if (version < range->second.first || version < Request::kMinVersion)
            return fail(ErrorCode::Unsupported, what, QStringLiteral("no version of the request in common"));
        return version;
    }
};

/// What `writer` holds, its first four bytes replaced by the size.
inline Result<void> sendFrame(Socket& socket, protocol::Writer& writer, Deadline deadline) {
    const auto slice = writer.finishAsSlice();
    std::vector<std::byte> frame(slice.bytes().begin(), slice.bytes().end());
    protocol::storeBig(frame.data(), static_cast<std::uint32_t>(frame.size() - 4));
    return socket.send(frame, deadline);
}

template <class Response, class Request>
Result<Response> roundTrip(Link& link, const Request& request, std::int16_t version, const QString& what, Deadline deadline) {
    protocol::Writer writer;
    const auto correlation = link.correlation++;
    writer.int32(0); // the size, filled in below
    protocol::encodeRequestHead(writer, Request::kApiKey, version, correlation, std::string("samsa"));
    request.encode(writer, version);
    if (auto sent = sendFrame(link.socket, writer, deadline); !sent)
        return std::unexpected(sent.error());
    auto answer = link.socket.receive(deadline);
    if (!answer)
        return std::unexpected(answer.error());
    protocol::Reader reader(*answer);
    const auto head = protocol::decodeResponseHead(reader, Request::kApiKey, version);
    if (!head || *head != correlation)
        return fail(ErrorCode::Corrupt, what, QStringLiteral("an answer that does not belong to the request"));
    auto response = Response::decode(reader, version);
    if (!response)
        return fail(ErrorCode::Corrupt, what, QString::fromStdString(response.error().message));
    return std::move(*response);
}

/// "host:port" or "[v6]:port"; without a port it is Kafka's 9092.
Address addressOf(const QString& server);
/// Those of bootstrap.servers, in their order.
QList<Address> bootstrapAddresses(const client::ClientConfig& config);
/// The parts of openLink, for whoever wants to know which one fails.
Result<void> askVersions(Link& link, Deadline deadline);
Result<void> logIn(Link& link, const Security& security, Deadline deadline, int cancelFd); ///< nothing where `security` has no login

/// Whether there is a token or a ticket to log in with; no broker is asked. Good for logins by password.
Result<void> canLogIn(const Security& security, const QString& host, Deadline deadline, int cancelFd);

/// Connects, encrypts, asks for the versions and logs in, as `security` says.
Result<Link> openLink(const Address& address, const Security& security, Deadline deadline, int cancelFd);

struct WireLinks {
    QString refusal; ///< why nothing can be asked over this connection
    Security security;
    int cancelFd = ::eventfd(0, EFD_CLOEXEC);
    std::map<QString, Link> links;

    WireLinks() = default;
    WireLinks(const WireLinks&) = delete;
    WireLinks& operator=(const WireLinks&) = delete;
    ~WireLinks() { ::close(cancelFd); }

    /// Keeps the connection; a broken one is dropped by forget().
    Result<Link*> link(const Address& address, Deadline deadline) {
        if (!refusal.isEmpty())
            return fail(ErrorCode::Unsupported, {}, refusal);
        const QString name = QStringLiteral("%1:%2").arg(address.host).arg(address.port);
        if (const auto it = links.find(name); it != links.end())
            return &it->second;
        auto fresh = openLink(address, security, deadline, cancelFd);
        if (!fresh)
            return std::unexpected(fresh.error());
        return &links.emplace(name, std::move(*fresh)).first->second;
    }
    void forget(const Address& address) { links.erase(QStringLiteral("%1:%2").arg(address.host).arg(address.port)); }

    template <class Response, class Request>
    Result<Response> ask(const Address& address, const Request& request, const QString& what, std::chrono::milliseconds timeout, std::int16_t versionMax = 32767) {
        const auto deadline = std::chrono::steady_clock::now() + timeout;
        const bool kept = links.contains(QStringLiteral("%1:%2").arg(address.host).arg(address.port));
        for (int attempt = 0;; ++attempt) {
            auto connected = link(address, deadline);
            if (!connected)
                return std::unexpected(connected.error());
            const auto version = (*connected)->template versionOf<Request>(what, versionMax);
            if (!version)
                return std::unexpected(version.error());
            auto answer = roundTrip<Response>(**connected, request, *version, what, deadline);
            if (answer)
                return answer;
            forget(address);
            // A kept connection may have died since: once more on a new one.
            if (!kept || attempt > 0 || answer.error().code != ErrorCode::Unreachable)
                return answer;
        }
    }
};

} // namespace models::wire
