#pragma once
// Inside models/wire: connections by address, and one request and its answer over them.

#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/messages/api_versions_request.h"
#include "embedded-broker/protocol/messages/api_versions_response.h"
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
    std::map<std::int16_t, std::pair<std::int16_t, std::int16_t>> versions;
    std::int32_t correlation = 1;
};

template <class Response, class Request>
Result<Response> roundTrip(Link& link, const Request& request, std::int16_t version, const QString& what, Deadline deadline) {
    protocol::Writer writer;
    const auto correlation = link.correlation++;
    writer.int32(0); // the size, filled in below
    protocol::encodeRequestHead(writer, Request::kApiKey, version, correlation, std::string("samsa"));
    request.encode(writer, version);
    const auto slice = writer.finishAsSlice();
    std::vector<std::byte> frame(slice.bytes().begin(), slice.bytes().end());
    const auto size = static_cast<std::uint32_t>(frame.size() - 4);
    for (int i = 0; i < 4; ++i)
        frame[static_cast<std::size_t>(i)] = static_cast<std::byte>((size >> (24 - 8 * i)) & 0xFFU);
    if (auto sent = link.socket.send(frame, deadline); !sent)
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

struct WireLinks {
    QString refusal; ///< why nothing can be asked over this connection
    int cancelFd = ::eventfd(0, EFD_CLOEXEC);
    std::map<QString, Link> links;

    /// Keeps the connection; a broken one is dropped by forget().
    Result<Link*> link(const Address& address, Deadline deadline) {
        if (!refusal.isEmpty())
            return fail(ErrorCode::Unsupported, {}, refusal);
        const QString name = QStringLiteral("%1:%2").arg(address.host).arg(address.port);
        if (const auto it = links.find(name); it != links.end())
            return &it->second;
        auto socket = Socket::connect(address, deadline, cancelFd);
        if (!socket)
            return std::unexpected(socket.error());
        Link fresh{std::move(*socket), {}, 1};
        auto versions = roundTrip<protocol::ApiVersionsResponse>(fresh, protocol::ApiVersionsRequest{}, 0, QStringLiteral("api versions"), deadline);
        if (!versions)
            return std::unexpected(versions.error());
        for (const auto& api : versions->apiKeys)
            fresh.versions[api.apiKey] = {api.minVersion, api.maxVersion};
        return &links.emplace(name, std::move(fresh)).first->second;
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
            const auto range = (*connected)->versions.find(Request::kApiKey);
            if (range == (*connected)->versions.end())
                return fail(ErrorCode::Unsupported, what, QStringLiteral("the broker does not have this request"));
            const auto version = std::min({range->second.second, Request::kMaxVersion, versionMax});
            if (version < range->second.first || version < Request::kMinVersion)
                return fail(ErrorCode::Unsupported, what, QStringLiteral("no version of the request in common"));
            auto answer = roundTrip<Response>(**connected, request, version, what, deadline);
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
