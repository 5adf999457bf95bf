#include "embedded-broker/node/broker_config.h"

#include "embedded-broker/node/properties.h"
#include "embedded-broker/node/setting_table.h"
#include "embedded-broker/security/authorizer.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace broker::node {

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

std::vector<std::string> splitList(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto item = trim(text.substr(0, comma));
        if (!item.empty())
            items.emplace_back(item);
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    }
    return items;
}

std::unexpected<Error> bad(std::string message) { return fail(ErrorCode::InvalidArgument, std::move(message)); }

/// "host:port" or "[v6]:port"; the host may be empty.
std::optional<Endpoint> parseEndpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size())
        return std::nullopt;
    return Endpoint{std::string(host), number};
}

Result<std::vector<NamedListener>> parseListeners(std::string_view setting, std::string_view value) {
    std::vector<NamedListener> listeners;
    for (const std::string& item : splitList(value)) {
        const auto scheme = item.find("://");
        const auto endpoint = scheme == std::string::npos ? std::nullopt : parseEndpoint(std::string_view(item).substr(scheme + 3));
        if (!endpoint || scheme == 0)
            return bad(fmt::format("{} has \"{}\", which is not of the form NAME://host:port.", setting, item));
        NamedListener listener{item.substr(0, scheme), *endpoint};
        std::ranges::transform(listener.name, listener.name.begin(), [](unsigned char c) { return std::toupper(c); });
        if (std::ranges::any_of(listeners, [&](const auto& l) { return l.name == listener.name; }))
            return bad(fmt::format("{} names the listener {} twice.", setting, listener.name));
        listeners.push_back(std::move(listener));
    }
    return listeners;
}

Result<std::vector<Voter>> parseVoters(std::string_view value) {
    std::vector<Voter> voters;
    for (const std::string& item : splitList(value)) {
        const auto at = item.find('@');
        NodeId id = -1;
        const bool hasId = at != std::string::npos && std::from_chars(item.data(), item.data() + at, id).ptr == item.data() + at && id >= 0;
        const auto endpoint = hasId ? parseEndpoint(std::string_view(item).substr(at + 1)) : std::nullopt;
        if (!endpoint || endpoint->host.empty() || endpoint->port == 0)
            return bad(fmt::format("controller.quorum.voters has \"{}\", which is not of the form id@host:port.", item));
        if (std::ranges::any_of(voters, [&](const Voter& v) { return v.id == id; }))
            return bad(fmt::format("controller.quorum.voters names the controller {} twice.", id));
        voters.push_back({id, *endpoint});
    }
    return voters;
}

} // namespace

