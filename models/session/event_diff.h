#pragma once
// Inside models/session: what happened, from two looks at the same cluster. Pure.

#include "models/session/event_log.h"
#include "models/session/snapshots.h"

namespace models::session {

/// Events between two snapshots, in the order of a story: brokers, elections, in-sync sets, topics. Nothing when there is no `before`.
QList<Event> eventsBetween(const BrokersSnapshot* brokersBefore, const BrokersSnapshot& brokersAfter, const TopicsSnapshot* topicsBefore,
    const TopicsSnapshot& topicsAfter, qint64 nowMs);
QList<Event> groupEventsBetween(const GroupsSnapshot* before, const GroupsSnapshot& after, qint64 nowMs);

} // namespace models::session
