#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/security/authorizer.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QTest>
#include <set>

using namespace broker;
using namespace broker::handlers;

class AccessTest : public QObject {
    Q_OBJECT
private slots:
    /// An API that is served but that nobody tries without rights is a way in.
    void everyApiIsTriedWithoutRights() {
        const HandlerTable table = allHandlers(true);
        std::set<std::string> tried{"ApiVersions", "SaslHandshake", "SaslAuthenticate"}; // for everybody
        QFile file(QStringLiteral(SAMSA_SOURCE_DIR "/tests/scenarios/secure/acls.scenario"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        for (const QByteArray& line : file.readAll().split('\n'))
            if (line.startsWith("# API: "))
                tried.insert(line.mid(7).toStdString());
        int served = 0;
        for (const auto& api : protocol::apiTable()) {
            if (table.find(Role::Broker, api.key) == nullptr)
                continue;
            ++served;
            const std::string name(protocol::apiName(api.key));
            QVERIFY2(tried.contains(name), ("no scenario tries " + name).c_str());
        }
        QVERIFY(served > 35);
    }
    void peersClientsAndAuthorizers() {
        tests::ManualScheduler scheduler;
        const auto random = makeSeededRandom(1);
        const HandlerTable table;
        BrokerContext broker{.scheduler = scheduler, .random = *random, .table = table, .settings = {}};
        broker.image = std::make_shared<metadata::MetadataImage>();
        Origin client;
        client.principal = "User:alice";
        Origin admin;
        admin.principal = "User:admin";
        Origin peer;
        peer.interBroker = true;
        using security::ResourceType;
        // Without an authorizer everybody may do everything but pass for a node.
        QVERIFY(Access(broker, client).topic(Operation::Read, "t"));
        QVERIFY(!Access(broker, client).cluster(Operation::ClusterAction));
        QVERIFY(Access(broker, peer).cluster(Operation::ClusterAction));
        QCOMPARE(Access(broker, client).operations(ResourceType::Topic, "t"), 0xDF8);
        QCOMPARE(Access(broker, client).operations(ResourceType::Cluster, security::kClusterName), 0x1FA0);
        QCOMPARE(Access(broker, client).operations(ResourceType::Group, "g"), 0xD48);
        broker.authorizer = std::make_shared<const security::Authorizer>(
            security::Authorizer::Options{.superUsers = {"User:admin"}, .allowEveryoneIfNoAclFound = false});
        QVERIFY(!Access(broker, client).topic(Operation::Read, "t"));
        QVERIFY(!Access(broker, client).any(Operation::Write, ResourceType::Topic));
        QCOMPARE(Access(broker, client).operations(ResourceType::Topic, "t"), 0);
        QVERIFY(Access(broker, admin).topic(Operation::Read, "t") && Access(broker, admin).cluster(Operation::ClusterAction));
        QVERIFY(!Access(broker, admin).isPeer()); // no replica id is believed of a client, whoever it is
        QVERIFY(Access(broker, peer).topic(Operation::Read, "t"));
    }
};

SAMSA_TEST(AccessTest)
#include "access_test.moc"
