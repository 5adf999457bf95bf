#pragma once
// Client settings from a file as kcat -F, Kafka's own tools and `samsa cluster up --secure` write them: NAME=VALUE lines, # comments.

#include "models/client/client_config.h"

namespace models::client {

/// librdkafka's names, and the ones of Java clients that mean the same (sasl.jaas.config, trust and key stores of type PEM). NotFound: no such file;
/// Invalid: a line that is none, named by its number; Unsupported: a JKS or PKCS12 store. Secrets land among the secrets.
Result<ClientConfig> readPropertiesFile(const QString& path);
/// The same from text; `name` is for errors.
Result<ClientConfig> parseProperties(const QString& text, const QString& name);

} // namespace models::client
