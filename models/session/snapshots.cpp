#include "models/session/snapshots.h"

#include <algorithm>

namespace models::session {

const Broker* BrokersSnapshot::find(int id) const {
    const auto it = std::find_if(brokers.begin(), brokers.end(), [id](const Broker& broker) { return broker.id == id; });
    return it == brokers.end() ? nullptr : &*it;
}

const Topic* TopicsSnapshot::find(const QString& name) const {
    const auto it = rowOfName.constFind(name);
    return it == rowOfName.cend() ? nullptr : &topics.at(*it);
}

QStringList TopicsSnapshot::names(bool internalToo) const {
    QStringList names, internal;
    names.reserve(topics.size());
    for (const auto& topic : topics)
        (topic.internal ? internal : names) << topic.name;
    return internalToo ? names + internal : names;
}

GroupStanding standingOf(const Group& group) {
    constexpr qint64 kLagWorthAWord = 1000; // a steady lag of less is what is under way
    switch (group.judgement.verdict) {
    case Verdict::Rewind: return GroupStanding::WentBack;
    case Verdict::Stop: return GroupStanding::Stopped;
    case Verdict::Stall: return GroupStanding::Stalled;
    case Verdict::Warn: return GroupStanding::FallsBehind;
    case Verdict::Ok:
    case Verdict::Unknown: break;
    }
    switch (group.pace) {
    case GroupPace::FallingBehind: return GroupStanding::FallsBehind;
    case GroupPace::CatchingUp: return GroupStanding::CatchesUp;
    case GroupPace::Steady: return group.lag >= kLagWorthAWord ? GroupStanding::StaysBehind : GroupStanding::Fine;
    case GroupPace::UpToDate: return GroupStanding::Fine;
    case GroupPace::Stopped: // for how long it may stand before that is worth a word is Burrow's to say
    case GroupPace::Unknown: break;
    }
    return group.judgement.verdict == Verdict::Ok ? GroupStanding::Fine : GroupStanding::Unknown;
}

const Group* GroupsSnapshot::find(const QString& id) const {
    const auto it = std::find_if(groups.begin(), groups.end(), [&id](const Group& group) { return group.id == id; });
    return it == groups.end() ? nullptr : &*it;
}

} // namespace models::session
