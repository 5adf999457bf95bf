#include "models/access/names.h"

#include "models/serdes/decode.h"

#include <QCoreApplication>
#include <array>

namespace models::access {

using namespace Qt::StringLiterals;
using client::AclOperation;
using client::AclPattern;
using client::AclPermission;
using client::AclResource;
using client::AclRule;

namespace {
struct Text {
    Q_DECLARE_TR_FUNCTIONS(Access)
};
} // namespace

QString nameOf(AclResource resource) {
    switch (resource) {
    case AclResource::Topic: return u"Topic"_s;
    case AclResource::Group: return u"Group"_s;
    case AclResource::Cluster: return u"Cluster"_s;
    case AclResource::TransactionalId: return u"TransactionalId"_s;
    case AclResource::DelegationToken: return u"DelegationToken"_s;
    case AclResource::User: return u"User"_s;
    case AclResource::Unknown:
    case AclResource::Any: break;
    }
    return Text::tr("type %1").arg(static_cast<int>(resource));
}

QString nameOf(AclOperation operation) {
    static const std::array<const char*, 16> names{nullptr, nullptr, "All", "Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction", "DescribeConfigs",
        "AlterConfigs", "IdempotentWrite", "CreateTokens", "DescribeTokens", "TwoPhaseCommit"};
    const auto number = static_cast<std::size_t>(operation);
    return number < names.size() && names[number] != nullptr ? QString::fromLatin1(names[number]) : Text::tr("operation %1").arg(static_cast<int>(operation));
}

QString nameOf(client::ScramMechanism mechanism) {
    switch (mechanism) {
    case client::ScramMechanism::Sha256: return u"SCRAM-SHA-256"_s;
    case client::ScramMechanism::Sha512: return u"SCRAM-SHA-512"_s;
    case client::ScramMechanism::Unknown: break;
    }
    return Text::tr("mechanism %1").arg(static_cast<int>(mechanism));
}

const QList<AclOperation>& operationsOf(AclResource resource) {
    using O = AclOperation;
    static const QList<O> topic{O::Read, O::Write, O::Create, O::Delete, O::Alter, O::Describe, O::AlterConfigs, O::DescribeConfigs};
    static const QList<O> group{O::Read, O::Delete, O::Describe, O::AlterConfigs, O::DescribeConfigs};
    static const QList<O> cluster{O::Create, O::ClusterAction, O::Alter, O::Describe, O::AlterConfigs, O::DescribeConfigs, O::IdempotentWrite};
    static const QList<O> transactionalId{O::Write, O::Describe, O::TwoPhaseCommit};
    static const QList<O> token{O::Describe};
    static const QList<O> user{O::CreateTokens, O::DescribeTokens};
    static const QList<O> none;
    switch (resource) {
    case AclResource::Topic: return topic;
    case AclResource::Group: return group;
    case AclResource::Cluster: return cluster;
    case AclResource::TransactionalId: return transactionalId;
    case AclResource::DelegationToken: return token;
    case AclResource::User: return user;
    case AclResource::Unknown:
    case AclResource::Any: break;
    }
    return none;
}

const QList<AclResource>& resourceTypes() {
    static const QList<AclResource> all{AclResource::Topic, AclResource::Group, AclResource::Cluster, AclResource::TransactionalId, AclResource::DelegationToken, AclResource::User};
    return all;
}

QString shown(const QString& name) { return serdes::safeText(name); }

QString principalOf(const QString& typed) {
    const QString clean = typed.trimmed();
    if (clean.isEmpty())
        return {};
    // A type is letters before the first colon: "User:CN=a,OU=b" has one, "CN=a:b" has none.
    const auto colon = clean.indexOf(u':');
    for (qsizetype i = 0; i < colon; ++i)
        if (!clean[i].isLetter())
            return u"User:"_s + clean;
    return colon > 0 ? clean : u"User:"_s + clean;
}

bool isWildcard(const AclRule& rule) { return rule.pattern == AclPattern::Literal && rule.name == kWildcard; }

bool covers(const AclRule& rule, AclResource resource, const QString& name) {
    if (rule.resource != resource)
        return false;
    if (rule.pattern == AclPattern::Prefixed)
        return name.startsWith(rule.name);
    return rule.pattern == AclPattern::Literal && (rule.name == name || rule.name == kWildcard);
}

QString resourceText(const AclRule& rule) {
    if (rule.resource == AclResource::Cluster)
        return Text::tr("the cluster");
    if (isWildcard(rule))
        return Text::tr("every %1").arg(nameOf(rule.resource));
    if (rule.pattern == AclPattern::Prefixed)
        return Text::tr("%1 %2… (prefix)", "a resource type, a name's beginning").arg(nameOf(rule.resource), shown(rule.name));
    return u"%1 %2"_s.arg(nameOf(rule.resource), shown(rule.name));
}

QString sentenceOf(const AclRule& rule) {
    const QString verb = rule.permission == AclPermission::Deny ? Text::tr("Deny") : Text::tr("Allow");
    QString text = Text::tr("%1 %2 %3 on %4", "Allow User:alice Read on Topic orders").arg(verb, shown(rule.principal), nameOf(rule.operation), resourceText(rule));
    if (rule.host != kWildcard)
        text += Text::tr(" from %1").arg(shown(rule.host));
    return text;
}

} // namespace models::access
