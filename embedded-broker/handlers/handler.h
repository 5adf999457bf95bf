#pragma once
// The frame of every API: a request that arrived, the one way to answer it, and the table that says which function
// answers which key. One file per API key; a file offers its handlers in a function of handlers/register.h:
//
//     namespace {
//     void handleListGroups(BrokerContext& broker, Request<protocol::ListGroupsRequest> request) {
//         protocol::ListGroupsResponse response;
//         ...
//         request.reply(response);              // now, or later from a callback: `request` may be moved there
//     }
//     }
//     void addGroupHandlers(HandlerTable& table) { table.add<protocol::ListGroupsRequest>(handleListGroups); }
//
// Requests of one connection are handed to their handlers in order and at once, even while earlier ones wait for their
// answer; answers leave in the order of the requests. Loop thread only.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"
#include "embedded-broker/base/ids.h"
#include "embedded-broker/base/network.h"
#include "embedded-broker/base/time.h"
#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/codec.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace broker::handlers {

struct BrokerContext;

using RequestHeader = protocol::RequestHead;

/// Which of a node's listeners a request came in by. A combined node has both.
enum class Role : std::uint8_t { Broker, Controller };

/// Facts of the connection (or envelope) that a request came by.
struct Origin {
    Role role = Role::Broker;
    std::string listener;      ///< listener name, "PLAINTEXT": Metadata answers with the addresses of the same name
    bool interBroker = false;  ///< from a node of this cluster: it proved that, or came by the nodes' own listener where no proof is asked for
    std::string clientHost;    ///< "127.0.0.1"
    std::string clientAddress; ///< "127.0.0.1:51234"
    std::string principal = "User:ANONYMOUS";
    std::uint64_t connection = 0; ///< number of the connection, never used twice; 0 = none (internal)
    /// False once the connection has closed: an answer would go nowhere.
    std::shared_ptr<const bool> open;
    /// Set by ApiVersions: "librdkafka", "2.8.0".
    std::shared_ptr<std::pair<std::string, std::string>> clientSoftware;
};

/// Where the answer of one request goes. Exactly one of these is called, once.
class ReplyPath {
public:
    virtual ~ReplyPath() = default;
    /// `response`: response header and body.
    virtual void answer(Payload response) = 0;
    /// The request has no answer (Produce with acks=0).
    virtual void nothing() = 0;
    /// The request cannot be understood, or must not be answered: the connection is closed.
    virtual void refuse(std::string why) = 0;
    /// This node is not the active controller: the caller looks for it. Default for direct callers: refuse.
    virtual void notController() { refuse("This node is not the active controller."); }
    /// After the answer: the connection is closed behind it.
    virtual void end() {}
};

/// One request, and the duty to answer it. Cheap to copy and to keep; the last copy to die without an answer closes the
/// connection, and the log names the API.
class RequestContext {
public:
    RequestContext(RequestHeader header, std::shared_ptr<const Origin> origin, Slice frame, std::size_t bodyPosition,
                   Instant received, std::unique_ptr<ReplyPath> path);

    [[nodiscard]] std::int16_t apiKey() const;
    [[nodiscard]] std::int16_t version() const;
    [[nodiscard]] const RequestHeader& header() const;
    [[nodiscard]] const std::string& clientId() const; ///< "" when null
    [[nodiscard]] const Origin& origin() const;
    /// Header and body as they came, for Envelope and for records that stay where they are.
    [[nodiscard]] const Slice& frame() const;
    [[nodiscard]] Instant received() const;
    [[nodiscard]] bool answered() const;
    /// False when nobody waits for the answer any more: long waits may be given up (then call nothing()).
    [[nodiscard]] bool wanted() const;

