#pragma once
// A cluster that is rules and users, for whatever changes them. Thread-safe.

#include "models/changes/operations.h"

#include <mutex>

namespace tests {

using namespace models;
using namespace models::changes;
using namespace Qt::StringLiterals;
using client::AclRule;

struct RuledCluster : ClusterOperations {
    std::mutex mutex; ///< guards all below
    QList<AclRule> rules;
    QList<client::ScramUser> users;
    QStringList order; ///< what was asked for, in order
    QByteArray password; ///< the last one that arrived
    std::optional<Error> refused;
    QString login; ///< who asks

    QString loginUser() const override { return login; }

    Result<client::ClusterMetadata> metadata() override {
        client::ClusterMetadata metadata;
        for (const auto& name : {u"orders"_s, u"payments"_s}) {
            client::TopicState topic;
            topic.name = name;
            metadata.topics.append(topic);
        }
        return metadata;
    }
    Result<QList<client::ConfigEntry>> configs(const client::ConfigResource&) override { return QList<client::ConfigEntry>(); }
    Result<QList<client::OffsetAnswer>> offsets(const QList<client::OffsetQuery>&) override { return QList<client::OffsetAnswer>(); }
    Result<QList<client::GroupListing>> groups() override { return QList<client::GroupListing>(); }
    Result<client::GroupDescription> group(const QString&) override { return client::GroupDescription(); }
    Result<QList<client::CommittedOffset>> committed(const QString&) override { return QList<client::CommittedOffset>(); }
    Result<void> createTopic(const client::ApprovedPlan&, const client::NewTopic&) override { return {}; }
    Result<void> deleteTopic(const client::ApprovedPlan&, const QString&) override { return {}; }
    Result<void> createPartitions(const client::ApprovedPlan&, const QString&, int) override { return {}; }
    Result<void> alterConfigs(const client::ApprovedPlan&, const client::ConfigResource&, const QList<client::ConfigChange>&) override { return {}; }
    Result<QList<client::OffsetAnswer>> deleteRecords(const client::ApprovedPlan&, const QList<client::DeleteBefore>&) override { return QList<client::OffsetAnswer>(); }
    Result<void> deleteGroup(const client::ApprovedPlan&, const QString&) override { return {}; }
    Result<void> setOffsets(const client::ApprovedPlan&, const QString&, const QList<client::CommittedOffset>&) override { return {}; }
    Result<client::OffsetAnswer> produce(const client::ApprovedPlan&, const ProduceMessage&) override { return client::OffsetAnswer(); }

    Result<QList<AclRule>> acls() override {
        const std::lock_guard lock(mutex);
        if (refused)
            return std::unexpected(*refused);
        return rules;
    }
    Result<QList<client::ScramUser>> scramUsers() override {
        const std::lock_guard lock(mutex);
        return users;
    }
    Result<void> createAcls(const client::ApprovedPlan&, const QList<AclRule>& fresh) override {
        const std::lock_guard lock(mutex);
        for (const auto& rule : fresh) {
            order.append(u"+"_s + rule.principal);
            if (!rules.contains(rule))
                rules.append(rule);
        }
        return {};
    }
    Result<void> deleteAcls(const client::ApprovedPlan&, const QList<AclRule>& gone) override {
        const std::lock_guard lock(mutex);
        for (const auto& rule : gone) {
            order.append(u"-"_s + rule.principal);
            rules.removeAll(rule);
        }
        return {};
    }
    Result<void> setScramUser(const client::ApprovedPlan&, const client::ScramUpsert& credential) override {
        const std::lock_guard lock(mutex);
        password = credential.password->bytes();
        for (auto& user : users)
            if (user.name == credential.user) {
                user.credentials.removeIf([&](const auto& each) { return each.mechanism == credential.mechanism; });
                user.credentials.append({credential.mechanism, credential.iterations});
                return {};
            }
        users.append({credential.user, {{credential.mechanism, credential.iterations}}});
        return {};
    }
    Result<void> deleteScramUser(const client::ApprovedPlan&, const QString& name, client::ScramMechanism mechanism) override {
        const std::lock_guard lock(mutex);
        for (auto& user : users)
            if (user.name == name)
                user.credentials.removeIf([&](const auto& each) { return each.mechanism == mechanism; });
        users.removeIf([](const auto& user) { return user.credentials.isEmpty(); });
        return {};
    }
};

} // namespace tests
