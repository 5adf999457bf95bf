// The schema of samsa.db. A step that was released never changes: a new one is added below it.
#include "models/store/database.h"

namespace models::store {

const QList<Migration>& migrations() {
    static const QList<Migration> all{
        {1, R"sql(
            -- A remote cluster that the user wants to reach again. Secrets never come here.
            CREATE TABLE connection (
                id TEXT PRIMARY KEY, position INTEGER NOT NULL, name TEXT NOT NULL, servers TEXT NOT NULL,
                properties TEXT NOT NULL,          -- a JSON object of librdkafka's properties
                colour TEXT NOT NULL, production INTEGER NOT NULL, read_only INTEGER NOT NULL
            ) STRICT;
            -- What was done. ended_ms NULL: intended, and nobody knows yet what came of it.
            CREATE TABLE audit (
                id INTEGER PRIMARY KEY AUTOINCREMENT, started_ms INTEGER NOT NULL, ended_ms INTEGER,
                cluster_key TEXT NOT NULL, cluster_name TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL,
                before TEXT NOT NULL, after TEXT NOT NULL, command TEXT NOT NULL,
                outcome TEXT NOT NULL, detail TEXT NOT NULL, actor TEXT NOT NULL
            ) STRICT;
            CREATE INDEX audit_by_cluster ON audit(cluster_key, id);
            -- View state per cluster and page: one JSON value each, with the version of its shape.
            CREATE TABLE view_state (
                cluster_key TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL, saved_ms INTEGER NOT NULL,
                PRIMARY KEY (cluster_key, name)
            ) STRICT;
        )sql"},
        {2, R"sql(
            -- A copy of a range of messages to another topic, and how far it is. Which settings reach the clusters is not kept: they may hold secrets.
            CREATE TABLE replay (
                id TEXT PRIMARY KEY, request TEXT NOT NULL,   -- what was asked for: the same request goes on with the same replay
                created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
                state TEXT NOT NULL,                          -- running, stopped, failed, done
                source_servers TEXT NOT NULL, source_topic TEXT NOT NULL, target_servers TEXT NOT NULL, target_topic TEXT NOT NULL,
                keep_partition INTEGER NOT NULL, transactional INTEGER NOT NULL,
                sent INTEGER NOT NULL, bytes INTEGER NOT NULL, repeated INTEGER NOT NULL, detail TEXT NOT NULL
            ) STRICT;
            CREATE INDEX replay_by_request ON replay(request, state);
            CREATE TABLE replay_range (
                replay TEXT NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL, until INTEGER NOT NULL,
                PRIMARY KEY (replay, partition, first)
            ) STRICT, WITHOUT ROWID;
            -- All before `position` has arrived.
            CREATE TABLE replay_position (
                replay TEXT NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
                PRIMARY KEY (replay, partition)
            ) STRICT, WITHOUT ROWID;
        )sql"},
        {3, R"sql(
            -- When the lag of a group is worth a word. firing_since_ms: this episode has been told; NULL: there is none.
            CREATE TABLE lag_alert (
                cluster_key TEXT NOT NULL, group_id TEXT NOT NULL, measure TEXT NOT NULL, threshold INTEGER NOT NULL, for_ms INTEGER NOT NULL, firing_since_ms INTEGER,
                PRIMARY KEY (cluster_key, group_id)
            ) STRICT;
        )sql"},
    };
    return all;
}

} // namespace models::store
