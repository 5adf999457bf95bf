#include "models/groups/group_table_model.h"

#include "models/base/format.h"
#include "models/groups/verdict_text.h"
#include "models/session/cluster_session.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QMap>

namespace models::groups {

using client::GroupMember;
using session::ClusterSession;
using session::Group;
using session::GroupPartition;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Groups)
};

/// Java writes "/10.1.2.3": the slash is no part of it.
QString hostText(const QString& host) { return host.startsWith(u'/') ? host.mid(1) : host; }

bool isRebalancing(const QString& state) { return state.contains(QLatin1String("Rebalance")) || state == QLatin1String("Assigning") || state == QLatin1String("Reconciling"); }

const Group* groupOf(const ClusterSession* session, const QString& id) { return session != nullptr && session->groups() ? session->groups()->find(id) : nullptr; }

} // namespace

QString stateText(const QString& kafkaState) {
    if (kafkaState == QLatin1String("Stable"))
        return Text::tr("stable");
    if (kafkaState == QLatin1String("Empty"))
        return Text::tr("empty");
    if (kafkaState == QLatin1String("Dead"))
        return Text::tr("gone");
    if (isRebalancing(kafkaState))
        return Text::tr("rebalancing");
    return kafkaState.isEmpty() ? Text::tr("not known") : kafkaState;
}

GroupTableModel::GroupTableModel(ClusterSession* session, QObject* parent)
    : SnapshotTableModel({{QStringLiteral("id"), tr("Group")}, {QStringLiteral("state"), tr("State")}, {QStringLiteral("members"), tr("Members"), true},
                             {QStringLiteral("partitions"), tr("Partitions"), true}, {QStringLiteral("lag"), tr("Lag"), true, tr("Messages that it has not read yet")},
                             {QStringLiteral("behind"), tr("Behind"), true, tr("Age of the oldest message that it has not read")},
                             {QStringLiteral("trend"), tr("Trend"), true, tr("Messages a second by which the lag grows")}, {QStringLiteral("verdict"), tr("Verdict")},
                             {QStringLiteral("reason"), tr("Why")},
                             {QStringLiteral("assignor"), tr("Assignor"), false, {}, false}, {QStringLiteral("coordinator"), tr("Coordinator"), false, {}, false}},
          parent) {
    setCellFunction(cellOf);
    if (session == nullptr)
        return;
    const auto take = [this, session] {
        if (session->groups())
            setRows(session->groups()->groups);
    };
    connect(session, &ClusterSession::groupsChanged, this, take);
    take();
}

QHash<int, QByteArray> GroupTableModel::roleNames() const {
    auto names = SnapshotTableModel::roleNames();
    names.insert(GroupIdRole, "groupId");
    names.insert(StandingRole, "standing");
    return names;
}

QString GroupTableModel::keyOf(const Group& row) const { return row.id; }

QVariant GroupTableModel::cellOf(const Group& row, int column, int role) {
    switch (role) {
    case GroupIdRole: return row.id;
    case StandingRole: return static_cast<int>(standingOf(row));
    case StateRole:
        if (row.error)
            return QStringLiteral("error");
        if (const QString state = standingState(standingOf(row)); state == QLatin1String("error") || state == QLatin1String("warning"))
            return state;
        if (isRebalancing(row.state))
            return QStringLiteral("warning");
        return row.members.isEmpty() ? QStringLiteral("off") : QStringLiteral("ok");
    case Qt::ToolTipRole:
        if (column == VerdictColumn || column == ReasonColumn)
            return standingReason(row, QDateTime::currentMSecsSinceEpoch());
        return column == StateColumn && row.error ? QVariant(row.error->why) : QVariant();
    case Qt::DisplayRole:
    case SortRole:
    case NumberRole: break;
    default: return {};
    }
    const bool display = role == Qt::DisplayRole;
    const auto number = [display](auto value, const QString& text) -> QVariant { return display ? QVariant(text) : QVariant(value); };
    const auto words = [role](const QString& text) -> QVariant { return role == NumberRole ? QVariant() : QVariant(text); };
    const auto members = static_cast<int>(row.members.size());
    const auto partitions = static_cast<int>(row.partitions.size());
    switch (column) {
    case IdColumn: return words(row.id);
    case StateColumn: return words(stateText(row.state));
    case MembersColumn: return number(members, format::count(members));
    case PartitionsColumn: return number(partitions, format::count(partitions));
    case LagColumn: return number(row.lag, format::count(row.lag));
    case TrendColumn: {
        const QString size = format::rate(std::abs(row.lagPerSecond));
        return number(row.lagPerSecond, std::abs(row.lagPerSecond) < 0.5 ? QString() : row.lagPerSecond > 0 ? u'+' + size : QChar(0x2212) + size);
    }
    case BehindColumn: {
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        return number(lagTimeMs(row.unreadSinceMs, now), lagTimeText(row.unreadSinceMs, row.unreadAtLeast, now));
    }
    case VerdictColumn: return role == SortRole ? QVariant(static_cast<int>(standingOf(row))) : words(standingText(standingOf(row)));
    case ReasonColumn: return words(standingReason(row, QDateTime::currentMSecsSinceEpoch()));
    case AssignorColumn: return words(row.assignor);
    case CoordinatorColumn: return number(row.coordinator, row.coordinator < 0 ? QString() : Text::tr("broker %1").arg(row.coordinator));
    default: return {};
    }
}

