#include "models/changes/reset_plan.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QMap>
#include <algorithm>

namespace models::changes {
namespace {

using namespace Qt::StringLiterals;
using client::TopicPartition;
using To = ResetOffsets::To;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Changes)
};

/// One partition on its way from plan to target.
struct Move {
    qint64 begin = -1;
    qint64 end = -1;
    std::optional<client::CommittedOffset> from;
    client::CommittedOffset to;
    bool cut = false; ///< what was asked for lies outside of what there is
    bool out = false; ///< left as it is
    [[nodiscard]] qint64 fromOffset() const { return from ? from->offset : -1; }
    /// Messages that are there between the two: read again when negative, never read when positive. At most: gaps count.
    [[nodiscard]] qint64 change() const {
        if (fromOffset() < 0 || to.offset < 0)
            return 0;
        const auto within = [this](qint64 offset) { return std::clamp(offset, begin, std::max(begin, end)); };
        return within(to.offset) - within(fromOffset());
    }
};
using Moves = QMap<TopicPartition, Move>;

QString nameOf(const TopicPartition& partition) { return u"%1-%2"_qs.arg(partition.topic).arg(partition.partition); }

QString membersText(const client::GroupDescription& group) {
    QStringList names;
    for (const auto& member : group.members.first(std::min<qsizetype>(3, group.members.size())))
        names.append(Text::tr("%1 on %2").arg(member.clientId, QString(member.host).remove(u'/')));
    const auto more = static_cast<int>(group.members.size() - names.size());
    return names.join(u", "_qs) + (more > 0 ? Text::tr(" and %n more", nullptr, more) : QString());
}

/// Somebody who reads would overwrite the new offsets with its own, so Kafka takes none: said here, in words, before it is tried.
Result<void> checkEmpty(const client::GroupDescription& group, const QString& what) {
    if (!group.members.isEmpty())
        return fail(ErrorCode::Refused, what,
            Text::tr("it has %n member(s) now (%1): stop them first, new offsets are taken only while nobody reads", nullptr, static_cast<int>(group.members.size())).arg(membersText(group)));
    if (!group.state.isEmpty() && group.state != u"Empty"_qs && group.state != u"Dead"_qs)
        return fail(ErrorCode::Refused, what, Text::tr("the group is %1; new offsets are taken only while nobody reads").arg(group.state));
    return {};
}

/// The partitions that are meant, each with what is committed now.
Result<Moves> chosen(const ResetOffsets& change, const QList<client::CommittedOffset>& committed, ClusterOperations& operations, const QString& what) {
    Moves moves;
    if (!change.targets.isEmpty()) {
        for (const auto& target : change.targets)
            moves[target.partition].to = target;
    } else if (!change.partitions.isEmpty()) {
        for (const auto& partition : change.partitions)
            moves[partition];
    } else if (!change.topic.isEmpty()) {
        auto metadata = operations.metadata();
        if (!metadata)
            return std::unexpected(metadata.error());
        for (const auto& topic : metadata->topics)
            if (topic.name == change.topic)
                for (const auto& partition : topic.partitions)
                    moves[{topic.name, partition.partition}];
        if (moves.isEmpty())
            return fail(ErrorCode::NotFound, what, Text::tr("there is no topic %1").arg(change.topic));
    } else {
        for (const auto& offset : committed)
            if (offset.offset >= 0)
                moves[offset.partition];
    }
    if (moves.isEmpty())
        return fail(ErrorCode::NotFound, what, Text::tr("the group has no offsets; choose a topic to give it some"));
    for (const auto& offset : committed)
        if (auto it = moves.find(offset.partition); it != moves.end() && offset.offset >= 0)
            it->from = offset;
    return moves;
}

