#include "embedded-broker/protocol/messages/alter_user_scram_credentials_request.h"
#include "embedded-broker/protocol/messages/alter_user_scram_credentials_response.h"
#include "embedded-broker/protocol/messages/create_acls_request.h"
#include "embedded-broker/protocol/messages/create_acls_response.h"
#include "embedded-broker/protocol/messages/delete_acls_request.h"
#include "embedded-broker/protocol/messages/delete_acls_response.h"
#include "tests/support/simulation/sim_controller.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <set>

using namespace broker;
using namespace broker::metadata;
using tests::simulation::SimController;

namespace {

protocol::CreateAclsRequest create(const std::string& user, const std::string& topic, std::int8_t operation = 3) {
    protocol::CreateAclsRequest request;
    auto& acl = request.creations.emplace_back();
    acl.resourceType = 2;
    acl.resourceName = topic;
    acl.resourcePatternType = 3;
    acl.principal = user;
    acl.host = "*";
    acl.operation = operation;
    acl.permissionType = 3;
    return request;
}

protocol::DeleteAclsRequest removal(const std::string& user) {
    protocol::DeleteAclsRequest request;
    auto& filter = request.filters.emplace_back();
    filter.resourceTypeFilter = 1;
    filter.patternTypeFilter = 1;
    filter.resourceNameFilter.reset();
    filter.principalFilter = user;
    filter.hostFilter.reset();
    filter.operation = 1;
    filter.permissionType = 1;
    return request;
}

} // namespace

class ControllerSecurityTest : public QObject {
    Q_OBJECT
private slots:
    void aclsAreWrittenOnceAndFoundAgain() {
        SimController cluster;
        cluster.join(1);
        const auto add = [&](const protocol::CreateAclsRequest& request) {
            return cluster.ask<protocol::CreateAclsResponse>([&](auto reply) { cluster.controller().createAcls(request, reply); }).results.at(0).errorCode;
        };
        QCOMPARE(int(add(create("User:a", "t"))), 0);
        QCOMPARE(int(add(create("User:a", "t"))), 0); // the same again is no second one
        QCOMPARE(int(add(create("User:b", "t"))), 0);
        QCOMPARE(cluster.image().acls().size(), std::size_t(2));
        QVERIFY(add(create("a", "t")) != 0);
        QVERIFY(add(create("User:a", "")) != 0);
        const auto removed = cluster.ask<protocol::DeleteAclsResponse>([&](auto reply) { cluster.controller().deleteAcls(removal("User:a"), reply); });
        QCOMPARE(removed.filterResults.at(0).matchingAcls.size(), std::size_t(1));
        QCOMPARE(cluster.image().acls().size(), std::size_t(1));
        QCOMPARE(cluster.image().acls().all().begin()->second.principal, std::string("User:b"));
    }
    /// KAFKA-3328: adding and removing at the same time lost ACLs. Requests in flight together leave what some order of them would.
    void editsInFlightTogetherLoseNothing() {
        SimController cluster;
        cluster.join(1);
        int answered = 0;
        for (int i = 0; i < 50; ++i) {
            cluster.controller().createAcls(create("User:keep", "t" + std::to_string(i)), [&](const auto& r) { answered += r.results.at(0).errorCode == 0; });
            cluster.controller().createAcls(create("User:gone", "t" + std::to_string(i)), [&](const auto& r) { answered += r.results.at(0).errorCode == 0; });
            cluster.controller().deleteAcls(removal("User:gone"), [&](const auto& r) { answered += r.filterResults.at(0).matchingAcls.size() == 1; });
        }
        static_cast<void>(cluster.ask<protocol::CreateAclsResponse>([&](auto reply) { cluster.controller().createAcls(create("User:keep", "last"), reply); }));
        QCOMPARE(answered, 150);
        std::set<std::string> topics;
        for (const auto& [id, acl] : cluster.image().acls().all()) {
            QCOMPARE(acl.principal, std::string("User:keep"));
            topics.insert(acl.resourceName);
        }
        QCOMPARE(topics.size(), std::size_t(51));
    }
    void scramUsersAreStoredWithoutTheirPassword() {
        SimController cluster;
        cluster.join(1);
        protocol::AlterUserScramCredentialsRequest request;
        auto& upsertion = request.upsertions.emplace_back();
        upsertion.name = "dora";
        upsertion.mechanism = 2;
        upsertion.iterations = 4096;
        const auto salt = security::randomBytes(16);
        const auto salted = security::pbkdf2(security::HashKind::Sha512, "secret", salt, 4096);
        upsertion.salt = Slice::copy(Bytes(salt));
        upsertion.saltedPassword = Slice::copy(Bytes(salted));
        const auto alter = [&] {
            return cluster.ask<protocol::AlterUserScramCredentialsResponse>([&](auto reply) { cluster.controller().alterUserScramCredentials(request, reply); })
                .results.at(0).errorCode;
        };
        QCOMPARE(int(alter()), 0);
        const auto& stored = cluster.image().scramUsers().at({"dora", security::ScramMechanism::Sha512});
        QVERIFY(stored.storedKey != salted && stored.serverKey != salted);
        security::ScramServer server(security::ScramMechanism::Sha512, [&](const std::string&) { return std::optional(stored); });
        security::ScramClient client(security::ScramMechanism::Sha512, "dora", "secret");
        const auto last = server.step(*client.final(*server.step(client.first())));
        QVERIFY(last && client.finish(*last));
    }
};

SAMSA_TEST(ControllerSecurityTest)
#include "controller_security_test.moc"
