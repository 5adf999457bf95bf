#include "app/desktop/turn_probe.h"

#include <QAbstractEventDispatcher>
#include <QDateTime>
#include <QEvent>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>

namespace app::desktop {

namespace {

double msOf(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

} // namespace

struct TurnProbe::Private {
    QFile file;
    QObject receiver; ///< of the dispatcher's signal
    int schedstat = -1;
    int depth = 0;
    double turnCpu = 0, waited = 0;
    double enteredWall = 0, enteredCpu = 0, enteredDelay = 0;

    /// For how long this thread could have run and others did, ms. 0 where the kernel does not say: then a busy machine counts as a wait.
    [[nodiscard]] double delayMs() const {
        char text[96] = {};
        unsigned long long onCpu = 0, waiting = 0;
        if (schedstat < 0 || ::pread(schedstat, text, sizeof text - 1, 0) <= 0 || std::sscanf(text, "%llu %llu", &onCpu, &waiting) != 2)
            return 0;
        return static_cast<double>(waiting) / 1e6;
    }
    void endTurn() {
        const double cpu = msOf(CLOCK_THREAD_CPUTIME_ID);
        const double spent = cpu - turnCpu;
        if (spent + waited > kTurnMsMax) {
            file.write(QStringLiteral("%1 %2 %3\n").arg(QDateTime::currentMSecsSinceEpoch()).arg(spent, 0, 'f', 1).arg(waited, 0, 'f', 1).toUtf8());
            file.flush();
        }
        turnCpu = msOf(CLOCK_THREAD_CPUTIME_ID);
        waited = 0;
    }
};

TurnProbe::TurnProbe(std::unique_ptr<Private> made) : d(std::move(made)) {}

TurnProbe::~TurnProbe() {
    if (d->schedstat >= 0)
        ::close(d->schedstat);
}

std::unique_ptr<TurnProbe> TurnProbe::open(const QString& path) {
    auto d = std::make_unique<Private>();
    d->file.setFileName(path);
    if (!d->file.open(QIODevice::WriteOnly | QIODevice::Append))
        return nullptr;
    d->schedstat = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    d->turnCpu = msOf(CLOCK_THREAD_CPUTIME_ID);
    // A loop inside a handler (a menu, a file dialog) waits too: its turns are turns.
    QObject::connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::aboutToBlock, &d->receiver, [raw = d.get()] { raw->endTurn(); });
    return std::unique_ptr<TurnProbe>(new TurnProbe(std::move(d)));
}

void TurnProbe::enter() {
    if (d->depth++ > 0)
        return;
    d->enteredWall = msOf(CLOCK_MONOTONIC);
    d->enteredCpu = msOf(CLOCK_THREAD_CPUTIME_ID);
    d->enteredDelay = d->delayMs();
}

void TurnProbe::leave(bool painting) {
    if (--d->depth > 0 || painting)
        return;
    const double cpu = msOf(CLOCK_THREAD_CPUTIME_ID) - d->enteredCpu;
    // A handler with a loop of its own waited for its user: turns ended meanwhile, and what they cost is told already.
    if (d->enteredCpu < d->turnCpu)
        return;
    const double wall = msOf(CLOCK_MONOTONIC) - d->enteredWall;
    d->waited += std::max(0.0, wall - cpu - (d->delayMs() - d->enteredDelay));
}

Application::Application(int& argc, char** argv) : QApplication(argc, argv) {
    if (const QString path = qEnvironmentVariable("SAMSA_TURN_PROBE"); !path.isEmpty())
        m_probe = TurnProbe::open(path);
}

Application::~Application() = default;

bool Application::notify(QObject* receiver, QEvent* event) {
    if (!m_probe)
        return QApplication::notify(receiver, event);
    // The event may be gone afterwards.
    const auto type = event->type();
    m_probe->enter();
    const bool taken = QApplication::notify(receiver, event);
    m_probe->leave(type == QEvent::UpdateRequest || type == QEvent::Expose || type == QEvent::Paint);
    return taken;
}

} // namespace app::desktop
