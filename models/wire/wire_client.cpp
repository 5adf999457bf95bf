#include "models/wire/wire_client.h"

#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/messages/api_versions_request.h"
#include "embedded-broker/protocol/messages/api_versions_response.h"
#include "embedded-broker/protocol/messages/describe_log_dirs_request.h"
#include "embedded-broker/protocol/messages/describe_log_dirs_response.h"
#include "embedded-broker/protocol/messages/describe_quorum_request.h"
#include "embedded-broker/protocol/messages/describe_quorum_response.h"
#include "models/wire/socket.h"

#include <algorithm>
#include <map>
#include <sys/eventfd.h>
#include <unistd.h>

namespace models::wire {
namespace {

namespace protocol = broker::protocol;

/// Kafka's codes that these few requests can bring.
Error kafkaError(const QString& what, std::int16_t code) {
    switch (code) {
    case 31: return {ErrorCode::NotAuthorized, what, QStringLiteral("CLUSTER_AUTHORIZATION_FAILED"), code};
    case 35: return {ErrorCode::Unsupported, what, QStringLiteral("UNSUPPORTED_VERSION"), code};
    case 42: return {ErrorCode::Unsupported, what, QStringLiteral("INVALID_REQUEST"), code};
    default: return {ErrorCode::Refused, what, QStringLiteral("Kafka's error %1").arg(code), code};
    }
}

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

} // namespace

struct WireClient::Private {
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
    Result<Response> ask(const Address& address, const Request& request, const QString& what, std::chrono::milliseconds timeout) {
        const auto deadline = std::chrono::steady_clock::now() + timeout;
        const bool kept = links.contains(QStringLiteral("%1:%2").arg(address.host).arg(address.port));
        for (int attempt = 0;; ++attempt) {
            auto connected = link(address, deadline);
            if (!connected)
                return std::unexpected(connected.error());
            const auto range = (*connected)->versions.find(Request::kApiKey);
            if (range == (*connected)->versions.end())
                return fail(ErrorCode::Unsupported, what, QStringLiteral("the broker does not have this request"));
            const auto version = std::min(range->second.second, Request::kMaxVersion);
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

WireClient::WireClient(const QString& securityProtocol) : d(std::make_unique<Private>()) {
    if (!securityProtocol.isEmpty() && securityProtocol.compare(QLatin1String("plaintext"), Qt::CaseInsensitive) != 0)
        d->refusal = QStringLiteral("this request is sent over plaintext connections only, this one is %1").arg(securityProtocol);
}

WireClient::~WireClient() { ::close(d->cancelFd); }

void WireClient::cancel() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(d->cancelFd, &one, sizeof one);
}

Result<LogDirs> WireClient::logDirs(const Address& broker, std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("log directories of %1:%2").arg(broker.host).arg(broker.port);
    protocol::DescribeLogDirsRequest request;
    request.topics = std::nullopt; // all
    auto answer = d->ask<protocol::DescribeLogDirsResponse>(broker, request, what, timeout);
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->errorCode != 0)
        return std::unexpected(kafkaError(what, answer->errorCode));
    LogDirs dirs;
    for (const auto& directory : answer->results) {
        if (directory.errorCode != 0) {
            dirs.failedDirectories.append(QString::fromStdString(directory.logDir));
            continue;
        }
        if (directory.totalBytes >= 0) {
            dirs.totalBytes = std::max<qint64>(dirs.totalBytes, 0) + directory.totalBytes;
            dirs.usableBytes = std::max<qint64>(dirs.usableBytes, 0) + std::max<qint64>(directory.usableBytes, 0);
        }
        for (const auto& topic : directory.topics)
            for (const auto& partition : topic.partitions)
                if (!partition.isFutureKey)
                    dirs.replicas.append({QString::fromStdString(topic.name), partition.partitionIndex, partition.partitionSize});
    }
    return dirs;
}

Result<Quorum> WireClient::quorum(const Address& broker, std::chrono::milliseconds timeout) {
    const QString what = QStringLiteral("quorum");
    protocol::DescribeQuorumRequest request;
    request.topics.resize(1);
    request.topics[0].topicName = "__cluster_metadata";
    request.topics[0].partitions.resize(1);
    auto answer = d->ask<protocol::DescribeQuorumResponse>(broker, request, what, timeout);
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->errorCode != 0)
        return std::unexpected(kafkaError(what, answer->errorCode));
    if (answer->topics.empty() || answer->topics[0].partitions.empty())
        return fail(ErrorCode::Corrupt, what, QStringLiteral("an empty answer"));
    const auto& partition = answer->topics[0].partitions[0];
    if (partition.errorCode != 0)
        return std::unexpected(kafkaError(what, partition.errorCode));
    Quorum quorum;
    quorum.leader = partition.leaderId;
    quorum.epoch = partition.leaderEpoch;
    quorum.highWatermark = partition.highWatermark;
    qint64 end = partition.highWatermark;
    for (const auto& voter : partition.currentVoters)
        end = std::max<qint64>(end, voter.logEndOffset);
    const auto add = [end](QList<QuorumNode>& nodes, const auto& states) {
        for (const auto& state : states)
            nodes.append({state.replicaId, state.logEndOffset, state.logEndOffset < 0 ? -1 : std::max<qint64>(0, end - state.logEndOffset)});
    };
    add(quorum.voters, partition.currentVoters);
    add(quorum.observers, partition.observers);
    return quorum;
}

} // namespace models::wire
