#pragma once
// Which of a client's properties are about tokens, and the source that they name. Any thread.
//
//   sasl.mechanisms=OAUTHBEARER   with librdkafka's names: sasl.oauthbearer.method=oidc, .token.endpoint.url, .client.id, .client.secret, .scope, .extensions
//   sasl.mechanisms=AWS_MSK_IAM   a name of Java's client, and our own ones: aws.region (empty: as the servers' names say), aws.profile, aws.access.key.id,
//                                 aws.secret.access.key, aws.session.token (empty: models/tokens/aws_credentials.h)

#include "models/client/client_config.h"
#include "models/tokens/token_source.h"

#include <memory>

namespace models::client {

inline constexpr QLatin1String kMskIam("AWS_MSK_IAM");

/// "SCRAM-SHA-512", upper case; GSSAPI where there is a login and no mechanism is named, as with librdkafka. Empty = no login.
QString mechanismOf(const ClientConfig& config);

/// Null: this login has no tokens, or they are librdkafka's affair (settings of OAuth that are not named above). Logins that are the same share one
/// source for as long as anybody has it.
Result<std::shared_ptr<tokens::TokenSource>> tokenSourceOf(const ClientConfig& config);

/// True for what librdkafka is not told when the source is ours.
bool isTokenSetting(const QString& property);

} // namespace models::client
