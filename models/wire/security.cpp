#include "models/wire/security.h"

#include "models/client/token_settings.h"

#include <QFile>
#include <QFileInfo>
#include <QSet>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>

namespace models::wire {
namespace {

QString lastTlsError() {
    char text[256] = "unknown";
    if (const auto code = ::ERR_get_error(); code != 0)
        ::ERR_error_string_n(code, text, sizeof text);
    ::ERR_clear_error();
    return QString::fromLocal8Bit(text);
}

std::unexpected<Error> bad(const QString& property) { return fail(ErrorCode::TlsFailed, property, lastTlsError()); }

using BioPtr = std::unique_ptr<BIO, decltype(&::BIO_free)>;
BioPtr bioOf(const QByteArray& bytes) { return {::BIO_new_mem_buf(bytes.constData(), static_cast<int>(bytes.size())), ::BIO_free}; }

int givePassword(char* to, int size, int, void* from) {
    const auto& password = *static_cast<const QByteArray*>(from);
    if (password.size() > size)
        return -1;
    std::copy(password.begin(), password.end(), to);
    return static_cast<int>(password.size());
}

/// Never asks on a terminal: no password is a password that is wrong.
int refusePassword(char*, int, int, void*) { return -1; }

Result<void> trust(SSL_CTX* context, const QString& location, const QByteArray& pem) {
    if (!location.isEmpty()) {
        const QByteArray path = location.toLocal8Bit();
        const bool directory = QFileInfo(location).isDir();
        if (::SSL_CTX_load_verify_locations(context, directory ? nullptr : path.constData(), directory ? path.constData() : nullptr) != 1)
            return bad(QStringLiteral("ssl.ca.location"));
    }
    if (!pem.isEmpty()) {
        const auto bio = bioOf(pem);
        int count = 0;
        while (X509* certificate = ::PEM_read_bio_X509(bio.get(), nullptr, refusePassword, nullptr)) {
            count += ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), certificate);
            ::X509_free(certificate);
        }
        if (count == 0)
            return bad(QStringLiteral("ssl.ca.pem"));
        ::ERR_clear_error(); // the end of the text is one to OpenSSL
    }
    if (location.isEmpty() && pem.isEmpty())
        ::SSL_CTX_set_default_verify_paths(context);
    return {};
}

constexpr qint64 kKeyStoreBytesMax = 4 << 20;

/// Certificate, key and chain of one PKCS#12 file.
Result<void> identifyByKeyStore(SSL_CTX* context, const QString& location, const QString& password) {
    const QString what = QStringLiteral("ssl.keystore.location");
    QFile file(location);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::TlsFailed, what, file.errorString());
    const QByteArray bytes = file.read(kKeyStoreBytesMax + 1);
    const auto bio = bioOf(bytes);
    const std::unique_ptr<PKCS12, decltype(&::PKCS12_free)> store(bytes.size() > kKeyStoreBytesMax ? nullptr : ::d2i_PKCS12_bio(bio.get(), nullptr), ::PKCS12_free);
    ::ERR_clear_error();
    if (!store)
        return fail(ErrorCode::TlsFailed, what, QStringLiteral("this is not a PKCS#12 key store; a Java key store is made into one by: keytool -importkeystore -deststoretype PKCS12"));
    QByteArray utf8 = password.toUtf8();
    EVP_PKEY* key = nullptr;
    X509* own = nullptr;
    STACK_OF(X509)* chain = nullptr;
    const bool opened = ::PKCS12_parse(store.get(), utf8.constData(), &key, &own, &chain) == 1;
    ::OPENSSL_cleanse(utf8.data(), static_cast<std::size_t>(utf8.size()));
    Result<void> outcome;
    if (!opened)
        outcome = fail(ErrorCode::TlsFailed, what, QStringLiteral("the key store does not open: %1").arg(lastTlsError()));
    else if (key == nullptr || own == nullptr)
        outcome = fail(ErrorCode::TlsFailed, what, QStringLiteral("the key store has no certificate with its key"));
    else if (::SSL_CTX_use_cert_and_key(context, own, key, chain, 1) != 1)
        outcome = bad(what);
    ::EVP_PKEY_free(key);
    ::X509_free(own);
    sk_X509_pop_free(chain, ::X509_free);
    return outcome;
}