GroupPartitionTableModel::GroupPartitionTableModel(ClusterSession* session, QObject* parent)
    : SnapshotTableModel({{QStringLiteral("topic"), tr("Topic")}, {QStringLiteral("partition"), tr("Partition"), true}, {QStringLiteral("committed"), tr("Committed"), true},
                             {QStringLiteral("end"), tr("End"), true}, {QStringLiteral("lag"), tr("Lag"), true},
                             {QStringLiteral("behind"), tr("Behind"), true, tr("Age of the oldest message that it has not read")}, {QStringLiteral("verdict"), tr("Verdict")},
                             {QStringLiteral("member"), tr("Read by")},
                             {QStringLiteral("host"), tr("Host"), false, {}, false}},
          parent),
      m_session(session) {
    setCellFunction(cellOf);
    if (session != nullptr)
        connect(session, &ClusterSession::groupsChanged, this, [this] { take(); });
}

void GroupPartitionTableModel::setGroup(const QString& group) {
    m_group = group;
    take();
}

void GroupPartitionTableModel::take() {
    const auto* group = groupOf(m_session, m_group);
    setRows(group == nullptr ? QList<GroupPartition>() : group->partitions);
}

QString GroupPartitionTableModel::keyOf(const GroupPartition& row) const { return m_group + u'/' + row.partition.topic + u'-' + QString::number(row.partition.partition); }

QVariant GroupPartitionTableModel::cellOf(const GroupPartition& row, int column, int role) {
    switch (role) {
    case StateRole: return verdictState(row.judgement.verdict);
    case TopicRole: return row.partition.topic;
    case PartitionRole: return row.partition.partition;
    case Qt::ToolTipRole:
        if (column == VerdictColumn)
            return verdictReason(row.judgement, row.lag, QDateTime::currentMSecsSinceEpoch());
        return column == MemberColumn ? QVariant(row.memberId) : QVariant();
    case Qt::DisplayRole:
    case SortRole:
    case NumberRole: break;
    default: return {};
    }
    const bool display = role == Qt::DisplayRole;
    const auto number = [display](qint64 value, const QString& text) -> QVariant { return display ? QVariant(text) : QVariant(value); };
    switch (column) {
    case TopicColumn: return role == NumberRole ? QVariant() : QVariant(row.partition.topic);
    case PartitionColumn: return number(row.partition.partition, QString::number(row.partition.partition));
    case CommittedColumn: return number(row.committed, row.committed < 0 ? tr("nothing yet") : format::count(row.committed));
    case EndColumn: return number(row.end, format::count(row.end));
    case LagColumn: return number(row.lag, format::count(row.lag));
    case BehindColumn: {
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        return number(lagTimeMs(row.unreadSinceMs, now), lagTimeText(row.unreadSinceMs, row.unreadAtLeast, now));
    }
    case VerdictColumn: return role == NumberRole ? QVariant() : role == SortRole ? QVariant(static_cast<int>(row.judgement.verdict)) : QVariant(verdictText(row.judgement.verdict));
    case MemberColumn: return role == NumberRole ? QVariant() : row.memberId.isEmpty() ? QVariant(tr("nobody")) : QVariant(row.clientId);
    case HostColumn: return role == NumberRole ? QVariant() : QVariant(hostText(row.host));
    default: return {};
    }
}

GroupMemberTableModel::GroupMemberTableModel(ClusterSession* session, QObject* parent)
    : SnapshotTableModel({{QStringLiteral("client"), tr("Client")}, {QStringLiteral("member"), tr("Member")}, {QStringLiteral("instance"), tr("Instance"), false, {}, false},
                             {QStringLiteral("host"), tr("Host")}, {QStringLiteral("partitions"), tr("Partitions"), true}, {QStringLiteral("assignment"), tr("Reads")}},
          parent),
      m_session(session) {
    setCellFunction(cellOf);
    if (session != nullptr)
        connect(session, &ClusterSession::groupsChanged, this, [this] { take(); });
}

void GroupMemberTableModel::setGroup(const QString& group) {
    m_group = group;
    take();
}

void GroupMemberTableModel::take() {
    const auto* group = groupOf(m_session, m_group);
    setRows(group == nullptr ? QList<GroupMember>() : group->members);
}

QString GroupMemberTableModel::keyOf(const GroupMember& row) const { return m_group + u'/' + row.memberId; }

QVariant GroupMemberTableModel::cellOf(const GroupMember& row, int column, int role) {
    if (role == StateRole)
        return row.assignment.isEmpty() ? QStringLiteral("off") : QStringLiteral("ok");
    if (role != Qt::DisplayRole && role != SortRole && role != NumberRole)
        return {};
    const auto words = [role](const QString& text) -> QVariant { return role == NumberRole ? QVariant() : QVariant(text); };
    const auto count = static_cast<int>(row.assignment.size());
    switch (column) {
    case ClientColumn: return words(row.clientId);
    case MemberColumn: return words(row.memberId);
    case InstanceColumn: return words(row.instanceId);
    case HostColumn: return words(hostText(row.host));
    case PartitionsColumn: return role == Qt::DisplayRole ? QVariant(format::count(count)) : QVariant(count);
    case AssignmentColumn: {
        QMap<QString, QStringList> byTopic;
        for (const auto& partition : row.assignment)
            byTopic[partition.topic].append(QString::number(partition.partition));
        QStringList parts;
        for (auto it = byTopic.cbegin(); it != byTopic.cend(); ++it)
            parts.append(it.key() + u' ' + it->join(QStringLiteral(", ")));
        return words(parts.join(QStringLiteral("  \u00b7  ")));
    }
    default: return {};
    }
}

} // namespace models::groups
