// WriteTxnMarkers (27): from coordinators, and from administrators who end a hanging transaction.
#include "embedded-broker/handlers/write_txn_markers.h"

#include "embedded-broker/groups/group_coordinator.h"
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/group_error_codes.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/transaction_handlers.h"
#include "embedded-broker/protocol/record_batch.h"

#include <memory>

namespace broker::handlers {
namespace {

using protocol::KafkaError;
using Response = protocol::WriteTxnMarkersResponse;
using Marker = protocol::WriteTxnMarkersRequest::WritableTxnMarker;

constexpr std::string_view kOffsetsTopic = "__consumer_offsets";
/// Answers of one request leave together: a partition whose replicas are slow must not hold the others for long.
constexpr Duration kAppendTimeout = seconds(10);

struct Gathering {
    Response response;
    std::size_t missing = 1; ///< one for who starts the appends
    std::move_only_function<void(Response)> done;
    void arrived() {
        if (--missing == 0)
            done(std::move(response));
    }
};

/// Where an outcome goes: marker, topic and partition in the answer.
struct Place {
    std::size_t marker = 0;
    std::size_t topic = 0;
    std::size_t partition = 0;
    void set(Response& response, KafkaError error) const {
        response.markers[marker].topics[topic].partitions[partition].errorCode = protocol::code(error);
    }
};

/// To the coordinator a group's partition is one like others: it looks for the leader again.
KafkaError offsetsError(groups::GroupError error) {
    switch (error) {
    case groups::GroupError::NotCoordinator:
    case groups::GroupError::CoordinatorNotAvailable:
    case groups::GroupError::CoordinatorLoadInProgress: return KafkaError::NotLeaderOrFollower;
    default: return kafkaError(error);
    }
}

void writeOne(BrokerContext& broker, const Marker& marker, std::size_t number, const std::shared_ptr<Gathering>& gathering) {
    auto& answer = gathering->response.markers.emplace_back();
    answer.producerId = marker.producerId;
    replication::AppendRequest append;
    append.acks = -1;
    append.timeout = kAppendTimeout;
    append.options.origin = storage::AppendOptions::Origin::Coordinator;
    append.options.transactionVersion = marker.transactionVersion;
    std::vector<Place> places;
    const Slice batch = protocol::endTransactionBatch(marker.producerId, marker.producerEpoch, marker.transactionResult, marker.coordinatorEpoch,
                                                      broker.scheduler.wallNow());
    for (const auto& topic : marker.topics) {
        auto& topicAnswer = answer.topics.emplace_back();
        topicAnswer.name = topic.name;
        for (const auto index : topic.partitionIndexes) {
            topicAnswer.partitions.emplace_back().partitionIndex = index;
            const Place place{number, answer.topics.size() - 1, topicAnswer.partitions.size() - 1};
            if (topic.name != kOffsetsTopic) {
                append.entries.push_back({{topic.name, index}, batch});
                places.push_back(place);
                continue;
            }
            groups::TransactionEnd end;
            end.producer = {marker.producerId, marker.producerEpoch, marker.transactionVersion};
            end.commit = marker.transactionResult;
            end.coordinatorEpoch = marker.coordinatorEpoch;
            ++gathering->missing;
            broker.groups->endTransaction(index, end, [gathering, place](groups::GroupError error) {
                place.set(gathering->response, offsetsError(error));
                gathering->arrived();
            });
        }
    }
    if (append.entries.empty())
        return;
    ++gathering->missing;
    std::vector<TopicPartition> partitions;
    for (const auto& entry : append.entries)
        partitions.push_back(entry.tp);
    broker.replicas->append(std::move(append), [&broker, gathering, places = std::move(places),
                                                partitions = std::move(partitions)](std::vector<replication::AppendOutcome> outcomes) {
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            places[i].set(gathering->response, partitionError(broker, outcomes[i].error, partitions[i]));
        gathering->arrived();
    });
}

void handle(BrokerContext& broker, Request<protocol::WriteTxnMarkersRequest> request) {
    const Access access(broker, request.origin());
    if (!access.cluster(Operation::ClusterAction) && !access.cluster(Operation::Alter)) {
        Response response;
        for (const auto& marker : request->markers) {
            auto& each = response.markers.emplace_back();
            each.producerId = marker.producerId;
            for (const auto& topic : marker.topics) {
                auto& eachTopic = each.topics.emplace_back();
                eachTopic.name = topic.name;
                for (const auto index : topic.partitionIndexes) {
                    auto& partition = eachTopic.partitions.emplace_back();
                    partition.partitionIndex = index;
                    partition.errorCode = protocol::code(KafkaError::ClusterAuthorizationFailed);
                }
            }
        }
        return request.reply(response);
    }
    writeTxnMarkers(broker, *request, [request](const Response& response) { request.reply(response); });
}

} // namespace

void writeTxnMarkers(BrokerContext& broker, const protocol::WriteTxnMarkersRequest& request, std::move_only_function<void(Response)> done) {
    auto gathering = std::make_shared<Gathering>();
    gathering->done = std::move(done);
    gathering->response.markers.reserve(request.markers.size());
    for (std::size_t i = 0; i < request.markers.size(); ++i)
        writeOne(broker, request.markers[i], i, gathering);
    gathering->arrived();
}

void addWriteTxnMarkers(HandlerTable& table) { table.add<protocol::WriteTxnMarkersRequest>(handle); }

} // namespace broker::handlers
