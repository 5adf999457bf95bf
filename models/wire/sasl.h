#pragma once
// Inside models/wire: logging in. PLAIN (RFC 4616), SCRAM (RFC 5802, 7677) and OAUTHBEARER (RFC 7628) as pure exchanges; wire_links sends them.

#include "models/base/error.h"
#include "models/wire/security.h"

#include <QByteArray>

namespace models::wire {

/// NUL user NUL password.
QByteArray plainMessage(const QByteArray& username, const QByteArray& password);

/// RFC 7628: the token and its extensions, in one message.
QByteArray bearerMessage(const tokens::Token& token);
/// What goes out after a refusal that came as a challenge: the broker then ends the exchange with its error.
inline QByteArray bearerGiveUp() { return QByteArray(1, '\x01'); }

/// The client's side of one SCRAM login: first() goes out, what comes back goes into next(), what comes back of that into finish().
/// Refuses servers that do not carry our nonce on, that ask for fewer than 4,096 or more than 200,000 rounds (an hour of our processor), and
/// that cannot prove that they know the password.
class ScramClient {
public:
    static constexpr int kIterationsMin = 4096;
    static constexpr int kIterationsMax = 200'000;
    /// `nonce`: printable ASCII without commas, never used before.
    ScramClient(Security::Sasl mechanism, QByteArray username, QByteArray password, QByteArray nonce);
    ~ScramClient();
    ScramClient(const ScramClient&) = delete;
    ScramClient& operator=(const ScramClient&) = delete;

    [[nodiscard]] QByteArray first() const;
    Result<QByteArray> next(const QByteArray& serverFirst);
    Result<void> finish(const QByteArray& serverFinal);

    /// 24 random characters.
    static QByteArray freshNonce();

private:
    Security::Sasl m_mechanism;
    QByteArray m_username, m_password, m_nonce;
    QByteArray m_serverSignature;
};

} // namespace models::wire
