#include "models/client/properties_file.h"

#include <QFile>
#include <QRegularExpression>

namespace models::client {
namespace {

constexpr qint64 kFileBytesMax = 1 << 20;

/// username="alice" password="..." of a JAAS line.
QString jaasValue(const QString& line, const QString& name) {
    const QRegularExpression pattern(QStringLiteral("\\b%1\\s*=\\s*\"((?:[^\"\\\\]|\\\\.)*)\"").arg(name));
    QString value = pattern.match(line).captured(1);
    return value.replace(QRegularExpression(QStringLiteral("\\\\(.)")), QStringLiteral("\\1"));
}

/// What only means something to a Java process.
bool isForJavaOnly(const QString& name) {
    return name.endsWith(QLatin1String(".serializer")) || name.endsWith(QLatin1String(".deserializer")) || name == QLatin1String("ssl.truststore.password")
        || name.startsWith(QLatin1String("sasl.login.callback")) || name == QLatin1String("sasl.client.callback.handler.class");
}

Result<void> fromJava(ClientConfig& config, QMap<QString, QString> java) {
    const auto take = [&](const char* name) { return java.take(QLatin1String(name)); };
    const QString jaas = take("sasl.jaas.config");
    if (!jaas.isEmpty()) {
        if (!jaasValue(jaas, QStringLiteral("awsRoleArn")).isEmpty())
            return fail(ErrorCode::Unsupported, QStringLiteral("awsRoleArn"), QStringLiteral("roles are taken by profiles: name one in ~/.aws/config that has this role_arn, as awsProfileName"));
        const std::pair<const char*, const char*> parts[] = {{"username", "sasl.username"}, {"password", "sasl.password"}, {"clientId", "sasl.oauthbearer.client.id"},
            {"clientSecret", "sasl.oauthbearer.client.secret"}, {"scope", "sasl.oauthbearer.scope"}, {"awsProfileName", "aws.profile"}};
        for (const auto& [from, to] : parts)
            if (const QString value = jaasValue(jaas, QLatin1String(from)); !value.isEmpty())
                config.set(QLatin1String(to), value);
    }
    for (const auto& store : {"truststore", "keystore"}) {
        const QString prefix = QStringLiteral("ssl.%1.").arg(QLatin1String(store));
        const QString type = java.take(prefix + QStringLiteral("type")).toUpper();
        const QString location = java.value(prefix + QStringLiteral("location"));
        if (location.isEmpty() || (type.isEmpty() && location.endsWith(QLatin1String(".p12")) && qstrcmp(store, "keystore") == 0))
            continue; // PKCS12 key stores are librdkafka's own
        if (type != QLatin1String("PEM"))
            return fail(ErrorCode::Unsupported, prefix + QStringLiteral("location"), QStringLiteral("Java's stores cannot be read: convert it to PEM, and set %1type=PEM").arg(prefix));
        java.remove(prefix + QStringLiteral("location"));
        if (qstrcmp(store, "truststore") == 0) {
            config.set(QStringLiteral("ssl.ca.location"), location);
        } else {
            config.set(QStringLiteral("ssl.certificate.location"), location);
            config.set(QStringLiteral("ssl.key.location"), location);
        }
    }
    const std::pair<const char*, const char*> same[] = {{"ssl.truststore.certificates", "ssl.ca.pem"}, {"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
        {"ssl.keystore.key", "ssl.key.pem"}, {"sasl.mechanism", "sasl.mechanisms"}};
    for (const auto& [from, to] : same)
        if (const QString value = take(from); !value.isEmpty())
            config.set(QLatin1String(to), value);
    for (auto it = java.begin(); it != java.end(); ++it)
        config.set(it.key(), it.value());
    // Java's client names no method: an address that gives tokens is one.
    const bool askedFor = config.properties.contains(QStringLiteral("sasl.oauthbearer.token.endpoint.url")) && config.properties.contains(QStringLiteral("sasl.oauthbearer.client.id"));
    if (askedFor && !config.properties.contains(QStringLiteral("sasl.oauthbearer.method")))
        config.set(QStringLiteral("sasl.oauthbearer.method"), QStringLiteral("oidc"));
    return {};
}

} // namespace

Result<ClientConfig> parseProperties(const QString& text, const QString& name) {
    QMap<QString, QString> all;
    int number = 0;
    QString joined; // a backslash at the end of a line joins the next
    for (const QString& raw : text.split(u'\n')) {
        ++number;
        QString line = raw.trimmed();
        if (joined.isEmpty() && (line.isEmpty() || line.startsWith(u'#') || line.startsWith(u'!')))
            continue;
        if (line.endsWith(u'\\') && !line.endsWith(QLatin1String("\\\\"))) {
            joined += line.chopped(1);
            continue;
        }
        line = joined + line;
        joined.clear();
        const auto equals = line.indexOf(u'=');
        if (equals <= 0)
            return fail(ErrorCode::Invalid, name, QStringLiteral("line %1 is not NAME=VALUE").arg(number)); // not the line itself: it may be a secret
        const QString property = line.left(equals).trimmed();
        QString value = line.mid(equals + 1).trimmed();
        if (property == QLatin1String("ssl.endpoint.identification.algorithm") && value.isEmpty())
            value = QStringLiteral("none"); // Java's way to say it
        if (!isForJavaOnly(property))
            all.insert(property, value);
    }
    ClientConfig config;
    if (auto done = fromJava(config, std::move(all)); !done)
        return std::unexpected(done.error());
    return config;
}

Result<ClientConfig> readPropertiesFile(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(file.exists() ? ErrorCode::Invalid : ErrorCode::NotFound, path, file.errorString());
    const QByteArray bytes = file.read(kFileBytesMax + 1);
    if (bytes.size() > kFileBytesMax)
        return fail(ErrorCode::Invalid, path, QStringLiteral("this is too large to be client settings"));
    return parseProperties(QString::fromUtf8(bytes), path);
}

} // namespace models::client
