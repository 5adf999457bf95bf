#include "models/changes/operations.h"

#include "models/client/cluster_handle.h"
#include "models/client/config_scope.h"
#include "models/client/producer.h"
#include "models/wire/access_client.h"
#include "models/wire/cluster_defaults.h"

#include <QCoreApplication>
#include <mutex>

namespace models::changes {
namespace {

using client::ApprovedPlan;

Result<void> firstOutcome(const Result<QList<client::NamedOutcome>>& outcomes) {
    if (!outcomes)
        return std::unexpected(outcomes.error());
    if (!outcomes->isEmpty() && outcomes->first().error)
        return std::unexpected(*outcomes->first().error);
    return {};
}

/// UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS, NON_EMPTY_GROUP, GROUP_SUBSCRIBED_TO_TOPIC: how Kafka says that the group is in use.
bool isOccupied(int kafkaCode) { return kafkaCode == 25 || kafkaCode == 27 || kafkaCode == 68 || kafkaCode == 86; }

class HandleOperations : public ClusterOperations {
public:
    explicit HandleOperations(std::shared_ptr<client::ClusterHandle> handle) : m_handle(std::move(handle)) {}

    Result<client::ClusterMetadata> metadata() override {
        auto metadata = m_handle->metadata().result();
        return metadata;
    }
    Result<QList<client::ConfigEntry>> configs(const client::ConfigResource& resource) override {
        if (!client::isAllBrokers(resource))
            return m_handle->describeConfigs(resource).result();
        auto metadata = m_handle->metadata().result();
        if (!metadata)
            return std::unexpected(metadata.error());
        if (metadata->brokers.isEmpty())
            return fail(ErrorCode::Unreachable, QCoreApplication::translate("Changes", "settings of all brokers"), QCoreApplication::translate("Changes", "no broker is up"));
        auto entries = m_handle->describeConfigs({client::ResourceKind::Broker, QString::number(metadata->brokers.first().id)}).result();
        if (!entries)
            return entries;
        return client::sharedByBrokers(*entries);
    }
    Result<QList<client::OffsetAnswer>> offsets(const QList<client::OffsetQuery>& queries) override { return m_handle->listOffsets(queries).result(); }
    Result<QList<client::GroupListing>> groups() override {
        auto listed = m_handle->listGroups().result();
        if (!listed)
            return std::unexpected(listed.error());
        return listed->groups;
    }
    Result<client::GroupDescription> group(const QString& id) override {
        auto described = m_handle->describeGroups({id}).result();
        if (!described)
            return std::unexpected(described.error());
        if (described->isEmpty())
            return fail(ErrorCode::NotFound, id, QStringLiteral("there is no such group"));
        if (described->first().error)
            return std::unexpected(*described->first().error);
        return described->first();
    }
    Result<QList<client::CommittedOffset>> committed(const QString& group) override { return m_handle->committedOffsets(group).result(); }

    Result<void> createTopic(const ApprovedPlan& plan, const client::NewTopic& topic) override { return firstOutcome(m_handle->createTopics(plan, {topic}).result()); }
    Result<void> deleteTopic(const ApprovedPlan& plan, const QString& topic) override { return firstOutcome(m_handle->deleteTopics(plan, {topic}).result()); }
    Result<void> createPartitions(const ApprovedPlan& plan, const QString& topic, int totalCount) override { return one(m_handle->createPartitions(plan, topic, totalCount).result()); }
    Result<void> alterConfigs(const ApprovedPlan& plan, const client::ConfigResource& resource, const QList<client::ConfigChange>& changes) override {
        if (client::isAllBrokers(resource))
            return wire::alterAllBrokers(plan, m_handle->config(), changes, std::chrono::seconds(15));
        return one(m_handle->alterConfigs(plan, resource, changes).result());
    }
    Result<QList<client::OffsetAnswer>> deleteRecords(const ApprovedPlan& plan, const QList<client::DeleteBefore>& cuts) override {
        auto answers = m_handle->deleteRecords(plan, cuts).result();
        if (!answers)
            return answers;
        for (const auto& answer : *answers)
            if (answer.error)
                return std::unexpected(*answer.error);
        return answers;
    }
    Result<void> deleteGroup(const ApprovedPlan& plan, const QString& group) override { return firstOutcome(m_handle->deleteGroups(plan, {group}).result()); }
    Result<void> setOffsets(const ApprovedPlan& plan, const QString& group, const QList<client::CommittedOffset>& offsets) override {
        QList<client::CommittedOffset> set, forget;
        for (const auto& offset : offsets)
            (offset.offset < 0 ? forget : set).append(offset);
        if (!set.isEmpty())
            if (auto done = each(m_handle->alterCommittedOffsets(plan, group, set).result()); !done)
                return done;
        return forget.isEmpty() ? Result<void>() : each(m_handle->deleteCommittedOffsets(plan, group, forget).result());
    }
    Result<client::OffsetAnswer> produce(const ApprovedPlan& plan, const ProduceMessage& message) override {
        auto producer = client::Producer::open(plan, m_handle->config());
        if (!producer)
            return std::unexpected(producer.error());
        auto delivery = (*producer)->send({message.topic, message.partition, message.key, message.value, message.headers, message.timestampMs}).result();
        if (!delivery)
            return std::unexpected(delivery.error());
        return client::OffsetAnswer{{message.topic, delivery->partition}, delivery->offset, delivery->timestampMs, std::nullopt};
    }

