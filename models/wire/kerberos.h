#pragma once
// Inside models/wire: logging in by a Kerberos ticket (SASL GSSAPI, RFC 4752, without a security layer: TLS is the layer), by MIT's library.

#include "models/base/error.h"

#include <QByteArray>
#include <memory>

namespace models::wire {

/// Whose ticket, and for which service.
struct KerberosWho {
    QByteArray service = "kafka"; ///< first part of the brokers' principals
    QByteArray principal;         ///< "me@EXAMPLE.ORG"; empty = that of the ticket. A keytab needs one
    QByteArray keytab;            ///< path; empty = the ticket that kinit has got
};

/// The client's side of one login: first() goes out, then what next() makes of each answer, until isOver(). Both may ask the realm's servers: they block for
/// as long as MIT's library does (seconds for each server that does not answer), and nothing ends them earlier; so wire_links lets a thread do it that
/// may be left behind.
class KerberosClient {
public:
    /// `host`: as it was dialled; the ticket is for it.
    KerberosClient(const KerberosWho& who, const QByteArray& host);
    ~KerberosClient();
    KerberosClient(const KerberosClient&) = delete;
    KerberosClient& operator=(const KerberosClient&) = delete;

    /// AuthenticationFailed with the library's words where there is no ticket and none can be got.
    Result<QByteArray> first();
    Result<QByteArray> next(const QByteArray& answer);
    [[nodiscard]] bool isOver() const { return m_state == State::Over; } ///< the answer that comes now is the last

private:
    Result<QByteArray> carryOn(const QByteArray& answer);
    enum class State { Context, Layers, Over } m_state = State::Context;
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace models::wire
