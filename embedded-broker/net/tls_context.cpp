#include "embedded-broker/net/tls_context.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace broker::net {

namespace {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
using Memory = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

std::unexpected<Error> bad(std::string message) {
    ERR_clear_error();
    return fail(ErrorCode::InvalidArgument, std::move(message));
}

std::string lastError(std::string_view fallback) {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return reason != nullptr ? reason : std::string(fallback);
}

// --- a BIO over the socket that never raises SIGPIPE ---------------------------------------------------------------------
int descriptorOf(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int socketWrite(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent = ::send(descriptorOf(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int socketRead(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t got = ::recv(descriptorOf(bio), into, static_cast<std::size_t>(size), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

long socketControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO* socketBio(int descriptor) {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "samsa socket");
        BIO_meth_set_write(made, socketWrite);
        BIO_meth_set_read(made, socketRead);
        BIO_meth_set_ctrl(made, socketControl);
        return made;
    }();
    BIO* bio = BIO_new(method);
    if (bio != nullptr) {
        BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
        BIO_set_init(bio, 1);
    }
    return bio;
}

// --- PEM -------------------------------------------------------------------------------------------------------------------
Result<std::vector<Certificate>> readCertificates(const std::string& pem, std::string_view what) {
    const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    std::vector<Certificate> all;
    while (X509* one = PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr))
        all.emplace_back(one);
    const bool atEnd = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (all.empty() || !atEnd)
        return bad(fmt::format("{} has no certificate in PEM form, or a damaged one.", what));
    return all;
}

/// Never asks at a terminal.
int givePassword(char* into, int size, int, void* from) {
    const auto& password = *static_cast<const std::string*>(from);
    if (password.empty() || password.size() > static_cast<std::size_t>(size))
        return -1;
    std::ranges::copy(password, into);
    return static_cast<int>(password.size());
}

int versionOf(const std::string& protocol) { return protocol == "TLSv1.2" ? TLS1_2_VERSION : protocol == "TLSv1.3" ? TLS1_3_VERSION : 0; }

Result<void> useProtocols(SSL_CTX* context, const TlsOptions& options) {
    int low = 0;
    int high = 0;
    for (const auto& protocol : options.protocols) {
        const int version = versionOf(protocol);
        if (version == 0)
            return bad(fmt::format("{} is not a TLS version that is served: TLSv1.2 and TLSv1.3 are.", protocol));
        low = low == 0 ? version : std::min(low, version);
        high = std::max(high, version);
    }
    if (low == 0 || SSL_CTX_set_min_proto_version(context, low) != 1 || SSL_CTX_set_max_proto_version(context, high) != 1)
        return bad("There is no TLS version to speak.");
    std::string older;
    std::string newer;
    for (const auto& suite : options.cipherSuites) {
        auto& list = suite.starts_with("TLS_AES_") || suite.starts_with("TLS_CHACHA20_") ? newer : older;
        list += (list.empty() ? "" : ":") + suite;
    }
    if ((!older.empty() && SSL_CTX_set_cipher_list(context, older.c_str()) != 1) || (!newer.empty() && SSL_CTX_set_ciphersuites(context, newer.c_str()) != 1))
        return bad(fmt::format("None of these cipher suites is known: {}.", fmt::join(options.cipherSuites, ", ")));
    return {};
}

Result<void> useCertificate(SSL_CTX* context, const TlsOptions& options) {
    const auto chain = readCertificates(options.certificateChainPem, "The certificate chain");
    if (!chain)
        return std::unexpected(chain.error());
    if (SSL_CTX_use_certificate(context, chain->front().get()) != 1)
        return bad("The first certificate of the chain cannot be used: " + lastError("unknown reason") + ".");
    for (std::size_t i = 1; i < chain->size(); ++i)
        SSL_CTX_add1_chain_cert(context, (*chain)[i].get());
    const Memory memory(BIO_new_mem_buf(options.privateKeyPem.data(), static_cast<int>(options.privateKeyPem.size())));
    const std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>> key(
        PEM_read_bio_PrivateKey(memory.get(), nullptr, givePassword, const_cast<std::string*>(&options.privateKeyPassword))); // NOLINT: only read
    if (!key)
        return bad("The private key is not PEM, or its password is missing or wrong.");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        return bad("The private key does not belong to the first certificate of the chain.");
    return {};
}

Result<void> useTrusted(SSL_CTX* context, const TlsOptions& options) {
    if (options.trustedPem.empty()) {
        SSL_CTX_set_default_verify_paths(context);
        return {};
    }
    const auto trusted = readCertificates(options.trustedPem, "The trust store");
    if (!trusted)
        return std::unexpected(trusted.error());
    for (const auto& certificate : *trusted) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
        SSL_CTX_add_client_CA(context, certificate.get());
    }
    ERR_clear_error();
    return {};
}

} // namespace

// --- TlsStream -------------------------------------------------------------------------------------------------------------
TlsStream::~TlsStream() { SSL_free(m_handle); }

TlsStream::Status TlsStream::judge(int result) {
    switch (SSL_get_error(m_handle, result)) {
    case SSL_ERROR_WANT_READ: return Status::WantRead;
    case SSL_ERROR_WANT_WRITE: return Status::WantWrite;
    case SSL_ERROR_ZERO_RETURN: m_broken = true; return Status::Closed;
    case SSL_ERROR_SYSCALL:
        m_broken = true;
        ERR_clear_error();
        return Status::Closed;
    default: break;
    }
    m_broken = true;
    const long verified = SSL_get_verify_result(m_handle);
    m_error = verified != X509_V_OK ? X509_verify_cert_error_string(verified) : lastError("the TLS conversation failed");
    ERR_clear_error();
    return Status::Failed;
}

TlsStream::Status TlsStream::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(m_handle);
    return result == 1 ? Status::Done : judge(result);
}

TlsStream::Moved TlsStream::read(std::span<std::byte> into) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(m_handle, into.data(), into.size(), &bytes);
    return result == 1 ? Moved{Status::Done, bytes} : Moved{judge(result), 0};
}

