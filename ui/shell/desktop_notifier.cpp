#include "ui/shell/desktop_notifier.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QSystemTrayIcon>

namespace ui::shell {
namespace {

const QString kService = QStringLiteral("org.freedesktop.Notifications");
const QString kPath = QStringLiteral("/org/freedesktop/Notifications");
constexpr int kTimeoutMs = 3000;

} // namespace

DesktopNotifier::DesktopNotifier(QObject* parent) : QObject(parent) {}

QString DesktopNotifier::escaped(const QString& text) {
    // The specification lets a service take the body as markup, and most do: a group may be called <b>.
    return text.toHtmlEscaped();
}

void DesktopNotifier::tell(const QString& id, const QString& title, const QString& text, bool urgent, std::function<void()> opened) {
    auto bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) {
        tellByTray(title, text, urgent, opened);
        return;
    }
    if (!m_listening) {
        m_listening = true;
        bus.connect(kService, kPath, kService, QStringLiteral("ActionInvoked"), this, SLOT(actionInvoked(uint, QString)));
        bus.connect(kService, kPath, kService, QStringLiteral("NotificationClosed"), this, SLOT(closed(uint, uint)));
    }
    uint replaces = 0;
    for (auto it = m_shown.cbegin(); it != m_shown.cend(); ++it)
        if (it->id == id)
            replaces = it.key();
    QVariantMap hints{{QStringLiteral("urgency"), QVariant::fromValue(static_cast<uchar>(urgent ? 2 : 1))}, {QStringLiteral("desktop-entry"), QGuiApplication::desktopFileName()}};
    QStringList actions;
    if (opened)
        actions = {QStringLiteral("default"), tr("Show")};
    auto call = QDBusMessage::createMethodCall(kService, kPath, kService, QStringLiteral("Notify"));
    call << QStringLiteral("Samsa") << replaces << QStringLiteral("samsa") << title << escaped(text) << actions << hints << -1;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call, kTimeoutMs), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, id, title, text, urgent, opened = std::move(opened)](QDBusPendingCallWatcher* done) {
        done->deleteLater();
        const QDBusPendingReply<uint> reply = *done;
        if (reply.isError())
            tellByTray(title, text, urgent, opened);
        else
            m_shown.insert(reply.value(), {id, opened});
    });
}

void DesktopNotifier::tellByTray(const QString& title, const QString& text, bool urgent, const std::function<void()>& opened) {
    if (!QSystemTrayIcon::isSystemTrayAvailable() || !QSystemTrayIcon::supportsMessages())
        return;
    if (!m_tray) {
        m_tray = new QSystemTrayIcon(QApplication::windowIcon(), this);
        m_tray->setToolTip(QStringLiteral("Samsa"));
        connect(m_tray, &QSystemTrayIcon::messageClicked, this, [this] {
            if (m_trayOpened)
                m_trayOpened();
        });
    }
    m_trayOpened = opened;
    m_tray->show();
    m_tray->showMessage(title, text, urgent ? QSystemTrayIcon::Warning : QSystemTrayIcon::Information);
}

void DesktopNotifier::actionInvoked(uint number, const QString&) {
    if (const auto it = m_shown.constFind(number); it != m_shown.cend() && it->opened)
        it->opened();
}

void DesktopNotifier::closed(uint number, uint) { m_shown.remove(number); }

} // namespace ui::shell
