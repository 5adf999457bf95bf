#include "ui/overview/sentences.h"

#include "models/base/format.h"
#include "models/groups/verdict_text.h"

#include <QCoreApplication>

namespace ui::overview {

namespace format = models::format;
using models::session::Group;
using models::session::GroupStanding;
using theme::Tone;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Overview)
};

/// "killed 14 s ago", or "killed" when nobody knows since when.
QString ago(const QString& word, qint64 sinceMs, qint64 nowMs) {
    if (sinceMs <= 0)
        return word;
    // Whole seconds: a tenth that counts up draws the eye.
    const qint64 age = std::max<qint64>(0, nowMs - sinceMs);
    return age < 1000 ? Text::tr("%1 just now").arg(word) : Text::tr("%1 %2").arg(word, format::age(age - age % 1000));
}

/// "shipping falls behind".
QString wordOf(const Group& group) {
    switch (standingOf(group)) {
    case GroupStanding::WentBack: return Text::tr("%1 went back").arg(group.id);
    case GroupStanding::Stopped: return Text::tr("%1 is stopped").arg(group.id);
    case GroupStanding::Stalled: return Text::tr("%1 is stalled").arg(group.id);
    case GroupStanding::FallsBehind: return Text::tr("%1 falls behind").arg(group.id);
    case GroupStanding::StaysBehind: return Text::tr("%1 stays behind").arg(group.id);
    case GroupStanding::CatchesUp: return Text::tr("%1 catches up").arg(group.id);
    case GroupStanding::Fine:
    case GroupStanding::Unknown: break;
    }
    return group.id;
}

Tone toneOf(GroupStanding standing) {
    switch (standing) {
    case GroupStanding::WentBack:
    case GroupStanding::FallsBehind: return Tone::Warn;
    case GroupStanding::Stopped:
    case GroupStanding::Stalled: return Tone::Bad;
    case GroupStanding::CatchesUp: return Tone::Info;
    default: return Tone::Neutral;
    }
}

} // namespace

Sentence stateSentence(const BrokerFacts& facts, qint64 nowMs) {
    switch (facts.state) {
    case BrokerFacts::State::Up:
        if (facts.notInSync > 0)
            return {Text::tr("%n replica(s) behind", nullptr, facts.notInSync), Tone::Warn, {}};
        return facts.quorumLeader ? Sentence{Text::tr("quorum leader"), Tone::Accent, {}} : Sentence{};
    case BrokerFacts::State::Starting: return {Text::tr("starting"), Tone::Info, {}};
    case BrokerFacts::State::Stopping: return {Text::tr("stopping"), Tone::Info, {}};
    case BrokerFacts::State::Paused: return {ago(Text::tr("paused"), facts.sinceMs, nowMs), Tone::Warn, {}};
    case BrokerFacts::State::Down: return {ago(Text::tr("down"), facts.sinceMs, nowMs), Tone::Bad, {}};
    case BrokerFacts::State::Killed: return {ago(Text::tr("killed"), facts.sinceMs, nowMs), Tone::Bad, {}};
    case BrokerFacts::State::Crashed: return {ago(Text::tr("died"), facts.sinceMs, nowMs), Tone::Bad, {}};
    case BrokerFacts::State::Stopped: return {ago(Text::tr("stopped"), facts.sinceMs, nowMs), Tone::Bad, {}};
    case BrokerFacts::State::Unknown: return {Text::tr("not heard of yet"), Tone::Neutral, {}};
    }
    return {};
}

QList<Sentence> healthSentences(const QList<BrokerFacts>& brokers, const models::session::TopicsSnapshot* topics) {
    int dead = 0, paused = 0, starting = 0;
    for (const auto& broker : brokers) {
        dead += broker.isDead();
        paused += broker.state == BrokerFacts::State::Paused;
        starting += broker.state == BrokerFacts::State::Starting;
    }
    const int offline = topics ? topics->offline : 0;
    QList<Sentence> sentences;
    const auto all = static_cast<int>(brokers.size());
    if (dead > 0) {
        // Kafka says nothing about loss; that each partition still has a leader it does say.
        const QString down = dead == all ? Text::tr("every broker is down") : Text::tr("%n broker(s) down", nullptr, dead);
        sentences.append({topics && offline == 0 && dead < all ? Text::tr("%1, every partition has a leader").arg(down) : down, Tone::Bad, {}});
    }
    if (offline > 0 && dead < all)
        sentences.append({Text::tr("%n partition(s) without a leader", nullptr, offline), Tone::Bad, {}});
    if (paused > 0)
        sentences.append({Text::tr("%n broker(s) paused", nullptr, paused), Tone::Warn, {}});
    if (starting > 0)
        sentences.append({Text::tr("%n broker(s) starting", nullptr, starting), Tone::Info, {}});
    if (topics && topics->underReplicated > 0) {
        // "2 of 3" where that is true of each of them.
        qsizetype have = -1, of = -1;
        bool same = true;
        for (const auto& topic : topics->topics) {
            for (const auto& partition : topic.partitions) {
                if (!partition.underReplicated())
                    continue;
                same = same && (have < 0 || (have == partition.inSync.size() && of == partition.replicas.size()));
                have = partition.inSync.size();
                of = partition.replicas.size();
            }
        }
        const int count = topics->underReplicated;
        QString text;
        if (same && have >= 0)
            text = (count == 1 ? Text::tr("1 partition has %1 of %2 replicas") : Text::tr("%n partition(s) have %1 of %2 replicas", nullptr, count)).arg(have).arg(of);
        else
            text = count == 1 ? Text::tr("1 partition misses a replica") : Text::tr("%n partition(s) miss a replica", nullptr, count);
        sentences.append({text, Tone::Warn, {}});
    }
    if (sentences.isEmpty() && topics && all > 0)
        sentences.append({Text::tr("all is well: %n broker(s), every replica in sync", nullptr, all), Tone::Good, {}});
    return sentences;
}

Sentence lagSentence(const models::session::GroupsSnapshot* groups, qint64 nowMs) {
    if (!groups || groups->groups.isEmpty())
        return {}; // the chart says so
    const Group* worst = nullptr;
    int behind = 0;
    bool known = true;
    for (const auto& group : groups->groups) {
        const auto standing = standingOf(group);
        known = known && (standing != GroupStanding::Unknown || group.lag == 0);
        behind += isBehind(standing);
        if (standing > GroupStanding::Fine && (!worst || standing > standingOf(*worst) || (standing == standingOf(*worst) && group.lag > worst->lag)))
            worst = &group;
    }
    const auto count = static_cast<int>(groups->groups.size());
    if (!worst && !known)
        return {{}, Tone::Neutral, Text::tr("%n group(s), watched for too short a time to say how they keep up.", nullptr, count)};
    if (!worst)
        return {count == 1 ? Text::tr("%1 keeps up").arg(groups->groups.first().id) : Text::tr("every group keeps up"), Tone::Good, Text::tr("%n group(s)", nullptr, count)};
    QString reason = models::groups::standingReason(*worst, nowMs);
    if (reason.endsWith(u'.'))
        reason.chop(1);
    if (const int more = behind - (isBehind(standingOf(*worst)) ? 1 : 0); more > 0)
        reason += Text::tr("; %n more behind", nullptr, more);
    return {wordOf(*worst), toneOf(standingOf(*worst)), reason};
}

} // namespace ui::overview
