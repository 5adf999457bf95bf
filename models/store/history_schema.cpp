// The schema of history.db: what was measured. It is a file of its own, with its own thread and size: what is written every few seconds shall not stand before
// the audit trail, and may be deleted. A step that was released never changes: a new one is added below it.
#include "models/store/database.h"

namespace models::store {

const QList<Migration>& historyMigrations() {
    static const QList<Migration> all{
        {1, R"sql(
            -- Which cluster stood behind a key when it was measured last: another one of the same name begins with an empty history.
            CREATE TABLE cluster (key TEXT PRIMARY KEY, cluster_id TEXT NOT NULL) STRICT;
            CREATE TABLE series (
                id INTEGER PRIMARY KEY, cluster TEXT NOT NULL, quantity TEXT NOT NULL, scope TEXT NOT NULL, entity TEXT NOT NULL,
                UNIQUE (cluster, quantity, scope, entity)
            ) STRICT;
            -- Level 0 is as measured, each next one is folded from the one below. A slot is the time divided by the level's step; what was not measured has no row.
            CREATE TABLE sample (
                series INTEGER NOT NULL, level INTEGER NOT NULL, slot INTEGER NOT NULL,
                low REAL NOT NULL, high REAL NOT NULL, total REAL NOT NULL, count INTEGER NOT NULL,
                PRIMARY KEY (series, level, slot)
            ) STRICT, WITHOUT ROWID;
            -- What happened. on_chart: charts carry it as a mark.
            CREATE TABLE event (
                id INTEGER PRIMARY KEY, cluster TEXT NOT NULL, time_ms INTEGER NOT NULL, kind TEXT NOT NULL, severity INTEGER NOT NULL, broker INTEGER NOT NULL,
                topic TEXT NOT NULL, group_id TEXT NOT NULL, title TEXT NOT NULL, detail TEXT NOT NULL, since_ms INTEGER NOT NULL, on_chart INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX event_by_time ON event(cluster, time_ms);
            -- When the end of a partition's log stood at an offset that some group has not got past, for lag in time.
            CREATE TABLE log_end (
                cluster TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, time_ms INTEGER NOT NULL, kept_ms INTEGER NOT NULL,
                PRIMARY KEY (cluster, topic, partition, offset)
            ) STRICT, WITHOUT ROWID;
        )sql"},
    };
    return all;
}

} // namespace models::store
