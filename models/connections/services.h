#pragma once
// Services that run Kafka for others, and what each of them wants of a client. Facts, no network. Any thread.

#include "models/client/client_config.h"

#include <QList>
#include <QString>

namespace models::connections {

struct Service {
    QString id;             ///< "confluent": stable, stored
    QString name;           ///< "Confluent Cloud"
    QString protocol;       ///< of security.protocol; empty = as it is
    QString mechanism;      ///< of sasl.mechanisms; empty = none or as it is
    QString user, password; ///< what the service calls them, translated; empty = user and password
    QString hint;           ///< one or two sentences, translated: where to find what is asked for, and what Samsa cannot do there
    QMap<QString, QString> properties; ///< further ones of librdkafka that the service wants
};

/// In the order of the list; the first has the id "" and is any Kafka.
const QList<Service>& services();
/// Never null: an id that is not known is any Kafka.
const Service& service(const QString& id);
/// By the names of the servers: "pkc-1.eu.aws.confluent.cloud:9092" -> "confluent". Empty = any Kafka.
QString serviceOf(const QString& servers);
/// Sets protocol, mechanism and the further properties of the service; what is set and the service has no opinion on stays.
void applyService(const QString& id, client::ClientConfig& config);

} // namespace models::connections
