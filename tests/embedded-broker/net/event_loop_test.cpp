#include "embedded-broker/net/disk_pool.h"
#include "embedded-broker/net/event_loop.h"
#include "embedded-broker/net/tcp_network.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <thread>

using namespace broker;

class EventLoopTest : public QObject {
    Q_OBJECT
private slots:
    void firesInOrderAndNotWhenCancelled() {
        net::EventLoop loop;
        std::string order;
        loop.after(milliseconds(2), [&] { order += 'c'; });
        loop.after(milliseconds(1), [&] { order += 'b'; });
        const auto cancelled = loop.after(milliseconds(1), [&] { order += 'x'; });
        loop.post([&] { order += 'a'; });
        loop.cancel(cancelled);
        loop.cancel(cancelled);
        loop.cancel(0);
        loop.after(milliseconds(3), [&] { loop.stop(); });
        loop.run();
        QCOMPARE(order, std::string("abc"));
    }

    void aTaskThatPostsItselfDoesNotStarveTimers() {
        net::EventLoop loop;
        int posts = 0;
        std::function<void()> again = [&] {
            ++posts;
            loop.post([&] { again(); });
        };
        again();
        loop.after(milliseconds(2), [&] { loop.stop(); });
        loop.run();
        QVERIFY(posts > 1);
    }

    void otherThreadsWakeIt() {
        net::EventLoop loop;
        std::thread other([&] { loop.postFromAnyThread([&] { loop.stop(); }); });
        loop.run();
        other.join();
    }

    void sleepsWhenThereIsNothingToDo() {
        net::EventLoop loop;
        net::TcpNetwork network(loop);
        const auto listener = network.listen({"127.0.0.1", 0}, 1024, [](const auto&) {});
        QVERIFY(listener);
        loop.after(milliseconds(50), [&] { loop.stop(); });
        const auto before = loop.turns();
        loop.run();
        QVERIFY2(loop.turns() - before <= 3, std::to_string(loop.turns() - before).c_str());
    }

    void jobsOfOneKeyRunInOrder() {
        net::EventLoop loop;
        std::vector<int> ran;
        std::vector<int> done;
        {
            net::ThreadDiskPool pool(loop, 3);
            for (int i = 0; i < 100; ++i)
                pool.submit(7, [&ran, i] { ran.push_back(i); }, [&, i] {
                    done.push_back(i);
                    if (i == 99)
                        loop.stop();
                });
            loop.run();
        }
        for (int i = 0; i < 100; ++i) {
            QCOMPARE(ran[static_cast<std::size_t>(i)], i);
            QCOMPARE(done[static_cast<std::size_t>(i)], i);
        }
    }

    void aPoolFinishesWhatIsQueued() {
        net::EventLoop loop;
        std::atomic<int> ran = 0;
        {
            net::ThreadDiskPool pool(loop, 2);
            for (std::uint64_t key = 0; key < 20; ++key)
                for (int i = 0; i < 5; ++i)
                    pool.submit(key, [&] { ++ran; }, {});
        }
        QCOMPARE(ran.load(), 100);
    }
};

SAMSA_TEST(EventLoopTest)
#include "event_loop_test.moc"
