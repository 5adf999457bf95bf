#pragma once
// What a secure cluster needs beside its settings: a CA, a certificate, users. All of it in DIRECTORY/security, mode 0700, files 0600, made
// once with the cluster. And, for every cluster of this engine, the secret by which its nodes know each other.

#include "embedded-broker/cluster/cluster_file.h"

namespace broker::cluster {

inline constexpr const char* kAdminUser = "admin"; ///< may do everything
inline constexpr const char* kPlainUser = "alice"; ///< may do nothing until somebody lets her

struct SecretPaths {
    std::string directory; ///< of the cluster
    std::string security() const { return directory + "/security"; }
    std::string authority() const { return security() + "/ca.pem"; }
    std::string keystore() const { return security() + "/server.pem"; }    ///< key, certificate, CA
    std::string users() const { return security() + "/users.json"; }
    std::string scramUsers() const { return security() + "/scram-users"; } ///< for formatting, as arguments of Kafka's StorageTool
    std::string javaSettings(const std::string& user) const { return security() + "/" + user + ".properties"; }
    std::string librdkafkaSettings(const std::string& user) const { return security() + "/" + user + ".conf"; }
    std::string linkSecret() const { return directory + "/link.secret"; }
};

/// What is in users.json.
struct ClusterSecrets {
    std::vector<ClusterUser> users;
    std::string brokerPassword; ///< Apache Kafka's nodes log in to each other with it
};

/// For a new secure cluster.
Result<void> makeSecrets(const ClusterPaths& paths);
/// Of a secure cluster. Corrupt when the file is not what it should be.
Result<ClusterSecrets> loadSecrets(const ClusterPaths& paths);
/// Made when it is not there yet.
Result<void> ensureLinkSecret(const ClusterPaths& paths);

/// The security part of a node's properties file, by Kafka's names.
std::vector<std::pair<std::string, std::string>> securityProperties(const ClusterFile& file, const ClusterPaths& paths, const ClusterSecrets& secrets);

} // namespace broker::cluster
