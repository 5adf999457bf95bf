#pragma once
// A broker's life as the controller sees it: registers, beats, asks to be unfenced once its metadata have caught up, and says
// goodbye. Loop thread only.
//
//   Registering --> CatchingUp --> Running --> Leaving --> Left
//        ^______________|______________|   (the controller forgot us, or a newer incarnation of the cluster)

#include "embedded-broker/base/random.h"
#include "embedded-broker/base/uuid.h"
#include "embedded-broker/node/broker_config.h"
#include "embedded-broker/node/controller_channel.h"

#include <functional>
#include <memory>

namespace broker::node {

class BrokerLifecycle {
public:
    enum class State : std::uint8_t { Registering, CatchingUp, Running, Leaving, Left };
    struct Facts {
        std::string clusterId;
        std::vector<NamedListener> advertised; ///< with real ports
        std::vector<Uuid> directories;
        BrokerEpoch previousEpoch = -1;        ///< of a clean stop before; -1 = unclean
    };
    BrokerLifecycle(const BrokerConfig& config, Facts facts, Scheduler& scheduler, Random& random, ControllerChannel& controller);
    ~BrokerLifecycle();

    void start();
    /// The metadata of this node are complete up to `offset` (last offset), and its replicas follow them.
    void loaded(Offset offset);
    /// Another controller: it wants to hear from us.
    void controllerChanged();
    void onRunning(std::function<void()> handler) { m_onRunning = std::move(handler); } ///< each time it becomes unfenced first
    /// Its metadata reach its own registration: it may answer clients. Each time after a registration.
    void onCaughtUp(std::function<void()> handler) { m_onCaughtUp = std::move(handler); }
    void onEpoch(std::function<void(BrokerEpoch)> handler) { m_onEpoch = std::move(handler); }
    void onRefused(std::function<void(const Error&)> handler) { m_onRefused = std::move(handler); } ///< registration is hopeless
    /// Asks the controller to move the leaderships away; `done` when it did or after `timeout`.
    void leave(Duration timeout, std::function<void()> done);

    /// While leaving: nobody is left who could let this broker go.
    void stopWaiting();
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] BrokerEpoch epoch() const { return m_epoch; } ///< -1 until registered

private:
    void registerNow();
    void beat();
    void beatLater(Duration delay);
    void left();

    const BrokerConfig& m_config;
    Facts m_facts;
    Scheduler& m_scheduler;
    ControllerChannel& m_controller;
    Uuid m_incarnation;
    State m_state = State::Registering;
    BrokerEpoch m_epoch = -1;
    Offset m_loaded = -1;
    bool m_beating = false;   ///< a heartbeat is under way
    bool m_beatAgain = false; ///< something changed meanwhile
    TimerId m_timer = 0;
    TimerId m_leaveTimer = 0;
    std::function<void()> m_onRunning;
    std::function<void()> m_onCaughtUp;
    std::function<void(BrokerEpoch)> m_onEpoch;
    std::function<void(const Error&)> m_onRefused;
    std::function<void()> m_onLeft;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace broker::node
