#pragma once
// Inside models/wire: how a connection is encrypted and who logs in over it, made once of a client's properties.
//
// What our own client can do: PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL with PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, Kerberos
// and tokens (OAUTHBEARER, Amazon MSK's IAM: models/client/token_settings.h), certificates and keys as PEM or in a PKCS#12 key store. For anything else
// (engines, OAuth's newer ways) `of` answers Unsupported with the reason, and the caller goes through librdkafka.

#include "models/base/error.h"
#include "models/client/client_config.h"
#include "models/tokens/token_source.h"
#include "models/wire/kerberos.h"

#include <QByteArray>
#include <memory>

struct ssl_ctx_st;

namespace models::wire {

/// Value; copies share the TLS context, which any thread may use.
struct Security {
    enum class Sasl { None, Plain, ScramSha256, ScramSha512, OAuthBearer, Kerberos };
    std::shared_ptr<ssl_ctx_st> tls; ///< null = plaintext
    bool verifyHost = true;          ///< the certificate must name the address that was dialled
    Sasl sasl = Sasl::None;
    QByteArray username;
    QByteArray password;
    std::shared_ptr<tokens::TokenSource> tokens; ///< of OAuthBearer
    KerberosWho kerberos;
    /// Whoever listens could use what is sent to log in.
    [[nodiscard]] bool sendsSecret() const { return sasl == Sasl::Plain || sasl == Sasl::OAuthBearer; }

    /// Unsupported: librdkafka has to do it. TlsFailed or Invalid: a certificate or key that cannot be read, a mechanism without a user.
    static Result<Security> of(const client::ClientConfig& config);
};

} // namespace models::wire