Result<void> identify(SSL_CTX* context, const client::ClientConfig& config) {
    const auto property = [&](const char* name) { return config.properties.value(QLatin1String(name)); };
    if (const QString location = property("ssl.keystore.location"); !location.isEmpty())
        if (auto done = identifyByKeyStore(context, location, config.secrets.value(QStringLiteral("ssl.keystore.password"))); !done)
            return done;
    if (const QString location = property("ssl.certificate.location"); !location.isEmpty())
        if (::SSL_CTX_use_certificate_chain_file(context, location.toLocal8Bit().constData()) != 1)
            return bad(QStringLiteral("ssl.certificate.location"));
    if (const QByteArray pem = property("ssl.certificate.pem").toUtf8(); !pem.isEmpty()) {
        const auto bio = bioOf(pem);
        X509* own = ::PEM_read_bio_X509_AUX(bio.get(), nullptr, refusePassword, nullptr);
        const bool used = own != nullptr && ::SSL_CTX_use_certificate(context, own) == 1;
        ::X509_free(own);
        if (!used)
            return bad(QStringLiteral("ssl.certificate.pem"));
        while (X509* chain = ::PEM_read_bio_X509(bio.get(), nullptr, refusePassword, nullptr))
            if (::SSL_CTX_add0_chain_cert(context, chain) != 1)
                ::X509_free(chain);
        ::ERR_clear_error();
    }
    QByteArray password = config.secrets.value(QStringLiteral("ssl.key.password")).toUtf8();
    ::SSL_CTX_set_default_passwd_cb(context, password.isEmpty() ? refusePassword : givePassword);
    ::SSL_CTX_set_default_passwd_cb_userdata(context, &password);
    Result<void> outcome;
    if (const QString location = property("ssl.key.location"); !location.isEmpty())
        if (::SSL_CTX_use_PrivateKey_file(context, location.toLocal8Bit().constData(), SSL_FILETYPE_PEM) != 1)
            outcome = bad(QStringLiteral("ssl.key.location"));
    if (const QByteArray pem = config.secrets.value(QStringLiteral("ssl.key.pem")).toUtf8(); !pem.isEmpty()) {
        const auto bio = bioOf(pem);
        EVP_PKEY* key = ::PEM_read_bio_PrivateKey(bio.get(), nullptr, password.isEmpty() ? refusePassword : givePassword, &password);
        if (key == nullptr || ::SSL_CTX_use_PrivateKey(context, key) != 1)
            outcome = bad(QStringLiteral("ssl.key.pem"));
        ::EVP_PKEY_free(key);
    }
    ::SSL_CTX_set_default_passwd_cb(context, refusePassword);
    ::SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    ::OPENSSL_cleanse(password.data(), static_cast<std::size_t>(password.size()));
    return outcome;
}

Result<void> takeKerberos(const client::ClientConfig& config, KerberosWho& who) {
    const QString prefix = QStringLiteral("sasl.kerberos."), renewal = QStringLiteral("min.time.before.relogin"); // a ticket of ours is renewed when it is needed
    for (auto it = config.properties.begin(); it != config.properties.end(); ++it) {
        const QString name = it.key().startsWith(prefix) ? it.key().mid(prefix.size()) : QString();
        const QByteArray value = it.value().trimmed().toUtf8();
        if (name.isEmpty() || value.isEmpty() || name == renewal)
            continue;
        if (name == QLatin1String("service.name"))
            who.service = value;
        else if (name == QLatin1String("principal"))
            who.principal = value;
        else if (name == QLatin1String("keytab"))
            who.keytab = value;
        else
            return fail(ErrorCode::Unsupported, it.key(), QStringLiteral("the setting %1 is known to librdkafka only").arg(it.key()));
    }
    if (!who.keytab.isEmpty() && who.principal.isEmpty())
        return fail(ErrorCode::Invalid, prefix + QStringLiteral("principal"), QStringLiteral("a keytab needs the principal whose key is used"));
    return {};
}

} // namespace

