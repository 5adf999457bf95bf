#include "models/access/presets.h"

namespace models::access {

using client::AclOperation;
using client::AclPermission;
using client::AclResource;
using client::AclRule;

QList<AclRule> rulesOf(const PresetWish& wish) {
    QList<AclRule> rules;
    const auto add = [&](AclResource resource, const Pattern& pattern, const QList<AclOperation>& operations) {
        for (const auto operation : operations)
            rules.append({resource, pattern.name, pattern.kind, wish.principal, wish.host, operation, AclPermission::Allow});
    };
    const Pattern every{kWildcard, client::AclPattern::Literal}, cluster{kClusterName, client::AclPattern::Literal};
    switch (wish.preset) {
    case Preset::TransactionalProducer:
        add(AclResource::TransactionalId, wish.transactionalId, {AclOperation::Write, AclOperation::Describe});
        [[fallthrough]];
    case Preset::Producer:
        add(AclResource::Topic, wish.topic, {AclOperation::Write, AclOperation::Describe, AclOperation::Create});
        if (wish.idempotentCluster)
            add(AclResource::Cluster, cluster, {AclOperation::IdempotentWrite});
        break;
    case Preset::Consumer:
        add(AclResource::Topic, wish.topic, {AclOperation::Read, AclOperation::Describe});
        add(AclResource::Group, wish.group, {AclOperation::Read});
        break;
    case Preset::Admin:
        add(AclResource::Cluster, cluster, {AclOperation::All});
        for (const auto resource : {AclResource::Topic, AclResource::Group, AclResource::TransactionalId, AclResource::DelegationToken})
            add(resource, every, {AclOperation::All});
        break;
    }
    return rules;
}

} // namespace models::access
