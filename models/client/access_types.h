#pragma once
// Who may do what, as a cluster keeps it: ACLs and SCRAM users. Values, any thread.

#include <QByteArray>
#include <QList>
#include <QMetaType>
#include <QString>
#include <memory>
#include <string.h>
#include <tuple>

namespace models::client {

// Numbers are Kafka's. One that is none of these (of a newer Kafka) stays what it is, so that it can be shown and deleted.
enum class AclResource : qint8 { Unknown = 0, Any = 1, Topic = 2, Group = 3, Cluster = 4, TransactionalId = 5, DelegationToken = 6, User = 7 };
enum class AclPattern : qint8 { Unknown = 0, Any = 1, Match = 2, Literal = 3, Prefixed = 4 };
enum class AclOperation : qint8 {
    Unknown = 0, Any = 1, All = 2, Read = 3, Write = 4, Create = 5, Delete = 6, Alter = 7, Describe = 8, ClusterAction = 9,
    DescribeConfigs = 10, AlterConfigs = 11, IdempotentWrite = 12, CreateTokens = 13, DescribeTokens = 14, TwoPhaseCommit = 15
};
enum class AclPermission : qint8 { Unknown = 0, Any = 1, Deny = 2, Allow = 3 };

/// One ACL; Samsa calls it a rule.
struct AclRule {
    AclResource resource = AclResource::Topic;
    QString name; ///< "*" with Literal = every resource of the type
    AclPattern pattern = AclPattern::Literal;
    QString principal; ///< "User:alice", "User:*"
    QString host = QStringLiteral("*");
    AclOperation operation = AclOperation::Read;
    AclPermission permission = AclPermission::Allow;

    [[nodiscard]] auto key() const { return std::tie(principal, resource, name, pattern, permission, operation, host); }
    bool operator==(const AclRule&) const = default;
    bool operator<(const AclRule& other) const { return key() < other.key(); }
};

enum class ScramMechanism : qint8 { Unknown = 0, Sha256 = 1, Sha512 = 2 };
struct ScramCredential {
    ScramMechanism mechanism = ScramMechanism::Unknown;
    int iterations = 0;
    bool operator==(const ScramCredential&) const = default;
};
struct ScramUser {
    QString name;
    QList<ScramCredential> credentials; ///< by mechanism
    bool operator==(const ScramUser&) const = default;
};

/// Bytes that are overwritten when the last owner lets go. Never printed, never stored.
class Secret {
public:
    explicit Secret(QByteArray bytes) : m_bytes(std::move(bytes)) { m_bytes.detach(); }
    ~Secret() { ::explicit_bzero(m_bytes.data(), static_cast<std::size_t>(m_bytes.size())); }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    [[nodiscard]] const QByteArray& bytes() const { return m_bytes; }

private:
    QByteArray m_bytes;
};

/// A credential to be stored. The password is salted and hashed before anything is sent.
struct ScramUpsert {
    QString user;
    ScramMechanism mechanism = ScramMechanism::Sha512;
    int iterations = 8192; ///< [4096, 16384]: what Kafka's controller takes
    std::shared_ptr<const Secret> password;
};
inline constexpr int kScramIterationsMin = 4096;
inline constexpr int kScramIterationsMax = 16384;

} // namespace models::client
