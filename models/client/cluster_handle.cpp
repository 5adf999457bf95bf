#include "models/client/cluster_handle.h"

#include "models/client/answers.h"
#include "models/client/handle_core.h"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

namespace models::client {

struct ClusterHandle::Private {
    std::shared_ptr<HandleCore> core;
    std::mutex mutex; ///< guards the two below
    std::shared_ptr<HandleCore> groups; ///< opened with the first request about committed offsets
    bool closed = false;

    Result<std::shared_ptr<HandleCore>> groupCore() {
        const std::lock_guard lock(mutex);
        if (closed)
            return HandleCore::cancelled(QStringLiteral("committed offsets"));
        if (groups == nullptr) {
            auto opened = HandleCore::open(core->config(), HandleCore::Kind::Groups, {});
            if (!opened)
                return std::unexpected(opened.error());
            groups = std::move(*opened);
        }
        groups->setTimeout(core->timeoutMs());
        return groups;
    }
    void close() {
        {
            const std::lock_guard lock(mutex);
            closed = true;
            if (groups)
                groups->close();
        }
        core->close();
    }
};

namespace {

native::ListPtr listOf(qsizetype count) { return native::ListPtr(rd_kafka_topic_partition_list_new(static_cast<int>(count))); }

rd_kafka_ResourceType_t nativeKind(ResourceKind kind) {
    switch (kind) {
    case ResourceKind::Topic: return RD_KAFKA_RESOURCE_TOPIC;
    case ResourceKind::Broker: return RD_KAFKA_RESOURCE_BROKER;
    case ResourceKind::Group: return RD_KAFKA_RESOURCE_GROUP;
    }
    return RD_KAFKA_RESOURCE_TOPIC;
}

std::vector<QByteArray> bytesOf(const QStringList& names) {
    std::vector<QByteArray> all;
    for (const auto& name : names)
        all.push_back(name.toUtf8());
    return all;
}

std::vector<const char*> pointersOf(const std::vector<QByteArray>& names) {
    std::vector<const char*> all;
    for (const auto& name : names)
        all.push_back(name.constData());
    return all;
}

template <class T>
Answer<T> ready(Result<T> result) {
    QPromise<Result<T>> promise;
    auto future = promise.future();
    promise.start();
    promise.addResult(std::move(result));
    promise.finish();
    return future;
}

} // namespace

ClusterHandle::ClusterHandle(std::shared_ptr<Private> inside) : d(std::move(inside)) {}

Result<std::shared_ptr<ClusterHandle>> ClusterHandle::open(const ClientConfig& config, std::function<void(ClientEvent)> onEvent) {
    auto core = HandleCore::open(config, HandleCore::Kind::Admin, std::move(onEvent));
    if (!core)
        return std::unexpected(core.error());
    auto d = std::make_shared<Private>();
    d->core = std::move(*core);
    return std::shared_ptr<ClusterHandle>(new ClusterHandle(std::move(d)));
}

ClusterHandle::~ClusterHandle() { close(); }
void ClusterHandle::close() { d->close(); }
void ClusterHandle::setTimeout(std::chrono::milliseconds timeout) { d->core->setTimeout(static_cast<int>(timeout.count())); }
Error ClusterHandle::lastError() const { return d->core->lastError(); }
const ClientConfig& ClusterHandle::config() const { return d->core->config(); }

Answer<ClusterMetadata> ClusterHandle::metadata() {
    const QString what = QStringLiteral("metadata");
    return d->core->call<ClusterMetadata>(what, [what, timeout = d->core->timeoutMs()](rd_kafka_t* handle) -> Result<ClusterMetadata> {
        const struct rd_kafka_metadata* found = nullptr;
        if (const auto error = rd_kafka_metadata(handle, 1, nullptr, &found, timeout); error != RD_KAFKA_RESP_ERR_NO_ERROR)
            return std::unexpected(native::makeError(what, error, nullptr));
        auto answer = answers::metadata(*found);
        rd_kafka_metadata_destroy(found);
        return answer;
    });
}

Answer<ClusterDescription> ClusterHandle::describeCluster() {
    return d->core->ask<ClusterDescription>(QStringLiteral("describe cluster"), RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER,
        [](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) { rd_kafka_DescribeCluster(handle, options, queue); },
        answers::cluster);
}

Answer<QList<TopicState>> ClusterHandle::describeTopics(const QStringList& topics) {
    if (topics.isEmpty())
        return ready<QList<TopicState>>(QList<TopicState>());
    return d->core->ask<QList<TopicState>>(QStringLiteral("describe topics"), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS,
        [topics](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            const auto names = bytesOf(topics);
            auto pointers = pointersOf(names);
            auto* collection = rd_kafka_TopicCollection_of_topic_names(pointers.data(), pointers.size());
            rd_kafka_DescribeTopics(handle, collection, options, queue);
            rd_kafka_TopicCollection_destroy(collection);
        },
        answers::topics);
}

Answer<QList<OffsetAnswer>> ClusterHandle::listOffsets(const QList<OffsetQuery>& queries, bool committed) {
    if (queries.isEmpty())
        return ready<QList<OffsetAnswer>>(QList<OffsetAnswer>());
    return d->core->ask<QList<OffsetAnswer>>(QStringLiteral("list offsets"), RD_KAFKA_ADMIN_OP_LISTOFFSETS,
        [queries](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            const auto list = listOf(queries.size());
            for (const auto& query : queries) {
                auto* element = rd_kafka_topic_partition_list_add(list.get(), query.partition.topic.toUtf8().constData(), query.partition.partition);
                switch (query.at) {
                case OffsetAt::Earliest: element->offset = RD_KAFKA_OFFSET_SPEC_EARLIEST; break;
                case OffsetAt::Latest: element->offset = RD_KAFKA_OFFSET_SPEC_LATEST; break;
                case OffsetAt::MaxTimestamp: element->offset = RD_KAFKA_OFFSET_SPEC_MAX_TIMESTAMP; break;
                case OffsetAt::Timestamp: element->offset = std::max<qint64>(0, query.timestampMs); break;
                }
            }
            rd_kafka_ListOffsets(handle, list.get(), options, queue);
        },
        answers::offsets,
        [committed](rd_kafka_AdminOptions_t* options) {
            if (auto* error = rd_kafka_AdminOptions_set_isolation_level(options, committed ? RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED : RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED))
                rd_kafka_error_destroy(error);
        });
}

Answer<GroupListings> ClusterHandle::listGroups() {
    return d->core->ask<GroupListings>(QStringLiteral("list groups"), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS,
        [](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) { rd_kafka_ListConsumerGroups(handle, options, queue); },
        answers::groupListings);
}

Answer<QList<GroupDescription>> ClusterHandle::describeGroups(const QStringList& groups) {
    if (groups.isEmpty())
        return ready<QList<GroupDescription>>(QList<GroupDescription>());
    return d->core->askCoordinator<QList<GroupDescription>>(QStringLiteral("describe groups"), RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS,
        [groups](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            const auto names = bytesOf(groups);
            auto pointers = pointersOf(names);
            rd_kafka_DescribeConsumerGroups(handle, pointers.data(), pointers.size(), options, queue);
        },
        answers::groups);
}

Answer<QList<CommittedOffset>> ClusterHandle::committedOffsets(const QString& group) {
    const QString what = QStringLiteral("committed offsets of group %1").arg(group);
    const auto core = d->groupCore();
    if (!core)
        return ready<QList<CommittedOffset>>(std::unexpected(core.error()));
    return (*core)->askCoordinator<QList<CommittedOffset>>(what, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
        [group](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            auto* request = rd_kafka_ListConsumerGroupOffsets_new(group.toUtf8().constData(), nullptr);
            rd_kafka_ListConsumerGroupOffsets(handle, &request, 1, options, queue);
            rd_kafka_ListConsumerGroupOffsets_destroy(request);
        },
        [what](rd_kafka_event_t* event) {
            std::size_t count = 0;
            const auto** results = rd_kafka_ListConsumerGroupOffsets_result_groups(rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
            return answers::committed(results, count, what);
        });
}

Answer<QList<ConfigEntry>> ClusterHandle::describeConfigs(const ConfigResource& resource) {
    const QString what = QStringLiteral("configuration of %1").arg(resource.name);
    return d->core->ask<QList<ConfigEntry>>(what, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
        [resource](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            auto* request = rd_kafka_ConfigResource_new(nativeKind(resource.kind), resource.name.toUtf8().constData());
            rd_kafka_DescribeConfigs(handle, &request, 1, options, queue);
            rd_kafka_ConfigResource_destroy(request);
        },
        [what](rd_kafka_event_t* event) { return answers::configs(event, what); });
}

Answer<QHash<QString, QList<ConfigEntry>>> ClusterHandle::describeTopicConfigs(const QStringList& topics, const QStringList& names) {
    using All = QHash<QString, QList<ConfigEntry>>;
    if (topics.isEmpty())
        return ready<All>(All());
    return d->core->ask<All>(QStringLiteral("configuration of topics"), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
        [topics](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            std::vector<rd_kafka_ConfigResource_t*> requests;
            for (const auto& topic : topics)
                requests.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.toUtf8().constData()));
            rd_kafka_DescribeConfigs(handle, requests.data(), requests.size(), options, queue);
            rd_kafka_ConfigResource_destroy_array(requests.data(), requests.size());
        },
        [names](rd_kafka_event_t* event) -> Result<All> { return answers::configsByName(event, names); });
}

