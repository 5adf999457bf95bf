// DescribeLogDirs (35): what lies where on this broker's disks, and how much room there is.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/replication_answers.h"
#include "embedded-broker/handlers/replication_handlers.h"
#include "embedded-broker/protocol/messages/describe_log_dirs_request.h"
#include "embedded-broker/protocol/messages/describe_log_dirs_response.h"

#include <map>
#include <set>

namespace broker::handlers {
namespace {

void handle(BrokerContext& broker, Request<protocol::DescribeLogDirsRequest> request) {
    protocol::DescribeLogDirsResponse response;
    if (!Access(broker, request.origin()).cluster(Operation::Describe)) {
        response.errorCode = protocol::code(protocol::KafkaError::ClusterAuthorizationFailed);
        return request.reply(response);
    }
    std::set<TopicPartition> wanted;
    if (request->topics)
        for (const auto& topic : *request->topics)
            for (const std::int32_t partition : topic.partitions)
                wanted.insert({topic.topic, partition});

    using Topics = std::map<std::string, std::vector<std::shared_ptr<replication::Partition>>>;
    std::map<std::string, Topics> byDirectory;
    for (auto& partition : broker.replicas->partitions())
        if (!request->topics || wanted.contains(partition->topicPartition()))
            byDirectory[partition->log().rootDirectory()][partition->topicPartition().topic].push_back(partition);

    for (const auto& directory : broker.replicas->logs().directories()) {
        auto& result = response.results.emplace_back();
        result.logDir = directory.path;
        result.totalBytes = static_cast<std::int64_t>(directory.totalBytes);
        result.usableBytes = static_cast<std::int64_t>(directory.freeBytes);
        for (const auto& [name, partitions] : byDirectory[directory.path]) {
            auto& topic = result.topics.emplace_back();
            topic.name = name;
            for (const auto& partition : partitions) {
                auto& each = topic.partitions.emplace_back();
                each.partitionIndex = partition->topicPartition().partition;
                each.partitionSize = static_cast<std::int64_t>(partition->log().sizeBytes());
                each.offsetLag = std::max<std::int64_t>(partition->highWatermark() - partition->log().logEndOffset(), 0);
            }
        }
    }
    request.reply(response);
}

} // namespace

void addDescribeLogDirs(HandlerTable& table) { table.add<protocol::DescribeLogDirsRequest>(handle); }

} // namespace broker::handlers
