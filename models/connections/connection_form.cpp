#include "models/connections/connection_form.h"

#include "models/client/features.h"
#include "models/connections/connection_text.h"
#include "models/tokens/aws_signature.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHostAddress>

namespace models::connections {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Connections)
};

constexpr std::pair<Protocol, const char*> kProtocols[] = {{Protocol::Plaintext, "PLAINTEXT"}, {Protocol::Tls, "SSL"}, {Protocol::SaslPlaintext, "SASL_PLAINTEXT"}, {Protocol::SaslTls, "SASL_SSL"}};
constexpr std::pair<Mechanism, const char*> kMechanismNames[] = {{Mechanism::Plain, "PLAIN"}, {Mechanism::Scram256, "SCRAM-SHA-256"}, {Mechanism::Scram512, "SCRAM-SHA-512"},
    {Mechanism::OAuthBearer, "OAUTHBEARER"}, {Mechanism::Kerberos, "GSSAPI"}, {Mechanism::MskIam, "AWS_MSK_IAM"}};
static_assert(std::size(kMechanismNames) == kMechanisms);

/// Takes what the form has a field for out of the config; what is left are the further properties.
class Taker {
public:
    explicit Taker(client::ClientConfig& rest) : m_rest(rest) {}
    QString operator()(const char* name) {
        const QString key = QLatin1String(name);
        return client::ClientConfig::isSecretName(key) ? m_rest.secrets.take(key) : m_rest.properties.take(key);
    }

private:
    client::ClientConfig& m_rest;
};

bool near(const QString& server) {
    QString host = server.left(server.lastIndexOf(u':'));
    if (host.startsWith(u'['))
        host = host.mid(1, host.size() - 2);
    return host == QLatin1String("localhost") || QHostAddress(host).isLoopback();
}

class Checker {
public:
    Checker(FormResult& result, const QStringList& kept) : m_result(result), m_kept(kept) {}
    void set(const char* name, const QString& value) {
        if (!value.isEmpty())
            m_result.config.set(QLatin1String(name), value);
    }
    void want(const QString& value, const QString& field, const QString& text) {
        if (value.trimmed().isEmpty())
            problem(field, text);
    }
    void wantSecret(const QString& value, const char* name, const QString& field, const QString& text) {
        if (value.isEmpty() && !m_kept.contains(QLatin1String(name)))
            problem(field, text);
    }
    void problem(const QString& field, const QString& text) { m_result.problems.append({field, text}); }
    void pem(const Pem& pem, const char* textName, const char* pathName, const QString& field) {
        if (!pem.text.isEmpty()) {
            if (describePem(pem.text).isEmpty())
                problem(field, Text::tr("This is not PEM: it begins with -----BEGIN."));
            set(textName, pem.text);
        } else if (!pem.path.isEmpty()) {
            if (!QFileInfo(pem.path).isReadable())
                problem(field, Text::tr("There is no file %1 that can be read").arg(pem.path));
            set(pathName, pem.path);
        }
    }

private:
    FormResult& m_result;
    const QStringList& m_kept;
};

void takeTls(const ConnectionForm& form, const QStringList& kept, Checker& check) {
    check.pem(form.authority, "ssl.ca.pem", "ssl.ca.location", QStringLiteral("authority"));
    check.pem(form.certificate, "ssl.certificate.pem", "ssl.certificate.location", QStringLiteral("certificate"));
    check.pem(form.key, "ssl.key.pem", "ssl.key.location", QStringLiteral("key"));
    check.set("ssl.key.password", form.keyPassword);
    if (!form.checkHostName)
        check.set("ssl.endpoint.identification.algorithm", QStringLiteral("none"));
    const bool hasKey = !form.key.isEmpty() || kept.contains(QStringLiteral("ssl.key.pem"));
    if (!form.certificate.isEmpty() && !hasKey)
        check.problem(QStringLiteral("key"), Text::tr("A client certificate needs its private key"));
    if (form.certificate.isEmpty() && hasKey)
        check.problem(QStringLiteral("certificate"), Text::tr("A private key needs its certificate"));
}