TlsStream::Moved TlsStream::write(Bytes from) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_write_ex(m_handle, from.data(), from.size(), &bytes);
    return result == 1 ? Moved{Status::Done, bytes} : Moved{judge(result), 0};
}

void TlsStream::goodbye() {
    if (!m_broken && SSL_is_init_finished(m_handle) != 0)
        SSL_shutdown(m_handle);
    ERR_clear_error();
}

std::string TlsStream::peerSubject() const {
    const X509* certificate = SSL_get0_peer_certificate(m_handle);
    if (certificate == nullptr || SSL_get_verify_result(m_handle) != X509_V_OK)
        return {};
    const Memory memory(BIO_new(BIO_s_mem()));
    // As Java prints a distinguished name: most specific first, commas without spaces.
    if (!memory || X509_NAME_print_ex(memory.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
        return {};
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

// --- TlsContext ------------------------------------------------------------------------------------------------------------
TlsContext::~TlsContext() { SSL_CTX_free(m_handle); }

Result<std::unique_ptr<TlsContext>> TlsContext::make(const TlsOptions& options) {
    SSL_CTX* handle = SSL_CTX_new(TLS_method());
    if (handle == nullptr)
        return fail(ErrorCode::Internal, "OpenSSL could not be started.");
    std::unique_ptr<TlsContext> context(new TlsContext(handle));
    context->m_clientCertificate = options.clientCertificate;
    context->m_checkHost = options.checkHost;
    context->m_hasCertificate = !options.certificateChainPem.empty();
    // A peer that ends without a goodbye has ended: frames have lengths, so nothing is taken for whole that is not. Nothing is resumed:
    // connections are few and live long.
    SSL_CTX_set_options(handle, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(handle, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(handle, 0);
    if (const auto used = useProtocols(handle, options); !used)
        return std::unexpected(used.error());
    if (context->m_hasCertificate)
        if (const auto used = useCertificate(handle, options); !used)
            return std::unexpected(used.error());
    if (const auto used = useTrusted(handle, options); !used)
        return std::unexpected(used.error());
    return context;
}

std::unique_ptr<TlsStream> TlsContext::serverStream(int descriptor) const {
    SSL* handle = SSL_new(m_handle);
    BIO* bio = handle != nullptr ? socketBio(descriptor) : nullptr;
    if (bio == nullptr) {
        SSL_free(handle);
        return nullptr;
    }
    SSL_set_bio(handle, bio, bio);
    using enum TlsOptions::ClientCertificate;
    const int verify = m_clientCertificate == None ? SSL_VERIFY_NONE
                       : m_clientCertificate == Required ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                                                         : SSL_VERIFY_PEER;
    SSL_set_verify(handle, verify, nullptr);
    SSL_set_accept_state(handle);
    return std::make_unique<TlsStream>(handle);
}

std::unique_ptr<TlsStream> TlsContext::clientStream(int descriptor, const std::string& host) const {
    SSL* handle = SSL_new(m_handle);
    BIO* bio = handle != nullptr ? socketBio(descriptor) : nullptr;
    if (bio == nullptr) {
        SSL_free(handle);
        return nullptr;
    }
    SSL_set_bio(handle, bio, bio);
    SSL_set_verify(handle, SSL_VERIFY_PEER, nullptr);
    std::array<unsigned char, 16> address{};
    const bool isAddress = inet_pton(AF_INET, host.c_str(), address.data()) == 1 || inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
    if (!isAddress)
        SSL_set_tlsext_host_name(handle, host.c_str());
    if (m_checkHost) {
        X509_VERIFY_PARAM* rules = SSL_get0_param(handle);
        const int set = isAddress ? X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) : X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size());
        if (set != 1) { // never a connection that checks less than it should
            SSL_free(handle);
            return nullptr;
        }
    }
    SSL_set_connect_state(handle);
    return std::make_unique<TlsStream>(handle);
}

} // namespace broker::net
