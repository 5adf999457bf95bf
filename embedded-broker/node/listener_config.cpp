#include "embedded-broker/node/listener_config.h"

#include "embedded-broker/security/jaas.h"
#include "embedded-broker/security/sasl_server.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace broker::node {

namespace {

constexpr std::string_view kPrefix = "listener.name.";
constexpr std::uint64_t kPemBytesMax = 1U << 20;

std::unexpected<Error> bad(std::string message) { return fail(ErrorCode::InvalidArgument, std::move(message)); }

std::vector<std::string> splitOn(std::string_view text, char separator) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const auto end = text.find(separator);
        std::string_view item = text.substr(0, end);
        while (item.starts_with(' '))
            item.remove_prefix(1);
        while (item.ends_with(' '))
            item.remove_suffix(1);
        if (!item.empty())
            items.emplace_back(item);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return items;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

Result<std::string> readPem(Disk& disk, std::string_view setting, const std::string& path) {
    auto text = readWholeFile(disk, path, kPemBytesMax);
    if (!text)
        return bad(fmt::format("{}: {}", setting, text.error().message));
    return text;
}

} // namespace

std::optional<SecurityProtocol> securityProtocol(std::string_view name) {
    if (name == "PLAINTEXT")
        return SecurityProtocol::Plaintext;
    if (name == "SSL")
        return SecurityProtocol::Ssl;
    if (name == "SASL_PLAINTEXT")
        return SecurityProtocol::SaslPlaintext;
    if (name == "SASL_SSL")
        return SecurityProtocol::SaslSsl;
    return std::nullopt;
}

bool splitListenerSetting(std::string_view name, std::string& listener, std::string& setting) {
    if (!name.starts_with(kPrefix))
        return false;
    const std::string_view rest = name.substr(kPrefix.size());
    const auto dot = rest.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == rest.size())
        return false;
    listener = rest.substr(0, dot);
    setting = rest.substr(dot + 1);
    return true;
}

Result<SaslConfig> saslConfig(const std::string& listener, const SettingOf& setting) {
    SaslConfig config;
    config.mechanisms = splitOn(setting("sasl.enabled.mechanisms"), ',');
    if (config.mechanisms.empty())
        return bad(fmt::format("sasl.enabled.mechanisms must name a mechanism for the listener {}.", listener));
    const auto& served = security::saslMechanisms();
    for (const auto& mechanism : config.mechanisms)
        if (std::ranges::find(served, mechanism) == served.end())
            return bad(fmt::format("sasl.enabled.mechanisms has {}; the listener {} can serve {}.", mechanism, listener, fmt::join(served, ", ")));
    if (std::ranges::find(config.mechanisms, "PLAIN") == config.mechanisms.end())
        return config;
    std::string name = fmt::format("listener.name.{}.plain.sasl.jaas.config", lower(listener));
    std::string jaas = setting("plain.sasl.jaas.config");
    if (jaas.empty()) {
        name = "sasl.jaas.config";
        jaas = setting("sasl.jaas.config");
    }
    if (jaas.empty())
        return bad(fmt::format("listener.name.{}.plain.sasl.jaas.config must name PLAIN's users: "
                               "org.apache.kafka.common.security.plain.PlainLoginModule required user_NAME=\"PASSWORD\";",
                               lower(listener)));
    const auto parsed = security::parseJaas(jaas);
    if (!parsed)
        return bad(fmt::format("{} cannot be used: {}.", name, parsed.error().message));
    config.plainUsers = parsed->users();
    return config;
}

Result<void> checkTls(const std::string& listener, const SettingOf& setting) {
    for (const std::string_view store : {"ssl.keystore.type", "ssl.truststore.type"}) {
        const std::string_view prefix = store.substr(0, store.size() - std::string_view("type").size());
        const bool used = !setting(std::string(prefix) + "location").empty() || !setting(std::string(prefix) + "certificate.chain").empty() ||
                          !setting(std::string(prefix) + "certificates").empty();
        if (used && setting(store) != "PEM")
            return bad(fmt::format("{} must be PEM for the listener {}, not {}: Java's key stores are not read here.", store, listener, setting(store)));
    }
    const bool inFile = !setting("ssl.keystore.location").empty();
    const bool inText = !setting("ssl.keystore.certificate.chain").empty() && !setting("ssl.keystore.key").empty();
    if (inFile == inText)
        return bad(fmt::format("The listener {} needs a certificate: either ssl.keystore.location, a PEM file with key and certificates, or "
                               "ssl.keystore.certificate.chain with ssl.keystore.key.",
                               listener));
    if (setting("ssl.client.auth") != "none" && setting("ssl.truststore.location").empty() && setting("ssl.truststore.certificates").empty())
        return bad(fmt::format("ssl.client.auth is {} for the listener {}, but there is neither ssl.truststore.location nor "
                               "ssl.truststore.certificates to know clients by.",
                               setting("ssl.client.auth"), listener));
    return {};
}

Result<TlsOptions> loadTls(Disk& disk, const SettingOf& setting) {
    TlsOptions options;
    if (const std::string file = setting("ssl.keystore.location"); !file.empty()) {
        auto text = readPem(disk, "ssl.keystore.location", file);
        if (!text)
            return std::unexpected(text.error());
        options.certificateChainPem = *text; // each reader takes the parts that are his
        options.privateKeyPem = std::move(*text);
    } else {
        options.certificateChainPem = setting("ssl.keystore.certificate.chain");
        options.privateKeyPem = setting("ssl.keystore.key");
    }
    options.privateKeyPassword = setting("ssl.key.password");
    if (const std::string file = setting("ssl.truststore.location"); !file.empty()) {
        auto text = readPem(disk, "ssl.truststore.location", file);
        if (!text)
            return std::unexpected(text.error());
        options.trustedPem = std::move(*text);
    } else {
        options.trustedPem = setting("ssl.truststore.certificates");
    }
    using enum TlsOptions::ClientCertificate;
    const std::string asked = setting("ssl.client.auth");
    options.clientCertificate = asked == "required" ? Required : asked == "requested" ? Requested : None;
    options.checkHost = !setting("ssl.endpoint.identification.algorithm").empty();
    options.protocols = splitOn(setting("ssl.enabled.protocols"), ',');
    options.cipherSuites = splitOn(setting("ssl.cipher.suites"), ',');
    return options;
}

} // namespace broker::node
