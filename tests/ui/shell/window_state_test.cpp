#include "tests/support/test_registry.h"
#include "ui/shell/single_instance.h"
#include "ui/shell/window_state.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <thread>

using namespace ui::shell;

class WindowStateTest : public QObject {
    Q_OBJECT
private slots:
    void remembers() {
        const QTemporaryDir dir;
        const QString path = dir.filePath(QStringLiteral("window.json"));
        {
            WindowState state(path);
            state.setValue(QStringLiteral("view/local:a"), QStringLiteral("topics/filter"), QStringLiteral("orders"));
            QVERIFY(!QFile::exists(path)); // gathered: not at each key
            QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path), 5000);
        }
        const WindowState again(path);
        QCOMPARE(again.value(QStringLiteral("view/local:a"), QStringLiteral("topics/filter")).toString(), QStringLiteral("orders"));
        QVERIFY(!again.value(QStringLiteral("view/local:b"), QStringLiteral("topics/filter")).isValid());
    }

    void setsAsideWhatItDoesNotKnow_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("newer") << QByteArray(R"({"version": 99, "window": {"place": "samsa:a/b"}})");
        QTest::newRow("damaged") << QByteArray("{\"version\": 1, \"win");
        QTest::newRow("empty") << QByteArray();
    }
    void setsAsideWhatItDoesNotKnow() {
        QFETCH(QByteArray, bytes);
        const QTemporaryDir dir;
        const QString path = dir.filePath(QStringLiteral("window.json"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        const WindowState state(path);
        QVERIFY(!state.value(QStringLiteral("window"), QStringLiteral("place")).isValid());
        QVERIFY(QFile::exists(path + QStringLiteral(".aside")));
    }

    void handsOverToTheFirst() {
        const QTemporaryDir dir;
        SingleInstance first(dir.path());
        QVERIFY(!first.handOver(QStringLiteral("samsa:a/b")));
        first.listen();
        QSignalSpy received(&first, &SingleInstance::received);
        bool taken = false;
        // The second is another process: here another thread, since it waits.
        std::thread second([&] { taken = SingleInstance(dir.path()).handOver(QStringLiteral("samsa:a/b")); });
        QTRY_COMPARE(received.size(), 1);
        second.join();
        QVERIFY(taken);
        QCOMPARE(received[0][0].toString(), QStringLiteral("samsa:a/b"));
    }
};

SAMSA_TEST(WindowStateTest)
#include "window_state_test.moc"
