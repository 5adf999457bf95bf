#pragma once
// Inside models/wire: one place of a connection test, step by step. Blocking; each probe has one thread at a time, different ones may run at once.

#include "models/wire/connection_test.h"
#include "models/wire/wire_links.h"

namespace models::wire {

class ConnectionProbe {
public:
    ConnectionProbe(QString host, int port, int cancelFd);

    // Each needs the one before. False: place().finding says why.
    bool resolve(std::chrono::milliseconds limit);
    bool dial(std::chrono::milliseconds limit);
    /// `believeAll`: problems of the certificate are noted, and it goes on.
    bool encrypt(const Security& security, bool believeAll, std::chrono::milliseconds limit);
    bool versions(std::chrono::milliseconds limit);
    bool login(const Security& security, std::chrono::milliseconds limit);

    [[nodiscard]] const TestPlace& place() const { return m_place; }
    TestPlace& place() { return m_place; }
    [[nodiscard]] bool failed() const { return m_failed; }
    [[nodiscard]] bool cancelled() const { return m_cancelled; }
    [[nodiscard]] Link* link() { return m_link ? &*m_link : nullptr; }
    void close();

private:
    bool fault(Finding finding, const QString& detail);
    bool fault(const Error& error, Finding otherwise);

    TestPlace m_place;
    int m_cancelFd;
    bool m_failed = false;
    bool m_cancelled = false;
    bool m_wantsCertificate = false;
    std::optional<Socket> m_socket;
    std::optional<Link> m_link;
};

/// What a refused certificate means, the gravest first: `problems` are OpenSSL's.
std::pair<Finding, QString> certificateFinding(const std::vector<int>& problems);

} // namespace models::wire
