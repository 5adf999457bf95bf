// The quorum's own APIs on the controller listener (Vote 52, BeginQuorumEpoch 53, EndQuorumEpoch 54, Fetch 1, FetchSnapshot 59)
// and DescribeQuorum (55), which brokers forward to the leader.

#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/register.h"
#include "embedded-broker/raft/wire.h"

namespace broker::handlers {

namespace {

template <class Response>
void refuse(const RequestContext& request) {
    Response response;
    response.errorCode = protocol::code(protocol::KafkaError::ClusterAuthorizationFailed);
    request.reply(response);
}

template <class Message, class Response>
void serveQuorum(BrokerContext& broker, Request<Message> request) {
    if (broker.raft == nullptr)
        return request.refuse("this node has no part in the quorum");
    if (!Access(broker, request.origin()).isPeer())
        return refuse<Response>(request);
    raft::serve(*broker.raft, *broker.quorum, *request, [request](Response response) { request.reply(response); });
}

void handleQuorumFetch(BrokerContext& broker, Request<protocol::FetchRequest> request) {
    if (broker.raft == nullptr)
        return request.refuse("this node has no part in the quorum");
    if (!Access(broker, request.origin()).isPeer())
        return refuse<protocol::FetchResponse>(request);
    const NodeId replica = request.version() >= 15 ? request->replicaState.replicaId : request->replicaId;
    if (broker.identifyPeer)
        broker.identifyPeer(request.origin().connection, replica);
    raft::serve(*broker.raft, *broker.quorum, *request, request.version(),
                [request](protocol::FetchResponse response) { request.reply(response); });
}

void handleFetchSnapshot(BrokerContext& broker, Request<protocol::FetchSnapshotRequest> request) {
    if (broker.raft == nullptr)
        return request.refuse("this node has no part in the quorum");
    if (!Access(broker, request.origin()).isPeer())
        return refuse<protocol::FetchSnapshotResponse>(request);
    if (broker.identifyPeer)
        broker.identifyPeer(request.origin().connection, request->replicaId);
    raft::serve(*broker.raft, *broker.quorum, *request, [request](protocol::FetchSnapshotResponse response) { request.reply(response); });
}

void handleDescribeQuorum(BrokerContext& broker, Request<protocol::DescribeQuorumRequest> request) {
    if (!Access(broker, request.origin()).cluster(Operation::Describe))
        return refuse<protocol::DescribeQuorumResponse>(request);
    if (broker.raft == nullptr || !broker.raft->isLeader())
        return request.notController();
    request.reply(raft::describeQuorum(*broker.raft, *broker.quorum, *request));
}

} // namespace

void addQuorumHandlers(HandlerTable& table) {
    using namespace protocol;
    table.add(serveQuorum<VoteRequest, VoteResponse>, Role::Controller);
    table.add(serveQuorum<BeginQuorumEpochRequest, BeginQuorumEpochResponse>, Role::Controller);
    table.add(serveQuorum<EndQuorumEpochRequest, EndQuorumEpochResponse>, Role::Controller);
    table.add(handleQuorumFetch, Role::Controller);
    table.add(handleFetchSnapshot, Role::Controller);
    table.addForwarded(handleDescribeQuorum);
}

} // namespace broker::handlers
