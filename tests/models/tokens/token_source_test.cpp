// One token for all who ask, renewed in time.
#include "models/tokens/token_source.h"

#include "tests/support/test_registry.h"

#include <QTest>
#include <atomic>
#include <condition_variable>
#include <future>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace models;
using namespace models::tokens;
using namespace std::chrono_literals;

class TokenSourceTest : public QObject {
    Q_OBJECT
    QDateTime m_now = QDateTime::fromString(QStringLiteral("2026-11-27T12:00:00Z"), Qt::ISODate);
    int m_fetched = 0;

    TokenSource sourceOf(int seconds) {
        return TokenSource([this, seconds](const Patience&) -> Result<Token> { return Token{QByteArray::number(++m_fetched), {}, m_now.addSecs(seconds), {}}; }, [this] { return m_now; });
    }

private slots:
    void init() { m_fetched = 0; }

    void isKeptForMostOfItsLife() {
        auto source = sourceOf(1000);
        QCOMPARE(source.token(patient(1s))->text, "1");
        m_now = m_now.addSecs(799);
        QCOMPARE(source.token(patient(1s))->text, "1");
        m_now = m_now.addSecs(1);
        QCOMPARE(source.token(patient(1s))->text, "2");
    }

    void isFetchedAgainOnceItWasRefused() {
        auto source = sourceOf(1000);
        const auto first = *source.token(patient(1s));
        source.refused(first);
        const auto second = *source.token(patient(1s));
        QCOMPARE(second.text, "2");
        source.refused(first); // said late, by another connection
        QCOMPARE(source.token(patient(1s))->text, "2");
    }

    void theOldOneServesToItsEndWhereNoneComes() {
        bool gives = true;
        TokenSource source([&](const Patience&) -> Result<Token> {
            if (!gives)
                return fail(ErrorCode::Unreachable, {}, QStringLiteral("HTTP 503"));
            return Token{"one", {}, m_now.addSecs(1000), {}};
        }, [this] { return m_now; });
        QVERIFY(source.token(patient(1s)));
        gives = false;
        m_now = m_now.addSecs(900);
        QCOMPARE(source.token(patient(1s))->text, "one");
        m_now = m_now.addSecs(100);
        QVERIFY(!source.token(patient(1s)));
    }

    void aWaitForAnothersFetchIsCancelled() {
        std::promise<void> go;
        auto gone = go.get_future().share();
        std::atomic<bool> begun{false};
        TokenSource source([&](const Patience&) -> Result<Token> {
            begun = true;
            gone.wait();
            return Token{"one", {}, QDateTime::currentDateTimeUtc().addSecs(60), {}};
        });
        std::jthread other([&] { (void)source.token(patient(60s)); });
        QTRY_VERIFY(begun);
        const int cancel = ::eventfd(1, EFD_CLOEXEC);
        const auto mine = source.token(patient(60s, cancel));
        ::close(cancel);
        source.refused({"another", {}, {}, {}}); // does not wait either
        go.set_value();
        QVERIFY(!mine && mine.error().code == ErrorCode::Cancelled);
    }

    void oneThatEndedAlreadyIsNoToken() {
        auto source = sourceOf(0);
        const auto none = source.token(patient(1s));
        QVERIFY(!none && none.error().why.contains(QLatin1String("clock")));
    }

    void whoComesMeanwhileWaitsForTheSame() {
        std::mutex mutex;
        std::condition_variable changed;
        bool go = false;
        std::atomic<int> fetched{0};
        TokenSource source([&](const Patience&) -> Result<Token> {
            std::unique_lock lock(mutex);
            ++fetched;
            changed.wait(lock, [&] { return go; });
            return Token{"one", {}, QDateTime::currentDateTimeUtc().addSecs(60), {}};
        });
        std::vector<std::jthread> askers;
        std::atomic<int> got{0};
        for (int i = 0; i < 4; ++i)
            askers.emplace_back([&] { got += source.token(patient(60s)).has_value() ? 1 : 0; });
        QTRY_VERIFY(fetched == 1);
        // And who is in a hurry hears that it takes long.
        const auto hasty = source.token(patient(0s));
        QVERIFY(!hasty && hasty.error().code == ErrorCode::TimedOut);
        {
            const std::lock_guard lock(mutex);
            go = true;
        }
        changed.notify_all();
        askers.clear();
        QCOMPARE(got.load(), 4);
        QCOMPARE(fetched.load(), 1);
    }
};

SAMSA_TEST(TokenSourceTest)
#include "token_source_test.moc"