void takeSasl(const ConnectionForm& form, Checker& check) {
    check.set("sasl.mechanisms", nameOf(form.mechanism));
    switch (form.mechanism) {
    case Mechanism::Plain:
    case Mechanism::Scram256:
    case Mechanism::Scram512:
        check.want(form.user, QStringLiteral("user"), Text::tr("%1 needs a user").arg(nameOf(form.mechanism)));
        check.wantSecret(form.password, "sasl.password", QStringLiteral("password"), Text::tr("%1 needs a password").arg(nameOf(form.mechanism)));
        check.set("sasl.username", form.user);
        check.set("sasl.password", form.password);
        break;
    case Mechanism::OAuthBearer:
        check.want(form.tokenUrl, QStringLiteral("tokenUrl"), Text::tr("The address that gives tokens is missing"));
        if (const QString why = refusedSetting(QStringLiteral("sasl.oauthbearer.token.endpoint.url"), form.tokenUrl); !form.tokenUrl.isEmpty() && !why.isEmpty())
            check.problem(QStringLiteral("tokenUrl"), why);
        check.want(form.clientId, QStringLiteral("clientId"), Text::tr("The client ID is missing"));
        check.wantSecret(form.clientSecret, "sasl.oauthbearer.client.secret", QStringLiteral("clientSecret"), Text::tr("The client secret is missing"));
        check.set("sasl.oauthbearer.method", QStringLiteral("oidc"));
        check.set("sasl.oauthbearer.token.endpoint.url", form.tokenUrl.trimmed());
        check.set("sasl.oauthbearer.client.id", form.clientId.trimmed());
        check.set("sasl.oauthbearer.client.secret", form.clientSecret);
        check.set("sasl.oauthbearer.scope", form.scope.trimmed());
        check.set("sasl.oauthbearer.extensions", form.extensions.trimmed());
        break;
    case Mechanism::MskIam:
        check.set("aws.region", form.awsRegion.trimmed());
        check.set("aws.profile", form.awsProfile.trimmed());
        check.set("aws.access.key.id", form.awsKeyId.trimmed());
        check.set("aws.secret.access.key", form.awsSecret);
        check.set("aws.session.token", form.awsSession);
        if (!form.awsKeyId.trimmed().isEmpty())
            check.wantSecret(form.awsSecret, "aws.secret.access.key", QStringLiteral("awsSecret"), Text::tr("The access key's secret is missing"));
        else if (!form.awsSecret.isEmpty())
            check.problem(QStringLiteral("awsKeyId"), Text::tr("The access key's ID is missing"));
        if (form.awsRegion.trimmed().isEmpty() && tokens::awsRegionOf(form.servers).isEmpty())
            check.problem(QStringLiteral("awsRegion"), Text::tr("The servers' names do not say in which region they are"));
        break;
    case Mechanism::Kerberos:
        if (!form.kerberosKeytab.trimmed().isEmpty())
            check.want(form.kerberosPrincipal, QStringLiteral("kerberosPrincipal"), Text::tr("A keytab needs the principal whose key is used"));
        for (const auto& [field, name, value] : {std::tuple{"kerberosService", "service.name", form.kerberosService}, {"kerberosPrincipal", "principal", form.kerberosPrincipal}, {"kerberosKeytab", "keytab", form.kerberosKeytab}})
            if (const QString why = refusedSetting(QStringLiteral("sasl.kerberos.") + QLatin1String(name), value.trimmed()); !why.isEmpty())
                check.problem(QLatin1String(field), why);
        check.set("sasl.kerberos.service.name", form.kerberosService.trimmed());
        check.set("sasl.kerberos.principal", form.kerberosPrincipal.trimmed());
        check.set("sasl.kerberos.keytab", form.kerberosKeytab.trimmed());
        break;
    }
}

} // namespace

