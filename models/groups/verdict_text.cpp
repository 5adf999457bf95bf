#include "models/groups/verdict_text.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <cmath>

namespace models::groups {

using session::Group;
using session::Judgement;
using session::GroupStanding;
using session::Verdict;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Groups)
};

QString nameOf(const Judgement& judgement) { return QStringLiteral("%1-%2").arg(judgement.partition.topic).arg(judgement.partition.partition); }

/// Whole seconds: a tenth that counts up draws the eye.
QString span(qint64 ms) { return format::duration(std::max<qint64>(0, ms - ms % 1000)); }

/// "a, since 14:02", or "a" when nobody knows since when.
QString timed(const QString& text, qint64 sinceMs, qint64 nowMs) {
    if (sinceMs <= 0)
        return text;
    const auto then = QDateTime::fromMSecsSinceEpoch(sinceMs);
    const bool longAgo = nowMs - sinceMs > 20 * 3'600'000LL;
    return Text::tr("%1, since %2").arg(text, longAgo ? QLocale().toString(then, QStringLiteral("d MMM HH:mm")) : then.toString(QStringLiteral("HH:mm")));
}

} // namespace

QString standingText(GroupStanding standing) {
    switch (standing) {
    case GroupStanding::Unknown: return Text::tr("not known yet");
    case GroupStanding::Fine: return Text::tr("fine");
    case GroupStanding::CatchesUp: return Text::tr("catches up");
    case GroupStanding::StaysBehind: return Text::tr("stays behind");
    case GroupStanding::FallsBehind: return Text::tr("falls behind");
    case GroupStanding::Stalled: return Text::tr("stalled");
    case GroupStanding::Stopped: return Text::tr("stopped");
    case GroupStanding::WentBack: return Text::tr("went back");
    }
    return {};
}

QString standingReason(const Group& group, qint64 nowMs) {
    if (group.judgement.verdict >= Verdict::Warn)
        return verdictReason(group.judgement, group.lag, nowMs);
    switch (standingOf(group)) {
    case GroupStanding::FallsBehind: {
        const auto growth = static_cast<qint64>(std::llround(std::max(1.0, group.lagPerSecond)));
        return timed(Text::tr("%1 messages/s more in than out").arg(format::count(growth)), group.paceSinceMs, nowMs) + u'.';
    }
    case GroupStanding::CatchesUp: {
        const QString behind = Text::tr("%1 messages behind").arg(format::count(group.lag));
        if (group.lagPerSecond > -1)
            return behind + u'.';
        const auto seconds = static_cast<qint64>(static_cast<double>(group.lag) / -group.lagPerSecond);
        return Text::tr("%1, about %2 to go").arg(behind, format::duration(seconds * 1000)) + u'.';
    }
    case GroupStanding::StaysBehind: return timed(Text::tr("%1 messages behind, neither more nor fewer").arg(format::count(group.lag)), group.paceSinceMs, nowMs) + u'.';
    case GroupStanding::Fine:
        if (group.judgement.verdict != Verdict::Ok && group.lag > 0)
            return Text::tr("It reads close behind the end.");
        [[fallthrough]];
    default: return verdictReason(group.judgement, group.lag, nowMs);
    }
}

QString standingState(GroupStanding standing) {
    switch (standing) {
    case GroupStanding::Unknown: return QStringLiteral("off");
    case GroupStanding::Fine:
    case GroupStanding::CatchesUp:
    case GroupStanding::StaysBehind: return QStringLiteral("ok");
    case GroupStanding::FallsBehind:
    case GroupStanding::WentBack: return QStringLiteral("warning");
    case GroupStanding::Stalled:
    case GroupStanding::Stopped: return QStringLiteral("error");
    }
    return {};
}

QString verdictText(Verdict verdict) {
    switch (verdict) {
    case Verdict::Unknown: return Text::tr("not known yet");
    case Verdict::Ok: return Text::tr("fine");
    case Verdict::Warn: return Text::tr("falls behind");
    case Verdict::Stall: return Text::tr("stalled");
    case Verdict::Stop: return Text::tr("stopped");
    case Verdict::Rewind: return Text::tr("went back");
    }
    return {};
}

QString verdictReason(const Judgement& judgement, qint64 lag, qint64 nowMs) {
    const QString since = span(nowMs - judgement.sinceMs);
    QString text;
    switch (judgement.verdict) {
    case Verdict::Unknown: return lag < 0 ? QString() : Text::tr("It takes some commits to tell.");
    case Verdict::Ok:
        if (lag == 0)
            return Text::tr("Everything is read.");
        return judgement.hasReader ? Text::tr("It reads on, and its lag falls again and again.") : Text::tr("It was read until a moment ago; nobody reads it now.");
    case Verdict::Warn:
        text = Text::tr("The lag of %1 has not fallen for %2: %3 then, %4 now").arg(nameOf(judgement), since, format::count(judgement.before), format::count(judgement.after));
        break;
    case Verdict::Stall: text = Text::tr("The reader of %1 has not moved for %2; %3 messages wait").arg(nameOf(judgement), since, format::count(judgement.after)); break;
    case Verdict::Stop: text = Text::tr("Nobody has read %1 for %2; %3 messages wait").arg(nameOf(judgement), since, format::count(judgement.after)); break;
    case Verdict::Rewind:
        text = Text::tr("The offset of %1 went back from %2 to %3, %4").arg(nameOf(judgement), format::count(judgement.before), format::count(judgement.after), format::age(nowMs - judgement.sinceMs));
        break;
    }
    if (judgement.partitions > 1)
        text += Text::tr("; the same with %n more", nullptr, judgement.partitions - 1);
    return text + u'.';
}

QString verdictState(Verdict verdict) {
    switch (verdict) {
    case Verdict::Unknown: return QStringLiteral("off");
    case Verdict::Ok: return QStringLiteral("ok");
    case Verdict::Warn:
    case Verdict::Rewind: return QStringLiteral("warning");
    case Verdict::Stall:
    case Verdict::Stop: return QStringLiteral("error");
    }
    return {};
}

qint64 lagTimeMs(qint64 unreadSinceMs, qint64 nowMs) { return unreadSinceMs <= 0 ? unreadSinceMs : std::max<qint64>(0, nowMs - unreadSinceMs); }

QString lagTimeText(qint64 unreadSinceMs, bool atLeast, qint64 nowMs) {
    const qint64 ms = lagTimeMs(unreadSinceMs, nowMs);
    if (ms < 0)
        return {};
    if (atLeast) // about as exact as it is known
        return Text::tr("at least %1").arg(span(ms < 60'000 ? ms : ms - ms % 60'000));
    return ms < 1000 ? Text::tr("0 s") : span(ms);
}

} // namespace models::groups
