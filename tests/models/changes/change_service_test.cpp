// The one way to change anything, on a cluster made of values.
#include "models/changes/change_service.h"
#include "models/store/database.h"
#include "tests/support/test_registry.h"

#include <QTemporaryDir>
#include <QTest>
#include <mutex>

using namespace models;
using namespace models::changes;

namespace {

struct FakeCluster : ClusterOperations {
    std::mutex mutex; ///< guards all below
    client::ClusterMetadata state;
    QHash<QString, QList<client::ConfigEntry>> settings;
    qint64 end = 100;
    int mutations = 0;
    std::optional<Error> failure;

    FakeCluster() {
        state.brokers = {{1, QStringLiteral("a"), 1, {}}, {2, QStringLiteral("a"), 2, {}}, {3, QStringLiteral("a"), 3, {}}};
        add(QStringLiteral("orders"), 3);
        client::ConfigEntry retention;
        retention.name = QStringLiteral("retention.ms");
        retention.value = QStringLiteral("604800000");
        settings[QStringLiteral("orders")].append(retention);
    }
    void add(const QString& name, int partitions) {
        client::TopicState topic;
        topic.name = name;
        for (int i = 0; i < partitions; ++i)
            topic.partitions.append({i, 1, {1, 2, 3}, {1, 2, 3}});
        state.topics.append(topic);
    }
    Result<void> change() {
        ++mutations;
        if (failure)
            return std::unexpected(*failure);
        return {};
    }

    Result<client::ClusterMetadata> metadata() override {
        const std::lock_guard lock(mutex);
        return state;
    }
    Result<QList<client::ConfigEntry>> configs(const client::ConfigResource& resource) override {
        const std::lock_guard lock(mutex);
        return settings.value(resource.name);
    }
    Result<QList<client::OffsetAnswer>> offsets(const QList<client::OffsetQuery>& queries) override {
        QList<client::OffsetAnswer> answers;
        for (const auto& query : queries)
            answers.append({query.partition, query.at == client::OffsetAt::Earliest ? 0 : end, -1, std::nullopt});
        return answers;
    }
    Result<QList<client::GroupListing>> groups() override { return QList<client::GroupListing>{{QStringLiteral("billing"), {}, {}, false}}; }
    Result<client::GroupDescription> group(const QString& id) override {
        client::GroupDescription description;
        description.id = id;
        description.members.append(client::GroupMember{QStringLiteral("m"), {}, {}, {}, {}});
        return description;
    }
    Result<QList<client::CommittedOffset>> committed(const QString&) override { return QList<client::CommittedOffset>{{{QStringLiteral("orders"), 0}, 5, -1, {}, std::nullopt}}; }
    Result<void> createTopic(const client::ApprovedPlan&, const client::NewTopic& topic) override {
        const std::lock_guard lock(mutex);
        if (auto done = change(); !done)
            return done;
        add(topic.name, topic.partitions);
        return {};
    }
    Result<void> deleteTopic(const client::ApprovedPlan&, const QString& topic) override {
        const std::lock_guard lock(mutex);
        if (auto done = change(); !done)
            return done;
        state.topics.removeIf([&topic](const auto& each) { return each.name == topic; });
        return {};
    }
    Result<void> createPartitions(const client::ApprovedPlan&, const QString&, int) override { return change(); }
    Result<void> alterConfigs(const client::ApprovedPlan&, const client::ConfigResource& resource, const QList<client::ConfigChange>& changes) override {
        const std::lock_guard lock(mutex);
        if (auto done = change(); !done)
            return done;
        for (const auto& each : changes) {
            for (auto& entry : settings[resource.name]) {
                if (entry.name == each.name) {
                    entry.value = each.value;
                    entry.isDefault = each.op == client::ConfigChange::Op::Reset;
                }
            }
        }
        return {};
    }
    Result<QList<client::OffsetAnswer>> deleteRecords(const client::ApprovedPlan&, const QList<client::DeleteBefore>&) override { return QList<client::OffsetAnswer>(); }
    Result<void> deleteGroup(const client::ApprovedPlan&, const QString&) override { return change(); }
    Result<void> setOffsets(const client::ApprovedPlan&, const QString&, const QList<client::CommittedOffset>&) override { return change(); }
    Result<client::OffsetAnswer> produce(const client::ApprovedPlan&, const ProduceMessage& message) override {
        return client::OffsetAnswer{{message.topic, 1}, 42, -1, std::nullopt};
    }
};

} // namespace