Result<void> readBounds(Moves& moves, ClusterOperations& operations, const QString& what) {
    QList<client::OffsetQuery> earliest, latest;
    for (auto it = moves.cbegin(); it != moves.cend(); ++it) {
        earliest.append({it.key(), client::OffsetAt::Earliest});
        latest.append({it.key(), client::OffsetAt::Latest});
    }
    for (const bool first : {true, false}) {
        auto answers = operations.offsets(first ? earliest : latest);
        if (!answers)
            return std::unexpected(answers.error());
        for (const auto& answer : *answers)
            (first ? moves[answer.partition].begin : moves[answer.partition].end) = answer.error ? -1 : answer.offset;
    }
    for (auto it = moves.cbegin(); it != moves.cend(); ++it)
        if (it->begin < 0 || it->end < 0)
            return fail(ErrorCode::Unreachable, what, Text::tr("%1 does not say which offsets it has; it may have no leader now").arg(nameOf(it.key())));
    return {};
}

Result<void> decide(const ResetOffsets& change, Moves& moves, ClusterOperations& operations) {
    QHash<TopicPartition, qint64> byTime;
    if (change.to == To::Time) {
        QList<client::OffsetQuery> queries;
        for (auto it = moves.cbegin(); it != moves.cend(); ++it)
            queries.append({it.key(), client::OffsetAt::Timestamp, change.value});
        auto answers = operations.offsets(queries);
        if (!answers)
            return std::unexpected(answers.error());
        for (const auto& answer : *answers) {
            if (answer.error)
                return fail(answer.error->code, Text::tr("reset offsets of %1").arg(change.group), Text::tr("%1: %2").arg(nameOf(answer.partition), answer.error->why));
            byTime.insert(answer.partition, answer.offset);
        }
    }
    for (auto it = moves.begin(); it != moves.end(); ++it) {
        qint64 wanted = -1;
        switch (change.to) {
        case To::Earliest: wanted = it->begin; break;
        case To::Latest: wanted = it->end; break;
        case To::Time: wanted = byTime.value(it.key(), -1) < 0 ? it->end : byTime.value(it.key()); break;
        case To::Offset: wanted = change.value; break;
        case To::Shift: wanted = it->fromOffset() + change.value; break;
        case To::Given: break;
        }
        if (change.to == To::Shift && !it->from) {
            it->out = true; // nothing to shift
            continue;
        }
        it->to = {it.key(), std::clamp(wanted, it->begin, std::max(it->begin, it->end)), -1, {}, std::nullopt};
        it->cut = it->to.offset != wanted;
    }
    return {};
}

QString noteOf(const Move& move) {
    const qint64 change = move.change();
    if (move.to.offset < 0 || !move.from)
        return {};
    return change < 0 ? Text::tr("%1 read again").arg(format::count(-change)) : change > 0 ? Text::tr("%1 skipped").arg(format::count(change)) : Text::tr("no message between");
}

/// What all the moves come to, in sentences.
void weigh(const Moves& moves, Plan& plan) {
    qint64 again = 0, skipped = 0;
    QStringList cut, unshifted, outside;
    int forgotten = 0, fresh = 0;
    for (auto it = moves.cbegin(); it != moves.cend(); ++it) {
        if (it->out)
            unshifted.append(nameOf(it.key()));
        else if (it->cut)
            cut.append(nameOf(it.key()));
        else if (it->to.offset >= 0 && (it->to.offset < it->begin || it->to.offset > it->end))
            outside.append(nameOf(it.key()));
        (it->change() < 0 ? again : skipped) += std::abs(it->change());
        forgotten += !it->out && it->to.offset < 0;
        fresh += !it->out && it->to.offset >= 0 && !it->from;
    }
    const auto some = [](const QStringList& names) { return names.mid(0, 4).join(u", "_qs) + (names.size() > 4 ? Text::tr(" and %n more", nullptr, static_cast<int>(names.size() - 4)) : QString()); };
    if (again > 0)
        plan.consequences.append(Text::tr("Up to %1 messages are read a second time.").arg(format::count(again)));
    if (skipped > 0)
        plan.consequences.append(Text::tr("Up to %1 messages are skipped: this group never reads them.").arg(format::count(skipped)));
    if (fresh > 0)
        plan.consequences.append(Text::tr("The first offset for %n partition(s).", nullptr, fresh));
    if (forgotten > 0)
        plan.consequences.append(Text::tr("%n partition(s) (has) no offset afterwards: a consumer begins there where its auto.offset.reset says.", nullptr, forgotten));
    if (!cut.isEmpty())
        plan.warnings.append(Text::tr("Outside of what there is, so set to the nearest offset: %1.").arg(some(cut)));
    if (!outside.isEmpty())
        plan.warnings.append(Text::tr("These offsets are no longer there, so a consumer begins where its auto.offset.reset says: %1.").arg(some(outside)));
    if (!unshifted.isEmpty())
        plan.warnings.append(Text::tr("Nothing committed to shift, left as they are: %1.").arg(some(unshifted)));
}

} // namespace

