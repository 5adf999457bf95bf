#include "tests/support/wire_broker.h"

#include "embedded-broker/protocol/api_table.h"
#include "embedded-broker/protocol/messages/api_versions_response.h"
#include "embedded-broker/protocol/messages/list_offsets_request.h"
#include "embedded-broker/protocol/messages/list_offsets_response.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_request.h"
#include "embedded-broker/protocol/messages/sasl_authenticate_response.h"
#include "embedded-broker/protocol/messages/sasl_handshake_request.h"
#include "embedded-broker/protocol/messages/sasl_handshake_response.h"
#include "tests/support/loopback.h"

#include <csignal>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tests {

using namespace broker::protocol;

struct WireBroker::Connection {
    int fd = -1;
    std::unique_ptr<SSL, decltype(&::SSL_free)> tls{nullptr, ::SSL_free};
    bool loggedIn = false;
    std::string mechanism;
    int step = 0;

    bool read(std::byte* to, std::size_t count) {
        while (count > 0) {
            const auto got = tls ? ::SSL_read(tls.get(), to, static_cast<int>(count)) : static_cast<int>(::recv(fd, to, count, 0));
            if (got <= 0)
                return false;
            to += got;
            count -= static_cast<std::size_t>(got);
        }
        return true;
    }
    bool write(const std::byte* from, std::size_t count) {
        while (count > 0) {
            const auto sent = tls ? ::SSL_write(tls.get(), from, static_cast<int>(count)) : static_cast<int>(::send(fd, from, count, MSG_NOSIGNAL));
            if (sent <= 0)
                return false;
            from += sent;
            count -= static_cast<std::size_t>(sent);
        }
        return true;
    }
};

WireBroker::WireBroker(int id) : m_id(id) {
    const auto [fd, port] = listenOnLoopback();
    m_listen = fd;
    m_port = port;
}

WireBroker::~WireBroker() { stop(); }

namespace {

/// Signed by itself, for a server of that name or for a client.
X509* certificateOf(EVP_PKEY* key, const std::string& name, long validFromSeconds, long validUntilSeconds) {
    X509* certificate = ::X509_new();
    ::X509_set_version(certificate, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), 1);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate), validFromSeconds);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate), validUntilSeconds);
    ::X509_set_pubkey(certificate, key);
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    ::X509_set_issuer_name(certificate, ::X509_get_subject_name(certificate));
    const bool address = name.find_first_not_of("0123456789.") == std::string::npos;
    X509_EXTENSION* names = ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ((address ? "IP:" : "DNS:") + name).c_str());
    ::X509_add_ext(certificate, names, -1);
    ::X509_EXTENSION_free(names);
    ::X509_sign(certificate, key, ::EVP_sha256());
    return certificate;
}

QByteArray takeBytes(BIO* bio) {
    char* text = nullptr;
    const auto length = BIO_get_mem_data(bio, &text);
    const QByteArray bytes(text, static_cast<qsizetype>(length));
    ::BIO_free(bio);
    return bytes;
}

} // namespace

QByteArray WireBroker::useTls(const std::string& name, long validFromSeconds, long validUntilSeconds) {
    EVP_PKEY* key = ::EVP_EC_gen("P-256");
    X509* certificate = certificateOf(key, name, validFromSeconds, validUntilSeconds);
    m_tls = {::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free};
    ::SSL_CTX_use_certificate(m_tls.get(), certificate);
    ::SSL_CTX_use_PrivateKey(m_tls.get(), key);
    BIO* bio = ::BIO_new(::BIO_s_mem());
    ::PEM_write_bio_X509(bio, certificate);
    ::X509_free(certificate);
    ::EVP_PKEY_free(key);
    return takeBytes(bio);
}

QByteArray WireBroker::wantClientOfKeyStore(const std::string& password) {
    EVP_PKEY* key = ::EVP_EC_gen("P-256");
    X509* certificate = certificateOf(key, "client", -60, 3600);
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(m_tls.get()), certificate);
    wantClientCertificate();
    PKCS12* store = ::PKCS12_create(password.c_str(), "client", key, certificate, nullptr, 0, 0, 0, 0, 0);
    BIO* bio = ::BIO_new(::BIO_s_mem());
    ::i2d_PKCS12_bio(bio, store);
    ::PKCS12_free(store);
    ::X509_free(certificate);
    ::EVP_PKEY_free(key);
    return takeBytes(bio);
}