    /// The body. A request that cannot be decoded closes its connection, as in Kafka.
    template <class Message>
    [[nodiscard]] Result<Message> decode() const {
        protocol::Reader reader(body());
        return Message::decode(reader, version());
    }
    /// Encoded for the request's version. A second answer is ignored.
    template <class Message>
    void reply(const Message& response) const {
        protocol::Writer writer = beginAnswer();
        response.encode(writer, version());
        finishAnswer(std::move(writer));
    }
    /// Response header and body as somebody else encoded them (an envelope's answer); must carry this request's correlation id.
    void replyRaw(Payload response) const;
    void nothing() const;
    void refuse(std::string why) const;
    void notController() const;
    /// Closes the connection behind the answer that was given.
    void endConnection() const;

private:
    struct State;
    [[nodiscard]] Slice body() const;
    [[nodiscard]] protocol::Writer beginAnswer() const;
    void finishAnswer(protocol::Writer writer) const;
    std::shared_ptr<State> m_state;
};

/// A decoded request: `request->topics`, `request.reply(response)`.
template <class Message>
class Request : public RequestContext {
public:
    Request(RequestContext context, Message message)
        : RequestContext(std::move(context)), m_message(std::make_shared<Message>(std::move(message))) {}
    Message* operator->() const { return m_message.get(); }
    Message& operator*() const { return *m_message; }

private:
    std::shared_ptr<Message> m_message;
};

/// Who answers what. ApiVersions lists exactly what is here.
class HandlerTable {
public:
    using HandlerFn = std::function<void(BrokerContext&, RequestContext)>;
    struct Entry {
        HandlerFn handle;
        std::int16_t minVersion = 0;
        std::int16_t maxVersion = -1;
        bool forwarded = false; ///< on a broker listener: sent to the active controller, as it came when there is no `handle`
    };

    /// Versions default to what the message declares (4.3.1's); narrow them where a version is not served.
    template <class Message>
    void add(void (*handler)(BrokerContext&, Request<Message>), Role role = Role::Broker,
             std::int16_t minVersion = Message::kMinVersion, std::int16_t maxVersion = Message::kMaxVersion) {
        Entry entry;
        entry.minVersion = minVersion;
        entry.maxVersion = maxVersion;
        entry.handle = handlerOf(handler);
        set(role, Message::kApiKey, std::move(entry));
    }
    /// Answered by the active controller: the handler serves the controller listener, broker listeners forward to it.
    template <class Message>
    void addForwarded(void (*handler)(BrokerContext&, Request<Message>), std::int16_t minVersion = Message::kMinVersion,
                      std::int16_t maxVersion = Message::kMaxVersion) {
        add<Message>(handler, Role::Controller, minVersion, maxVersion);
        Entry entry;
        entry.minVersion = minVersion;
        entry.maxVersion = maxVersion;
        entry.forwarded = true;
        set(Role::Broker, Message::kApiKey, std::move(entry));
    }
    /// Of a forwarded key: on a broker listener `handler` comes first, and hands to BrokerContext::controllerGate what is left to do.
    template <class Message>
    void addBeforeForwarding(void (*handler)(BrokerContext&, Request<Message>)) {
        Entry entry = *find(Role::Broker, Message::kApiKey);
        entry.handle = handlerOf(handler);
        set(Role::Broker, Message::kApiKey, std::move(entry));
    }
    /// Null when nobody answers this key on such a listener.
    [[nodiscard]] const Entry* find(Role role, std::int16_t apiKey) const;

private:
    static constexpr std::size_t kKeys = 128;
    template <class Message>
    static HandlerFn handlerOf(void (*handler)(BrokerContext&, Request<Message>)) {
        return [handler](BrokerContext& broker, RequestContext context) {
            auto message = context.decode<Message>();
            if (!message)
                return context.refuse(message.error().message);
            handler(broker, Request<Message>(std::move(context), std::move(*message)));
        };
    }
    void set(Role role, std::int16_t apiKey, Entry entry);
    std::array<std::array<std::optional<Entry>, kKeys>, 2> m_entries;
};

} // namespace broker::handlers
