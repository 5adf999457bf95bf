#include "embedded-broker/handlers/handler.h"

#include "embedded-broker/base/log.h"

#include <cassert>

namespace broker::handlers {

struct RequestContext::State {
    RequestHeader header;
    std::shared_ptr<const Origin> origin;
    Slice frame;
    std::size_t bodyPosition = 0;
    Instant received;
    std::unique_ptr<ReplyPath> path;
    bool answered = false;

    ~State() {
        if (answered)
            return;
        if (!origin->open || *origin->open) // else nobody waits: long polls end with their connection
            log::error("handlers", "no answer was given to {} of {}; its connection is closed", protocol::apiName(header.apiKey), origin->clientAddress);
        path->refuse("a request was left without an answer");
    }
};

RequestContext::RequestContext(RequestHeader header, std::shared_ptr<const Origin> origin, Slice frame, std::size_t bodyPosition,
                               Instant received, std::unique_ptr<ReplyPath> path)
    : m_state(std::make_shared<State>()) {
    m_state->header = std::move(header);
    m_state->origin = std::move(origin);
    m_state->frame = std::move(frame);
    m_state->bodyPosition = bodyPosition;
    m_state->received = received;
    m_state->path = std::move(path);
}

std::int16_t RequestContext::apiKey() const { return m_state->header.apiKey; }
std::int16_t RequestContext::version() const { return m_state->header.apiVersion; }
const RequestHeader& RequestContext::header() const { return m_state->header; }
const Origin& RequestContext::origin() const { return *m_state->origin; }
const Slice& RequestContext::frame() const { return m_state->frame; }
Instant RequestContext::received() const { return m_state->received; }
bool RequestContext::answered() const { return m_state->answered; }
bool RequestContext::wanted() const { return !m_state->answered && (!m_state->origin->open || *m_state->origin->open); }

const std::string& RequestContext::clientId() const {
    static const std::string none;
    return m_state->header.clientId ? *m_state->header.clientId : none;
}

Slice RequestContext::body() const {
    return m_state->frame.sub(m_state->bodyPosition, m_state->frame.size() - m_state->bodyPosition);
}

protocol::Writer RequestContext::beginAnswer() const {
    protocol::Writer writer;
    protocol::encodeResponseHead(writer, m_state->header.apiKey, m_state->header.apiVersion, m_state->header.correlationId);
    return writer;
}

void RequestContext::finishAnswer(protocol::Writer writer) const { replyRaw(writer.finish()); }

void RequestContext::replyRaw(Payload response) const {
    if (std::exchange(m_state->answered, true))
        return;
    m_state->path->answer(std::move(response));
}

void RequestContext::nothing() const {
    if (!std::exchange(m_state->answered, true))
        m_state->path->nothing();
}

void RequestContext::refuse(std::string why) const {
    if (!std::exchange(m_state->answered, true))
        m_state->path->refuse(std::move(why));
}

void RequestContext::notController() const {
    if (!std::exchange(m_state->answered, true))
        m_state->path->notController();
}

void RequestContext::endConnection() const { m_state->path->end(); }

const HandlerTable::Entry* HandlerTable::find(Role role, std::int16_t apiKey) const {
    if (apiKey < 0 || static_cast<std::size_t>(apiKey) >= kKeys)
        return nullptr;
    const auto& entry = m_entries[static_cast<std::size_t>(role)][static_cast<std::size_t>(apiKey)];
    return entry ? &*entry : nullptr;
}

void HandlerTable::set(Role role, std::int16_t apiKey, Entry entry) {
    assert(apiKey >= 0 && static_cast<std::size_t>(apiKey) < kKeys);
    m_entries[static_cast<std::size_t>(role)][static_cast<std::size_t>(apiKey)] = std::move(entry);
}

} // namespace broker::handlers
