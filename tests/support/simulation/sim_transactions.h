#pragma once
// Producers with transactional ids on a simulated cluster: they write numbered transactions as today's clients do (transaction.version 2), commit and abort
// them, die in the middle, and remember what became of each. In the end a reader of committed messages must find each committed one whole and
// once, nothing of an aborted one, and of one whose fate nobody was told all or nothing.

#include "tests/support/simulation/sim_cluster.h"

#include <memory>
#include <string>
#include <vector>

namespace tests::simulation {

class SimTransactions {
public:
    SimTransactions(SimCluster& cluster, int producers);
    ~SimTransactions();

    /// Each goes on by itself from here.
    void start();
    /// No new transactions; those under way go on.
    void finish() { m_finishing = true; }
    [[nodiscard]] bool idle() const;
    /// This producer dies and is started again: what it has open is ended by its successor.
    void crash(int producer);
    [[nodiscard]] int producers() const { return static_cast<int>(m_producers.size()); }
    [[nodiscard]] std::size_t committed() const { return m_committed; }
    [[nodiscard]] std::size_t aborted() const { return m_aborted; }
    /// Empty = the rules hold, and readers of committed messages get to the end.
    std::string verify(Duration limit);
    [[nodiscard]] const std::string& violation() const { return m_violation; }

private:
    enum class Fate : std::uint8_t { Unknown, Committed, Aborted };
    struct Transaction {
        Fate fate = Fate::Unknown;
        int messages = 0;  ///< acknowledged
        bool over = false; ///< nothing more will be heard of it
    };
    struct Producer {
        int number = 0;
        std::uint64_t life = 0; ///< answers to an earlier one are nobody's
        int coordinator = 0;
        broker::ProducerId id = -1;
        broker::ProducerEpoch epoch = -1;
        std::vector<Transaction> transactions;
        int toSend = 0;
        int partition = 0;
        std::map<int, int> sequences;
        bool ending = false; ///< the end has been asked for
        bool commit = false;
        bool idle = true;
    };
    struct Reading {
        broker::Offset next = 0;
        bool done = false;
        std::set<broker::ProducerId> leftOut;
        std::vector<std::string> values;
    };
    using Then = std::function<void(Producer&)>;
    /// Runs `then` later, if the producer is still that one.
    void later(Producer& producer, Then then);
    template <class Answer>
    auto mine(Producer& producer, Answer answer);
    void findCoordinator(Producer& producer, Then then);
    void init(Producer& producer);
    void begin(Producer& producer);
    void send(Producer& producer);
    void end(Producer& producer);
    void settle(Producer& producer, Fate fate);
    void read(int partition);

    SimCluster& m_cluster;
    std::vector<std::unique_ptr<Producer>> m_producers;
    std::map<int, Reading> m_reading;
    std::size_t m_committed = 0;
    std::size_t m_aborted = 0;
    bool m_finishing = false;
    std::string m_violation;
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace tests::simulation
