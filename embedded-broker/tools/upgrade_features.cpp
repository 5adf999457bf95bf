#include "embedded-broker/tools/upgrade_features.h"

#include "embedded-broker/net/event_loop.h"
#include "embedded-broker/net/tcp_network.h"
#include "embedded-broker/net/tls_network.h"
#include "embedded-broker/node/feature_upgrade.h"
#include "embedded-broker/node/security_setup.h"

#include <fmt/format.h>

namespace broker::tools {

namespace {

constexpr Duration kDeadline = seconds(30);

} // namespace

Result<void> upgradeFeatures(const node::BrokerConfig& config, Disk& disk) {
    net::EventLoop loop;
    net::TcpNetwork plain(loop);
    node::SecuritySetup security;
    if (const auto loaded = security.load(config, disk, [&loop](const TlsOptions& tls) { return net::TlsNetwork::make(loop, tls); }); !loaded)
        return loaded;
    Result<void> outcome;
    node::FeatureUpgrade upgrade(config, security.networkFor(config.controllerListenerNames.front(), plain), loop, security.linkSecret());
    upgrade.run(kDeadline, [&](const Result<std::vector<node::RaisedFeature>>& raised) {
        if (raised)
            for (const auto& feature : *raised)
                fmt::print("{} {} {}\n", feature.name, feature.before, feature.after);
        else
            outcome = std::unexpected(raised.error());
        loop.stop();
    });
    loop.run();
    return outcome;
}

} // namespace broker::tools
