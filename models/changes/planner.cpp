#include "models/changes/planner.h"

#include "models/base/format.h"
#include "models/changes/access_plan.h"
#include "models/changes/command_text.h"
#include "models/changes/config_plan.h"
#include "models/changes/replay_plan.h"
#include "models/changes/reset_plan.h"
#include "models/changes/topic_facts.h"

#include <QCoreApplication>
#include <algorithm>

namespace models::changes {
namespace {

using namespace Qt::StringLiterals;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Changes)
};

/// Kafka's own rule, so that the form can say it before the broker does.
std::optional<QString> badTopicName(const QString& name) {
    if (name.isEmpty())
        return Text::tr("a topic needs a name");
    if (name.size() > 249)
        return Text::tr("a topic name has at most 249 characters");
    if (name == u"."_qs || name == u".."_qs)
        return Text::tr("a topic cannot be called %1").arg(name);
    for (const QChar c : name)
        if (!(c.unicode() < 128 && (c.isLetterOrNumber() || c == u'.' || c == u'_' || c == u'-')))
            return Text::tr("a topic name has letters, digits, '.', '_' and '-' only");
    return std::nullopt;
}

class Planner {
public:
    explicit Planner(const PlanContext& from) : context(from) {}

    Result<Plan> operator()(const CreateTopic& change) {
        const QString& name = change.topic.name;
        const QString what = Text::tr("create topic %1").arg(name);
        if (const auto bad = badTopicName(name))
            return fail(ErrorCode::Invalid, what, *bad);
        auto metadata = context.operations->metadata();
        if (!metadata)
            return std::unexpected(metadata.error());
        if (topicIn(*metadata, name) != nullptr)
            return fail(ErrorCode::AlreadyExists, what, Text::tr("a topic of this name exists"));
        const auto brokers = static_cast<int>(metadata->brokers.size());
        if (change.topic.replicationFactor > brokers)
            return fail(ErrorCode::Invalid, what, Text::tr("%1 replicas need as many brokers; %2 are up").arg(change.topic.replicationFactor).arg(brokers));
        Plan plan;
        plan.title = Text::tr("Create topic %1").arg(name);
        plan.target = name;
        plan.lines.append({Text::tr("partitions"), {}, change.topic.partitions > 0 ? format::count(change.topic.partitions) : Text::tr("the broker's default")});
        plan.lines.append({Text::tr("replicas"), {}, change.topic.replicationFactor > 0 ? format::count(change.topic.replicationFactor) : Text::tr("the broker's default")});
        auto names = change.topic.configs.keys();
        names.sort();
        for (const auto& setting : names)
            plan.lines.append({setting, {}, change.topic.configs.value(setting)});
        if (name.contains(u'.') || name.contains(u'_')) {
            QString folded = name;
            folded.replace(u'.', u'_');
            for (const auto& other : metadata->topics)
                if (QString(other.name).replace(u'.', u'_') == folded)
                    plan.warnings.append(Text::tr("%1 differs only in '.' and '_': their metrics collide, and Kafka refuses it").arg(other.name));
        }
        if (change.topic.replicationFactor == 1)
            plan.warnings.append(Text::tr("With one replica its messages are lost with one broker."));
        plan.undo = std::make_shared<const Change>(DeleteTopic{name});
        plan.undoText = Text::tr("Delete it again.");
        plan.expectation = fingerprint({u"absent"_qs, name});
        return plan;
    }