QString nameOf(Protocol protocol) { return QLatin1String(kProtocols[static_cast<int>(protocol)].second); }
QString nameOf(Mechanism mechanism) { return QLatin1String(kMechanismNames[static_cast<int>(mechanism)].second); }

QString refusalOf(Mechanism mechanism) {
    const auto& features = client::libraryFeatures();
    const auto has = [&features](const char* name) { return features.contains(QLatin1String(name)); };
    bool can = true;
    switch (mechanism) {
    case Mechanism::Plain: can = has("sasl_plain"); break;
    case Mechanism::Scram256:
    case Mechanism::Scram512: can = has("sasl_scram"); break;
    case Mechanism::MskIam:
    case Mechanism::OAuthBearer: can = has("sasl_oauthbearer"); break;
    case Mechanism::Kerberos: can = has("sasl_gssapi"); break;
    }
    return can ? QString() : Text::tr("the librdkafka of this program was built without %1").arg(nameOf(mechanism));
}

QString refusalOf(Protocol protocol) {
    const auto& features = client::libraryFeatures();
    const bool can = (!usesTls(protocol) || features.contains(QStringLiteral("ssl"))) && (!usesSasl(protocol) || features.contains(QStringLiteral("sasl")) || features.contains(QStringLiteral("sasl_plain")));
    return can ? QString() : Text::tr("the librdkafka of this program was built without %1").arg(nameOf(protocol));
}

ConnectionForm formOf(const client::ClientConfig& config) {
    ConnectionForm form;
    client::ClientConfig rest = config;
    Taker take(rest);
    form.servers = config.bootstrapServers;
    const QString protocol = take("security.protocol").toUpper();
    for (const auto& [value, name] : kProtocols)
        if (protocol == QLatin1String(name))
            form.protocol = value;
    QString mechanism = take("sasl.mechanisms");
    if (const QString other = take("sasl.mechanism"); mechanism.isEmpty())
        mechanism = other;
    if (mechanism.isEmpty() && usesSasl(form.protocol))
        mechanism = QStringLiteral("GSSAPI"); // Kafka's default
    for (const auto& [value, name] : kMechanismNames)
        if (mechanism.compare(QLatin1String(name), Qt::CaseInsensitive) == 0)
            form.mechanism = value;
    form.user = take("sasl.username");
    form.password = take("sasl.password");
    take("sasl.oauthbearer.method");
    form.tokenUrl = take("sasl.oauthbearer.token.endpoint.url");
    form.clientId = take("sasl.oauthbearer.client.id");
    form.clientSecret = take("sasl.oauthbearer.client.secret");
    form.scope = take("sasl.oauthbearer.scope");
    form.extensions = take("sasl.oauthbearer.extensions");
    form.awsRegion = take("aws.region");
    form.awsProfile = take("aws.profile");
    form.awsKeyId = take("aws.access.key.id");
    form.awsSecret = take("aws.secret.access.key");
    form.awsSession = take("aws.session.token");
    form.kerberosService = take("sasl.kerberos.service.name");
    form.kerberosPrincipal = take("sasl.kerberos.principal");
    form.kerberosKeytab = take("sasl.kerberos.keytab");
    form.authority = {take("ssl.ca.pem"), take("ssl.ca.location")};
    form.certificate = {take("ssl.certificate.pem"), take("ssl.certificate.location")};
    form.key = {take("ssl.key.pem"), take("ssl.key.location")};
    form.keyPassword = take("ssl.key.password");
    const QString host = take("ssl.endpoint.identification.algorithm");
    form.checkHostName = host.compare(QLatin1String("none"), Qt::CaseInsensitive) != 0;
    QStringList lines;
    for (auto it = rest.properties.begin(); it != rest.properties.end(); ++it)
        lines << it.key() + u'=' + it.value();
    form.further = lines.join(u'\n');
    form.furtherSecrets = rest.secrets;
    return form;
}

