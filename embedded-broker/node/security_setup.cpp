#include "embedded-broker/node/security_setup.h"

#include <charconv>
#include <fmt/format.h>

namespace broker::node {

namespace {

constexpr std::uint64_t kSecretFileBytesMax = 4096;

std::string_view trim(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ')
        text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ')
        text.remove_suffix(1);
    return text;
}

} // namespace

Result<void> SecuritySetup::load(const BrokerConfig& config, Disk& disk, const MakeTlsNetwork& makeTls) {
    const auto addNetwork = [&](const std::string& listener, SecurityProtocol protocol) -> Result<void> {
        if (!usesTls(protocol) || m_networks.contains(listener))
            return {};
        const auto options = loadTls(disk, config.settingsOf(listener));
        if (!options)
            return std::unexpected(options.error());
        if (!makeTls)
            return fail(ErrorCode::Unsupported, fmt::format("The listener {} asks for TLS, which there is none of here.", listener));
        auto network = makeTls(*options);
        if (!network)
            return fail(network.error().code, fmt::format("The listener {}: {}", listener, network.error().message));
        m_networks.emplace(listener, std::move(*network));
        return {};
    };
    for (const auto& listener : config.listeners)
        if (const auto added = addNetwork(listener.name, listener.protocol); !added)
            return added;
    // A broker that is no controller connects to that listener all the same.
    if (const auto added = addNetwork(config.controllerListenerNames.front(), config.controllerProtocol); !added)
        return added;
    if (const std::string file = config.text("samsa.link.secret.file"); !file.empty()) {
        const auto text = readWholeFile(disk, file, kSecretFileBytesMax);
        if (!text)
            return fail(ErrorCode::InvalidArgument, fmt::format("samsa.link.secret.file: {}", text.error().message));
        const auto secret = trim(*text);
        if (secret.size() < security::kLinkSecretBytesMin)
            return fail(ErrorCode::InvalidArgument, fmt::format("samsa.link.secret.file: {} must hold at least {} characters.", file, security::kLinkSecretBytesMin));
        const Bytes bytes = asBytes(secret);
        m_linkSecret = std::make_shared<const security::ByteVector>(bytes.begin(), bytes.end());
    }
    if (!config.text("authorizer.class.name").empty()) {
        auto users = security::Authorizer::parseSuperUsers(config.text("super.users"));
        if (!users)
            return std::unexpected(users.error());
        m_authorizer = std::make_shared<const security::Authorizer>(security::Authorizer::Options{
            .superUsers = std::move(*users), .allowEveryoneIfNoAclFound = config.flag("allow.everyone.if.no.acl.found")});
    }
    return {};
}

Network& SecuritySetup::networkFor(const std::string& listener, Network& plain) const {
    const auto found = m_networks.find(listener);
    return found != m_networks.end() ? *found->second : plain;
}

std::shared_ptr<const handlers::ListenerSecurity>
SecuritySetup::listenerSecurity(const BrokerConfig& config, const NamedListener& listener,
                                std::function<std::optional<security::ScramCredential>(const std::string&, security::ScramMechanism)> scramUsers) const {
    auto made = std::make_shared<handlers::ListenerSecurity>();
    made->tls = usesTls(listener.protocol);
    made->sasl = usesSasl(listener.protocol);
    made->linkSecret = m_linkSecret;
    made->frameBytesMax = static_cast<std::uint32_t>(config.number("socket.request.max.bytes"));
    if (const auto sasl = config.sasl.find(listener.name); sasl != config.sasl.end()) {
        made->mechanisms = sasl->second.mechanisms;
        made->users.password = [users = sasl->second.plainUsers](const std::string& user) {
            const auto found = users.find(user);
            return found == users.end() ? std::nullopt : std::optional(found->second);
        };
        made->users.scram = std::move(scramUsers);
    }
    return made;
}

Result<std::vector<metadata::Record>> parseScramUsers(std::string_view text) {
    std::vector<metadata::Record> records;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const std::string_view line = trim(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty() || line.front() == '#' || line == "--add-scram")
            continue;
        const auto bad = [&](std::string_view why) { return fail(ErrorCode::InvalidArgument, fmt::format("Line {} of the SCRAM users {}.", number, why)); };
        const auto equals = line.find('=');
        const auto mechanism = security::scramMechanism(line.substr(0, equals));
        if (!mechanism || equals == std::string_view::npos)
            return bad("does not begin with SCRAM-SHA-256= or SCRAM-SHA-512=");
        std::string_view list = line.substr(equals + 1);
        if (!list.starts_with('[') || !list.ends_with(']'))
            return bad("has no [name=NAME,password=PASSWORD]");
        list = list.substr(1, list.size() - 2);
        std::string name;
        std::string password;
        std::uint32_t iterations = security::kScramIterationsMin;
        while (!list.empty()) {
            const auto comma = list.find(',');
            const std::string_view item = list.substr(0, comma);
            list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
            const auto sign = item.find('=');
            const std::string_view key = item.substr(0, sign);
            const std::string_view value = sign == std::string_view::npos ? std::string_view{} : item.substr(sign + 1);
            if (key == "name")
                name = value;
            else if (key == "password")
                password = value;
            else if (key != "iterations" || std::from_chars(value.data(), value.data() + value.size(), iterations).ptr != value.data() + value.size())
                return bad("has something that is neither name, password nor iterations");
        }
        if (name.empty() || password.empty())
            return bad("has no name or no password");
        if (iterations < security::kScramIterationsMin || iterations > security::kScramIterationsStoredMax)
            return bad(fmt::format("must have {} to {} iterations", security::kScramIterationsMin, security::kScramIterationsStoredMax));
        const auto credential = security::scramCredentialOf(*mechanism, password, iterations);
        protocol::UserScramCredentialRecord record;
        record.name = name;
        record.mechanism = static_cast<std::int8_t>(*mechanism);
        record.salt = Slice::copy(Bytes(credential.salt));
        record.storedKey = Slice::copy(Bytes(credential.storedKey));
        record.serverKey = Slice::copy(Bytes(credential.serverKey));
        record.iterations = static_cast<std::int32_t>(iterations);
        records.emplace_back(std::move(record));
    }
    return records;
}

} // namespace broker::node
