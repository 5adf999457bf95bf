#pragma once
// What the form of a connection holds, and how it becomes librdkafka's properties and comes from them. Pure; any thread.

#include "models/client/client_config.h"

#include <QString>
#include <QStringList>

namespace models::connections {

enum class Protocol { Plaintext, Tls, SaslPlaintext, SaslTls };
enum class Mechanism { Plain, Scram256, Scram512, OAuthBearer, Kerberos, MskIam };
inline constexpr int kMechanisms = 6;

inline bool usesTls(Protocol protocol) { return protocol == Protocol::Tls || protocol == Protocol::SaslTls; }
inline bool usesSasl(Protocol protocol) { return protocol == Protocol::SaslPlaintext || protocol == Protocol::SaslTls; }

/// A certificate or key: the text itself, or the path of its file. The text is used when both are set.
struct Pem {
    QString text;
    QString path;
    [[nodiscard]] bool isEmpty() const { return text.isEmpty() && path.isEmpty(); }
    bool operator==(const Pem&) const = default;
};

struct ConnectionForm {
    QString servers;
    Protocol protocol = Protocol::Plaintext;
    Mechanism mechanism = Mechanism::Scram512;
    QString user, password;                                ///< PLAIN, SCRAM
    QString tokenUrl, clientId, clientSecret, scope, extensions; ///< OAUTHBEARER by OIDC client credentials
    QString awsRegion, awsProfile, awsKeyId, awsSecret, awsSession; ///< AWS_MSK_IAM
    QString kerberosService, kerberosPrincipal, kerberosKeytab;
    Pem authority, certificate, key;
    QString keyPassword;
    bool checkHostName = true;
    bool readablePassword = false; ///< ours: the user knows that the password crosses the network readable, and wants it
    QString further; ///< NAME=VALUE lines of all other properties, without secrets
    QMap<QString, QString> furtherSecrets; ///< those among the other properties: kept, never shown

    bool operator==(const ConnectionForm&) const = default;
};

ConnectionForm formOf(const client::ClientConfig& config);

/// PLAIN or a token without TLS, to any host but this one: whoever is on the way can take the password.
bool sendsReadablePassword(const ConnectionForm& form);

/// One sentence for each thing that keeps the form from being used, the field that it belongs to first. Empty = it can be used.
struct FormProblem {
    QString field; ///< "servers", "user", "password", "tokenUrl", "authority", "further", ...
    QString text;  ///< translated
};
struct FormResult {
    client::ClientConfig config;
    QList<FormProblem> problems;
    QStringList warnings; ///< may be used, and the user should know
};
/// `keptSecrets`: names of secrets that are kept elsewhere, so that their fields may stay empty.
FormResult configOf(const ConnectionForm& form, const QStringList& keptSecrets = {});

/// What librdkafka calls it: "SASL_SSL", "SCRAM-SHA-512".
QString nameOf(Protocol protocol);
QString nameOf(Mechanism mechanism);
/// Why the librdkafka of this program cannot do it, translated; empty = it can.
QString refusalOf(Mechanism mechanism);
QString refusalOf(Protocol protocol);

/// "2 certificates", "a private key, encrypted": what a PEM text holds, translated. Empty = nothing that is PEM.
QString describePem(const QString& text);

} // namespace models::connections
