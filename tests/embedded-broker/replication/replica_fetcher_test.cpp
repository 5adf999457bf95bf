// A follower's fetcher against a leader that the test plays: answers that come too late must not touch what was begun since.

#include "embedded-broker/protocol/kafka_error.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/replication/replica_fetcher.h"
#include "embedded-broker/storage/directory.h"
#include "embedded-broker/storage/log_manager.h"
#include "tests/support/fake_disk.h"
#include "tests/support/manual_pool.h"
#include "tests/support/manual_scheduler.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::replication;
using namespace tests;

namespace {

constexpr NodeId kSelf = 3;
constexpr NodeId kLeader = 2;

struct Asked {
    protocol::FetchRequest request;
    PeerLink::OnFetched done;
};

struct Leader final : PeerLink {
    std::deque<Asked> asked;
    void fetch(NodeId, const protocol::FetchRequest& request, OnFetched done) override { asked.push_back({request, std::move(done)}); }
};

struct Follower {
    FakeDisk disk;
    ManualScheduler scheduler;
    ManualPool pool{scheduler};
    std::unique_ptr<storage::LogManager> logs;
    Leader leader;
    std::shared_ptr<Partition> partition;
    std::unique_ptr<ReplicaFetcher> fetcher;
    std::int32_t session = 0;
    bool othersAreFenced = false;
    std::vector<IsrProposal> proposed;

    Follower() {
        if (const auto formatted = storage::formatDirectory(disk, "/data", {"cluster", kSelf, reservedUuid(150)}); !formatted)
            qFatal("format: %s", formatted.error().message.c_str());
        storage::LogManagerOptions options;
        options.logDirs = {"/data"};
        options.nodeId = kSelf;
        logs = std::make_unique<storage::LogManager>(storage::LogManagerSeams{disk, scheduler, pool}, options);
        if (const auto opened = logs->open(); !opened)
            qFatal("open: %s", opened.error().message.c_str());
        auto log = logs->createLog({"records", 0}, reservedUuid(200), storage::LogConfig{}, std::nullopt);
        if (!log)
            qFatal("createLog: %s", log.error().message.c_str());
        fetcher = std::make_unique<ReplicaFetcher>(
            ReplicaFetcher::Seams{.scheduler = scheduler, .link = leader, .self = kSelf, .selfEpoch = [] { return BrokerEpoch{9}; }, .clusterId = "cluster"},
            kLeader, FetcherSettings{});
        partition = std::make_shared<Partition>(Partition::Seams{.scheduler = scheduler,
                                                                 .self = kSelf,
                                                                 .selfEpoch = [] { return BrokerEpoch{9}; },
                                                                 .eligible = [this](NodeId, BrokerEpoch) { return !othersAreFenced; },
                                                                 .propose = [this](Partition&, const IsrProposal& proposal) { proposed.push_back(proposal); },
                                                                 .onFollowerSynced = [this](Partition& of, Offset end) { fetcher->synced(of, end); }},
                                                TopicPartition{"records", 0}, reservedUuid(200), *log);
        partition->watchLog();
    }

    void follow(LeaderEpoch epoch) {
        partition->follow({.leader = kLeader, .leaderEpoch = epoch, .partitionEpoch = epoch + 1, .replicas = {1, 2, 3}, .isr = {2, 3}});
        fetcher->add(partition);
        settle();
    }
    void settle() {
        scheduler.run();
        while (pool.runOne())
            scheduler.run();
    }
    Asked take() {
        if (leader.asked.empty())
            qFatal("nothing was asked");
        auto first = std::move(leader.asked.front());
        leader.asked.pop_front();
        return first;
    }
    static protocol::FetchResponse answer(std::int32_t session) {
        protocol::FetchResponse response;
        response.sessionId = session;
        return response;
    }
    template <class Change>
    static protocol::FetchResponse about(std::int32_t session, Change change) {
        auto response = answer(session);
        auto& topic = response.responses.emplace_back();
        topic.topicId = reservedUuid(200);
        auto& partition = topic.partitions.emplace_back();
        partition.partitionIndex = 0;
        partition.highWatermark = 0;
        partition.logStartOffset = 0;
        change(partition);
        return response;
    }
    /// What the leader has been told that we want: the epoch of the newest request that names the partition.
    [[nodiscard]] LeaderEpoch askedEpoch() {
        LeaderEpoch epoch = kNoEpoch;
        for (const auto& asked : leader.asked)
            for (const auto& topic : asked.request.topics)
                for (const auto& each : topic.partitions)
                    epoch = each.currentLeaderEpoch;
        return epoch;
    }
    void append(const char* value, LeaderEpoch epoch) {
        protocol::RecordBatchBuilder builder;
        builder.append(1'700'000'000'000, std::nullopt, asBytes(std::string_view(value)));
        const auto appended = partition->log().appendAsLeader(builder.build(), epoch, {});
        QVERIFY2(appended, appended ? "" : appended.error().message.c_str());
        settle();
    }
};

} // namespace

