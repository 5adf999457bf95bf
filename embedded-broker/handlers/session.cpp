#include "embedded-broker/handlers/session.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/handlers/dispatch.h"

#include <deque>

namespace broker::handlers {

namespace {

constexpr std::size_t kRequestsMax = 1000;           ///< of one connection without an answer yet
constexpr std::uint64_t kUnreadBytesMax = 64U << 20; ///< of answers that the client has not read

} // namespace

namespace {

const std::shared_ptr<const ListenerSecurity>& openListener() {
    static const std::shared_ptr<const ListenerSecurity> open = std::make_shared<ListenerSecurity>();
    return open;
}

} // namespace

class Session : public std::enable_shared_from_this<Session> {
public:
    Session(Sessions& sessions, std::shared_ptr<Connection> connection, const Sessions::ListenerFacts& listener, std::uint64_t number)
        : m_sessions(&sessions), m_connection(std::move(connection)), m_open(std::make_shared<bool>(true)),
          m_security(listener.security ? listener.security : openListener()), m_auth(sessions.m_broker, *m_security) {
        auto origin = std::make_shared<Origin>();
        origin->role = listener.role;
        origin->listener = listener.name;
        origin->interBroker = listener.interBroker && !m_security->linkSecret;
        if (!m_security->sasl)
            if (const std::string subject = m_connection->peerSubject(); !subject.empty())
                origin->principal = "User:" + subject;
        origin->clientHost = m_connection->peerHost();
        origin->clientAddress = m_connection->peer();
        origin->connection = number;
        origin->open = m_open;
        origin->clientSoftware = std::make_shared<std::pair<std::string, std::string>>();
        m_origin = std::move(origin);
        if (m_auth.required())
            m_connection->setFrameBytesMax(kFrameBytesBeforeLogin);
    }

    void start() {
        m_auth.onIdentity([this](const SessionAuth::Identity& identity) { known(identity); });
        m_lastUsed = m_sessions->m_broker.scheduler.now();
        adjustReading();
        m_connection->setHandler({[self = weak_from_this()](Slice frame) {
                                      if (const auto session = self.lock())
                                          session->take(std::move(frame));
                                  },
                                  [self = weak_from_this()](CloseReason) {
                                      if (const auto session = self.lock())
                                          session->closed();
                                  }});
    }

    /// The place of one answer among those of its connection.
    void put(std::uint64_t ticket, std::optional<Payload> answer) {
        if (!*m_open)
            return;
        auto& slot = m_slots[static_cast<std::size_t>(ticket - m_firstTicket)];
        slot.done = true;
        slot.answer = std::move(answer);
        while (!m_slots.empty() && m_slots.front().done) {
            if (m_slots.front().answer)
                m_connection->send(std::move(*m_slots.front().answer));
            m_slots.pop_front();
            ++m_firstTicket;
        }
        adjustReading();
    }

    void refuse(const std::string& why) {
        if (!*m_open)
            return;
        log::warning("handlers", "closing the connection of {}: {}", m_origin->clientAddress, why);
        close();
    }

    void close() {
        if (!*m_open)
            return;
        m_connection->close();
        closed();
    }

    void lookAgain() {
        if (*m_open)
            adjustReading();
    }
    [[nodiscard]] Instant lastUsed() const { return m_lastUsed; }
    [[nodiscard]] bool waiting() const { return !m_slots.empty(); }
    /// The owner goes away.
    void detach() {
        *m_open = false;
        m_sessions = nullptr;
        m_connection->close();
    }

private:
    struct Slot {
        bool done = false;
        std::optional<Payload> answer;
    };

    class Path final : public ReplyPath {
    public:
        Path(std::weak_ptr<Session> session, std::uint64_t ticket) : m_session(std::move(session)), m_ticket(ticket) {}
        void answer(Payload response) override {
            if (const auto session = m_session.lock())
                session->put(m_ticket, std::move(response));
        }
        void nothing() override {
            if (const auto session = m_session.lock())
                session->put(m_ticket, std::nullopt);
        }
        void refuse(std::string why) override {
            if (const auto session = m_session.lock())
                session->refuse(why);
        }
        void end() override {
            if (const auto session = m_session.lock())
                session->close();
        }

    private:
        std::weak_ptr<Session> m_session;
        std::uint64_t m_ticket;
    };

