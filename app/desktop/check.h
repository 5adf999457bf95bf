#pragma once
// What app/run does on a machine without a display: the window's main job for a short while, then a picture and what was seen.

#include "app/desktop/services.h"

class QTimer;

namespace app::desktop {

class Window;

/// Good when three brokers were up and messages were acknowledged while it watched. Prints one line per fact.
class Check : public QObject {
    Q_OBJECT
public:
    Check(Services& services, Window& window, QString picture);

signals:
    void finished(bool good);

private:
    void look();
    void end(bool good, const QString& why);
    Services& m_services;
    Window& m_window;
    QString m_picture;
    QTimer* m_timer;
    qint64 m_startedMs;
    bool m_over = false;
};

} // namespace app::desktop
