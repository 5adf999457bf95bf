#include "embedded-broker/metadata/features.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_request.h"
#include "embedded-broker/protocol/messages/incremental_alter_configs_response.h"
#include "embedded-broker/protocol/messages/update_features_request.h"
#include "embedded-broker/protocol/messages/update_features_response.h"
#include "tests/support/simulation/sim_controller.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker;
using namespace broker::metadata;
using protocol::KafkaError;
using tests::simulation::SimController;

namespace {

protocol::UpdateFeaturesRequest update(const std::string& feature, std::int16_t level, std::int8_t type = 1) {
    protocol::UpdateFeaturesRequest request;
    auto& one = request.featureUpdates.emplace_back();
    one.feature = feature;
    one.maxVersionLevel = level;
    one.upgradeType = type;
    return request;
}

protocol::UpdateFeaturesResponse ask(SimController& cluster, const protocol::UpdateFeaturesRequest& request, std::int16_t version = 2) {
    return cluster.ask<protocol::UpdateFeaturesResponse>([&](auto reply) { cluster.controller().updateFeatures(request, version, reply); });
}

/// Registered with all features that this engine has.
void joinToday(SimController& cluster, NodeId id, std::uint8_t incarnation = 1) {
    auto registration = cluster.registration(id, incarnation);
    registration.features.clear();
    for (const auto& [name, range] : kSupportedFeatures)
        registration.features.push_back({.name = std::string(name), .minSupportedVersion = range.min, .maxSupportedVersion = range.max, .unknownTaggedFields = {}});
    cluster.registerBroker(registration);
    cluster.heartbeat(id);
}

std::string said(const protocol::UpdateFeaturesResponse& response) { return response.errorMessage.value_or(""); }

} // namespace

class ControllerFeaturesTest : public QObject {
    Q_OBJECT
private slots:
    void aLevelIsWrittenAndFoundAgain() {
        SimController cluster;
        joinToday(cluster, 1);
        QCOMPARE(int(cluster.image().feature(kTransactionVersionFeature)), 2);
        QCOMPARE(int(ask(cluster, update("transaction.version", 0, 2)).errorCode), 0);
        QCOMPARE(int(cluster.image().feature(kTransactionVersionFeature)), 0);
        QVERIFY(!cluster.image().features().contains("transaction.version"));
        const auto raised = ask(cluster, update("transaction.version", 2), 1);
        QCOMPARE(int(raised.errorCode), 0);
        QVERIFY(!raised.errorMessage.has_value());
        QCOMPARE(raised.results.size(), std::size_t(1)); // of version 1: one a feature
        QCOMPARE(raised.results.at(0).feature, std::string("transaction.version"));
        QCOMPARE(int(cluster.image().feature(kTransactionVersionFeature)), 2);
    }
    /// A broker that registered before its program knew the level must be started with a newer one first.
    void everyBrokerMustKnowTheLevel() {
        SimController cluster;
        cluster.join(1); // knows nothing of transactions
        QCOMPARE(int(ask(cluster, update("transaction.version", 0, 2)).errorCode), 0);
        const auto refused = ask(cluster, update("transaction.version", 2));
        QCOMPARE(int(refused.errorCode), int(protocol::code(KafkaError::InvalidUpdateVersion)));
        QVERIFY2(said(refused).ends_with("Invalid update version 2 for feature transaction.version. Broker 1 does not support this feature."), said(refused).c_str());
        joinToday(cluster, 1, 2);
        QCOMPARE(int(ask(cluster, update("transaction.version", 2)).errorCode), 0);
    }
    void allOfARequestOrNothing() {
        SimController cluster;
        joinToday(cluster, 1);
        auto request = update("transaction.version", 1, 2);
        request.featureUpdates.push_back(update("metadata.version", 22, 2).featureUpdates.front());
        const auto before = cluster.image().offset();
        QCOMPARE(int(ask(cluster, request).errorCode), int(protocol::code(KafkaError::InvalidUpdateVersion)));
        request = update("transaction.version", 1, 2);
        request.validateOnly = true;
        QCOMPARE(int(ask(cluster, request).errorCode), 0);
        QCOMPARE(cluster.image().offset(), before);
        QCOMPARE(int(cluster.image().feature(kTransactionVersionFeature)), 2);
    }
    /// With eligible leader replicas one min.insync.replicas holds for all: brokers lose their own, the cluster gets one.
    void eligibleLeaderReplicasMakeOneMinIsr() {
        SimController cluster;
        joinToday(cluster, 1);
        QCOMPARE(int(ask(cluster, update("eligible.leader.replicas.version", 0, 2)).errorCode), 0);
        protocol::IncrementalAlterConfigsRequest own;
        auto& resource = own.resources.emplace_back();
        resource.resourceType = 4;
        resource.resourceName = "1";
        auto& config = resource.configs.emplace_back();
        config.name = "min.insync.replicas";
        config.value = "2";
        const auto alter = [&] {
            return cluster.ask<protocol::IncrementalAlterConfigsResponse>([&](auto reply) { cluster.controller().incrementalAlterConfigs(own, reply); })
                .responses.at(0).errorCode;
        };
        QCOMPARE(int(alter()), 0);
        QCOMPARE(int(ask(cluster, update("eligible.leader.replicas.version", 1)).errorCode), 0);
        QVERIFY(!cluster.image().config(ResourceType::Broker, "1").contains("min.insync.replicas"));
        QCOMPARE(cluster.image().config(ResourceType::Broker, "").at("min.insync.replicas"), std::string("1"));
        QVERIFY(alter() != 0);
    }
    /// Records that an older level cannot hold are in the way of going back; where nothing changed it is allowed.
    void metadataVersionGoesBackWhereRecordsStayTheSame() {
        MetadataImage::Features now{{"metadata.version", 29}};
        const auto down = [&](std::int16_t level, UpgradeType type) { return refusal({"metadata.version", level, type}, now, now, {}); };
        QVERIFY(!down(24, UpgradeType::SafeDowngrade));
        QVERIFY(!down(23, UpgradeType::SafeDowngrade));
        QVERIFY(down(22, UpgradeType::SafeDowngrade)->ends_with("might delete metadata information."));
        QVERIFY(down(22, UpgradeType::UnsafeDowngrade)->ends_with("is not supported in this version."));
        QVERIFY(down(24, UpgradeType::Upgrade).has_value());
        QVERIFY(!refusal({"metadata.version", 30, UpgradeType::Upgrade}, now, now, {}));
    }
    void aFeatureThatNobodyKnows() {
        const MetadataImage::Features now{{"metadata.version", 30}};
        QVERIFY(refusal({"group.version", 0, UpgradeType::SafeDowngrade}, now, now, {})->ends_with("Feature group.version not found."));
    }
    void aLevelThatNeedsAnother() {
        const FeatureChange change{"eligible.leader.replicas.version", 1, UpgradeType::Upgrade};
        const MetadataImage::Features now{{"metadata.version", 22}};
        QVERIFY(refusal(change, now, now, {})->ends_with("because it depends on metadata.version level 23"));
        QVERIFY(!refusal(change, now, {{"metadata.version", 30}}, {})); // raised in the same request
    }
};

SAMSA_TEST(ControllerFeaturesTest)
#include "controller_features_test.moc"