    void take(Slice frame) {
        if (!*m_open)
            return;
        m_lastUsed = m_sessions->m_broker.scheduler.now();
        const auto self = shared_from_this();
        if (m_auth.takesRawTokens())
            return takeRaw(frame);
        const std::uint64_t ticket = m_firstTicket + m_slots.size();
        m_slots.emplace_back();
        auto path = std::make_unique<Path>(weak_from_this(), ticket);
        protocol::Reader reader(frame);
        auto header = protocol::decodeRequestHead(reader);
        if (!header)
            return path->refuse(header.error().message);
        RequestContext request(std::move(*header), m_origin, std::move(frame), reader.position(), m_lastUsed, std::move(path));
        if (m_auth.take(request) == SessionAuth::Verdict::Pass)
            dispatchAs(m_sessions->m_broker, m_origin->role, std::move(request));
        if (*m_open)
            adjustReading();
    }

    /// The bytes of a login that began with an old handshake: its answers have no header either.
    void takeRaw(const Slice& token) {
        const auto answer = m_auth.takeRaw(token.text());
        if (!answer)
            return refuse(answer.error().message);
        Payload payload;
        payload.append(Slice::copy(*answer));
        m_connection->send(std::move(payload));
    }

    void known(const SessionAuth::Identity& identity) {
        auto origin = std::make_shared<Origin>(*m_origin);
        origin->principal = identity.principal;
        origin->interBroker = origin->interBroker || identity.peer;
        m_origin = std::move(origin);
        if (m_security->frameBytesMax > 0)
            m_connection->setFrameBytesMax(m_security->frameBytesMax);
    }

    [[nodiscard]] bool held() const { return m_sessions->m_held && m_origin->role == Role::Broker; }

    void adjustReading() {
        const bool reading = !held() && m_slots.size() < kRequestsMax && m_connection->queuedBytes() < kUnreadBytesMax;
        if (reading == m_reading)
            return;
        m_reading = reading;
        m_connection->setReading(reading);
        if (!reading && !held() && m_slots.size() < kRequestsMax)
            watchQueue();
    }

    /// Nobody says when a queue has drained: looked at again while it is full, which is rare.
    void watchQueue() {
        m_sessions->m_broker.scheduler.after(milliseconds(20), [self = weak_from_this()] {
            const auto session = self.lock();
            if (!session || !*session->m_open || session->m_reading)
                return;
            session->adjustReading();
            if (!session->m_reading)
                session->watchQueue();
        });
    }

    void closed() {
        if (!*m_open)
            return;
        *m_open = false;
        m_slots.clear();
        const auto self = shared_from_this();
        m_sessions->forget(m_origin->connection);
    }

    Sessions* m_sessions;
    std::shared_ptr<Connection> m_connection;
    std::shared_ptr<bool> m_open;
    std::shared_ptr<const ListenerSecurity> m_security;
    SessionAuth m_auth;
    std::shared_ptr<const Origin> m_origin;
    std::deque<Slot> m_slots;
    std::uint64_t m_firstTicket = 0;
    Instant m_lastUsed;
    bool m_reading = true;
};

Sessions::Sessions(BrokerContext& broker, Duration idleMax) : m_broker(broker), m_idleMax(idleMax) {}

Sessions::~Sessions() { closeAll(); }

void Sessions::closeAll() {
    m_broker.scheduler.cancel(std::exchange(m_idleTimer, 0));
    auto sessions = std::move(m_sessions);
    m_sessions.clear();
    for (auto& [number, session] : sessions)
        session->detach();
}

void Sessions::accept(std::shared_ptr<Connection> connection, const ListenerFacts& listener) {
    const std::uint64_t number = m_next++;
    const auto session = std::make_shared<Session>(*this, std::move(connection), listener, number);
    m_sessions.emplace(number, session);
    session->start();
    if (m_idleTimer == 0 && m_idleMax > Duration::zero())
        m_idleTimer = m_broker.scheduler.after(m_idleMax, [this] { closeIdle(); });
}

void Sessions::serve() {
    m_held = false;
    for (const auto& [number, session] : std::map(m_sessions))
        session->lookAgain();
}

void Sessions::forget(std::uint64_t number) {
    m_sessions.erase(number);
    for (const auto& watcher : m_watchers)
        watcher(number);
}

void Sessions::closeIdle() {
    // One timer for all: an idle connection lives at most twice the limit, and an idle broker wakes once in ten minutes for it.
    m_idleTimer = 0;
    const Instant before = m_broker.scheduler.now() - m_idleMax;
    std::vector<std::shared_ptr<Session>> idle;
    for (const auto& [number, session] : m_sessions)
        if (session->lastUsed() <= before && !session->waiting())
            idle.push_back(session);
    for (const auto& session : idle)
        session->close();
    if (!m_sessions.empty())
        m_idleTimer = m_broker.scheduler.after(m_idleMax, [this] { closeIdle(); });
}

} // namespace broker::handlers
