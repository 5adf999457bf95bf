#pragma once
// Users and ACLs of a cluster over our own client. librdkafka 2.8 cannot be asked: it drops the error of a refused DescribeAcls and answers an empty
// list, frees memory that is none when DescribeUserScramCredentials fails, and does not know all operations and resource types.
//
// Any broker answers; where one does not, the next is asked. Blocking: one worker thread at a time. What our client does not speak
// (see security.h) answers Unsupported with the reason.

#include "models/base/error.h"
#include "models/client/access_types.h"
#include "models/client/approved_plan.h"
#include "models/client/client_config.h"

#include <chrono>
#include <memory>

namespace models::wire {

/// Kafka's code when a cluster has no authorizer: then ACLs mean nothing, and there are none.
inline constexpr int kSecurityDisabled = 54;

class AccessClient {
public:
    explicit AccessClient(const client::ClientConfig& config);
    ~AccessClient();
    AccessClient(const AccessClient&) = delete;
    AccessClient& operator=(const AccessClient&) = delete;

    /// All of them, sorted.
    Result<QList<client::AclRule>> acls(std::chrono::milliseconds timeout);
    /// All of them, by name.
    Result<QList<client::ScramUser>> scramUsers(std::chrono::milliseconds timeout);

    /// The first refusal is the error; those that were not refused are there then.
    Result<void> createAcls(const client::ApprovedPlan& plan, const QList<client::AclRule>& rules, std::chrono::milliseconds timeout);
    /// Exactly these. One that is not there is no error.
    Result<void> deleteAcls(const client::ApprovedPlan& plan, const QList<client::AclRule>& rules, std::chrono::milliseconds timeout);
    Result<void> setScramUser(const client::ApprovedPlan& plan, const client::ScramUpsert& credential, std::chrono::milliseconds timeout);
    Result<void> deleteScramUser(const client::ApprovedPlan& plan, const QString& user, client::ScramMechanism mechanism, std::chrono::milliseconds timeout);

    /// Ends what waits now, soon, and lets every later call fail; any thread.
    void cancel();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace models::wire
