#include "embedded-broker/handlers/register.h"
#include "embedded-broker/net/event_loop.h"
#include "embedded-broker/net/tcp_network.h"
#include "embedded-broker/node/controller_channel.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_request.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_response.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using node::ControllerChannel;
using protocol::KafkaError;

namespace {

/// Controllers 1 and 2, played by hand: requests wait in `asked` until answered.
struct House {
    net::EventLoop loop;
    net::TcpNetwork network{loop};
    std::unique_ptr<Random> random = makeSeededRandom(1);
    handlers::HandlerTable table;
    std::unique_ptr<handlers::BrokerContext> context;
    std::map<NodeId, std::unique_ptr<Listener>> listeners;
    std::map<NodeId, std::shared_ptr<Connection>> connections;
    std::map<NodeId, std::vector<std::int32_t>> asked;
    std::unique_ptr<ControllerChannel> channel;
    std::vector<Result<protocol::BrokerHeartbeatResponse>> answers;

    House() {
        context.reset(new handlers::BrokerContext{.scheduler = loop, .random = *random, .table = table, .settings = {}});
        ControllerChannel::Options options;
        options.self = 3;
        for (const NodeId id : {1, 2}) {
            listeners[id] = *network.listen({"127.0.0.1", 0}, 1 << 20, [this, id](const std::shared_ptr<Connection>& connection) {
                connections[id] = connection;
                connection->setHandler({[this, id](const Slice& frame) {
                                            protocol::Reader reader(frame);
                                            asked[id].push_back(protocol::decodeRequestHead(reader)->correlationId);
                                        },
                                        {}});
            });
            options.controllers[id] = listeners[id]->endpoint();
        }
        channel = std::make_unique<ControllerChannel>(std::move(options), *context, network);
    }
    void ask(Duration deadline = seconds(10)) {
        channel->call<protocol::BrokerHeartbeatResponse>(protocol::BrokerHeartbeatRequest{}, 1, deadline,
                                                         [this](Result<protocol::BrokerHeartbeatResponse> answer) { answers.push_back(std::move(answer)); });
    }
    void answer(NodeId id, KafkaError error) {
        protocol::BrokerHeartbeatResponse response;
        response.errorCode = protocol::code(error);
        connections[id]->send(protocol::encodeResponse(response, 1, asked[id].back()));
    }
    bool until(const std::function<bool()>& done) {
        const Instant end = loop.now() + seconds(10);
        while (!done() && loop.now() < end)
            loop.turn(milliseconds(50));
        return done();
    }
};

} // namespace

class ControllerChannelTest : public QObject {
    Q_OBJECT
private slots:
    void waitsForAControllerToBeKnown() {
        House house;
        house.ask();
        house.loop.turn(Duration::zero());
        house.channel->setController(1);
        QVERIFY(house.until([&] { return house.asked[1].size() == 1; }));
        house.answer(1, KafkaError::None);
        QVERIFY(house.until([&] { return house.answers.size() == 1; }));
        QVERIFY(house.answers[0].has_value());
    }

    void asksAgainWhenItWasNotTheController() {
        House house;
        house.channel->setController(1);
        house.ask();
        QVERIFY(house.until([&] { return house.asked[1].size() == 1; }));
        house.answer(1, KafkaError::NotController);
        QVERIFY(house.until([&] { return house.asked[1].size() == 2; }));
        house.answer(1, KafkaError::StaleBrokerEpoch);
        QVERIFY(house.until([&] { return house.answers.size() == 1; }));
        QCOMPARE(house.answers[0]->errorCode, protocol::code(KafkaError::StaleBrokerEpoch));
    }

    void leavesAControllerThatHangsForTheNextOne() {
        House house;
        house.channel->setController(1);
        house.ask();
        QVERIFY(house.until([&] { return house.asked[1].size() == 1; }));
        house.channel->setController(2);
        QVERIFY(house.until([&] { return house.asked[2].size() == 1; }));
        house.answer(1, KafkaError::StaleBrokerEpoch); // too late: it wakes up
        house.answer(2, KafkaError::None);
        QVERIFY(house.until([&] { return house.answers.size() == 1; }));
        QCOMPARE(house.answers[0]->errorCode, std::int16_t(0));
    }

    void asksAgainAfterAClose() {
        House house;
        house.channel->setController(1);
        house.ask();
        QVERIFY(house.until([&] { return house.asked[1].size() == 1; }));
        house.connections[1]->close();
        QVERIFY(house.until([&] { return house.asked[1].size() == 2; }));
        house.answer(1, KafkaError::None);
        QVERIFY(house.until([&] { return house.answers.size() == 1; }));
    }

    void givesUpAtTheDeadline() {
        House house;
        house.ask(milliseconds(20));
        QVERIFY(house.until([&] { return house.answers.size() == 1; }));
        QVERIFY(house.answers[0].error().code == ErrorCode::TimedOut);
    }
};

SAMSA_TEST(ControllerChannelTest)
#include "controller_channel_test.moc"
