#pragma once
// A token by OAuth 2's client credentials (RFC 6749 4.4), as Kafka's own clients ask for it (KIP-768): the client's ID and secret as HTTP's Basic login.

#include "models/tokens/token_source.h"

namespace models::tokens {

struct OidcClient {
    QString url; ///< https, or http to this computer
    QString clientId, clientSecret;
    QString scope;                     ///< empty = what the provider gives
    QMap<QString, QString> extensions; ///< go along with every token
};

/// Blocks. AuthenticationFailed with the provider's words where it refuses; Corrupt where what comes is no token, or does not say how long it lives.
Result<Token> fetchToken(const OidcClient& client, const Patience& patience);

/// The claims of a JSON Web Token, not verified: that is the broker's work. Empty when it is none.
struct Claims {
    QString subject;
    QDateTime until; ///< UTC; invalid = it does not say
};
Claims claimsOf(const QByteArray& token);

/// "logicalCluster=lkc-1,identityPoolId=pool-2". Names are letters, values printable (RFC 7628); what is not is an error.
Result<QMap<QString, QString>> extensionsOf(const QString& text);

} // namespace models::tokens
