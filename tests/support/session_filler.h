#pragma once
// Puts a session into a state without a cluster: what pages show of it is then known to the last row.

#include "models/session/cluster_session.h"

namespace models::session {

struct SessionFiller {
    /// A handle that reaches nobody (so that commands are offered), and no poll thread that could answer.
    static bool giveHandle(ClusterSession& session) {
        auto opened = client::ClusterHandle::open(session.m_config.client, [](const client::ClientEvent&) {});
        if (!opened)
            return false;
        session.m_handle = *opened;
        return true;
    }
    static void setState(ClusterSession& session, SessionState state, const Error& error = {}) { session.setState(state, error); }
    static void show(ClusterSession& session, BrokersSnapshot brokers, TopicsSnapshot topics, GroupsSnapshot groups, qint64 nowMs) {
        const auto put = [nowMs](auto& snapshot, auto data) {
            snapshot.data = std::make_shared<const decltype(data)>(std::move(data));
            snapshot.takenMs = nowMs;
            ++snapshot.generation;
        };
        put(session.m_brokers, std::move(brokers));
        put(session.m_topics, std::move(topics));
        put(session.m_groups, std::move(groups));
        emit session.brokersChanged();
        emit session.topicsChanged();
        emit session.groupsChanged();
    }
    /// The settings of `resource`; nobody is asked for them any more.
    static void showConfigs(ClusterSession& session, const client::ConfigResource& resource, const Result<QList<client::ConfigEntry>>& answer, qint64 nowMs) {
        const QString key = QString::number(static_cast<int>(resource.kind)) + u':' + resource.name;
        session.m_configsAsked[key] = session.m_connection;
        auto& snapshot = session.m_configs[key];
        ++snapshot.generation;
        snapshot.takenMs = nowMs;
        snapshot.errors.clear();
        if (answer)
            snapshot.data = std::make_shared<const ConfigSnapshot>(ConfigSnapshot{resource, *answer});
        else
            snapshot.errors.append({QStringLiteral("configuration"), answer.error()});
        emit session.configChanged(resource);
    }
    /// Nobody is asked for these settings, and nobody answers.
    static void holdConfigs(ClusterSession& session, const client::ConfigResource& resource) {
        session.m_configsAsked[QString::number(static_cast<int>(resource.kind)) + u':' + resource.name] = session.m_connection;
    }
};

} // namespace models::session
