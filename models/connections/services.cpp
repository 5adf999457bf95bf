#include "models/connections/services.h"

#include <QCoreApplication>
#include <QRegularExpression>

namespace models::connections {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Connections)
};

QList<Service> makeServices() {
    const QString tls = QStringLiteral("SSL"), saslTls = QStringLiteral("SASL_SSL"), plain = QStringLiteral("PLAIN"), scram256 = QStringLiteral("SCRAM-SHA-256"),
                  scram512 = QStringLiteral("SCRAM-SHA-512");
    return {
        {{}, Text::tr("Any Kafka"), {}, {}, {}, {}, {}, {}},
        {QStringLiteral("aiven"), QStringLiteral("Aiven"), saslTls, scram256, {}, {},
            Text::tr("Two ports: one for the client certificate (service.cert, service.key), one for SASL. Both need the project's ca.pem."), {}},
        {QStringLiteral("msk"), QStringLiteral("Amazon MSK"), saslTls, scram512, {}, {},
            Text::tr("IAM on port 9098, SCRAM on 9096, client certificates on 9094; from outside the VPC 9198, 9196 and 9194. With IAM, Kafka's own access rules do not count."),
            {{QStringLiteral("reconnect.backoff.ms"), QStringLiteral("1000")}}},
        {QStringLiteral("eventhubs"), QStringLiteral("Azure Event Hubs"), saslTls, plain, {}, Text::tr("Connection string"),
            Text::tr("Paste the connection string of the namespace: it is the password, and the user is $ConnectionString. Standard tier or better."),
            {{QStringLiteral("socket.keepalive.enable"), QStringLiteral("true")}, {QStringLiteral("metadata.max.age.ms"), QStringLiteral("180000")},
                {QStringLiteral("connections.max.idle.ms"), QStringLiteral("180000")}, {QStringLiteral("socket.timeout.ms"), QStringLiteral("60000")}}},
        {QStringLiteral("confluent"), QStringLiteral("Confluent Cloud"), saslTls, plain, Text::tr("API key"), Text::tr("API secret"),
            Text::tr("The key and the secret of a Kafka cluster, not of the schema registry. No certificates are needed."), {}},
        {QStringLiteral("google"), QStringLiteral("Google Managed Kafka"), saslTls, plain, Text::tr("Service account"), Text::tr("Key, base64"),
            Text::tr("The e-mail address of the service account, and its key file in base64. It is reached from inside its VPC only. Login by the credentials of gcloud is not possible with Samsa yet."), {}},
        {QStringLiteral("heroku"), QStringLiteral("Heroku"), tls, {}, {}, {},
            Text::tr("Paste what `heroku config -s` prints. Its certificates do not carry host names, so these are not checked; the chain is."),
            {{QStringLiteral("ssl.endpoint.identification.algorithm"), QStringLiteral("none")}}},
        {QStringLiteral("ovh"), QStringLiteral("OVHcloud"), tls, {}, {}, {},
            Text::tr("The CA, the certificate and the key of a user. The address of this computer has to be on the service's list of allowed addresses, or nothing answers."), {}},
        {QStringLiteral("redpanda"), QStringLiteral("Redpanda"), saslTls, scram256, {}, {}, Text::tr("A user has either SCRAM-SHA-256 or SCRAM-SHA-512, as it was made."), {}},
        {QStringLiteral("strimzi"), QStringLiteral("Strimzi"), saslTls, scram512, {}, {},
            Text::tr("The CA is ca.crt of the secret CLUSTER-cluster-ca-cert; password or user.crt and user.key are in the user's secret."), {}},
        {QStringLiteral("warpstream"), QStringLiteral("WarpStream"), saslTls, plain, {}, {}, Text::tr("User and password as the console shows them; the servers are the agents."), {}},
    };
}

} // namespace

const QList<Service>& services() {
    static const QList<Service> all = makeServices();
    return all;
}

const Service& service(const QString& id) {
    for (const auto& one : services())
        if (one.id == id)
            return one;
    return services().first();
}

QString serviceOf(const QString& servers) {
    static const QList<std::pair<const char*, const char*>> names{{".confluent.cloud", "confluent"}, {".servicebus.windows.net", "eventhubs"}, {".servicebus.chinacloudapi.cn", "eventhubs"},
        {".servicebus.usgovcloudapi.net", "eventhubs"}, {".servicebus.cloudapi.de", "eventhubs"}, {".aivencloud.com", "aiven"}, {".managedkafka.", "google"}, {".cloud.redpanda.com", "redpanda"},
        {".warpstream.com", "warpstream"}, {".database.cloud.ovh.net", "ovh"}};
    const QString lower = servers.toLower();
    for (const auto& [part, id] : names)
        if (lower.contains(QLatin1String(part)))
            return QLatin1String(id);
    if (lower.contains(QLatin1String(".kafka.")) && lower.contains(QLatin1String(".amazonaws.com")))
        return QStringLiteral("msk");
    return {};
}

void applyService(const QString& id, client::ClientConfig& config) {
    const auto& one = service(id);
    if (!one.protocol.isEmpty())
        config.set(QStringLiteral("security.protocol"), one.protocol);
    config.properties.remove(QStringLiteral("sasl.mechanism"));
    // Amazon's ports say which login they take.
    static const QRegularExpression iam(QStringLiteral(":(?:9098|9198|20098)\\b"));
    const bool byIam = id == QLatin1String("msk") && config.bootstrapServers.contains(iam);
    if (!one.mechanism.isEmpty())
        config.set(QStringLiteral("sasl.mechanisms"), byIam ? QStringLiteral("AWS_MSK_IAM") : one.mechanism);
    for (auto it = one.properties.begin(); it != one.properties.end(); ++it)
        config.set(it.key(), it.value());
}

} // namespace models::connections
