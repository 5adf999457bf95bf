#pragma once
// What a TLS endpoint needs to know, as values: certificates and keys are PEM text, read from wherever by whoever has them.

#include "embedded-broker/base/error.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace broker {

class Network;

struct TlsOptions {
    enum class ClientCertificate { None, Requested, Required }; ///< ssl.client.auth

    std::string certificateChainPem = {}; ///< ours, leaf first; a client may have none
    std::string privateKeyPem = {};       ///< a secret
    std::string privateKeyPassword = {};  ///< a secret; of an encrypted key
    std::string trustedPem = {};          ///< whom we believe; empty = the system's authorities
    ClientCertificate clientCertificate = ClientCertificate::None; ///< of listeners
    bool checkHost = true;           ///< of clients: the certificate must be for the host that was asked for
    std::vector<std::string> protocols{"TLSv1.2", "TLSv1.3"};
    std::vector<std::string> cipherSuites = {}; ///< OpenSSL's names; empty = OpenSSL's choice
};

/// A network whose connections speak TLS with these options, on the same loop as the plain one.
using MakeTlsNetwork = std::function<Result<std::unique_ptr<Network>>(const TlsOptions& options)>;

} // namespace broker
