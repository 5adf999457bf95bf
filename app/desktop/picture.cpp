#include "app/desktop/picture.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QDateTime>
#include <QFile>
#include <QPixmap>
#include <QWidget>
#include <ctime>

namespace app::desktop {

namespace {

constexpr double kTurnMsMax = 50;

double cpuMs() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// From waking up to the next wait of the event loop.
class TurnProbe : public QObject {
public:
    TurnProbe(const QString& path, QObject* parent) : QObject(parent), m_file(path), m_start(cpuMs()) {
        if (!m_file.open(QIODevice::WriteOnly | QIODevice::Append))
            return;
        auto* dispatcher = QAbstractEventDispatcher::instance();
        connect(dispatcher, &QAbstractEventDispatcher::awake, this, [this] { m_start = cpuMs(); });
        connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, [this] {
            const double spent = cpuMs() - m_start;
            if (spent <= kTurnMsMax)
                return;
            m_file.write(QStringLiteral("%1 %2\n").arg(QDateTime::currentMSecsSinceEpoch()).arg(spent, 0, 'f', 1).toUtf8());
            m_file.flush();
        });
    }

private:
    QFile m_file;
    double m_start;
};

} // namespace

bool savePicture(QWidget* window, const QString& path) { return window->grab().save(path); }

void installTurnProbe() {
    const QString path = qEnvironmentVariable("SAMSA_TURN_PROBE");
    if (!path.isEmpty())
        new TurnProbe(path, QCoreApplication::instance());
}

} // namespace app::desktop
