#pragma once
// How to reach a cluster: bootstrap servers and any of librdkafka's properties.

#include "models/base/error.h"

#include <QMap>
#include <QString>
#include <QStringList>

namespace models::client {

/// Value. `properties` hold librdkafka's names ("security.protocol", "sasl.username", ...); `secrets` are kept apart so that nothing that
/// stores or prints a config can take them along by accident.
struct ClientConfig {
    QString bootstrapServers;          ///< "host:port,host:port"
    QMap<QString, QString> properties; ///< without secrets
    QMap<QString, QString> secrets;    ///< passwords, keys, tokens: memory only

    /// True for property names whose value must never be stored or shown: "sasl.password", "ssl.key.pem", "ssl.keystore.password", ...
    static bool isSecretName(const QString& name);
    /// librdkafka writes the values of sasl.kerberos.* into a command that a shell runs (kinit): false for those that a shell could read as anything but a name or a path.
    static bool isSafeForKinit(const QString& name, const QString& value);
    /// Puts `value` where it belongs, by its name.
    void set(const QString& name, const QString& value);
    /// Unknown names, values out of range and combinations that cannot work, in librdkafka's words. Does not connect.
    [[nodiscard]] Result<void> check() const;
    /// "host:port" each; empty ones dropped.
    [[nodiscard]] QStringList servers() const;
    bool operator==(const ClientConfig&) const = default;
};

} // namespace models::client
