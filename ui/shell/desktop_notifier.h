#pragma once
// Tells on the desktop, beside the window: org.freedesktop.Notifications over D-Bus, else the system tray, else nothing. Interface thread; never waits.

#include <QHash>
#include <QObject>
#include <QPointer>
#include <functional>

class QSystemTrayIcon;

namespace ui::shell {

class DesktopNotifier : public QObject {
    Q_OBJECT
public:
    explicit DesktopNotifier(QObject* parent = nullptr);

    /// Plain text. `opened` runs when the user chooses the notification, where the desktop tells so. The same `id` again replaces what is shown of it.
    void tell(const QString& id, const QString& title, const QString& text, bool urgent, std::function<void()> opened = {});
    /// What a service that knows markup shows as this text.
    static QString escaped(const QString& text);

private slots:
    void actionInvoked(uint number, const QString& action);
    void closed(uint number, uint reason);

private:
    void tellByTray(const QString& title, const QString& text, bool urgent, const std::function<void()>& opened);
    struct Shown {
        QString id;
        std::function<void()> opened;
    };
    QHash<uint, Shown> m_shown; ///< by the service's number
    QPointer<QSystemTrayIcon> m_tray;
    std::function<void()> m_trayOpened;
    bool m_listening = false;
};

} // namespace ui::shell
