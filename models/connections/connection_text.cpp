#include "models/connections/connection_text.h"

#include "models/client/properties_file.h"
#include "models/connections/services.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QUrl>

namespace models::connections {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Connections)
};

QString what() { return Text::tr("pasted text"); }

/// Without schemes and spaces: "kafka+ssl://a:1, SASL_SSL://b:2" -> "a:1,b:2", and the protocol that the first scheme says ("" = none).
QString withoutSchemes(const QString& servers, QString* protocol) {
    static const QRegularExpression scheme(QStringLiteral("^([A-Za-z][A-Za-z0-9+_]*)://"));
    QStringList clean;
    for (QString server : servers.split(QRegularExpression(QStringLiteral("[,\\s]+")), Qt::SkipEmptyParts)) {
        const auto match = scheme.match(server);
        if (match.hasMatch()) {
            const QString name = match.captured(1).toLower();
            if (protocol != nullptr && protocol->isEmpty())
                *protocol = name == QLatin1String("kafka+ssl") ? QStringLiteral("ssl") : name;
            server = server.mid(match.capturedLength());
        }
        while (server.endsWith(u'/'))
            server.chop(1);
        if (!server.isEmpty())
            clean.append(server);
    }
    return clean.join(u',');
}

bool isProtocol(const QString& name) {
    return name == QLatin1String("plaintext") || name == QLatin1String("ssl") || name == QLatin1String("sasl_plaintext") || name == QLatin1String("sasl_ssl");
}

Result<PastedConnection> eventHubs(const QString& line) {
    static const QRegularExpression endpoint(QStringLiteral("Endpoint=sb://([^/;]+)/?"), QRegularExpression::CaseInsensitiveOption);
    const auto match = endpoint.match(line);
    if (!match.hasMatch() || !line.contains(QLatin1String("SharedAccessKey="), Qt::CaseInsensitive))
        return fail(ErrorCode::Invalid, what(), Text::tr("an Event Hubs connection string has Endpoint=sb://…, SharedAccessKeyName and SharedAccessKey"));
    PastedConnection pasted;
    pasted.service = QStringLiteral("eventhubs");
    pasted.config.bootstrapServers = match.captured(1) + QStringLiteral(":9093");
    applyService(pasted.service, pasted.config);
    pasted.config.set(QStringLiteral("sasl.username"), QStringLiteral("$ConnectionString"));
    pasted.config.set(QStringLiteral("sasl.password"), line.trimmed());
    if (line.contains(QLatin1String("EntityPath="), Qt::CaseInsensitive))
        pasted.note = Text::tr("This key is of one event hub only: the others are not seen with it.");
    return pasted;
}

/// NAME='…' or NAME="…", over several lines, as `heroku config -s` and .env files have them.
QMap<QString, QString> variables(const QString& text) {
    static const QRegularExpression one(QStringLiteral("^(?:export\\s+)?([A-Z][A-Z0-9_]*)=(?:'([^']*)'|\"([^\"]*)\"|([^\\n]*))$"), QRegularExpression::MultilineOption);
    QMap<QString, QString> all;
    auto matches = one.globalMatch(text);
    while (matches.hasNext()) {
        const auto match = matches.next();
        QString value = match.captured(2) + match.captured(3) + match.captured(4);
        if (!match.captured(3).isEmpty() || !match.captured(4).isEmpty())
            value.replace(QLatin1String("\\n"), QLatin1String("\n"));
        all.insert(match.captured(1), value.trimmed());
    }
    return all;
}

Result<PastedConnection> heroku(const QString& text) {
    const auto all = variables(text);
    QString prefix; // KAFKA, or HEROKU_KAFKA_COBALT
    for (auto it = all.begin(); it != all.end(); ++it)
        if (it.key().endsWith(QLatin1String("_TRUSTED_CERT")) && all.contains(it.key().chopped(13) + QStringLiteral("_URL")))
            prefix = it.key().chopped(13);
    if (prefix.isEmpty())
        return fail(ErrorCode::Invalid, what(), Text::tr("KAFKA_URL and KAFKA_TRUSTED_CERT belong together: paste both"));
    const auto value = [&](const char* name) { return all.value(prefix + QLatin1String(name)); };
    PastedConnection pasted;
    pasted.service = QStringLiteral("heroku");
    pasted.config.bootstrapServers = withoutSchemes(value("_URL"), nullptr);
    applyService(pasted.service, pasted.config);
    pasted.config.set(QStringLiteral("ssl.ca.pem"), value("_TRUSTED_CERT"));
    pasted.config.set(QStringLiteral("ssl.certificate.pem"), value("_CLIENT_CERT"));
    pasted.config.set(QStringLiteral("ssl.key.pem"), value("_CLIENT_CERT_KEY"));
    if (const QString names = value("_PREFIX"); !names.isEmpty())
        pasted.note = Text::tr("Topics and groups of this plan begin with %1").arg(names);
    return pasted;
}

