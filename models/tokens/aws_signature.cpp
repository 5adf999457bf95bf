#include "models/tokens/aws_signature.h"

#include <QCryptographicHash>
#include <QMessageAuthenticationCode>
#include <QRegularExpression>
#include <QUrl>
#include <algorithm>

namespace models::tokens {
namespace {

QByteArray hmac(const QByteArray& key, const QByteArray& text) { return QMessageAuthenticationCode::hash(text, key, QCryptographicHash::Sha256); }
QByteArray sha256(const QByteArray& text) { return QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex(); }

} // namespace

QString awsRegionOf(const QString& servers) {
    static const QRegularExpression host(QStringLiteral("\\.kafka(?:-serverless)?\\.([a-z]{2}(?:-[a-z]+)+-\\d+)\\.amazonaws\\.com"), QRegularExpression::CaseInsensitiveOption);
    return host.match(servers).captured(1).toLower();
}

Token mskToken(const AwsCredentials& credentials, const QString& region, const QDateTime& now) {
    const QByteArray day = now.toString(QStringLiteral("yyyyMMdd")).toLatin1(), time = now.toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'")).toLatin1();
    const QByteArray host = "kafka." + region.toLatin1() + ".amazonaws.com", scope = day + '/' + region.toLatin1() + "/kafka-cluster/aws4_request";
    const auto encoded = [](const QByteArray& text) { return QUrl::toPercentEncoding(QString::fromUtf8(text)); };
    // In the order of their names, as they are signed.
    QByteArray query = "Action=kafka-cluster%3AConnect&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + encoded(credentials.keyId.toUtf8() + '/' + scope) + "&X-Amz-Date=" + time
        + "&X-Amz-Expires=" + QByteArray::number(kMskTokenSeconds);
    if (!credentials.sessionToken.isEmpty())
        query += "&X-Amz-Security-Token=" + encoded(credentials.sessionToken.toUtf8());
    query += "&X-Amz-SignedHeaders=host";
    const QByteArray request = "GET\n/\n" + query + "\nhost:" + host + "\n\nhost\n" + sha256({});
    const QByteArray signedText = "AWS4-HMAC-SHA256\n" + time + '\n' + scope + '\n' + sha256(request);
    const QByteArray key = hmac(hmac(hmac(hmac("AWS4" + credentials.secret.toUtf8(), day), region.toLatin1()), "kafka-cluster"), "aws4_request");
    const QByteArray url = "https://" + host + "/?" + query + "&X-Amz-Signature=" + hmac(key, signedText).toHex() + "&User-Agent=samsa";
    Token token;
    token.text = url.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    token.principal = credentials.keyId;
    token.until = now.addSecs(kMskTokenSeconds);
    if (credentials.until.isValid())
        token.until = std::min(token.until, credentials.until);
    return token;
}

} // namespace models::tokens