    Result<Plan> operator()(const DeleteTopic& change) {
        const QString what = Text::tr("delete topic %1").arg(change.topic);
        auto metadata = context.operations->metadata();
        if (!metadata)
            return std::unexpected(metadata.error());
        const auto* topic = topicIn(*metadata, change.topic);
        if (topic == nullptr)
            return fail(ErrorCode::NotFound, what, Text::tr("there is no such topic"));
        Plan plan;
        plan.title = Text::tr("Delete topic %1").arg(change.topic);
        plan.target = change.topic;
        plan.lines.append({change.topic, sized(*topic), {}});
        if (const auto extent = extentOf(*context.operations, *topic))
            plan.consequences.append(extent->messages() > 0 ? Text::tr("Up to %1 messages go and cannot be brought back.").arg(format::count(extent->messages()))
                                                            : Text::tr("It holds no messages."));
        if (const auto groups = groupsOf(*context.operations, change.topic); !groups.isEmpty())
            plan.warnings.append(Text::tr("%n group(s) read it: %1", nullptr, static_cast<int>(groups.size())).arg(groups.join(u", "_qs)));
        if (topic->internal)
            plan.warnings.append(Text::tr("Kafka itself keeps its state in this topic."));
        plan.safety = Safety::Destructive;
        plan.typeToConfirm = change.topic;
        plan.undoText = Text::tr("Cannot be undone.");
        plan.expectation = fingerprint({u"topic"_qs, change.topic, QString::number(topic->partitions.size()), topic->topicId});
        return plan;
    }

    Result<Plan> operator()(const AddPartitions& change) {
        const QString what = Text::tr("add partitions to %1").arg(change.topic);
        auto metadata = context.operations->metadata();
        if (!metadata)
            return std::unexpected(metadata.error());
        const auto* topic = topicIn(*metadata, change.topic);
        if (topic == nullptr)
            return fail(ErrorCode::NotFound, what, Text::tr("there is no such topic"));
        const auto now = static_cast<int>(topic->partitions.size());
        if (change.totalCount <= now)
            return fail(ErrorCode::Invalid, what, Text::tr("it has %1 partitions; their number can only grow").arg(now));
        Plan plan;
        plan.title = Text::tr("Add partitions to %1").arg(change.topic);
        plan.target = change.topic;
        plan.lines.append({Text::tr("partitions"), format::count(now), format::count(change.totalCount)});
        plan.consequences.append(Text::tr("New messages of a key may go to another partition than its old ones, so their order is no longer kept."));
        plan.safety = Safety::Disruptive;
        plan.undoText = Text::tr("Cannot be undone: partitions cannot be taken away.");
        plan.expectation = fingerprint({u"partitions"_qs, change.topic, QString::number(now)});
        return plan;
    }

    Result<Plan> operator()(const AlterConfig& change) { return configPlan(change, *context.operations, context.bootstrapServers); }

    Result<Plan> operator()(const DeleteRecords& change) {
        const QString what = Text::tr("delete messages of %1").arg(change.topic);
        auto metadata = context.operations->metadata();
        if (!metadata)
            return std::unexpected(metadata.error());
        const auto* topic = topicIn(*metadata, change.topic);
        if (topic == nullptr)
            return fail(ErrorCode::NotFound, what, Text::tr("there is no such topic"));
        auto extent = extentOf(*context.operations, *topic);
        if (!extent)
            return std::unexpected(extent.error());
        Plan plan;
        plan.title = Text::tr("Delete messages of %1").arg(change.topic);
        plan.target = change.topic;
        qint64 gone = 0;
        QStringList facts{u"records"_qs, change.topic};
        for (const auto& cut : change.cuts) {
            const auto it = extent->offsets.constFind(cut.partition.partition);
            if (it == extent->offsets.cend())
                return fail(ErrorCode::NotFound, what, Text::tr("there is no partition %1").arg(cut.partition.partition));
            const qint64 to = cut.offset < 0 ? it->second : cut.offset;
            if (to > it->second)
                return fail(ErrorCode::Invalid, what, Text::tr("partition %1 ends at offset %2").arg(cut.partition.partition).arg(it->second));
            gone += std::max<qint64>(0, to - it->first);
            plan.lines.append({Text::tr("partition %1, first offset").arg(cut.partition.partition), format::count(it->first), format::count(std::max(to, it->first))});
            facts.append(u"%1:%2"_qs.arg(cut.partition.partition).arg(it->first));
        }
        plan.consequences.append(Text::tr("Up to %1 messages go and cannot be brought back.").arg(format::count(gone)));
        if (const auto groups = groupsOf(*context.operations, change.topic); !groups.isEmpty())
            plan.warnings.append(Text::tr("%n group(s) read it: %1", nullptr, static_cast<int>(groups.size())).arg(groups.join(u", "_qs)));
        plan.safety = Safety::Destructive;
        plan.typeToConfirm = change.topic;
        plan.undoText = Text::tr("Cannot be undone.");
        plan.expectation = fingerprint(facts);
        return plan;
    }

