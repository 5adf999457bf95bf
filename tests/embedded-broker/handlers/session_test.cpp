#include "embedded-broker/handlers/dispatch.h"
#include "embedded-broker/handlers/errors.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/handlers/session.h"
#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/messages/api_versions_request.h"
#include "embedded-broker/protocol/messages/api_versions_response.h"
#include "embedded-broker/protocol/messages/heartbeat_request.h"
#include "embedded-broker/protocol/messages/heartbeat_response.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_request.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_response.h"
#include "embedded-broker/protocol/messages/sasl_handshake_request.h"
#include "embedded-broker/protocol/messages/sasl_handshake_response.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::handlers;

namespace {

class FakeConnection final : public Connection {
public:
    void setHandler(Handler handler) override { m_handler = std::move(handler); }
    void send(Payload frame) override {
        std::vector<std::byte> bytes;
        for (const auto& part : frame.parts()) {
            const auto piece = std::get<Slice>(part).bytes();
            bytes.insert(bytes.end(), piece.begin(), piece.end());
        }
        sent.push_back(Slice::take(std::move(bytes)));
    }
    void close() override { closed = true; }
    void setReading(bool on) override { reading = on; }
    [[nodiscard]] std::uint64_t queuedBytes() const override { return 0; }
    [[nodiscard]] std::string peer() const override { return "127.0.0.1:5"; }
    [[nodiscard]] std::string peerHost() const override { return "127.0.0.1"; }
    void setFrameBytesMax(std::uint32_t bytes) override { frameBytesMax = bytes; }

    template <class Message>
    void take(const Message& request, std::int16_t version, std::int32_t correlation) {
        Payload payload = protocol::encodeRequest(request, version, correlation, std::string("client"));
        m_handler.onFrame(std::get<Slice>(payload.parts().front()));
    }
    void takeRaw(std::vector<std::byte> bytes) { m_handler.onFrame(Slice::take(std::move(bytes))); }
    void peerCloses() { m_handler.onClosed(CloseReason::Peer); }
    [[nodiscard]] std::int32_t correlationOf(std::size_t index) const {
        protocol::Reader reader(sent.at(index));
        return reader.int32();
    }

    std::vector<Slice> sent;
    bool closed = false;
    bool reading = true;
    std::uint32_t frameBytesMax = 0;

private:
    Handler m_handler;
};

/// Heartbeats wait here until a test answers them.
std::vector<Request<protocol::HeartbeatRequest>> waiting;
void holdHeartbeat(BrokerContext&, Request<protocol::HeartbeatRequest> request) { waiting.push_back(std::move(request)); }

struct House {
    tests::ManualScheduler scheduler;
    std::unique_ptr<Random> random = makeSeededRandom(1);
    HandlerTable table;
    std::unique_ptr<BrokerContext> context;
    std::unique_ptr<Sessions> sessions;
    std::shared_ptr<FakeConnection> connection = std::make_shared<FakeConnection>();

    House() {
        waiting.clear();
        addApiVersionsHandlers(table);
        table.add(holdHeartbeat);
        context.reset(new BrokerContext{.scheduler = scheduler, .random = *random, .table = table, .settings = {}});
        sessions = std::make_unique<Sessions>(*context, seconds(600));
        sessions->accept(connection, {Role::Broker, "PLAINTEXT", true});
    }
    ~House() { waiting.clear(); }
    void heartbeat(std::int32_t correlation) const { connection->take(protocol::HeartbeatRequest{}, 4, correlation); }
};

} // namespace

namespace {

/// A SASL listener: PLAIN with one user, and the cluster's own links.
struct SecureHouse : House {
    std::shared_ptr<ListenerSecurity> security = std::make_shared<ListenerSecurity>();
    security::ByteVector secret = security::randomBytes(32);

    SecureHouse() {
        addSaslHandlers(table);
        context->settings.nodeId = 7;
        security->sasl = true;
        security->mechanisms = {"PLAIN"};
        security->users.password = [](const std::string& user) { return user == "alice" ? std::optional<std::string>("pass") : std::nullopt; };
        security->linkSecret = std::make_shared<const security::ByteVector>(secret);
        security->frameBytesMax = 1'000'000;
        connect(security);
    }
    void connect(std::shared_ptr<const ListenerSecurity> how) {
        connection = std::make_shared<FakeConnection>();
        sessions->accept(connection, {Role::Broker, "SASL_SSL", true, std::move(how)});
    }
    protocol::SaslHandshakeResponse handshake(const std::string& mechanism) {
        protocol::SaslHandshakeRequest request;
        request.mechanism = mechanism;
        connection->take(request, 1, 1);
        return last<protocol::SaslHandshakeResponse>(1);
    }
    protocol::SaslAuthenticateResponse authenticate(const std::string& bytes) {
        protocol::SaslAuthenticateRequest request;
        request.authBytes = Slice::copy(bytes);
        connection->take(request, 2, 2);
        scheduler.advance(kFailureDelay);
        return last<protocol::SaslAuthenticateResponse>(2);
    }
    template <class Response>
    Response last(std::int16_t version) {
        protocol::Reader reader(connection->sent.back());
        static_cast<void>(protocol::decodeResponseHead(reader, Response::kApiKey, version));
        return *Response::decode(reader, version);
    }
    static std::string plain(const std::string& user, const std::string& password) { return std::string(1, '\0') + user + std::string(1, '\0') + password; }
};

} // namespace