Result<Plan> resetPlan(const ResetOffsets& change, ClusterOperations& operations) {
    const QString what = Text::tr("reset offsets of %1").arg(change.group);
    auto group = operations.group(change.group);
    if (!group && group.error().code != ErrorCode::NotFound)
        return std::unexpected(group.error());
    if (group)
        if (auto empty = checkEmpty(*group, what); !empty)
            return std::unexpected(empty.error());
    auto committed = operations.committed(change.group);
    if (!committed)
        return std::unexpected(committed.error());
    const bool known = (group && group->state != u"Dead"_qs) || std::any_of(committed->begin(), committed->end(), [](const auto& offset) { return offset.offset >= 0; });
    if (!known && change.to != To::Given) // so Kafka describes a group that it does not know
        return fail(ErrorCode::NotFound, what, Text::tr("there is no such group"));

    auto moves = chosen(change, *committed, operations, what);
    if (!moves)
        return std::unexpected(moves.error());
    if (auto read = readBounds(*moves, operations, what); !read)
        return std::unexpected(read.error());
    if (change.targets.isEmpty())
        if (auto decided = decide(change, *moves, operations); !decided)
            return std::unexpected(decided.error());

    Plan plan;
    plan.title = Text::tr("Reset offsets of %1").arg(change.group);
    plan.target = change.group;
    ResetOffsets done = change;
    done.targets.clear();
    ResetOffsets back{change.group, To::Given, 0, {}, {}, {}};
    QStringList facts{u"reset"_qs, change.group};
    int same = 0;
    for (auto it = moves->cbegin(); it != moves->cend(); ++it) {
        if (it->out || it->fromOffset() == it->to.offset) {
            ++same;
            continue;
        }
        plan.lines.append({nameOf(it.key()), it->from ? format::count(it->from->offset) : QString(), it->to.offset < 0 ? QString() : format::count(it->to.offset), noteOf(*it)});
        facts.append(u"%1@%2"_qs.arg(nameOf(it.key())).arg(it->fromOffset()));
        done.targets.append(it->to);
        back.targets.append(it->from.value_or(client::CommittedOffset{it.key(), client::kUnknown, -1, {}, std::nullopt}));
    }
    if (done.targets.isEmpty())
        return fail(ErrorCode::Invalid, what, Text::tr("nothing would change: every partition is there already"));
    weigh(*moves, plan);
    if (same > 0)
        plan.consequences.append(Text::tr("No change for %n partition(s).", nullptr, same));
    plan.safety = Safety::Disruptive;
    plan.undo = std::make_shared<const Change>(std::move(back));
    plan.undoText = Text::tr("Undo sets the offsets back that stand here now, as long as nobody has read in the group since.");
    // What was committed must still stand. The ends may move on: what is set was decided here.
    plan.expectation = QString::fromLatin1(QCryptographicHash::hash(facts.join(u'\n').toUtf8(), QCryptographicHash::Sha256).toHex().first(32));
    plan.change = std::move(done);
    return plan;
}

Result<Applied> verifyReset(const ResetOffsets& change, ClusterOperations& operations) {
    auto committed = operations.committed(change.group);
    if (!committed)
        return std::unexpected(committed.error());
    QHash<TopicPartition, qint64> now;
    for (const auto& offset : *committed)
        now.insert(offset.partition, offset.offset);
    int right = 0;
    for (const auto& target : change.targets)
        right += now.value(target.partition, client::kUnknown) == target.offset;
    const auto all = static_cast<int>(change.targets.size());
    return Applied{0, right == all ? Text::tr("%n partition(s) as planned", nullptr, all) : Text::tr("%1 of %2 partitions as planned").arg(right).arg(all), right == all};
}

} // namespace models::changes
