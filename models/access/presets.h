#pragma once
// What producers, consumers and administrators need, as rules. The same sets as kafka-acls.sh --producer, --consumer and --idempotent make. Pure.

#include "models/access/names.h"

namespace models::access {

enum class Preset {
    Producer,      ///< writes to the topic; may make it
    TransactionalProducer, ///< and has a transactional id
    Consumer,      ///< reads the topic as a member of the group
    Admin,         ///< everything, everywhere
};

/// A name and how it is meant.
struct Pattern {
    QString name;
    client::AclPattern kind = client::AclPattern::Literal;
};

struct PresetWish {
    Preset preset = Preset::Producer;
    QString principal;
    QString host = kWildcard;
    Pattern topic;
    Pattern group;           ///< of a consumer
    Pattern transactionalId; ///< of a transactional producer
    bool idempotentCluster = false; ///< brokers before Kafka 2.8 ask a producer for IdempotentWrite on the cluster
};

QList<client::AclRule> rulesOf(const PresetWish& wish);

} // namespace models::access
