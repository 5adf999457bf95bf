#include "models/wire/connection_probe.h"

#include "models/wire/name_lookup.h"

#include <cerrno>
#include <cstring>
#include <openssl/x509_vfy.h>

namespace models::wire {
namespace {

constexpr int kUnsupportedMechanism = 33;

class Stopwatch {
public:
    explicit Stopwatch(qint64& micros) : m_micros(micros) {}
    ~Stopwatch() { m_micros = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - m_began).count(); }

private:
    std::chrono::steady_clock::time_point m_began = std::chrono::steady_clock::now();
    qint64& m_micros;
};

Deadline in(std::chrono::milliseconds limit) { return std::chrono::steady_clock::now() + limit; }

Finding portFinding(const Error& error) {
    if (error.code == ErrorCode::TimedOut)
        return Finding::PortTimedOut;
    return error.why == QString::fromLocal8Bit(std::strerror(ECONNREFUSED)) ? Finding::PortRefused : Finding::PortUnreachable;
}

/// OpenSSL's words for alerts: what the other side thinks of us.
Finding tlsFinding(const Error& error) {
    if (error.code == ErrorCode::TimedOut)
        return Finding::AnswerTimedOut;
    const QString why = error.why.toLower();
    if (why.contains(QLatin1String("certificate required")) || why.contains(QLatin1String("alert bad certificate")) || why.contains(QLatin1String("alert unknown ca"))
        || why.contains(QLatin1String("alert certificate")) || why.contains(QLatin1String("handshake failure")))
        return Finding::ClientCertificateWanted;
    if (why.contains(QLatin1String("wrong version number")) || why.contains(QLatin1String("closed the connection")) || why.contains(QLatin1String("packet length"))
        || why.contains(QLatin1String("unexpected eof")))
        return Finding::TlsNotSpoken;
    return Finding::TlsRefused;
}

} // namespace

std::pair<Finding, QString> certificateFinding(const std::vector<int>& problems) {
    const auto has = [&problems](std::initializer_list<int> codes) {
        for (const int code : codes)
            if (std::find(problems.begin(), problems.end(), code) != problems.end())
                return code;
        return 0;
    };
    const auto words = [](int code) { return QString::fromLocal8Bit(::X509_verify_cert_error_string(code)); };
    if (const int code = has({X509_V_ERR_CERT_HAS_EXPIRED}))
        return {Finding::CertificateExpired, words(code)};
    if (const int code = has({X509_V_ERR_CERT_NOT_YET_VALID}))
        return {Finding::CertificateNotYetValid, words(code)};
    if (const int code = has({X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED, X509_V_ERR_CERT_SIGNATURE_FAILURE}))
        return {Finding::CertificateUntrusted, words(code)};
    if (const int code = has({X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH}))
        return {Finding::CertificateWrongHost, words(code)};
    if (!problems.empty())
        return {Finding::CertificateBad, words(problems.front())};
    return {Finding::None, {}};
}

ConnectionProbe::ConnectionProbe(QString host, int port, int cancelFd) : m_cancelFd(cancelFd) {
    m_place.host = std::move(host);
    m_place.port = port;
}

bool ConnectionProbe::fault(Finding finding, const QString& detail) {
    m_failed = true;
    m_place.finding = finding;
    m_place.detail = detail.left(500);
    close();
    return false;
}

bool ConnectionProbe::fault(const Error& error, Finding otherwise) {
    m_cancelled = error.code == ErrorCode::Cancelled;
    return fault(otherwise, error.why);
}

void ConnectionProbe::close() {
    m_link.reset();
    m_socket.reset();
}

bool ConnectionProbe::resolve(std::chrono::milliseconds limit) {
    const Stopwatch watch(m_place.micros);
    m_place.at = TestStep::Names;
    if (m_place.port < 1 || m_place.port > 65535)
        return fault(Finding::PortUnreachable, QStringLiteral("%1 is not a port").arg(m_place.port));
    const auto found = lookUp(m_place.host, in(limit), m_cancelFd);
    if (!found)
        return fault(found.error(), found.error().code == ErrorCode::TimedOut ? Finding::NameTimedOut : Finding::NameUnknown);
    m_place.addresses = *found;
    return true;
}

