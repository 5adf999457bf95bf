#pragma once
// One record of the metadata log: which of Kafka's it is, and its bytes (a frame version, the type, the version, the message).

#include "embedded-broker/base/error.h"
#include "embedded-broker/protocol/messages/abort_transaction_record.h"
#include "embedded-broker/protocol/messages/access_control_entry_record.h"
#include "embedded-broker/protocol/messages/begin_transaction_record.h"
#include "embedded-broker/protocol/messages/broker_registration_change_record.h"
#include "embedded-broker/protocol/messages/clear_elr_record.h"
#include "embedded-broker/protocol/messages/client_quota_record.h"
#include "embedded-broker/protocol/messages/config_record.h"
#include "embedded-broker/protocol/messages/delegation_token_record.h"
#include "embedded-broker/protocol/messages/end_transaction_record.h"
#include "embedded-broker/protocol/messages/feature_level_record.h"
#include "embedded-broker/protocol/messages/fence_broker_record.h"
#include "embedded-broker/protocol/messages/no_op_record.h"
#include "embedded-broker/protocol/messages/partition_change_record.h"
#include "embedded-broker/protocol/messages/partition_record.h"
#include "embedded-broker/protocol/messages/producer_ids_record.h"
#include "embedded-broker/protocol/messages/register_broker_record.h"
#include "embedded-broker/protocol/messages/register_controller_record.h"
#include "embedded-broker/protocol/messages/remove_access_control_entry_record.h"
#include "embedded-broker/protocol/messages/remove_delegation_token_record.h"
#include "embedded-broker/protocol/messages/remove_topic_record.h"
#include "embedded-broker/protocol/messages/remove_user_scram_credential_record.h"
#include "embedded-broker/protocol/messages/topic_record.h"
#include "embedded-broker/protocol/messages/unfence_broker_record.h"
#include "embedded-broker/protocol/messages/unregister_broker_record.h"
#include "embedded-broker/protocol/messages/user_scram_credential_record.h"
#include "embedded-broker/protocol/messages/zk_migration_state_record.h"

#include <string>
#include <variant>

namespace broker::metadata {

struct Record {
    using Body = std::variant<
        protocol::RegisterBrokerRecord, protocol::UnregisterBrokerRecord, protocol::TopicRecord, protocol::PartitionRecord,
        protocol::ConfigRecord, protocol::PartitionChangeRecord, protocol::AccessControlEntryRecord, protocol::FenceBrokerRecord,
        protocol::UnfenceBrokerRecord, protocol::RemoveTopicRecord, protocol::DelegationTokenRecord, protocol::UserScramCredentialRecord,
        protocol::FeatureLevelRecord, protocol::ClientQuotaRecord, protocol::ProducerIdsRecord, protocol::BrokerRegistrationChangeRecord,
        protocol::RemoveAccessControlEntryRecord, protocol::NoOpRecord, protocol::ZkMigrationStateRecord,
        protocol::RemoveUserScramCredentialRecord, protocol::BeginTransactionRecord, protocol::EndTransactionRecord,
        protocol::AbortTransactionRecord, protocol::RemoveDelegationTokenRecord, protocol::RegisterControllerRecord, protocol::ClearElrRecord>;
    Body body;

    template <class Message>
    Record(Message message) : body(std::move(message)) {} // NOLINT(google-explicit-constructor): a message is a record
    Record() = default;

    template <class Message>
    [[nodiscard]] const Message* get() const {
        return std::get_if<Message>(&body);
    }
};

/// As Kafka writes it at metadata.version 30.
Slice encodeRecord(const Record& record);
/// Unsupported for types and versions of a newer engine, Corrupt for bytes that are not a record.
Result<Record> decodeRecord(const Slice& bytes);
/// "PartitionRecord(...)", for logs.
std::string printRecord(const Record& record);

} // namespace broker::metadata
