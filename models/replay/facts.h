#pragma once
// What both clusters say before anything is sent, and what follows from it. `lookAt` blocks (a worker); `judge` is pure.

#include "models/client/kafka_types.h"
#include "models/replay/file_source.h"
#include "models/replay/order.h"
#include "models/replay/replay_store.h"

#include <QMap>
#include <optional>

namespace models::replay {

/// A look at the first messages of each range: enough to guess sizes and to see what the target will not like.
struct Sample {
    qint64 messages = 0;
    qint64 bytes = 0;
    qint64 largestBytes = 0;
    qint64 oldestMs = -1;
    qint64 newestMs = -1;
    qint64 keyless = 0;
    qint64 tombstones = 0;
    std::optional<Error> unsendable; ///< the first one that cannot be sent unchanged
};

struct SourceFacts {
    QString clusterId;
    int partitions = 0;
    qint64 messageBytesMax = -1; ///< the topic's max.message.bytes; -1 = not known
    Sample sample;
    FileFacts file; ///< of an order with a file; its sample is then of all messages
};

struct TargetFacts {
    QString clusterId;
    bool exists = false;
    int partitions = 0;
    int withoutLeader = 0; ///< partitions that cannot be written to now
    int brokers = 0;
    QMap<QString, QString> configs; ///< of the topic; empty = may not be asked
    std::optional<bool> transactions; ///< none = could not be found out
    int transactionReplicas = -1;     ///< replicas that the topic of its transactions will have; -1 = it is there, or not known
    /// Its first transaction waits for brokers that are not there.
    [[nodiscard]] bool transactionsMustWait() const { return transactionReplicas > brokers; }
};

struct Finding {
    enum class Level { Note, Warning, Blocker } level = Level::Note; ///< Blocker: it would fail, so it is not begun
    QString text;                                                     ///< translated
    bool operator==(const Finding&) const = default;
};

/// A replay that can be begun or gone on with.
struct Prepared {
    Order order; ///< with ranges
    SourceFacts source;
    TargetFacts target;
    bool transactional = false;
    std::optional<StoredReplay> earlier; ///< the same request, not finished: goes on from there
    QMap<int, qint64> positions;         ///< next offset by partition
    QList<Finding> findings;

    [[nodiscard]] bool blocked() const;
    [[nodiscard]] qint64 offsetsLeft() const;
    [[nodiscard]] qint64 bytesGuess() const; ///< of what is left; -1 = nothing was seen
};

/// Asks both clusters and reads a few messages. With an id, or when the same request was begun earlier, it goes on with that one.
Result<Prepared> lookAt(const Order& order, ReplayStore& store, ReplayControl& control);

QList<Finding> judge(const Order& order, const SourceFacts& source, const TargetFacts& target, bool transactional, qint64 nowMs);

/// "r-" and 8 hexadecimal digits.
QString newReplayId();

/// What is left of `ranges` when all before the positions has arrived.
QList<Range> leftOf(const QList<Range>& ranges, const QMap<int, qint64>& positions);

} // namespace models::replay
