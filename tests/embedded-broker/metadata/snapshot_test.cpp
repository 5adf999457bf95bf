// An image written down as records and read again is the same image; when it is due, and what a running node makes of one.

#include "embedded-broker/metadata/image_records.h"
#include "embedded-broker/metadata/metadata_loader.h"
#include "embedded-broker/metadata/snapshot_generator.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::metadata;

namespace {

Uuid uuid(std::uint8_t last) {
    Uuid id;
    id.bytes[0] = 7;
    id.bytes[15] = last;
    return id;
}

Slice bytes(std::string_view text) { return Slice::copy(text); }

/// One of everything that an image has.
std::vector<Record> everything() {
    std::vector<Record> all;
    protocol::FeatureLevelRecord elr;
    elr.name = "eligible.leader.replicas.version";
    elr.featureLevel = 1;
    protocol::FeatureLevelRecord version;
    version.name = "metadata.version";
    version.featureLevel = 30;
    protocol::RegisterControllerRecord controller;
    controller.controllerId = 3;
    controller.incarnationId = uuid(1);
    controller.endPoints.emplace_back().name = "CONTROLLER";
    protocol::RegisterBrokerRecord broker;
    broker.brokerId = 1;
    broker.brokerEpoch = 5;
    broker.incarnationId = uuid(2);
    broker.rack = "r1";
    broker.fenced = false;
    broker.inControlledShutdown = true;
    broker.logDirs = {uuid(3), uuid(4)};
    auto& endpoint = broker.endPoints.emplace_back();
    endpoint.name = "PLAINTEXT";
    endpoint.host = "localhost";
    endpoint.port = 9092;
    auto& feature = broker.features.emplace_back();
    feature.name = "metadata.version";
    feature.minSupportedVersion = 7;
    feature.maxSupportedVersion = 30;
    protocol::TopicRecord topic;
    topic.name = "orders";
    topic.topicId = uuid(5);
    protocol::PartitionRecord partition;
    partition.topicId = uuid(5);
    partition.partitionId = 0;
    partition.replicas = {1, 2, 3};
    partition.directories = {uuid(3), uuid(6), uuid(7)};
    partition.isr = {1};
    partition.removingReplicas = {3};
    partition.addingReplicas = {2};
    partition.leader = 1;
    partition.leaderRecoveryState = kRecovering;
    partition.leaderEpoch = 9;
    partition.partitionEpoch = 12;
    partition.eligibleLeaderReplicas = std::vector<NodeId>{2};
    partition.lastKnownElr = std::vector<NodeId>{3};
    protocol::ConfigRecord config;
    config.resourceType = static_cast<std::int8_t>(ResourceType::Topic);
    config.resourceName = "orders";
    config.name = "retention.ms";
    config.value = "1000";
    protocol::ProducerIdsRecord producers;
    producers.nextProducerId = 4000;
    protocol::AccessControlEntryRecord acl;
    acl.id = uuid(8);
    acl.resourceType = 2;
    acl.resourceName = "orders";
    acl.patternType = 4;
    acl.principal = "User:alice";
    acl.host = "*";
    acl.operation = 3;
    acl.permissionType = 3;
    protocol::UserScramCredentialRecord user;
    user.name = "alice";
    user.mechanism = 2;
    user.salt = bytes("salt");
    user.storedKey = bytes("stored");
    user.serverKey = bytes("server");
    user.iterations = 8192;
    protocol::ClientQuotaRecord quota;
    auto& entity = quota.entity.emplace_back();
    entity.entityType = "user";
    entity.entityName = "alice";
    quota.key = "producer_byte_rate";
    quota.value = 100;
    protocol::DelegationTokenRecord token;
    token.owner = "User:alice";
    token.tokenId = "token";
    for (Record record : {Record(version), Record(elr), Record(controller), Record(broker), Record(topic), Record(partition), Record(config), Record(producers),
                          Record(acl), Record(user), Record(quota), Record(token)})
        all.push_back(std::move(record));
    return all;
}

ImagePtr imageOf(const std::vector<Record>& records) {
    MetadataDelta delta(std::make_shared<const MetadataImage>());
    for (const auto& record : records)
        delta.apply(record);
    return delta.finish(41, 3);
}

std::vector<std::string> printed(const std::vector<Record>& records) {
    std::vector<std::string> lines;
    for (const auto& record : records)
        lines.push_back(printRecord(record));
    return lines;
}

raft::Batch batchOf(Offset base, Offset next, const std::vector<Record>& records) {
    raft::Batch batch;
    batch.baseOffset = base;
    batch.nextOffset = next;
    batch.epoch = 3;
    batch.timestamp = 1000;
    batch.bytes = 100;
    for (const auto& record : records)
        batch.records.push_back(encodeRecord(record));
    return batch;
}

struct Watcher final : MetadataPublisher {
    std::set<Uuid> deleted, changed;
    std::set<NodeId> brokers;
    std::set<ConfigResource> configs;
    ImagePtr image;
    void onMetadata(const MetadataDelta& delta, const ImagePtr& next) override {
        deleted.clear();
        changed.clear();
        for (const auto& [id, name] : delta.deletedTopics())
            deleted.insert(id);
        for (const auto& [id, indexes] : delta.changedPartitions())
            changed.insert(id);
        brokers = delta.changedBrokers();
        configs = delta.changedConfigs();
        image = next;
    }
};

} // namespace

