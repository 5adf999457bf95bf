// The probe that judges the interface thread is judged first: it sees work and waits, in timers and posted events, and nothing else.
#include "app/desktop/turn_probe.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <ctime>
#include <unistd.h>

namespace {

void burn(double ms) {
    const auto now = [] {
        timespec t{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
    };
    const double end = now() + ms;
    while (now() < end) {
    }
}

QString& probeFile() {
    static QString path;
    return path;
}

/// Lines that `work` adds, done in a turn of its own: by a timer, or as a posted event.
int turnsToldFor(const std::function<void()>& work, bool posted) {
    QFile::resize(probeFile(), 0);
    QEventLoop loop;
    const auto run = [&] {
        work();
        // The turn ends with this handler: the loop is left in a later one.
        QTimer::singleShot(1, &loop, [&loop] { QTimer::singleShot(1, &loop, &QEventLoop::quit); });
    };
    if (posted)
        QMetaObject::invokeMethod(&loop, run, Qt::QueuedConnection);
    else
        QTimer::singleShot(1, &loop, run);
    loop.exec();
    QFile file(probeFile());
    return file.open(QIODevice::ReadOnly) ? static_cast<int>(file.readAll().count('\n')) : -1;
}

} // namespace

class TurnProbeTest : public QObject {
    Q_OBJECT
private slots:
    void seesWork_data() {
        QTest::addColumn<bool>("posted");
        QTest::newRow("timer") << false;
        QTest::newRow("posted") << true;
    }
    void seesWork() {
        QFETCH(bool, posted);
        QCOMPARE(turnsToldFor([] { burn(80); }, posted), 1);
        QCOMPARE(turnsToldFor([] { burn(5); }, posted), 0);
    }
    void seesWaits() {
        // A lock, a disk, an answer: whatever it is, the window stands still. The wait itself is what is tested.
        QCOMPARE(turnsToldFor([] { ::usleep(120'000); }, false), 1);
    }
    void theLoopsOwnWaitIsNone() {
        QFile::resize(probeFile(), 0);
        QEventLoop loop;
        QTimer::singleShot(150, &loop, &QEventLoop::quit);
        loop.exec();
        QCOMPARE(QFile(probeFile()).size(), 0);
    }
};

SAMSA_TEST(TurnProbeTest)

int main(int argc, char** argv) {
    const QTemporaryDir folder;
    probeFile() = folder.filePath(QStringLiteral("turns"));
    qputenv("SAMSA_TURN_PROBE", probeFile().toLocal8Bit());
    const app::desktop::Application application(argc, argv);
    return tests::runAll(argc, argv);
}

#include "turn_probe_test.moc"
