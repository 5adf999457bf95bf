#pragma once
// Runs one scenario file against a cluster and compares each answer with the expected one.

#include "embedded-broker/protocol/messages/metadata_response.h"
#include "tests/scenarios/runner/kafka_link.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scenarios {

struct Command {
    int line = 0;
    std::vector<std::string> words;
    std::vector<std::string> expected;
};

/// Throws ScenarioError for a file that cannot be read.
std::vector<Command> parseFile(const std::string& path);

class Scenario {
public:
    /// `admin`: of a secure cluster, the super user that everything begins as.
    Scenario(std::string host, std::uint16_t port, std::string suffix, std::optional<Login> admin)
        : m_host(std::move(host)), m_port(port), m_suffix(std::move(suffix)) {
        if (admin)
            m_logins.emplace(kAdmin, std::move(*admin));
    }
    /// What the cluster answered, as lines.
    std::vector<std::string> run(const Command& command);

private:
    struct Options {
        std::vector<std::string> words; ///< without the pairs
        std::map<std::string, std::string> pairs;
        [[nodiscard]] std::string get(const std::string& key, const std::string& fallback) const;
        [[nodiscard]] std::int64_t number(const std::string& key, std::int64_t fallback) const;
    };
    struct Member {
        std::string id;
        std::int32_t generation = -1;
        std::optional<std::string> instance;
        std::unique_ptr<KafkaLink> link; ///< its own connection: joins and syncs wait
        std::int32_t waiting = 0;        ///< correlation id of what it waits for
        bool joining = false;
    };
    struct Producer {
        std::int64_t id = -1;
        std::int16_t epoch = 0;
    };
    using Lines = std::vector<std::string>;

    /// True when it is worth asking again: `error` passes by itself (a broker whose metadata are behind, a group that loads), the scenario
    /// does not expect it, and the command's time is not over.
    [[nodiscard]] bool again(std::int16_t error) const;
    [[nodiscard]] bool timeLeft() const { return std::chrono::steady_clock::now() < m_deadline; }
    /// Repeats `ask` until the expected lines come or the command's time is over; the last answer.
    template <class Ask>
    Lines settled(const Command& command, Ask ask) {
        Lines lines = ask();
        while (lines != command.expected && timeLeft())
            lines = ask();
        return lines;
    }
    template <class Ask>
    auto patiently(Ask ask) {
        auto result = ask();
        while (again(result.errorCode))
            result = ask();
        return result;
    }
    [[nodiscard]] std::string scenarioName(const std::string& name) const; ///< without the run's suffix
    broker::protocol::MetadataResponse clusterMetadata();
    std::string brokerName(const std::string& which);

    static Options options(const std::vector<std::string>& words, std::size_t from, const std::vector<std::string>& keys = {});
    [[nodiscard]] std::string real(const std::string& name) const { return name + m_suffix; }
    /// "x*70000" is 70,000 times x; other words are themselves.
    static std::string expanded(const std::string& word);
    static constexpr const char* kAdmin = "admin";
    KafkaLink& any();               ///< as the user of now
    KafkaLink& admin();             ///< for what is looked up, not tried
    KafkaLink& leader(const std::string& topic, std::int32_t partition);
    KafkaLink& coordinator(const std::string& group);
    KafkaLink& transactionCoordinator(const std::string& id);
    Producer& producer(const std::string& name);
    KafkaLink& at(const std::string& host, std::int32_t port);
    KafkaLink& as(const std::string& user, const std::string& host, std::int32_t port);
    /// Every broker, as the super user.
    std::vector<KafkaLink*> brokers();
    Member& member(const std::string& group, const std::string& name);
    static KafkaLink& linkOf(Member& member);

    Lines createTopic(const Command& command);
    Lines createPartitions(const Command& command);
    Lines deleteTopic(const Command& command);
    Lines produce(const Command& command);
    Lines compacted(const Command& command);
    Lines fetch(const Command& command);
    Lines listOffset(const Command& command);
    Lines epochEnd(const Command& command);
    Lines trim(const Command& command);
    Lines alterConfig(const Command& command, std::int8_t operation);
    Lines getConfig(const Command& command);
    Lines initProducer(const Command& command);
    Lines join(const Command& command);
    Lines sync(const Command& command);
    Lines await(const Command& command);
    Lines heartbeat(const Command& command);
    Lines leave(const Command& command);
    Lines commit(const Command& command);
    Lines committed(const Command& command);
    Lines describe(const Command& command);
    Lines removeGroup(const Command& command);
    Lines createTopics(const Command& command);
    Lines deleteTopics(const Command& command);
    Lines metadata(const Command& command);
    Lines describeTopics(const Command& command);
    Lines logDirs(const Command& command);
    Lines forgetOffsets(const Command& command);
    Lines listGroups(const Command& command);
    Lines describeCluster(const Command& command);
    Lines allConfigs(const Command& command);
    Lines brokerConfig(const Command& command);
    Lines alterBroker(const Command& command);
    Lines alterMany(const Command& command);
    Lines find(const Command& command);
    Lines describeFeature(const Command& command);
    Lines updateFeatures(const Command& command);
    Lines becomeUser(const Command& command);
    /// Every broker knows that the user has credentials of this mechanism, or has none.
    void untilAllSay(const std::string& user, std::int8_t mechanism, bool has);
    Lines makeUser(const Command& command);
    Lines removeUser(const Command& command);
    Lines logIn(const Command& command);
    Lines credentials(const Command& command);
    Lines addAcl(const Command& command);
    Lines removeAcl(const Command& command);
    Lines listAcls(const Command& command);
    Lines tryApi(const Command& command);
    Lines beginProducer(const Command& command);
    Lines addToTransaction(const Command& command);
    Lines addOffsets(const Command& command);
    Lines commitInTransaction(const Command& command);
    Lines endTransaction(const Command& command);
    Lines describeTransaction(const Command& command);
    Lines listTransactions(const Command& command);
    Lines describeProducers(const Command& command);
    Lines joinAnswer(const std::string& group, Member& member);
    Lines syncAnswer(Member& member);

    std::string m_host;
    std::uint16_t m_port;
    std::string m_suffix;
    std::string m_expected;                             ///< the first line that the command under way expects
    std::chrono::steady_clock::time_point m_deadline{}; ///< of the command under way
    std::map<std::string, std::unique_ptr<KafkaLink>> m_links;
    std::map<std::string, Login> m_logins; ///< empty: a cluster without security
    std::string m_user = kAdmin;
    std::map<std::string, Producer> m_producers;
    std::map<std::string, std::int64_t> m_lastIds; ///< producer id that a transactional id had last
    std::map<std::string, Member> m_members;
};

} // namespace scenarios
