#include "models/audit/audit_log.h"
#include "models/connections/connection_store.h"
#include "models/connections/connection_text.h"
#include "models/store/database.h"
#include "models/store/state_paths.h"
#include "tests/support/test_registry.h"

#include <QAbstractItemModelTester>
#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace models;
using store::Connection;
using store::Database;
using store::Migration;

namespace {

const QList<Migration>& firstSchema() {
    static const QList<Migration> schema{{1, "CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"}};
    return schema;
}

const QList<Migration>& secondSchema() {
    static const QList<Migration> schema{firstSchema().first(), {2, "ALTER TABLE note ADD COLUMN colour TEXT NOT NULL DEFAULT 'none';"}};
    return schema;
}

Result<qint64> countNotes(Database& database) {
    return database.run<qint64>([](Connection& connection) -> Result<qint64> {
        auto rows = connection.query("SELECT count(*) FROM note");
        if (!rows)
            return std::unexpected(rows.error());
        return (*rows)[0][0].toLongLong();
    }).result();
}

} // namespace

class DatabaseTest : public QObject {
    Q_OBJECT
private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath(QStringLiteral("samsa.db"));
    }

    void keepsWhatWasWritten() {
        {
            auto database = Database::open(m_path, firstSchema()).value();
            const auto row = database->run<qint64>([](Connection& c) { return c.insert("INSERT INTO note(text) VALUES(?)", {QStringLiteral("it's \u00e4 'test'")}); }).result();
            QCOMPARE(row.value(), 1);
        }
        auto database = Database::open(m_path, firstSchema()).value();
        QCOMPARE(countNotes(*database).value(), 1);
    }

    void migratesAndKeepsACopy() {
        {
            auto database = Database::open(m_path, firstSchema()).value();
            QVERIFY(database->run<qint64>([](Connection& c) { return c.insert("INSERT INTO note(text) VALUES('a')"); }).result().has_value());
        }
        {
            auto database = Database::open(m_path, secondSchema()).value();
            QCOMPARE(countNotes(*database).value(), 1);
        }
        QVERIFY(QFile::exists(m_path + QStringLiteral(".before-2")));
        auto copy = Database::open(m_path + QStringLiteral(".before-2"), firstSchema()).value();
        QCOMPARE(countNotes(*copy).value(), 1);
    }

    void aFailedMigrationChangesNothing() {
        Database::open(m_path, firstSchema()).value().reset();
        const QList<Migration> broken{firstSchema().first(), {2, "CREATE TABLE other(id INTEGER) STRICT; CREATE TABLE note(x);"}};
        QVERIFY(!Database::open(m_path, broken).has_value());
        auto database = Database::open(m_path, firstSchema()).value();
        QVERIFY(!database->run<QList<store::Row>>([](Connection& c) { return c.query("SELECT * FROM other"); }).result().has_value());
    }

    void aNewerFileIsLeftAlone() {
        Database::open(m_path, secondSchema()).value().reset();
        const auto opened = Database::open(m_path, firstSchema());
        QVERIFY(!opened.has_value());
        QVERIFY(opened.error().code == ErrorCode::Unsupported);
    }

    void damageIsAnErrorAndNotACrash() {
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray("SQLite format 3\0", 16) + QByteArray(5000, 'x'));
        file.close();
        QVERIFY(!Database::open(m_path, firstSchema()).has_value());
    }

    void transactionsAreAllOrNothing() {
        auto database = Database::open(m_path, firstSchema()).value();
        const auto done = database->run<void*>([](Connection& c) -> Result<void*> {
            auto outcome = c.transaction([](Connection& inner) -> Result<void> {
                if (auto first = inner.execute("INSERT INTO note(text) VALUES('a')"); !first)
                    return first;
                return inner.execute("INSERT INTO note(text) VALUES(NULL)");
            });
            if (!outcome)
                return std::unexpected(outcome.error());
            return nullptr;
        }).result();
        QVERIFY(!done.has_value());
        QCOMPARE(countNotes(*database).value(), 0);
    }

    void samsaHomeMovesAllState() {
        qputenv("SAMSA_HOME", m_dir->filePath(QStringLiteral("home")).toUtf8());
        QCOMPARE(store::databasePath(), m_dir->filePath(QStringLiteral("home/samsa.db")));
        QVERIFY(QDir(m_dir->filePath(QStringLiteral("home"))).exists());
        qunsetenv("SAMSA_HOME");
    }

    // ---- connections ------------------------------------------------------------------------------------------------------------
    void connectionsComeBackWithoutSecrets() {
        QString id;
        {
            auto database = Database::open(m_path).value();
            connections::ConnectionStore store(database);
            connections::ConnectionProfile profile;
            profile.name = QStringLiteral("payments");
            profile.config.bootstrapServers = QStringLiteral("a:1,b:2");
            profile.config.properties[QStringLiteral("sasl.username")] = QStringLiteral("alice");
            profile.config.properties[QStringLiteral("sasl.password")] = QStringLiteral("planted-secret-7261"); // in the wrong place
            profile.production = true;
            QStringList kept;
            id = store.save(profile, &kept);
            QCOMPARE(kept, QStringList{QStringLiteral("sasl.password")});
            QCOMPARE(store.find(id)->config.secrets.value(QStringLiteral("sasl.password")), QStringLiteral("planted-secret-7261"));
        }
        for (const auto& file : QDir(m_dir->path()).entryList(QDir::Files)) {
            QFile handle(m_dir->filePath(file));
            QVERIFY(handle.open(QIODevice::ReadOnly));
            QVERIFY2(!handle.readAll().contains("planted-secret-7261"), qPrintable(file));
        }
        auto database = Database::open(m_path).value();
        connections::ConnectionStore store(database);
        QSignalSpy loaded(&store, &connections::ConnectionStore::loaded);
        store.load();
        QTRY_VERIFY_WITH_TIMEOUT(!loaded.isEmpty(), 20'000); // a quick answer is there already
        QCOMPARE(store.profiles().size(), 1);
        QCOMPARE(store.profiles()[0].id, id);
        QCOMPARE(store.profiles()[0].config.properties.value(QStringLiteral("sasl.username")), QStringLiteral("alice"));
        QVERIFY(store.profiles()[0].config.secrets.isEmpty());
        QVERIFY(store.profiles()[0].opensReadOnly());
    }

    void pastedTextIsUnderstood() {
        const auto plain = connections::parseConnectionText(QStringLiteral("localhost:9092,localhost:9093"));
        QCOMPARE(plain->servers().size(), 2);
        const auto properties = connections::parseConnectionText(
            QStringLiteral("# mine\nbootstrap.servers = broker:9092\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p=q\n"));
        QVERIFY2(properties.has_value(), properties ? "" : qPrintable(properties.error().toString()));
        QCOMPARE(properties->bootstrapServers, QStringLiteral("broker:9092"));
        QCOMPARE(properties->secrets.value(QStringLiteral("sasl.password")), QStringLiteral("p=q"));
        QVERIFY(!connections::parseConnectionText(QStringLiteral("no such thing")).has_value());
        QVERIFY(!connections::parseConnectionText(QStringLiteral("bootstrap.servers=a:1\nno.such.property=1")).has_value());
        QVERIFY(!connections::parseConnectionText(QStringLiteral("host:notaport")).has_value());
    }

    // ---- audit ------------------------------------------------------------------------------------------------------------------
    void whatWasNotClosedIsUnknown() {
        auto database = Database::open(m_path).value();
        audit::AuditLog log(database);
        audit::AuditEntry entry;
        entry.startedMs = 5;
        entry.clusterKey = QStringLiteral("c-1");
        entry.kind = QStringLiteral("DeleteTopic");
        entry.target = QStringLiteral("orders");
        const auto first = log.intend(entry).result().value();
        const auto second = log.intend(entry).result().value();
        QVERIFY(log.close(second, audit::Outcome::Done, QStringLiteral("gone"), QStringLiteral("verified")).result().has_value());
        QCOMPARE(log.closeForgotten().result().value(), 1);
        const auto rows = log.newest(QStringLiteral("c-1"), 10).result().value();
        QCOMPARE(rows.size(), 2);
        QVERIFY(rows[0].outcome == audit::Outcome::Done);
        QCOMPARE(rows[0].after, QStringLiteral("gone"));
        QCOMPARE(rows[1].id, first);
        QVERIFY(rows[1].outcome == audit::Outcome::Unknown);
        QVERIFY(log.newest(QStringLiteral("other"), 10).result().value().isEmpty());

        audit::AuditTableModel model(&log);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QTRY_COMPARE(model.rowCount(), 2);
        log.intend(entry);
        QTRY_COMPARE(model.rowCount(), 3);
    }

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_path;
};

SAMSA_TEST(DatabaseTest)
#include "database_test.moc"
