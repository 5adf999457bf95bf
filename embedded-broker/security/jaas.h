#pragma once
// The value of a `sasl.jaas.config`: `some.LoginModule required username="u" password="p" user_alice="q";`. Only its options count here.

#include "embedded-broker/base/error.h"

#include <map>
#include <string>
#include <string_view>

namespace broker::security {

struct JaasConfig {
    std::string module; ///< "org.apache.kafka.common.security.plain.PlainLoginModule"
    std::map<std::string, std::string> options;
    /// The passwords of PLAIN's users: each option user_NAME.
    [[nodiscard]] std::map<std::string, std::string> users() const;
};

/// One entry, ended by a semicolon. Errors never show the text: it has passwords.
Result<JaasConfig> parseJaas(std::string_view text);

} // namespace broker::security
