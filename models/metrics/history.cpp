#include "models/metrics/history.h"

#include "models/metrics/bucket_cut.h"

#include <QDateTime>
#include <QFile>
#include <algorithm>

namespace models::metrics {
namespace {

using store::Connection;

constexpr qint64 kPruneEveryMs = 10 * 60'000;
constexpr int kSqliteCorrupt = 11;
constexpr int kSqliteNotADatabase = 26;

/// Stable names: numbers of an enum may move.
QString nameOf(Quantity quantity) {
    switch (quantity) {
    case Quantity::MessagesPerSecond: return QStringLiteral("messages/s");
    case Quantity::BytesPerSecond: return QStringLiteral("bytes/s");
    case Quantity::Lag: return QStringLiteral("lag");
    case Quantity::BytesOnDisk: return QStringLiteral("bytes");
    }
    return {};
}
QString nameOf(Scope scope) {
    switch (scope) {
    case Scope::Cluster: return QStringLiteral("cluster");
    case Scope::Broker: return QStringLiteral("broker");
    case Scope::Topic: return QStringLiteral("topic");
    case Scope::Group: return QStringLiteral("group");
    }
    return {};
}

/// SQLite takes a null string for NULL.
QString known(const QString& text) { return text.isNull() ? QStringLiteral("") : text; }

/// Rounded down, also before 1970.
qint64 slotOf(qint64 timeMs, qint64 stepMs) { return timeMs >= 0 ? timeMs / stepMs : -((-timeMs + stepMs - 1) / stepMs); }

Result<qint64> bytesUsed(Connection& connection) {
    auto rows = connection.query("SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count), page_size FROM pragma_page_size");
    if (!rows)
        return std::unexpected(rows.error());
    return rows->value(0).value(0).toLongLong() * rows->value(0).value(1).toLongLong();
}

} // namespace

size_t qHash(const SeriesKey& key, size_t seed) { return qHashMulti(seed, static_cast<int>(key.quantity), static_cast<int>(key.scope), key.entity); }

/// What the tasks on the database's thread share.
struct History::State {
    Limits limits;
    QHash<std::pair<QString, SeriesKey>, qint64> ids;
    qint64 prunedMs = 0;

    Result<qint64> idOf(Connection& connection, const QString& cluster, const SeriesKey& key, bool make) {
        if (const auto made = ids.constFind({cluster, key}); made != ids.cend())
            return *made;
        const QList<QVariant> names{cluster, nameOf(key.quantity), nameOf(key.scope), known(key.entity)};
        auto rows = connection.query("SELECT id FROM series WHERE cluster=? AND quantity=? AND scope=? AND entity=?", names);
        if (!rows)
            return std::unexpected(rows.error());
        qint64 id = rows->isEmpty() ? 0 : rows->first().first().toLongLong();
        if (id == 0 && make) {
            auto made = connection.insert("INSERT INTO series(cluster, quantity, scope, entity) VALUES(?,?,?,?)", names);
            if (!made)
                return made;
            id = *made;
        }
        if (id != 0)
            ids.insert({cluster, key}, id);
        return id;
    }

    /// Raw slots as they are, and every level above anew from the one below: the same again comes to the same, whenever it is interrupted.
    /// Level by level for all series: preparing the statements anew for each of thousands would take longer than the time that the samples are of.
    Result<void> write(Connection& connection, const QList<std::pair<qint64, QList<std::pair<qint64, double>>>>& series) {
        QList<QList<QVariant>> rows;
        QList<std::tuple<qint64, qint64, qint64>> written; // id, first and last time
        for (const auto& [id, values] : series) {
            qint64 first = std::numeric_limits<qint64>::max(), last = std::numeric_limits<qint64>::min();
            for (const auto& [timeMs, value] : values) {
                if (!std::isfinite(value))
                    continue;
                const qint64 slot = slotOf(timeMs, limits.levels.first().stepMs);
                rows.append({id, slot, value, value, value, 1});
                first = std::min(first, timeMs);
                last = std::max(last, timeMs);
            }
            if (first <= last)
                written.append({id, first, last});
        }
        if (rows.isEmpty())
            return {};
        if (auto done = connection.executeEach("INSERT INTO sample(series, level, slot, low, high, total, count) VALUES(?,0,?,?,?,?,?)"
                                               " ON CONFLICT DO UPDATE SET low=min(low, excluded.low), high=max(high, excluded.high), total=total+excluded.total, count=count+excluded.count",
                rows);
            !done)
            return done;
        for (int level = 1; level < limits.levels.size(); ++level) {
            const qint64 step = limits.levels[level].stepMs, below = limits.levels[level - 1].stepMs;
            const qint64 fan = step / below;
            rows.clear();
            for (const auto& [id, first, last] : written)
                rows.append({level, fan, id, level - 1, slotOf(first, step) * fan, (slotOf(last, step) + 1) * fan, fan});
            if (auto done = connection.executeEach("INSERT OR REPLACE INTO sample(series, level, slot, low, high, total, count)"
                                                   " SELECT series, ?, slot/?, min(low), max(high), sum(total), sum(count) FROM sample WHERE series=? AND level=? AND slot>=? AND slot<? GROUP BY slot/?",
                    rows);
                !done)
                return done;
        }
        return {};
    }

