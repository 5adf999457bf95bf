#include "models/client/handle_core.h"

#include "models/client/foreign_answer.h"

#include <QDateTime>
#include <pthread.h>

using namespace std::chrono_literals;

namespace models::client {

namespace {

constexpr auto kAgainIn = 100ms; ///< a coordinator that still loads
constexpr auto kPollAtMost = 1000ms;

} // namespace

Result<std::shared_ptr<HandleCore>> HandleCore::open(const ClientConfig& config, Kind kind, std::function<void(ClientEvent)> onEvent) {
    auto core = std::make_shared<HandleCore>();
    core->m_config = config;
    core->m_onEvent = std::move(onEvent);
    QMap<QString, QString> extra{{QStringLiteral("log.queue"), QStringLiteral("true")}};
    const auto byDefault = [&config, &extra](const char* name, const char* value) {
        if (!config.properties.contains(QLatin1String(name)))
            extra.insert(QLatin1String(name), QLatin1String(value));
    };
    byDefault("client.id", "samsa");
    // A window shall see a broker come back at once; the backoff still grows for one that stays away.
    byDefault("reconnect.backoff.ms", "50");
    byDefault("reconnect.backoff.max.ms", "2000");
    byDefault("socket.connection.setup.timeout.ms", "5000");
    if (kind == Kind::Groups) {
        byDefault("group.id", "samsa");
        extra.insert(QStringLiteral("enable.auto.commit"), QStringLiteral("false"));
    }
    auto conf = native::makeConf(config, extra);
    if (!conf)
        return std::unexpected(conf.error());
    rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    auto handle = native::makeHandle(kind == Kind::Groups ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, std::move(*conf));
    if (!handle)
        return std::unexpected(handle.error());
    core->m_handle = *handle;
    core->m_queue = rd_kafka_queue_new(core->m_handle);
    native::QueuePtr main(rd_kafka_queue_get_main(core->m_handle));
    rd_kafka_queue_forward(main.get(), core->m_queue);
    rd_kafka_set_log_queue(core->m_handle, core->m_queue);
    core->m_callThread = std::thread([core] { core->serveCalls(); });
    std::thread([core]() mutable {
        core->serveEvents();
        // The last reference may go here: the object must not be touched from another thread any more.
        core.reset();
    }).detach();
    return core;
}

void HandleCore::close() {
    decltype(m_pending) pending;
    std::deque<Later> later;
    std::deque<Call> calls;
    std::function<void()> running;
    {
        const std::lock_guard lock(m_mutex);
        if (m_closed)
            return;
        m_closed = true;
        native::announceDeparture(); // before the event thread can see it
        pending.swap(m_pending);
        later.swap(m_later);
        calls.swap(m_calls);
        running.swap(m_cancelRunning);
        rd_kafka_queue_yield(m_queue);
        m_callsChanged.notify_all();
    }
    for (auto& [request, complete] : pending)
        complete(nullptr);
    for (auto& each : later)
        each.cancel();
    for (auto& call : calls)
        call.cancel();
    if (running)
        running();
}

bool HandleCore::submit(rd_kafka_admin_op_t operation, const Send& send, const std::function<void(rd_kafka_AdminOptions_t*)>& options, Complete complete) {
    // Sending only queues the request, so it is done under the lock: close() cannot take the handle away meanwhile.
    const std::lock_guard lock(m_mutex);
    if (m_closed)
        return false;
    native::OptionsPtr native(rd_kafka_AdminOptions_new(m_handle, operation));
    char reason[256];
    rd_kafka_AdminOptions_set_request_timeout(native.get(), timeoutMs(), reason, sizeof reason);
    if (options)
        options(native.get());
    const auto request = m_nextRequest++;
    rd_kafka_AdminOptions_set_opaque(native.get(), reinterpret_cast<void*>(request));
    m_pending.emplace(request, std::move(complete));
    send(m_handle, native.get(), m_queue);
    return true;
}

void HandleCore::later(std::function<void()> work, std::function<void()> cancel) {
    {
        const std::lock_guard lock(m_mutex);
        if (!m_closed) {
            m_later.push_back({Clock::now() + kAgainIn, std::move(work), std::move(cancel)});
            return;
        }
    }
    cancel();
}

std::chrono::milliseconds HandleCore::serveLater() {
    for (;;) {
        std::function<void()> work;
        {
            const std::lock_guard lock(m_mutex);
            if (m_later.empty())
                return kPollAtMost;
            if (const auto wait = m_later.front().due - Clock::now(); wait > Clock::duration::zero())
                return std::chrono::ceil<std::chrono::milliseconds>(wait);
            work = std::move(m_later.front().work);
            m_later.pop_front();
        }
        work();
    }
}

bool HandleCore::enqueue(std::function<void(rd_kafka_t*)> work, std::function<void()> cancel) {
    const std::lock_guard lock(m_mutex);
    if (m_closed)
        return false;
    m_calls.push_back({std::move(work), std::move(cancel)});
    m_callsChanged.notify_all();
    return true;
}

Error HandleCore::lastError() const {
    const std::lock_guard lock(m_mutex);
    return m_lastError;
}

void HandleCore::answered() {
    const std::lock_guard lock(m_mutex);
    m_lastError = {};
}

Error HandleCore::explain(Error error) const {
    if (error.code != ErrorCode::TimedOut && error.code != ErrorCode::Unreachable)
        return error;
    const std::lock_guard lock(m_mutex);
    if (m_lastError.why.isEmpty())
        return error;
    return {m_lastError.code, error.what, m_lastError.why, m_lastError.kafkaCode};
}

void HandleCore::serveCalls() {
    pthread_setname_np(pthread_self(), "kafka-calls");
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_callsChanged.wait(lock, [this] { return m_closed || !m_calls.empty(); });
        if (m_closed)
            return;
        Call call = std::move(m_calls.front());
        m_calls.pop_front();
        m_cancelRunning = call.cancel;
        lock.unlock();
        call.work(m_handle);
        lock.lock();
        m_cancelRunning = {};
    }
}

