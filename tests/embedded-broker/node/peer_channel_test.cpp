#include "embedded-broker/net/event_loop.h"
#include "embedded-broker/net/tcp_network.h"
#include "embedded-broker/node/peer_channel.h"
#include "embedded-broker/protocol/messages/api_versions_request.h"
#include "embedded-broker/protocol/messages/api_versions_response.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using node::PeerChannel;

namespace {

/// A peer that answers when told to, in any order.
struct Peer {
    net::EventLoop loop;
    net::TcpNetwork network{loop};
    std::unique_ptr<Listener> listener;
    std::shared_ptr<Connection> connection;
    std::vector<std::int32_t> asked; ///< correlation ids

    Peer() { open(0); }
    void open(std::uint16_t port) {
        listener = *network.listen({"127.0.0.1", port}, 1 << 20, [this](const std::shared_ptr<Connection>& c) {
            connection = c;
            c->setHandler({[this](const Slice& frame) {
                               protocol::Reader reader(frame);
                               asked.push_back(protocol::decodeRequestHead(reader)->correlationId);
                           },
                           {}});
        });
    }
    void answer(std::int32_t correlation, std::int64_t epoch) const {
        protocol::ApiVersionsResponse response;
        response.finalizedFeaturesEpoch = epoch;
        connection->send(protocol::encodeResponse(response, 3, correlation));
    }
    bool until(const std::function<bool()>& done) {
        const Instant deadline = loop.now() + seconds(10);
        while (!done() && loop.now() < deadline)
            loop.turn(milliseconds(50));
        return done();
    }
};

using Answer = Result<protocol::ApiVersionsResponse>;

void ask(PeerChannel& channel, std::vector<Answer>& answers, Duration timeout = seconds(5)) {
    protocol::ApiVersionsRequest request;
    request.clientSoftwareName = "test";
    request.clientSoftwareVersion = "1";
    channel.call<protocol::ApiVersionsResponse>(request, 3, timeout, [&answers](Answer answer) { answers.push_back(std::move(answer)); });
}

} // namespace

class PeerChannelTest : public QObject {
    Q_OBJECT
private slots:
    void matchesAnswersByCorrelation() {
        Peer peer;
        PeerChannel channel(peer.network, peer.loop, peer.listener->endpoint(), {});
        std::vector<Answer> answers;
        ask(channel, answers);
        ask(channel, answers);
        QVERIFY(peer.until([&] { return peer.asked.size() == 2; }));
        peer.answer(peer.asked[1], 22);
        peer.answer(peer.asked[0], 11);
        QVERIFY(peer.until([&] { return answers.size() == 2; }));
        QCOMPARE(answers[0]->finalizedFeaturesEpoch, 22);
        QCOMPARE(answers[1]->finalizedFeaturesEpoch, 11);
    }

    void aCloseAnswersAtOnceAndAsksWhetherThePeerLives() {
        Peer peer;
        PeerChannel channel(peer.network, peer.loop, peer.listener->endpoint(), {});
        std::vector<PeerChannel::Fact> facts;
        channel.onFact([&](PeerChannel::Fact fact) { facts.push_back(fact); });
        std::vector<Answer> answers;
        ask(channel, answers);
        QVERIFY(peer.until([&] { return peer.asked.size() == 1; }));
        const auto port = peer.listener->endpoint().port;
        peer.listener.reset();
        peer.connection->close();
        QVERIFY(peer.until([&] { return facts.size() == 3; }));
        QVERIFY(!answers.at(0) && answers[0].error().code == ErrorCode::Unavailable);
        QCOMPARE(facts, (std::vector<PeerChannel::Fact>{PeerChannel::Fact::Connected, PeerChannel::Fact::Closed, PeerChannel::Fact::Refused}));
        QVERIFY(channel.knownDead());
        peer.open(port); // it is back
        ask(channel, answers);
        QVERIFY(peer.until([&] { return peer.asked.size() == 2; }));
        QVERIFY(!channel.knownDead());
    }

    void aSilentPeerTimesOut() {
        Peer peer;
        PeerChannel channel(peer.network, peer.loop, peer.listener->endpoint(), {});
        std::vector<Answer> answers;
        ask(channel, answers, milliseconds(20));
        QVERIFY(peer.until([&] { return answers.size() == 1; }));
        QVERIFY(answers[0].error().code == ErrorCode::TimedOut);
        peer.answer(peer.asked.at(0), 1); // too late: dropped
        ask(channel, answers);
        QVERIFY(peer.until([&] { return peer.asked.size() == 2; }));
        peer.answer(peer.asked[1], 2);
        QVERIFY(peer.until([&] { return answers.size() == 2; }));
        QCOMPARE(answers[1]->finalizedFeaturesEpoch, 2);
    }
};

SAMSA_TEST(PeerChannelTest)
#include "peer_channel_test.moc"
