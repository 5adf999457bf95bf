#pragma once
// Inside models/wire: TLS over a non-blocking socket. Bytes go through send() and recv() of our own, because OpenSSL's socket BIO raises SIGPIPE.

#include "models/base/error.h"
#include "models/wire/security.h"

#include <cstddef>
#include <memory>

struct ssl_st;

namespace models::wire {

/// What a read or write brought: bytes, or what to wait for.
struct TlsStep {
    enum class Kind { Bytes, WantRead, WantWrite, Closed, Failed } kind = Kind::Failed;
    std::size_t bytes = 0;
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
    /// After Failed: "certificate verify failed: self-signed certificate", in OpenSSL's words.
    [[nodiscard]] QString reason() const;

private:
    explicit Tls(ssl_st* ssl) : m_ssl(ssl) {}
    TlsStep step(int result, std::size_t bytes);
    ssl_st* m_ssl;
    QString m_reason;
};

} // namespace models::wire
