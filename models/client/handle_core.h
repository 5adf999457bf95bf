#pragma once
// Inside models/client only: the native admin handle, the thread that serves its events, the thread for calls that block, and the requests that wait
// for an answer. Kept alive by its threads until the native handle is destroyed.

#include "models/client/cluster_handle.h"
#include "models/client/native.h"

#include <QPromise>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace models::client {

class HandleCore : public std::enable_shared_from_this<HandleCore> {
public:
    using Send = std::function<void(rd_kafka_t*, const rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>;

    enum class Kind {
        Admin,
        /// For requests about committed offsets. librdkafka 2.8 passes a coordinator that moved on to the handle's own group without
        /// looking whether it has one, and crashes: so this handle has one, of which nobody ever becomes a member.
        Groups,
    };
    static Result<std::shared_ptr<HandleCore>> open(const ClientConfig& config, Kind kind, std::function<void(ClientEvent)> onEvent);
    void close();

    /// Sends an admin request; `convert` turns its event into the answer on the event thread.
    template <class T>
    Answer<T> ask(const QString& what, rd_kafka_admin_op_t operation, const Send& send, std::function<Result<T>(rd_kafka_event_t*)> convert,
        const std::function<void(rd_kafka_AdminOptions_t*)>& options = {}) {
        auto promise = std::make_shared<QPromise<Result<T>>>();
        auto future = promise->future();
        promise->start();
        const auto settle = [promise](Result<T> result) {
            promise->addResult(std::move(result));
            promise->finish();
        };
        const bool sent = submit(operation, send, options,
            [this, what, settle, convert = std::move(convert)](rd_kafka_event_t* event) { settle(resultOf<T>(what, event, convert)); });
        if (!sent)
            settle(cancelled(what));
        return future;
    }

    /// The same for what a group's coordinator answers: one that still reads its log (a new cluster makes it with the first group, a broker that came
    /// back reads it) is asked again until the time of a request is over; librdkafka's admin requests take that for a refusal. `send` is kept.
    template <class T>
    Answer<T> askCoordinator(const QString& what, rd_kafka_admin_op_t operation, Send send, std::function<Result<T>(rd_kafka_event_t*)> convert) {
        auto request = std::make_shared<CoordinatorRequest<T>>();
        request->what = what;
        request->operation = operation;
        request->send = std::move(send);
        request->convert = std::move(convert);
        request->until = Clock::now() + std::chrono::milliseconds(timeoutMs());
        request->promise.start();
        auto future = request->promise.future();
        sendAgain(request);
        return future;
    }

    /// Runs a call that blocks on the call thread.
    template <class T>
    Answer<T> call(const QString& what, std::function<Result<T>(rd_kafka_t*)> work) {
        struct State {
            QPromise<Result<T>> promise;
            std::atomic<bool> settled{false};
        };
        auto state = std::make_shared<State>();
        auto future = state->promise.future();
        state->promise.start();
        const auto settle = [state](Result<T> result) {
            if (!state->settled.exchange(true)) {
                state->promise.addResult(std::move(result));
                state->promise.finish();
            }
        };
        const bool queued = enqueue([this, settle, work = std::move(work)](rd_kafka_t* handle) {
            auto result = work(handle);
            if (result)
                answered();
            else
                result = std::unexpected(explain(result.error()));
            settle(std::move(result));
        }, [what, settle] { settle(cancelled(what)); });
        if (!queued)
            settle(cancelled(what));
        return future;
    }

    static std::unexpected<Error> cancelled(const QString& what) { return fail(ErrorCode::Cancelled, what, QStringLiteral("the connection was closed")); }
    [[nodiscard]] int timeoutMs() const { return m_timeoutMs.load(); }
    void setTimeout(int ms) { m_timeoutMs.store(ms); }
    [[nodiscard]] Error lastError() const;
    [[nodiscard]] const ClientConfig& config() const { return m_config; }

private:
    using Clock = std::chrono::steady_clock;
    using Complete = std::function<void(rd_kafka_event_t*)>; ///< null event = closed
    template <class T>
    struct CoordinatorRequest {
        QString what;
        rd_kafka_admin_op_t operation = RD_KAFKA_ADMIN_OP_ANY;
        Send send;
        std::function<Result<T>(rd_kafka_event_t*)> convert;
        Clock::time_point until;
        QPromise<Result<T>> promise;
        void settle(Result<T> result) {
            promise.addResult(std::move(result));
            promise.finish();
        }
    };
    struct Later {
        Clock::time_point due;
        std::function<void()> work;
        std::function<void()> cancel;
    };
    struct Call {
        std::function<void(rd_kafka_t*)> work;
        std::function<void()> cancel;
    };
    template <class T>
    Result<T> resultOf(const QString& what, rd_kafka_event_t* event, const std::function<Result<T>(rd_kafka_event_t*)>& convert) {
        if (event == nullptr)
            return cancelled(what);
        if (const auto error = rd_kafka_event_error(event); error != RD_KAFKA_RESP_ERR_NO_ERROR)
            return std::unexpected(explain(native::makeError(what, error, rd_kafka_event_error_string(event))));
        answered();
        return convert(event);
    }
    static bool stillLoads(const Error& error) { return error.kafkaCode == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS; }
    template <class T>
    static bool stillLoads(const Result<QList<T>>& result) {
        return result ? std::ranges::any_of(*result, [](const T& each) { return each.error && stillLoads(*each.error); }) : stillLoads(result.error());
    }
    template <class T>
    void sendAgain(const std::shared_ptr<CoordinatorRequest<T>>& request) {
        const bool sent = submit(request->operation, request->send, {}, [this, request](rd_kafka_event_t* event) {
            auto result = resultOf<T>(request->what, event, request->convert);
            if (stillLoads(result) && Clock::now() < request->until)
                later([this, request] { sendAgain(request); }, [request] { request->settle(cancelled(request->what)); });
            else
                request->settle(std::move(result));
        });
        if (!sent)
            request->settle(cancelled(request->what));
    }
    /// Does `work` on the event thread a little later; called there.
    void later(std::function<void()> work, std::function<void()> cancel);
    /// Does what is due; answers how long nothing else is.
    std::chrono::milliseconds serveLater();
    bool submit(rd_kafka_admin_op_t operation, const Send& send, const std::function<void(rd_kafka_AdminOptions_t*)>& options, Complete complete);
    bool enqueue(std::function<void(rd_kafka_t*)> work, std::function<void()> cancel);
    void answered();
    /// A time-out says little: where the client knows why nothing answers, that reason is put in its place.
    Error explain(Error error) const;
    void serveEvents();
    void serveCalls();
    void noteError(rd_kafka_event_t* event);
    void noteLog(rd_kafka_event_t* event);

    ClientConfig m_config;
    std::function<void(ClientEvent)> m_onEvent;
    rd_kafka_t* m_handle = nullptr;
    rd_kafka_queue_t* m_queue = nullptr;
    std::atomic<int> m_timeoutMs{10'000};
    std::thread m_callThread;

    mutable std::mutex m_mutex; ///< guards all below
    std::condition_variable m_callsChanged;
    bool m_closed = false;
    std::uintptr_t m_nextRequest = 1;
    std::unordered_map<std::uintptr_t, Complete> m_pending;
    std::deque<Later> m_later; ///< in the order in which they are due
    std::deque<Call> m_calls;
    std::function<void()> m_cancelRunning; ///< of the call that runs now
    Error m_lastError;
};

} // namespace models::client
