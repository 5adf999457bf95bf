#include "models/changes/replay_plan.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <QCryptographicHash>

namespace models::changes {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Changes)
};

QString sizeText(const replay::Prepared& prepared) {
    const qint64 guess = prepared.bytesGuess();
    return guess < 0 ? Text::tr("not known") : Text::tr("about %1, judged by the first %2 messages").arg(format::bytes(guess), format::count(prepared.source.sample.messages));
}

/// What must be the same when it is begun: not the sample, which may differ.
QString expectationOf(const replay::Prepared& prepared) {
    QStringList facts{prepared.target.clusterId, prepared.source.clusterId, QString::number(prepared.target.partitions), prepared.order.id,
        QString::fromLatin1(prepared.source.file.fingerprint), prepared.transactional ? QStringLiteral("transactions") : QString()};
    for (auto it = prepared.target.configs.cbegin(); it != prepared.target.configs.cend(); ++it)
        facts.append(it.key() + u'=' + it.value());
    for (const auto& range : prepared.order.ranges)
        facts.append(QStringLiteral("%1:%2-%3").arg(range.partition).arg(range.first).arg(range.until));
    return QString::fromLatin1(QCryptographicHash::hash(facts.join(u'\n').toUtf8(), QCryptographicHash::Sha256).toHex().first(32));
}

} // namespace

Result<Plan> replayPlan(const ReplayMessages& change) {
    auto prepared = replay::lookAt(change.order, change.desk->store, change.desk->control);
    if (!prepared)
        return std::unexpected(prepared.error());
    const auto& order = prepared->order;
    Plan plan;
    const bool ofFile = !order.file.isEmpty();
    plan.title = ofFile ? Text::tr("Import %1 into %2").arg(order.sourceTopic, order.targetTopic) : Text::tr("Replay %1 to %2").arg(order.sourceTopic, order.targetTopic);
    plan.target = order.targetTopic;
    QStringList blockers;
    for (const auto& finding : prepared->findings) {
        switch (finding.level) {
        case replay::Finding::Level::Blocker: blockers.append(finding.text); break;
        case replay::Finding::Level::Warning: plan.warnings.append(finding.text); break;
        case replay::Finding::Level::Note: plan.consequences.append(finding.text); break;
        }
    }
    if (!blockers.isEmpty())
        return fail(ErrorCode::Refused, plan.title, blockers.join(u'\n'));
    if (prepared->offsetsLeft() == 0 && !prepared->earlier)
        return fail(ErrorCode::NotFound, plan.title, Text::tr("there are no messages in that range"));
    if (ofFile) {
        const auto& file = prepared->source.file;
        if (file.messages == 0)
            return fail(ErrorCode::NotFound, plan.title, Text::tr("the file holds no messages"));
        plan.lines.append({Text::tr("messages"), {}, Text::tr("%1, every line was looked at").arg(format::count(file.messages))});
        plan.lines.append({Text::tr("size"), {}, format::bytes(file.bytes)});
        if (file.tombstones > 0)
            plan.lines.append({Text::tr("tombstones"), {}, format::count(file.tombstones)});
        if (prepared->earlier)
            plan.lines.append({Text::tr("lines left"), {}, format::count(prepared->offsetsLeft())});
        plan.lines.append({Text::tr("from"), {}, order.file});
    } else {
        plan.lines.append({Text::tr("messages"), {}, order.chosen ? Text::tr("at most %1, chosen").arg(format::count(prepared->offsetsLeft())) : Text::tr("at most %1").arg(format::count(prepared->offsetsLeft()))});
        plan.lines.append({Text::tr("size"), {}, sizeText(*prepared)});
        plan.lines.append({Text::tr("from"), {}, Text::tr("%1 at %2").arg(order.sourceTopic, order.source.bootstrapServers)});
    }
    plan.lines.append({Text::tr("to"), {}, Text::tr("%1 at %2").arg(order.targetTopic, order.target.bootstrapServers)});
    plan.lines.append({Text::tr("partitions"), {}, order.placement == replay::Placement::Keep ? Text::tr("kept") : Text::tr("chosen by key, as Java's producer does")});
    if (order.messagesPerSecond > 0)
        plan.lines.append({Text::tr("speed"), {}, Text::tr("at most %1").arg(format::rate(static_cast<double>(order.messagesPerSecond)))});
    if (prepared->earlier)
        plan.consequences.prepend(Text::tr("Goes on with replay %1, which was interrupted after %2 messages.").arg(order.id, format::count(prepared->earlier->tally.sent)));
    plan.safety = Safety::Disruptive;
    plan.undoText = Text::tr("Cannot be undone: messages cannot be taken out of a topic one by one.");
    plan.expectation = expectationOf(*prepared);
    ReplayMessages planned = change;
    planned.order = order;
    plan.change = planned;
    change.desk->prepared = std::move(*prepared);
    return plan;
}

} // namespace models::changes
