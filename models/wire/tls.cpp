#include "models/wire/tls.h"

#include <QHostAddress>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace models::wire {
namespace {

int descriptorOf(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(::BIO_get_data(bio))); }

int bioWrite(BIO* bio, const char* from, int count) {
    BIO_clear_retry_flags(bio);
    const auto sent = ::send(descriptorOf(bio), from, static_cast<std::size_t>(count), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int bioRead(BIO* bio, char* to, int count) {
    BIO_clear_retry_flags(bio);
    const auto got = ::recv(descriptorOf(bio), to, static_cast<std::size_t>(count), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

long bioControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int bioCreate(BIO* bio) {
    ::BIO_set_init(bio, 1);
    return 1;
}

/// The place of a connection for what is wrong with the certificate.
int problemsIndex() {
    static const int index = ::SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int noteProblem(int good, X509_STORE_CTX* context) {
    auto* ssl = static_cast<SSL*>(::X509_STORE_CTX_get_ex_data(context, ::SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* seen = ssl == nullptr ? nullptr : static_cast<TlsSeen*>(::SSL_get_ex_data(ssl, problemsIndex()));
    auto* problems = seen == nullptr ? nullptr : &seen->problems;
    const int problem = ::X509_STORE_CTX_get_error(context);
    if (good != 1 && problems != nullptr && std::find(problems->begin(), problems->end(), problem) == problems->end())
        problems->push_back(problem);
    return problems != nullptr ? 1 : good;
}

int noteWish(SSL*, void* seen) {
    static_cast<TlsSeen*>(seen)->wantsCertificate = true;
    return 1;
}

QString textOf(X509_NAME* name) {
    BIO* bio = ::BIO_new(::BIO_s_mem());
    ::X509_NAME_print_ex(bio, name, 0, (XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB & ~XN_FLAG_SPC_EQ) | ASN1_STRFLGS_ESC_CTRL);
    char* text = nullptr;
    const auto length = BIO_get_mem_data(bio, &text);
    const QString made = QString::fromUtf8(text, static_cast<qsizetype>(std::min<long>(length, 500)));
    ::BIO_free(bio);
    return made;
}

QDateTime timeOf(const ASN1_TIME* time) {
    std::tm parts{};
    if (::ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    return {QDate(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday), QTime(parts.tm_hour, parts.tm_min, parts.tm_sec), Qt::UTC};
}

QStringList namesOf(X509* certificate) {
    QStringList names;
    auto* all = static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(all) && i < 100; ++i) {
        const auto* name = sk_GENERAL_NAME_value(all, i);
        if (name->type == GEN_DNS) {
            names.append(QString::fromUtf8(reinterpret_cast<const char*>(::ASN1_STRING_get0_data(name->d.dNSName)), std::min(::ASN1_STRING_length(name->d.dNSName), 255)));
        } else if (name->type == GEN_IPADD) {
            const auto* bytes = ::ASN1_STRING_get0_data(name->d.iPAddress);
            if (::ASN1_STRING_length(name->d.iPAddress) == 4)
                names.append(QHostAddress(static_cast<quint32>(bytes[0]) << 24 | static_cast<quint32>(bytes[1]) << 16 | static_cast<quint32>(bytes[2]) << 8 | bytes[3]).toString());
            else if (::ASN1_STRING_length(name->d.iPAddress) == 16)
                names.append(QHostAddress(bytes).toString());
        }
    }
    ::GENERAL_NAMES_free(all);
    return names;
}

ShownCertificate shown(X509* certificate) {
    ShownCertificate one;
    one.subject = textOf(::X509_get_subject_name(certificate));
    one.issuer = textOf(::X509_get_issuer_name(certificate));
    one.names = namesOf(certificate);
    one.from = timeOf(::X509_get0_notBefore(certificate));
    one.until = timeOf(::X509_get0_notAfter(certificate));
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (::X509_digest(certificate, ::EVP_sha256(), digest, &size) == 1)
        one.fingerprint = QString::fromLatin1(QByteArray(reinterpret_cast<const char*>(digest), static_cast<qsizetype>(size)).toHex(':').toUpper());
    return one;
}

BIO_METHOD* bioMethod() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "samsa socket");
        ::BIO_meth_set_write(made, bioWrite);
        ::BIO_meth_set_read(made, bioRead);
        ::BIO_meth_set_ctrl(made, bioControl);
        ::BIO_meth_set_create(made, bioCreate);
        return made;
    }();
    return method;
}

} // namespace

Result<std::unique_ptr<Tls>> Tls::make(const Security& security, int fd, const QString& host) {
    SSL* ssl = ::SSL_new(security.tls.get());
    if (ssl == nullptr)
        return fail(ErrorCode::TlsFailed, host, QStringLiteral("no TLS connection could be made"));
    std::unique_ptr<Tls> tls(new Tls(ssl));
    BIO* bio = ::BIO_new(bioMethod());
    ::BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
    ::SSL_set_bio(ssl, bio, bio);
    ::SSL_set_connect_state(ssl);
    const QByteArray name = host.toUtf8();
    const bool address = !QHostAddress(host).isNull();
    if (!address)
        ::SSL_set_tlsext_host_name(ssl, name.constData());
    if (security.verifyHost) {
        const bool set = address ? ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), name.constData()) == 1 : ::SSL_set1_host(ssl, name.constData()) == 1;
        ::SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (!set)
            return fail(ErrorCode::TlsFailed, host, QStringLiteral("this is not a name that a certificate can have"));
    }
    return tls;
}

Tls::~Tls() { ::SSL_free(m_ssl); }

TlsStep Tls::step(int result, std::size_t bytes) {
    if (result == 1)
        return {TlsStep::Kind::Bytes, bytes};
    switch (::SSL_get_error(m_ssl, result)) {
    case SSL_ERROR_WANT_READ: return {TlsStep::Kind::WantRead, 0};
    case SSL_ERROR_WANT_WRITE: return {TlsStep::Kind::WantWrite, 0};
    case SSL_ERROR_ZERO_RETURN: return {TlsStep::Kind::Closed, 0};
    default: break;
    }
    const auto code = ::ERR_peek_last_error();
    if (const long verified = ::SSL_get_verify_result(m_ssl); verified != X509_V_OK && !m_seen)
        m_reason = QStringLiteral("certificate verify failed: %1").arg(QString::fromLocal8Bit(::X509_verify_cert_error_string(verified)));
    else if (const char* text = code == 0 ? nullptr : ::ERR_reason_error_string(code); text != nullptr)
        m_reason = QString::fromLocal8Bit(text);
    else
        m_reason.clear();
    ::ERR_clear_error();
    return {m_reason.isEmpty() ? TlsStep::Kind::Closed : TlsStep::Kind::Failed, 0};
}

TlsStep Tls::handshake() {
    ::ERR_clear_error();
    return step(::SSL_do_handshake(m_ssl), 0);
}

TlsStep Tls::read(std::byte* to, std::size_t count) {
    ::ERR_clear_error();
    std::size_t got = 0;
    const int result = ::SSL_read_ex(m_ssl, to, count, &got);
    return step(result, got);
}

TlsStep Tls::write(const std::byte* from, std::size_t count) {
    ::ERR_clear_error();
    std::size_t sent = 0;
    const int result = ::SSL_write_ex(m_ssl, from, count, &sent);
    return step(result, sent);
}

QString Tls::reason() const { return m_reason; }

void Tls::examine() {
    m_seen = std::make_unique<TlsSeen>();
    ::SSL_set_ex_data(m_ssl, problemsIndex(), m_seen.get());
    ::SSL_set_verify(m_ssl, SSL_VERIFY_PEER, noteProblem);
    ::SSL_set_cert_cb(m_ssl, noteWish, m_seen.get());
}

TlsSeen Tls::seen() const {
    TlsSeen seen = m_seen ? *m_seen : TlsSeen{};
    seen.protocol = QString::fromLatin1(::SSL_get_version(m_ssl));
    auto* chain = ::SSL_get_peer_cert_chain(m_ssl);
    for (int i = 0; i < sk_X509_num(chain) && i < 10; ++i)
        seen.chain.append(shown(sk_X509_value(chain, i)));
    return seen;
}

} // namespace models::wire