bool ConnectionProbe::dial(std::chrono::milliseconds limit) {
    const Stopwatch watch(m_place.micros);
    m_place.at = TestStep::Ports;
    const auto each = m_place.addresses.size() > 1 ? limit / 2 : limit;
    Error last;
    // One that drops packets must not keep the others from being tried.
    for (const auto& address : m_place.addresses.mid(0, 4)) {
        auto socket = Socket::dial({address, m_place.port}, in(each), m_cancelFd, m_place.name());
        if (socket) {
            m_socket = std::move(*socket);
            return true;
        }
        last = socket.error();
        if (last.code == ErrorCode::Cancelled)
            break;
    }
    return fault(last, portFinding(last));
}

bool ConnectionProbe::encrypt(const Security& security, bool believeAll, std::chrono::milliseconds limit) {
    const Stopwatch watch(m_place.micros);
    m_place.at = TestStep::Tls;
    TlsSeen seen;
    const auto done = m_socket->encrypt(security, m_place.host, in(limit), &seen);
    m_place.chain = seen.chain;
    m_place.tlsVersion = seen.protocol;
    m_wantsCertificate = seen.wantsCertificate;
    if (!done)
        return fault(done.error(), tlsFinding(done.error()));
    const auto [finding, words] = certificateFinding(seen.problems);
    if (finding == Finding::None)
        return true;
    if (believeAll) {
        m_place.finding = finding;
        m_place.detail = words;
        return true;
    }
    return fault(finding, words);
}

bool ConnectionProbe::versions(std::chrono::milliseconds limit) {
    const Stopwatch watch(m_place.micros);
    m_place.at = TestStep::Versions;
    m_link = Link{std::move(*m_socket), m_place.host, {}, 1};
    m_socket.reset();
    const auto done = askVersions(*m_link, in(limit));
    if (done && !m_link->versions.empty()) {
        m_place.requests = static_cast<int>(m_link->versions.size());
        return true;
    }
    if (done)
        return fault(Finding::NotKafka, QStringLiteral("it knows no request"));
    // With TLS 1.3 the other side says only now what it thinks of our certificate, by an alert or by closing.
    if (m_wantsCertificate && (done.error().code == ErrorCode::TlsFailed || done.error().code == ErrorCode::Unreachable)) {
        m_place.at = TestStep::Tls;
        return fault(done.error(), Finding::ClientCertificateWanted);
    }
    switch (done.error().code) {
    case ErrorCode::Corrupt: return fault(done.error(), Finding::NotKafka);
    case ErrorCode::TimedOut: return fault(done.error(), Finding::AnswerTimedOut);
    case ErrorCode::TlsFailed:
        m_place.at = TestStep::Tls;
        return fault(done.error(), m_place.tlsVersion.isEmpty() ? Finding::TlsWanted : tlsFinding(done.error()));
    default: return fault(done.error(), Finding::ClosedAtOnce);
    }
}

bool ConnectionProbe::login(const Security& security, std::chrono::milliseconds limit) {
    const Stopwatch watch(m_place.micros);
    m_place.at = TestStep::Login;
    const auto done = logIn(*m_link, security, in(limit), m_cancelFd);
    if (done)
        return true;
    const auto& error = done.error();
    if (error.kafkaCode == kUnsupportedMechanism)
        return fault(error, Finding::MechanismNotTaken);
    if (error.code == ErrorCode::AuthenticationFailed)
        return fault(error, Finding::LoginRefused);
    if (error.code == ErrorCode::TimedOut)
        return fault(error, Finding::AnswerTimedOut);
    // Brokers that have no login at all do not know the request.
    if (error.code == ErrorCode::Unsupported)
        return fault(error, Finding::MechanismNotTaken);
    return fault(error, error.code == ErrorCode::Unreachable ? Finding::LoginRefused : Finding::Other);
}

} // namespace models::wire
