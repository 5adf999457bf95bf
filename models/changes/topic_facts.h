#pragma once
// Inside models/changes: what several plans ask of a topic, and how they word it. Blocking, on a worker.

#include "models/changes/operations.h"

#include <QMap>
#include <QString>
#include <QStringList>

namespace models::changes {

/// A fingerprint of facts: apply reads them again and compares.
QString fingerprint(const QStringList& facts);

/// Null when there is no such topic.
const client::TopicState* topicIn(const client::ClusterMetadata& metadata, const QString& name);
/// "6 partitions, 3 replicas"
QString sized(const client::TopicState& topic);

/// First and next offsets of a topic's partitions.
struct Extent {
    QMap<int, std::pair<qint64, qint64>> offsets;
    [[nodiscard]] qint64 messages() const;
};
Result<Extent> extentOf(ClusterOperations& operations, const client::TopicState& topic);

/// Names of the groups that committed offsets in the topic or read it now, for warnings; never fails the plan.
QStringList groupsOf(ClusterOperations& operations, const QString& topic);

} // namespace models::changes
