#pragma once
// What a node needs of security, made once at start from its settings: networks with TLS, what each listener asks for, the authorizer,
// and the secret of the cluster's own links. Loop thread.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/tls.h"
#include "embedded-broker/handlers/session_auth.h"
#include "embedded-broker/metadata/record.h"
#include "embedded-broker/node/broker_config.h"
#include "embedded-broker/security/authorizer.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace broker::node {

class SecuritySetup {
public:
    /// Reads certificates and the secret; blocking. Errors name the setting.
    Result<void> load(const BrokerConfig& config, Disk& disk, const MakeTlsNetwork& makeTls);

    /// Where a listener listens, and nodes connect to it; `plain` for those without TLS.
    [[nodiscard]] Network& networkFor(const std::string& listener, Network& plain) const;
    /// `scramUsers` finds SCRAM credentials in the newest metadata.
    [[nodiscard]] std::shared_ptr<const handlers::ListenerSecurity>
    listenerSecurity(const BrokerConfig& config, const NamedListener& listener,
                     std::function<std::optional<security::ScramCredential>(const std::string&, security::ScramMechanism)> scramUsers) const;
    /// Null: everybody may do everything.
    [[nodiscard]] const std::shared_ptr<const security::Authorizer>& authorizer() const { return m_authorizer; }
    /// Null: nodes are not asked for a proof.
    [[nodiscard]] const std::shared_ptr<const security::ByteVector>& linkSecret() const { return m_linkSecret; }

private:
    std::map<std::string, std::unique_ptr<Network>> m_networks; ///< by listener
    std::shared_ptr<const security::Authorizer> m_authorizer;
    std::shared_ptr<const security::ByteVector> m_linkSecret;
};

/// The users of a file as Kafka's StorageTool takes them, one a line: SCRAM-SHA-512=[name=alice,iterations=4096,password=SECRET].
/// Lines "--add-scram" are skipped. Errors have the line's number, never its text.
Result<std::vector<metadata::Record>> parseScramUsers(std::string_view text);

} // namespace broker::node
