#pragma once
// Our own small client: for what librdkafka cannot ask (sizes on disk, the quorum), and for what is asked every second, because here a broker that died or
// hangs is known at once and costs nobody else anything. What it cannot encrypt or log in with
// (security.h) is Unsupported, with the reason.
// Blocking: one worker thread at a time; one connection per broker is kept.

#include "models/base/error.h"
#include "models/client/client_config.h"
#include "models/client/kafka_types.h"

#include <QHash>
#include <QList>
#include <QSet>
#include <QString>
#include <chrono>
#include <memory>

namespace models::wire {

struct Address {
    QString host;
    int port = 0;
    bool operator==(const Address&) const = default;
};

/// One replica on one broker's disk.
struct ReplicaSize {
    QString topic;
    int partition = 0;
    qint64 bytes = 0;
};
struct LogDirs {
    QList<ReplicaSize> replicas;
    qint64 totalBytes = -1;  ///< of the volumes, -1 = the broker does not say
    qint64 usableBytes = -1;
    QList<QString> failedDirectories;
};

struct QuorumNode {
    int id = -1;
    qint64 logEndOffset = -1;
    qint64 lag = -1; ///< behind the leader, in metadata records
};
struct Quorum {
    int leader = -1;
    int epoch = -1;
    qint64 highWatermark = -1;
    QList<QuorumNode> voters;
    QList<QuorumNode> observers;
};

/// The groups that one broker coordinates, all of it from three requests.
struct CoordinatedGroups {
    QList<client::GroupListing> listings;
    QList<client::GroupDescription> descriptions;
    QHash<QString, Result<QList<client::CommittedOffset>>> committed;
};

class WireClient {
public:
    /// Over TLS and with a login, as the client's properties say; what our own client cannot do makes every call Unsupported.
    explicit WireClient(const client::ClientConfig& config);
    /// Whether it can.
    static bool speaks(const client::ClientConfig& config);
    ~WireClient();
    WireClient(const WireClient&) = delete;
    WireClient& operator=(const WireClient&) = delete;

    /// All replicas of one broker.
    Result<LogDirs> logDirs(const Address& broker, std::chrono::milliseconds timeout);
    /// Asked of any broker, which forwards it to the leader.
    Result<Quorum> quorum(const Address& broker, std::chrono::milliseconds timeout);
    /// All topics with ids, brokers with racks: what librdkafka needs three requests for.
    Result<client::ClusterMetadata> metadata(const Address& broker, std::chrono::milliseconds timeout);
    /// Of partitions that this broker leads.
    Result<QList<client::OffsetAnswer>> listOffsets(const Address& broker, const QList<client::OffsetQuery>& queries, std::chrono::milliseconds timeout);
    /// Consumer groups, classic and new.
    Result<CoordinatedGroups> groups(const Address& broker, int brokerId, std::chrono::milliseconds timeout);
    /// The requests that a broker answers, by Kafka's numbers.
    Result<QSet<int>> requestsOf(const Address& broker, std::chrono::milliseconds timeout);
    /// Ends what waits now, soon, and lets every later call fail; any thread.
    void cancel();

private:
    std::unique_ptr<struct WireLinks> d;
};

} // namespace models::wire