Result<BrokerConfig> BrokerConfig::parse(std::string_view propertiesText) {
    auto properties = parseProperties(propertiesText);
    if (!properties)
        return std::unexpected(properties.error());
    BrokerConfig config;
    for (auto& [name, value] : *properties) {
        std::string listener;
        std::string own;
        const bool ofListener = splitListenerSetting(name, listener, own);
        const bool ofMechanism = ofListener && own.ends_with(".sasl.jaas.config");
        const Setting* setting = findSetting(ofMechanism ? "sasl.jaas.config" : ofListener ? own : name);
        if (ofListener && !ofMechanism && !own.starts_with("ssl.") && !own.starts_with("sasl."))
            return bad(fmt::format("There is no setting {} for one listener.", name));
        if (setting == nullptr) {
            const auto near = nearestSetting(ofListener ? std::string_view(own) : std::string_view(name));
            return bad(near.empty() ? fmt::format("There is no setting {}.", name)
                                    : fmt::format("There is no setting {}. Did you mean {}?", name, near));
        }
        if (const auto checked = checkValue(*setting, value); !checked)
            return ofListener ? bad(fmt::format("{}: {}", name, checked.error().message)) : std::unexpected(checked.error());
        config.m_values.emplace(std::move(name), std::move(value));
    }

    // Roles and identity.
    for (const std::string& role : splitList(config.text("process.roles"))) {
        config.isBroker |= role == "broker";
        config.isController |= role == "controller";
    }
    if (!config.isBroker && !config.isController)
        return bad("process.roles must say what this node is: broker, controller, or broker,controller.");
    if (!config.given("node.id") && !config.given("broker.id"))
        return bad("node.id must be set: a number of its own for each node of the cluster.");
    if (config.given("node.id") && config.given("broker.id") && config.number("node.id") != config.number("broker.id"))
        return bad("node.id and broker.id differ; keep node.id only.");
    config.nodeId = static_cast<NodeId>(config.number(config.given("node.id") ? "node.id" : "broker.id"));
    if (config.nodeId < 0)
        return bad("node.id must be a whole number of at least 0.");
    if (config.given("broker.rack"))
        config.rack = config.text("broker.rack");

    // Listeners.
    auto listeners = parseListeners("listeners", config.text("listeners"));
    if (!listeners)
        return std::unexpected(listeners.error());
    config.listeners = std::move(*listeners);
    config.controllerListenerNames = splitList(config.text("controller.listener.names"));
    if (config.controllerListenerNames.empty())
        return bad("controller.listener.names must name the listener of the controller quorum, such as CONTROLLER.");
    std::map<std::string, std::string> protocols;
    for (const std::string& item : splitList(config.text("listener.security.protocol.map"))) {
        const auto colon = item.find(':');
        if (colon == std::string::npos)
            return bad(fmt::format("listener.security.protocol.map has \"{}\", which is not of the form NAME:PROTOCOL.", item));
        protocols[item.substr(0, colon)] = item.substr(colon + 1);
    }
    const auto protocolOf = [&](const std::string& name) -> Result<SecurityProtocol> {
        const auto said = protocols.find(name);
        if (said == protocols.end() && config.isControllerListener(name) && !config.given("listener.security.protocol.map"))
            return SecurityProtocol::Plaintext; // as Kafka: PLAINTEXT for controllers when nothing is said
        if (said == protocols.end())
            return bad(fmt::format("listener.security.protocol.map says nothing of the listener {}.", name));
        const auto protocol = securityProtocol(said->second);
        if (!protocol)
            return bad(fmt::format("listener.security.protocol.map has {} for the listener {}; it may be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.",
                                   said->second, name));
        return *protocol;
    };
    for (auto& listener : config.listeners) {
        const auto protocol = protocolOf(listener.name);
        if (!protocol)
            return std::unexpected(protocol.error());
        listener.protocol = *protocol;
        const SettingOf settings = config.settingsOf(listener.name);
        if (usesTls(listener.protocol))
            if (const auto checked = checkTls(listener.name, settings); !checked)
                return std::unexpected(checked.error());
        if (usesSasl(listener.protocol)) {
            // Nodes log in by the cluster's secret, which is asked for below: a controller listener needs no other mechanism.
            const bool links = config.isControllerListener(listener.name);
            auto sasl = saslConfig(listener.name, settings);
            if (!sasl && !links)
                return std::unexpected(sasl.error());
            config.sasl[listener.name] = sasl ? std::move(*sasl) : SaslConfig{};
        }
    }
    const auto controllerProtocol = protocolOf(config.controllerListenerNames.front());
    if (!controllerProtocol)
        return std::unexpected(controllerProtocol.error());
    config.controllerProtocol = *controllerProtocol;
    const bool hasControllerListener =
        std::ranges::any_of(config.listeners, [&](const auto& l) { return config.isControllerListener(l.name); });
    const bool hasBrokerListener =
        std::ranges::any_of(config.listeners, [&](const auto& l) { return !config.isControllerListener(l.name); });
    if (config.isController && !hasControllerListener)
        return bad(fmt::format("listeners has no address for the controller listener {}.", config.controllerListenerNames.front()));
    if (!config.isController && hasControllerListener)
        return bad("listeners has a controller listener, but process.roles has no controller.");
    if (config.isBroker && !hasBrokerListener)
        return bad("listeners has no address for clients: only controller listeners.");
    config.interBrokerListener = config.text("inter.broker.listener.name");
    if (!config.interBrokerListener.empty() && config.given("security.inter.broker.protocol"))
        return bad("inter.broker.listener.name and security.inter.broker.protocol say the same thing; keep one of them.");
    if (config.interBrokerListener.empty())
        config.interBrokerListener = config.text("security.inter.broker.protocol"); // the listener that is named like it
    if (config.isBroker && !std::ranges::any_of(config.listeners, [&](const auto& l) { return l.name == config.interBrokerListener; }))
        return bad(fmt::format("inter.broker.listener.name is {}, which is not in listeners.", config.interBrokerListener));
    for (const auto& listener : config.listeners)
        if (listener.name == config.interBrokerListener)
            config.interBrokerProtocol = listener.protocol;
    const bool secret = config.given("samsa.link.secret.file");
    if (!secret && (usesSasl(config.interBrokerProtocol) || usesSasl(config.controllerProtocol)))
        return bad("samsa.link.secret.file must be set where nodes meet on a SASL listener: they log in by the cluster's secret.");
    if (!secret && !config.text("authorizer.class.name").empty())
        return bad("samsa.link.secret.file must be set where there is an authorizer: without the cluster's secret any client could pass for a node.");
    if (const auto users = security::Authorizer::parseSuperUsers(config.text("super.users")); !users)
        return std::unexpected(users.error());

    auto advertised = parseListeners("advertised.listeners", config.text("advertised.listeners"));
    if (!advertised)
        return std::unexpected(advertised.error());
    for (const auto& listener : *advertised) {
        if (listener.endpoint.host.empty() || listener.endpoint.host == "0.0.0.0")
            return bad(fmt::format("advertised.listeners has \"{}://{}\", which no client can connect to.", listener.name, listener.endpoint.toString()));
        if (!std::ranges::any_of(config.listeners, [&](const auto& l) { return l.name == listener.name; }))
            return bad(fmt::format("advertised.listeners has {}, which is not in listeners.", listener.name));
    }
    for (const auto& listener : config.listeners) {
        if (config.isControllerListener(listener.name))
            continue;
        const auto said = std::ranges::find(*advertised, listener.name, &NamedListener::name);
        if (said != advertised->end()) {
            config.advertised.push_back(*said);
            config.advertised.back().protocol = listener.protocol;
            continue;
        }
        NamedListener self = listener; // its protocol too
        if (self.endpoint.host.empty() || self.endpoint.host == "0.0.0.0")
            self.endpoint.host = "localhost";
        config.advertised.push_back(std::move(self));
    }

    // The quorum.
    auto voters = parseVoters(config.text("controller.quorum.voters"));
    if (!voters)
        return std::unexpected(voters.error());
    config.voters = std::move(*voters);
    if (config.voters.empty())
        return bad("controller.quorum.voters must list the controllers: id@host:port, separated by commas.");
    const bool isVoter = std::ranges::any_of(config.voters, [&](const Voter& v) { return v.id == config.nodeId; });
    if (config.isController != isVoter)
        return bad(config.isController ? fmt::format("controller.quorum.voters does not list this node, {}, though process.roles has controller.", config.nodeId)
                                       : fmt::format("controller.quorum.voters lists this node, {}, though process.roles has no controller.", config.nodeId));

    // Directories.
    config.logDirs = splitList(config.given("log.dirs") ? config.text("log.dirs") : config.text("log.dir"));
    if (config.logDirs.empty())
        return bad("log.dirs must name at least one directory.");
    for (auto& dir : config.logDirs)
        dir = std::filesystem::absolute(dir).lexically_normal().string();
    for (auto& dir : config.logDirs)
        while (dir.size() > 1 && dir.back() == '/')
            dir.pop_back();
    for (std::size_t i = 1; i < config.logDirs.size(); ++i)
        if (std::ranges::count(config.logDirs, config.logDirs[i]) > 1)
            return bad(fmt::format("log.dirs names {} twice.", config.logDirs[i]));
    config.metadataLogDir = config.given("metadata.log.dir") ? std::filesystem::absolute(config.text("metadata.log.dir")).lexically_normal().string()
                                                             : config.logDirs.front();
    if (config.number("broker.heartbeat.interval.ms") * 2 > config.number("broker.session.timeout.ms"))
        return bad("broker.heartbeat.interval.ms must be at most half of broker.session.timeout.ms.");
    return config;
}