bool sendsReadablePassword(const ConnectionForm& form) {
    const bool readable = form.mechanism == Mechanism::Plain || form.mechanism == Mechanism::OAuthBearer || form.mechanism == Mechanism::MskIam;
    if (form.protocol != Protocol::SaslPlaintext || !readable)
        return false;
    client::ClientConfig config;
    config.bootstrapServers = form.servers.trimmed();
    const auto servers = config.servers();
    return !std::all_of(servers.begin(), servers.end(), near);
}

FormResult configOf(const ConnectionForm& form, const QStringList& kept) {
    FormResult result;
    Checker check(result, kept);
    result.config.bootstrapServers = form.servers.trimmed();
    if (result.config.servers().isEmpty())
        check.problem(QStringLiteral("servers"), Text::tr("Which servers? One is enough: host:port"));
    int number = 0;
    for (const QString& raw : form.further.split(u'\n')) {
        ++number;
        const QString line = raw.trimmed();
        if (line.isEmpty() || line.startsWith(u'#'))
            continue;
        const auto equals = line.indexOf(u'=');
        const QString name = line.left(equals).trimmed(), value = line.mid(equals + 1).trimmed();
        if (equals <= 0)
            check.problem(QStringLiteral("further"), Text::tr("Line %1 is not NAME=VALUE").arg(number));
        else if (const QString why = refusedSetting(name, value); !why.isEmpty())
            check.problem(QStringLiteral("further"), why);
        else
            check.set(name.toLatin1().constData(), value);
    }
    for (auto it = form.furtherSecrets.begin(); it != form.furtherSecrets.end(); ++it)
        result.config.secrets.insert(it.key(), it.value());
    if (form.protocol != Protocol::Plaintext)
        check.set("security.protocol", nameOf(form.protocol));
    if (usesTls(form.protocol))
        takeTls(form, kept, check);
    if (usesSasl(form.protocol)) {
        if (const QString why = refusalOf(form.mechanism); !why.isEmpty())
            check.problem(QStringLiteral("mechanism"), why);
        takeSasl(form, check);
    }
    if (result.problems.isEmpty()) {
        if (const auto good = result.config.check(); !good)
            check.problem(good.error().what == QLatin1String("bootstrap.servers") ? QStringLiteral("servers") : QStringLiteral("further"),
                QStringLiteral("%1: %2").arg(good.error().what, good.error().why));
    }
    const auto servers = result.config.servers();
    if (sendsReadablePassword(form)) {
        if (form.readablePassword)
            result.warnings.append(Text::tr("The password crosses the network readable: everybody on the way can take it."));
        else
            check.problem(QStringLiteral("protocol"), Text::tr("The password would cross the network readable: choose a login over TLS or SCRAM, or allow it"));
    } else if (form.protocol == Protocol::SaslPlaintext && form.mechanism != Mechanism::Kerberos && !std::all_of(servers.begin(), servers.end(), near)) {
        result.warnings.append(Text::tr("Messages cross the network readable; the password does not."));
    }
    if (usesTls(form.protocol) && !form.checkHostName)
        result.warnings.append(Text::tr("Host names are not checked: any server with a certificate of this CA is believed."));
    return result;
}

QString describePem(const QString& text) {
    const auto certificates = text.count(QLatin1String("-----BEGIN CERTIFICATE-----")) + text.count(QLatin1String("-----BEGIN TRUSTED CERTIFICATE-----"));
    QStringList parts;
    if (certificates > 0)
        parts.append(Text::tr("%n certificate(s)", nullptr, static_cast<int>(certificates)));
    if (text.contains(QLatin1String("PRIVATE KEY-----")))
        parts.append(text.contains(QLatin1String("ENCRYPTED")) ? Text::tr("a private key, encrypted") : Text::tr("a private key"));
    return parts.join(QStringLiteral(", "));
}

} // namespace models::connections
