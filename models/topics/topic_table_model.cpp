#include "models/topics/topic_table_model.h"

#include "models/base/format.h"
#include "models/session/cluster_session.h"
#include "models/topics/setting_guide.h"

#include <limits>

namespace models::topics {

using session::ClusterSession;
using session::Partition;
using session::Topic;

namespace {

QString idsText(const QList<int>& ids) {
    QStringList texts;
    for (const int id : ids)
        texts.append(QString::number(id));
    return texts.join(QStringLiteral(", "));
}

bool compacts(const session::TopicKeeps& keeps) { return keeps.cleanupPolicy.contains(QLatin1String("compact")); }
bool deletes(const session::TopicKeeps& keeps) { return keeps.cleanupPolicy.contains(QLatin1String("delete")); }

/// To sort by: what is compacted first, what is kept for ever last.
double keptMs(const session::TopicKeeps& keeps) {
    if (compacts(keeps) && !deletes(keeps))
        return -1;
    bool good = false;
    const double ms = keeps.retentionMs.toDouble(&good);
    return !good || ms < 0 ? std::numeric_limits<double>::max() : ms;
}

} // namespace

QString keepsText(const session::TopicKeeps& keeps) {
    const QString compact = TopicTableModel::tr("compact");
    if (compacts(keeps) && !deletes(keeps))
        return compact;
    const QString time = settingShown(QStringLiteral("retention.ms"), keeps.retentionMs);
    const bool sized = keeps.retentionBytes.toLongLong() > 0;
    QString text = time;
    if (sized) {
        const QString size = settingShown(QStringLiteral("retention.bytes"), keeps.retentionBytes);
        text = keeps.retentionMs.startsWith(u'-') ? size : TopicTableModel::tr("%1 or %2", "7 days or 1 GiB, whichever comes first").arg(time, size);
    }
    return compacts(keeps) ? TopicTableModel::tr("%1, %2", "compact, 7 days").arg(compact, text) : text;
}

TopicTableModel::TopicTableModel(ClusterSession* session, QObject* parent)
    : SnapshotTableModel({{QStringLiteral("name"), tr("Name")}, {QStringLiteral("partitions"), tr("Partitions"), true}, {QStringLiteral("replicas"), tr("Replicas"), true},
                             {QStringLiteral("messages"), tr("Messages"), true, tr("Next offset less first offset, summed: more than there are where compaction leaves gaps")},
                             {QStringLiteral("bytes"), tr("Size"), true, tr("Of one replica of each partition")}, {QStringLiteral("rate"), tr("Messages in"), true},
                             {QStringLiteral("byteRate"), tr("Bytes in"), true}, {QStringLiteral("recent"), tr("Lately"), false, tr("Messages in since Samsa is connected, the last 15 minutes at most; each topic on its own scale"), true, true},
                             {QStringLiteral("keeps"), tr("Keeps"), false, tr("How long messages stay (retention.ms, retention.bytes of a partition), or the newest of each key (cleanup.policy=compact)")},
                             {QStringLiteral("state"), tr("State")}},
          parent) {
    setCellFunction(cellOf);
    if (session == nullptr)
        return;
    const auto take = [this, session] {
        if (session->topics())
            setRows(session->topics()->topics);
    };
    connect(session, &ClusterSession::topicsChanged, this, take);
    take();
}

QHash<int, QByteArray> TopicTableModel::roleNames() const {
    auto names = SnapshotTableModel::roleNames();
    names.insert(InternalRole, "internal");
    names.insert(TopicNameRole, "topicName");
    return names;
}

QString TopicTableModel::keyOf(const Topic& row) const { return row.name; }

QVariant TopicTableModel::cellOf(const Topic& row, int column, int role) {
    switch (role) {
    case InternalRole: return row.internal;
    case TopicNameRole: return row.name;
    case StateRole: return row.offline > 0 || row.error ? QStringLiteral("error") : row.underReplicated > 0 ? QStringLiteral("warning") : QStringLiteral("ok");
    case Qt::ToolTipRole: return column == StateColumn && row.error ? QVariant(row.error->why) : column == NameColumn ? QVariant(row.name) : QVariant();
    case Qt::DisplayRole:
    case SortRole:
    case NumberRole: break;
    default: return {};
    }
    const bool display = role == Qt::DisplayRole;
    const auto number = [display](auto value, const QString& text) -> QVariant { return display ? QVariant(text) : QVariant(value); };
    const auto partitions = static_cast<int>(row.partitions.size());
    switch (column) {
    case NameColumn: return role == NumberRole ? QVariant() : QVariant(row.name);
    case PartitionsColumn: return number(partitions, format::count(partitions));
    case ReplicasColumn: return number(row.replicationFactor, format::count(row.replicationFactor));
    case MessagesColumn: return number(row.messages, format::count(row.messages));
    case BytesColumn: return number(row.bytes, format::bytes(row.bytes));
    case RateColumn: return number(row.messagesPerSecond, format::rate(row.messagesPerSecond));
    case ByteRateColumn: return number(row.bytesPerSecond, format::byteRate(row.bytesPerSecond));
    case RecentColumn: return role == SortRole ? QVariant(row.messagesPerSecond) : QVariant();
    case KeepsColumn:
        if (role == SortRole)
            return row.keeps ? keptMs(*row.keeps) : -2.0;
        return role == Qt::DisplayRole && row.keeps ? QVariant(keepsText(*row.keeps)) : QVariant();
    case StateColumn:
        if (role == NumberRole)
            return {};
        if (role == SortRole)
            return -(row.offline * 1'000'000 + row.underReplicated);
        if (row.error)
            return tr("cannot be read");
        if (row.offline > 0)
            return tr("%n partition(s) without a leader", nullptr, row.offline);
        if (row.underReplicated > 0)
            return tr("%n partition(s) short of replicas", nullptr, row.underReplicated);
        return tr("all replicas in sync");
    default: return {};
    }
}

PartitionTableModel::PartitionTableModel(ClusterSession* session, QObject* parent)
    : SnapshotTableModel({{QStringLiteral("partition"), tr("Partition"), true}, {QStringLiteral("leader"), tr("Leader")}, {QStringLiteral("replicas"), tr("Replicas")},
                             {QStringLiteral("inSync"), tr("In sync")}, {QStringLiteral("first"), tr("First offset"), true}, {QStringLiteral("next"), tr("Next offset"), true},
                             {QStringLiteral("messages"), tr("Messages"), true}, {QStringLiteral("bytes"), tr("Size"), true}, {QStringLiteral("state"), tr("State")}},
          parent),
      m_session(session) {
    setCellFunction(cellOf);
    if (session != nullptr)
        connect(session, &ClusterSession::topicsChanged, this, [this] { take(); });
}

void PartitionTableModel::setTopic(const QString& topic) {
    m_topic = topic;
    take();
}

void PartitionTableModel::take() {
    const Topic* topic = m_session != nullptr && m_session->topics() ? m_session->topics()->find(m_topic) : nullptr;
    setRows(topic == nullptr ? QList<Partition>() : topic->partitions);
}

QString PartitionTableModel::keyOf(const Partition& row) const { return m_topic + u'-' + QString::number(row.id); }

QVariant PartitionTableModel::cellOf(const Partition& row, int column, int role) {
    switch (role) {
    case LeaderRole: return row.leader;
    case StateRole: return row.offline() ? QStringLiteral("error") : row.underReplicated() ? QStringLiteral("warning") : QStringLiteral("ok");
    case Qt::DisplayRole:
    case SortRole:
    case NumberRole: break;
    default: return {};
    }
    const bool display = role == Qt::DisplayRole;
    const auto number = [display](qint64 value, const QString& text) -> QVariant { return display ? QVariant(text) : QVariant(value); };
    switch (column) {
    case PartitionColumn: return number(row.id, QString::number(row.id));
    case LeaderColumn: return number(row.leader, row.offline() ? tr("none") : tr("broker %1").arg(row.leader));
    case ReplicasColumn: return role == NumberRole ? QVariant() : QVariant(idsText(row.replicas));
    case InSyncColumn: return role == NumberRole ? QVariant() : role == SortRole ? QVariant(static_cast<int>(row.inSync.size())) : QVariant(idsText(row.inSync));
    case FirstColumn: return number(row.begin, format::count(row.begin));
    case NextColumn: return number(row.end, format::count(row.end));
    case MessagesColumn: return number(row.messages(), format::count(row.messages()));
    case BytesColumn: return number(row.bytes, format::bytes(row.bytes));
    case StateColumn:
        if (role == NumberRole)
            return {};
        if (row.offline())
            return tr("no leader");
        if (row.underReplicated())
            return tr("%1 of %2 replicas").arg(row.inSync.size()).arg(row.replicas.size());
        return tr("in sync");
    default: return {};
    }
}

} // namespace models::topics
