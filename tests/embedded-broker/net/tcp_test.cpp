#include "embedded-broker/net/tcp_network.h"
#include "tests/embedded-broker/net/connection_pair.h"
#include "tests/support/test_registry.h"

#include <QTemporaryDir>
#include <QTest>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace broker;

namespace {

struct Pair : tests::ConnectionPair {
    net::TcpNetwork network{loop};
    explicit Pair(std::uint32_t frameBytesMax = 64U << 20) { meet(network, network, "localhost", frameBytesMax); }
    ~Pair() { leave(); }
};

} // namespace

class TcpTest : public QObject {
    Q_OBJECT
private slots:
    void framesOfAllSizesArriveWhole() {
        Pair pair;
        std::vector<std::string> sent;
        for (const std::size_t size : {0U, 1U, 3U, 100U, 16'380U, 16'384U, 70'000U, 300'000U, 5'000'000U, 2U})
            sent.push_back(std::string(size, static_cast<char>('a' + size % 26)));
        for (const auto& text : sent)
            pair.client->send(Pair::payload(text));
        QVERIFY(pair.until([&] { return pair.atServer.size() == sent.size(); }));
        for (std::size_t i = 0; i < sent.size(); ++i)
            QVERIFY(pair.atServer[i].text() == sent[i]);
    }

    void framesOutliveTheChunkTheyCameIn() {
        Pair pair;
        for (int i = 0; i < 1000; ++i)
            pair.client->send(Pair::payload("frame " + std::to_string(i)));
        QVERIFY(pair.until([&] { return pair.atServer.size() == 1000; }));
        for (int i = 0; i < 1000; ++i)
            QCOMPARE(std::string(pair.atServer[static_cast<std::size_t>(i)].text()), "frame " + std::to_string(i));
    }

    void filesLeaveBySendfile() {
        const QTemporaryDir directory;
        const auto disk = makePosixDisk();
        const auto file = *disk->open(directory.path().toStdString() + "/f", OpenMode::Create);
        const std::string content(3'000'000, 'x');
        QVERIFY(file->writeAt(0, asBytes("0123456789" + content)));
        Pair pair;
        Payload p = Pair::payload("head");
        p.append(FileRegion{file, 5, 5 + content.size()});
        p.append(Slice::copy("tail"));
        pair.client->send(std::move(p));
        QVERIFY(pair.until([&] { return pair.atServer.size() == 1; }));
        QVERIFY(pair.atServer[0].text() == "head56789" + content + "tail");
    }

    void aFrameOverTheLimitClosesTheConnection() {
        Pair pair(1000);
        pair.client->send(Pair::payload(std::string(1001, 'x')));
        QVERIFY(pair.until([&] { return pair.serverClosed.has_value(); }));
        QCOMPARE(*pair.serverClosed, CloseReason::BadFrame);
        QVERIFY(pair.until([&] { return pair.clientClosed.has_value(); }));
        QCOMPARE(*pair.clientClosed, CloseReason::Peer);
    }

    void aClosedPeerIsAFactAtOnce() {
        Pair pair;
        pair.server->send(Pair::payload("bye"));
        pair.server->close();
        QVERIFY(pair.until([&] { return pair.clientClosed && pair.serverClosed; }));
        QCOMPARE(*pair.clientClosed, CloseReason::Peer);
        QCOMPARE(*pair.serverClosed, CloseReason::Local);
        QCOMPARE(pair.atClient.size(), std::size_t(1)); // what was sent before the close arrives
    }

    void pausedReadingHoldsFramesBack() {
        Pair pair;
        pair.server->setReading(false);
        pair.client->send(Pair::payload("one"));
        bool waited = false;
        pair.loop.after(milliseconds(20), [&] { waited = true; });
        QVERIFY(pair.until([&] { return waited; }));
        QVERIFY(pair.atServer.empty());
        pair.server->setReading(true);
        QVERIFY(pair.until([&] { return pair.atServer.size() == 1; }));
    }

    void aRefusedConnectSaysSo() {
        net::EventLoop loop;
        net::TcpNetwork network(loop);
        std::uint16_t port = 0;
        {
            const auto listener = *network.listen({"127.0.0.1", 0}, 100, [](const auto&) {});
            port = listener->endpoint().port;
        }
        std::optional<CloseReason> reason;
        network.connect({"127.0.0.1", port}, seconds(5), 100, [&](auto c) {
            reason = c.error();
            loop.stop();
        });
        QVERIFY(!reason); // never from inside the call
        loop.run();
        QCOMPARE(*reason, CloseReason::Refused);
    }

    void aPortInUseIsBusy() {
        net::EventLoop loop;
        net::TcpNetwork network(loop);
        const auto first = *network.listen({"127.0.0.1", 0}, 100, [](const auto&) {});
        const auto second = network.listen(first->endpoint(), 100, [](const auto&) {});
        QVERIFY(!second);
        QVERIFY(second.error().code == ErrorCode::Busy);
    }

    void socketsAreDrainedBeforeATimerAfterAGap() {
        Pair pair;
        bool frameFirst = false;
        pair.loop.after(milliseconds(150), [&] { frameFirst = pair.atServer.size() == 3; });
        pair.loop.turn(Duration::zero());
        // The process "stops" for 200 ms while a peer goes on sending: more than one read's worth for the loop to find.
        const int raw = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(pair.listener->endpoint().port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QCOMPARE(::connect(raw, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
        const std::string frames("\0\0\0\1a\0\0\0\1b\0\0\0\1c", 15);
        QCOMPARE(::write(raw, frames.data(), frames.size()), ssize_t(15));
        QTest::qSleep(200); // the gap itself is the subject
        pair.loop.turn(Duration::zero());
        QVERIFY(frameFirst);
        ::close(raw);
    }
};

SAMSA_TEST(TcpTest)
#include "tcp_test.moc"
