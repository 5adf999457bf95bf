#include "models/client/client_config.h"

#include "models/client/native.h"

#include <QRegularExpression>

namespace models::client {

bool ClientConfig::isSecretName(const QString& name) {
    static const QStringList exact{QStringLiteral("ssl.key.pem"), QStringLiteral("ssl_key"), QStringLiteral("sasl.jaas.config"), QStringLiteral("ssl.keystore.key"),
        QStringLiteral("sasl.oauthbearer.config")};
    const QString lower = name.trimmed().toLower();
    for (const auto& part : {"password", "secret", "passphrase", "token", "credential", "private.key"})
        if (lower.contains(QLatin1String(part)) && lower != QLatin1String("sasl.oauthbearer.token.endpoint.url"))
            return true;
    return exact.contains(lower);
}

bool ClientConfig::isSafeForKinit(const QString& name, const QString& value) {
    static const QStringList written{QStringLiteral("sasl.kerberos.service.name"), QStringLiteral("sasl.kerberos.principal"), QStringLiteral("sasl.kerberos.keytab")};
    static const QRegularExpression plain(QStringLiteral("\\A[A-Za-z0-9._/@:+][A-Za-z0-9._/@:+-]*\\z"));
    return !written.contains(name.trimmed().toLower()) || value.isEmpty() || plain.match(value).hasMatch();
}

void ClientConfig::set(const QString& name, const QString& value) {
    if (name == QLatin1String("bootstrap.servers") || name == QLatin1String("metadata.broker.list"))
        bootstrapServers = value;
    else
        (isSecretName(name) ? secrets : properties).insert(name, value);
}

Result<void> ClientConfig::check() const {
    auto conf = native::makeConf(*this, {});
    if (!conf)
        return std::unexpected(conf.error());
    for (const auto& server : servers()) {
        const auto colon = server.lastIndexOf(u':');
        bool ok = true;
        if (colon > 0 && !server.endsWith(u']')) {
            const int port = server.mid(colon + 1).toInt(&ok);
            ok = ok && port > 0 && port < 65536;
        }
        if (!ok || server.contains(u' '))
            return fail(ErrorCode::Invalid, QStringLiteral("bootstrap.servers"), QStringLiteral("'%1' is not host:port").arg(server));
    }
    return {};
}

QStringList ClientConfig::servers() const {
    QStringList all;
    for (const auto& server : bootstrapServers.split(u',', Qt::SkipEmptyParts))
        if (const QString clean = server.trimmed(); !clean.isEmpty())
            all.append(clean);
    return all;
}

} // namespace models::client
