#include "models/session/wire_lanes.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <thread>

namespace models::session {

struct WireLanes::Lane {
    Lane(const client::ClientConfig& config, wire::Address where) : client(config), address(std::move(where)) {}

    wire::WireClient client;
    const wire::Address address;
    std::atomic<int> backlog{0};
    std::mutex mutex; ///< guards the two below
    std::condition_variable changed;
    std::deque<Task> tasks;
    bool stopped = false;

    static void start(const std::shared_ptr<Lane>& lane) {
        std::thread([lane] {
            pthread_setname_np(pthread_self(), "session-lane");
            std::unique_lock lock(lane->mutex);
            for (;;) {
                lane->changed.wait(lock, [&lane] { return lane->stopped || !lane->tasks.empty(); });
                if (lane->stopped)
                    return;
                auto task = std::move(lane->tasks.front());
                lane->tasks.pop_front();
                lock.unlock();
                task(lane->client, lane->address);
                task = {};
                --lane->backlog;
                lock.lock();
            }
        }).detach();
    }
    void stop() {
        {
            const std::lock_guard lock(mutex);
            stopped = true;
            tasks.clear();
            changed.notify_all();
        }
        client.cancel();
    }
};

WireLanes::WireLanes(const client::ClientConfig& config) : m_config(config), m_spoken(wire::WireClient::speaks(config)) {}

WireLanes::~WireLanes() { cancel(); }

void WireLanes::cancel() {
    for (auto& [id, lane] : m_lanes)
        lane->stop();
    m_lanes.clear();
}

void WireLanes::setBrokers(const QList<client::Node>& brokers) {
    if (!m_spoken)
        return;
    std::map<int, wire::Address> wanted;
    if (brokers.size() <= kBrokersMax)
        for (const auto& broker : brokers)
            wanted[broker.id] = {broker.host, broker.port};
    for (auto it = m_lanes.begin(); it != m_lanes.end();) {
        const auto still = wanted.find(it->first);
        if (still != wanted.end() && still->second == it->second->address) {
            ++it;
            continue;
        }
        it->second->stop();
        it = m_lanes.erase(it);
    }
    for (const auto& [id, address] : wanted) {
        if (m_lanes.contains(id))
            continue;
        auto lane = std::make_shared<Lane>(m_config, address);
        Lane::start(lane);
        m_lanes.emplace(id, std::move(lane));
    }
}

QList<int> WireLanes::brokers() const {
    QList<int> ids;
    for (const auto& [id, lane] : m_lanes)
        ids.append(id);
    return ids;
}

int WireLanes::backlog(int broker) const {
    const auto it = m_lanes.find(broker);
    return it == m_lanes.end() ? 0 : it->second->backlog.load();
}

bool WireLanes::run(int broker, Task task) {
    const auto it = m_lanes.find(broker);
    if (it == m_lanes.end())
        return false;
    const std::lock_guard lock(it->second->mutex);
    ++it->second->backlog;
    it->second->tasks.push_back(std::move(task));
    it->second->changed.notify_all();
    return true;
}

} // namespace models::session
