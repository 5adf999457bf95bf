// How long a topic keeps its messages, in words and in order.
#include "models/topics/topic_table_model.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models;
using namespace Qt::StringLiterals;
using session::TopicKeeps;

class KeepsTest : public QObject {
    Q_OBJECT
private slots:
    void inWords_data() {
        QTest::addColumn<QString>("policy");
        QTest::addColumn<QString>("ms");
        QTest::addColumn<QString>("bytes");
        QTest::addColumn<QString>("said");
        QTest::newRow("a week") << u"delete"_s << u"604800000"_s << u"-1"_s << u"7 days"_s;
        QTest::newRow("for ever") << u"delete"_s << u"-1"_s << u"-1"_s << u"no limit"_s;
        QTest::newRow("so many bytes") << u"delete"_s << u"-1"_s << u"1073741824"_s << u"1 GiB"_s;
        QTest::newRow("whichever comes first") << u"delete"_s << u"86400000"_s << u"1073741824"_s << u"1 day or 1 GiB"_s;
        QTest::newRow("the newest of each key") << u"compact"_s << u"604800000"_s << u"-1"_s << u"compact"_s;
        QTest::newRow("both") << u"compact,delete"_s << u"604800000"_s << u"-1"_s << u"compact, 7 days"_s;
    }
    void inWords() {
        QFETCH(QString, policy);
        QFETCH(QString, ms);
        QFETCH(QString, bytes);
        QTEST(topics::keepsText({policy, ms, bytes}), "said");
    }

    void inOrder() {
        topics::TopicTableModel model(nullptr);
        QList<session::Topic> rows;
        for (const auto& [name, keeps] : {std::pair(u"compacted"_s, TopicKeeps{u"compact"_s, u"604800000"_s, u"-1"_s}), std::pair(u"hour"_s, TopicKeeps{u"delete"_s, u"3600000"_s, u"-1"_s}),
                 std::pair(u"week"_s, TopicKeeps{u"delete"_s, u"604800000"_s, u"-1"_s}), std::pair(u"ever"_s, TopicKeeps{u"delete"_s, u"-1"_s, u"-1"_s})}) {
            session::Topic topic;
            topic.name = name;
            topic.keeps = keeps;
            rows.append(topic);
        }
        rows.prepend(session::Topic{}); // not known
        rows.first().name = u"unknown"_s;
        model.setRows(rows);
        double before = -1e9;
        for (int row = 0; row < model.rowCount(); ++row) {
            const double value = model.index(row, topics::TopicTableModel::KeepsColumn).data(SortRole).toDouble();
            QVERIFY2(value > before, qPrintable(model.keyAt(row)));
            before = value;
        }
        QCOMPARE(model.index(0, topics::TopicTableModel::KeepsColumn).data().toString(), QString());
    }
};

SAMSA_TEST(KeepsTest)
#include "keeps_test.moc"
