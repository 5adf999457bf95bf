#pragma once
// One admin handle to one cluster. Every call is asynchronous and answers by a future that is always completed: by the cluster, by
// its timeout, or with Cancelled by close(). One thread serves the handle's event queue; no callback touches a QObject.
//
//     auto handle = ClusterHandle::open(config).value();
//     handle->describeConfigs({{ResourceKind::Topic, "orders"}}).then(this, [](Result<...> answer) { ... });   // interface thread
//     auto answer = handle->metadata().result();                                                              // a worker may wait
//
// Thread-safe. Never wait for a future on the interface thread.

#include "models/base/error.h"
#include "models/client/approved_plan.h"
#include "models/client/client_config.h"
#include "models/client/kafka_types.h"

#include <QFuture>
#include <chrono>
#include <functional>
#include <memory>

namespace models::client {

/// librdkafka's own words, as they come: the reason why nothing connects is found here.
struct ClientEvent {
    enum class Kind { Error, Log } kind = Kind::Error;
    ErrorCode code = ErrorCode::Internal; ///< for Error
    int severity = 7;                     ///< syslog's, for Log
    QString text;
    qint64 wallMs = 0;
};

template <class T>
using Answer = QFuture<Result<T>>;

/// One outcome for each named thing of a request, in the order asked.
struct NamedOutcome {
    QString name;
    std::optional<Error> error; ///< none = done
};

class ClusterHandle {
public:
    /// `onEvent` is called on the event thread and must only post. Fails on a bad property; does not wait for a connection.
    static Result<std::shared_ptr<ClusterHandle>> open(const ClientConfig& config, std::function<void(ClientEvent)> onEvent = {});
    /// close(), then the native handle is destroyed on a thread of its own (see waitForDestroyed).
    ~ClusterHandle();
    ClusterHandle(const ClusterHandle&) = delete;
    ClusterHandle& operator=(const ClusterHandle&) = delete;

    /// Completes what is pending with Cancelled and starts the destruction; later calls answer Cancelled. Returns at once.
    void close();

    void setTimeout(std::chrono::milliseconds timeout); ///< of each request from now on; 10 s at first
    /// The newest error event's text since the last good answer, empty = none: the reason to show while connecting.
    [[nodiscard]] Error lastError() const;
    [[nodiscard]] const ClientConfig& config() const;

    // ---- asking -------------------------------------------------------------------------------------------------------------
    Answer<ClusterMetadata> metadata(); ///< one request, all topics
    Answer<ClusterDescription> describeCluster();
    /// Ids and the internal flag of these topics, with their partitions.
    Answer<QList<TopicState>> describeTopics(const QStringList& topics);
    /// One request per leader for all queries.
    /// `committed`: the end is that of committed messages, before the first transaction that is open.
    Answer<QList<OffsetAnswer>> listOffsets(const QList<OffsetQuery>& queries, bool committed = false);
    Answer<GroupListings> listGroups();
    Answer<QList<GroupDescription>> describeGroups(const QStringList& groups);
    /// All offsets committed by a group.
    Answer<QList<CommittedOffset>> committedOffsets(const QString& group);
    /// Entries by name. An error of the resource is the error of the answer.
    Answer<QList<ConfigEntry>> describeConfigs(const ConfigResource& resource);
    /// Of many topics in one request, only the entries of these names. A topic that may not be asked, or is not there, is not in the answer.
    Answer<QHash<QString, QList<ConfigEntry>>> describeTopicConfigs(const QStringList& topics, const QStringList& names);

    // ---- changing: each needs the plan that models/changes approved -----------------------------------------------------------
    /// With `validateOnly` nothing is changed, the broker only checks.
    Answer<QList<NamedOutcome>> createTopics(const ApprovedPlan& plan, const QList<NewTopic>& topics, bool validateOnly = false);
    Answer<QList<NamedOutcome>> deleteTopics(const ApprovedPlan& plan, const QStringList& topics);
    Answer<NamedOutcome> createPartitions(const ApprovedPlan& plan, const QString& topic, int totalCount);
    Answer<NamedOutcome> alterConfigs(const ApprovedPlan& plan, const ConfigResource& resource, const QList<ConfigChange>& changes);
    /// Answers the new low watermark of each partition in `offset`.
    Answer<QList<OffsetAnswer>> deleteRecords(const ApprovedPlan& plan, const QList<DeleteBefore>& cuts);
    Answer<QList<NamedOutcome>> deleteGroups(const ApprovedPlan& plan, const QStringList& groups);
    /// With their leader epochs and metadata. Each partition answers for itself.
    Answer<QList<CommittedOffset>> alterCommittedOffsets(const ApprovedPlan& plan, const QString& group, const QList<CommittedOffset>& offsets);
    Answer<QList<CommittedOffset>> deleteCommittedOffsets(const ApprovedPlan& plan, const QString& group, const QList<CommittedOffset>& offsets);

private:
    struct Private;
    explicit ClusterHandle(std::shared_ptr<Private> d);
    std::shared_ptr<Private> d;
};

/// Waits until every native handle that was closed in this program is gone. False when some still hang at the deadline (black-holed
/// brokers, a resolver that does not answer): the program then leaves by std::_Exit. Called by app/ after the last window closed.
bool waitForDestroyed(std::chrono::milliseconds deadline);

/// librdkafka's version: "2.8.0".
QString libraryVersion();

} // namespace models::client
