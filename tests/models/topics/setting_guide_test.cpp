#include "models/topics/setting_guide.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models::topics;

class SettingGuideTest : public QObject {
    Q_OBJECT
private slots:
    void understandsUnits_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QString>("value"); ///< empty = refused
        const auto row = [](const char* name, const char* typed, const char* value) {
            QTest::addRow("%s %s", name, typed) << QString::fromLatin1(name) << QString::fromLatin1(typed) << QString::fromLatin1(value);
        };
        row("retention.ms", "7 d", "604800000");
        row("retention.ms", "7d", "604800000");
        row("retention.ms", "1.5 h", "5400000");
        row("retention.ms", "1,5 h", "5400000");
        row("retention.ms", "604800000", "604800000");
        row("retention.ms", "none", "-1");
        row("retention.ms", "-1", "-1");
        row("retention.ms", "-2", "");
        row("retention.ms", "soon", "");
        row("retention.ms", "7 parsec", "");
        row("retention.ms", "7 GiB", "");
        row("retention.ms", "0.0001 s", "");
        row("retention.ms", "99999999999 w", "");
        row("retention.ms", "1.5", "");
        row("delete.retention.ms", "none", "");
        row("max.compaction.lag.ms", "none", "9223372036854775807");
        row("log.retention.hours", "7 d", "168");
        row("log.retention.hours", "90 min", "");
        row("segment.bytes", "1 GiB", "1073741824");
        row("segment.bytes", "1 GB", "1000000000");
        row("segment.bytes", "512mib", "536870912");
        row("segment.bytes", "7 TiB", "7696581394432");
        row("min.cleanable.dirty.ratio", "30 %", "0.3");
        row("min.cleanable.dirty.ratio", "0.3", "0.3");
        row("min.cleanable.dirty.ratio", "3", "");
        row("min.cleanable.dirty.ratio", "nan", "");
        row("cleanup.policy", "compact,delete", "compact,delete");
        row("cleanup.policy", "shrink", "");
        row("unclean.leader.election.enable", "yes", "");
        row("min.insync.replicas", "2", "2");
        row("min.insync.replicas", "two", "");
        row("follower.replication.throttled.replicas", "", "");
    }
    void understandsUnits() {
        QFETCH(QString, name);
        QFETCH(QString, typed);
        QFETCH(QString, value);
        const auto read = settingValue(name, typed);
        QCOMPARE(read ? *read : QString(), value);
        if (!read)
            QVERIFY(!read.error().isEmpty());
    }

    /// What is shown in the field gives back exactly what the cluster said.
    void wordsAreExact_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const char* value, const char* words) {
            QTest::addRow("%s %s", name, value) << QString::fromLatin1(name) << QString::fromLatin1(value) << QString::fromLatin1(words);
        };
        row("retention.ms", "604800000", "7 d");
        row("retention.ms", "604800001", "604800001");
        row("retention.ms", "5400000", "90 min");
        row("retention.ms", "-1", "none");
        row("retention.ms", "0", "0");
        row("log.retention.hours", "168", "7 d");
        row("max.compaction.lag.ms", "9223372036854775807", "none");
        row("message.timestamp.before.max.ms", "9223372036854775807", "9223372036854775807");
        row("segment.bytes", "1073741824", "1 GiB");
        row("max.message.bytes", "1048588", "1048588");
        row("cleanup.policy", "compact", "compact");
    }
    void wordsAreExact() {
        QFETCH(QString, name);
        QFETCH(QString, value);
        QFETCH(QString, words);
        QCOMPARE(settingTyped(name, value), words);
        QCOMPARE(settingValue(name, words).value_or(QStringLiteral("refused")), value);
    }

    void amountsAreShownWithTheirUnit_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value");
        QTest::addColumn<QString>("shown");
        const auto row = [](const char* name, const char* value, const char* shown) {
            QTest::addRow("%s %s", name, value) << QString::fromLatin1(name) << QString::fromLatin1(value) << QString::fromLatin1(shown);
        };
        row("retention.ms", "604800000", "7 days");
        row("retention.ms", "86400000", "1 day");
        row("retention.ms", "-1", "no limit");
        row("log.retention.hours", "168", "7 days");
        row("group.initial.rebalance.delay.ms", "1500", "1,500 ms");
        row("min.compaction.lag.ms", "0", "0");
        row("segment.bytes", "1073741824", "1 GiB");
        row("max.message.bytes", "1048588", "1,048,588 B");
        row("log.flush.interval.messages", "9223372036854775807", "no limit");
        row("log.cleaner.io.max.bytes.per.second", "1.7976931348623157E308", "no limit");
        row("broker.id", "9092", "9092"); // a name, no amount
        row("cleanup.policy", "compact", "compact");
    }
    void amountsAreShownWithTheirUnit() {
        QFETCH(QString, name);
        QFETCH(QString, value);
        QFETCH(QString, shown);
        QCOMPARE(settingShown(name, value, QLocale(QLocale::English)), shown);
    }

    void brokerSettingsMeanTheSame() {
        for (const auto* name : {"log.cleaner.min.cleanable.ratio", "log.cleaner.delete.retention.ms", "log.roll.ms", "log.cleanup.policy"})
            QVERIFY2(!settingGuide(QString::fromLatin1(name)).meaning.isEmpty(), name);
        QCOMPARE(settingGuide(QStringLiteral("log.cleaner.dedupe.buffer.size")).kind, SettingKind::Size);
    }
};

SAMSA_TEST(SettingGuideTest)
#include "setting_guide_test.moc"