bool BrokerConfig::isControllerListener(const std::string& name) const { return std::ranges::count(controllerListenerNames, name) > 0; }

std::optional<std::string> BrokerConfig::value(std::string_view name) const {
    const auto given = m_values.find(name);
    if (given != m_values.end())
        return given->second;
    const Setting* setting = findSetting(name);
    assert(setting != nullptr);
    if (setting->defaultValue == kNoDefault)
        return std::nullopt;
    return std::string(setting->defaultValue);
}

SettingOf BrokerConfig::settingsOf(const std::string& listener) const {
    std::string prefix = "listener.name." + listener + ".";
    std::ranges::transform(prefix, prefix.begin(), [](unsigned char c) { return std::tolower(c); });
    return [this, prefix](std::string_view name) -> std::string {
        if (const auto own = m_values.find(prefix + std::string(name)); own != m_values.end())
            return own->second;
        return findSetting(name) != nullptr ? text(name) : std::string();
    };
}

std::string BrokerConfig::text(std::string_view name) const { return value(name).value_or(""); }
bool BrokerConfig::flag(std::string_view name) const { return text(name) == "true"; }

std::int64_t BrokerConfig::number(std::string_view name) const {
    const std::string value = text(name);
    std::int64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
}

std::vector<std::string> BrokerConfig::ignored() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : m_values)
        if (const auto* setting = findSetting(name); setting != nullptr && setting->effect == SettingEffect::Ignored)
            names.push_back(name);
    return names;
}

} // namespace broker::node
