#pragma once
// Expected failures of the models are values: Result<T>. An Error holds facts (what was tried, why it failed); the sentence
// that says what to do next is worded in ui/, by code.

#include <QMetaType>
#include <QString>
#include <expected>

namespace models {

enum class ErrorCode {
    Unreachable,     ///< no broker answered: refused, unknown host, black hole
    TimedOut,        ///< somebody is there, the answer did not come in time
    AuthenticationFailed,
    NotAuthorized,   ///< logged in, but an ACL forbids it
    TlsFailed,       ///< certificate, host name, protocol
    NotFound,
    AlreadyExists,
    Invalid,         ///< a name, a number or a setting that cannot be
    Refused,         ///< the cluster's policy or state does not allow it
    ReadOnly,        ///< the connection is read-only: refused here, nothing was sent
    ChangedMeanwhile,///< what the plan expected no longer stands
    Unsupported,     ///< the service does not have this request or feature
    Cancelled,
    Busy,
    Locked,          ///< what is needed is in a vault or keychain that has to be unlocked first
    Storage,         ///< our own database or files
    Corrupt,         ///< bytes that are not what their format says
    Internal,
};

/// What failed and why. Plain value, any thread.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    QString what;    ///< what was tried, as a noun phrase: "create topic orders", "read partition 3 of orders"
    QString why;     ///< the reason in the words of the broker, library or system: "Connection refused (localhost:19092)"
    int kafkaCode = 0; ///< Kafka's wire code or librdkafka's local one (negative); 0 = none

    /// "create topic orders: Topic 'orders' already exists." for logs and the audit trail, never for the window.
    [[nodiscard]] QString toString() const { return what.isEmpty() ? why : what + QStringLiteral(": ") + why; }
    bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, QString what, QString why, int kafkaCode = 0) {
    return std::unexpected<Error>(Error{code, std::move(what), std::move(why), kafkaCode});
}

/// "Unreachable", "ReadOnly"...: stable, for logs and stored rows.
QString toString(ErrorCode code);

} // namespace models

Q_DECLARE_METATYPE(models::Error)
