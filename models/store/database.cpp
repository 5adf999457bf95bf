#include "models/store/database.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <sqlite3.h>
#include <thread>

namespace models::store {
namespace {

Error errorOf(sqlite3* db, const QString& what) { return {ErrorCode::Storage, what, QString::fromUtf8(sqlite3_errmsg(db)), sqlite3_extended_errcode(db)}; }

struct Statement {
    sqlite3_stmt* raw = nullptr;
    ~Statement() { sqlite3_finalize(raw); }
};

int bind(sqlite3_stmt* statement, int index, const QVariant& value) {
    if (!value.isValid() || value.isNull())
        return sqlite3_bind_null(statement, index);
    switch (value.typeId()) {
    case QMetaType::Double: return sqlite3_bind_double(statement, index, value.toDouble());
    case QMetaType::QByteArray: {
        const auto bytes = value.toByteArray();
        return sqlite3_bind_blob64(statement, index, bytes.constData(), static_cast<sqlite3_uint64>(bytes.size()), SQLITE_TRANSIENT);
    }
    case QMetaType::Bool:
    case QMetaType::Int:
    case QMetaType::UInt:
    case QMetaType::LongLong:
    case QMetaType::ULongLong: return sqlite3_bind_int64(statement, index, value.toLongLong());
    default: {
        const auto text = value.toString().toUtf8();
        return sqlite3_bind_text64(statement, index, text.constData(), static_cast<sqlite3_uint64>(text.size()), SQLITE_TRANSIENT, SQLITE_UTF8);
    }
    }
}

QVariant column(sqlite3_stmt* statement, int index) {
    switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER: return QVariant::fromValue<qint64>(sqlite3_column_int64(statement, index));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, index);
    case SQLITE_TEXT: return QString::fromUtf8(reinterpret_cast<const char*>(sqlite3_column_text(statement, index)), sqlite3_column_bytes(statement, index));
    case SQLITE_BLOB: return QByteArray(static_cast<const char*>(sqlite3_column_blob(statement, index)), sqlite3_column_bytes(statement, index));
    default: return {};
    }
}

Result<void> script(sqlite3* db, const char* sql, const QString& what) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return std::unexpected(errorOf(db, what));
    return {};
}

/// Runs one statement; rows go to `rows` when it is given.
Result<void> run(sqlite3* db, const char* sql, const QList<QVariant>& values, QList<Row>* rows) {
    Statement statement;
    const QString what = QStringLiteral("database");
    if (sqlite3_prepare_v2(db, sql, -1, &statement.raw, nullptr) != SQLITE_OK)
        return std::unexpected(errorOf(db, what));
    for (int i = 0; i < values.size(); ++i)
        if (bind(statement.raw, i + 1, values[i]) != SQLITE_OK)
            return std::unexpected(errorOf(db, what));
    for (;;) {
        const int step = sqlite3_step(statement.raw);
        if (step == SQLITE_DONE)
            return {};
        if (step != SQLITE_ROW)
            return std::unexpected(errorOf(db, what));
        if (rows == nullptr)
            continue;
        Row row;
        for (int i = 0; i < sqlite3_column_count(statement.raw); ++i)
            row.append(column(statement.raw, i));
        rows->append(std::move(row));
    }
}

Result<int> versionOf(sqlite3* db) {
    QList<Row> rows;
    if (auto done = run(db, "PRAGMA user_version", {}, &rows); !done)
        return std::unexpected(done.error());
    return rows.value(0).value(0).toInt();
}

/// The file as it is now, by SQLite's own copy (the log included), beside itself; the newest three are kept.
Result<void> copyAside(sqlite3* db, const QString& path, int version) {
    const QString target = QStringLiteral("%1.before-%2").arg(path).arg(version);
    QFile::remove(target);
    if (auto done = run(db, "VACUUM INTO ?", {target}, nullptr); !done)
        return done;
    QFile::setPermissions(target, QFile::ReadOwner | QFile::WriteOwner);
    const QFileInfo info(path);
    auto copies = info.dir().entryInfoList({info.fileName() + QStringLiteral(".before-*")}, QDir::Files, QDir::Time);
    for (qsizetype i = 3; i < copies.size(); ++i)
        QFile::remove(copies[i].filePath());
    return {};
}