Answer<QList<NamedOutcome>> ClusterHandle::createTopics(const ApprovedPlan&, const QList<NewTopic>& topics, bool validateOnly) {
    const QString what = QStringLiteral("create topic %1").arg(topics.value(0).name);
    std::vector<rd_kafka_NewTopic_t*> requests;
    const auto release = [&requests] { rd_kafka_NewTopic_destroy_array(requests.data(), requests.size()); };
    for (const auto& topic : topics) {
        char reason[512] = "";
        auto* request = rd_kafka_NewTopic_new(topic.name.toUtf8().constData(), topic.partitions, topic.replicationFactor, reason, sizeof reason);
        if (request == nullptr) {
            release();
            return ready<QList<NamedOutcome>>(fail(ErrorCode::Invalid, what, native::text(reason)));
        }
        for (auto it = topic.configs.cbegin(); it != topic.configs.cend(); ++it)
            rd_kafka_NewTopic_set_config(request, it.key().toUtf8().constData(), it.value().toUtf8().constData());
        requests.push_back(request);
    }
    auto answer = d->core->ask<QList<NamedOutcome>>(what, RD_KAFKA_ADMIN_OP_CREATETOPICS,
        [&requests](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            rd_kafka_CreateTopics(handle, requests.data(), requests.size(), options, queue);
        },
        [what](rd_kafka_event_t* event) -> Result<QList<NamedOutcome>> {
            std::size_t count = 0;
            const auto** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
            return answers::topicOutcomes(results, count, what);
        },
        [validateOnly, timeout = d->core->timeoutMs()](rd_kafka_AdminOptions_t* options) {
            char reason[256];
            rd_kafka_AdminOptions_set_validate_only(options, validateOnly ? 1 : 0, reason, sizeof reason);
            rd_kafka_AdminOptions_set_operation_timeout(options, timeout, reason, sizeof reason);
        });
    release();
    return answer;
}

