// What is seen after a change, and whether it is what was wanted.
#include "models/changes/access_plan.h"
#include "models/changes/config_plan.h"
#include "models/changes/planner.h"
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

struct Verifier {
    const PlanContext& context;

    Result<Applied> topicIs(const QString& name, bool wanted) const {
        auto metadata = context.operations->metadata();
        if (!metadata)
            return std::unexpected(metadata.error());
        const auto* topic = topicIn(*metadata, name);
        const bool there = topic != nullptr && !topic->partitions.isEmpty();
        return Applied{0, there ? Text::tr("%1: %2").arg(name, sized(*topic)) : Text::tr("%1 is gone").arg(name), there == wanted};
    }
    Result<Applied> operator()(const CreateTopic& change) const { return topicIs(change.topic.name, true); }
    Result<Applied> operator()(const DeleteTopic& change) const { return topicIs(change.topic, false); }
    Result<Applied> operator()(const AddPartitions& change) const {
        auto metadata = context.operations->metadata();
        if (!metadata)
            return std::unexpected(metadata.error());
        const auto* topic = topicIn(*metadata, change.topic);
        const auto count = topic == nullptr ? 0 : static_cast<int>(topic->partitions.size());
        return Applied{0, Text::tr("%1 has %n partition(s)", nullptr, count).arg(change.topic), count == change.totalCount};
    }
    Result<Applied> operator()(const AlterConfig& change) const { return verifyConfigs(change, *context.operations); }
    Result<Applied> operator()(const DeleteRecords& change) const {
        QList<client::OffsetQuery> queries;
        for (const auto& cut : change.cuts)
            queries.append({cut.partition, client::OffsetAt::Earliest});
        auto offsets = context.operations->offsets(queries);
        if (!offsets)
            return std::unexpected(offsets.error());
        bool all = true;
        QStringList seen;
        for (const auto& answer : *offsets) {
            seen.append(u"%1: %2"_qs.arg(answer.partition.partition).arg(answer.offset));
            for (const auto& cut : change.cuts)
                if (cut.partition == answer.partition && cut.offset >= 0)
                    all = all && answer.offset >= cut.offset;
        }
        return Applied{0, Text::tr("first offsets now %1").arg(seen.join(u", "_qs)), all};
    }
    Result<Applied> operator()(const DeleteGroup& change) const {
        auto groups = context.operations->groups();
        if (!groups)
            return std::unexpected(groups.error());
        const bool there = std::any_of(groups->begin(), groups->end(), [&change](const auto& group) { return group.id == change.group; });
        return Applied{0, there ? Text::tr("%1 is still there").arg(change.group) : Text::tr("%1 is gone").arg(change.group), !there};
    }
    Result<Applied> operator()(const ResetOffsets& change) const { return verifyReset(change, *context.operations); }
    Result<Applied> operator()(const ProduceMessage&) const { return Applied{0, {}, true}; }
    Result<Applied> operator()(const ReplayMessages&) const { return Applied{0, {}, true}; }
    Result<Applied> operator()(const AlterAcls& change) const { return verifyAcls(change, *context.operations); }
    Result<Applied> operator()(const AlterScramUser& change) const { return verifyScram(change, *context.operations); }
    Result<Applied> operator()(const BrokerAction& change) const {
        auto state = context.local->brokerState(change.cluster, change.broker);
        if (!state)
            return std::unexpected(state.error());
        return Applied{0, *state, true};
    }
};

} // namespace

Result<Applied> verifyChange(const Plan& plan, const PlanContext& context) { return std::visit(Verifier{context}, plan.change); }

} // namespace models::changes
