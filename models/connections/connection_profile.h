#pragma once
// A remote cluster that the user wants to reach again.

#include "models/client/client_config.h"
#include "models/secrets/place.h"

#include <QString>
#include <QStringList>

namespace models::connections {

using secrets::SecretPlace;

/// Value. Secrets in `config` are in memory only: the store never sees their values, only their names.
struct ConnectionProfile {
    QString id;   ///< made once, stable: "c-" and 8 letters
    QString name; ///< shown; unique is not needed
    client::ClientConfig config;
    QString service;        ///< id of a service in services.h; empty = any Kafka
    QString colour;         ///< name of a theme colour ("teal", "amber", ...), empty = none
    bool production = false; ///< marked in the window, opens read-only
    bool readOnly = false;
    bool readablePassword = false; ///< the user allowed that the password crosses the network readable
    SecretPlace place = SecretPlace::Session;
    QStringList secretNames; ///< of all secrets that belong to it, whether they are in memory now or not

    [[nodiscard]] bool opensReadOnly() const { return production || readOnly; }
    /// Names of secrets that it needs and that are not in memory: they have to be fetched before it can connect.
    [[nodiscard]] QStringList missingSecrets() const {
        QStringList missing;
        for (const auto& secret : secretNames)
            if (!config.secrets.contains(secret))
                missing.append(secret);
        return missing;
    }
    bool operator==(const ConnectionProfile&) const = default;
};

} // namespace models::connections
