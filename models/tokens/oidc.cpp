#include "models/tokens/oidc.h"

#include "models/tokens/https.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QUrl>

namespace models::tokens {
namespace {

constexpr qsizetype kTokenBytesMax = 64 << 10;

/// What the provider says is wrong, short: it may be a page of HTML.
QString reasonOf(const HttpAnswer& answer) {
    const auto body = QJsonDocument::fromJson(answer.body).object();
    const QString error = body[QLatin1String("error")].toString().left(100), description = body[QLatin1String("error_description")].toString().left(400);
    const QString status = QStringLiteral("HTTP %1").arg(answer.status);
    const QString words = description.isEmpty() ? error : error.isEmpty() ? description : QStringLiteral("%1: %2").arg(error, description);
    return words.isEmpty() ? QStringLiteral("the provider answers %1").arg(status) : QStringLiteral("%1 (%2)").arg(words.simplified(), status);
}

/// RFC 6750: what a bearer token may be made of. Anything else could end the message that carries it.
bool isToken(const QByteArray& text) {
    return !text.isEmpty() && text.size() <= kTokenBytesMax && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

} // namespace

Claims claimsOf(const QByteArray& token) {
    const auto parts = token.split('.');
    if (parts.size() != 3)
        return {};
    const auto decoded = QByteArray::fromBase64Encoding(parts[1], QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals | QByteArray::AbortOnBase64DecodingErrors);
    if (decoded.decodingStatus != QByteArray::Base64DecodingStatus::Ok)
        return {};
    const auto claims = QJsonDocument::fromJson(decoded.decoded).object();
    Claims found{claims[QLatin1String("sub")].toString(), {}};
    if (const double end = claims[QLatin1String("exp")].toDouble(-1); end > 0 && end < 1e11)
        found.until = QDateTime::fromSecsSinceEpoch(static_cast<qint64>(end), Qt::UTC);
    return found;
}

Result<Token> fetchToken(const OidcClient& client, const Patience& patience) {
    const QString what = QStringLiteral("a token from %1").arg(QUrl(client.url).host());
    QByteArray form = "grant_type=client_credentials";
    if (!client.scope.isEmpty())
        form += "&scope=" + QUrl::toPercentEncoding(client.scope);
    const auto asked = QDateTime::currentDateTimeUtc();
    const auto answer = postForm(client.url, form, client.clientId, client.clientSecret, patience);
    if (!answer)
        return std::unexpected(answer.error());
    if (answer->status < 200 || answer->status > 299)
        return fail(answer->status >= 500 ? ErrorCode::Unreachable : ErrorCode::AuthenticationFailed, what, reasonOf(*answer));
    const auto body = QJsonDocument::fromJson(answer->body).object();
    Token token;
    token.text = body[QLatin1String("access_token")].toString().toUtf8();
    if (!isToken(token.text))
        return fail(ErrorCode::Corrupt, what, QStringLiteral("the answer has no access_token that could be one"));
    const auto claims = claimsOf(token.text);
    token.principal = claims.subject.isEmpty() ? client.clientId : claims.subject;
    const double seconds = body[QLatin1String("expires_in")].toDouble(-1);
    if (claims.until.isValid())
        token.until = claims.until;
    else if (seconds > 0 && seconds < 1e9)
        token.until = asked.addSecs(static_cast<qint64>(seconds));
    else
        return fail(ErrorCode::Corrupt, what, QStringLiteral("the token does not say how long it lives"));
    token.extensions = client.extensions;
    return token;
}

Result<QMap<QString, QString>> extensionsOf(const QString& text) {
    static const QRegularExpression name(QStringLiteral("\\A[A-Za-z]+\\z")), value(QStringLiteral("\\A[\\x21-\\x7E \\t\\r\\n]+\\z"));
    QMap<QString, QString> all;
    for (const QString& raw : text.split(u',', Qt::SkipEmptyParts)) {
        const QString one = raw.trimmed();
        const auto equals = one.indexOf(u'=');
        const QString key = one.left(equals), content = one.mid(equals + 1);
        if (one.isEmpty())
            continue;
        if (equals <= 0 || !name.match(key).hasMatch() || key == QLatin1String("auth") || !value.match(content).hasMatch())
            return fail(ErrorCode::Invalid, QStringLiteral("sasl.oauthbearer.extensions"), QStringLiteral("extensions are NAME=VALUE, separated by commas; names have letters only"));
        all.insert(key, content);
    }
    return all;
}

} // namespace models::tokens
