#pragma once
// Broker 1 with a real log, asked by handing requests to its handler table. Brokers 2 and 3 exist in the metadata only: the test speaks
// for them.

#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/metadata/metadata_delta.h"
#include "embedded-broker/metadata/record.h"
#include "embedded-broker/replication/metadata_changes.h"
#include "tests/embedded-broker/storage/storage_rig.h"

#include <optional>
#include <string>

namespace tests {

class ReplicaHandlersRig : broker::replication::PeerLink, broker::replication::ControllerLink, broker::handlers::ControllerGate {
public:
    ReplicaHandlersRig();
    virtual ~ReplicaHandlersRig(); ///< stops the replicas: everybody gets an answer

    /// A topic whose one partition broker 1 leads. With `replicas` {1,2,3} all are in sync.
    broker::Uuid createTopic(const std::string& name, std::vector<broker::NodeId> replicas = {1});
    /// Applies records as the metadata log would bring them.
    void apply(const std::vector<broker::metadata::Record>& records);
    void elect(const std::string& topic, broker::NodeId leader, broker::LeaderEpoch epoch, std::vector<broker::NodeId> isr);

    template <class Response>
    struct Pending {
        std::shared_ptr<std::optional<broker::Payload>> answer = std::make_shared<std::optional<broker::Payload>>();
        std::shared_ptr<bool> refused = std::make_shared<bool>(false);
        std::shared_ptr<bool> silent = std::make_shared<bool>(false);
        std::int16_t version = 0;
        [[nodiscard]] bool answered() const { return answer->has_value(); }
        [[nodiscard]] Response get() const {
            std::vector<std::byte> bytes;
            for (const auto& part : (*answer)->parts()) {
                if (const auto* slice = std::get_if<broker::Slice>(&part)) {
                    bytes.insert(bytes.end(), slice->bytes().begin(), slice->bytes().end());
                } else {
                    const auto& region = std::get<broker::FileRegion>(part);
                    const auto at = bytes.size();
                    bytes.resize(at + region.length);
                    if (!region.file->readAt(region.position, std::span(bytes).subspan(at)))
                        qFatal("a file region cannot be read");
                }
            }
            broker::protocol::Reader reader(broker::Slice::take(std::move(bytes)));
            if (!broker::protocol::decodeResponseHead(reader, Response::kApiKey, version))
                qFatal("the answer has no head");
            auto response = Response::decode(reader, version);
            if (!response)
                qFatal("the answer cannot be read: %s", response.error().message.c_str());
            return *response;
        }
    };

    /// Hands it to the handler; turns and disk jobs run only when `settle()` is called.
    template <class Response, class Request>
    Pending<Response> ask(const Request& request, std::int16_t version, const std::string& clientId = "test", bool interBroker = true) {
        Pending<Response> pending;
        pending.version = version;
        send(Request::kApiKey, version, broker::protocol::encodeRequest(request, version, 7, clientId), clientId, interBroker, pending.answer,
             pending.refused, pending.silent);
        return pending;
    }
    /// The same, and everything that follows from it at once.
    template <class Response, class Request>
    Response call(const Request& request, std::int16_t version) {
        auto pending = ask<Response>(request, version);
        storage.settle();
        if (!pending.answered())
            qFatal("no answer");
        return pending.get();
    }

    StorageRig storage;
    std::unique_ptr<broker::Random> random = broker::makeSeededRandom(5);
    broker::handlers::HandlerTable table;
    std::unique_ptr<broker::handlers::BrokerContext> context;
    std::unique_ptr<broker::replication::ReplicaManager> replicas;
    std::int32_t minIsr = 1;

private:
    void send(std::int16_t key, std::int16_t version, broker::Payload frame, const std::string& clientId, bool interBroker,
              std::shared_ptr<std::optional<broker::Payload>> answer, std::shared_ptr<bool> refused, std::shared_ptr<bool> silent);
    void fetch(broker::NodeId, const broker::protocol::FetchRequest&, OnFetched) override {}
    void alterPartition(const broker::protocol::AlterPartitionRequest&, OnAltered) override {}
    void forward(broker::handlers::RequestContext request) override { request.refuse("no controller here"); }
    void createTopics(const std::vector<std::string>&) override {}
    void allocateProducerIds(std::function<void(broker::Result<std::pair<broker::ProducerId, std::int32_t>>)> done) override {
        done(std::pair<broker::ProducerId, std::int32_t>(m_nextProducerId, 10));
        m_nextProducerId += 10;
    }

    broker::ProducerId m_nextProducerId = 100;
    std::uint8_t m_nextTopic = 1;
    broker::Offset m_offset = 10;
};

} // namespace tests
