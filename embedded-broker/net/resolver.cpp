#include "embedded-broker/net/resolver.h"

#include <arpa/inet.h>
#include <cstring>
#include <fmt/format.h>
#include <netdb.h>
#include <pthread.h>

namespace broker::net {

std::optional<SocketAddress> literalAddress(const std::string& host, std::uint16_t port) {
    SocketAddress address;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    const std::string& text = host == "localhost" ? "127.0.0.1" : host.empty() ? "0.0.0.0" : host;
    if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address.length = sizeof(sockaddr_in);
        return address;
    }
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address.length = sizeof(sockaddr_in6);
        return address;
    }
    return std::nullopt;
}

Result<SocketAddress> lookUp(const std::string& host, std::uint16_t port) {
    if (const auto literal = literalAddress(host, port))
        return *literal;
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (failed != 0)
        return fail(ErrorCode::NotFound, fmt::format("The host {} cannot be found: {}.", host, gai_strerror(failed)));
    SocketAddress address;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.length = found->ai_addrlen;
    freeaddrinfo(found);
    return address;
}

Resolver::~Resolver() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        m_questions.clear();
    }
    m_wake.notify_all();
    if (m_thread.joinable())
        m_thread.join();
}

void Resolver::resolve(std::string host, std::uint16_t port, Done done) {
    {
        const std::lock_guard lock(m_mutex);
        m_questions.push_back({std::move(host), port, std::move(done)});
    }
    if (!m_thread.joinable()) {
        m_thread = std::thread([this] { serve(); });
        pthread_setname_np(m_thread.native_handle(), "resolver");
    }
    m_wake.notify_one();
}

void Resolver::serve() {
    std::unique_lock lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [this] { return m_stopping || !m_questions.empty(); });
        if (m_stopping)
            return;
        Question question = std::move(m_questions.front());
        m_questions.pop_front();
        lock.unlock();
        auto answer = lookUp(question.host, question.port);
        m_loop.postFromAnyThread([done = std::move(question.done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
        lock.lock();
    }
}

} // namespace broker::net
