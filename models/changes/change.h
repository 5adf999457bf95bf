#pragma once
// What a user wants changed, and the plan that is shown before it is done. Values.

#include "models/client/access_types.h"
#include "models/client/kafka_types.h"
#include "models/replay/replay_run.h"

#include <QMetaType>
#include <QString>
#include <QStringList>
#include <memory>
#include <optional>
#include <variant>

namespace models::changes {

struct CreateTopic {
    client::NewTopic topic;
};
struct DeleteTopic {
    QString topic;
};
struct AddPartitions {
    QString topic;
    int totalCount = 0; ///< partitions afterwards
};
struct AlterConfig {
    client::ConfigResource resource;
    QList<client::ConfigChange> changes;
};
struct DeleteRecords {
    QString topic;
    QList<client::DeleteBefore> cuts;
};
struct DeleteGroup {
    QString group;
};
/// Sets where a group goes on reading. Planned with its targets: what was shown is what is set, also where the end has moved since.
struct ResetOffsets {
    enum class To {
        Earliest,
        Latest,
        Time,   ///< `value`: ms since 1970; the first message at or after it, else the end
        Offset, ///< `value`
        Shift,  ///< `value`: by so many from the committed offset, back where it is negative
        Given,  ///< as `targets` say: undo
    };
    QString group;
    To to = To::Earliest;
    qint64 value = 0;
    QString topic;                            ///< all partitions of one topic; empty with `partitions` empty: all that the group has offsets of
    QList<client::TopicPartition> partitions; ///< only these
    QList<client::CommittedOffset> targets;   ///< by partition, with what was decided; offset client::kUnknown: the group has none afterwards
};
struct ProduceMessage {
    QString topic;
    int partition = -1;
    std::optional<QByteArray> key;
    std::optional<QByteArray> value;
    QList<client::Header> headers;
    qint64 timestampMs = client::kUnknown; ///< kUnknown: now
};
/// Copies messages to this cluster. Planned with its ranges; done when the last message has arrived, or when the desk's control stops it.
struct ReplayMessages {
    replay::Order order;
    std::shared_ptr<replay::ReplayDesk> desk;
};
/// ACLs that come and ACLs that go; an edited one does both. Added before anything is removed, so that nobody loses a right in between.
struct AlterAcls {
    QList<client::AclRule> add;
    QList<client::AclRule> remove;
};
/// One SCRAM credential: set, or removed when there is no password (mechanism Unknown: all that the user has). The password is in memory
/// only, in no plan line and no command.
struct AlterScramUser {
    client::ScramUpsert credential;
};
/// Of a broker on this machine; carried out by models/localcluster through LocalBrokerControl.
struct BrokerAction {
    enum class Kind { Kill, Pause, Resume, Restart, Start } kind = Kind::Kill;
    QString cluster; ///< name of the local cluster
    int broker = -1;
};

using Change = std::variant<CreateTopic, DeleteTopic, AddPartitions, AlterConfig, DeleteRecords, DeleteGroup, ResetOffsets, ProduceMessage, ReplayMessages, BrokerAction, AlterAcls, AlterScramUser>;

/// "CreateTopic": stable, for the audit trail.
QString kindName(const Change& change);

/// How much can go wrong; decides how the window asks.
enum class Safety {
    Safe,        ///< nothing is lost and it can be undone: one click
    Disruptive,  ///< somebody may notice: shown and confirmed
    Destructive, ///< data is gone afterwards: the name is typed
};

/// One line of before -> after.
struct PlanLine {
    QString what;   ///< "retention.ms", "partition 3", "partitions"
    QString before; ///< empty = did not exist
    QString after;  ///< empty = will not exist
    QString note = {}; ///< what it comes to: "1,204 read again"
    bool operator==(const PlanLine&) const = default;
};

/// Made by ChangeService::plan, shown by the window, given back to ChangeService::apply.
struct Plan {
    Change change;
    QString title;             ///< "Delete topic orders", translated
    QString target;            ///< "orders"
    QList<PlanLine> lines;     ///< what changes
    QStringList consequences;  ///< "48,812,975 messages go and cannot be brought back."
    QStringList warnings;      ///< "2 groups read it now: billing, warehouse."
    QString command;           ///< equivalent kafka-*.sh line
    Safety safety = Safety::Safe;
    QString typeToConfirm;     ///< not empty: the user types this
    std::shared_ptr<const Change> undo; ///< null = cannot be undone
    QString undoText;          ///< how, or why not
    QString expectation;       ///< fingerprint of the state that the plan was made from; apply compares
    quint64 id = 0;
};

/// What came of it.
struct Applied {
    qint64 auditRow = 0;
    QString verified;  ///< what was seen afterwards: "orders has 6 partitions, 3 replicas"
    bool seen = false; ///< the change was verified
};

} // namespace models::changes
Q_DECLARE_METATYPE(models::changes::Plan)
