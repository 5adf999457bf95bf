#pragma once
// When a group's lag is worth a word: over a threshold for a while, once an episode, and again when it has come down. Pure.
//
//     Quiet --(over)--> Over --(over for as long as the rule says)--> Firing --(well below for half as long)--> Quiet
//       ^----(not over)---'      says: Fired                                    says: Recovered
//
// "Well below" is four fifths of the threshold, so that a lag which trembles around it tells once. What is not known counts neither way: after half a minute of
// silence nobody can say that the lag stayed over, and an episode that has been told stays until it is seen to end.

#include <QString>
#include <optional>

namespace models::groups {

struct LagRule {
    enum class Measure { Messages, Seconds };
    QString group;
    Measure measure = Measure::Messages;
    qint64 threshold = 10'000; ///< told when more than this; messages, or seconds of age of the oldest unread message
    qint64 forMs = 60'000;     ///< for at least so long; 0 = at once
    bool operator==(const LagRule&) const = default;
};

class LagAlert {
public:
    enum class State { Quiet, Over, Firing };
    enum class Effect { None, Fired, Recovered };
    static constexpr qint64 kSilenceMs = 30'000;

    explicit LagAlert(LagRule rule) : m_rule(std::move(rule)) {}
    [[nodiscard]] const LagRule& rule() const { return m_rule; }
    [[nodiscard]] State state() const { return m_state; }
    /// Over: since it is over; Firing: since it was told; else 0.
    [[nodiscard]] qint64 sinceMs() const { return m_sinceMs; }
    /// An earlier run has told of this episode already.
    void resumeFiring(qint64 sinceMs);
    /// The next reading, in the rule's measure; none = not known. Times may stand still or go back: then waiting begins anew.
    Effect step(qint64 nowMs, std::optional<qint64> value);

private:
    LagRule m_rule;
    State m_state = State::Quiet;
    qint64 m_sinceMs = 0;
    qint64 m_belowSinceMs = 0; ///< Firing: since it is well below; 0 = it is not
    qint64 m_knownMs = 0;      ///< of the newest reading that said something
};

} // namespace models::groups
