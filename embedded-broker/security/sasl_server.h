#pragma once
// One SASL login as the server sees it: bytes of the client in, bytes for it out, until somebody is authenticated or nobody is.
// Pure; one object a login; any thread.

#include "embedded-broker/security/scram.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::security {

/// Where passwords are looked up.
struct SaslUsers {
    /// PLAIN: null when the user has no password.
    std::function<std::optional<std::string>(const std::string& user)> password;
    std::function<std::optional<ScramCredential>(const std::string& user, ScramMechanism mechanism)> scram;
};

class SaslServer {
public:
    virtual ~SaslServer() = default;
    /// The answer to the client's bytes. An error ends the login; its sentence has no secret, and is for the log only.
    virtual Result<std::string> step(std::string_view clientBytes) = 0;
    [[nodiscard]] virtual bool done() const = 0;
    /// Who it is, once done: "alice".
    [[nodiscard]] virtual const std::string& user() const = 0;
    /// Something the operator should know of a login that succeeded; empty = nothing.
    [[nodiscard]] virtual std::string_view warning() const { return {}; }
};

/// "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512".
[[nodiscard]] const std::vector<std::string>& saslMechanisms();
/// Null for a mechanism that is not one of those.
[[nodiscard]] std::unique_ptr<SaslServer> makeSaslServer(std::string_view mechanism, SaslUsers users);

} // namespace broker::security