Result<PastedConnection> properties(const QString& text) {
    auto read = client::parseProperties(text, what());
    if (!read)
        return std::unexpected(read.error());
    PastedConnection pasted;
    for (const auto* map : {&read->properties, &read->secrets})
        for (auto it = map->begin(); it != map->end(); ++it)
            if (const QString why = refusedSetting(it.key(), it.value()); !why.isEmpty())
                return fail(ErrorCode::Invalid, it.key(), why);
    QString protocol;
    pasted.config = *read;
    pasted.config.bootstrapServers = withoutSchemes(read->bootstrapServers, &protocol);
    if (isProtocol(protocol) && !pasted.config.properties.contains(QStringLiteral("security.protocol")))
        pasted.config.set(QStringLiteral("security.protocol"), protocol.toUpper());
    return pasted;
}

Result<PastedConnection> serversOnly(const QString& text) {
    QString protocol;
    PastedConnection pasted;
    pasted.config.bootstrapServers = withoutSchemes(text, &protocol);
    if (isProtocol(protocol))
        pasted.config.set(QStringLiteral("security.protocol"), protocol.toUpper());
    static const QRegularExpression server(QStringLiteral("^(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]]+)(:\\d{1,5})?$"));
    for (const auto& one : pasted.config.servers())
        if (!server.match(one).hasMatch() || (!one.contains(u':') && !one.contains(u'.')))
            return fail(ErrorCode::Invalid, what(), Text::tr("this is neither host:port nor NAME=VALUE lines"));
    return pasted;
}

} // namespace

QString refusedSetting(const QString& name, const QString& value) {
    static const QStringList runsCode{QStringLiteral("plugin.library.paths"), QStringLiteral("sasl.kerberos.kinit.cmd"), QStringLiteral("ssl.engine.location"),
        QStringLiteral("ssl.engine.id"), QStringLiteral("ssl.providers")};
    const QString clean = name.trimmed().toLower();
    if (runsCode.contains(clean))
        return Text::tr("%1 would run code on this computer and is not taken").arg(clean);
    if (clean == QLatin1String("enable.sasl.oauthbearer.unsecure.jwt"))
        return Text::tr("tokens that nobody has signed are not sent");
    if (!client::ClientConfig::isSafeForKinit(clean, value.trimmed()))
        return Text::tr("%1 may have letters, digits and . _ / @ : + - only: it is written into a command").arg(clean);
    if (value.contains(QLatin1String("${")))
        return Text::tr("%1 has a ${…} that nobody fills in here: write the value itself").arg(clean);
    if (clean == QLatin1String("sasl.oauthbearer.token.endpoint.url")) {
        const QUrl url(value);
        const bool near = url.host() == QLatin1String("localhost") || url.host() == QLatin1String("127.0.0.1") || url.host() == QLatin1String("::1");
        if (url.scheme() != QLatin1String("https") && !(url.scheme() == QLatin1String("http") && near))
            return Text::tr("the address that gives tokens has to begin with https://");
    }
    return {};
}

Result<PastedConnection> parsePasted(const QString& text) {
    const QString clean = QString(text).replace(QLatin1String("\r\n"), QLatin1String("\n")).trimmed();
    if (clean.isEmpty())
        return fail(ErrorCode::Invalid, what(), Text::tr("there is nothing in it"));
    static const QRegularExpression herokuName(QStringLiteral("(^|\\n)(export\\s+)?[A-Z][A-Z0-9_]*_TRUSTED_CERT="));
    Result<PastedConnection> pasted;
    if (clean.startsWith(QLatin1String("Endpoint=sb://"), Qt::CaseInsensitive))
        pasted = eventHubs(clean);
    else if (herokuName.match(clean).hasMatch())
        pasted = heroku(clean);
    else if (clean.contains(u'='))
        pasted = properties(clean);
    else
        pasted = serversOnly(clean);
    if (!pasted)
        return pasted;
    if (pasted->config.servers().isEmpty())
        return fail(ErrorCode::Invalid, what(), Text::tr("no server is named"));
    if (auto checked = pasted->config.check(); !checked)
        return std::unexpected(checked.error());
    if (pasted->service.isEmpty())
        pasted->service = serviceOf(pasted->config.bootstrapServers);
    return pasted;
}

Result<client::ClientConfig> parseConnectionText(const QString& text) {
    auto pasted = parsePasted(text);
    if (!pasted)
        return std::unexpected(pasted.error());
    return pasted->config;
}

} // namespace models::connections