class ReplicaFetcherTest : public QObject {
    Q_OBJECT
private slots:
    /// The other side: what was fetched while the follower was fenced counts the moment it is not, and the next one follows the answer.
    void aLeaderTakesInWhoIsUnfenced() {
        Follower f;
        f.othersAreFenced = true;
        f.partition->lead({.leader = kSelf, .leaderEpoch = 3, .partitionEpoch = 4, .replicas = {1, 2, kSelf}, .isr = {kSelf}});
        for (const NodeId follower : {1, 2}) {
            FetchParams params;
            params.replica = follower;
            params.replicaEpoch = 7;
            FetchEntry entry;
            entry.offset = 0;
            QVERIFY(f.partition->followerFetched(params, entry) == ReplicaError::None);
        }
        QVERIFY(f.proposed.empty());
        f.othersAreFenced = false;
        f.partition->eligibilityChanged();
        QCOMPARE(f.proposed.size(), std::size_t{1});
        QCOMPARE(f.proposed.front().isr.size(), std::size_t{2});
        f.partition->isrAnswered(IsrAnswer::Accepted, f.proposed.front(),
                                 {.leader = kSelf, .leaderEpoch = 3, .partitionEpoch = 5, .replicas = {1, 2, kSelf}, .isr = {1, kSelf}});
        QCOMPARE(f.proposed.size(), std::size_t{2});
        QCOMPARE(f.proposed.back().isr.size(), std::size_t{3});
        // A refusal is no reason to ask the same again at once.
        f.partition->isrAnswered(IsrAnswer::Ineligible, f.proposed.back(), {});
        QCOMPARE(f.proposed.size(), std::size_t{2});
    }

    /// The answer to what was asked in an older epoch arrives after the metadata: the partition would wait for metadata that are here
    /// already, and never be fetched again.
    void aLateFencedAnswerDoesNotStopTheNewEpoch() {
        Follower f;
        f.follow(3);
        f.take().done(Follower::answer(77)); // the full request opens the session
        f.settle();
        auto late = f.take();                // waits at the leader, in epoch 3
        f.follow(4);
        late.done(Follower::about(77, [](auto& p) { p.errorCode = static_cast<std::int16_t>(protocol::KafkaError::FencedLeaderEpoch); }));
        f.settle();
        f.scheduler.advance(seconds(2));
        QCOMPARE(f.askedEpoch(), LeaderEpoch{4});
        f.take().done(Follower::answer(77));
        f.settle();
        QVERIFY(!f.leader.asked.empty()); // and on
    }

    /// The same with an answer that says to cut: it speaks of a history that a newer leader may have gone on with.
    void aLateDivergingAnswerCutsNothing() {
        Follower f;
        f.append("one", 3);
        f.append("two", 3);
        f.follow(3);
        f.take().done(Follower::answer(77));
        f.settle();
        auto late = f.take();
        f.follow(5);
        late.done(Follower::about(77, [](auto& p) {
            p.divergingEpoch.epoch = 2;
            p.divergingEpoch.endOffset = 0;
        }));
        f.settle();
        QCOMPARE(f.partition->log().logEndOffset(), Offset{2});
        QCOMPARE(f.askedEpoch(), LeaderEpoch{5});
    }

    /// FENCED_LEADER_EPOCH in answer to the current epoch: the leader is ahead of our metadata, which call add() again.
    void aFencedAnswerWaitsForMetadata() {
        Follower f;
        f.follow(3);
        f.take().done(Follower::about(77, [](auto& p) { p.errorCode = static_cast<std::int16_t>(protocol::KafkaError::FencedLeaderEpoch); }));
        f.settle();
        f.scheduler.advance(seconds(2));
        QCOMPARE(f.askedEpoch(), kNoEpoch);
        f.leader.asked.clear();
        f.follow(4);
        QCOMPARE(f.askedEpoch(), LeaderEpoch{4});
    }
};

SAMSA_TEST(ReplicaFetcherTest)
#include "replica_fetcher_test.moc"
