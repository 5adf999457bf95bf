#pragma once
// Two messages side by side: key, headers and value, fields of JSON matched by their names, elements and lines by what they have in common. Pure; any thread. What it says is
// safe to show whatever the messages hold.

#include "models/client/kafka_types.h"

#include <QList>
#include <QString>
#include <optional>

namespace models::messages {

struct ComparedLine {
    enum class State { Same, Differs, LeftOnly, RightOnly };
    QString name;  ///< of a field, a header, an element; the number of a line
    QString path;  ///< "value.order.lines[2]"
    int depth = 0;
    QString left, right; ///< a leaf's text, or what a group is: "object, 3 fields"
    State state = State::Same;
    bool group = false;  ///< has lines below it and differs only where they do, or in kind
    bool operator==(const ComparedLine&) const = default;
};

struct Comparison {
    QList<ComparedLine> lines;
    int same = 0, differing = 0, leftOnly = 0, rightOnly = 0; ///< lines that are no groups
    bool identical = false;       ///< key, headers and value, byte for byte
    bool cut = false;             ///< only the first kComparedBytesMax, or kComparedLinesMax lines, of a key or value were looked at
    [[nodiscard]] bool equal() const { return differing + leftOnly + rightOnly == 0; }
};

inline constexpr qsizetype kComparedBytesMax = 1 << 20;
inline constexpr qsizetype kComparedLinesMax = 20'000;

Comparison compare(const client::Record& left, const client::Record& right);

/// The lines that differ, as text for a ticket: "- value.amount 12" and "+ value.amount 13".
QString differencesAsText(const Comparison& comparison);

/// Where two texts differ: the same up to `first`, and the last `sameAtEnd` characters of both.
struct Stretch {
    qsizetype first = 0;
    qsizetype sameAtEnd = 0;
};
Stretch differingStretch(const QString& left, const QString& right);

/// A message that waits for another one to be compared with, of whatever topic and cluster.
struct KeptMessage {
    QString clusterKey, clusterName;
    QString topic;
    client::Record record;
};
/// Shared by the pages of the program. Interface thread.
struct CompareShelf {
    std::optional<KeptMessage> kept;
};

} // namespace models::messages
