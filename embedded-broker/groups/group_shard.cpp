#include "embedded-broker/groups/group_shard.h"

#include <utility>

namespace broker::groups {

GroupShard::GroupShard(PartitionIndex partition, const GroupConfig& config, Scheduler& scheduler, Random& random, OffsetsLog& log)
    : m_partition(partition), m_config(config), m_scheduler(scheduler), m_log(log),
      m_members(config, {.scheduler = scheduler,
                         .random = random,
                         .find =
                             [this](const std::string& groupId) {
                                 Entry* entry = find(groupId);
                                 return entry == nullptr ? nullptr : &entry->group;
                             },
                         .obtain = [this](const std::string& groupId) -> ClassicGroup& { return obtain(groupId).group; },
                         .write = [this](std::vector<GroupRecord> records, std::move_only_function<void(GroupError)> done) {
                             write(std::move(records), std::move(done));
                         }}) {}

GroupShard::~GroupShard() {
    *m_alive = false;
    for (auto& [id, entry] : m_groups)
        m_members.clearTimers(entry->group);
}

GroupShard::Entry* GroupShard::find(const std::string& groupId) {
    const auto it = m_groups.find(groupId);
    return it == m_groups.end() ? nullptr : it->second.get();
}

const GroupShard::Entry* GroupShard::find(const std::string& groupId) const {
    const auto it = m_groups.find(groupId);
    return it == m_groups.end() ? nullptr : it->second.get();
}

GroupShard::Entry& GroupShard::obtain(const std::string& groupId) {
    auto& slot = m_groups[groupId];
    if (!slot)
        slot = std::make_unique<Entry>(Entry{ClassicGroup(groupId, m_scheduler.wallNow()), {}, 0, {}});
    return *slot;
}

void GroupShard::write(std::vector<GroupRecord> records, std::move_only_function<void(GroupError)> done) {
    auto kept = records; // slices: this copies reference counts
    m_log.append(m_partition, {std::move(records), std::nullopt, std::nullopt},
        [this, alive = m_alive, kept = std::move(kept), done = std::move(done)](GroupError error, Offset at) mutable {
            if (!*alive) {
                done(GroupError::NotCoordinator);
                return;
            }
            if (error == GroupError::None)
                for (const auto& record : kept)
                    apply(record, at++, kNoProducerId);
            done(error);
        });
}

void GroupShard::start() {
    for (auto& [id, entry] : m_groups)
        m_members.start(entry->group);
}

void GroupShard::resign() {
    *m_alive = false;
    m_alive = std::make_shared<bool>(true);
    m_members.forgetWrites();
    for (auto& [id, entry] : m_groups)
        m_members.resign(entry->group);
    m_groups.clear();
    m_open.clear();
}

} // namespace broker::groups
