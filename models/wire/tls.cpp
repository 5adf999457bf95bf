#include "models/wire/tls.h"

#include <QHostAddress>
#include <cerrno>
#include <cstring>
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
    if (const long verified = ::SSL_get_verify_result(m_ssl); verified != X509_V_OK)
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

} // namespace models::wire
