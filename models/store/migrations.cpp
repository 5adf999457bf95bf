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
    };
    return all;
}

} // namespace models::store
