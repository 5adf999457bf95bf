#pragma once
// Reads what people paste into a connection. Pure; any thread.

#include "models/client/client_config.h"

#include <QString>

namespace models::connections {

/// What was understood.
struct PastedConnection {
    client::ClientConfig config;
    QString service; ///< id of services.h when the text is of one service only; else as recognised by the servers
    QString note;    ///< what the reader should know: "the prefix russian-12345. belongs before every topic"; empty = nothing
};

/// Understands
///   - "host:port,host:port", with or without a scheme ("kafka+ssl://host:9096", "SASL_SSL://host:9093")
///   - NAME=VALUE lines: a client.properties of Java, a kcat or librdkafka configuration (properties_file.h)
///   - an Event Hubs connection string: "Endpoint=sb://...;SharedAccessKeyName=...;SharedAccessKey=..."
///   - the variables of Heroku: KAFKA_URL, KAFKA_TRUSTED_CERT, KAFKA_CLIENT_CERT, KAFKA_CLIENT_CERT_KEY, KAFKA_PREFIX, as `heroku config -s` prints them
/// Fails with the line that it did not understand (never its text: it may be a secret), and on settings that would run code or
/// read files on the word of whoever wrote the text (refusedSetting).
Result<PastedConnection> parsePasted(const QString& text);

/// The config alone.
Result<client::ClientConfig> parseConnectionText(const QString& text);

/// Why a setting is not taken from pasted text or from the form: it loads libraries, starts commands, or names what nobody here fills in. Empty = taken.
QString refusedSetting(const QString& name, const QString& value);

} // namespace models::connections