    Result<Plan> operator()(const DeleteGroup& change) {
        const QString what = Text::tr("delete group %1").arg(change.group);
        auto group = context.operations->group(change.group);
        if (!group)
            return std::unexpected(group.error());
        if (group->state == u"Dead"_qs) // so Kafka describes a group that it does not know
            return fail(ErrorCode::NotFound, what, Text::tr("there is no such group"));
        if (!group->members.isEmpty())
            return fail(ErrorCode::Refused, what, Text::tr("it has %n member(s): stop them first", nullptr, static_cast<int>(group->members.size())));
        auto committed = context.operations->committed(change.group);
        if (!committed)
            return std::unexpected(committed.error());
        Plan plan;
        plan.title = Text::tr("Delete group %1").arg(change.group);
        plan.target = change.group;
        for (const auto& offset : *committed)
            plan.lines.append({u"%1-%2"_qs.arg(offset.partition.topic).arg(offset.partition.partition), format::count(offset.offset), {}});
        plan.consequences.append(Text::tr("Its offsets go. A consumer that starts again in this group begins where auto.offset.reset says."));
        plan.safety = Safety::Destructive;
        plan.typeToConfirm = change.group;
        ResetOffsets back{change.group, ResetOffsets::To::Given, 0, {}, {}, {}};
        for (const auto& offset : *committed)
            if (offset.offset >= 0)
                back.targets.append(offset);
        if (!back.targets.isEmpty()) {
            plan.undo = std::make_shared<const Change>(std::move(back));
            plan.undoText = Text::tr("Undo sets the offsets above again.");
        }
        QStringList facts{u"group"_qs, change.group};
        for (const auto& offset : *committed)
            facts.append(u"%1-%2@%3"_qs.arg(offset.partition.topic).arg(offset.partition.partition).arg(offset.offset));
        plan.expectation = fingerprint(facts);
        return plan;
    }

    Result<Plan> operator()(const ResetOffsets& change) { return resetPlan(change, *context.operations); }

    Result<Plan> operator()(const ProduceMessage& change) {
        auto metadata = context.operations->metadata();
        if (!metadata)
            return std::unexpected(metadata.error());
        const auto* topic = topicIn(*metadata, change.topic);
        const QString what = Text::tr("send a message to %1").arg(change.topic);
        if (topic == nullptr)
            return fail(ErrorCode::NotFound, what, Text::tr("there is no such topic"));
        if (change.partition >= topic->partitions.size())
            return fail(ErrorCode::NotFound, what, Text::tr("there is no partition %1").arg(change.partition));
        Plan plan;
        plan.title = Text::tr("Send message to %1").arg(change.topic);
        plan.target = change.topic;
        plan.lines.append({Text::tr("partition"), {}, change.partition < 0 ? Text::tr("by key") : QString::number(change.partition)});
        plan.lines.append({Text::tr("key"), {}, change.key ? format::bytes(change.key->size()) : Text::tr("null")});
        plan.lines.append({Text::tr("value"), {}, change.value ? format::bytes(change.value->size()) : Text::tr("null")});
        if (!change.value)
            plan.warnings.append(Text::tr("A null value is a tombstone: in a compacted topic it deletes its key."));
        plan.consequences.append(Text::tr("Every consumer of the topic reads it."));
        plan.safety = Safety::Disruptive;
        plan.undoText = Text::tr("Cannot be undone: a message cannot be taken back.");
        plan.expectation = fingerprint({u"produce"_qs, change.topic, QString::number(topic->partitions.size())});
        return plan;
    }

