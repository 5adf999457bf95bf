#pragma once
// Replays and how far they are, in samsa.db, so that a program that crashed goes on where it was. Blocking: workers only.

#include "models/replay/order.h"
#include "models/store/database.h"

#include <QMap>
#include <memory>
#include <optional>

namespace models::replay {

/// Messages of one portion at most. Without transactions a portion is what may arrive twice, so it is smaller there.
inline constexpr qint64 kPortionMessages = 20'000;
inline constexpr qint64 kPlainPortionMessages = 5'000;
inline constexpr qint64 kPortionBytes = 16 << 20;

enum class ReplayState { Running, Stopped, Failed, Done };
QString toString(ReplayState state);

/// How much has arrived.
struct Tally {
    qint64 sent = 0;
    qint64 bytes = 0;
    qint64 repeatedMax = 0; ///< so many may have arrived twice
    bool operator==(const Tally&) const = default;
};

struct StoredReplay {
    QString id;
    QString request;
    qint64 createdMs = 0;
    qint64 updatedMs = 0;
    ReplayState state = ReplayState::Running; ///< Running and nobody at work: it crashed
    QString sourceServers, sourceTopic, targetServers, targetTopic;
    bool keepPartition = false;
    bool transactional = false;
    Tally tally;
    QString detail; ///< why it failed
    QList<Range> ranges;
    QMap<int, qint64> positions;
};

class ReplayStore {
public:
    explicit ReplayStore(std::shared_ptr<store::Database> database) : m_database(std::move(database)) {}

    /// The newest one of this request that is not done.
    Result<std::optional<StoredReplay>> unfinished(const QString& request);
    Result<std::optional<StoredReplay>> find(const QString& id);
    /// The newest `count`, newest first, without ranges and positions.
    Result<QList<StoredReplay>> newest(int count);

    Result<void> begin(const Order& order, const QString& request, bool transactional);
    Result<void> checkpoint(const QString& id, const QMap<int, qint64>& positions, const Tally& tally);
    Result<void> setState(const QString& id, ReplayState state, const QString& detail = {});
    /// Beside the database; held by who works at it.
    [[nodiscard]] QString lockPath(const QString& id) const;

private:
    std::shared_ptr<store::Database> m_database;
};

} // namespace models::replay
