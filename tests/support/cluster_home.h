#pragma once
// A state directory of its own for one test, with the fake broker in samsa-broker's place and ports that are free.

#include "embedded-broker/cluster/cluster_file.h"
#include "embedded-broker/cluster/files.h"

#include <QTemporaryDir>
#include <algorithm>
#include <random>
#include <set>

namespace tests {

class ClusterHome {
public:
    ClusterHome() {
        qputenv("SAMSA_HOME", m_directory.path().toLocal8Bit());
        qputenv("SAMSA_BROKER", SAMSA_TEST_BROKER);
        qputenv("SAMSA_SUPERVISOR", SAMSA_TEST_SUPERVISOR);
    }
    /// Stops what a failed test left running.
    ~ClusterHome() {
        namespace door = broker::cluster;
        for (const auto& name : door::clusterNames())
            if (auto client = door::ClusterClient::connect(name))
                if (client->call({.action = door::Action::Stop}, broker::seconds(30)))
                    (void)client->waitForEnd(broker::seconds(30));
    }
    [[nodiscard]] QString path() const { return m_directory.path(); }

    /// The first port of a block in which nobody listens. Random: other tests of this machine choose at the same time.
    static std::uint16_t freePorts() {
        static std::set<std::uint16_t> given;
        std::random_device random;
        for (;;) {
            const auto first = static_cast<std::uint16_t>(20000 + random() % 600 * 20);
            if (!given.insert(first).second)
                continue; // another cluster of this test may not listen there yet
            const auto ports = broker::cluster::portsOfBlock(first);
            if (std::ranges::all_of(ports, [](auto port) { return broker::cluster::checkPortFree(port).has_value(); }))
                return first;
        }
    }

private:
    QTemporaryDir m_directory;
};

} // namespace tests
