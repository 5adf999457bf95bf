// Settings with wishes: what stands on a resource itself, what stands behind it, and what all brokers share.
#include "models/client/config_scope.h"
#include "models/topics/setting_table_model.h"
#include "tests/support/test_registry.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace models;
using namespace models::client;
using models::topics::SettingTableModel;

namespace {

ConfigEntry entry(const char* name, const char* value, ConfigSource source, const QList<ConfigSynonym>& synonyms = {}) {
    ConfigEntry made;
    made.name = QString::fromLatin1(name);
    made.value = QString::fromLatin1(value);
    made.source = source;
    made.isDefault = source == ConfigSource::Default;
    made.synonyms = synonyms;
    return made;
}

ConfigSynonym synonym(const char* value, ConfigSource source) { return {QStringLiteral("s"), QString::fromLatin1(value), source}; }

const ConfigResource kTopic{ResourceKind::Topic, QStringLiteral("orders")};
const ConfigResource kBroker{ResourceKind::Broker, QStringLiteral("1")};

} // namespace

class SettingTableTest : public QObject {
    Q_OBJECT
private slots:
    void whatIsSetStandsOnItsResource() {
        const auto own = entry("retention.ms", "1", ConfigSource::Topic, {synonym("1", ConfigSource::Topic), synonym("2", ConfigSource::DynamicDefaultBroker), synonym("3", ConfigSource::Default)});
        QVERIFY(isSetOn(kTopic, own));
        QCOMPARE(valueWithout(kTopic, own), std::optional(QStringLiteral("2")));
        // A value of server.properties is none that could be taken back, although it is no default.
        const auto file = entry("num.io.threads", "8", ConfigSource::StaticBroker, {synonym("8", ConfigSource::StaticBroker), synonym("4", ConfigSource::Default)});
        QVERIFY(!isSetOn(kBroker, file));
        QVERIFY(!isSetOn(allBrokers(), file));
        QCOMPARE(valueWithout(kBroker, file), std::optional(QStringLiteral("8")));
        const auto shared = entry("num.io.threads", "9", ConfigSource::DynamicDefaultBroker, {synonym("9", ConfigSource::DynamicDefaultBroker), synonym("8", ConfigSource::StaticBroker)});
        QVERIFY(!isSetOn(kBroker, shared));
        QVERIFY(isSetOn(allBrokers(), shared));
        QCOMPARE(valueWithout(allBrokers(), shared), std::optional(QStringLiteral("8")));
    }

    void allBrokersShareWhatIsNotOfOneAlone() {
        const auto shared = sharedByBrokers({entry("a", "1", ConfigSource::DynamicBroker, {synonym("1", ConfigSource::DynamicBroker), synonym("2", ConfigSource::DynamicDefaultBroker), synonym("3", ConfigSource::Default)}),
            entry("b", "1", ConfigSource::DynamicBroker, {synonym("1", ConfigSource::DynamicBroker), synonym("3", ConfigSource::Default)}), entry("c", "5", ConfigSource::StaticBroker, {synonym("5", ConfigSource::StaticBroker)})});
        QCOMPARE(shared[0].value, std::optional(QStringLiteral("2")));
        QVERIFY(isSetOn(allBrokers(), shared[0]));
        QCOMPARE(shared[1].value, std::optional(QStringLiteral("3")));
        QVERIFY(!isSetOn(allBrokers(), shared[1]));
        QCOMPARE(shared[2].value, std::optional(QStringLiteral("5")));
    }

    void wishesAreKeptBesideWhatStandsThere() {
        SettingTableModel model;
        QAbstractItemModelTester tester(&model);
        QSignalSpy wishes(&model, &SettingTableModel::wishesChanged);
        model.setResource(kTopic, {QStringLiteral("retention.ms"), QStringLiteral("cleanup.policy")});
        auto readOnly = entry("cleanup.policy", "delete", ConfigSource::Default);
        readOnly.readOnly = true;
        const QList<ConfigEntry> entries{readOnly, entry("retention.ms", "604800000", ConfigSource::Topic, {synonym("604800000", ConfigSource::Topic), synonym("3600000", ConfigSource::Default)}),
            entry("other", "1", ConfigSource::Default)};
        model.setEntries(entries);
        QCOMPARE(model.rowCount(), 2); // only those that are wanted, in their order
        QCOMPARE(model.keyAt(0), QStringLiteral("retention.ms"));
        wishes.clear();
        QVERIFY(model.wish(QStringLiteral("retention.ms"), QStringLiteral("86400000")));
        QVERIFY(!model.wish(QStringLiteral("cleanup.policy"), QStringLiteral("compact"))); // read-only
        QVERIFY(!model.wish(QStringLiteral("no.such"), QStringLiteral("1")));
        QCOMPARE(wishes.size(), 1);
        QCOMPARE(model.index(0, SettingTableModel::NowColumn).data().toString(), QStringLiteral("7 days"));
        QCOMPARE(model.index(0, SettingTableModel::NewColumn).data().toString(), QStringLiteral("1 day"));
        // Said once for all, and to who points at it: not in each row.
        QVERIFY(model.index(1, SettingTableModel::NewColumn).data().toString().isEmpty());
        QVERIFY(model.index(1, SettingTableModel::NameColumn).data(Qt::ToolTipRole).toString().startsWith(QStringLiteral("Read-only")));
        QCOMPARE(model.index(1, SettingTableModel::NameColumn).data(Qt::AccessibleTextRole).toString(), QStringLiteral("cleanup.policy, read-only"));
        QCOMPARE(model.values(false)[QStringLiteral("retention.ms")], QStringLiteral("604800000"));
        QCOMPARE(model.values(true)[QStringLiteral("retention.ms")], QStringLiteral("86400000"));
        QCOMPARE(model.wishes().size(), 1);
        QVERIFY(model.wishBack(QStringLiteral("retention.ms")));
        QCOMPARE(model.wishes().first().op, ConfigChange::Op::Reset);
        QCOMPARE(model.values(true)[QStringLiteral("retention.ms")], QStringLiteral("3600000"));
        // What stands there is no wish.
        QVERIFY(model.wish(QStringLiteral("retention.ms"), QStringLiteral("604800000")));
        QVERIFY(model.wishes().isEmpty());
        // A wish that has come true is none any more.
        QVERIFY(model.wish(QStringLiteral("retention.ms"), QStringLiteral("5")));
        auto applied = entries;
        applied[1].value = QStringLiteral("5");
        model.setEntries(applied);
        QVERIFY(model.wishes().isEmpty());
        QVERIFY(model.wish(QStringLiteral("retention.ms"), QStringLiteral("6")));
        model.setResource(kBroker);
        QVERIFY(model.wishes().isEmpty());
        QCOMPARE(model.rowCount(), 0);
    }

    void secretsAreNotShown() {
        SettingTableModel model;
        model.setResource(kBroker);
        auto secret = entry("ssl.keystore.password", "canary", ConfigSource::DynamicBroker);
        secret.sensitive = true;
        model.setEntries({secret});
        QVERIFY(model.wish(QStringLiteral("ssl.keystore.password"), QStringLiteral("canary-2")));
        for (int column = 0; column < model.columnCount(); ++column)
            for (const int role : {int(Qt::DisplayRole), int(Qt::ToolTipRole), int(models::SortRole)})
                QVERIFY(!model.index(0, column).data(role).toString().contains(QStringLiteral("canary")));
    }
};

SAMSA_TEST(SettingTableTest)
#include "setting_table_test.moc"
