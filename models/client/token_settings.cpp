#include "models/client/token_settings.h"

#include "models/tokens/aws_signature.h"
#include "models/tokens/https.h"
#include "models/tokens/oidc.h"

#include <QCryptographicHash>
#include <QSet>
#include <map>
#include <mutex>

namespace models::client {
namespace {

constexpr QLatin1String kOAuthPrefix("sasl.oauthbearer."), kAwsPrefix("aws.");

/// Whatever else is set of OAuth is something that librdkafka knows how to do and we do not.
const QSet<QString>& knownOAuth() {
    static const QSet<QString> all{QStringLiteral("sasl.oauthbearer.method"), QStringLiteral("sasl.oauthbearer.token.endpoint.url"), QStringLiteral("sasl.oauthbearer.client.id"),
        QStringLiteral("sasl.oauthbearer.client.secret"), QStringLiteral("sasl.oauthbearer.scope"), QStringLiteral("sasl.oauthbearer.extensions")};
    return all;
}

struct Settings {
    const ClientConfig& config;
    [[nodiscard]] QString operator()(const char* name) const {
        const QString key = QLatin1String(name);
        return (ClientConfig::isSecretName(key) ? config.secrets : config.properties).value(key).trimmed();
    }
};

std::shared_ptr<tokens::TokenSource> shared(const ClientConfig& config, const QString& region, tokens::TokenSource::Fetch fetch) {
    static std::mutex mutex;
    static auto* const all = new std::map<QByteArray, std::weak_ptr<tokens::TokenSource>>; // never destroyed: threads of librdkafka outlive main()
    QCryptographicHash identity(QCryptographicHash::Sha256); // the secrets go with the last who logs in by them
    identity.addData(mechanismOf(config).toUtf8() + '\n' + region.toUtf8() + '\n');
    for (const auto* map : {&config.properties, &config.secrets})
        for (auto it = map->begin(); it != map->end(); ++it)
            if (it.key().startsWith(kOAuthPrefix) || it.key().startsWith(kAwsPrefix))
                identity.addData(it.key().toUtf8() + '=' + it.value().toUtf8() + '\n');
    const std::lock_guard lock(mutex);
    std::erase_if(*all, [](const auto& each) { return each.second.expired(); });
    auto& known = (*all)[identity.result()];
    auto source = known.lock();
    if (!source)
        known = source = std::make_shared<tokens::TokenSource>(std::move(fetch));
    return source;
}

Result<std::shared_ptr<tokens::TokenSource>> ofMsk(const ClientConfig& config, const Settings& setting) {
    const QString region = setting("aws.region").isEmpty() ? tokens::awsRegionOf(config.bootstrapServers) : setting("aws.region");
    const tokens::AwsCredentials given{setting("aws.access.key.id"), setting("aws.secret.access.key"), setting("aws.session.token"), {}};
    if (region.isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("aws.region"), QStringLiteral("the names of the servers do not say in which AWS region they are"));
    return shared(config, region, [given, region, profile = setting("aws.profile")](const tokens::Patience& patience) -> Result<tokens::Token> {
        // Not before it is needed: the secret may be in a vault that is locked while the settings are looked at.
        if (given.keyId.isEmpty() != given.secret.isEmpty())
            return fail(ErrorCode::Invalid, QStringLiteral("aws.access.key.id"), QStringLiteral("an access key has two parts, its ID and its secret, and one is missing"));
        const auto credentials = given.keyId.isEmpty() ? tokens::awsCredentials(profile, tokens::AwsPlace::here(), patience) : given;
        if (!credentials)
            return std::unexpected(credentials.error());
        return tokens::mskToken(*credentials, region, QDateTime::currentDateTimeUtc());
    });
}

Result<std::shared_ptr<tokens::TokenSource>> ofOidc(const ClientConfig& config, const Settings& setting) {
    for (const auto* map : {&config.properties, &config.secrets})
        for (auto it = map->begin(); it != map->end(); ++it)
            if (it.key().startsWith(kOAuthPrefix) && !knownOAuth().contains(it.key()) && !it.value().isEmpty())
                return std::shared_ptr<tokens::TokenSource>();
    if (setting("sasl.oauthbearer.method").compare(QLatin1String("oidc"), Qt::CaseInsensitive) != 0)
        return std::shared_ptr<tokens::TokenSource>();
    auto extensions = tokens::extensionsOf(setting("sasl.oauthbearer.extensions"));
    if (!extensions)
        return std::unexpected(extensions.error());
    const tokens::OidcClient client{setting("sasl.oauthbearer.token.endpoint.url"), setting("sasl.oauthbearer.client.id"), setting("sasl.oauthbearer.client.secret"),
        setting("sasl.oauthbearer.scope"), std::move(*extensions)};
    if (!tokens::isSafeUrl(client.url))
        return fail(ErrorCode::Invalid, QStringLiteral("sasl.oauthbearer.token.endpoint.url"), QStringLiteral("the address that gives tokens has to begin with https://"));
    if (client.clientId.isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("sasl.oauthbearer.client.id"), QStringLiteral("the client ID is missing"));
    return shared(config, {}, [client](const tokens::Patience& patience) { return tokens::fetchToken(client, patience); });
}

} // namespace

QString mechanismOf(const ClientConfig& config) {
    const auto property = [&config](const char* name) { return config.properties.value(QLatin1String(name)).trimmed(); };
    if (!property("security.protocol").startsWith(QLatin1String("sasl_"), Qt::CaseInsensitive))
        return {};
    const QString named = property("sasl.mechanisms").isEmpty() ? property("sasl.mechanism") : property("sasl.mechanisms");
    return named.isEmpty() ? QStringLiteral("GSSAPI") : named.toUpper();
}

Result<std::shared_ptr<tokens::TokenSource>> tokenSourceOf(const ClientConfig& config) {
    const QString mechanism = mechanismOf(config);
    if (mechanism == kMskIam)
        return ofMsk(config, {config});
    if (mechanism == QLatin1String("OAUTHBEARER"))
        return ofOidc(config, {config});
    return std::shared_ptr<tokens::TokenSource>();
}

bool isTokenSetting(const QString& property) { return property.startsWith(kAwsPrefix) || knownOAuth().contains(property); }

} // namespace models::client
