#pragma once
// Runs one scenario file against a cluster and compares each answer with the expected one.

#include "tests/scenarios/runner/kafka_link.h"

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
    Scenario(std::string host, std::uint16_t port, std::string suffix) : m_host(std::move(host)), m_port(port), m_suffix(std::move(suffix)) {}
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
    using Lines = std::vector<std::string>;

    static Options options(const std::vector<std::string>& words, std::size_t from, const std::vector<std::string>& keys = {});
    [[nodiscard]] std::string real(const std::string& name) const { return name + m_suffix; }
    KafkaLink& any();
    KafkaLink& leader(const std::string& topic, std::int32_t partition);
    KafkaLink& coordinator(const std::string& group);
    KafkaLink& at(const std::string& host, std::int32_t port);
    Member& member(const std::string& group, const std::string& name);

    Lines createTopic(const Command& command);
    Lines createPartitions(const Command& command);
    Lines deleteTopic(const Command& command);
    Lines produce(const Command& command);
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
    Lines joinAnswer(const std::string& group, Member& member);
    Lines syncAnswer(Member& member);

    std::string m_host;
    std::uint16_t m_port;
    std::string m_suffix;
    std::map<std::string, std::unique_ptr<KafkaLink>> m_links;
    std::map<std::string, std::int64_t> m_producers;
    std::map<std::string, Member> m_members;
};

} // namespace scenarios
