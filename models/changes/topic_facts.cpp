#include "models/changes/topic_facts.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <algorithm>

namespace models::changes {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Changes)
};

int replicationOf(const client::TopicState& topic) {
    qsizetype replicas = 0;
    for (const auto& partition : topic.partitions)
        replicas = std::max(replicas, partition.replicas.size());
    return static_cast<int>(replicas);
}

} // namespace

QString fingerprint(const QStringList& facts) {
    return QString::fromLatin1(QCryptographicHash::hash(facts.join(u'\n').toUtf8(), QCryptographicHash::Sha256).toHex().first(32));
}

const client::TopicState* topicIn(const client::ClusterMetadata& metadata, const QString& name) {
    for (const auto& topic : metadata.topics)
        if (topic.name == name)
            return &topic;
    return nullptr;
}

QString sized(const client::TopicState& topic) {
    return Text::tr("%1, %2").arg(Text::tr("%n partition(s)", nullptr, static_cast<int>(topic.partitions.size())), Text::tr("%n replica(s)", nullptr, replicationOf(topic)));
}

qint64 Extent::messages() const {
    qint64 total = 0;
    for (const auto& [first, next] : offsets)
        total += next - first;
    return total;
}

Result<Extent> extentOf(ClusterOperations& operations, const client::TopicState& topic) {
    QList<client::OffsetQuery> earliest, latest;
    for (const auto& partition : topic.partitions) {
        earliest.append({{topic.name, partition.partition}, client::OffsetAt::Earliest});
        latest.append({{topic.name, partition.partition}, client::OffsetAt::Latest});
    }
    auto first = operations.offsets(earliest);
    if (!first)
        return std::unexpected(first.error());
    auto next = operations.offsets(latest);
    if (!next)
        return std::unexpected(next.error());
    Extent extent;
    for (const auto& answer : *first)
        extent.offsets[answer.partition.partition] = {std::max<qint64>(0, answer.offset), std::max<qint64>(0, answer.offset)};
    for (const auto& answer : *next)
        if (answer.offset >= 0)
            extent.offsets[answer.partition.partition].second = answer.offset;
    return extent;
}

QStringList groupsOf(ClusterOperations& operations, const QString& topic) {
    QStringList names;
    const auto groups = operations.groups();
    for (const auto& listing : groups.value_or(QList<client::GroupListing>())) {
        if (names.size() >= 20)
            break;
        const auto committed = operations.committed(listing.id);
        for (const auto& offset : committed.value_or(QList<client::CommittedOffset>())) {
            if (offset.partition.topic == topic && offset.offset >= 0) {
                names.append(listing.id);
                break;
            }
        }
    }
    return names;
}

} // namespace models::changes
