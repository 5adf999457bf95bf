// Notifications over a bus of the test's own, with a service that only listens.
#include "tests/support/test_registry.h"
#include "ui/shell/desktop_notifier.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusVirtualObject>
#include <QProcess>
#include <QTest>

using ui::shell::DesktopNotifier;

namespace {

const QString kName = QStringLiteral("org.freedesktop.Notifications");
const QString kPath = QStringLiteral("/org/freedesktop/Notifications");

class Service : public QDBusVirtualObject {
public:
    QList<QList<QVariant>> told;
    QString introspect(const QString&) const override { return {}; }
    bool handleMessage(const QDBusMessage& message, const QDBusConnection& connection) override {
        if (message.member() != QStringLiteral("Notify"))
            return false;
        told.append(message.arguments());
        const uint replaces = message.arguments().value(1).toUInt();
        return connection.send(message.createReply(QVariant::fromValue(replaces != 0 ? replaces : static_cast<uint>(told.size() + 40))));
    }
};

} // namespace

class DesktopNotifierTest : public QObject {
    Q_OBJECT
    QProcess m_bus;
    Service m_service;

private slots:
    void initTestCase() {
        m_bus.start(QStringLiteral("dbus-daemon"), {QStringLiteral("--session"), QStringLiteral("--nofork"), QStringLiteral("--print-address")});
        QVERIFY2(m_bus.waitForStarted(10'000), "dbus-daemon is missing: app/setup --tests");
        QVERIFY(m_bus.waitForReadyRead(10'000));
        const QByteArray address = m_bus.readLine().trimmed();
        qputenv("DBUS_SESSION_BUS_ADDRESS", address); // before anybody asks for the session's bus
        auto other = QDBusConnection::connectToBus(QString::fromLatin1(address), QStringLiteral("service"));
        QVERIFY(other.isConnected());
        QVERIFY(other.registerService(kName));
        QVERIFY(other.registerVirtualObject(kPath, &m_service));
    }
    void cleanupTestCase() {
        QDBusConnection::disconnectFromBus(QStringLiteral("service"));
        m_bus.kill();
        m_bus.waitForFinished(10'000);
    }

    void tellsAndIsAnswered() {
        DesktopNotifier notifier;
        int opened = 0;
        notifier.tell(QStringLiteral("c-1/billing"), QStringLiteral("<b>billing</b> is behind"), QStringLiteral("On <img src=x> & more"), true, [&opened] { ++opened; });
        QTRY_COMPARE_WITH_TIMEOUT(m_service.told.size(), 1, 10'000);
        const auto first = m_service.told.first();
        QCOMPARE(first.value(0).toString(), QStringLiteral("Samsa"));
        QCOMPARE(first.value(3).toString(), QStringLiteral("<b>billing</b> is behind")); // a summary is never markup
        QCOMPARE(first.value(4).toString(), QStringLiteral("On &lt;img src=x&gt; &amp; more"));
        QCOMPARE(first.value(5).toStringList().value(0), QStringLiteral("default"));
        // Another one of the same thing takes its place; whoever chooses it gets there.
        const auto signal = [](uint number, const QString& action) {
            auto message = QDBusMessage::createSignal(kPath, kName, QStringLiteral("ActionInvoked"));
            message << number << action;
            return QDBusConnection(QStringLiteral("service")).send(message);
        };
        QTRY_VERIFY_WITH_TIMEOUT((signal(41, QStringLiteral("default")), opened > 0), 10'000);
        notifier.tell(QStringLiteral("c-1/billing"), QStringLiteral("billing has caught up"), {}, false);
        QTRY_COMPARE_WITH_TIMEOUT(m_service.told.size(), 2, 10'000);
        QCOMPARE(m_service.told.last().value(1).toUInt(), 41u);
        notifier.tell(QStringLiteral("c-1/other"), QStringLiteral("other"), {}, false);
        QTRY_COMPARE_WITH_TIMEOUT(m_service.told.size(), 3, 10'000);
        QCOMPARE(m_service.told.last().value(1).toUInt(), 0u);
    }
};

SAMSA_TEST(DesktopNotifierTest)
#include "desktop_notifier_test.moc"
