#pragma once
// What is to be copied, where to, and how. Values, any thread.

#include "models/client/client_config.h"

#include <QList>
#include <QString>

namespace models::replay {

/// Messages [first, until) of one partition.
struct Range {
    int partition = 0;
    qint64 first = 0;
    qint64 until = 0;
    bool operator==(const Range&) const = default;
    bool operator<(const Range& other) const { return partition != other.partition ? partition < other.partition : first < other.first; }
};

/// Where a range begins or ends, the same for all partitions.
struct Bound {
    enum class Kind { Edge, Offset, Time } kind = Kind::Edge; ///< Edge: the first message there is, or the end as it is when the plan is made
    qint64 value = 0;                                         ///< an offset, or milliseconds since 1970
    bool operator==(const Bound&) const = default;
};
/// "120345" is an offset, "2026-11-26T14:00[:00[.000]][Z]" a local or UTC time, "" the edge. Invalid: anything else.
Result<Bound> parseBound(const QString& text);
/// The same back, for the identity of an order and for people.
QString toText(const Bound& bound);

/// ByKey: as Java's producer chooses, keyless ones anywhere. Keep: partition N to partition N.
enum class Placement { ByKey, Keep };

struct Order {
    QString id;      ///< "r-8f3a1c20"; empty until it is planned
    QString request; ///< identity of what was asked for; empty until it is planned
    client::ClientConfig source;
    client::ClientConfig target;
    QString sourceTopic;
    QString targetTopic;
    Placement placement = Placement::ByKey;
    Bound from;
    Bound until;
    QList<Range> ranges;           ///< sorted, disjoint; a selection, or what from and until came to
    bool chosen = false;           ///< the ranges are a selection: no command says the same
    QString file;                  ///< not empty: lines of JSON instead of a topic; `sourceTopic` is its name then, and its lines are partition 0
    qint64 messagesPerSecond = 0;  ///< 0 = no limit
    bool withoutTransactions = false; ///< even where the target has them

    [[nodiscard]] qint64 offsetCount() const; ///< how many offsets the ranges hold: messages at most
};

/// Sorted, overlapping and touching ones joined, empty ones dropped.
QList<Range> joined(QList<Range> ranges);

} // namespace models::replay