class ChangeServiceTest : public QObject {
    Q_OBJECT
private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        m_audit = std::make_unique<audit::AuditLog>(store::Database::open(m_dir->filePath(QStringLiteral("t.db"))).value());
        m_cluster = std::make_shared<FakeCluster>();
        m_readOnly = false;
        Target target;
        target.key = QStringLiteral("c-1");
        target.name = QStringLiteral("payments");
        target.bootstrapServers = QStringLiteral("a:1");
        target.readOnly = [this] { return m_readOnly; };
        target.operations = [this] { return m_cluster; };
        m_service = std::make_unique<ChangeService>(target, m_audit.get());
    }
    void cleanup() {
        m_service.reset();
        m_audit.reset();
    }

    void createsATopic() {
        const auto plan = planned(CreateTopic{{QStringLiteral("payments"), 6, 3, {{QStringLiteral("retention.ms"), QStringLiteral("1000")}}}});
        QVERIFY2(plan.has_value(), plan ? "" : qPrintable(plan.error().toString()));
        QCOMPARE(plan->command, QStringLiteral("kafka-topics.sh --bootstrap-server a:1 --create --topic payments --partitions 6 --replication-factor 3 --config retention.ms=1000"));
        QVERIFY(plan->safety == Safety::Safe);
        QVERIFY(plan->undo != nullptr);
        QCOMPARE(m_cluster->mutations, 0);
        const auto done = applied(*plan);
        QVERIFY2(done.has_value(), done ? "" : qPrintable(done.error().toString()));
        QVERIFY(done->seen);
        const auto rows = m_audit->newest({}, 10).result().value();
        QCOMPARE(rows.size(), 1);
        QVERIFY(rows[0].outcome == audit::Outcome::Done);
        QCOMPARE(rows[0].kind, QStringLiteral("CreateTopic"));
        // And its undo is a change like any other.
        QVERIFY(applied(*planned(*plan->undo)).has_value());
        QCOMPARE(m_cluster->state.topics.size(), 1);
    }

    void refusesWhatCannotBe_data() {
        QTest::addColumn<QString>("name");
        QTest::newRow("empty") << QString();
        QTest::newRow("exists") << QStringLiteral("orders");
        QTest::newRow("space") << QStringLiteral("a b");
        QTest::newRow("umlaut") << QStringLiteral("\u00e4");
        QTest::newRow("dots") << QStringLiteral("..");
        QTest::newRow("long") << QString(250, u'a');
    }
    void refusesWhatCannotBe() {
        QFETCH(QString, name);
        QVERIFY(!planned(CreateTopic{{name, 1, 1, {}}}).has_value());
    }

    void moreReplicasThanBrokersIsSaidBefore() { QVERIFY(!planned(CreateTopic{{QStringLiteral("x"), 1, 4, {}}}).has_value()); }

    void deletingNamesWhatIsLost() {
        const auto plan = planned(DeleteTopic{QStringLiteral("orders")});
        QVERIFY(plan->safety == Safety::Destructive);
        QCOMPARE(plan->typeToConfirm, QStringLiteral("orders"));
        QVERIFY(plan->consequences.join(QString()).contains(QStringLiteral("300")));
        QVERIFY(plan->warnings.join(QString()).contains(QStringLiteral("billing")));
        QVERIFY(plan->undo == nullptr);
    }

    void readOnlyIsRefusedAndNothingIsSent() {
        const auto plan = planned(DeleteTopic{QStringLiteral("orders")});
        m_readOnly = true;
        QVERIFY(m_service->refusal()->code == ErrorCode::ReadOnly);
        const auto done = applied(*plan);
        QVERIFY(!done.has_value() && done.error().code == ErrorCode::ReadOnly);
        QCOMPARE(m_cluster->mutations, 0);
        QVERIFY(m_audit->newest({}, 10).result()->isEmpty());
    }

    void aPlanThatNoLongerFitsIsRefused() {
        const auto plan = planned(AlterConfig{{client::ResourceKind::Topic, QStringLiteral("orders")}, {{client::ConfigChange::Op::Set, QStringLiteral("retention.ms"), QStringLiteral("1000")}}});
        QVERIFY(plan->safety == Safety::Disruptive); // shorter retention loses messages
        m_cluster->settings[QStringLiteral("orders")][0].value = QStringLiteral("5");
        const auto done = applied(*plan);
        QVERIFY(!done.has_value() && done.error().code == ErrorCode::ChangedMeanwhile);
        QCOMPARE(m_cluster->mutations, 0);
    }

    void configsGoAndComeBack() {
        const auto plan = planned(AlterConfig{{client::ResourceKind::Topic, QStringLiteral("orders")}, {{client::ConfigChange::Op::Set, QStringLiteral("retention.ms"), QStringLiteral("1000")}}});
        QCOMPARE(plan->lines.size(), 1);
        QCOMPARE(plan->lines[0].after, QStringLiteral("1000"));
        const auto done = applied(*plan);
        QVERIFY(done.has_value() && done->seen);
        const auto& undo = std::get<AlterConfig>(*plan->undo);
        QVERIFY(undo.changes[0].op == client::ConfigChange::Op::Reset); // it was the default before
        QVERIFY(!planned(AlterConfig{{client::ResourceKind::Topic, QStringLiteral("orders")}, {{client::ConfigChange::Op::Set, QStringLiteral("no.such"), QStringLiteral("1")}}}).has_value());
    }

    void failuresAreKept() {
        const auto plan = planned(DeleteTopic{QStringLiteral("orders")});
        m_cluster->failure = Error{ErrorCode::NotAuthorized, {}, QStringLiteral("TOPIC_AUTHORIZATION_FAILED"), 29};
        QVERIFY(applied(*plan).error().code == ErrorCode::NotAuthorized);
        auto rows = m_audit->newest({}, 10).result().value();
        QVERIFY(rows[0].outcome == audit::Outcome::Failed);
        // No answer means that nobody knows.
        m_cluster->failure = Error{ErrorCode::TimedOut, {}, QStringLiteral("timed out"), 0};
        QVERIFY(!applied(*plan).has_value());
        rows = m_audit->newest({}, 10).result().value();
        QVERIFY(rows[0].outcome == audit::Outcome::Unknown);
    }

    void groupsWithMembersStay() { QVERIFY(planned(DeleteGroup{QStringLiteral("billing")}).error().code == ErrorCode::Refused); }

    void brokersElsewhereCannotBeKilled() {
        QVERIFY(planned(BrokerAction{BrokerAction::Kind::Kill, QStringLiteral("dev"), 2}).error().code == ErrorCode::Unsupported);
        QVERIFY(m_service->refusal(BrokerAction{}).has_value());
    }

    void messagesSayWhereTheyWent() {
        const auto plan = planned(ProduceMessage{QStringLiteral("orders"), -1, QByteArray("k"), std::nullopt, {}});
        QVERIFY(plan->warnings.join(QString()).contains(QStringLiteral("tombstone")));
        QCOMPARE(applied(*plan)->verified, QStringLiteral("partition 1, offset 42"));
    }

    void shellsReadTheCommand() {
        const auto plan = planned(DeleteGroup{QStringLiteral("x")});
        Q_UNUSED(plan)
        const auto create = planned(CreateTopic{{QStringLiteral("t"), 1, 1, {{QStringLiteral("cleanup.policy"), QStringLiteral("it's")}}}});
        QVERIFY2(create->command.contains(QStringLiteral("'cleanup.policy=it'\\''s'")), qPrintable(create->command));
    }

private:
    Result<Plan> planned(const Change& change) {
        std::optional<Result<Plan>> got;
        m_service->plan(change, this, [&got](Result<Plan> plan) { got = std::move(plan); });
        const bool came = QTest::qWaitFor([&got] { return got.has_value(); }, 5000);
        return came ? *got : fail(ErrorCode::TimedOut, {}, QStringLiteral("no plan came"));
    }
    Result<Applied> applied(const Plan& plan) {
        std::optional<Result<Applied>> got;
        m_service->apply(plan, this, [&got](Result<Applied> outcome) { got = std::move(outcome); });
        const bool came = QTest::qWaitFor([&got] { return got.has_value(); }, 8000);
        return came ? *got : fail(ErrorCode::TimedOut, {}, QStringLiteral("no outcome came"));
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<audit::AuditLog> m_audit;
    std::shared_ptr<FakeCluster> m_cluster;
    std::unique_ptr<ChangeService> m_service;
    bool m_readOnly = false;
};

SAMSA_TEST(ChangeServiceTest)
#include "change_service_test.moc"