Result<void> prepare(sqlite3* db, const QString& path, const QList<Migration>& schema) {
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_busy_timeout(db, 3000);
    const QString what = QStringLiteral("open %1").arg(path);
    if (auto done = script(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;", what); !done)
        return done;
    QList<Row> rows;
    if (auto done = run(db, "PRAGMA quick_check(1)", {}, &rows); !done)
        return done;
    if (rows.value(0).value(0).toString() != QLatin1String("ok"))
        return fail(ErrorCode::Corrupt, what, rows.value(0).value(0).toString());
    const auto version = versionOf(db);
    if (!version)
        return std::unexpected(version.error());
    const int newest = schema.isEmpty() ? 0 : schema.last().version;
    if (*version > newest)
        return fail(ErrorCode::Unsupported, what, QStringLiteral("it was written by a newer Samsa (schema %1, this one knows %2)").arg(*version).arg(newest));
    if (*version > 0 && *version < newest)
        if (auto done = copyAside(db, path, newest); !done)
            return done;
    for (const auto& migration : schema) {
        if (migration.version <= *version)
            continue;
        const QByteArray sql = QByteArray("BEGIN IMMEDIATE;") + migration.sql + "; PRAGMA user_version=" + QByteArray::number(migration.version) + "; COMMIT;";
        if (auto done = script(db, sql.constData(), QStringLiteral("bring %1 to schema %2").arg(path).arg(migration.version)); !done) {
            sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
            return done;
        }
    }
    return {};
}

} // namespace

Result<void> Connection::execute(const char* sql, const QList<QVariant>& values) { return run(m_db, sql, values, nullptr); }

Result<void> Connection::executeEach(const char* sql, const QList<QList<QVariant>>& rows) {
    Statement statement;
    const QString what = QStringLiteral("database");
    if (sqlite3_prepare_v2(m_db, sql, -1, &statement.raw, nullptr) != SQLITE_OK)
        return std::unexpected(errorOf(m_db, what));
    for (const auto& values : rows) {
        for (int i = 0; i < values.size(); ++i)
            if (bind(statement.raw, i + 1, values[i]) != SQLITE_OK)
                return std::unexpected(errorOf(m_db, what));
        int step = SQLITE_ROW;
        while (step == SQLITE_ROW)
            step = sqlite3_step(statement.raw);
        if (step != SQLITE_DONE)
            return std::unexpected(errorOf(m_db, what));
        sqlite3_reset(statement.raw);
    }
    return {};
}

Result<qint64> Connection::insert(const char* sql, const QList<QVariant>& values) {
    if (auto done = run(m_db, sql, values, nullptr); !done)
        return std::unexpected(done.error());
    return sqlite3_last_insert_rowid(m_db);
}

Result<QList<Row>> Connection::query(const char* sql, const QList<QVariant>& values) {
    QList<Row> rows;
    if (auto done = run(m_db, sql, values, &rows); !done)
        return std::unexpected(done.error());
    return rows;
}

Result<void> Connection::transaction(const std::function<Result<void>(Connection&)>& work) {
    if (auto done = execute("BEGIN IMMEDIATE"); !done)
        return done;
    auto done = work(*this);
    if (done)
        done = execute("COMMIT");
    if (!done)
        sqlite3_exec(m_db, "ROLLBACK", nullptr, nullptr, nullptr);
    return done;
}

qint64 Connection::changedRows() const { return sqlite3_changes64(m_db); }

struct Database::Private {
    QString path;
    sqlite3* db = nullptr;
    std::thread worker;
    std::mutex mutex; ///< guards tasks and closing
    std::condition_variable changed;
    std::deque<std::function<void(Connection&)>> tasks;
    bool closing = false;

    void serve(Connection connection) {
        pthread_setname_np(pthread_self(), "database");
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return closing || !tasks.empty(); });
            if (tasks.empty())
                return;
            auto task = std::move(tasks.front());
            tasks.pop_front();
            lock.unlock();
            task(connection);
            lock.lock();
        }
    }
};

Database::Database(std::unique_ptr<Private> inside) : d(std::move(inside)) {
    d->worker = std::thread([raw = d.get(), connection = Connection(d->db)] { raw->serve(connection); });
}

Result<std::shared_ptr<Database>> Database::open(const QString& path, const QList<Migration>& schema) {
    auto d = std::make_unique<Private>();
    d->path = path;
    const auto flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    Error error;
    if (sqlite3_open_v2(QFile::encodeName(path).constData(), &d->db, flags, nullptr) != SQLITE_OK) {
        error = errorOf(d->db, QStringLiteral("open %1").arg(path));
    } else {
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner);
        if (auto done = prepare(d->db, path, schema); !done)
            error = done.error();
        else
            return std::shared_ptr<Database>(new Database(std::move(d)));
    }
    sqlite3_close_v2(d->db);
    error.what = QStringLiteral("open %1").arg(path);
    return std::unexpected(error);
}

Database::~Database() {
    {
        const std::lock_guard lock(d->mutex);
        d->closing = true;
        d->changed.notify_all();
    }
    d->worker.join();
    sqlite3_close_v2(d->db);
}

const QString& Database::path() const { return d->path; }

void Database::post(std::function<void(Connection&)> task) {
    const std::lock_guard lock(d->mutex);
    d->tasks.push_back(std::move(task));
    d->changed.notify_all();
}

} // namespace models::store
