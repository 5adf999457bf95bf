#pragma once
// Inside models/wire: TLS over a non-blocking socket. Bytes go through send() and recv() of our own, because OpenSSL's socket BIO raises SIGPIPE.

#include "models/base/error.h"
#include "models/wire/connection_test.h"
#include "models/wire/security.h"

#include <cstddef>
#include <memory>
#include <vector>

struct ssl_st;

namespace models::wire {

/// What a read or write brought: bytes, or what to wait for.
struct TlsStep {
    enum class Kind { Bytes, WantRead, WantWrite, Closed, Failed } kind = Kind::Failed;
    std::size_t bytes = 0;
};

/// What the other side showed of itself, and what is wrong with it.
struct TlsSeen {
    QList<ShownCertificate> chain; ///< its own first
    std::vector<int> problems;     ///< OpenSSL's X509_V_ERR_..., each once
    QString protocol;              ///< "TLSv1.3"
    bool wantsCertificate = false; ///< it asked for one of ours
};

class Tls {
public:
    static Result<std::unique_ptr<Tls>> make(const Security& security, int fd, const QString& host);
    ~Tls();
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    /// Kind::Bytes = done.
    TlsStep handshake();
    TlsStep read(std::byte* to, std::size_t count);
    TlsStep write(const std::byte* from, std::size_t count);
    /// Before the handshake: it goes on whatever is wrong with the certificate; seen() tells what is.
    void examine();
    [[nodiscard]] TlsSeen seen() const;
    /// After Failed: "certificate verify failed: self-signed certificate", in OpenSSL's words.
    [[nodiscard]] QString reason() const;

private:
    explicit Tls(ssl_st* ssl) : m_ssl(ssl) {}
    TlsStep step(int result, std::size_t bytes);
    ssl_st* m_ssl;
    QString m_reason;
    std::unique_ptr<TlsSeen> m_seen; ///< set: examining
};

} // namespace models::wire