    Result<void> dropOlder(Connection& connection, qint64 nowMs, double share) {
        auto series = connection.query("SELECT id FROM series");
        if (!series)
            return std::unexpected(series.error());
        for (int level = 0; level < limits.levels.size(); ++level) {
            const auto keep = static_cast<qint64>(static_cast<double>(limits.levels[level].keepMs) * share);
            // Whole pieces of the level above: what is left of this one and what that one has never overlap.
            const qint64 whole = limits.levels[std::min<qsizetype>(level + 1, limits.levels.size() - 1)].stepMs;
            const qint64 before = slotOf(slotOf(nowMs - keep, whole) * whole, limits.levels[level].stepMs);
            QList<QList<QVariant>> rows;
            for (const auto& row : *series)
                rows.append({row[0], level, before});
            if (auto done = connection.executeEach("DELETE FROM sample WHERE series=? AND level=? AND slot<?", rows); !done)
                return done;
        }
        return {};
    }

    Result<qint64> prune(Connection& connection, qint64 nowMs) {
        prunedMs = nowMs;
        auto done = connection.transaction([&](Connection& c) -> Result<void> {
            if (auto old = dropOlder(c, nowMs, 1); !old)
                return old;
            if (auto old = c.execute("DELETE FROM log_end WHERE kept_ms<?", {nowMs - limits.logEndsKeepMs}); !old)
                return old;
            if (auto old = c.execute("DELETE FROM event WHERE time_ms<?", {nowMs - limits.levels.last().keepMs}); !old)
                return old;
            return c.execute("DELETE FROM event WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY cluster ORDER BY time_ms DESC) AS place FROM event) WHERE place>?)",
                {limits.eventsMax});
        });
        if (!done)
            return std::unexpected(done.error());
        auto used = bytesUsed(connection);
        // Every level keeps half as long, until it fits; at the end those series go that were measured last the longest ago.
        for (double share = 0.5; used && *used > limits.bytesMax && share > 0.001; share /= 2) {
            if (done = connection.transaction([&](Connection& c) { return dropOlder(c, nowMs, share); }); !done)
                return std::unexpected(done.error());
            used = bytesUsed(connection);
        }
        while (used && *used > limits.bytesMax) {
            auto eldest = connection.query("SELECT s.id FROM series s ORDER BY (SELECT max(slot) FROM sample WHERE series=s.id AND level=?) LIMIT 50", {limits.levels.size() - 1});
            if (!eldest)
                return std::unexpected(eldest.error());
            if (eldest->isEmpty())
                break;
            done = connection.transaction([&](Connection& c) -> Result<void> {
                for (const auto& row : *eldest) {
                    if (auto gone = c.execute("DELETE FROM sample WHERE series=?", {row[0]}); !gone)
                        return gone;
                    if (auto gone = c.execute("DELETE FROM series WHERE id=?", {row[0]}); !gone)
                        return gone;
                }
                return {};
            });
            if (!done)
                return std::unexpected(done.error());
            ids.clear();
            used = bytesUsed(connection);
        }
        // Series without a sample left are but names; unless one was made this moment.
        if (auto empty = connection.execute("DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM sample WHERE series=series.id)"); !empty)
            return std::unexpected(empty.error());
        ids.clear();
        return used;
    }

