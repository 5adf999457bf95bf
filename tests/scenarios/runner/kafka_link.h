#pragma once
// A blocking client of one broker over our own codec: what a scenario needs to ask anything of any Kafka.
// One thread; every call has a deadline and throws ScenarioError when it passes.

#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/codec.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

struct ssl_st;

namespace scenarios {

class ScenarioError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Who logs in to a cluster with SASL_SSL, and whom that cluster is believed by.
struct Login {
    std::string caFile;
    std::string user;
    std::string password;
};

class KafkaLink {
public:
    /// `login` null: PLAINTEXT. Else TLS and SCRAM-SHA-512; ScenarioError("login refused: ...") when that fails.
    KafkaLink(std::string host, std::uint16_t port, const Login* login = nullptr);
    ~KafkaLink();
    KafkaLink(const KafkaLink&) = delete;
    KafkaLink& operator=(const KafkaLink&) = delete;

    /// Sends without waiting; the answer is read by receive(), in order. Returns the correlation id.
    template <class Request>
    std::int32_t send(const Request& request, std::int16_t version) {
        const std::int32_t id = ++m_correlation;
        write(broker::protocol::encodeRequest(request, version, id, "scenario"));
        return id;
    }
    template <class Response>
    Response receive(std::int32_t correlationId, std::int16_t version) {
        broker::protocol::Reader reader(readFrame());
        const auto id = broker::protocol::decodeResponseHead(reader, Response::kApiKey, version);
        if (!id || *id != correlationId)
            throw ScenarioError("an answer with another correlation id");
        auto response = Response::decode(reader, version);
        if (!response)
            throw ScenarioError(response.error().message);
        if (reader.left() != 0)
            throw ScenarioError("an answer with bytes left over");
        return std::move(*response);
    }
    template <class Response, class Request>
    Response ask(const Request& request, std::int16_t version) {
        return receive<Response>(send(request, version), version);
    }

private:
    void write(const broker::Payload& frame);
    broker::Slice readFrame();
    void startTls(const std::string& host, const Login& login);
    void logIn(const Login& login);
    void readAll(std::byte* into, std::size_t size);
    void close();
    int m_socket = -1;
    ssl_st* m_tls = nullptr;
    std::int32_t m_correlation = 0;
};

} // namespace scenarios