class SnapshotTest : public QObject {
    Q_OBJECT
private slots:
    void anImageAndItsRecordsAreTheSame() {
        const auto all = everything();
        const auto records = imageRecords(*imageOf(all));
        auto expected = printed(all);
        auto found = printed(records);
        QCOMPARE(found.front(), expected.front()); // metadata.version says how to read the rest
        // Kafka's order is not the order in which they were written; a producer id block belongs to nobody any more.
        std::ranges::sort(expected);
        std::ranges::sort(found);
        for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i)
            if (!expected[i].starts_with("ProducerIdsRecord"))
                QCOMPARE(found[i], expected[i]);
        QCOMPARE(found.size(), expected.size());
        QCOMPARE(printed(imageRecords(*imageOf(records))), printed(records));
    }

    void ofWhatIsOnlyKeptTheLastWordCounts() {
        auto all = everything();
        protocol::ClientQuotaRecord quota;
        auto& entity = quota.entity.emplace_back();
        entity.entityType = "user";
        entity.entityName = "alice";
        quota.key = "producer_byte_rate";
        quota.value = 200;
        all.emplace_back(quota);
        protocol::RemoveDelegationTokenRecord gone;
        gone.tokenId = "token";
        all.emplace_back(gone);
        std::size_t quotas = 0;
        for (const auto& record : imageRecords(*imageOf(all))) {
            QVERIFY(record.get<protocol::DelegationTokenRecord>() == nullptr && record.get<protocol::RemoveDelegationTokenRecord>() == nullptr);
            if (const auto* found = record.get<protocol::ClientQuotaRecord>()) {
                QCOMPARE(found->value, 200.0);
                ++quotas;
            }
        }
        QCOMPARE(quotas, std::size_t{1});
    }

    /// A node that was behind is given the state of today: it must see what went, what came and what changed.
    void aRunningNodeIsToldWhatASnapshotChanges() {
        MetadataLoader loader;
        Watcher watcher;
        loader.addPublisher(&watcher);
        auto before = everything();
        protocol::TopicRecord old;
        old.name = "old";
        old.topicId = uuid(20);
        before.emplace_back(old);
        protocol::TopicRecord again;
        again.name = "again";
        again.topicId = uuid(21);
        before.emplace_back(again);
        protocol::RegisterBrokerRecord gone;
        gone.brokerId = 9;
        before.emplace_back(gone);
        loader.onCommit({batchOf(0, 20, before)});
        auto after = everything();
        again.topicId = uuid(22); // deleted and made again under its name
        after.emplace_back(again);
        protocol::RegisterBrokerRecord came;
        came.brokerId = 8;
        after.emplace_back(came);
        protocol::ConfigRecord config;
        config.resourceType = static_cast<std::int8_t>(ResourceType::Broker);
        config.name = "log.cleaner.threads";
        config.value = "2";
        after.emplace_back(config);
        loader.onSnapshot(batchOf(0, 90, after));
        QCOMPARE(watcher.deleted, (std::set<Uuid>{uuid(20), uuid(21)}));
        QCOMPARE(watcher.changed, (std::set<Uuid>{uuid(22)}));
        QCOMPARE(watcher.brokers, (std::set<NodeId>{8, 9}));
        QCOMPARE(watcher.configs, (std::set<ConfigResource>{{ResourceType::Broker, ""}}));
        QCOMPARE(watcher.image->offset(), Offset{89});
        QVERIFY(watcher.image->topic("old") == nullptr);
        QCOMPARE(watcher.image->topic("again")->id, uuid(22));
        // and goes on from there
        protocol::TopicRecord next;
        next.name = "next";
        next.topicId = uuid(23);
        loader.onCommit({batchOf(90, 91, {next})});
        QVERIFY(loader.image()->topic("next") != nullptr && loader.image()->topic("orders") != nullptr);
    }

    void oneIsWrittenWhenItIsDue() {
        tests::ManualScheduler scheduler;
        std::vector<Offset> written;
        std::function<void(Result<void>)> finish;
        SnapshotGenerator generator({.bytes = 250, .interval = seconds(60)}, scheduler, [&](const ImagePtr& image, WallMs, std::function<void(Result<void>)> done) {
            written.push_back(image->offset());
            finish = std::move(done);
        });
        MetadataLoader loader;
        loader.setSnapshots(&generator);
        protocol::NoOpRecord nothing;
        loader.onCommit({batchOf(0, 1, {nothing})});
        loader.onCommit({batchOf(1, 2, {nothing})});
        QVERIFY(written.empty());
        loader.onCommit({batchOf(2, 3, {nothing})}); // 300 bytes
        QCOMPARE(written, std::vector<Offset>{2});
        loader.onCommit({batchOf(3, 4, {nothing}), batchOf(4, 5, {nothing}), batchOf(5, 6, {nothing})});
        QCOMPARE(written.size(), std::size_t{1}); // one at a time
        finish({});
        loader.onCommit({batchOf(6, 7, {nothing})});
        QCOMPARE(written, (std::vector<Offset>{2, 6}));
        finish(fail(ErrorCode::NoSpace, "full"));
        scheduler.advance(seconds(61));
        QCOMPARE(written.size(), std::size_t{2}); // nothing has changed
        protocol::BeginTransactionRecord begin;
        loader.onCommit({batchOf(7, 8, {begin})});
        QCOMPARE(written.size(), std::size_t{2}); // not in the middle of it
        protocol::EndTransactionRecord end;
        loader.onCommit({batchOf(8, 9, {end})});
        QCOMPARE(written, (std::vector<Offset>{2, 6, 8}));
    }
};

SAMSA_TEST(SnapshotTest)
#include "snapshot_test.moc"
