#pragma once
// A web server in this process that answers each request with what a test says. One connection at a time; closes after each answer.

#include "tests/support/loopback.h"

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <unistd.h>

namespace tests {

class HttpServer {
public:
    /// `answer` gets head and body as they came; what it returns is sent as it is. Empty: nothing is sent, and the connection stays until the other side ends it.
    explicit HttpServer(std::function<std::string(const std::string& request)> answer) : m_answer(std::move(answer)) {
        const auto [fd, listening] = listenOnLoopback();
        m_listen = fd;
        m_port = listening;
        m_thread = std::thread([this] { serve(); });
    }
    ~HttpServer() {
        m_stopping = true;
        ::shutdown(m_listen, SHUT_RDWR);
        if (const int fd = m_open; fd >= 0)
            ::shutdown(fd, SHUT_RDWR);
        m_thread.join();
        ::close(m_listen);
    }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] int port() const { return m_port; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port) + "/token"; }
    std::atomic<int> requests{0};

    static std::string reply(int status, const std::string& body) {
        return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
    }

private:
    void serve() {
        while (!m_stopping) {
            const int fd = ::accept4(m_listen, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0)
                return;
            m_open = fd;
            std::string request;
            char piece[4096];
            for (;;) {
                const auto got = ::recv(fd, piece, sizeof piece, 0);
                if (got <= 0)
                    break;
                request.append(piece, static_cast<std::size_t>(got));
                const auto end = request.find("\r\n\r\n");
                const auto length = request.find("Content-Length: ");
                if (end != std::string::npos && (length == std::string::npos || request.size() >= end + 4 + std::stoul(request.substr(length + 16))))
                    break;
            }
            if (!request.empty()) {
                ++requests;
                const auto answer = m_answer(request);
                ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
                if (answer.empty())
                    while (::recv(fd, piece, sizeof piece, 0) > 0) {}
            }
            m_open = -1;
            ::close(fd);
        }
    }

    std::function<std::string(const std::string&)> m_answer;
    std::atomic<bool> m_stopping{false};
    std::atomic<int> m_open{-1};
    int m_listen = -1;
    int m_port = 0;
    std::thread m_thread;
};

} // namespace tests
