#include "models/wire/sasl.h"

#include <QList>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace models::wire {
namespace {

std::unexpected<Error> refused(const QString& why) { return fail(ErrorCode::AuthenticationFailed, QStringLiteral("log in by SCRAM"), why); }

const EVP_MD* digestOf(Security::Sasl mechanism) { return mechanism == Security::Sasl::ScramSha512 ? ::EVP_sha512() : ::EVP_sha256(); }

const unsigned char* raw(const QByteArray& bytes) { return reinterpret_cast<const unsigned char*>(bytes.constData()); }

QByteArray hmac(const EVP_MD* digest, const QByteArray& key, const QByteArray& text) {
    QByteArray out(::EVP_MD_get_size(digest), Qt::Uninitialized);
    unsigned int size = 0;
    ::HMAC(digest, key.constData(), static_cast<int>(key.size()), raw(text), static_cast<std::size_t>(text.size()), reinterpret_cast<unsigned char*>(out.data()), &size);
    return out;
}

QByteArray hash(const EVP_MD* digest, const QByteArray& text) {
    QByteArray out(::EVP_MD_get_size(digest), Qt::Uninitialized);
    ::EVP_Digest(text.constData(), static_cast<std::size_t>(text.size()), reinterpret_cast<unsigned char*>(out.data()), nullptr, digest, nullptr);
    return out;
}

/// "r=...,s=...,i=..." -> the value of `name`; none when the message does not have it.
std::optional<QByteArray> attribute(const QByteArray& message, char name) {
    for (const auto& part : message.split(','))
        if (part.size() >= 2 && part[0] == name && part[1] == '=')
            return part.mid(2);
    return std::nullopt;
}

/// Commas and equal signs separate; a name must not forge an attribute.
QByteArray escaped(QByteArray name) { return name.replace('=', "=3D").replace(',', "=2C"); }

QByteArray firstBare(const QByteArray& username, const QByteArray& nonce) { return "n=" + escaped(username) + ",r=" + nonce; }

} // namespace

QByteArray plainMessage(const QByteArray& username, const QByteArray& password) {
    QByteArray message;
    message.reserve(username.size() + password.size() + 2);
    message.append('\0').append(username).append('\0').append(password);
    return message;
}

QByteArray bearerMessage(const tokens::Token& token) {
    constexpr char kEnd = '\x01';
    QByteArray message = QByteArray("n,,") + kEnd + "auth=Bearer " + token.text + kEnd;
    for (auto it = token.extensions.begin(); it != token.extensions.end(); ++it)
        message += it.key().toUtf8() + '=' + it.value().toUtf8() + kEnd;
    return message + kEnd;
}

ScramClient::ScramClient(Security::Sasl mechanism, QByteArray username, QByteArray password, QByteArray nonce)
    : m_mechanism(mechanism), m_username(std::move(username)), m_password(std::move(password)), m_nonce(std::move(nonce)) {}

ScramClient::~ScramClient() { ::OPENSSL_cleanse(m_serverSignature.data(), static_cast<std::size_t>(m_serverSignature.size())); }

QByteArray ScramClient::freshNonce() {
    QByteArray bytes(18, Qt::Uninitialized);
    if (::RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
        qFatal("no random numbers");
    return bytes.toBase64();
}

QByteArray ScramClient::first() const { return "n,," + firstBare(m_username, m_nonce); }

Result<QByteArray> ScramClient::next(const QByteArray& serverFirst) {
    const auto nonce = attribute(serverFirst, 'r');
    const auto salt = attribute(serverFirst, 's');
    const auto rounds = attribute(serverFirst, 'i');
    if (!nonce || !salt || !rounds)
        return refused(QStringLiteral("the broker's answer is not SCRAM's"));
    if (nonce->size() <= m_nonce.size() || !nonce->startsWith(m_nonce))
        return refused(QStringLiteral("the broker did not carry our nonce on"));
    bool number = false;
    const int iterations = rounds->toInt(&number);
    if (!number || iterations < kIterationsMin || iterations > kIterationsMax)
        return refused(QStringLiteral("the broker asks for %1 rounds, %2 to %3 are taken").arg(QString::fromLatin1(rounds->left(20))).arg(kIterationsMin).arg(kIterationsMax));
    const auto saltBytes = QByteArray::fromBase64Encoding(*salt, QByteArray::AbortOnBase64DecodingErrors);
    if (saltBytes.decodingStatus != QByteArray::Base64DecodingStatus::Ok || saltBytes.decoded.isEmpty())
        return refused(QStringLiteral("the broker's salt is not one"));

    const EVP_MD* digest = digestOf(m_mechanism);
    QByteArray salted(::EVP_MD_get_size(digest), Qt::Uninitialized);
    ::PKCS5_PBKDF2_HMAC(m_password.constData(), static_cast<int>(m_password.size()), raw(saltBytes.decoded), static_cast<int>(saltBytes.decoded.size()), iterations, digest,
        static_cast<int>(salted.size()), reinterpret_cast<unsigned char*>(salted.data()));
    const QByteArray clientKey = hmac(digest, salted, "Client Key");
    const QByteArray withoutProof = "c=biws,r=" + *nonce;
    const QByteArray signedText = firstBare(m_username, m_nonce) + ',' + serverFirst + ',' + withoutProof;
    QByteArray proof = hmac(digest, hash(digest, clientKey), signedText);
    for (qsizetype i = 0; i < proof.size(); ++i)
        proof[i] = static_cast<char>(proof[i] ^ clientKey[i]);
    m_serverSignature = hmac(digest, hmac(digest, salted, "Server Key"), signedText);
    ::OPENSSL_cleanse(salted.data(), static_cast<std::size_t>(salted.size()));
    return withoutProof + ",p=" + proof.toBase64();
}

Result<void> ScramClient::finish(const QByteArray& serverFinal) {
    if (const auto error = attribute(serverFinal, 'e'))
        return refused(QStringLiteral("the broker says %1").arg(QString::fromUtf8(error->left(200))));
    const auto signature = QByteArray::fromBase64(attribute(serverFinal, 'v').value_or(QByteArray()));
    if (m_serverSignature.isEmpty() || signature.size() != m_serverSignature.size()
        || ::CRYPTO_memcmp(signature.constData(), m_serverSignature.constData(), static_cast<std::size_t>(signature.size())) != 0)
        return refused(QStringLiteral("the broker could not prove that it knows the password"));
    return {};
}

} // namespace models::wire
