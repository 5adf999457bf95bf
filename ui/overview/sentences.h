#pragma once
// States and verdicts in words. Pure.

#include "models/session/snapshots.h"
#include "ui/overview/broker_facts.h"
#include "ui/theme/theme.h"

#include <QString>

namespace ui::overview {

struct Sentence {
    QString pill; ///< may be empty
    theme::Tone tone = theme::Tone::Neutral;
    QString rest; ///< beside the pill, may be empty
    bool operator==(const Sentence&) const = default;
};

/// The pill of a card: "killed 14 s ago", "quorum leader", or none.
Sentence stateSentence(const BrokerFacts& facts, qint64 nowMs);
/// The header: "all is well: 3 brokers, every replica in sync"; "1 broker down, every partition has a leader"; "14 partitions have 2 of 3 replicas".
QList<Sentence> healthSentences(const QList<BrokerFacts>& brokers, const models::session::TopicsSnapshot* topics);
/// Under the chart of lag: the group that most needs a look, else that all is well.
Sentence lagSentence(const models::session::GroupsSnapshot* groups, qint64 nowMs);

} // namespace ui::overview
