// What the database keeps of connections, and what it never sees.
#include "models/connections/connection_store.h"

#include "tests/support/test_registry.h"

#include <QDir>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace models;
using namespace models::connections;
using namespace Qt::StringLiterals;

namespace {

ConnectionProfile profileOf(const QString& name) {
    ConnectionProfile profile;
    profile.name = name;
    profile.config.bootstrapServers = u"kafka.example.org:9092"_qs;
    return profile;
}

QStringList namesOf(const ConnectionStore& store) {
    QStringList names;
    for (const auto& profile : store.profiles())
        names.append(profile.name);
    return names;
}

} // namespace

class ConnectionStoreTest : public QObject {
    Q_OBJECT
private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath(u"samsa.db"_qs);
    }

    void whatIsSavedWhileItIsReadStays() {
        QString kept, edited, removed;
        {
            ConnectionStore store(store::Database::open(m_path).value());
            kept = store.save(profileOf(u"kept"_qs));
            edited = store.save(profileOf(u"edited"_qs));
            removed = store.save(profileOf(u"removed"_qs));
        }
        auto database = store::Database::open(m_path).value();
        ConnectionStore store(database);
        QSignalSpy loaded(&store, &ConnectionStore::loaded);
        store.load();
        auto profile = profileOf(u"edited anew"_qs);
        profile.id = edited;
        store.save(profile);
        store.remove(removed);
        const QString added = store.save(profileOf(u"added"_qs));
        QTRY_VERIFY_WITH_TIMEOUT(!loaded.isEmpty(), 20'000); // a quick answer is there already
        QCOMPARE(namesOf(store), (QStringList{u"kept"_qs, u"edited anew"_qs, u"added"_qs}));
        QVERIFY(store.find(added));
        // And the database says the same afterwards.
        ConnectionStore again(database);
        QSignalSpy read(&again, &ConnectionStore::loaded);
        again.load();
        QTRY_VERIFY_WITH_TIMEOUT(!read.isEmpty(), 20'000);
        QCOMPARE(namesOf(again), namesOf(store));
    }

    void namesOfSecretsAreKeptAndTheirPlace() {
        QString id;
        {
            ConnectionStore store(store::Database::open(m_path).value());
            auto profile = profileOf(u"payments"_qs);
            profile.config.set(u"sasl.password"_qs, u"planted-secret-7261"_qs);
            profile.place = SecretPlace::Vault;
            profile.service = u"confluent"_qs;
            profile.readablePassword = true;
            id = store.save(profile);
        }
        ConnectionStore store(store::Database::open(m_path).value());
        QSignalSpy loaded(&store, &ConnectionStore::loaded);
        store.load();
        QTRY_VERIFY_WITH_TIMEOUT(!loaded.isEmpty(), 20'000);
        const auto& profile = *store.find(id);
        QVERIFY(profile.place == SecretPlace::Vault);
        QCOMPARE(profile.service, u"confluent"_qs);
        QVERIFY(profile.readablePassword);
        QCOMPARE(profile.secretNames, QStringList{u"sasl.password"_qs});
        QCOMPARE(profile.missingSecrets(), profile.secretNames);
        QVERIFY(profile.config.properties.isEmpty()); // nothing of ours reaches librdkafka
        store.giveSecrets(id, {{u"sasl.password"_qs, u"s"_qs}, {u"other"_qs, u"not asked for"_qs}});
        QVERIFY(store.find(id)->missingSecrets().isEmpty());
        QCOMPARE(store.find(id)->config.secrets.size(), 1);
        QVERIFY(filesWith("planted-secret-7261").isEmpty());
    }

    /// A database that a careless Samsa wrote: the value goes from every file, and lives on in memory to be kept in its right place.
    void secretsInTheDatabaseAreTakenOut() {
        {
            auto database = store::Database::open(m_path).value();
            QVERIFY(database->run<void*>([](store::Connection& c) -> Result<void*> {
                if (auto done = c.execute("INSERT INTO connection VALUES('c-old',0,'old','a:1','{\"sasl.password\":\"planted-secret-7261\",\"sasl.username\":\"u\"}','',0,0)"); !done)
                    return std::unexpected(done.error());
                if (auto done = c.query("PRAGMA wal_checkpoint(TRUNCATE)"); !done)
                    return std::unexpected(done.error());
                return nullptr;
            }).result().has_value());
        }
        QVERIFY(QFile::copy(m_path, m_path + u".before-2"_qs));
        QCOMPARE(filesWith("planted-secret-7261").size(), 2);
        {
            ConnectionStore store(store::Database::open(m_path).value());
            QSignalSpy found(&store, &ConnectionStore::secretsFound);
            store.load();
            QVERIFY(found.wait(20'000));
            QCOMPARE(found[0][0].toString(), u"c-old"_qs);
            QCOMPARE(store.find(u"c-old"_qs)->config.secrets.value(u"sasl.password"_qs), u"planted-secret-7261"_qs);
            QCOMPARE(store.find(u"c-old"_qs)->config.properties.keys(), QStringList{u"sasl.username"_qs});
        } // the database finishes what was queued
        QVERIFY2(filesWith("planted-secret-7261").isEmpty(), qPrintable(filesWith("planted-secret-7261").join(u' ')));
    }

private:
    [[nodiscard]] QStringList filesWith(const QByteArray& text) const {
        QStringList found;
        for (const auto& name : QDir(m_dir->path()).entryList(QDir::Files | QDir::Hidden)) {
            QFile file(m_dir->filePath(name));
            if (file.open(QIODevice::ReadOnly) && file.readAll().contains(text))
                found.append(name);
        }
        return found;
    }
    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_path;
};

SAMSA_TEST(ConnectionStoreTest)
#include "connection_store_test.moc"
