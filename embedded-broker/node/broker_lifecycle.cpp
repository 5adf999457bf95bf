#include "embedded-broker/node/broker_lifecycle.h"

#include "embedded-broker/base/log.h"
#include "embedded-broker/metadata/features.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_request.h"
#include "embedded-broker/protocol/messages/broker_heartbeat_response.h"
#include "embedded-broker/protocol/messages/broker_registration_request.h"
#include "embedded-broker/protocol/messages/broker_registration_response.h"

#include <fmt/format.h>

namespace broker::node {

namespace {

using protocol::KafkaError;

/// Between two registrations that were refused for now: the old session of a broker that crashed still lives.
constexpr Duration kRegisterBackoff = milliseconds(50);
constexpr Duration kRegisterDeadline = seconds(60);

} // namespace

BrokerLifecycle::BrokerLifecycle(const BrokerConfig& config, Facts facts, Scheduler& scheduler, Random& random, ControllerChannel& controller)
    : m_config(config), m_facts(std::move(facts)), m_scheduler(scheduler), m_controller(controller), m_incarnation(Uuid::random(random)) {}

BrokerLifecycle::~BrokerLifecycle() {
    *m_alive = false;
    m_scheduler.cancel(m_timer);
    m_scheduler.cancel(m_leaveTimer);
}

void BrokerLifecycle::start() { registerNow(); }

void BrokerLifecycle::registerNow() {
    m_state = State::Registering;
    protocol::BrokerRegistrationRequest request;
    request.brokerId = m_config.nodeId;
    request.clusterId = m_facts.clusterId;
    request.incarnationId = m_incarnation;
    for (const auto& listener : m_facts.advertised)
        request.listeners.push_back({.name = listener.name, .host = listener.endpoint.host, .port = listener.endpoint.port, .securityProtocol = static_cast<std::int16_t>(listener.protocol),
                                     .unknownTaggedFields = {}});
    for (const auto& [name, range] : metadata::kSupportedFeatures)
        request.features.push_back({.name = std::string(name), .minSupportedVersion = range.min, .maxSupportedVersion = range.max,
                                    .unknownTaggedFields = {}});
    request.rack = m_config.rack;
    request.logDirs = m_facts.directories;
    request.previousBrokerEpoch = m_facts.previousEpoch;
    m_controller.call<protocol::BrokerRegistrationResponse>(
        std::move(request), 4, kRegisterDeadline, [this, alive = m_alive](Result<protocol::BrokerRegistrationResponse> response) {
            if (!*alive || m_state != State::Registering)
                return;
            const auto code = response ? static_cast<KafkaError>(response->errorCode) : KafkaError::RequestTimedOut;
            if (code == KafkaError::None) {
                m_epoch = response->brokerEpoch;
                m_state = State::CatchingUp;
                log::info("node", "registered with epoch {}", m_epoch);
                m_controller.setBrokerEpoch(m_epoch);
                if (m_onEpoch)
                    m_onEpoch(m_epoch);
                if (m_loaded >= m_epoch && m_onCaughtUp)
                    m_onCaughtUp();
                return beat();
            }
            if (code == KafkaError::InconsistentClusterId || code == KafkaError::InvalidRegistration || code == KafkaError::UnsupportedVersion) {
                if (m_onRefused)
                    m_onRefused({ErrorCode::InvalidArgument, fmt::format("The controller refuses this broker: {}.", protocol::name(code))});
                return;
            }
            log::debug("node", "registration: {}", protocol::name(code));
            m_timer = m_scheduler.after(kRegisterBackoff, [this] {
                m_timer = 0;
                registerNow();
            });
        });
}

void BrokerLifecycle::loaded(Offset offset) {
    const bool caughtUpNow = m_loaded < m_epoch && offset >= m_epoch;
    m_loaded = offset;
    if (m_state != State::CatchingUp || !caughtUpNow)
        return;
    if (m_onCaughtUp)
        m_onCaughtUp();
    beat();
}

void BrokerLifecycle::controllerChanged() {
    if (m_state != State::Registering && m_state != State::Left)
        beat();
}

void BrokerLifecycle::beatLater(Duration delay) {
    m_scheduler.cancel(m_timer);
    m_timer = m_scheduler.after(delay, [this] {
        m_timer = 0;
        beat();
    });
}

void BrokerLifecycle::beat() {
    if (m_beating) {
        m_beatAgain = true;
        return;
    }
    m_beating = true;
    m_beatAgain = false;
    protocol::BrokerHeartbeatRequest request;
    request.brokerId = m_config.nodeId;
    request.brokerEpoch = m_epoch;
    request.currentMetadataOffset = m_loaded;
    request.wantFence = m_state == State::CatchingUp && m_loaded < m_epoch;
    request.wantShutDown = m_state == State::Leaving;
    const Duration interval = m_config.durationMs("broker.heartbeat.interval.ms");
    m_controller.call<protocol::BrokerHeartbeatResponse>(
        std::move(request), 1, m_config.durationMs("broker.session.timeout.ms"),
        [this, interval, alive = m_alive](Result<protocol::BrokerHeartbeatResponse> response) {
            if (!*alive)
                return;
            m_beating = false;
            if (m_state == State::Left || m_state == State::Registering)
                return;
            const auto code = response ? static_cast<KafkaError>(response->errorCode) : KafkaError::RequestTimedOut;
            if (code == KafkaError::StaleBrokerEpoch || code == KafkaError::BrokerIdNotRegistered) {
                if (m_state == State::Leaving)
                    return left();
                log::warning("node", "the controller does not know this broker's epoch {} ({}); registering again", m_epoch, protocol::name(code));
                return registerNow();
            }
            if (code == KafkaError::None) {
                if (m_state == State::CatchingUp && !response->isFenced) {
                    m_state = State::Running;
                    log::info("node", "unfenced");
                    if (m_onRunning)
                        m_onRunning();
                }
                if (m_state == State::Leaving && response->shouldShutDown)
                    return left();
            }
            if (m_beatAgain)
                beat();
            else
                beatLater(m_state == State::Leaving ? milliseconds(20) : interval);
        });
}

void BrokerLifecycle::leave(Duration timeout, std::function<void()> done) {
    m_onLeft = std::move(done);
    if (m_state == State::Registering || m_state == State::Left || m_epoch < 0)
        return left();
    m_state = State::Leaving;
    m_leaveTimer = m_scheduler.after(timeout, [this] {
        m_leaveTimer = 0;
        log::warning("node", "the controller did not let this broker go in time");
        left();
    });
    beat();
}

void BrokerLifecycle::stopWaiting() {
    if (m_state == State::Leaving)
        left();
}

void BrokerLifecycle::left() {
    m_state = State::Left;
    m_scheduler.cancel(std::exchange(m_timer, 0));
    m_scheduler.cancel(std::exchange(m_leaveTimer, 0));
    if (const auto done = std::exchange(m_onLeft, nullptr))
        done();
}

} // namespace broker::node