class SessionTest : public QObject {
    Q_OBJECT
private slots:
    void nothingIsAnsweredBeforeALogin() {
        SecureHouse house;
        QCOMPARE(house.connection->frameBytesMax, kFrameBytesBeforeLogin);
        protocol::ApiVersionsRequest versions;
        versions.clientSoftwareName = versions.clientSoftwareVersion = "test";
        house.connection->take(versions, 3, 9);
        QCOMPARE(house.connection->sent.size(), std::size_t(1));
        house.heartbeat(1);
        QVERIFY(house.connection->closed);
        QVERIFY(waiting.empty());
    }
    void whoLogsInIsThePrincipal() {
        SecureHouse house;
        QCOMPARE(int(house.handshake("PLAIN").errorCode), 0);
        QCOMPARE(int(house.authenticate(SecureHouse::plain("alice", "pass")).errorCode), 0);
        QCOMPARE(house.connection->frameBytesMax, 1'000'000U);
        house.heartbeat(3);
        QCOMPARE(waiting.size(), std::size_t(1));
        QCOMPARE(waiting[0].origin().principal, std::string("User:alice"));
        QVERIFY(!waiting[0].origin().interBroker); // a client stays one, even where nodes meet
        waiting[0].nothing();
        QCOMPARE(int(house.handshake("PLAIN").errorCode), int(protocol::code(protocol::KafkaError::IllegalSaslState)));
    }
    void wrongPasswordsAreAnsweredLateAndClose() {
        SecureHouse house;
        house.handshake("PLAIN");
        const auto answer = house.authenticate(SecureHouse::plain("alice", "wrong"));
        QCOMPARE(int(answer.errorCode), int(protocol::code(protocol::KafkaError::SaslAuthenticationFailed)));
        QVERIFY(house.connection->closed);
        SecureHouse other;
        QCOMPARE(int(other.handshake("GSSAPI").errorCode), int(protocol::code(protocol::KafkaError::UnsupportedSaslMechanism)));
        other.heartbeat(1);
        QVERIFY(other.connection->closed);
    }
    void oldHandshakesAreFollowedByRawTokens() {
        SecureHouse house;
        protocol::SaslHandshakeRequest request;
        request.mechanism = "PLAIN";
        house.connection->take(request, 0, 1);
        const std::string token = SecureHouse::plain("alice", "pass");
        const auto bytes = asBytes(token);
        house.connection->takeRaw({bytes.begin(), bytes.end()});
        QVERIFY(house.connection->sent.back().empty());
        house.heartbeat(2);
        QCOMPARE(waiting.size(), std::size_t(1));
        QCOMPARE(waiting[0].origin().principal, std::string("User:alice"));
        waiting[0].nothing();
    }
    /// CVE-2018-1288: only who knows the cluster's secret is believed to be a node, on any listener.
    void nodesProveTheClustersSecret() {
        SecureHouse house;
        for (const bool sasl : {true, false}) {
            auto how = std::make_shared<ListenerSecurity>(*house.security);
            how->sasl = sasl;
            house.connect(how);
            waiting.clear();
            security::LinkClient client(house.secret, 7);
            QCOMPARE(int(house.handshake(std::string(security::kLinkMechanism)).errorCode), 0);
            const auto first = house.authenticate(client.first());
            const auto proof = client.second(first.authBytes.text());
            QVERIFY(proof);
            QCOMPARE(int(house.authenticate(*proof).errorCode), 0);
            house.heartbeat(5);
            QVERIFY(waiting.size() == 1 && waiting[0].origin().interBroker);
            waiting[0].nothing();

            house.connect(how);
            waiting.clear();
            house.handshake(std::string(security::kLinkMechanism));
            house.authenticate(std::string(32, 'n'));
            QVERIFY(house.authenticate(std::string(32, 'x')).errorCode != 0);
            QVERIFY(house.connection->closed);
        }
        auto open = std::make_shared<ListenerSecurity>(*house.security);
        open->sasl = false;
        house.connect(open);
        waiting.clear();
        house.heartbeat(6); // a client of a plain listener needs no login, and is no node
        QVERIFY(waiting.size() == 1 && !waiting[0].origin().interBroker);
        waiting[0].nothing();
    }
    void answersLeaveInTheOrderOfTheRequests() {
        House house;
        for (std::int32_t i = 1; i <= 3; ++i)
            house.heartbeat(i);
        QCOMPARE(waiting.size(), std::size_t(3)); // handed on at once
        waiting[2].reply(protocol::HeartbeatResponse{});
        waiting[0].nothing(); // as Produce with acks=0
        QVERIFY(house.connection->sent.empty());
        waiting[1].reply(protocol::HeartbeatResponse{});
        QCOMPARE(house.connection->sent.size(), std::size_t(2));
        QCOMPARE(house.connection->correlationOf(0), 2);
        QCOMPARE(house.connection->correlationOf(1), 3);
    }