Answer<QList<NamedOutcome>> ClusterHandle::deleteTopics(const ApprovedPlan&, const QStringList& topics) {
    const QString what = QStringLiteral("delete topic %1").arg(topics.value(0));
    return d->core->ask<QList<NamedOutcome>>(what, RD_KAFKA_ADMIN_OP_DELETETOPICS,
        [topics](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            std::vector<rd_kafka_DeleteTopic_t*> requests;
            for (const auto& topic : topics)
                requests.push_back(rd_kafka_DeleteTopic_new(topic.toUtf8().constData()));
            rd_kafka_DeleteTopics(handle, requests.data(), requests.size(), options, queue);
            rd_kafka_DeleteTopic_destroy_array(requests.data(), requests.size());
        },
        [what](rd_kafka_event_t* event) -> Result<QList<NamedOutcome>> {
            std::size_t count = 0;
            const auto** results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
            return answers::topicOutcomes(results, count, what);
        });
}

Answer<NamedOutcome> ClusterHandle::createPartitions(const ApprovedPlan&, const QString& topic, int totalCount) {
    const QString what = QStringLiteral("add partitions to %1").arg(topic);
    char reason[512] = "";
    auto* request = rd_kafka_NewPartitions_new(topic.toUtf8().constData(), static_cast<std::size_t>(std::max(totalCount, 0)), reason, sizeof reason);
    if (request == nullptr)
        return ready<NamedOutcome>(fail(ErrorCode::Invalid, what, native::text(reason)));
    auto answer = d->core->ask<NamedOutcome>(what, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS,
        [&request](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            rd_kafka_CreatePartitions(handle, &request, 1, options, queue);
        },
        [what](rd_kafka_event_t* event) -> Result<NamedOutcome> {
            std::size_t count = 0;
            const auto** results = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &count);
            const auto outcomes = answers::topicOutcomes(results, count, what);
            return outcomes.isEmpty() ? NamedOutcome{} : outcomes.first();
        });
    rd_kafka_NewPartitions_destroy(request);
    return answer;
}

