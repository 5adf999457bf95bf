#include "models/replay/replay_store.h"

#include <QDateTime>
#include <QFileInfo>

namespace models::replay {
namespace {

using store::Connection;
using store::Row;

constexpr const char* kColumns = "id, request, created_ms, updated_ms, state, source_servers, source_topic, target_servers, target_topic, keep_partition, transactional, "
                                 "sent, bytes, repeated, detail";

ReplayState stateOf(const QString& text) {
    for (const auto state : {ReplayState::Running, ReplayState::Stopped, ReplayState::Failed, ReplayState::Done})
        if (text == toString(state))
            return state;
    return ReplayState::Failed;
}

StoredReplay replayOf(const Row& row) {
    StoredReplay replay;
    replay.id = row[0].toString();
    replay.request = row[1].toString();
    replay.createdMs = row[2].toLongLong();
    replay.updatedMs = row[3].toLongLong();
    replay.state = stateOf(row[4].toString());
    replay.sourceServers = row[5].toString();
    replay.sourceTopic = row[6].toString();
    replay.targetServers = row[7].toString();
    replay.targetTopic = row[8].toString();
    replay.keepPartition = row[9].toLongLong() != 0;
    replay.transactional = row[10].toLongLong() != 0;
    replay.tally = {row[11].toLongLong(), row[12].toLongLong(), row[13].toLongLong()};
    replay.detail = row[14].toString();
    return replay;
}

Result<std::optional<StoredReplay>> one(Connection& connection, const QByteArray& where, const QString& value) {
    auto rows = connection.query(QByteArray("SELECT ") + kColumns + " FROM replay WHERE " + where, {value});
    if (!rows)
        return std::unexpected(rows.error());
    if (rows->isEmpty())
        return std::optional<StoredReplay>();
    auto replay = replayOf(rows->first());
    auto ranges = connection.query("SELECT partition, first, until FROM replay_range WHERE replay = ? ORDER BY partition, first", {replay.id});
    if (!ranges)
        return std::unexpected(ranges.error());
    for (const auto& row : *ranges)
        replay.ranges.append({row[0].toInt(), row[1].toLongLong(), row[2].toLongLong()});
    auto positions = connection.query("SELECT partition, position FROM replay_position WHERE replay = ?", {replay.id});
    if (!positions)
        return std::unexpected(positions.error());
    for (const auto& row : *positions)
        replay.positions.insert(row[0].toInt(), row[1].toLongLong());
    return std::optional(replay);
}

/// void as a value, because a future needs one.
Result<void> wait(QFuture<Result<bool>> future) {
    const auto done = future.result();
    return done ? Result<void>() : std::unexpected(done.error());
}
Result<bool> asBool(const Result<void>& done) { return done ? Result<bool>(true) : std::unexpected(done.error()); }

} // namespace

QString toString(ReplayState state) {
    switch (state) {
    case ReplayState::Running: return QStringLiteral("running");
    case ReplayState::Stopped: return QStringLiteral("stopped");
    case ReplayState::Failed: return QStringLiteral("failed");
    case ReplayState::Done: return QStringLiteral("done");
    }
    return {};
}

Result<std::optional<StoredReplay>> ReplayStore::unfinished(const QString& request) {
    return m_database->run<std::optional<StoredReplay>>([request](Connection& connection) {
        return one(connection, "request = ? AND state <> 'done' ORDER BY created_ms DESC, rowid DESC LIMIT 1", request);
    }).result();
}

Result<std::optional<StoredReplay>> ReplayStore::find(const QString& id) {
    return m_database->run<std::optional<StoredReplay>>([id](Connection& connection) { return one(connection, "id = ?", id); }).result();
}

Result<QList<StoredReplay>> ReplayStore::newest(int count) {
    return m_database->run<QList<StoredReplay>>([count](Connection& connection) -> Result<QList<StoredReplay>> {
        auto rows = connection.query(QByteArray("SELECT ") + kColumns + " FROM replay ORDER BY created_ms DESC, rowid DESC LIMIT ?", {count});
        if (!rows)
            return std::unexpected(rows.error());
        QList<StoredReplay> all;
        for (const auto& row : *rows)
            all.append(replayOf(row));
        return all;
    }).result();
}

Result<void> ReplayStore::begin(const Order& order, const QString& request, bool transactional) {
    return wait(m_database->run<bool>([=](Connection& connection) {
        return asBool(connection.transaction([&](Connection& c) -> Result<void> {
            const qint64 now = QDateTime::currentMSecsSinceEpoch();
            auto done = c.execute("INSERT INTO replay VALUES(?,?,?,?,'running',?,?,?,?,?,?,0,0,0,'')",
                {order.id, request, now, now, order.source.bootstrapServers, order.sourceTopic, order.target.bootstrapServers, order.targetTopic,
                    order.placement == Placement::Keep, transactional});
            for (const auto& range : order.ranges) {
                if (!done)
                    return done;
                done = c.execute("INSERT INTO replay_range VALUES(?,?,?,?)", {order.id, range.partition, range.first, range.until});
            }
            return done;
        }));
    }));
}

Result<void> ReplayStore::checkpoint(const QString& id, const QMap<int, qint64>& positions, const Tally& tally) {
    return wait(m_database->run<bool>([=](Connection& connection) {
        return asBool(connection.transaction([&](Connection& c) -> Result<void> {
            for (auto it = positions.cbegin(); it != positions.cend(); ++it)
                if (auto done = c.execute("INSERT INTO replay_position VALUES(?,?,?) ON CONFLICT(replay, partition) DO UPDATE SET position = excluded.position", {id, it.key(), it.value()}); !done)
                    return done;
            return c.execute("UPDATE replay SET sent = ?, bytes = ?, repeated = ?, updated_ms = ? WHERE id = ?",
                {tally.sent, tally.bytes, tally.repeatedMax, QDateTime::currentMSecsSinceEpoch(), id});
        }));
    }));
}

Result<void> ReplayStore::setState(const QString& id, ReplayState state, const QString& detail) {
    return wait(m_database->run<bool>([=](Connection& connection) {
        return asBool(connection.execute("UPDATE replay SET state = ?, detail = ?, updated_ms = ? WHERE id = ?", {toString(state), detail, QDateTime::currentMSecsSinceEpoch(), id}));
    }));
}

QString ReplayStore::lockPath(const QString& id) const { return QFileInfo(m_database->path()).absolutePath() + QStringLiteral("/replay-%1.lock").arg(id); }

} // namespace models::replay
