#pragma once
// What one node was told: a properties file with Kafka's names, read and checked as a whole before anything starts.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/base/time.h"
#include "embedded-broker/node/listener_config.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::node {

struct NamedListener {
    std::string name;  ///< "PLAINTEXT"
    Endpoint endpoint;
    SecurityProtocol protocol = SecurityProtocol::Plaintext;
};

struct Voter {
    NodeId id = kNoNode;
    Endpoint endpoint;
};

/// Immutable once parsed.
class BrokerConfig {
public:
    /// Errors name the setting, what is wrong with it and what it may be; an unknown setting names the nearest known one.
    static Result<BrokerConfig> parse(std::string_view propertiesText);

    NodeId nodeId = kNoNode;
    bool isBroker = false;
    bool isController = false;
    std::optional<std::string> rack;
    std::vector<NamedListener> listeners;           ///< broker and controller listeners
    std::vector<NamedListener> advertised;          ///< of broker listeners; port 0 where the listener's is 0
    std::vector<std::string> controllerListenerNames;
    std::string interBrokerListener;
    std::vector<Voter> voters;
    std::vector<std::string> logDirs;               ///< absolute
    std::string metadataLogDir;

    SecurityProtocol controllerProtocol = SecurityProtocol::Plaintext; ///< of the quorum's links, also where this node is no controller
    SecurityProtocol interBrokerProtocol = SecurityProtocol::Plaintext;
    std::map<std::string, SaslConfig> sasl;         ///< of listeners with SASL

    [[nodiscard]] bool isControllerListener(const std::string& name) const;
    /// Settings as they are for one listener, for listener_config.h.
    [[nodiscard]] SettingOf settingsOf(const std::string& listener) const;

    /// By Kafka's name; the default when the file does not say. The name must be in the table and have the type.
    [[nodiscard]] std::int64_t number(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] std::string text(std::string_view name) const; ///< "" when there is neither a value nor a default
    [[nodiscard]] Duration durationMs(std::string_view name) const { return milliseconds(number(name)); }
    [[nodiscard]] bool given(std::string_view name) const { return m_values.contains(std::string(name)); }
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const; ///< as DescribeConfigs shows it

    /// What the file says, by name.
    [[nodiscard]] std::map<std::string, std::string> givenValues() const { return {m_values.begin(), m_values.end()}; }
    /// Settings of the file that have no effect here, for a line in the log.
    [[nodiscard]] std::vector<std::string> ignored() const;

private:
    std::map<std::string, std::string, std::less<>> m_values; ///< what the file says
};

} // namespace broker::node
