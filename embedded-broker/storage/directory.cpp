#include "embedded-broker/storage/directory.h"

#include "embedded-broker/base/random.h"

#include <charconv>
#include <fmt/format.h>
#include <map>
#include <string_view>

namespace broker::storage {
namespace {

constexpr std::string_view kMetaProperties = "/meta.properties";
constexpr std::string_view kBrokerEpoch = "/samsa.broker-epoch";
constexpr std::string_view kCleanShutdown = "/.kafka_cleanshutdown";
constexpr std::string_view kLock = "/.lock";
constexpr std::uint64_t kSmallFileBytesMax = 64 * 1024;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\f");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r\f") - first + 1);
}

/// The part of Java's properties that such files use: "key=value" or "key:value" lines, '#' and '!' comments, '\' before a character.
std::map<std::string, std::string> parseProperties(std::string_view text) {
    std::map<std::string, std::string> all;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = trimmed(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty() || line.front() == '#' || line.front() == '!')
            continue;
        const auto sign = line.find_first_of("=:");
        if (sign == std::string_view::npos)
            continue;
        std::string value;
        const auto raw = trimmed(line.substr(sign + 1));
        for (std::size_t i = 0; i < raw.size(); ++i) {
            if (raw[i] == '\\' && i + 1 < raw.size())
                ++i;
            value.push_back(raw[i]);
        }
        all[std::string(trimmed(line.substr(0, sign)))] = std::move(value);
    }
    return all;
}

template <class Number>
std::optional<Number> parseNumber(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

} // namespace

Result<std::optional<MetaProperties>> readMetaProperties(Disk& disk, const std::string& logDir) {
    const auto path = fmt::format("{}{}", logDir, kMetaProperties);
    if (!disk.exists(path))
        return std::nullopt;
    const auto text = readWholeFile(disk, path, kSmallFileBytesMax);
    if (!text)
        return std::unexpected(text.error());
    const auto properties = parseProperties(*text);
    const auto value = [&](const char* key) {
        const auto found = properties.find(key);
        return found == properties.end() ? std::string() : found->second;
    };
    if (value("version") != "1")
        return fail(ErrorCode::Unsupported, fmt::format("{} has version '{}'; this engine reads version 1", path, value("version")));
    MetaProperties result;
    result.clusterId = value("cluster.id");
    const auto node = parseNumber<NodeId>(value("node.id"));
    if (result.clusterId.empty() || !node || *node < 0)
        return fail(ErrorCode::Corrupt, fmt::format("{} names no cluster.id or no node.id", path));
    result.nodeId = *node;
    if (const auto id = value("directory.id"); !id.empty()) {
        const auto parsed = Uuid::parse(id);
        if (!parsed)
            return fail(ErrorCode::Corrupt, fmt::format("{} has a directory.id '{}' that is none", path, id));
        result.directoryId = *parsed;
    }
    return result;
}

Result<void> formatDirectory(Disk& disk, const std::string& logDir, const MetaProperties& properties,
                             const std::vector<std::pair<std::string, std::string>>& extra) {
    // Each directory that is made must be known to the one above it, or a power cut takes all of it.
    std::vector<std::string> holders;
    for (std::string path = logDir; path.size() > 1 && !disk.exists(path);) {
        const auto slash = path.rfind('/');
        path = slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
        holders.push_back(path);
    }
    if (auto made = disk.createDirectories(logDir); !made)
        return made;
    for (const auto& holder : holders)
        if (auto synced = disk.syncDirectory(holder); !synced)
            return synced;
    for (const auto& [name, content] : extra) {
        if (auto written = writeFileAtomically(disk, fmt::format("{}/{}", logDir, name), content); !written)
            return written;
    }
    const auto text = fmt::format("#\nnode.id={}\ndirectory.id={}\nversion=1\ncluster.id={}\n", properties.nodeId,
                                  properties.directoryId.toString(), properties.clusterId);
    return writeFileAtomically(disk, fmt::format("{}{}", logDir, kMetaProperties), text);
}

Uuid newDirectoryId(Random& random) { return Uuid::random(random); }

Result<std::unique_ptr<DiskLock>> lockDirectory(Disk& disk, const std::string& logDir) {
    return disk.lock(fmt::format("{}{}", logDir, kLock));
}

Result<std::optional<CleanShutdown>> readCleanShutdown(Disk& disk, const std::string& logDir) {
    const auto path = fmt::format("{}{}", logDir, kCleanShutdown);
    if (!disk.exists(path))
        return std::nullopt;
    const auto text = readWholeFile(disk, path, kSmallFileBytesMax);
    if (!text)
        return std::unexpected(text.error());
    // {"version":0,"brokerEpoch":57}; older engines leave the file empty: clean, epoch unknown.
    CleanShutdown result;
    constexpr std::string_view kKey = "\"brokerEpoch\"";
    if (const auto key = text->find(kKey); key != std::string::npos) {
        auto rest = std::string_view(*text).substr(key + kKey.size());
        const auto digit = rest.find_first_of("-0123456789");
        if (digit != std::string_view::npos) {
            rest.remove_prefix(digit);
            result.brokerEpoch = parseNumber<BrokerEpoch>(rest.substr(0, rest.find_first_not_of("-0123456789"))).value_or(-1);
        }
    }
    return result;
}

Result<void> writeCleanShutdown(Disk& disk, const std::string& logDir, BrokerEpoch brokerEpoch) {
    return writeFileAtomically(disk, fmt::format("{}{}", logDir, kCleanShutdown),
                               fmt::format(R"({{"version":0,"brokerEpoch":{}}})", brokerEpoch));
}

Result<void> removeCleanShutdown(Disk& disk, const std::string& logDir) {
    const auto path = fmt::format("{}{}", logDir, kCleanShutdown);
    if (!disk.exists(path))
        return {};
    if (auto removed = disk.remove(path); !removed)
        return removed;
    return disk.syncDirectory(logDir);
}

Result<std::optional<BrokerEpoch>> readBrokerEpoch(Disk& disk, const std::string& logDir) {
    const auto path = fmt::format("{}{}", logDir, kBrokerEpoch);
    if (!disk.exists(path))
        return std::nullopt;
    const auto text = readWholeFile(disk, path, kSmallFileBytesMax);
    if (!text)
        return std::unexpected(text.error());
    return parseNumber<BrokerEpoch>(std::string_view(*text).substr(0, text->find('\n')));
}

Result<void> writeBrokerEpoch(Disk& disk, const std::string& logDir, BrokerEpoch brokerEpoch) {
    return writeFileAtomically(disk, fmt::format("{}{}", logDir, kBrokerEpoch), fmt::format("{}\n", brokerEpoch));
}

Result<void> removeBrokerEpoch(Disk& disk, const std::string& logDir) {
    const auto path = fmt::format("{}{}", logDir, kBrokerEpoch);
    if (!disk.exists(path))
        return {};
    if (auto removed = disk.remove(path); !removed)
        return removed;
    return disk.syncDirectory(logDir);
}

} // namespace broker::storage
