#include "tests/embedded-broker/replication/replication_rig.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/storage/directory.h"

#include <algorithm>
#include <fmt/format.h>

namespace tests {

using protocol::KafkaError;
using replication::ReplicaError;

namespace {

constexpr const char* kDir = "/data/1";
constexpr const char* kTopic = "t";

std::int16_t wire(ReplicaError error) {
    switch (error) {
    case ReplicaError::None: return protocol::code(KafkaError::None);
    case ReplicaError::UnknownTopicOrPartition: return protocol::code(KafkaError::UnknownTopicOrPartition);
    case ReplicaError::NotLeaderOrFollower: return protocol::code(KafkaError::NotLeaderOrFollower);
    case ReplicaError::FencedLeaderEpoch: return protocol::code(KafkaError::FencedLeaderEpoch);
    case ReplicaError::UnknownLeaderEpoch: return protocol::code(KafkaError::UnknownLeaderEpoch);
    case ReplicaError::OffsetOutOfRange: return protocol::code(KafkaError::OffsetOutOfRange);
    default: return protocol::code(KafkaError::UnknownServerError);
    }
}

/// What the wire would make of it: one piece of memory.
Slice flat(const Payload& payload) {
    std::vector<std::byte> bytes;
    for (const auto& part : payload.parts()) {
        if (const auto* slice = std::get_if<Slice>(&part)) {
            bytes.insert(bytes.end(), slice->bytes().begin(), slice->bytes().end());
        } else {
            const auto& region = std::get<FileRegion>(part);
            const auto at = bytes.size();
            bytes.resize(at + region.length);
            const auto read = region.file->readAt(region.position, std::span(bytes).subspan(at));
            bytes.resize(at + read.value_or(0));
        }
    }
    return Slice::take(std::move(bytes));
}

} // namespace

// --- broker ----------------------------------------------------------------------------------------------------------------

RigBroker::RigBroker(ReplicationRig& owner, NodeId node) : rig(owner), id(node) {
    const auto formatted = storage::formatDirectory(disk, kDir, {"cluster", id, reservedUuid(static_cast<std::uint8_t>(150 + id))});
    if (!formatted)
        rig.trouble = formatted.error().message;
}

void RigBroker::start(BrokerEpoch brokerEpoch) {
    ++incarnation;
    epoch = brokerEpoch;
    scheduler = std::make_unique<ManualScheduler>();
    pool = std::make_unique<ManualPool>(*scheduler);
    storage::LogManagerOptions options;
    options.logDirs = {kDir};
    options.nodeId = id;
    logs = std::make_unique<storage::LogManager>(storage::LogManagerSeams{disk, *scheduler, *pool}, options);
    if (const auto opened = logs->open(); !opened) {
        rig.trouble = "open: " + opened.error().message;
        return;
    }
    metadata.clear();
    replication::ReplicaManagerSettings settings;
    settings.lagTimeMax = seconds(2);
    replicas = std::make_unique<ReplicaManager>(
        ReplicaManager::Seams{.scheduler = *scheduler,
                              .logs = *logs,
                              .peers = *this,
                              .controller = *this,
                              .self = id,
                              .clusterId = "cluster",
                              .selfEpoch = [this] { return epoch; },
                              .eligible =
                                  [this](NodeId node, BrokerEpoch of) {
                                      const auto it = known.find(node);
                                      return it != known.end() && (of < 0 || it->second == of);
                                  },
                              .logConfig = [](const std::string&) { return storage::LogConfig{.segmentBytes = 4096}; },
                              .minInsyncReplicas = [this](const std::string&) { return rig.minIsr; }},
        settings);
}

void RigBroker::kill(bool power, Random& random) {
    if (power)
        disk.powerOffAfter(0);
    replicas.reset();
    logs.reset();
    pool->drop();
    pool.reset();
    scheduler.reset();
    if (power)
        disk.powerOn(random);
}

void RigBroker::fetch(NodeId leader, const protocol::FetchRequest& request, OnFetched done) {
    auto answerTo = std::make_shared<OnFetched>(std::move(done));
    const int asked = incarnation;
    const auto reply = [this, asked, leader, answerTo](Result<protocol::FetchResponse> response) {
        rig.messages[leader * 4 + id].push_back([this, asked, answerTo, response = std::move(response)]() mutable {
            if (up() && incarnation == asked)
                (*answerTo)(std::move(response));
        });
    };
    rig.messages[id * 4 + leader].push_back([this, request, leader, reply] {
        auto& peer = *rig.brokers.at(leader);
        if (!peer.up())
            return reply(fail(ErrorCode::Unavailable, "dead"));
        replication::FetchParams params;
        params.replica = id;
        params.replicaEpoch = request.replicaState.replicaEpoch;
        params.maxWait = milliseconds(request.maxWaitMs);
        params.minBytes = request.minBytes;
        params.maxBytes = static_cast<std::int32_t>(rig.random->between(1, 3000));
        std::vector<replication::FetchEntry> entries;
        for (const auto& topic : request.topics)
            for (const auto& partition : topic.partitions)
                entries.push_back({.tp = {kTopic, partition.partition},
                                   .topicId = topic.topicId,
                                   .offset = partition.fetchOffset,
                                   .currentLeaderEpoch = partition.currentLeaderEpoch,
                                   .lastFetchedEpoch = partition.lastFetchedEpoch,
                                   .logStartOffset = partition.logStartOffset,
                                   .maxBytes = 1 << 20});
        const auto asIs = entries;
        peer.replicas->fetch(params, std::move(entries), [asIs, reply](std::vector<replication::FetchOutcome> outcomes) {
            protocol::FetchResponse response;
            auto& topic = response.responses.emplace_back();
            topic.topicId = ReplicationRig::topicId();
            for (std::size_t i = 0; i < outcomes.size(); ++i) {
                auto& partition = topic.partitions.emplace_back();
                partition.partitionIndex = asIs[i].tp.partition;
                partition.errorCode = wire(outcomes[i].error);
                partition.highWatermark = outcomes[i].highWatermark;
                partition.logStartOffset = outcomes[i].logStartOffset;
                if (outcomes[i].diverging) {
                    partition.divergingEpoch.epoch = outcomes[i].diverging->epoch;
                    partition.divergingEpoch.endOffset = outcomes[i].diverging->endOffset;
                }
                partition.records = protocol::Records(flat(outcomes[i].records));
            }
            reply(std::move(response));
        });
    });
}

void RigBroker::alterPartition(const protocol::AlterPartitionRequest& request, OnAltered done) {
    auto answerTo = std::make_shared<OnAltered>(std::move(done));
    rig.messages[id * 4].push_back([this, request, answerTo, asked = incarnation] {
        const auto response = rig.alter(request);
        rig.messages[id].push_back([this, response, answerTo, asked] {
            if (up() && incarnation == asked)
                (*answerTo)(response);
        });
    });
}

// --- controller ------------------------------------------------------------------------------------------------------------

ReplicationRig::ReplicationRig(std::uint64_t seed, int partitions, std::int32_t min) : random(makeSeededRandom(seed)), minIsr(min) {
    for (int index = 0; index < partitions; ++index) {
        auto& each = facts[index];
        each.replicas = {1, 2, 3};
        each.isr = {1, 2, 3};
        each.leader = 1 + index % 3;
        each.leaderEpoch = 0;
        each.partitionEpoch = 0;
    }
    for (NodeId id = 1; id <= 3; ++id) {
        brokers[id] = std::make_unique<RigBroker>(*this, id);
        start(id);
    }
}

ReplicationRig::~ReplicationRig() {
    for (auto& [id, broker] : brokers)
        if (broker->up())
            broker->kill(false, *random);
}

void ReplicationRig::tellAll(std::vector<PartitionIndex> indexes) {
    MetadataChanges changes;
    for (const auto index : indexes)
        changes.changed.push_back({{kTopic, index}, topicId(), facts[index], {}});
    changes.brokersChanged = true;
    for (auto& [id, broker] : brokers)
        if (broker->up() && live.contains(id))
            broker->metadata.push_back([broker = broker.get(), changes, known = live] {
                broker->known = known;
                broker->replicas->apply(changes);
            });
}

void ReplicationRig::elect(PartitionIndex index) {
    auto& each = facts[index];
    each.leader = kNoNode;
    for (const NodeId member : each.isr)
        if (live.contains(member))
            each.leader = member;
    ++each.leaderEpoch;
    ++each.partitionEpoch;
    log::debug("rig", "t-{}: broker {} elected for epoch {} of {} in sync", index, each.leader, each.leaderEpoch, each.isr.size());
}

void ReplicationRig::registerBroker(NodeId id) {
    live[id] = m_nextEpoch++;
    brokers.at(id)->epoch = live[id];
    std::vector<PartitionIndex> all;
    for (auto& [index, each] : facts) {
        all.push_back(index);
        if (each.leader == kNoNode)
            elect(index);
    }
    tellAll(all);
}

void ReplicationRig::brokerDied(NodeId id) {
    live.erase(id);
    std::vector<PartitionIndex> touched;
    for (auto& [index, each] : facts) {
        const bool member = std::ranges::find(each.isr, id) != each.isr.end();
        if (!member)
            continue;
        touched.push_back(index);
        if (each.isr.size() > 1)
            std::erase(each.isr, id);
        if (each.leader == id)
            elect(index);
        else
            ++each.partitionEpoch;
    }
    tellAll(touched);
}

protocol::AlterPartitionResponse ReplicationRig::alter(const protocol::AlterPartitionRequest& request) {
    protocol::AlterPartitionResponse response;
    const auto sender = live.find(request.brokerId);
    if (sender == live.end() || sender->second != request.brokerEpoch) {
        response.errorCode = protocol::code(KafkaError::StaleBrokerEpoch);
        return response;
    }
    std::vector<PartitionIndex> touched;
    for (const auto& topic : request.topics) {
        auto& topicAnswer = response.topics.emplace_back();
        topicAnswer.topicId = topic.topicId;
        for (const auto& partition : topic.partitions) {
            auto& each = facts[partition.partitionIndex];
            auto& answer = topicAnswer.partitions.emplace_back();
            answer.partitionIndex = partition.partitionIndex;
            const bool eligible = std::ranges::all_of(partition.newIsrWithEpochs, [&](const auto& member) {
                const auto it = live.find(member.brokerId);
                return it != live.end() && (member.brokerEpoch < 0 || it->second == member.brokerEpoch);
            });
            if (partition.leaderEpoch != each.leaderEpoch || each.leader != request.brokerId) {
                answer.errorCode = protocol::code(KafkaError::FencedLeaderEpoch);
            } else if (partition.partitionEpoch != each.partitionEpoch) {
                answer.errorCode = protocol::code(KafkaError::InvalidUpdateVersion);
            } else if (!eligible) {
                answer.errorCode = protocol::code(KafkaError::IneligibleReplica);
            } else {
                each.isr.clear();
                for (const auto& member : partition.newIsrWithEpochs)
                    each.isr.push_back(member.brokerId);
                ++each.partitionEpoch;
                touched.push_back(partition.partitionIndex);
            }
            answer.leaderId = each.leader;
            answer.leaderEpoch = each.leaderEpoch;
            answer.partitionEpoch = each.partitionEpoch;
            answer.isr = each.isr;
        }
    }
    if (!touched.empty())
        tellAll(touched);
    return response;
}

// --- moves -----------------------------------------------------------------------------------------------------------------

void ReplicationRig::kill(NodeId id, bool power) {
    log::debug("rig", "broker {} dies{}", id, power ? " without power" : "");
    brokers.at(id)->kill(power, *random);
    // What its sockets carried is gone; its peers' requests learn of it.
    for (int other = 0; other < 4; ++other)
        messages[id * 4 + other].clear();
    for (auto& [index, producer] : m_producers) {
        if (producer.asked == id) {
            producer.asked = kNoNode;
            ++producer.attempt;
        }
    }
    brokerDied(id);
}

void ReplicationRig::start(NodeId id) {
    log::debug("rig", "broker {} starts", id);
    brokers.at(id)->start(m_nextEpoch);
    for (const auto& found : brokers.at(id)->logs->logs())
        log::debug("rig", "broker {} has {}-{} [{}, {})", id, found->topicPartition().topic, found->topicPartition().partition,
                   found->logStartOffset(), found->logEndOffset());
    registerBroker(id);
}

bool ReplicationRig::deliver() {
    const auto first = random->below(16);
    for (std::uint64_t n = 0; n < 16; ++n) {
        auto& queue = messages[(first + n) % 16];
        if (queue.empty())
            continue;
        auto message = std::move(queue.front());
        queue.pop_front();
        message();
        return true;
    }
    return false;
}

void ReplicationRig::step() {
    auto& broker = *brokers.at(static_cast<NodeId>(random->between(1, 3)));
    const auto what = random->below(10);
    if (what < 3) {
        deliver();
        return;
    }
    if (!broker.up())
        return;
    if (what < 5) {
        broker.scheduler->run();
    } else if (what < 8) {
        broker.pool->runOne(*random);
    } else if (what < 9) {
        if (!broker.metadata.empty()) {
            auto task = std::move(broker.metadata.front());
            broker.metadata.pop_front();
            task();
        }
    } else {
        broker.scheduler->advance(milliseconds(random->between(1, 40)));
    }
}

void ReplicationRig::settle(Duration time) {
    for (Duration passed{0}; passed < time; passed += milliseconds(5)) {
        for (auto& [id, broker] : brokers) {
            if (!broker->up())
                continue;
            while (!broker->metadata.empty()) {
                auto task = std::move(broker->metadata.front());
                broker->metadata.pop_front();
                task();
            }
        }
        bool moved = true;
        for (int turns = 0; moved && turns < 10'000; ++turns) {
            moved = deliver();
            for (auto& [id, broker] : brokers) {
                if (!broker->up())
                    continue;
                broker->scheduler->run();
                moved = broker->pool->runOne() || moved;
            }
        }
        for (auto& [id, broker] : brokers)
            if (broker->up())
                broker->scheduler->advance(milliseconds(5));
    }
}

void ReplicationRig::produce() {
    const auto index = static_cast<PartitionIndex>(random->below(facts.size()));
    const NodeId target = random->below(4) == 0 ? static_cast<NodeId>(random->between(1, 3)) : facts[index].leader;
    const auto it = brokers.find(target);
    if (it == brokers.end() || !it->second->up())
        return;
    const std::string value = fmt::format("{}-{}", m_nextValue++, std::string(random->below(300), 'x'));
    protocol::RecordBatchBuilder builder;
    const int records = static_cast<int>(random->between(1, 3));
    for (int i = 0; i < records; ++i)
        builder.append(1'700'000'000'000, std::nullopt, asBytes(value));
    replication::AppendRequest request;
    request.entries.push_back({{kTopic, index}, builder.build()});
    request.timeout = seconds(30);
    it->second->replicas->append(std::move(request), [this, index, value, records](std::vector<replication::AppendOutcome> outcomes) {
        if (outcomes[0].error == ReplicaError::None)
            log::debug("rig", "t-{}: {} acknowledged", index, outcomes[0].info.firstOffset);
        if (outcomes[0].error == ReplicaError::None)
            for (int i = 0; i < records; ++i)
                m_acked.push_back({index, outcomes[0].info.firstOffset + i, value});
    });
}

void ReplicationRig::produceIdempotent() {
    const auto index = static_cast<PartitionIndex>(random->below(facts.size()));
    auto& producer = m_producers[index];
    const auto leader = brokers.find(facts[index].leader);
    if (producer.asked != kNoNode || leader == brokers.end() || !leader->second->up())
        return;
    if (!producer.last.empty() && random->below(4) == 0)
        return send(index, producer.last[random->below(producer.last.size())], true);
    if (!producer.current) {
        producer.current = Batch{producer.nextSequence, fmt::format("p{}-{}-{}", index, producer.nextSequence, std::string(random->below(200), 'y')), kNoOffset};
        producer.nextSequence += 2;
    }
    send(index, *producer.current, false);
}

void ReplicationRig::send(PartitionIndex index, const Batch& batch, bool again) {
    auto& producer = m_producers[index];
    producer.asked = facts[index].leader;
    const auto attempt = ++producer.attempt;
    protocol::RecordBatchBuilder builder({.producerId = 1000 + index, .producerEpoch = 0, .baseSequence = batch.sequence});
    for (int i = 0; i < 2; ++i)
        builder.append(1'700'000'000'000, std::nullopt, asBytes(fmt::format("{}#{}", batch.value, i)));
    replication::AppendRequest request;
    request.entries.push_back({{kTopic, index}, builder.build()});
    request.timeout = seconds(3);
    brokers.at(producer.asked)->replicas->append(std::move(request), [this, index, batch, again, attempt](std::vector<replication::AppendOutcome> outcomes) {
        auto& asker = m_producers[index];
        if (asker.attempt != attempt)
            return;
        asker.asked = kNoNode;
        const auto& outcome = outcomes[0];
        if (outcome.error == ReplicaError::OutOfOrderSequence || outcome.error == ReplicaError::InvalidProducerEpoch ||
            outcome.error == ReplicaError::DuplicateSequence)
            trouble = fmt::format("partition {}: sequence {} is answered with {}", index, batch.sequence, toString(outcome.error));
        if (outcome.error != ReplicaError::None)
            return; // the same again, later
        if (again) {
            if (outcome.info.firstOffset != batch.offset)
                trouble = fmt::format("partition {}: sequence {} was acknowledged at {}, its retry at {}", index, batch.sequence, batch.offset,
                                      outcome.info.firstOffset);
            return;
        }
        asker.current->offset = outcome.info.firstOffset;
        for (int i = 0; i < 2; ++i)
            m_acked.push_back({index, outcome.info.firstOffset + i, fmt::format("{}#{}", batch.value, i)});
        asker.last.push_back(*asker.current);
        if (asker.last.size() > 4)
            asker.last.pop_front();
        asker.current.reset();
    });
}

// --- what must hold --------------------------------------------------------------------------------------------------------

std::string ReplicationRig::checkInvariants() {
    if (!trouble.empty())
        return trouble;
    for (const auto& [index, each] : facts)
        for (const NodeId member : each.isr)
            if (!live.contains(member) && each.isr.size() > 1)
                return fmt::format("partition {}: dead broker {} in the in-sync set", index, member);
    for (const auto& [id, broker] : brokers) {
        if (!broker->up())
            continue;
        for (const auto& partition : broker->replicas->partitions()) {
            const auto& log = partition->log();
            const Offset highWatermark = partition->highWatermark();
            if (highWatermark > log.logEndOffset())
                return fmt::format("broker {}: high watermark {} above the log's end {}", id, highWatermark, log.logEndOffset());
            if (!partition->isLeader())
                continue;
            if (highWatermark > log.syncedEndOffset())
                return fmt::format("leader {}: high watermark {} above what is synced {}", id, highWatermark, log.syncedEndOffset());
            auto& last = m_lastHighWatermark[{id, partition->topicPartition().partition}];
            if (last.first == partition->leaderEpoch() && highWatermark < last.second)
                return fmt::format("leader {}: high watermark fell from {} to {} within epoch {}", id, last.second, highWatermark, last.first);
            last = {partition->leaderEpoch(), highWatermark};
        }
    }
    return {};
}

std::string ReplicationRig::checkEnd() {
    std::map<PartitionIndex, std::map<Offset, std::string>> contents;
    for (const auto& [index, each] : facts) {
        std::optional<std::map<Offset, std::string>> first;
        if (each.isr.size() != 3)
            return fmt::format("partition {}: only {} in sync at the end", index, each.isr.size());
        for (const auto& [id, broker] : brokers) {
            const auto partition = broker->replicas->find({kTopic, index});
            if (!partition)
                return fmt::format("broker {} has no partition {}", id, index);
            std::map<Offset, std::string> content;
            auto& log = partition->log();
            for (Offset at = log.logStartOffset(); at < log.logEndOffset();) {
                const auto bytes = log.readBytes(at, 1 << 20, log.logEndOffset());
                if (!bytes || bytes->empty())
                    return fmt::format("broker {} partition {}: cannot read at {}", id, index, at);
                protocol::BatchWalker walker(bytes->bytes());
                while (const auto batch = walker.next()) {
                    const auto walked = protocol::forEachRecord(*batch, [&](const protocol::RecordView& record) {
                        content[record.offset] = fmt::format("{}@{}", asText(*record.value), batch->partitionLeaderEpoch());
                        return true;
                    });
                    if (!walked)
                        return walked.error().message;
                    at = batch->nextOffset();
                }
            }
            if (!first)
                first = content;
            else if (*first != content)
                return fmt::format("partition {}: broker {} differs from broker 1 ({} and {} records)", index, id, content.size(), first->size());
        }
        std::set<std::string> seen;
        for (const auto& [offset, value] : *first)
            if (value.starts_with("p") && !seen.insert(value.substr(0, value.rfind('@'))).second)
                return fmt::format("partition {}: the record at {} is there twice", index, offset);
        contents[index] = std::move(*first);
    }
    for (const auto& acked : m_acked) {
        const auto it = contents[acked.partition].find(acked.offset);
        if (it == contents[acked.partition].end() || !it->second.starts_with(acked.value + "@"))
            return fmt::format("partition {}: the acknowledged record at {} is lost", acked.partition, acked.offset);
    }
    return {};
}

} // namespace tests
