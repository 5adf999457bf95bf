#include "embedded-broker/cluster/secrets.h"

#include "embedded-broker/cluster/files.h"
#include "embedded-broker/security/certificates.h"
#include "embedded-broker/security/crypto.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace broker::cluster {

using nlohmann::json;

namespace {

constexpr std::size_t kPasswordCharacters = 24;
constexpr std::size_t kSecretCharacters = 43; // 256 bits of letters and digits
constexpr int kScramIterations = 4096;

std::string plainModule(const std::string& options) {
    return fmt::format("org.apache.kafka.common.security.plain.PlainLoginModule required{};", options);
}

std::string clientSettings(const SecretPaths& paths, const ClusterUser& user, bool java) {
    std::string text = "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n";
    if (java)
        text += fmt::format("sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"{}\" password=\"{}\";\n"
                            "ssl.truststore.type=PEM\nssl.truststore.location={}\n",
                            user.name, user.password, paths.authority());
    else
        text += fmt::format("sasl.username={}\nsasl.password={}\nssl.ca.location={}\n", user.name, user.password, paths.authority());
    return text;
}

} // namespace

Result<void> makeSecrets(const ClusterPaths& cluster) {
    const SecretPaths paths{cluster.directory};
    if (auto made = makePrivateDirectory(paths.security()); !made)
        return made;
    const auto certificate = security::makeServerCertificate("Samsa local cluster", {"localhost", "127.0.0.1", "::1"});
    if (!certificate)
        return std::unexpected(certificate.error());
    const std::string broker = security::randomPassword(kSecretCharacters);
    std::vector<ClusterUser> users;
    for (const char* name : {kAdminUser, kPlainUser})
        users.push_back({name, security::randomPassword(kPasswordCharacters)});
    json root{{"broker", broker}, {"users", json::array()}};
    std::string scram;
    std::vector<std::pair<std::string, std::string>> files{{paths.authority(), certificate->authorityPem},
                                                           {paths.keystore(), certificate->keyPem + certificate->chainPem}};
    for (const auto& user : users) {
        root["users"].push_back({{"name", user.name}, {"password", user.password}});
        for (const char* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"})
            scram += fmt::format("--add-scram\n{}=[name={},iterations={},password={}]\n", mechanism, user.name, kScramIterations, user.password);
        files.emplace_back(paths.javaSettings(user.name), clientSettings(paths, user, true));
        files.emplace_back(paths.librdkafkaSettings(user.name), clientSettings(paths, user, false));
    }
    files.emplace_back(paths.scramUsers(), std::move(scram));
    files.emplace_back(paths.users(), root.dump(2) + '\n');
    for (const auto& [path, text] : files)
        if (auto written = replaceFile(path, text); !written)
            return written;
    return {};
}

Result<ClusterSecrets> loadSecrets(const ClusterPaths& cluster) {
    const SecretPaths paths{cluster.directory};
    const auto text = readFile(paths.users(), 1 << 16);
    if (!text)
        return std::unexpected(text.error());
    const json root = json::parse(*text, nullptr, false);
    try {
        ClusterSecrets secrets;
        secrets.brokerPassword = root.at("broker").get<std::string>();
        for (const auto& user : root.at("users"))
            secrets.users.push_back({user.at("name").get<std::string>(), user.at("password").get<std::string>()});
        return secrets;
    } catch (const json::exception&) { // its sentence might show a part of the file
        return fail(ErrorCode::Corrupt, fmt::format("{} is not what it should be; remove the cluster's directory to begin anew", paths.users()));
    }
}

Result<void> ensureLinkSecret(const ClusterPaths& cluster) {
    const SecretPaths paths{cluster.directory};
    struct stat info{};
    if (::stat(paths.linkSecret().c_str(), &info) == 0 && info.st_size > 0)
        return {};
    return replaceFile(paths.linkSecret(), security::randomPassword(kSecretCharacters) + '\n');
}

std::vector<std::pair<std::string, std::string>> securityProperties(const ClusterFile& file, const ClusterPaths& cluster, const ClusterSecrets& secrets) {
    const SecretPaths paths{cluster.directory};
    std::vector<std::pair<std::string, std::string>> all;
    const bool apache = file.engine == Engine::Apache;
    if (!apache)
        all.emplace_back("samsa.link.secret.file", paths.linkSecret());
    if (!file.secure)
        return all;
    std::string users;
    for (const auto& user : secrets.users)
        users += fmt::format(" user_{}=\"{}\"", user.name, user.password);
    const std::string broker = fmt::format(" username=\"broker\" password=\"{0}\" user_broker=\"{0}\"", secrets.brokerPassword);
    all.insert(all.end(), {{"ssl.keystore.type", "PEM"},
                           {"ssl.keystore.location", paths.keystore()},
                           {"ssl.truststore.type", "PEM"},
                           {"ssl.truststore.location", paths.authority()},
                           {"sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"},
                           {"listener.name.sasl_ssl.plain.sasl.jaas.config", plainModule((apache ? broker : std::string()) + users)},
                           {"authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"},
                           {"super.users", fmt::format("User:{}{}", kAdminUser, apache ? ";User:broker" : "")}});
    if (apache) {
        const std::string scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
        all.insert(all.end(), {{"sasl.mechanism.inter.broker.protocol", "PLAIN"},
                               {"sasl.mechanism.controller.protocol", "PLAIN"},
                               {"listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config", scram},
                               {"listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config", scram},
                               {"listener.name.controller.sasl.enabled.mechanisms", "PLAIN"},
                               {"listener.name.controller.plain.sasl.jaas.config", plainModule(broker)}});
    }
    return all;
}

} // namespace broker::cluster
