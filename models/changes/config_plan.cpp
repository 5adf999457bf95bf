#include "models/changes/config_plan.h"

#include "models/changes/command_text.h"
#include "models/changes/topic_facts.h"
#include "models/client/config_scope.h"

#include <QCoreApplication>
#include <algorithm>

namespace models::changes {
namespace {

using namespace Qt::StringLiterals;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Changes)
};

/// A resource in a sentence.
QString named(const client::ConfigResource& resource) {
    if (client::isAllBrokers(resource))
        return Text::tr("all brokers");
    return resource.kind == client::ResourceKind::Broker ? Text::tr("broker %1").arg(resource.name) : resource.name;
}

const QString kHidden = QStringLiteral("\u2022\u2022\u2022");

void noteConsequence(const client::ConfigChange& change, const client::ConfigEntry& entry, Plan& plan) {
    bool oldOk = false, newOk = false;
    const qint64 before = entry.value.value_or(QString()).toLongLong(&oldOk);
    const qint64 after = change.value.toLongLong(&newOk);
    const bool shorter = oldOk && newOk && after >= 0 && (before < 0 || after < before);
    if ((change.name == u"retention.ms"_qs || change.name == u"retention.bytes"_qs) && shorter) {
        plan.consequences.append(Text::tr("Messages beyond the new limit are deleted soon after and cannot be brought back."));
        plan.safety = std::max(plan.safety, Safety::Disruptive);
    } else if (change.name == u"cleanup.policy"_qs) {
        plan.consequences.append(Text::tr("What is kept changes: with compaction only the newest message of each key stays, with deletion messages go by age and size."));
        plan.safety = std::max(plan.safety, Safety::Disruptive);
    } else if (change.name == u"min.insync.replicas"_qs && newOk && oldOk && after > before) {
        plan.consequences.append(Text::tr("Producers with acks=all fail while fewer than %1 replicas are in sync.").arg(after));
        plan.safety = std::max(plan.safety, Safety::Disruptive);
    } else if (change.name == u"delete.retention.ms"_qs && shorter) {
        plan.consequences.append(Text::tr("Tombstones go sooner: a reader that takes longer from the beginning may miss that a key was deleted."));
        plan.safety = std::max(plan.safety, Safety::Disruptive);
    } else if (change.name == u"min.compaction.lag.ms"_qs && shorter) {
        plan.consequences.append(Text::tr("Older versions of a key go sooner. What compaction took cannot be brought back."));
        plan.safety = std::max(plan.safety, Safety::Disruptive);
    } else if (change.name == u"min.cleanable.dirty.ratio"_qs) {
        plan.consequences.append(Text::tr("It decides when partitions are compacted, not what is kept; versions that were compacted away cannot be brought back."));
    }
}

} // namespace

Result<Plan> configPlan(const AlterConfig& change, ClusterOperations& operations, const QString& bootstrapServers) {
    const QString target = named(change.resource);
    const QString what = Text::tr("configure %1").arg(target);
    auto entries = operations.configs(change.resource);
    if (!entries)
        return std::unexpected(entries.error());
    Plan plan;
    plan.title = Text::tr("Change settings of %1").arg(target);
    plan.target = target;
    AlterConfig undo{change.resource, {}};
    AlterConfig shown = change; // its command must not tell a secret
    bool undoable = true;
    QStringList facts{u"config"_qs, target};
    for (const auto& each : change.changes) {
        const auto entry = std::find_if(entries->begin(), entries->end(), [&each](const auto& candidate) { return candidate.name == each.name; });
        if (entry == entries->end())
            return fail(ErrorCode::Invalid, what, Text::tr("the broker does not know the setting %1").arg(each.name));
        if (entry->readOnly)
            return fail(ErrorCode::Refused, what, Text::tr("%1 cannot be changed while the broker runs").arg(each.name));
        const bool setHere = client::isSetOn(change.resource, *entry);
        const QString before = entry->sensitive ? kHidden : entry->value.value_or(QString());
        const auto without = client::valueWithout(change.resource, *entry);
        QString after = entry->sensitive ? kHidden : each.value;
        if (each.op == client::ConfigChange::Op::Reset)
            after = without && !entry->sensitive && setHere ? Text::tr("%1 (default)").arg(*without) : Text::tr("the default");
        plan.lines.append({each.name, setHere ? before : Text::tr("%1 (default)").arg(before), after});
        facts.append(each.name + u'=' + entry->value.value_or(QString()) + (setHere ? QString() : u"*"_qs));
        if (entry->sensitive)
            for (auto& hidden : shown.changes)
                if (hidden.name == each.name && hidden.op != client::ConfigChange::Op::Reset)
                    hidden.value = kHidden;
        undoable = undoable && !(setHere && !entry->value);
        if (!setHere || !entry->value)
            undo.changes.append({client::ConfigChange::Op::Reset, each.name, {}});
        else
            undo.changes.append({client::ConfigChange::Op::Set, each.name, *entry->value});
        noteConsequence(each, *entry, plan);
    }
    if (plan.safety == Safety::Safe && change.resource.kind == client::ResourceKind::Broker)
        plan.safety = Safety::Disruptive;
    if (undoable) {
        plan.undo = std::make_shared<const Change>(std::move(undo));
        plan.undoText = Text::tr("Set back what was there before.");
    } else {
        plan.undoText = Text::tr("Cannot be undone: the cluster does not tell the secret that stands there now.");
    }
    plan.command = commandText(shown, bootstrapServers);
    plan.expectation = fingerprint(facts);
    return plan;
}

Result<Applied> verifyConfigs(const AlterConfig& change, ClusterOperations& operations) {
    auto entries = operations.configs(change.resource);
    if (!entries)
        return std::unexpected(entries.error());
    QStringList seen;
    bool all = true;
    for (const auto& each : change.changes) {
        for (const auto& entry : *entries) {
            if (entry.name != each.name)
                continue;
            seen.append(each.name + u'=' + (entry.sensitive ? kHidden : entry.value.value_or(QString())));
            if (each.op == client::ConfigChange::Op::Set && !entry.sensitive)
                all = all && entry.value == each.value;
            else if (each.op == client::ConfigChange::Op::Reset)
                all = all && !client::isSetOn(change.resource, entry);
        }
    }
    return Applied{0, seen.join(u", "_qs), all};
}

} // namespace models::changes
