#pragma once
// The two sides of a running replay: its worker tells how far it is, everybody else asks, pauses, slows and stops it. Thread-safe.

#include "models/base/error.h"
#include "models/replay/replay_store.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace models::replay {

struct Progress {
    enum class Phase { Starting, Sending, Paused, Waiting, Finishing, Over } phase = Phase::Starting;
    QString replayId;
    Tally tally;             ///< arrived, with what arrived in earlier runs
    qint64 offsetsDone = 0;  ///< of `offsetsTotal`; offsets, not messages: compacted topics have fewer
    qint64 offsetsTotal = 0;
    double perSecond = 0;    ///< messages, over the last portions
    qint64 elapsedMs = 0;    ///< of this run
    QString waitingFor;      ///< translated; why nothing moves
    bool noTransactions = false; ///< nothing was sent because the target begins no transaction: the same order would go without
};

class ReplayControl {
public:
    void setPaused(bool paused);
    void setRate(qint64 messagesPerSecond); ///< 0 = no limit
    /// After the portion at work has arrived: it can be gone on with.
    void stop();
    [[nodiscard]] bool paused() const;
    [[nodiscard]] bool stopping() const;
    [[nodiscard]] qint64 rate() const;
    [[nodiscard]] Progress progress() const;

    // ---- for the worker ------------------------------------------------------------------------------------------------------
    void tell(const Progress& progress);
    /// Waits until nobody pauses it, or somebody stops it.
    void waitWhilePaused();
    /// False when stopped meanwhile.
    bool waitFor(std::chrono::milliseconds time);

private:
    mutable std::mutex m_mutex; ///< guards all below
    std::condition_variable m_changed;
    bool m_paused = false;
    bool m_stopping = false;
    qint64 m_rate = 0;
    Progress m_progress;
};

/// Lets so many messages a second through, evenly: after a wait at most a tenth of a second's worth at once. Pure: time is given.
class Throttle {
public:
    using Clock = std::chrono::steady_clock;
    /// How long to wait before the next message goes; zero = now, and it is counted.
    Clock::duration take(qint64 perSecond, Clock::time_point now);

private:
    Clock::time_point m_next{};
};

} // namespace models::replay
