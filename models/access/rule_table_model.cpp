#include "models/access/rule_table_model.h"

#include "models/base/format.h"

#include <QMap>

namespace models::access {

using client::AclPattern;
using client::AclPermission;
using client::AclRule;

QString keyOf(const AclRule& rule) {
    // Kafka lets no control character into a topic's name, but anything into a principal's: the separator may not be met by chance only.
    return QStringList{rule.principal, QString::number(static_cast<int>(rule.resource)), rule.name, QString::number(static_cast<int>(rule.pattern)), rule.host,
        QString::number(static_cast<int>(rule.operation)), QString::number(static_cast<int>(rule.permission))}
        .join(QChar(0x1f));
}

QString matchText(const AclRule& rule) {
    if (rule.resource == client::AclResource::Cluster)
        return {};
    if (isWildcard(rule))
        return RuleTableModel::tr("every name");
    if (rule.pattern == AclPattern::Prefixed)
        return RuleTableModel::tr("prefix");
    return rule.pattern == AclPattern::Literal ? RuleTableModel::tr("exactly") : RuleTableModel::tr("pattern %1").arg(static_cast<int>(rule.pattern));
}

RuleTableModel::RuleTableModel(QObject* parent)
    : SnapshotTableModel({{QStringLiteral("principal"), tr("Principal")}, {QStringLiteral("resource"), tr("Resource")}, {QStringLiteral("name"), tr("Name")},
                             {QStringLiteral("match"), tr("Match")}, {QStringLiteral("operation"), tr("Operation")}, {QStringLiteral("says"), tr("Says")},
                             {QStringLiteral("host"), tr("Host"), false, {}, false}, {QStringLiteral("note"), tr("Note")}},
          parent) {}

QString RuleTableModel::keyOf(const RuleRow& row) const { return row.key.isEmpty() ? access::keyOf(row.rule) : row.key; }

QVariant RuleTableModel::cell(const RuleRow& row, int column, int role) const {
    const AclRule& rule = row.rule;
    if (role == StateRole)
        return rule.permission == AclPermission::Deny ? QStringLiteral("deny") : row.idle ? QStringLiteral("idle") : QStringLiteral("ok");
    if (role == Qt::ToolTipRole)
        return column == NoteColumn ? QVariant() : QVariant(sentenceOf(rule));
    if (role != Qt::DisplayRole && role != SortRole)
        return {};
    const bool sort = role == SortRole;
    // Rules of one principal, and of one resource, stay together in a sensible order.
    const auto resource = [&] { return nameOf(rule.resource) + QChar(1) + rule.name + QChar(1); };
    switch (column) {
    case PrincipalColumn: return sort ? rule.principal + QChar(1) + resource() + nameOf(rule.operation) : shown(rule.principal);
    case ResourceColumn: return sort ? resource() + rule.principal + QChar(1) + nameOf(rule.operation) : nameOf(rule.resource);
    case NameColumn: return sort ? rule.name + QChar(1) + rule.principal : shown(rule.name);
    case MatchColumn: return matchText(rule);
    case OperationColumn: return nameOf(rule.operation);
    case SaysColumn: return rule.permission == AclPermission::Deny ? tr("deny") : rule.permission == AclPermission::Allow ? tr("allow") : tr("permission %1").arg(static_cast<int>(rule.permission));
    case HostColumn: return rule.host == kWildcard ? tr("any") : shown(rule.host);
    case NoteColumn: return row.note;
    default: return {};
    }
}

UserTableModel::UserTableModel(QObject* parent)
    : SnapshotTableModel({{QStringLiteral("name"), tr("User")}, {QStringLiteral("mechanisms"), tr("Passwords")}, {QStringLiteral("rules"), tr("Rules")}}, parent) {}

QVariant UserTableModel::cell(const UserRow& row, int column, int role) const {
    if (role == StateRole)
        return row.known && row.rules == 0 ? QStringLiteral("idle") : QStringLiteral("ok");
    if (role != Qt::DisplayRole && role != SortRole && role != NumberRole)
        return {};
    switch (column) {
    case NameColumn: return role == NumberRole ? QVariant() : QVariant(shown(row.user.name));
    case MechanismsColumn: {
        if (role == NumberRole)
            return {};
        // Said once where it is the same for all, as it mostly is.
        QMap<int, QStringList> byIterations;
        for (const auto& credential : row.user.credentials)
            byIterations[credential.iterations].append(nameOf(credential.mechanism));
        QStringList all;
        for (const auto& [iterations, mechanisms] : byIterations.asKeyValueRange())
            all.append(tr("%1: %2 iterations").arg(mechanisms.join(QStringLiteral(", ")), format::count(iterations)));
        return all.join(QStringLiteral("; "));
    }
    case RulesColumn:
        if (role != Qt::DisplayRole)
            return row.rules;
        return !row.known ? QString() : row.rules == 0 ? tr("no rule names it") : tr("%n rule(s)", nullptr, row.rules);
    default: return {};
    }
}

} // namespace models::access
