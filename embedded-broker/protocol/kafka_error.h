#pragma once
// Kafka's error codes as they travel in messages. Layers that answer a request in Kafka's words (the quorum, the controller,
// handlers) use them; everything below speaks base/error.h.

#include <cstdint>
#include <string_view>

namespace broker::protocol {

enum class KafkaError : std::int16_t {
    UnknownServerError = -1,
    None = 0,
    OffsetOutOfRange = 1,
    CorruptMessage = 2,
    UnknownTopicOrPartition = 3,
    InvalidFetchSize = 4,
    LeaderNotAvailable = 5,
    NotLeaderOrFollower = 6,
    RequestTimedOut = 7,
    BrokerNotAvailable = 8,
    ReplicaNotAvailable = 9,
    MessageTooLarge = 10,
    StaleControllerEpoch = 11,
    OffsetMetadataTooLarge = 12,
    NetworkException = 13,
    CoordinatorLoadInProgress = 14,
    CoordinatorNotAvailable = 15,
    NotCoordinator = 16,
    InvalidTopicException = 17,
    RecordListTooLarge = 18,
    NotEnoughReplicas = 19,
    NotEnoughReplicasAfterAppend = 20,
    InvalidRequiredAcks = 21,
    IllegalGeneration = 22,
    InconsistentGroupProtocol = 23,
    InvalidGroupId = 24,
    UnknownMemberId = 25,
    InvalidSessionTimeout = 26,
    RebalanceInProgress = 27,
    InvalidCommitOffsetSize = 28,
    TopicAuthorizationFailed = 29,
    GroupAuthorizationFailed = 30,
    ClusterAuthorizationFailed = 31,
    InvalidTimestamp = 32,
    UnsupportedSaslMechanism = 33,
    IllegalSaslState = 34,
    UnsupportedVersion = 35,
    TopicAlreadyExists = 36,
    InvalidPartitions = 37,
    InvalidReplicationFactor = 38,
    InvalidReplicaAssignment = 39,
    InvalidConfig = 40,
    NotController = 41,
    InvalidRequest = 42,
    UnsupportedForMessageFormat = 43,
    PolicyViolation = 44,
    OutOfOrderSequenceNumber = 45,
    DuplicateSequenceNumber = 46,
    InvalidProducerEpoch = 47,
    InvalidTxnState = 48,
    InvalidProducerIdMapping = 49,
    InvalidTransactionTimeout = 50,
    ConcurrentTransactions = 51,
    TransactionCoordinatorFenced = 52,
    TransactionalIdAuthorizationFailed = 53,
    SecurityDisabled = 54,
    OperationNotAttempted = 55,
    KafkaStorageError = 56,
    LogDirNotFound = 57,
    SaslAuthenticationFailed = 58,
    UnknownProducerId = 59,
    ReassignmentInProgress = 60,
    DelegationTokenAuthDisabled = 61,
    DelegationTokenNotFound = 62,
    DelegationTokenOwnerMismatch = 63,
    DelegationTokenRequestNotAllowed = 64,
    DelegationTokenAuthorizationFailed = 65,
    DelegationTokenExpired = 66,
    InvalidPrincipalType = 67,
    NonEmptyGroup = 68,
    GroupIdNotFound = 69,
    FetchSessionIdNotFound = 70,
    InvalidFetchSessionEpoch = 71,
    ListenerNotFound = 72,
    TopicDeletionDisabled = 73,
    FencedLeaderEpoch = 74,
    UnknownLeaderEpoch = 75,
    UnsupportedCompressionType = 76,
    StaleBrokerEpoch = 77,
    OffsetNotAvailable = 78,
    MemberIdRequired = 79,
    PreferredLeaderNotAvailable = 80,
    GroupMaxSizeReached = 81,
    FencedInstanceId = 82,
    EligibleLeadersNotAvailable = 83,
    ElectionNotNeeded = 84,
    NoReassignmentInProgress = 85,
    GroupSubscribedToTopic = 86,
    InvalidRecord = 87,
    UnstableOffsetCommit = 88,
    ThrottlingQuotaExceeded = 89,
    ProducerFenced = 90,
    ResourceNotFound = 91,
    DuplicateResource = 92,
    UnacceptableCredential = 93,
    InconsistentVoterSet = 94,
    InvalidUpdateVersion = 95,
    FeatureUpdateFailed = 96,
    PrincipalDeserializationFailure = 97,
    SnapshotNotFound = 98,
    PositionOutOfRange = 99,
    UnknownTopicId = 100,
    DuplicateBrokerRegistration = 101,
    BrokerIdNotRegistered = 102,
    InconsistentTopicId = 103,
    InconsistentClusterId = 104,
    TransactionalIdNotFound = 105,
    FetchSessionTopicIdError = 106,
    IneligibleReplica = 107,
    NewLeaderElected = 108,
    OffsetMovedToTieredStorage = 109,
    FencedMemberEpoch = 110,
    UnreleasedInstanceId = 111,
    UnsupportedAssignor = 112,
    StaleMemberEpoch = 113,
    MismatchedEndpointType = 114,
    UnsupportedEndpointType = 115,
    UnknownControllerId = 116,
    UnknownSubscriptionId = 117,
    TelemetryTooLarge = 118,
    InvalidRegistration = 119,
    TransactionAbortable = 120,
    InvalidRecordState = 121,
    ShareSessionNotFound = 122,
    InvalidShareSessionEpoch = 123,
    FencedStateEpoch = 124,
    InvalidVoterKey = 125,
    DuplicateVoter = 126,
    VoterNotFound = 127,
    InvalidRegularExpression = 128,
    RebootstrapRequired = 129,
    StreamsInvalidTopology = 130,
    StreamsInvalidTopologyEpoch = 131,
    StreamsTopologyFenced = 132,
    ShareSessionLimitReached = 133,
};

/// The value of an errorCode field.
constexpr std::int16_t code(KafkaError error) { return static_cast<std::int16_t>(error); }

/// Kafka's own name: "NOT_CONTROLLER"; "UNKNOWN_SERVER_ERROR" for numbers that nobody knows.
constexpr std::string_view name(KafkaError error) {
    switch (error) {
    case KafkaError::UnknownServerError: return "UNKNOWN_SERVER_ERROR";
    case KafkaError::None: return "NONE";
    case KafkaError::OffsetOutOfRange: return "OFFSET_OUT_OF_RANGE";
    case KafkaError::CorruptMessage: return "CORRUPT_MESSAGE";
    case KafkaError::UnknownTopicOrPartition: return "UNKNOWN_TOPIC_OR_PARTITION";
    case KafkaError::InvalidFetchSize: return "INVALID_FETCH_SIZE";
    case KafkaError::LeaderNotAvailable: return "LEADER_NOT_AVAILABLE";
    case KafkaError::NotLeaderOrFollower: return "NOT_LEADER_OR_FOLLOWER";
    case KafkaError::RequestTimedOut: return "REQUEST_TIMED_OUT";
    case KafkaError::BrokerNotAvailable: return "BROKER_NOT_AVAILABLE";
    case KafkaError::ReplicaNotAvailable: return "REPLICA_NOT_AVAILABLE";
    case KafkaError::MessageTooLarge: return "MESSAGE_TOO_LARGE";
    case KafkaError::StaleControllerEpoch: return "STALE_CONTROLLER_EPOCH";
    case KafkaError::OffsetMetadataTooLarge: return "OFFSET_METADATA_TOO_LARGE";
    case KafkaError::NetworkException: return "NETWORK_EXCEPTION";
    case KafkaError::CoordinatorLoadInProgress: return "COORDINATOR_LOAD_IN_PROGRESS";
    case KafkaError::CoordinatorNotAvailable: return "COORDINATOR_NOT_AVAILABLE";
    case KafkaError::NotCoordinator: return "NOT_COORDINATOR";
    case KafkaError::InvalidTopicException: return "INVALID_TOPIC_EXCEPTION";
    case KafkaError::RecordListTooLarge: return "RECORD_LIST_TOO_LARGE";
    case KafkaError::NotEnoughReplicas: return "NOT_ENOUGH_REPLICAS";
    case KafkaError::NotEnoughReplicasAfterAppend: return "NOT_ENOUGH_REPLICAS_AFTER_APPEND";
    case KafkaError::InvalidRequiredAcks: return "INVALID_REQUIRED_ACKS";
    case KafkaError::IllegalGeneration: return "ILLEGAL_GENERATION";
    case KafkaError::InconsistentGroupProtocol: return "INCONSISTENT_GROUP_PROTOCOL";
    case KafkaError::InvalidGroupId: return "INVALID_GROUP_ID";
    case KafkaError::UnknownMemberId: return "UNKNOWN_MEMBER_ID";
    case KafkaError::InvalidSessionTimeout: return "INVALID_SESSION_TIMEOUT";
    case KafkaError::RebalanceInProgress: return "REBALANCE_IN_PROGRESS";
    case KafkaError::InvalidCommitOffsetSize: return "INVALID_COMMIT_OFFSET_SIZE";
    case KafkaError::TopicAuthorizationFailed: return "TOPIC_AUTHORIZATION_FAILED";
    case KafkaError::GroupAuthorizationFailed: return "GROUP_AUTHORIZATION_FAILED";
    case KafkaError::ClusterAuthorizationFailed: return "CLUSTER_AUTHORIZATION_FAILED";
    case KafkaError::InvalidTimestamp: return "INVALID_TIMESTAMP";
    case KafkaError::UnsupportedSaslMechanism: return "UNSUPPORTED_SASL_MECHANISM";
    case KafkaError::IllegalSaslState: return "ILLEGAL_SASL_STATE";
    case KafkaError::UnsupportedVersion: return "UNSUPPORTED_VERSION";
    case KafkaError::TopicAlreadyExists: return "TOPIC_ALREADY_EXISTS";
    case KafkaError::InvalidPartitions: return "INVALID_PARTITIONS";
    case KafkaError::InvalidReplicationFactor: return "INVALID_REPLICATION_FACTOR";
    case KafkaError::InvalidReplicaAssignment: return "INVALID_REPLICA_ASSIGNMENT";
    case KafkaError::InvalidConfig: return "INVALID_CONFIG";
    case KafkaError::NotController: return "NOT_CONTROLLER";
    case KafkaError::InvalidRequest: return "INVALID_REQUEST";
    case KafkaError::UnsupportedForMessageFormat: return "UNSUPPORTED_FOR_MESSAGE_FORMAT";
    case KafkaError::PolicyViolation: return "POLICY_VIOLATION";
    case KafkaError::OutOfOrderSequenceNumber: return "OUT_OF_ORDER_SEQUENCE_NUMBER";
    case KafkaError::DuplicateSequenceNumber: return "DUPLICATE_SEQUENCE_NUMBER";
    case KafkaError::InvalidProducerEpoch: return "INVALID_PRODUCER_EPOCH";
    case KafkaError::InvalidTxnState: return "INVALID_TXN_STATE";
    case KafkaError::InvalidProducerIdMapping: return "INVALID_PRODUCER_ID_MAPPING";
    case KafkaError::InvalidTransactionTimeout: return "INVALID_TRANSACTION_TIMEOUT";
    case KafkaError::ConcurrentTransactions: return "CONCURRENT_TRANSACTIONS";
    case KafkaError::TransactionCoordinatorFenced: return "TRANSACTION_COORDINATOR_FENCED";
    case KafkaError::TransactionalIdAuthorizationFailed: return "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
    case KafkaError::SecurityDisabled: return "SECURITY_DISABLED";
    case KafkaError::OperationNotAttempted: return "OPERATION_NOT_ATTEMPTED";
    case KafkaError::KafkaStorageError: return "KAFKA_STORAGE_ERROR";
    case KafkaError::LogDirNotFound: return "LOG_DIR_NOT_FOUND";
    case KafkaError::SaslAuthenticationFailed: return "SASL_AUTHENTICATION_FAILED";
    case KafkaError::UnknownProducerId: return "UNKNOWN_PRODUCER_ID";
    case KafkaError::ReassignmentInProgress: return "REASSIGNMENT_IN_PROGRESS";
    case KafkaError::DelegationTokenAuthDisabled: return "DELEGATION_TOKEN_AUTH_DISABLED";
    case KafkaError::DelegationTokenNotFound: return "DELEGATION_TOKEN_NOT_FOUND";
    case KafkaError::DelegationTokenOwnerMismatch: return "DELEGATION_TOKEN_OWNER_MISMATCH";
    case KafkaError::DelegationTokenRequestNotAllowed: return "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED";
    case KafkaError::DelegationTokenAuthorizationFailed: return "DELEGATION_TOKEN_AUTHORIZATION_FAILED";
    case KafkaError::DelegationTokenExpired: return "DELEGATION_TOKEN_EXPIRED";
    case KafkaError::InvalidPrincipalType: return "INVALID_PRINCIPAL_TYPE";
    case KafkaError::NonEmptyGroup: return "NON_EMPTY_GROUP";
    case KafkaError::GroupIdNotFound: return "GROUP_ID_NOT_FOUND";
    case KafkaError::FetchSessionIdNotFound: return "FETCH_SESSION_ID_NOT_FOUND";
    case KafkaError::InvalidFetchSessionEpoch: return "INVALID_FETCH_SESSION_EPOCH";
    case KafkaError::ListenerNotFound: return "LISTENER_NOT_FOUND";
    case KafkaError::TopicDeletionDisabled: return "TOPIC_DELETION_DISABLED";
    case KafkaError::FencedLeaderEpoch: return "FENCED_LEADER_EPOCH";
    case KafkaError::UnknownLeaderEpoch: return "UNKNOWN_LEADER_EPOCH";
    case KafkaError::UnsupportedCompressionType: return "UNSUPPORTED_COMPRESSION_TYPE";
    case KafkaError::StaleBrokerEpoch: return "STALE_BROKER_EPOCH";
    case KafkaError::OffsetNotAvailable: return "OFFSET_NOT_AVAILABLE";
    case KafkaError::MemberIdRequired: return "MEMBER_ID_REQUIRED";
    case KafkaError::PreferredLeaderNotAvailable: return "PREFERRED_LEADER_NOT_AVAILABLE";
    case KafkaError::GroupMaxSizeReached: return "GROUP_MAX_SIZE_REACHED";
    case KafkaError::FencedInstanceId: return "FENCED_INSTANCE_ID";
    case KafkaError::EligibleLeadersNotAvailable: return "ELIGIBLE_LEADERS_NOT_AVAILABLE";
    case KafkaError::ElectionNotNeeded: return "ELECTION_NOT_NEEDED";
    case KafkaError::NoReassignmentInProgress: return "NO_REASSIGNMENT_IN_PROGRESS";
    case KafkaError::GroupSubscribedToTopic: return "GROUP_SUBSCRIBED_TO_TOPIC";
    case KafkaError::InvalidRecord: return "INVALID_RECORD";
    case KafkaError::UnstableOffsetCommit: return "UNSTABLE_OFFSET_COMMIT";
    case KafkaError::ThrottlingQuotaExceeded: return "THROTTLING_QUOTA_EXCEEDED";
    case KafkaError::ProducerFenced: return "PRODUCER_FENCED";
    case KafkaError::ResourceNotFound: return "RESOURCE_NOT_FOUND";
    case KafkaError::DuplicateResource: return "DUPLICATE_RESOURCE";
    case KafkaError::UnacceptableCredential: return "UNACCEPTABLE_CREDENTIAL";
    case KafkaError::InconsistentVoterSet: return "INCONSISTENT_VOTER_SET";
    case KafkaError::InvalidUpdateVersion: return "INVALID_UPDATE_VERSION";
    case KafkaError::FeatureUpdateFailed: return "FEATURE_UPDATE_FAILED";
    case KafkaError::PrincipalDeserializationFailure: return "PRINCIPAL_DESERIALIZATION_FAILURE";
    case KafkaError::SnapshotNotFound: return "SNAPSHOT_NOT_FOUND";
    case KafkaError::PositionOutOfRange: return "POSITION_OUT_OF_RANGE";
    case KafkaError::UnknownTopicId: return "UNKNOWN_TOPIC_ID";
    case KafkaError::DuplicateBrokerRegistration: return "DUPLICATE_BROKER_REGISTRATION";
    case KafkaError::BrokerIdNotRegistered: return "BROKER_ID_NOT_REGISTERED";
    case KafkaError::InconsistentTopicId: return "INCONSISTENT_TOPIC_ID";
    case KafkaError::InconsistentClusterId: return "INCONSISTENT_CLUSTER_ID";
    case KafkaError::TransactionalIdNotFound: return "TRANSACTIONAL_ID_NOT_FOUND";
    case KafkaError::FetchSessionTopicIdError: return "FETCH_SESSION_TOPIC_ID_ERROR";
    case KafkaError::IneligibleReplica: return "INELIGIBLE_REPLICA";
    case KafkaError::NewLeaderElected: return "NEW_LEADER_ELECTED";
    case KafkaError::OffsetMovedToTieredStorage: return "OFFSET_MOVED_TO_TIERED_STORAGE";
    case KafkaError::FencedMemberEpoch: return "FENCED_MEMBER_EPOCH";
    case KafkaError::UnreleasedInstanceId: return "UNRELEASED_INSTANCE_ID";
    case KafkaError::UnsupportedAssignor: return "UNSUPPORTED_ASSIGNOR";
    case KafkaError::StaleMemberEpoch: return "STALE_MEMBER_EPOCH";
    case KafkaError::MismatchedEndpointType: return "MISMATCHED_ENDPOINT_TYPE";
    case KafkaError::UnsupportedEndpointType: return "UNSUPPORTED_ENDPOINT_TYPE";
    case KafkaError::UnknownControllerId: return "UNKNOWN_CONTROLLER_ID";
    case KafkaError::UnknownSubscriptionId: return "UNKNOWN_SUBSCRIPTION_ID";
    case KafkaError::TelemetryTooLarge: return "TELEMETRY_TOO_LARGE";
    case KafkaError::InvalidRegistration: return "INVALID_REGISTRATION";
    case KafkaError::TransactionAbortable: return "TRANSACTION_ABORTABLE";
    case KafkaError::InvalidRecordState: return "INVALID_RECORD_STATE";
    case KafkaError::ShareSessionNotFound: return "SHARE_SESSION_NOT_FOUND";
    case KafkaError::InvalidShareSessionEpoch: return "INVALID_SHARE_SESSION_EPOCH";
    case KafkaError::FencedStateEpoch: return "FENCED_STATE_EPOCH";
    case KafkaError::InvalidVoterKey: return "INVALID_VOTER_KEY";
    case KafkaError::DuplicateVoter: return "DUPLICATE_VOTER";
    case KafkaError::VoterNotFound: return "VOTER_NOT_FOUND";
    case KafkaError::InvalidRegularExpression: return "INVALID_REGULAR_EXPRESSION";
    case KafkaError::RebootstrapRequired: return "REBOOTSTRAP_REQUIRED";
    case KafkaError::StreamsInvalidTopology: return "STREAMS_INVALID_TOPOLOGY";
    case KafkaError::StreamsInvalidTopologyEpoch: return "STREAMS_INVALID_TOPOLOGY_EPOCH";
    case KafkaError::StreamsTopologyFenced: return "STREAMS_TOPOLOGY_FENCED";
    case KafkaError::ShareSessionLimitReached: return "SHARE_SESSION_LIMIT_REACHED";
    }
    return "UNKNOWN_SERVER_ERROR";
}

} // namespace broker::protocol
