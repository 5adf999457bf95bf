#pragma once
// Our own small client for what librdkafka cannot ask: sizes on disk and the quorum. Plaintext only so far; for anything else each call answers
// Unsupported with the reason, and the session goes on without. Blocking: one worker thread at a time; one connection per broker is kept.

#include "models/base/error.h"

#include <QHash>
#include <QList>
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

class WireClient {
public:
    /// `securityProtocol` as in the client's properties; empty = plaintext.
    explicit WireClient(const QString& securityProtocol);
    ~WireClient();
    WireClient(const WireClient&) = delete;
    WireClient& operator=(const WireClient&) = delete;

    /// All replicas of one broker.
    Result<LogDirs> logDirs(const Address& broker, std::chrono::milliseconds timeout);
    /// Asked of any broker, which forwards it to the leader.
    Result<Quorum> quorum(const Address& broker, std::chrono::milliseconds timeout);
    /// Ends what waits now, soon, and lets every later call fail; any thread.
    void cancel();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace models::wire