    void aRequestForgottenClosesItsConnection() {
        House house;
        house.heartbeat(1);
        waiting.clear();
        QVERIFY(house.connection->closed);
        QCOMPARE(house.sessions->count(), std::size_t(0));
    }

    void answersAfterTheCloseGoNowhere() {
        House house;
        std::uint64_t told = 0;
        house.sessions->onClosed([&](std::uint64_t number) { told = number; });
        house.heartbeat(1);
        QVERIFY(waiting[0].wanted());
        house.connection->peerCloses();
        QVERIFY(!waiting[0].wanted());
        QCOMPARE(told, waiting[0].origin().connection);
        waiting[0].reply(protocol::HeartbeatResponse{});
        QVERIFY(house.connection->sent.empty());
    }

    void tooManyWaitingRequestsStopTheReading() {
        House house;
        for (std::int32_t i = 0; i < 1000; ++i)
            house.heartbeat(i);
        QVERIFY(!house.connection->reading);
        waiting[0].reply(protocol::HeartbeatResponse{});
        QVERIFY(house.connection->reading);
    }

    void requestsWaitUnreadUntilTheBrokerServes() {
        House house;
        house.sessions->hold();
        const auto early = std::make_shared<FakeConnection>();
        house.sessions->accept(early, {Role::Broker, "PLAINTEXT", true});
        const auto controller = std::make_shared<FakeConnection>();
        house.sessions->accept(controller, {Role::Controller, "CONTROLLER", true});
        QVERIFY(!early->reading);
        QVERIFY(controller->reading);
        house.sessions->serve();
        QVERIFY(early->reading);
    }

    void idleConnectionsAreClosed() {
        House house;
        house.scheduler.advance(seconds(300));
        house.heartbeat(1);
        waiting[0].reply(protocol::HeartbeatResponse{});
        house.scheduler.advance(seconds(301));
        QVERIFY(!house.connection->closed);
        house.scheduler.advance(seconds(900));
        QVERIFY(house.connection->closed);
    }

    void whatIsNotServedIsRefused() {
        for (const auto& bytes : std::vector<std::vector<std::byte>>{
                 {},                                                                                             // no header
                 std::vector<std::byte>(3),                                                                      // half of one
                 {std::byte(0x7f), std::byte(0), std::byte(0), std::byte(0), {}, {}, {}, {}, {}, {}},            // no such key
                 {std::byte(0), std::byte(12), std::byte(0), std::byte(99), {}, {}, {}, {}, {}, {}, {}, {}}}) {  // no such version
            House house;
            house.connection->takeRaw(bytes);
            QVERIFY(house.connection->closed);
        }
    }

    void anApiThatIsNotInTheTableIsRefused() {
        House house;
        house.table = HandlerTable{};
        house.heartbeat(1);
        QVERIFY(house.connection->closed);
    }

    void apiVersionsListsTheTable() {
        House house;
        protocol::ApiVersionsRequest request;
        request.clientSoftwareName = "test";
        request.clientSoftwareVersion = "1.0";
        house.connection->take(request, 3, 7);
        protocol::Reader reader(house.connection->sent.at(0));
        QCOMPARE(*protocol::decodeResponseHead(reader, 18, 3), 7);
        const auto response = protocol::ApiVersionsResponse::decode(reader, 3);
        QVERIFY(response);
        QCOMPARE(response->errorCode, std::int16_t(0));
        QCOMPARE(response->apiKeys.size(), std::size_t(2));
        QCOMPARE(response->apiKeys[0].apiKey, std::int16_t(12));
        for (const auto& feature : response->supportedFeatures)
            QVERIFY(feature.minVersion > 0);
    }

    void apiVersionsOfAnUnknownVersionIsAnsweredInVersion0() {
        House house;
        protocol::Writer writer;
        writer.int16(18);
        writer.int16(99);
        writer.int32(5);
        writer.raw(asBytes("whatever comes here"));
        const Slice frame = writer.finishAsSlice();
        house.connection->takeRaw({frame.bytes().begin(), frame.bytes().end()});
        protocol::Reader reader(house.connection->sent.at(0));
        QCOMPARE(*protocol::decodeResponseHead(reader, 18, 0), 5);
        const auto response = protocol::ApiVersionsResponse::decode(reader, 0);
        QVERIFY(response);
        QCOMPARE(response->errorCode, protocol::code(protocol::KafkaError::UnsupportedVersion));
        QCOMPARE(response->apiKeys.size(), std::size_t(1));
        QCOMPARE(response->apiKeys[0].maxVersion, protocol::ApiVersionsRequest::kMaxVersion);
    }

    void everyFailureHasACode() {
        for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i)
            QVERIFY(toKafka(static_cast<ErrorCode>(i)) != protocol::KafkaError::None);
        QVERIFY(toKafka(ErrorCode::NoSpace) == protocol::KafkaError::KafkaStorageError);
        QVERIFY(toKafka(ErrorCode::TimedOut) == protocol::KafkaError::RequestTimedOut);
    }
};

SAMSA_TEST(SessionTest)
#include "session_test.moc"
