// How long topics keep their messages: asked of those that are looked at, many in one request, once.
#include "models/client/cluster_handle.h"
#include "models/session/cluster_session.h"
#include "tests/support/process_cluster.h"
#include "tests/support/test_registry.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <librdkafka/rdkafka.h>

using namespace models;
using namespace models::session;
using namespace Qt::StringLiterals;

namespace {

constexpr int kTopics = 230;
constexpr int kWaitMs = 60'000;

QString nameOf(int i) { return u"topic-%1"_s.arg(i, 3, 10, QChar(u'0')); }

bool createTopics(const std::string& servers) {
    char reason[256];
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", servers.c_str(), reason, sizeof reason);
    auto* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    std::vector<rd_kafka_NewTopic_t*> topics;
    for (int i = 0; i < kTopics; ++i) {
        topics.push_back(rd_kafka_NewTopic_new(nameOf(i).toUtf8().constData(), 1, 1, reason, sizeof reason));
        rd_kafka_NewTopic_set_config(topics.back(), "retention.ms", std::to_string(1000LL * (i + 1)).c_str());
        if (i % 10 == 0)
            rd_kafka_NewTopic_set_config(topics.back(), "cleanup.policy", "compact");
    }
    auto* queue = rd_kafka_queue_new(handle);
    rd_kafka_CreateTopics(handle, topics.data(), topics.size(), nullptr, queue);
    auto* event = rd_kafka_queue_poll(queue, kWaitMs);
    const bool made = event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (event != nullptr)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy_array(topics.data(), topics.size());
    rd_kafka_destroy(handle);
    return made;
}

} // namespace

class KeepsClusterTest : public QObject {
    Q_OBJECT
private slots:
    void thoseThatAreLookedAtAreKnown() {
        tests::ProcessCluster cluster(1, 1);
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY(createTopics(cluster.bootstrap()));
        SessionConfig config;
        config.client.bootstrapServers = QString::fromStdString(cluster.bootstrap());
        ClusterSession session(config);
        session.connectToCluster();
        QTRY_VERIFY_WITH_TIMEOUT(session.topics() && session.topics()->find(nameOf(kTopics - 1)), kWaitMs);
        const auto keeps = [&](int i) { return session.topics()->find(nameOf(i))->keeps; };
        session.wantKeeps({nameOf(3), nameOf(10)});
        QTRY_VERIFY_WITH_TIMEOUT(keeps(3) && keeps(10), kWaitMs);
        QCOMPARE(*keeps(3), (TopicKeeps{u"delete"_s, u"4000"_s, u"-1"_s}));
        QCOMPARE(keeps(10)->cleanupPolicy, u"compact"_s);
        QVERIFY2(!keeps(4), "nobody looks at it");
        // All of them: a request takes two hundred, the next call the rest.
        QStringList all;
        for (int i = 0; i < kTopics; ++i)
            all.append(nameOf(i));
        QElapsedTimer timer;
        timer.start();
        while (!keeps(kTopics - 1) && timer.elapsed() < kWaitMs) {
            session.wantKeeps(all);
            QSignalSpy spy(&session, &ClusterSession::topicsChanged);
            QVERIFY(spy.wait(kWaitMs));
        }
        for (int i = 0; i < kTopics; ++i)
            QVERIFY2(keeps(i) && keeps(i)->retentionMs == QString::number(1000LL * (i + 1)), qPrintable(nameOf(i)));
    }

    void ofTopicsThatAreNotThereNothingIsAnswered() {
        tests::ProcessCluster cluster(1, 1);
        QVERIFY2(cluster.start(), cluster.logs().c_str());
        QVERIFY(createTopics(cluster.bootstrap()));
        auto handle = client::ClusterHandle::open({QString::fromStdString(cluster.bootstrap()), {}, {}}).value();
        const auto answer = handle->describeTopicConfigs({nameOf(0), u"nobody-made-this"_s, nameOf(1)}, {u"retention.ms"_s}).result();
        QVERIFY2(answer.has_value(), answer ? "" : qPrintable(answer.error().toString()));
        QCOMPARE(answer->size(), 2);
        QCOMPARE(answer->value(nameOf(1)).size(), 1);
        QCOMPARE(*answer->value(nameOf(1)).first().value, u"2000"_s);
    }
};

SAMSA_TEST(KeepsClusterTest)
#include "keeps_cluster_test.moc"