Answer<NamedOutcome> ClusterHandle::alterConfigs(const ApprovedPlan&, const ConfigResource& resource, const QList<ConfigChange>& changes) {
    const QString what = QStringLiteral("configure %1").arg(resource.name);
    auto* request = rd_kafka_ConfigResource_new(nativeKind(resource.kind), resource.name.toUtf8().constData());
    for (const auto& change : changes) {
        auto operation = RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET;
        if (change.op == ConfigChange::Op::Reset)
            operation = RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE;
        else if (change.op == ConfigChange::Op::Append)
            operation = RD_KAFKA_ALTER_CONFIG_OP_TYPE_APPEND;
        else if (change.op == ConfigChange::Op::Subtract)
            operation = RD_KAFKA_ALTER_CONFIG_OP_TYPE_SUBTRACT;
        const QByteArray value = change.value.toUtf8();
        auto* error = rd_kafka_ConfigResource_add_incremental_config(request, change.name.toUtf8().constData(), operation,
            change.op == ConfigChange::Op::Reset ? nullptr : value.constData());
        if (error != nullptr) {
            rd_kafka_ConfigResource_destroy(request);
            return ready<NamedOutcome>(std::unexpected(native::takeError(what, error)));
        }
    }
    auto answer = d->core->ask<NamedOutcome>(what, RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS,
        [&request](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            rd_kafka_IncrementalAlterConfigs(handle, &request, 1, options, queue);
        },
        [what](rd_kafka_event_t* event) -> Result<NamedOutcome> {
            std::size_t count = 0;
            const auto** results = rd_kafka_IncrementalAlterConfigs_result_resources(rd_kafka_event_IncrementalAlterConfigs_result(event), &count);
            if (count == 0)
                return fail(ErrorCode::Internal, what, QStringLiteral("an empty answer"));
            NamedOutcome outcome{native::text(rd_kafka_ConfigResource_name(results[0])), std::nullopt};
            if (const auto error = rd_kafka_ConfigResource_error(results[0]); error != RD_KAFKA_RESP_ERR_NO_ERROR)
                outcome.error = native::makeError(what, error, rd_kafka_ConfigResource_error_string(results[0]));
            return outcome;
        });
    rd_kafka_ConfigResource_destroy(request);
    return answer;
}

Answer<QList<OffsetAnswer>> ClusterHandle::deleteRecords(const ApprovedPlan&, const QList<DeleteBefore>& cuts) {
    return d->core->ask<QList<OffsetAnswer>>(QStringLiteral("delete records"), RD_KAFKA_ADMIN_OP_DELETERECORDS,
        [cuts](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            const auto list = listOf(cuts.size());
            for (const auto& cut : cuts)
                rd_kafka_topic_partition_list_add(list.get(), cut.partition.topic.toUtf8().constData(), cut.partition.partition)->offset
                    = cut.offset < 0 ? static_cast<qint64>(RD_KAFKA_OFFSET_END) : cut.offset;
            auto* request = rd_kafka_DeleteRecords_new(list.get());
            rd_kafka_DeleteRecords(handle, &request, 1, options, queue);
            rd_kafka_DeleteRecords_destroy(request);
        },
        [](rd_kafka_event_t* event) -> Result<QList<OffsetAnswer>> {
            const auto* list = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
            QList<OffsetAnswer> all;
            for (int i = 0; list != nullptr && i < list->cnt; ++i) {
                OffsetAnswer answer;
                answer.partition = {native::text(list->elems[i].topic), list->elems[i].partition};
                if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
                    answer.error = native::makeError(QStringLiteral("delete records"), list->elems[i].err, nullptr);
                else
                    answer.offset = list->elems[i].offset;
                all.append(std::move(answer));
            }
            return all;
        });
}

