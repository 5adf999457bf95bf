#pragma once
// What the librdkafka of this program was built with.

#include <QSet>
#include <QString>

namespace models::client {

/// "ssl", "sasl_gssapi", "sasl_plain", "sasl_scram", "sasl_oauthbearer", "oidc", "zstd", ... Any thread.
const QSet<QString>& libraryFeatures();

} // namespace models::client
