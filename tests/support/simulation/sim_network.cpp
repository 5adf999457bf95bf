#include "tests/support/simulation/sim_network.h"

#include <optional>

namespace tests::simulation {

using namespace broker;

/// One end. Frames towards it wait in its wire, in order; `nothing` at the end of the wire is the close.
class SimConnection final : public Connection, public std::enable_shared_from_this<SimConnection> {
public:
    SimConnection(SimStack& stack, int peerProcess) : m_stack(&stack), m_peerProcess(peerProcess), m_number(++stack.m_lastConnection) {
        stack.m_connections[m_number] = this;
    }
    ~SimConnection() override {
        shut();
        if (m_stack != nullptr)
            m_stack->m_connections.erase(m_number);
    }
    static void pair(const std::shared_ptr<SimConnection>& a, const std::shared_ptr<SimConnection>& b) {
        a->m_peer = b;
        b->m_peer = a;
    }

    void setHandler(Handler handler) override {
        m_handler = std::make_shared<Handler>(std::move(handler));
        wake();
    }
    void send(Payload frame) override {
        if (!m_open)
            return;
        std::vector<std::byte> bytes;
        for (const auto& part : frame.parts()) {
            if (const auto* slice = std::get_if<Slice>(&part)) {
                bytes.insert(bytes.end(), slice->bytes().begin(), slice->bytes().end());
            } else {
                const auto& region = std::get<FileRegion>(part);
                const std::size_t at = bytes.size();
                bytes.resize(at + region.length);
                static_cast<void>(region.file->readAt(region.position, std::span(bytes).subspan(at)));
            }
        }
        if (const auto peer = m_peer.lock())
            peer->arrive(Slice::take(std::move(bytes)));
    }
    void close() override {
        if (!m_open)
            return;
        shut();
        tell(CloseReason::Local);
    }
    void setReading(bool reading) override {
        m_reading = reading;
        wake();
    }
    [[nodiscard]] std::uint64_t queuedBytes() const override { return 0; }
    [[nodiscard]] std::string peer() const override { return "127.0.0.1:" + std::to_string(40'000 + m_peerProcess); }
    [[nodiscard]] std::string peerHost() const override { return "127.0.0.1"; }
    void setFrameBytesMax(std::uint32_t) override {} // frames travel whole here

    /// The process is gone: its end with it.
    void orphan() {
        shut();
        m_stack = nullptr;
        m_handler.reset();
        m_wire.clear();
    }

private:
    void shut() {
        if (!m_open)
            return;
        m_open = false;
        if (const auto peer = m_peer.lock())
            peer->arrive(std::nullopt);
    }
    void arrive(std::optional<Slice> frame) {
        if (m_stack == nullptr || !m_open)
            return;
        const Instant due = std::max(m_lastDue, m_stack->m_net.world.now() + m_stack->m_net.delay());
        m_lastDue = due;
        m_wire.emplace_back(due, std::move(frame));
        wake();
    }
    void wake() {
        if (m_pumping || m_wire.empty() || m_stack == nullptr)
            return;
        m_pumping = true;
        const Instant now = m_stack->m_net.world.now();
        m_stack->m_scheduler.deliver(std::max(m_wire.front().first, now) - now, [weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->pump();
        });
    }
    void pump() {
        m_pumping = false;
        if (m_stack == nullptr || m_wire.empty() || !m_open)
            return;
        if (!m_stack->m_net.connected(m_stack->m_process, m_peerProcess)) {
            m_wire.front().first = m_stack->m_net.world.now() + milliseconds(20);
            return wake();
        }
        if (!m_handler || (!m_reading && m_wire.front().second))
            return; // setHandler and setReading go on
        auto frame = std::move(m_wire.front().second);
        m_wire.pop_front();
        const auto handler = m_handler;
        if (!frame) {
            m_open = false;
            m_wire.clear();
            if (handler->onClosed)
                handler->onClosed(CloseReason::Peer);
            return;
        }
        wake();
        if (handler->onFrame)
            handler->onFrame(std::move(*frame));
    }
    void tell(CloseReason reason) {
        if (m_stack == nullptr)
            return;
        m_stack->m_scheduler.post([weak = weak_from_this(), reason] {
            const auto self = weak.lock();
            if (!self || !self->m_handler)
                return;
            const auto handler = self->m_handler;
            if (handler->onClosed)
                handler->onClosed(reason);
        });
    }

    SimStack* m_stack;
    int m_peerProcess;
    std::uint64_t m_number;
    std::weak_ptr<SimConnection> m_peer;
    std::shared_ptr<Handler> m_handler;
    std::deque<std::pair<Instant, std::optional<Slice>>> m_wire;
    Instant m_lastDue{};
    bool m_open = true;
    bool m_reading = true;
    bool m_pumping = false;
};

class SimListener final : public Listener {
public:
    SimListener(SimStack& stack, Endpoint at) : m_stack(&stack), m_at(std::move(at)) {}
    ~SimListener() override {
        if (const auto it = m_net().find(m_at.port); it != m_net().end() && it->second == m_stack) {
            m_net().erase(it);
            m_stack->m_accept.erase(m_at.port);
        }
    }
    [[nodiscard]] Endpoint endpoint() const override { return m_at; }

private:
    [[nodiscard]] std::map<std::uint16_t, SimStack*>& m_net() const { return m_stack->m_net.listeners; }
    SimStack* m_stack;
    Endpoint m_at;
};

SimStack::~SimStack() {
    std::erase_if(m_net.listeners, [this](const auto& entry) { return entry.second == this; });
    for (const auto& [number, connection] : std::map(m_connections))
        connection->orphan();
}

Result<std::unique_ptr<Listener>> SimStack::listen(const Endpoint& at, std::uint32_t, OnAccept onAccept) {
    if (m_net.listeners.contains(at.port))
        return fail(ErrorCode::Busy, at.toString() + " is in use.");
    m_net.listeners[at.port] = this;
    m_accept[at.port] = std::move(onAccept);
    return std::make_unique<SimListener>(*this, at);
}

void SimStack::connect(const Endpoint& to, Duration timeout, std::uint32_t, OnConnect onConnect) {
    const auto it = m_net.listeners.find(to.port);
    const bool reached = it == m_net.listeners.end() ? true : m_net.connected(m_process, it->second->m_process);
    if (!reached) {
        m_scheduler.deliver(timeout, [onConnect = std::move(onConnect)] { onConnect(std::unexpected(CloseReason::TimedOut)); });
        return;
    }
    m_scheduler.deliver(m_net.delay() * 2, [this, port = to.port, onConnect = std::move(onConnect)] {
        const auto found = m_net.listeners.find(port);
        if (found == m_net.listeners.end())
            return onConnect(std::unexpected(CloseReason::Refused));
        SimStack& server = *found->second;
        auto mine = std::make_shared<SimConnection>(*this, server.m_process);
        auto theirs = std::make_shared<SimConnection>(server, m_process);
        SimConnection::pair(mine, theirs);
        // The kernel has accepted it; the process learns of it in its own time (later, when it is paused).
        server.m_scheduler.deliver(Duration(0), [&server, port, theirs] {
            if (const auto accept = server.m_accept.find(port); accept != server.m_accept.end())
                OnAccept(accept->second)(theirs);
        });
        onConnect(std::move(mine));
    });
}

} // namespace tests::simulation
