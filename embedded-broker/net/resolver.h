#pragma once
// Names to addresses, off the loop: getaddrinfo may take seconds. Internal to net/.

#include "embedded-broker/base/error.h"
#include "embedded-broker/base/scheduler.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace broker::net {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
};

/// Literal addresses and "localhost" without asking anyone; nullopt = a name that needs a look-up.
std::optional<SocketAddress> literalAddress(const std::string& host, std::uint16_t port);
/// Blocking.
Result<SocketAddress> lookUp(const std::string& host, std::uint16_t port);

/// One thread "resolver", started by the first name that needs it.
class Resolver {
public:
    using Done = std::move_only_function<void(Result<SocketAddress>)>;
    explicit Resolver(Scheduler& loop) : m_loop(loop) {}
    ~Resolver();
    /// `done` runs on the loop, in a later turn.
    void resolve(std::string host, std::uint16_t port, Done done);

private:
    struct Question {
        std::string host;
        std::uint16_t port = 0;
        Done done;
    };
    void serve();

    Scheduler& m_loop;
    std::thread m_thread;
    std::mutex m_mutex; ///< guards m_questions and m_stopping
    std::condition_variable m_wake;
    std::deque<Question> m_questions;
    bool m_stopping = false;
};

} // namespace broker::net