Answer<QList<NamedOutcome>> ClusterHandle::deleteGroups(const ApprovedPlan&, const QStringList& groups) {
    const QString what = QStringLiteral("delete group %1").arg(groups.value(0));
    return d->core->askCoordinator<QList<NamedOutcome>>(what, RD_KAFKA_ADMIN_OP_DELETEGROUPS,
        [groups](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            std::vector<rd_kafka_DeleteGroup_t*> requests;
            for (const auto& group : groups)
                requests.push_back(rd_kafka_DeleteGroup_new(group.toUtf8().constData()));
            rd_kafka_DeleteGroups(handle, requests.data(), requests.size(), options, queue);
            rd_kafka_DeleteGroup_destroy_array(requests.data(), requests.size());
        },
        [what](rd_kafka_event_t* event) -> Result<QList<NamedOutcome>> {
            std::size_t count = 0;
            const auto** results = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count);
            QList<NamedOutcome> all;
            for (std::size_t i = 0; i < count; ++i) {
                NamedOutcome outcome{native::text(rd_kafka_group_result_name(results[i])), std::nullopt};
                if (const auto* error = rd_kafka_group_result_error(results[i]); error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR)
                    outcome.error = native::makeError(what, error);
                all.append(std::move(outcome));
            }
            return all;
        });
}

Answer<QList<CommittedOffset>> ClusterHandle::alterCommittedOffsets(const ApprovedPlan&, const QString& group, const QList<CommittedOffset>& offsets) {
    const QString what = QStringLiteral("set offsets of group %1").arg(group);
    const auto core = d->groupCore();
    if (!core)
        return ready<QList<CommittedOffset>>(std::unexpected(core.error()));
    return (*core)->askCoordinator<QList<CommittedOffset>>(what, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
        [group, offsets](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            const auto list = listOf(offsets.size());
            for (const auto& offset : offsets) {
                auto* element = rd_kafka_topic_partition_list_add(list.get(), offset.partition.topic.toUtf8().constData(), offset.partition.partition);
                element->offset = offset.offset;
                if (offset.leaderEpoch >= 0)
                    rd_kafka_topic_partition_set_leader_epoch(element, offset.leaderEpoch);
                if (const QByteArray metadata = offset.metadata.toUtf8(); !metadata.isEmpty()) { // the list frees it
                    element->metadata = std::malloc(static_cast<std::size_t>(metadata.size()));
                    element->metadata_size = static_cast<std::size_t>(metadata.size());
                    std::memcpy(element->metadata, metadata.constData(), element->metadata_size);
                }
            }
            auto* request = rd_kafka_AlterConsumerGroupOffsets_new(group.toUtf8().constData(), list.get());
            rd_kafka_AlterConsumerGroupOffsets(handle, &request, 1, options, queue);
            rd_kafka_AlterConsumerGroupOffsets_destroy(request);
        },
        [what](rd_kafka_event_t* event) {
            std::size_t count = 0;
            const auto** results = rd_kafka_AlterConsumerGroupOffsets_result_groups(rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count);
            return answers::committed(results, count, what);
        });
}

Answer<QList<CommittedOffset>> ClusterHandle::deleteCommittedOffsets(const ApprovedPlan&, const QString& group, const QList<CommittedOffset>& offsets) {
    const QString what = QStringLiteral("forget offsets of group %1").arg(group);
    const auto core = d->groupCore();
    if (!core)
        return ready<QList<CommittedOffset>>(std::unexpected(core.error()));
    return (*core)->askCoordinator<QList<CommittedOffset>>(what, RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS,
        [group, offsets](rd_kafka_t* handle, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
            const auto list = listOf(offsets.size());
            for (const auto& offset : offsets)
                rd_kafka_topic_partition_list_add(list.get(), offset.partition.topic.toUtf8().constData(), offset.partition.partition);
            auto* request = rd_kafka_DeleteConsumerGroupOffsets_new(group.toUtf8().constData(), list.get());
            rd_kafka_DeleteConsumerGroupOffsets(handle, &request, 1, options, queue);
            rd_kafka_DeleteConsumerGroupOffsets_destroy(request);
        },
        [what](rd_kafka_event_t* event) {
            std::size_t count = 0;
            const auto** results = rd_kafka_DeleteConsumerGroupOffsets_result_groups(rd_kafka_event_DeleteConsumerGroupOffsets_result(event), &count);
            return answers::committed(results, count, what);
        });
}

} // namespace models::client
