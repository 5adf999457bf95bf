#pragma once
// SQLite behind one door: one file, one connection, one worker thread that runs every statement. Write-ahead log, bound parameters only,
// untrusted schema functions off. Before each migration the file is copied beside itself (samsa.db.before-3), the newest three are kept.
//
//     database->run<qint64>([](Connection& c) { return c.insert("INSERT INTO audit(..) VALUES(?,?)", {a, b}); })
//         .then(this, [](Result<qint64> row) { ... });

#include "models/base/error.h"

#include <QByteArray>
#include <QFuture>
#include <QList>
#include <QPromise>
#include <QString>
#include <QVariant>
#include <functional>
#include <memory>

struct sqlite3;

namespace models::store {

/// One step of the schema. Versions count from 1 without gaps; a step, once released, never changes.
struct Migration {
    int version = 0;
    const char* sql = ""; ///< one or more statements, run in one transaction
};
/// The whole schema of Samsa, oldest first.
const QList<Migration>& migrations();
/// Of history.db, which models/metrics keeps.
const QList<Migration>& historyMigrations();

using Row = QList<QVariant>;

/// What a task on the worker thread may do. Values: qint64/int/bool, double, QString, QByteArray, invalid QVariant = NULL.
class Connection {
public:
    Result<void> execute(const char* sql, const QList<QVariant>& values = {});
    Result<qint64> insert(const char* sql, const QList<QVariant>& values = {}); ///< the new row's id
    Result<QList<Row>> query(const char* sql, const QList<QVariant>& values = {});
    /// The same statement for each of these, prepared once.
    Result<void> executeEach(const char* sql, const QList<QList<QVariant>>& rows);
    /// All or nothing; a failure inside rolls back and is returned.
    Result<void> transaction(const std::function<Result<void>(Connection&)>& work);
    [[nodiscard]] qint64 changedRows() const;

private:
    friend class Database;
    explicit Connection(sqlite3* db) : m_db(db) {}
    sqlite3* m_db;
};

class Database {
public:
    /// Opens or makes the file, checks it, copies it where a migration is due, migrates. Blocking, some milliseconds: before the
    /// window shows, or in a job. A file of a newer Samsa, or a damaged one, is an error and is left as it is.
    static Result<std::shared_ptr<Database>> open(const QString& path, const QList<Migration>& schema = migrations());
    ~Database(); ///< finishes what was queued
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    [[nodiscard]] const QString& path() const;
    /// Queues work for the worker thread; tasks run in order. The future is always completed.
    template <class T>
    QFuture<Result<T>> run(std::function<Result<T>(Connection&)> work) {
        auto promise = std::make_shared<QPromise<Result<T>>>();
        auto future = promise->future();
        promise->start();
        post([promise, work = std::move(work)](Connection& connection) {
            promise->addResult(work(connection));
            promise->finish();
        });
        return future;
    }

private:
    struct Private;
    explicit Database(std::unique_ptr<Private> d);
    void post(std::function<void(Connection&)> task);
    std::unique_ptr<Private> d;
};

} // namespace models::store
