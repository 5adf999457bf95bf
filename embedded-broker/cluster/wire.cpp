#include "embedded-broker/cluster/wire.h"

#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace broker::cluster {

using nlohmann::ordered_json;

namespace {

template <class E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

constexpr Names<Engine, 2> kEngines{{{Engine::Samsa, "samsa"}, {Engine::Apache, "apache"}}};
constexpr Names<NodeState, 7> kStates{{{NodeState::Stopped, "stopped"},
                                       {NodeState::Starting, "starting"},
                                       {NodeState::Running, "running"},
                                       {NodeState::Paused, "paused"},
                                       {NodeState::Stopping, "stopping"},
                                       {NodeState::Killed, "killed"},
                                       {NodeState::Crashed, "crashed"}}};
constexpr Names<EventKind, 8> kEvents{{{EventKind::NodeStarting, "nodeStarting"},
                                       {EventKind::NodeReady, "nodeReady"},
                                       {EventKind::NodeDied, "nodeDied"},
                                       {EventKind::NodeStopped, "nodeStopped"},
                                       {EventKind::NodePaused, "nodePaused"},
                                       {EventKind::NodeResumed, "nodeResumed"},
                                       {EventKind::NodeAdded, "nodeAdded"},
                                       {EventKind::ClusterStopping, "clusterStopping"}}};
constexpr Names<Action, 12> kActions{{{Action::Status, "status"},
                                      {Action::Start, "start"},
                                      {Action::Stop, "stop"},
                                      {Action::KillNode, "kill"},
                                      {Action::PauseNode, "pause"},
                                      {Action::ResumeNode, "resume"},
                                      {Action::StartNode, "startNode"},
                                      {Action::StopNode, "stopNode"},
                                      {Action::RestartNode, "restart"},
                                      {Action::AddNode, "add"},
                                      {Action::KeepRunning, "keepRunning"},
                                      {Action::Subscribe, "subscribe"}}};

template <class E, std::size_t N>
std::string_view nameOf(const Names<E, N>& names, E value) {
    for (const auto& [e, name] : names)
        if (e == value)
            return name;
    return "?";
}

template <class E, std::size_t N>
std::optional<E> valueOf(const Names<E, N>& names, std::string_view text) {
    for (const auto& [e, name] : names)
        if (name == text)
            return e;
    return {};
}

Error garbage(std::string_view what) {
    return {ErrorCode::Corrupt, fmt::format("the supervisor's connection carries something that is not its protocol: {}", what)};
}

ordered_json statusJson(const ClusterStatus& status) {
    ordered_json nodes = ordered_json::array();
    for (const auto& node : status.nodes)
        nodes.push_back({{"id", node.id},
                         {"pid", node.pid == 0 ? ordered_json() : ordered_json(node.pid)},
                         {"port", node.port},
                         {"state", toString(node.state)},
                         {"logDirectory", node.logDirectory},
                         {"controller", node.controller},
                         {"logFile", node.logFile},
                         {"propertiesFile", node.propertiesFile},
                         {"sinceMs", node.sinceMs},
                         {"lastExit", node.lastExit}});
    return {{"name", status.name},
            {"bootstrapServers", status.bootstrapServers},
            {"dataDirectory", status.dataDirectory},
            {"engine", toString(status.engine)},
            {"clusterId", status.clusterId},
            {"supervisorPid", status.up() ? ordered_json(status.supervisorPid) : ordered_json()},
            {"leased", status.leased},
            {"ephemeral", status.ephemeral},
            {"securityProtocol", status.secure ? "SASL_SSL" : "PLAINTEXT"},
            {"nodes", std::move(nodes)}};
}

std::int32_t pidOf(const ordered_json& value) { return value.is_null() ? 0 : value.get<std::int32_t>(); }

/// Throws json::exception: its callers catch.
ClusterStatus statusOf(const ordered_json& value) {
    ClusterStatus status;
    status.name = value.at("name").get<std::string>();
    status.bootstrapServers = value.at("bootstrapServers").get<std::string>();
    status.dataDirectory = value.at("dataDirectory").get<std::string>();
    status.engine = valueOf(kEngines, value.at("engine").get<std::string>()).value_or(Engine::Samsa);
    status.clusterId = value.at("clusterId").get<std::string>();
    status.supervisorPid = pidOf(value.at("supervisorPid"));
    status.leased = value.at("leased").get<bool>();
    status.ephemeral = value.at("ephemeral").get<bool>();
    status.secure = value.value("securityProtocol", std::string()) == "SASL_SSL"; // an older supervisor does not say
    for (const auto& one : value.at("nodes")) {
        NodeStatus node;
        node.id = one.at("id").get<NodeId>();
        node.pid = pidOf(one.at("pid"));
        node.port = one.at("port").get<std::uint16_t>();
        node.state = valueOf(kStates, one.at("state").get<std::string>()).value_or(NodeState::Stopped);
        node.controller = one.at("controller").get<bool>();
        node.logDirectory = one.at("logDirectory").get<std::string>();
        node.logFile = one.at("logFile").get<std::string>();
        node.propertiesFile = one.at("propertiesFile").get<std::string>();
        node.sinceMs = one.at("sinceMs").get<WallMs>();
        node.lastExit = one.at("lastExit").get<std::string>();
        status.nodes.push_back(std::move(node));
    }
    return status;
}

/// Logs may hold any bytes: what is not UTF-8 is replaced, never thrown at us.
std::string line(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

template <class T>
ordered_json orNull(const std::optional<T>& value) {
    return value ? ordered_json(*value) : ordered_json();
}

std::optional<int> intOrNone(const ordered_json& value) {
    return value.is_null() ? std::nullopt : std::optional<int>(value.get<int>());
}

} // namespace

std::string_view toString(Engine engine) { return nameOf(kEngines, engine); }
std::string_view toString(NodeState state) { return nameOf(kStates, state); }
std::string_view toString(EventKind kind) { return nameOf(kEvents, kind); }

std::string toJson(const ClusterStatus& status) {
    return statusJson(status).dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string toJson(const ClusterStatus& status, const ClusterAccess& access) {
    ordered_json root = statusJson(status);
    root["caFile"] = access.caFile;
    root["users"] = ordered_json::array();
    for (const auto& user : access.users)
        root["users"].push_back({{"name", user.name}, {"password", user.password}});
    return root.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string toJson(const std::vector<ClusterStatus>& clusters) {
    ordered_json all = ordered_json::array();
    for (const auto& status : clusters)
        all.push_back(statusJson(status));
    return ordered_json{{"clusters", std::move(all)}}.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string encodeRequest(const IncomingRequest& request) {
    return line({{"id", request.id},
                 {"call", nameOf(kActions, request.request.action)},
                 {"node", request.request.node},
                 {"keep", request.keep},
                 {"lease", request.lease}});
}

Result<IncomingRequest> decodeRequest(std::string_view text) {
    const auto value = ordered_json::parse(text, nullptr, false);
    if (!value.is_object())
        return std::unexpected(garbage("a request that is not a JSON object"));
    try {
        IncomingRequest request;
        request.id = value.at("id").get<RequestId>();
        const auto action = valueOf(kActions, value.at("call").get<std::string>());
        if (!action)
            return fail(ErrorCode::Unsupported, fmt::format("this supervisor does not know the call '{}'; it may be older than the "
                                                            "program that asks: take the cluster down and up again",
                                                            value.at("call").get<std::string>()));
        request.request.action = *action;
        request.request.node = value.value("node", kNoNode);
        request.keep = value.value("keep", false);
        request.lease = value.value("lease", false);
        return request;
    } catch (const ordered_json::exception& e) {
        return std::unexpected(garbage(e.what()));
    }
}

std::string encodeReply(const Reply& reply) {
    if (reply.result)
        return line({{"id", reply.id}, {"status", statusJson(*reply.result)}});
    return line({{"id", reply.id},
                 {"error", {{"code", static_cast<int>(reply.result.error().code)}, {"message", reply.result.error().message}}}});
}

std::string encodeEvent(const Event& event) {
    return line({{"event", toString(event.kind)},
                 {"node", event.node},
                 {"atMs", event.atMs},
                 {"exitCode", orNull(event.exitCode)},
                 {"signal", orNull(event.signal)},
                 {"expected", event.expected},
                 {"logTail", event.logTail},
                 {"status", statusJson(event.status)}});
}

Result<Message> decodeMessage(std::string_view text) {
    const auto value = ordered_json::parse(text, nullptr, false);
    if (!value.is_object())
        return std::unexpected(garbage("a message that is not a JSON object"));
    try {
        if (value.contains("event")) {
            Event event;
            const auto kind = valueOf(kEvents, value.at("event").get<std::string>());
            if (!kind)
                return std::unexpected(garbage("an event of an unknown kind"));
            event.kind = *kind;
            event.node = value.at("node").get<NodeId>();
            event.atMs = value.at("atMs").get<WallMs>();
            event.exitCode = intOrNone(value.at("exitCode"));
            event.signal = intOrNone(value.at("signal"));
            event.expected = value.at("expected").get<bool>();
            event.logTail = value.at("logTail").get<std::string>();
            event.status = statusOf(value.at("status"));
            return Message(std::move(event));
        }
        Reply reply{value.at("id").get<RequestId>(), ClusterStatus{}};
        if (value.contains("error")) {
            const auto& error = value.at("error");
            const int code = error.at("code").get<int>();
            reply.result = fail(code >= 0 && code <= static_cast<int>(ErrorCode::Internal) ? static_cast<ErrorCode>(code) : ErrorCode::Internal,
                                error.at("message").get<std::string>());
        } else {
            reply.result = statusOf(value.at("status"));
        }
        return Message(std::move(reply));
    } catch (const ordered_json::exception& e) {
        return std::unexpected(garbage(e.what()));
    }
}

} // namespace broker::cluster