    Result<Plan> operator()(const BrokerAction& change) {
        using Kind = BrokerAction::Kind;
        const QString what = Text::tr("broker %1").arg(change.broker);
        if (context.local == nullptr)
            return fail(ErrorCode::Unsupported, what, Text::tr("only brokers of a local cluster can be stopped and started from here"));
        auto state = context.local->brokerState(change.cluster, change.broker);
        if (!state)
            return std::unexpected(state.error());
        static const std::pair<const char*, const char*> wording[] = {
            {QT_TRANSLATE_NOOP("Changes", "Kill broker %1"), QT_TRANSLATE_NOOP("Changes", "killed")},
            {QT_TRANSLATE_NOOP("Changes", "Pause broker %1"), QT_TRANSLATE_NOOP("Changes", "paused")},
            {QT_TRANSLATE_NOOP("Changes", "Resume broker %1"), QT_TRANSLATE_NOOP("Changes", "running")},
            {QT_TRANSLATE_NOOP("Changes", "Restart broker %1"), QT_TRANSLATE_NOOP("Changes", "running again")},
            {QT_TRANSLATE_NOOP("Changes", "Start broker %1"), QT_TRANSLATE_NOOP("Changes", "running")},
        };
        const auto& words = wording[static_cast<int>(change.kind)];
        Plan plan;
        plan.title = Text::tr(words.first).arg(change.broker);
        plan.target = u"%1/%2"_qs.arg(change.cluster).arg(change.broker);
        plan.lines.append({what, *state, Text::tr(words.second)});
        const auto undoBy = [&](Kind kind, const QString& text) {
            plan.undo = std::make_shared<const Change>(BrokerAction{kind, change.cluster, change.broker});
            plan.undoText = text;
        };
        switch (change.kind) {
        case Kind::Kill:
            plan.consequences.append(Text::tr("The process ends at once, as by kill -9. Other brokers take over what it leads."));
            undoBy(Kind::Start, Text::tr("Start it again."));
            break;
        case Kind::Pause:
            plan.consequences.append(Text::tr("The process stands still, as in a long pause of its machine, until it is resumed."));
            undoBy(Kind::Resume, Text::tr("Resume it."));
            break;
        case Kind::Restart: plan.consequences.append(Text::tr("It hands over what it leads, stops and starts again.")); break;
        case Kind::Resume: undoBy(Kind::Pause, Text::tr("Pause it again.")); break;
        case Kind::Start: undoBy(Kind::Kill, Text::tr("Kill it again.")); break;
        }
        // On a cluster that exists to be broken one click is enough.
        plan.safety = Safety::Safe;
        plan.expectation = fingerprint({u"broker"_qs, plan.target, *state});
        return plan;
    }

    Result<Plan> operator()(const ReplayMessages& change) { return replayPlan(change); }
    Result<Plan> operator()(const AlterAcls& change) { return aclPlan(change, *context.operations); }
    Result<Plan> operator()(const AlterScramUser& change) { return scramPlan(change, *context.operations); }

private:
    const PlanContext& context;
};

} // namespace

Result<Plan> makePlan(const Change& change, const PlanContext& context) {
    if (!std::holds_alternative<BrokerAction>(change) && context.operations == nullptr)
        return fail(ErrorCode::Unreachable, Text::tr("change"), Text::tr("the cluster is not connected"));
    auto plan = std::visit(Planner(context), change);
    if (!plan)
        return plan;
    // These come with what was decided or made of them: with their ranges, without what is there already.
    const bool own = std::holds_alternative<ReplayMessages>(change) || std::holds_alternative<ResetOffsets>(change) || std::holds_alternative<AlterAcls>(change)
                     || std::holds_alternative<AlterScramUser>(change);
    if (!own)
        plan->change = change;
    if (plan->command.isEmpty())
        plan->command = commandText(plan->change, context.bootstrapServers);
    if (context.production && plan->typeToConfirm.isEmpty() && plan->safety != Safety::Safe)
        plan->typeToConfirm = plan->target;
    return plan;
}

} // namespace models::changes