    Result<QList<client::AclRule>> acls() override { return access().acls(kAccessTimeout); }
    Result<QList<client::ScramUser>> scramUsers() override { return access().scramUsers(kAccessTimeout); }
    Result<void> createAcls(const ApprovedPlan& plan, const QList<client::AclRule>& rules) override { return access().createAcls(plan, rules, kAccessTimeout); }
    Result<void> deleteAcls(const ApprovedPlan& plan, const QList<client::AclRule>& rules) override { return access().deleteAcls(plan, rules, kAccessTimeout); }
    Result<void> setScramUser(const ApprovedPlan& plan, const client::ScramUpsert& credential) override { return access().setScramUser(plan, credential, kAccessTimeout); }
    Result<void> deleteScramUser(const ApprovedPlan& plan, const QString& user, client::ScramMechanism mechanism) override {
        return access().deleteScramUser(plan, user, mechanism, kAccessTimeout);
    }
    QString loginUser() const override { return m_handle->config().properties.value(QStringLiteral("sasl.username")); }
    void cancel() override {
        const std::lock_guard lock(m_mutex);
        m_cancelled = true;
        if (m_access)
            m_access->cancel();
    }

private:
    static Result<void> each(const Result<QList<client::CommittedOffset>>& offsets) {
        if (!offsets)
            return std::unexpected(offsets.error());
        for (const auto& offset : *offsets) {
            if (!offset.error)
                continue;
            const QString partition = QStringLiteral("%1-%2").arg(offset.partition.topic).arg(offset.partition.partition);
            if (isOccupied(offset.error->kafkaCode))
                return fail(ErrorCode::Refused, partition, QStringLiteral("somebody reads in the group now (%1)").arg(offset.error->why), offset.error->kafkaCode);
            return fail(offset.error->code, partition, partition + QStringLiteral(": ") + offset.error->why, offset.error->kafkaCode);
        }
        return {};
    }
    /// Made when first needed, on the worker: it reads certificates from files.
    wire::AccessClient& access() {
        const std::lock_guard lock(m_mutex);
        if (!m_access) {
            m_access = std::make_unique<wire::AccessClient>(m_handle->config());
            if (m_cancelled)
                m_access->cancel();
        }
        return *m_access;
    }
    static constexpr auto kAccessTimeout = std::chrono::seconds(5);
    static Result<void> one(const Result<client::NamedOutcome>& outcome) {
        if (!outcome)
            return std::unexpected(outcome.error());
        if (outcome->error)
            return std::unexpected(*outcome->error);
        return {};
    }
    std::shared_ptr<client::ClusterHandle> m_handle;
    std::mutex m_mutex; ///< guards the two below
    std::unique_ptr<wire::AccessClient> m_access;
    bool m_cancelled = false;
};

} // namespace

std::shared_ptr<ClusterOperations> operationsOver(std::shared_ptr<client::ClusterHandle> handle) {
    return handle == nullptr ? nullptr : std::make_shared<HandleOperations>(std::move(handle));
}

} // namespace models::changes
