#pragma once
// The numbers that Kafka names, by the names that Kafka gives them. They are aliases: signatures say which number is
// meant, and generated messages can be used without conversions.

#include <cstdint>
#include <string>

namespace broker {

using NodeId = std::int32_t;        ///< of a broker or controller; -1 = none
using PartitionIndex = std::int32_t;
using Offset = std::int64_t;        ///< of a record within a partition; ranges are [base, next)
using LeaderEpoch = std::int32_t;   ///< of a partition's leader; -1 = unknown
using QuorumEpoch = std::int32_t;   ///< of the KRaft quorum
using BrokerEpoch = std::int64_t;   ///< metadata offset of a broker's registration; -1 = unknown
using ProducerId = std::int64_t;    ///< -1 = none
using ProducerEpoch = std::int16_t;
using WallMs = std::int64_t;        ///< milliseconds since 1970 by the wall clock: timestamps and retention only

inline constexpr NodeId kNoNode = -1;
inline constexpr Offset kNoOffset = -1;
inline constexpr LeaderEpoch kNoEpoch = -1;
inline constexpr ProducerId kNoProducerId = -1;

struct TopicPartition {
    std::string topic;
    PartitionIndex partition = 0;
    auto operator<=>(const TopicPartition&) const = default;
};

} // namespace broker

template <>
struct std::hash<broker::TopicPartition> {
    std::size_t operator()(const broker::TopicPartition& tp) const noexcept {
        return std::hash<std::string>{}(tp.topic) * 31 + static_cast<std::size_t>(tp.partition);
    }
};