    /// Pieces of one level from `fromMs` on; where that level does not reach back so far, coarser ones come first.
    Result<QList<Piece>> pieces(Connection& connection, qint64 id, int level, qint64 fromMs, qint64 toMs) {
        const qint64 step = limits.levels[level].stepMs;
        QList<Piece> all;
        qint64 reached = fromMs;
        if (level + 1 < limits.levels.size()) {
            auto oldest = connection.query("SELECT min(slot) FROM sample WHERE series=? AND level=?", {id, level});
            if (!oldest)
                return std::unexpected(oldest.error());
            const auto& slot = oldest->value(0).value(0);
            const qint64 above = limits.levels[level + 1].stepMs;
            const qint64 begins = slot.isValid() ? slotOf(slot.toLongLong() * step, above) * above : toMs;
            if (begins > fromMs) {
                auto coarser = pieces(connection, id, level + 1, fromMs, std::min(begins, toMs));
                if (!coarser)
                    return coarser;
                all = std::move(*coarser);
                reached = begins;
            }
        }
        if (reached >= toMs)
            return all;
        auto rows = connection.query("SELECT slot, low, high, total, count FROM sample WHERE series=? AND level=? AND slot>=? AND slot<? ORDER BY slot",
            {id, level, slotOf(reached, step), slotOf(toMs - 1, step) + 1});
        if (!rows)
            return std::unexpected(rows.error());
        for (const auto& row : *rows) {
            const qint64 start = row[0].toLongLong() * step;
            all.append({start, start + step, row[1].toDouble(), row[2].toDouble(), row[3].toDouble(), row[4].toInt()});
        }
        return all;
    }
};

QList<Bucket> Past::cut(const SeriesKey& key, qint64 from, qint64 to, int columns) const {
    if (columns <= 0 || to <= from)
        return {};
    const auto it = pieces.constFind(key);
    if (it == pieces.cend())
        return {};
    // How far apart samples lay then is not written down: the usual distance says it.
    QList<qint64> distances;
    for (qsizetype i = 1; i < it->size(); ++i)
        distances.append((*it)[i].startMs - (*it)[i - 1].startMs);
    qint64 usual = 0;
    if (!distances.isEmpty()) {
        std::nth_element(distances.begin(), distances.begin() + distances.size() / 2, distances.end());
        usual = distances[distances.size() / 2];
    }
    BucketCut cutting(from, to, columns);
    const auto first = std::lower_bound(it->begin(), it->end(), from, [](const Piece& piece, qint64 time) { return piece.endMs <= time; });
    for (auto piece = first; piece != it->end() && piece->startMs < to; ++piece)
        cutting.add(piece->startMs, piece->endMs, piece->low, piece->high, piece->total, piece->count, 2.0 * static_cast<double>(std::max(usual, piece->endMs - piece->startMs)));
    return cutting.take();
}

Result<std::shared_ptr<History>> History::open(const QString& path, const Limits& limits) {
    auto opened = store::Database::open(path, store::historyMigrations());
    if (!opened) {
        const int code = opened.error().kafkaCode & 0xff; // SQLite's
        if (opened.error().code != ErrorCode::Corrupt && code != kSqliteCorrupt && code != kSqliteNotADatabase)
            return std::unexpected(opened.error());
        const QString aside = path + QStringLiteral(".damaged");
        QFile::remove(aside);
        QFile::remove(path + QStringLiteral("-wal"));
        QFile::remove(path + QStringLiteral("-shm"));
        if (!QFile::rename(path, aside))
            return std::unexpected(opened.error());
        opened = store::Database::open(path, store::historyMigrations());
        if (!opened)
            return std::unexpected(opened.error());
    }
    return std::make_shared<History>(*opened, limits);
}

History::History(std::shared_ptr<store::Database> database, const Limits& limits) : m_database(std::move(database)), m_state(std::make_shared<State>()) {
    m_state->limits = limits;
    // Nobody's decision hangs on the last seconds: a power cut may take them, and there is nothing secret to overwrite.
    m_database->run<void*>([](Connection& connection) -> Result<void*> {
        (void)connection.execute("PRAGMA synchronous=NORMAL");
        (void)connection.execute("PRAGMA secure_delete=OFF");
        (void)connection.execute("PRAGMA journal_size_limit=4000000");
        return nullptr;
    });
}

QFuture<Result<void*>> History::append(const QString& cluster, const QList<Samples>& samples) {
    return m_database->run<void*>([state = m_state, cluster, samples](Connection& connection) -> Result<void*> {
        qint64 newest = 0;
        auto done = connection.transaction([&](Connection& c) -> Result<void> {
            QList<std::pair<qint64, QList<std::pair<qint64, double>>>> series;
            for (const auto& one : samples) {
                if (one.values.isEmpty())
                    continue;
                newest = std::max(newest, one.values.last().first);
                auto id = state->idOf(c, cluster, one.key, true);
                if (!id)
                    return std::unexpected(id.error());
                series.append({*id, one.values});
            }
            return state->write(c, series);
        });
        if (!done) {
            state->ids.clear(); // what was made in the transaction is not there
            return std::unexpected(done.error());
        }
        const auto used = bytesUsed(connection);
        if (newest > 0 && (newest - state->prunedMs > kPruneEveryMs || (used && *used > state->limits.bytesMax)))
            if (auto pruned = state->prune(connection, newest); !pruned)
                return std::unexpected(pruned.error());
        return nullptr;
    });
}

QFuture<Result<qint64>> History::prune(qint64 nowMs) {
    return m_database->run<qint64>([state = m_state, nowMs](Connection& connection) { return state->prune(connection, nowMs); });
}

QFuture<Result<Past>> History::read(const QString& cluster, const QList<SeriesKey>& keys, qint64 fromMs, qint64 toMs, qint64 stepMs) {
    return m_database->run<Past>([=, state = m_state](Connection& connection) -> Result<Past> {
        Past past{fromMs, toMs, stepMs, {}, {}};
        int level = 0;
        while (level + 1 < state->limits.levels.size() && state->limits.levels[level + 1].stepMs <= stepMs)
            ++level;
        for (const auto& key : keys) {
            const auto id = state->idOf(connection, cluster, key, false);
            if (!id)
                return std::unexpected(id.error());
            if (*id == 0)
                continue;
            auto pieces = state->pieces(connection, *id, level, fromMs, toMs);
            if (!pieces)
                return std::unexpected(pieces.error());
            past.pieces.insert(key, std::move(*pieces));
        }
        auto marks = connection.query("SELECT time_ms, kind, title, severity FROM event WHERE cluster=? AND time_ms>=? AND time_ms<? AND on_chart=1 ORDER BY time_ms DESC LIMIT 2000", {cluster, fromMs, toMs});
        if (!marks)
            return std::unexpected(marks.error());
        for (auto row = marks->crbegin(); row != marks->crend(); ++row)
            past.marks.append({(*row)[0].toLongLong(), (*row)[1].toString(), (*row)[2].toString(), std::max(0, (*row)[3].toInt())});
        return past;
    });
}

QFuture<Result<void*>> History::addEvents(const QString& cluster, const QList<PastEvent>& events) {
    return m_database->run<void*>([cluster, events](Connection& connection) -> Result<void*> {
        QList<QList<QVariant>> rows;
        for (const auto& e : events)
            rows.append({cluster, e.timeMs, known(e.kind), e.severity, e.broker, known(e.topic), known(e.group), known(e.title), known(e.detail), e.sinceMs, e.onChart});
        auto done = connection.transaction([&](Connection& c) {
            return c.executeEach("INSERT INTO event(cluster, time_ms, kind, severity, broker, topic, group_id, title, detail, since_ms, on_chart) VALUES(?,?,?,?,?,?,?,?,?,?,?)", rows);
        });
        if (!done)
            return std::unexpected(done.error());
        return nullptr;
    });
}

QFuture<Result<QList<PastEvent>>> History::readEvents(const QString& cluster, qint64 beforeMs, int count) {
    return m_database->run<QList<PastEvent>>([=](Connection& connection) -> Result<QList<PastEvent>> {
        auto rows = connection.query("SELECT time_ms, kind, severity, broker, topic, group_id, title, detail, since_ms, on_chart FROM event WHERE cluster=? AND time_ms<? ORDER BY time_ms DESC, id DESC LIMIT ?",
            {cluster, beforeMs, count});
        if (!rows)
            return std::unexpected(rows.error());
        QList<PastEvent> events;
        for (auto row = rows->crbegin(); row != rows->crend(); ++row)
            events.append({(*row)[0].toLongLong(), (*row)[1].toString(), (*row)[2].toInt(), (*row)[3].toInt(), (*row)[4].toString(), (*row)[5].toString(), (*row)[6].toString(),
                (*row)[7].toString(), (*row)[8].toLongLong(), (*row)[9].toBool()});
        return events;
    });
}

QFuture<Result<void*>> History::keepLogEnds(const QString& cluster, const QList<LogEnd>& ends, qint64 nowMs) {
    return m_database->run<void*>([cluster, ends, nowMs](Connection& connection) -> Result<void*> {
        QList<QList<QVariant>> rows;
        for (const auto& end : ends)
            rows.append({cluster, known(end.topic), end.partition, end.offset, end.timeMs, nowMs});
        auto done = connection.transaction([&](Connection& c) -> Result<void> {
            if (auto gone = c.execute("DELETE FROM log_end WHERE cluster=?", {cluster}); !gone)
                return gone;
            return c.executeEach("INSERT OR REPLACE INTO log_end(cluster, topic, partition, offset, time_ms, kept_ms) VALUES(?,?,?,?,?,?)", rows);
        });
        if (!done)
            return std::unexpected(done.error());
        return nullptr;
    });
}

QFuture<Result<QList<LogEnd>>> History::readLogEnds(const QString& cluster) {
    return m_database->run<QList<LogEnd>>([cluster](Connection& connection) -> Result<QList<LogEnd>> {
        auto rows = connection.query("SELECT topic, partition, offset, time_ms FROM log_end WHERE cluster=? ORDER BY topic, partition, offset", {cluster});
        if (!rows)
            return std::unexpected(rows.error());
        QList<LogEnd> ends;
        for (const auto& row : *rows)
            ends.append({row[0].toString(), row[1].toInt(), row[2].toLongLong(), row[3].toLongLong()});
        return ends;
    });
}

namespace {

Result<void> forgetAll(Connection& connection, const QString& cluster) {
    for (const char* sql : {"DELETE FROM sample WHERE series IN (SELECT id FROM series WHERE cluster=?)", "DELETE FROM series WHERE cluster=?", "DELETE FROM event WHERE cluster=?",
             "DELETE FROM log_end WHERE cluster=?", "DELETE FROM cluster WHERE key=?"})
        if (auto done = connection.execute(sql, {cluster}); !done)
            return done;
    return {};
}

} // namespace

QFuture<Result<void*>> History::forget(const QString& cluster) {
    return m_database->run<void*>([state = m_state, cluster](Connection& connection) -> Result<void*> {
        state->ids.clear();
        if (auto done = connection.transaction([&](Connection& c) { return forgetAll(c, cluster); }); !done)
            return std::unexpected(done.error());
        return nullptr;
    });
}

QFuture<Result<Extent>> History::claim(const QString& key, const QString& clusterId) {
    return m_database->run<Extent>([state = m_state, key, clusterId](Connection& connection) -> Result<Extent> {
        Extent extent;
        auto done = connection.transaction([&](Connection& c) -> Result<void> {
            if (!clusterId.isEmpty()) {
                auto before = c.query("SELECT cluster_id FROM cluster WHERE key=?", {key});
                if (!before)
                    return std::unexpected(before.error());
                if (!before->isEmpty() && before->first().first().toString() != clusterId) {
                    state->ids.clear();
                    if (auto gone = forgetAll(c, key); !gone)
                        return gone;
                }
                if (auto kept = c.execute("INSERT OR REPLACE INTO cluster(key, cluster_id) VALUES(?,?)", {key, clusterId}); !kept)
                    return kept;
            }
            // By the coarsest level for the beginning and the finest for the end: each is an index look-up a series.
            const qint64 coarse = state->limits.levels.last().stepMs, fine = state->limits.levels.first().stepMs;
            auto rows = c.query("SELECT min((SELECT min(slot) FROM sample WHERE series=s.id AND level=?)), max((SELECT max(slot) FROM sample WHERE series=s.id AND level=0)) FROM series s WHERE cluster=?",
                {state->limits.levels.size() - 1, key});
            if (!rows)
                return std::unexpected(rows.error());
            if (const auto& row = rows->value(0); row.size() == 2 && row[0].isValid())
                extent = {row[0].toLongLong() * coarse, row[1].isValid() ? (row[1].toLongLong() + 1) * fine : row[0].toLongLong() * coarse};
            return {};
        });
        if (!done)
            return std::unexpected(done.error());
        return extent;
    });
}

} // namespace models::metrics
