#include "app/desktop/turn_probe.h"

#include <QAbstractEventDispatcher>
#include <QDateTime>
#include <QEvent>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace app::desktop {

namespace {

double msOf(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// How often this thread gave up the processor by itself, as one does that waits.
long waitsOf() {
    rusage use{};
    ::getrusage(RUSAGE_THREAD, &use);
    return use.ru_nvcsw;
}

} // namespace

struct TurnProbe::Private {
    QFile file, frames;
    QObject receiver; ///< of the dispatcher's signal
    int schedstat = -1;
    int depth = 0;
    double turnCpu = 0, waited = 0;
    double enteredWall = 0, enteredCpu = 0, enteredDelay = 0;
    long enteredWaits = 0;
    bool started = false; ///< the loop has waited once: what is before that is the start, and nobody can have asked for anything yet
    const char* servedClass = ""; ///< class of the one that is served, and of its parent
    const char* servedParent = "";
    int servedType = 0;
    QByteArray longest; ///< of this turn
    double longestMs = -1;
    double firstWall = 0;   ///< of this turn's events, 0 = none yet
    double paintedWall = 0; ///< when its picture was done, 0 = nothing was painted

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
        if (paintedWall > 0 && frames.isOpen())
            frames.write(QStringLiteral("%1 %2 %3\n").arg(QDateTime::currentMSecsSinceEpoch()).arg(spent, 0, 'f', 2).arg(paintedWall - firstWall, 0, 'f', 2).toUtf8());
        firstWall = paintedWall = 0;
        if (std::exchange(started, true) && spent + waited > kTurnMsMax && file.isOpen()) {
            file.write(QStringLiteral("%1 %2 %3\n").arg(QDateTime::currentMSecsSinceEpoch()).arg(spent, 0, 'f', 1).arg(waited, 0, 'f', 1).toUtf8().chopped(1) + ' ' + longest + '\n');
            file.flush();
        }
        turnCpu = msOf(CLOCK_THREAD_CPUTIME_ID);
        waited = 0;
        longestMs = -1;
        longest.clear();
    }
};

TurnProbe::TurnProbe(std::unique_ptr<Private> made) : d(std::move(made)) {}

TurnProbe::~TurnProbe() {
    if (d->schedstat >= 0)
        ::close(d->schedstat);
}

std::unique_ptr<TurnProbe> TurnProbe::open(const QString& turns, const QString& frames) {
    auto d = std::make_unique<Private>();
    for (auto [file, path] : {std::pair(&d->file, turns), std::pair(&d->frames, frames)}) {
        file->setFileName(path);
        if (!path.isEmpty() && !file->open(QIODevice::WriteOnly | QIODevice::Append))
            return nullptr;
    }
    d->schedstat = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    d->turnCpu = msOf(CLOCK_THREAD_CPUTIME_ID);
    // A loop inside a handler (a menu, a file dialog) waits too: its turns are turns.
    QObject::connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::aboutToBlock, &d->receiver, [raw = d.get()] { raw->endTurn(); });
    return std::unique_ptr<TurnProbe>(new TurnProbe(std::move(d)));
}

void TurnProbe::enter(const QObject* receiver, int type) {
    if (d->depth++ > 0)
        return;
    d->servedClass = receiver->metaObject()->className();
    d->servedParent = receiver->parent() ? receiver->parent()->metaObject()->className() : "-";
    d->servedType = type;
    d->enteredWall = msOf(CLOCK_MONOTONIC);
    d->firstWall = d->firstWall > 0 ? d->firstWall : d->enteredWall;
    d->enteredCpu = msOf(CLOCK_THREAD_CPUTIME_ID);
    d->enteredDelay = d->delayMs();
    d->enteredWaits = waitsOf();
}

void TurnProbe::leave(bool painting) {
    if (--d->depth > 0)
        return;
    if (painting)
        d->paintedWall = msOf(CLOCK_MONOTONIC);
    const double cpu = msOf(CLOCK_THREAD_CPUTIME_ID) - d->enteredCpu;
    if (cpu > d->longestMs && cpu > 1) {
        d->longestMs = cpu;
        d->longest = QByteArray(d->servedClass) + " of " + d->servedParent + ' ' + QByteArray::number(d->servedType) + ' ' + QByteArray::number(cpu, 'f', 1);
    }
    // A handler with a loop of its own waited for its user: turns ended meanwhile, and what they cost is told already.
    if (d->enteredCpu < d->turnCpu || painting)
        return;
    // Who never gave up the processor was kept from it, by this machine or by the one that it is a guest of: the latter stands in no file.
    if (waitsOf() == d->enteredWaits)
        return;
    const double wall = msOf(CLOCK_MONOTONIC) - d->enteredWall;
    d->waited += std::max(0.0, wall - cpu - (d->delayMs() - d->enteredDelay));
}

Application::Application(int& argc, char** argv) : QApplication(argc, argv) {
    const QString turns = qEnvironmentVariable("SAMSA_TURN_PROBE"), frames = qEnvironmentVariable("SAMSA_FRAME_PROBE");
    if (!turns.isEmpty() || !frames.isEmpty())
        m_probe = TurnProbe::open(turns, frames);
}

Application::~Application() = default;

bool Application::notify(QObject* receiver, QEvent* event) {
    if (!m_probe)
        return QApplication::notify(receiver, event);
    // The event may be gone afterwards.
    const auto type = event->type();
    m_probe->enter(receiver, type);
    const bool taken = QApplication::notify(receiver, event);
    m_probe->leave(type == QEvent::UpdateRequest || type == QEvent::Expose || type == QEvent::Paint);
    return taken;
}

} // namespace app::desktop