void WireBroker::wantClientCertificate() { ::SSL_CTX_set_verify(m_tls.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr); }

void WireBroker::start() {
    m_accepting = std::thread([this] { accept(); });
}

void WireBroker::stop() {
    if (m_stopping.exchange(true))
        return;
    ::shutdown(m_listen, SHUT_RDWR);
    if (m_accepting.joinable())
        m_accepting.join();
    ::close(m_listen);
    {
        const auto guard = lock();
        for (const int fd : m_open)
            ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : m_serving)
        thread.join();
}

void WireBroker::accept() {
    for (;;) {
        const int fd = ::accept4(m_listen, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0)
            return;
        {
            const auto guard = lock();
            m_open.insert(fd);
        }
        m_serving.emplace_back([this, fd] {
            // OpenSSL writes to sockets that a client may have closed. In this thread only: that ours never raise it is what some tests are about.
            sigset_t pipe;
            ::sigemptyset(&pipe);
            ::sigaddset(&pipe, SIGPIPE);
            ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
            Connection connection;
            connection.fd = fd;
            if (m_tls) {
                connection.tls.reset(::SSL_new(m_tls.get()));
                ::SSL_set_fd(connection.tls.get(), fd);
            }
            if (!m_tls || ::SSL_accept(connection.tls.get()) == 1)
                serve(connection);
            const auto guard = lock();
            m_open.erase(fd);
            ::close(fd);
        });
    }
}

void WireBroker::serve(Connection& connection) {
    for (;;) {
        std::byte head[4];
        if (!connection.read(head, 4))
            return;
        const auto size = loadBig<std::uint32_t>(head);
        if (size > (1U << 20))
            return;
        std::vector<std::byte> frame(size);
        if (!connection.read(frame.data(), size))
            return;
        const auto reply = answer(connection, broker::Slice::take(std::move(frame)));
        if (reply.empty() || !connection.write(reply.data(), reply.size()))
            return;
    }
}

namespace {

template <class Response>
std::vector<std::byte> frameOf(const Response& response, std::int16_t version, std::int32_t correlation) {
    Writer writer;
    writer.int32(0);
    encodeResponseHead(writer, Response::kApiKey, version, correlation);
    response.encode(writer, version);
    const auto slice = writer.finishAsSlice();
    std::vector<std::byte> frame(slice.bytes().begin(), slice.bytes().end());
    storeBig(frame.data(), static_cast<std::uint32_t>(frame.size() - 4));
    return frame;
}

} // namespace

