#pragma once
// What changes need of a cluster, as blocking calls on a worker thread: an interface so that the rules can be tested without one.

#include "models/changes/change.h"
#include "models/client/approved_plan.h"
#include "models/client/kafka_types.h"

#include <memory>

namespace models::client {
class ClusterHandle;
}

namespace models::changes {

class ClusterOperations {
public:
    virtual ~ClusterOperations() = default;
    // Asking.
    virtual Result<client::ClusterMetadata> metadata() = 0;
    virtual Result<QList<client::ConfigEntry>> configs(const client::ConfigResource& resource) = 0;
    virtual Result<QList<client::OffsetAnswer>> offsets(const QList<client::OffsetQuery>& queries) = 0;
    virtual Result<QList<client::GroupListing>> groups() = 0;
    virtual Result<client::GroupDescription> group(const QString& id) = 0;
    virtual Result<QList<client::CommittedOffset>> committed(const QString& group) = 0;
    // Changing.
    virtual Result<void> createTopic(const client::ApprovedPlan& plan, const client::NewTopic& topic) = 0;
    virtual Result<void> deleteTopic(const client::ApprovedPlan& plan, const QString& topic) = 0;
    virtual Result<void> createPartitions(const client::ApprovedPlan& plan, const QString& topic, int totalCount) = 0;
    virtual Result<void> alterConfigs(const client::ApprovedPlan& plan, const client::ConfigResource& resource, const QList<client::ConfigChange>& changes) = 0;
    virtual Result<QList<client::OffsetAnswer>> deleteRecords(const client::ApprovedPlan& plan, const QList<client::DeleteBefore>& cuts) = 0;
    virtual Result<void> deleteGroup(const client::ApprovedPlan& plan, const QString& group) = 0;
    /// Those without an offset are forgotten. Refused while somebody reads in the group.
    virtual Result<void> setOffsets(const client::ApprovedPlan& plan, const QString& group, const QList<client::CommittedOffset>& offsets) = 0;
    /// The partition and offset that it got.
    virtual Result<client::OffsetAnswer> produce(const client::ApprovedPlan& plan, const ProduceMessage& message) = 0;
    // Users and ACLs; models/wire/access_client.h says how they answer.
    virtual Result<QList<client::AclRule>> acls() { return withoutAccess(); }
    virtual Result<QList<client::ScramUser>> scramUsers() { return withoutAccess(); }
    virtual Result<void> createAcls(const client::ApprovedPlan&, const QList<client::AclRule>&) { return withoutAccess(); }
    virtual Result<void> deleteAcls(const client::ApprovedPlan&, const QList<client::AclRule>&) { return withoutAccess(); }
    virtual Result<void> setScramUser(const client::ApprovedPlan&, const client::ScramUpsert&) { return withoutAccess(); }
    virtual Result<void> deleteScramUser(const client::ApprovedPlan&, const QString& /*user*/, client::ScramMechanism) { return withoutAccess(); }
    /// Who is logged in by SASL, empty = by a certificate, or nobody: who changes himself is warned.
    [[nodiscard]] virtual QString loginUser() const { return {}; }
    /// Ends what waits now, soon; any thread. The program is leaving.
    virtual void cancel() {}

private:
    static std::unexpected<Error> withoutAccess() { return fail(ErrorCode::Unsupported, QStringLiteral("users and ACLs"), QStringLiteral("they cannot be asked for here")); }
};

/// Over a connected handle.
std::shared_ptr<ClusterOperations> operationsOver(std::shared_ptr<client::ClusterHandle> handle);

/// Implemented by models/localcluster; blocking, called on a worker thread.
class LocalBrokerControl {
public:
    virtual ~LocalBrokerControl() = default;
    /// "running", "paused", "stopped", "killed", ...
    virtual Result<QString> brokerState(const QString& cluster, int broker) = 0;
    virtual Result<void> perform(const client::ApprovedPlan& plan, const BrokerAction& action) = 0;
};

} // namespace models::changes
