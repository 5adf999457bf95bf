#include "models/wire/wire_client.h"

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/describe_log_dirs_request.h"
#include "embedded-broker/protocol/messages/describe_log_dirs_response.h"
#include "embedded-broker/protocol/messages/describe_quorum_request.h"
#include "embedded-broker/protocol/messages/describe_quorum_response.h"
#include "models/wire/wire_links.h"

namespace models::wire {

Error kafkaError(const QString& what, std::int16_t code) {
    switch (code) {
    case 3: return {ErrorCode::NotFound, what, QStringLiteral("UNKNOWN_TOPIC_OR_PARTITION"), code};
    case 5: return {ErrorCode::Unreachable, what, QStringLiteral("LEADER_NOT_AVAILABLE"), code};
    case 6: return {ErrorCode::Unreachable, what, QStringLiteral("NOT_LEADER_OR_FOLLOWER"), code};
    case 14: return {ErrorCode::Busy, what, QStringLiteral("COORDINATOR_LOAD_IN_PROGRESS"), code};
    case 15: return {ErrorCode::Unreachable, what, QStringLiteral("COORDINATOR_NOT_AVAILABLE"), code};
    case 16: return {ErrorCode::Unreachable, what, QStringLiteral("NOT_COORDINATOR"), code};
    case 29: return {ErrorCode::NotAuthorized, what, QStringLiteral("TOPIC_AUTHORIZATION_FAILED"), code};
    case 30: return {ErrorCode::NotAuthorized, what, QStringLiteral("GROUP_AUTHORIZATION_FAILED"), code};
    case 31: return {ErrorCode::NotAuthorized, what, QStringLiteral("CLUSTER_AUTHORIZATION_FAILED"), code};
    case 35: return {ErrorCode::Unsupported, what, QStringLiteral("UNSUPPORTED_VERSION"), code};
    case 42: return {ErrorCode::Unsupported, what, QStringLiteral("INVALID_REQUEST"), code};
    default: {
        const auto name = broker::protocol::name(static_cast<broker::protocol::KafkaError>(code));
        return {ErrorCode::Refused, what, QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size())), code};
    }
    }
}

WireClient::WireClient(const client::ClientConfig& config) : d(std::make_unique<WireLinks>()) {
    if (auto security = Security::of(config))
        d->security = std::move(*security);
    else
        d->refusal = security.error().why;
}

bool WireClient::speaks(const client::ClientConfig& config) { return Security::of(config).has_value(); }

WireClient::~WireClient() = default;

void WireClient::cancel() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(d->cancelFd, &one, sizeof one);
}

Result<QSet<int>> WireClient::requestsOf(const Address& broker, std::chrono::milliseconds timeout) {
    auto connected = d->link(broker, std::chrono::steady_clock::now() + timeout);
    if (!connected)
        return std::unexpected(connected.error());
    QSet<int> keys;
    for (const auto& [key, range] : (*connected)->versions)
        keys.insert(key);
    return keys;
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