std::vector<std::byte> WireBroker::answer(Connection& connection, const broker::Slice& frame) {
    Reader reader(frame);
    const auto head = decodeRequestHead(reader);
    if (!head)
        return {};
    const auto guard = lock();
    const bool secured = !plainUsers.empty() || scram || !bearerTokens.empty();
    if (secured && !connection.loggedIn && head->apiKey != ApiVersionsResponse::kApiKey && head->apiKey != SaslHandshakeRequest::kApiKey
        && head->apiKey != SaslAuthenticateRequest::kApiKey)
        return {};
    switch (head->apiKey) {
    case ApiVersionsResponse::kApiKey: {
        ApiVersionsResponse response;
        const std::pair<std::int16_t, std::int16_t> keys[] = {{1, 12}, {2, 6}, {3, 9}, {17, 1}, {18, 0}, {36, 1}};
        for (const auto& [key, version] : keys) {
            auto& api = response.apiKeys.emplace_back();
            api.apiKey = key;
            api.minVersion = key == 1 ? 4 : 0;
            api.maxVersion = version;
        }
        // As Kafka does: who asks in a newer version is told to ask in this one. (librdkafka 2.8 crashes on an answer in a version that it did not ask for.)
        response.errorCode = head->apiVersion == 0 ? 0 : 35;
        return frameOf(response, 0, head->correlationId);
    }
    case SaslHandshakeRequest::kApiKey: {
        const auto request = SaslHandshakeRequest::decode(reader, head->apiVersion);
        SaslHandshakeResponse response;
        response.mechanisms = {!plainUsers.empty() ? "PLAIN" : scram ? "SCRAM-SHA-256" : "OAUTHBEARER"};
        connection.mechanism = request->mechanism;
        response.errorCode = response.mechanisms[0] == connection.mechanism ? 0 : 33;
        return frameOf(response, head->apiVersion, head->correlationId);
    }
    case SaslAuthenticateRequest::kApiKey: {
        const auto request = SaslAuthenticateRequest::decode(reader, head->apiVersion);
        const std::string message(request->authBytes.text());
        SaslAuthenticateResponse response;
        if (connection.mechanism == "PLAIN") {
            const auto second = message.find('\0', 1);
            const std::string user = message.substr(1, second - 1);
            connection.loggedIn = plainUsers.contains(user) && plainUsers[user] == message.substr(second + 1);
        } else if (connection.mechanism == "OAUTHBEARER") {
            // As Kafka does: what is wrong is a challenge, and the error comes once the client has given up.
            const auto from = message.find("auth=Bearer "), to = message.find('\x01', from);
            connection.loggedIn = from != std::string::npos && bearerTokens.contains(message.substr(from + 12, to - from - 12));
            if (from != std::string::npos)
                bearerMessage = message;
            if (!connection.loggedIn && message != "\x01")
                response.authBytes = broker::Slice::copy(std::string(R"({"status":"invalid_token"})"));
        } else {
            response.authBytes = broker::Slice::copy(scram(connection.step++, message));
            connection.loggedIn = connection.step == 2 && !response.authBytes.empty();
        }
        if (!connection.loggedIn && !endsRefusalsInSilence && (connection.mechanism == "PLAIN" || response.authBytes.empty())) {
            response.errorCode = 58;
            response.errorMessage = "Authentication failed";
        }
        return frameOf(response, head->apiVersion, head->correlationId);
    }
    case MetadataRequest::kApiKey: {
        MetadataResponse response;
        const auto name = [&](const WireBroker& each) {
            auto& broker = response.brokers.emplace_back();
            broker.nodeId = each.m_id;
            broker.host = each.advertisedHost;
            broker.port = each.m_port;
        };
        name(*this);
        for (const auto* peer : peers)
            name(*peer);
        auto& each = response.topics.emplace_back();
        each.name = topic;
        for (const auto& [partition, log] : logs) {
            auto& state = each.partitions.emplace_back();
            state.partitionIndex = partition;
            state.leaderId = leaders.contains(partition) ? leaders[partition] : m_id;
        }
        return frameOf(response, head->apiVersion, head->correlationId);
    }
    case ListOffsetsRequest::kApiKey: {
        const auto request = ListOffsetsRequest::decode(reader, head->apiVersion);
        ListOffsetsResponse response;
        auto& each = response.topics.emplace_back();
        each.name = topic;
        for (const auto& partition : request->topics[0].partitions) {
            auto& offset = each.partitions.emplace_back();
            offset.partitionIndex = partition.partitionIndex;
            const auto& log = logs[partition.partitionIndex];
            offset.offset = partition.timestamp == -2 ? logStart : log.empty() ? 0 : log.back().next;
        }
        return frameOf(response, head->apiVersion, head->correlationId);
    }
    case FetchRequest::kApiKey: {
        const auto request = FetchRequest::decode(reader, head->apiVersion);
        ++fetches;
        std::vector<std::byte> raw;
        if (rawFetch && rawFetch(*request, raw))
            return raw;
        FetchResponse response;
        auto& each = response.responses.emplace_back();
        each.topic = topic;
        for (const auto& asked : request->topics[0].partitions) {
            auto& data = each.partitions.emplace_back();
            data.partitionIndex = asked.partition;
            data.logStartOffset = logStart;
            const auto& log = logs[asked.partition];
            data.highWatermark = data.lastStableOffset = log.empty() ? 0 : log.back().next;
            if (leaders.contains(asked.partition) && leaders[asked.partition] != m_id)
                data.errorCode = 6;
            else if (asked.fetchOffset < logStart || asked.fetchOffset > data.highWatermark)
                data.errorCode = 1;
            std::vector<std::byte> records;
            for (const auto& batch : log) {
                if (data.errorCode != 0 || batch.next <= asked.fetchOffset)
                    continue;
                if (!records.empty() && records.size() + batch.bytes.size() > static_cast<std::size_t>(asked.partitionMaxBytes))
                    break;
                records.insert(records.end(), batch.bytes.begin(), batch.bytes.end());
            }
            data.records = Records(broker::Slice::take(std::move(records)));
            if (onFetch)
                onFetch(asked.partition, asked.fetchOffset, data);
        }
        return frameOf(response, head->apiVersion, head->correlationId);
    }
    default: return {};
    }
}

} // namespace tests