void HandleCore::serveEvents() {
    pthread_setname_np(pthread_self(), "kafka-events");
    for (;;) {
        {
            const std::lock_guard lock(m_mutex);
            if (m_closed)
                break;
        }
        rd_kafka_event_t* event = rd_kafka_queue_poll(m_queue, static_cast<int>(serveLater().count()));
        if (event == nullptr)
            continue;
        switch (rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_ERROR: noteError(event); break;
        case RD_KAFKA_EVENT_LOG: noteLog(event); break;
        default: {
            Complete complete;
            {
                const std::lock_guard lock(m_mutex);
                const auto it = m_pending.find(reinterpret_cast<std::uintptr_t>(rd_kafka_event_opaque(event)));
                if (it != m_pending.end()) {
                    complete = std::move(it->second);
                    m_pending.erase(it);
                }
            }
            if (complete)
                complete(event);
        }
        }
        rd_kafka_event_destroy(event);
    }
    // Nothing is sent any more. The call thread may still be inside a call that blocks; its handle goes after that.
    native::destroyElsewhere(m_handle, [self = shared_from_this()] {
        self->m_callThread.join();
        rd_kafka_queue_destroy(self->m_queue);
    });
}

void HandleCore::noteError(rd_kafka_event_t* event) {
    const auto code = rd_kafka_event_error(event);
    const Error error = withPlainReason(native::makeError({}, code, rd_kafka_event_error_string(event)));
    {
        const std::lock_guard lock(m_mutex);
        // "All brokers are down" follows the reason and would hide it; a broker that closes an idle connection is no reason.
        if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || m_lastError.why.isEmpty())
            m_lastError = error;
    }
    if (m_onEvent)
        m_onEvent({ClientEvent::Kind::Error, error.code, 3, error.why, QDateTime::currentMSecsSinceEpoch()});
}

void HandleCore::noteLog(rd_kafka_event_t* event) {
    const char* facility = nullptr;
    const char* message = nullptr;
    int level = 0;
    if (m_onEvent && rd_kafka_event_log(event, &facility, &message, &level) == 0)
        m_onEvent({ClientEvent::Kind::Log, ErrorCode::Internal, level, native::tidy(native::text(message)), QDateTime::currentMSecsSinceEpoch()});
}

} // namespace models::client
