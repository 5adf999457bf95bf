#pragma once
// How long the interface thread takes for one turn of its event loop, for tests: SAMSA_TURN_PROBE names a file, and each turn that cost more
// than 50 ms becomes a line of it: wall clock in ms, own CPU ms, ms waited, and whose event took longest (class, type of event, its ms).
//
// A turn is all that happens between two waits of the loop. It costs the CPU time of this thread and what its handlers waited for (a lock, a
// disk, another process), but not the time for which the machine was busy with others: the kernel tells that apart (schedstat). What
// the window system takes to show a picture is not the window's either: waits while painting do not count, CPU time does.
//
// SAMSA_FRAME_PROBE names a file for measurements: each turn that painted becomes a line of it, whatever it cost: wall clock in ms, own CPU ms, ms from
// its first event to the picture handed over (the machine's other work included).
//
// The signals of the dispatcher alone do not do: with GLib awake() comes after the handlers, and timers run before it without GLib.

#include <QApplication>
#include <QFile>
#include <memory>

namespace app::desktop {

class TurnProbe {
public:
    static constexpr double kTurnMsMax = 50;
    /// Null when a file cannot be written. Either path may be empty. Interface thread, while the application lives.
    static std::unique_ptr<TurnProbe> open(const QString& turns, const QString& frames = {});
    ~TurnProbe();
    /// Around each event that is delivered.
    void enter(const QObject* receiver, int type);
    void leave(bool painting);

private:
    struct Private;
    explicit TurnProbe(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

/// The application that a probe can look into.
class Application : public QApplication {
public:
    Application(int& argc, char** argv);
    ~Application() override;
    bool notify(QObject* receiver, QEvent* event) override;

private:
    std::unique_ptr<TurnProbe> m_probe;
};

} // namespace app::desktop
