#include "embedded-broker/security/jaas.h"

#include <optional>

namespace broker::security {

namespace {

class Words {
public:
    explicit Words(std::string_view text) : m_rest(text) {}
    /// A word, an '=' or a ';' of its own; "" at the end, nullopt for a quote that is not closed.
    std::optional<std::string> next() {
        while (!m_rest.empty() && (m_rest.front() == ' ' || m_rest.front() == '\t' || m_rest.front() == '\n' || m_rest.front() == '\r'))
            m_rest.remove_prefix(1);
        if (m_rest.empty())
            return std::string();
        m_quoted = false;
        if (m_rest.front() == '=' || m_rest.front() == ';')
            return cut(1);
        if (m_rest.front() == '"' || m_rest.front() == '\'') {
            const char quote = m_rest.front();
            std::string word;
            for (std::size_t i = 1; i < m_rest.size(); ++i) {
                if (m_rest[i] == '\\' && i + 1 < m_rest.size()) {
                    word += m_rest[++i];
                } else if (m_rest[i] == quote) {
                    m_rest.remove_prefix(i + 1);
                    m_quoted = true;
                    return word;
                } else {
                    word += m_rest[i];
                }
            }
            return std::nullopt;
        }
        return cut(std::min(m_rest.find_first_of(" \t\r\n=;"), m_rest.size()));
    }
    [[nodiscard]] bool quoted() const { return m_quoted; }

private:
    std::string cut(std::size_t length) {
        std::string word(m_rest.substr(0, length));
        m_rest.remove_prefix(length);
        return word;
    }
    std::string_view m_rest;
    bool m_quoted = false;
};

std::unexpected<Error> bad(std::string why) { return fail(ErrorCode::InvalidArgument, std::move(why)); }

} // namespace

std::map<std::string, std::string> JaasConfig::users() const {
    constexpr std::string_view kPrefix = "user_";
    std::map<std::string, std::string> all;
    for (const auto& [key, value] : options)
        if (key.starts_with(kPrefix))
            all.emplace(key.substr(kPrefix.size()), value);
    return all;
}

Result<JaasConfig> parseJaas(std::string_view text) {
    Words words(text);
    JaasConfig config;
    const auto module = words.next();
    if (!module || module->empty() || *module == ";" || *module == "=")
        return bad("it does not begin with a login module");
    config.module = *module;
    const auto flag = words.next();
    if (!flag || (*flag != "required" && *flag != "requisite" && *flag != "sufficient" && *flag != "optional"))
        return bad("the login module is not followed by 'required'");
    for (;;) {
        const auto key = words.next();
        if (!key)
            return bad("a quote is not closed");
        if (*key == ";" && !words.quoted())
            break;
        if (key->empty())
            return bad("it does not end with a semicolon");
        const auto equals = words.next();
        const auto value = equals && *equals == "=" ? words.next() : std::nullopt;
        if (!value || (!words.quoted() && (value->empty() || *value == ";" || *value == "=")))
            return bad("an option is not of the form name=\"value\"");
        config.options[*key] = *value;
    }
    const auto more = words.next();
    if (!more || !more->empty())
        return bad("it has more than one login module");
    return config;
}

} // namespace broker::security
