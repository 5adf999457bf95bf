// One token for both clients: librdkafka's and our own.
#include "models/client/cluster_handle.h"
#include "models/wire/wire_client.h"

#include "tests/support/http_server.h"
#include "tests/support/test_registry.h"
#include "tests/support/wire_broker.h"

#include <QTest>

using namespace models;
using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using tests::HttpServer;
using tests::WireBroker;

namespace {

client::ClientConfig configOf(const WireBroker& broker, const HttpServer& provider) {
    client::ClientConfig config;
    config.bootstrapServers = QString::fromStdString(broker.address());
    const std::pair<QString, QString> all[] = {{u"security.protocol"_s, u"SASL_PLAINTEXT"_s}, {u"sasl.mechanism"_s, u"OAUTHBEARER"_s}, {u"sasl.oauthbearer.method"_s, u"oidc"_s},
        {u"sasl.oauthbearer.token.endpoint.url"_s, QString::fromStdString(provider.url())}, {u"sasl.oauthbearer.client.id"_s, u"me"_s}, {u"sasl.oauthbearer.client.secret"_s, u"s"_s},
        {u"sasl.oauthbearer.extensions"_s, u"logicalCluster=lkc-1"_s}};
    for (const auto& [name, value] : all)
        config.set(name, value);
    return config;
}

} // namespace

class TokenLoginTest : public QObject {
    Q_OBJECT
private slots:
    void bothClientsShowTheSameToken() {
        HttpServer provider([](const std::string&) { return HttpServer::reply(200, R"({"access_token":"token-1","expires_in":600})"); });
        WireBroker broker;
        broker.bearerTokens = {"token-1"};
        broker.start();
        const auto config = configOf(broker, provider);
        auto handle = client::ClusterHandle::open(config, {});
        QVERIFY(handle);
        const auto byLibrary = (*handle)->metadata().result();
        QVERIFY2(byLibrary, byLibrary ? "" : qPrintable(byLibrary.error().toString()));
        QCOMPARE(byLibrary->brokers.size(), 1);
        const auto shown = [&broker] {
            const auto lock = broker.lock();
            return std::exchange(broker.bearerMessage, {});
        };
        QCOMPARE(shown(), std::string("n,,\x01" "auth=Bearer token-1\x01" "logicalCluster=lkc-1\x01\x01"));
        QVERIFY(wire::WireClient::speaks(config));
        const auto own = wire::WireClient(config).metadata({u"127.0.0.1"_s, broker.port()}, 20s);
        QVERIFY2(own, own ? "" : qPrintable(own.error().toString()));
        QCOMPARE(shown(), std::string("n,,\x01" "auth=Bearer token-1\x01" "logicalCluster=lkc-1\x01\x01"));
        QCOMPARE(provider.requests.load(), 1);
        (*handle)->close();
    }

    void theLibraryHearsWhyThereIsNone() {
        HttpServer provider([](const std::string&) { return HttpServer::reply(401, R"({"error":"invalid_client"})"); });
        WireBroker broker;
        broker.bearerTokens = {"token-1"};
        broker.start();
        auto told = std::make_shared<std::atomic<bool>>(false); // its thread may outlive this function
        auto handle = client::ClusterHandle::open(configOf(broker, provider), [told](const client::ClientEvent& event) {
            if (event.code == ErrorCode::AuthenticationFailed && event.text.contains(u"invalid_client"_s))
                *told = true;
        });
        QVERIFY(handle);
        QTRY_VERIFY_WITH_TIMEOUT(*told, 20'000);
        (*handle)->close();
    }

    void theLibraryRenewsIt() {
        std::atomic<int> given{0};
        HttpServer provider([&given](const std::string&) { return HttpServer::reply(200, R"({"access_token":"token-)" + std::to_string(++given) + R"(","expires_in":3})"); });
        WireBroker broker;
        broker.bearerTokens = {"token-1", "token-2", "token-3"};
        broker.start();
        auto handle = client::ClusterHandle::open(configOf(broker, provider), {});
        QVERIFY(handle);
        QTRY_VERIFY_WITH_TIMEOUT(given >= 2, 20'000); // nobody asked anything meanwhile
        (*handle)->close();
    }

    void settingsThatCannotBeAreNamed() {
        HttpServer provider([](const std::string&) { return std::string(); });
        const WireBroker broker;
        auto config = configOf(broker, provider);
        config.properties[u"sasl.oauthbearer.token.endpoint.url"_s] = u"http://id.example.org/"_s;
        QCOMPARE(config.check().error().what, u"sasl.oauthbearer.token.endpoint.url"_s);
        config.properties[u"sasl.mechanism"_s] = u"AWS_MSK_IAM"_s;
        QCOMPARE(config.check().error().what, u"aws.region"_s);
        config.properties[u"aws.region"_s] = u"eu-west-1"_s;
        QVERIFY(config.check());
    }
};

SAMSA_TEST(TokenLoginTest)
#include "token_login_test.moc"
