#include "models/session/snapshots.h"

#include <algorithm>

namespace models::session {

const Broker* BrokersSnapshot::find(int id) const {
    const auto it = std::find_if(brokers.begin(), brokers.end(), [id](const Broker& broker) { return broker.id == id; });
    return it == brokers.end() ? nullptr : &*it;
}

const Topic* TopicsSnapshot::find(const QString& name) const {
    const auto it = rowOfName.constFind(name);
    return it == rowOfName.cend() ? nullptr : &topics.at(*it);
}

const Group* GroupsSnapshot::find(const QString& id) const {
    const auto it = std::find_if(groups.begin(), groups.end(), [&id](const Group& group) { return group.id == id; });
    return it == groups.end() ? nullptr : &*it;
}

} // namespace models::session
