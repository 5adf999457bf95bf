#pragma once
// Security of the listeners, by Kafka's property names: which protocol each speaks, its certificates, its SASL mechanisms and PLAIN's users.
// A setting may be given for one listener alone: listener.name.LISTENER.ssl.client.auth, listener.name.LISTENER.plain.sasl.jaas.config.

#include "embedded-broker/base/disk.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/tls.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::node {

/// Numbers are Kafka's.
enum class SecurityProtocol : std::int16_t { Plaintext = 0, Ssl = 1, SaslPlaintext = 2, SaslSsl = 3 };

[[nodiscard]] std::optional<SecurityProtocol> securityProtocol(std::string_view name);
[[nodiscard]] inline bool usesTls(SecurityProtocol protocol) { return protocol == SecurityProtocol::Ssl || protocol == SecurityProtocol::SaslSsl; }
[[nodiscard]] inline bool usesSasl(SecurityProtocol protocol) { return protocol == SecurityProtocol::SaslPlaintext || protocol == SecurityProtocol::SaslSsl; }

struct SaslConfig {
    std::vector<std::string> mechanisms;
    std::map<std::string, std::string> plainUsers; ///< name -> password
};

/// The value of a setting for one listener: its own, else the node's, else the default; "" when there is none.
using SettingOf = std::function<std::string(std::string_view name)>;

/// True for "listener.name.x.ssl.client.auth" and its like; `listener` and `setting` are its parts ("plain.sasl.jaas.config" stays whole).
bool splitListenerSetting(std::string_view name, std::string& listener, std::string& setting);

/// Checks what a listener with SASL says; `listener` for the errors.
Result<SaslConfig> saslConfig(const std::string& listener, const SettingOf& setting);
/// Checks what can be checked without reading files.
Result<void> checkTls(const std::string& listener, const SettingOf& setting);
/// Reads the files; blocking.
Result<TlsOptions> loadTls(Disk& disk, const SettingOf& setting);

} // namespace broker::node
