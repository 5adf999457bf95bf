#pragma once
// OpenSSL's side of TLS, without sockets' events: a context from options, and the stream of one connection. Loop thread only.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/tls.h"

#include <memory>
#include <span>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace broker::net {

/// TLS over one connected, non-blocking descriptor, which it does not own. Every call returns at once.
class TlsStream {
public:
    enum class Status : std::uint8_t {
        Done,
        WantRead,  ///< again when the socket can be read
        WantWrite, ///< again when the socket can be written
        Closed,    ///< the peer ended it
        Failed,    ///< error() says why
    };
    struct Moved {
        Status status = Status::Done;
        std::size_t bytes = 0; ///< > 0 when Done
    };
    /// Takes the handle.
    explicit TlsStream(ssl_st* handle) : m_handle(handle) {}
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    Status handshake();
    Moved read(std::span<std::byte> into);
    /// What is not taken must be offered again, with at least as many bytes after it.
    Moved write(Bytes from);
    /// Says that we end it; nothing is waited for.
    void goodbye();
    [[nodiscard]] const std::string& error() const { return m_error; }
    [[nodiscard]] std::string peerSubject() const;

private:
    Status judge(int result);
    ssl_st* m_handle;
    std::string m_error;
    bool m_broken = false;
};

class TlsContext {
public:
    /// InvalidArgument when a certificate or key is not what it should be; the sentence has no part of a key.
    static Result<std::unique_ptr<TlsContext>> make(const TlsOptions& options);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// Null when OpenSSL has no memory.
    [[nodiscard]] std::unique_ptr<TlsStream> serverStream(int descriptor) const;
    /// `host`: what the certificate must be for, a name or an address.
    [[nodiscard]] std::unique_ptr<TlsStream> clientStream(int descriptor, const std::string& host) const;

private:
    explicit TlsContext(ssl_ctx_st* handle) : m_handle(handle) {}
    ssl_ctx_st* m_handle;
    TlsOptions::ClientCertificate m_clientCertificate = TlsOptions::ClientCertificate::None;
    bool m_checkHost = true;
    bool m_hasCertificate = false;
};

} // namespace broker::net
