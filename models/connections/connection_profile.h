#pragma once
// A remote cluster that the user wants to reach again.

#include "models/client/client_config.h"

#include <QString>
#include <QStringList>

namespace models::connections {

/// Value. Secrets in `config` live for the session only: the store never sees them.
struct ConnectionProfile {
    QString id;   ///< made once, stable: "c-" and 8 letters
    QString name; ///< shown; unique is not needed
    client::ClientConfig config;
    QString colour;         ///< name of a theme colour ("teal", "amber", ...), empty = none
    bool production = false; ///< marked in the window, opens read-only
    bool readOnly = false;

    [[nodiscard]] bool opensReadOnly() const { return production || readOnly; }
    bool operator==(const ConnectionProfile&) const = default;
};

/// Reads what people paste: "host:port,host:port", or lines NAME=VALUE as in client.properties (Java names that librdkafka shares;
/// bootstrap.servers becomes the servers). Fails with the line that it did not understand.
Result<client::ClientConfig> parseConnectionText(const QString& text);

} // namespace models::connections
