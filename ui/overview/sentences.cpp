#include "ui/overview/sentences.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <cmath>

namespace ui::overview {

namespace format = models::format;
using models::session::Group;
using models::session::GroupPace;
using theme::Tone;

namespace {

constexpr qint64 kLagWorthAWord = 1000; ///< a steady lag of less is what is under way

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Overview)
};

/// "killed 14 s ago", or "killed" when nobody knows since when.
QString ago(const QString& word, qint64 sinceMs, qint64 nowMs) {
    if (sinceMs <= 0)
        return word;
    // Whole seconds: a tenth that counts up draws the eye.
    const qint64 age = std::max<qint64>(0, nowMs - sinceMs);
    return age < 1000 ? Text::tr("%1 now").arg(word) : Text::tr("%1 %2").arg(word, format::age(age - age % 1000));
}

QString since(qint64 ms, qint64 nowMs) {
    if (ms <= 0)
        return {};
    const auto then = QDateTime::fromMSecsSinceEpoch(ms);
    return nowMs - ms > 20 * 3'600'000LL ? QLocale().toString(then, QStringLiteral("d MMM HH:mm")) : then.toString(QStringLiteral("HH:mm"));
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
        return {{}, Tone::Neutral, groups ? Text::tr("No group reads from this cluster yet.") : QString()};
    const auto weight = [](const Group& group) {
        switch (group.pace) {
        case GroupPace::FallingBehind: return 4;
        case GroupPace::Stopped: return group.lag > 0 ? 3 : 0;
        case GroupPace::CatchingUp: return 2;
        case GroupPace::Steady: return group.lag >= kLagWorthAWord ? 1 : 0;
        default: return 0;
        }
    };
    const Group* worst = nullptr;
    int behind = 0;
    for (const auto& group : groups->groups) {
        behind += weight(group) >= 3;
        if (weight(group) > 0 && (!worst || weight(group) > weight(*worst) || (weight(group) == weight(*worst) && group.lag > worst->lag)))
            worst = &group;
    }
    if (!worst) {
        const auto count = static_cast<int>(groups->groups.size());
        const bool known = std::all_of(groups->groups.begin(), groups->groups.end(), [](const Group& group) { return group.pace != GroupPace::Unknown || group.lag == 0; });
        if (!known)
            return {{}, Tone::Neutral, Text::tr("%n group(s), watched for too short a time to say how they keep up.", nullptr, count)};
        return {count == 1 ? Text::tr("%1 keeps up").arg(groups->groups.first().id) : Text::tr("every group keeps up"), Tone::Good, Text::tr("%n group(s)", nullptr, count)};
    }
    const QString from = since(worst->paceSinceMs, nowMs);
    const auto timed = [&from](const QString& text) { return from.isEmpty() ? text : Text::tr("%1, since %2").arg(text, from); };
    const QString more = behind > 1 ? Text::tr("; %n more behind", nullptr, behind - 1) : QString();
    switch (worst->pace) {
    case GroupPace::FallingBehind: {
        const auto growth = static_cast<qint64>(std::llround(std::max(1.0, worst->lagPerSecond)));
        return {Text::tr("%1 falls behind").arg(worst->id), Tone::Warn, timed(Text::tr("%1 messages/s more in than out").arg(format::count(growth))) + more};
    }
    case GroupPace::Stopped:
        return {Text::tr("%1 does not read").arg(worst->id), Tone::Warn, timed(Text::tr("%1 messages wait").arg(format::count(worst->lag))) + more};
    case GroupPace::Steady:
        return {Text::tr("%1 stays behind").arg(worst->id), Tone::Neutral, timed(Text::tr("%1 messages, neither more nor fewer").arg(format::count(worst->lag)))};
    default: {
        const double speed = -worst->lagPerSecond;
        const QString left = speed >= 1 ? Text::tr(", about %1 to go").arg(format::duration(static_cast<qint64>(static_cast<double>(worst->lag) / speed) * 1000)) : QString();
        return {Text::tr("%1 catches up").arg(worst->id), Tone::Info, Text::tr("%1 messages behind").arg(format::count(worst->lag)) + left};
    }
    }
}

} // namespace ui::overview