Result<Security> Security::of(const client::ClientConfig& config) {
    Security security;
    const auto property = [&](const char* name) { return config.properties.value(QLatin1String(name)); };
    const QString protocol = property("security.protocol").toLower();
    const bool tls = protocol == QLatin1String("ssl") || protocol == QLatin1String("sasl_ssl");
    const bool sasl = protocol.startsWith(QLatin1String("sasl_"));
    if (!tls && !sasl && !protocol.isEmpty() && protocol != QLatin1String("plaintext"))
        return fail(ErrorCode::Invalid, QStringLiteral("security.protocol"), QStringLiteral("'%1' is not a security protocol").arg(protocol));

    if (sasl) {
        const QString mechanism = client::mechanismOf(config);
        auto tokens = client::tokenSourceOf(config);
        if (!tokens)
            return std::unexpected(tokens.error());
        security.tokens = std::move(*tokens);
        if (security.tokens)
            security.sasl = Sasl::OAuthBearer;
        else if (mechanism == QLatin1String("GSSAPI"))
            security.sasl = Sasl::Kerberos;
        else if (mechanism == QLatin1String("PLAIN"))
            security.sasl = Sasl::Plain;
        else if (mechanism == QLatin1String("SCRAM-SHA-256"))
            security.sasl = Sasl::ScramSha256;
        else if (mechanism == QLatin1String("SCRAM-SHA-512"))
            security.sasl = Sasl::ScramSha512;
        else
            return fail(ErrorCode::Unsupported, QStringLiteral("sasl.mechanism"), QStringLiteral("%1 is spoken by librdkafka only").arg(mechanism));
    }
    if (security.sasl == Sasl::Kerberos) {
        if (auto done = takeKerberos(config, security.kerberos); !done)
            return std::unexpected(done.error());
    } else if (sasl && !security.tokens) {
        security.username = property("sasl.username").toUtf8();
        security.password = config.secrets.value(QStringLiteral("sasl.password")).toUtf8();
        if (security.username.isEmpty())
            return fail(ErrorCode::Invalid, QStringLiteral("sasl.username"), QStringLiteral("%1 needs a user").arg(client::mechanismOf(config)));
    }
    if (tls) {
        static const QSet<QString> known{QStringLiteral("ssl.ca.location"), QStringLiteral("ssl.ca.pem"), QStringLiteral("ssl.certificate.location"),
            QStringLiteral("ssl.certificate.pem"), QStringLiteral("ssl.key.location"), QStringLiteral("ssl.key.pem"), QStringLiteral("ssl.key.password"),
            QStringLiteral("ssl.keystore.location"), QStringLiteral("ssl.keystore.password"), QStringLiteral("ssl.endpoint.identification.algorithm")};
        for (const auto* map : {&config.properties, &config.secrets})
            for (auto it = map->begin(); it != map->end(); ++it)
                if (it.key().startsWith(QLatin1String("ssl.")) && !known.contains(it.key()) && !it.value().isEmpty())
                    return fail(ErrorCode::Unsupported, it.key(), QStringLiteral("the setting %1 is known to librdkafka only").arg(it.key()));
        security.tls = {::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free};
        if (!security.tls)
            return bad(QStringLiteral("TLS"));
        ::SSL_CTX_set_min_proto_version(security.tls.get(), TLS1_2_VERSION);
        ::SSL_CTX_set_mode(security.tls.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        ::SSL_CTX_set_options(security.tls.get(), SSL_OP_NO_RENEGOTIATION);
        const bool verify = property("enable.ssl.certificate.verification").compare(QLatin1String("false"), Qt::CaseInsensitive) != 0;
        ::SSL_CTX_set_verify(security.tls.get(), verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
        security.verifyHost = verify && property("ssl.endpoint.identification.algorithm").compare(QLatin1String("none"), Qt::CaseInsensitive) != 0;
        if (auto done = trust(security.tls.get(), property("ssl.ca.location"), property("ssl.ca.pem").toUtf8()); !done)
            return std::unexpected(done.error());
        if (auto done = identify(security.tls.get(), config); !done)
            return std::unexpected(done.error());
    }
    return security;
}

} // namespace models::wire
