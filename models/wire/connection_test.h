#pragma once
// Tries a connection step by step and names the step that fails: names, ports, TLS, Kafka's own protocol, login, and every address that the brokers
// advertise. Over our own sockets; what only librdkafka can do (security.h) goes through it, and the report says so.
//
//     auto test = std::make_shared<ConnectionTest>(config);
//     std::thread([test] { auto outcome = test->run([](const StepReport& report) { ... }); }).detach();   // blocking, on a worker
//     test->cancel();                                                                                     // any thread
//
// Every wait has a bound (TestLimits) and ends at once by cancel(). Nothing secret is sent where the certificate has a problem.

#include "models/base/error.h"
#include "models/client/client_config.h"

#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QString>
#include <QStringList>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace models::wire {

/// In the order in which they are tried.
enum class TestStep { Names, Ports, Tls, Versions, Login, Addresses };
inline constexpr int kTestSteps = 6;

enum class StepState {
    Waiting,
    Running,
    Good,
    Warned,    ///< it goes on, but not with every server
    Failed,
    NotNeeded, ///< no TLS, no login
    Stopped,   ///< cancelled
};

/// What is wrong. The words are in ui/.
enum class Finding {
    None,
    SettingsUnusable,       ///< a certificate or key that cannot be read, a setting that cannot be
    NameUnknown,
    NameTimedOut,
    PortRefused,
    PortTimedOut,
    PortUnreachable,        ///< no route, network down
    CertificateExpired,
    CertificateNotYetValid,
    CertificateWrongHost,
    CertificateUntrusted,   ///< no CA that is trusted here signed it
    CertificateBad,         ///< anything else with it
    ClientCertificateWanted,
    TlsNotSpoken,           ///< the port is not a TLS port
    TlsRefused,             ///< the other side ended the handshake
    TlsWanted,              ///< the port is a TLS port, the connection is not encrypted
    NotKafka,
    ClosedAtOnce,           ///< the first question was answered by closing
    AnswerTimedOut,
    MechanismNotTaken,
    TokenNotGiven,         ///< whoever gives tokens gave none
    TicketNotGiven,        ///< there is no Kerberos ticket, and none can be got
    LoginRefused,
    LoginWanted,            ///< the broker closes: it wants a login that the connection does not have
    NothingAdvertised,
    Other,
};

/// One certificate as it was shown. Texts are the other side's: hostile.
struct ShownCertificate {
    QString subject, issuer; ///< "CN=kafka-1, O=example"
    QStringList names;       ///< hosts and addresses that it is for
    QDateTime from, until;   ///< UTC
    QString fingerprint;     ///< SHA-256, "AB:CD:..."
};

/// One server that was given, or one address that a broker advertises.
struct TestPlace {
    QString host;
    int port = 0;
    int broker = -1;      ///< of an advertised address
    bool foreign = false; ///< of an advertised address: see isForeignHost
    QStringList addresses; ///< of the host
    TestStep at = TestStep::Names; ///< how far it came
    Finding finding = Finding::None;
    QString detail;       ///< in the words of the system, the library or the broker
    QList<ShownCertificate> chain;
    QString tlsVersion;
    QString offered;      ///< mechanisms that the broker names
    int requests = 0;     ///< how many of Kafka's requests it knows
    qint64 micros = 0;    ///< of this step
    [[nodiscard]] QString name() const;
};

struct StepReport {
    TestStep step = TestStep::Names;
    StepState state = StepState::Waiting;
    QList<TestPlace> places;   ///< of this step, in order
    bool byLibrary = false;    ///< librdkafka did it
    QString detail;            ///< of the step as a whole
    Finding finding = Finding::None; ///< the first one
};

struct TestLimits {
    std::chrono::milliseconds names{5000}, ports{4000}, tls{5000}, versions{5000}, login{10000}, library{15000};
    int serversMax = 16;
    int brokersMax = 64;
};

/// Where the brokers send a client is up to them, and its login follows there. True for a host that none of `known` (the hosts that were given, and their addresses)
/// leads one to expect: neither one of them, nor under the same domain (its last two labels), nor an address of the same network (/16, or /48), nor on this computer as they are.
bool isForeignHost(const QString& host, const QStringList& known);

struct TestOutcome {
    bool good = false;      ///< a client can work with it, maybe with warnings
    bool cancelled = false;
    QList<StepReport> steps; ///< all of them
    int brokers = 0;
    QString clusterId;
};

class ConnectionTest {
public:
    explicit ConnectionTest(client::ClientConfig config, TestLimits limits = {});
    ~ConnectionTest();
    ConnectionTest(const ConnectionTest&) = delete;
    ConnectionTest& operator=(const ConnectionTest&) = delete;

    /// Once. `told` is called from this thread each time a step begins and ends.
    TestOutcome run(const std::function<void(const StepReport&)>& told = {});
    void cancel();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace models::wire

Q_DECLARE_METATYPE(models::wire::StepReport)
Q_DECLARE_METATYPE(models::wire::TestOutcome)
