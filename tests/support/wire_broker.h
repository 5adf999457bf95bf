#pragma once
// A broker of one topic in this process, for tests of clients: speaks just enough of the protocol, over plain sockets or TLS, and lies where a test wants it to.
// Its log of each partition is the bytes that the test puts there.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/protocol/messages/fetch_request.h"
#include "embedded-broker/protocol/messages/fetch_response.h"

#include <QByteArray>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

struct ssl_ctx_st;

namespace tests {

class WireBroker {
public:
    using FetchAnswer = broker::protocol::FetchResponse::FetchableTopicResponse::PartitionData;
    struct Batch {
        std::int64_t first = 0;
        std::int64_t next = 0;
        std::vector<std::byte> bytes;
    };

    explicit WireBroker(int id = 1);
    ~WireBroker();
    /// From here on its connections are encrypted by a certificate that it signed itself for `name`; its PEM is the answer.
    QByteArray useTls(const std::string& name, long validFromSeconds = -60, long validUntilSeconds = 3600);
    /// After useTls: clients have to show a certificate, and none that they could show is taken.
    void wantClientCertificate();
    /// After useTls: clients have to show the certificate of the PKCS#12 key store that is the answer; it opens with `password`.
    QByteArray wantClientOfKeyStore(const std::string& password);
    void start();
    void stop(); ///< closes its port and its connections
    [[nodiscard]] int port() const { return m_port; }
    [[nodiscard]] int id() const { return m_id; }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(m_port); }

    // ---- what it has and says; set before start(), or under lock() ------------------------------------------------------------------
    std::unique_lock<std::mutex> lock() { return std::unique_lock(m_mutex); }
    std::string topic = "orders";
    std::map<int, std::vector<Batch>> logs;       ///< by partition
    std::map<int, int> leaders;                   ///< by partition; not named: itself
    std::vector<WireBroker*> peers;               ///< others that metadata names
    std::string advertisedHost = "127.0.0.1";
    std::int64_t logStart = 0;
    std::function<void(int partition, std::int64_t offset, FetchAnswer&)> onFetch; ///< changes an answer
    std::function<bool(const broker::protocol::FetchRequest&, std::vector<std::byte>& frame)> rawFetch; ///< true = `frame` is the whole answer, size and all
    /// Set: connections must log in. PLAIN: the user's password. SCRAM: what the server says after each message.
    std::map<std::string, std::string> plainUsers;
    std::function<std::string(int step, const std::string& message)> scram;
    std::set<std::string> bearerTokens; ///< OAUTHBEARER: those that are taken
    bool endsRefusalsInSilence = false; ///< as no broker should: what follows a refusal has no error
    std::string bearerMessage;          ///< the last one that came
    std::atomic<int> fetches{0};
    std::atomic<int> fetchesInFlightMax{0};

private:
    struct Connection;
    void accept();
    void serve(Connection& connection);
    std::vector<std::byte> answer(Connection& connection, const broker::Slice& frame);

    const int m_id;
    int m_listen = -1;
    int m_port = 0;
    std::shared_ptr<ssl_ctx_st> m_tls;
    std::mutex m_mutex;
    std::atomic<bool> m_stopping{false};
    std::thread m_accepting;
    std::vector<std::thread> m_serving;
    std::set<int> m_open; ///< descriptors, guarded by m_mutex
};

} // namespace tests
