#include "models/session/readings.h"

namespace models::session {

using client::TopicPartition;

void Readings::setOffsets(const QList<client::OffsetAnswer>& answers, client::OffsetAt at, qint64 monotonicNs) {
    for (const auto& answer : answers) {
        if (answer.error || answer.offset < 0)
            continue;
        auto& reading = m_offsets[answer.partition];
        if (at == client::OffsetAt::Earliest) {
            reading.begin = answer.offset;
            continue;
        }
        reading.rate = reading.meter.update(static_cast<double>(answer.offset), monotonicNs);
        reading.end = answer.offset;
        reading.takenNs = monotonicNs;
    }
}

void Readings::setLogDirs(int broker, const wire::LogDirs& dirs, qint64 monotonicNs) {
    auto& sizes = m_sizes[broker];
    QSet<TopicPartition> seen;
    for (const auto& replica : dirs.replicas) {
        const TopicPartition partition{replica.topic, replica.partition};
        auto& size = sizes[partition];
        size.rate = size.meter.update(static_cast<double>(replica.bytes), monotonicNs);
        size.bytes = replica.bytes;
        size.takenNs = monotonicNs;
        seen.insert(partition);
    }
    sizes.removeIf([&seen](const auto& it) { return !seen.contains(it.key()); });
}

void Readings::noteEnds(qint64 nowMs, qint64 monotonicNs) {
    for (auto it = m_trails.begin(); it != m_trails.end(); ++it) {
        const auto reading = m_offsets.constFind(it.key());
        if (reading != m_offsets.cend() && reading->end >= 0 && monotonicNs - reading->takenNs <= m_offsetsFreshNs)
            it->note(nowMs, reading->end);
    }
}

void Readings::seedEnds(const QList<metrics::LogEnd>& ends) {
    for (auto it = ends.cbegin(); it != ends.cend();) {
        const TopicPartition partition{it->topic, it->partition};
        std::vector<OffsetTrail::Point> past;
        for (; it != ends.cend() && it->topic == partition.topic && it->partition == partition.partition; ++it)
            if (past.empty() || it->timeMs >= past.back().untilMs) // what does not fit is of a topic that was made anew
                past.push_back({it->timeMs, it->timeMs, it->offset});
        m_trails[partition].prepend(past);
    }
}

double Readings::rateOf(const TopicPartition& partition, bool offline, qint64 monotonicNs) const {
    if (offline)
        return 0; // nobody can write to it: that is known
    const auto it = m_offsets.constFind(partition);
    return it == m_offsets.cend() || monotonicNs - it->takenNs > m_offsetsFreshNs ? metrics::kGap : it->rate;
}

double Readings::byteRateOf(int broker, const TopicPartition& partition, qint64 monotonicNs) const {
    const auto* known = size(broker, partition);
    return known == nullptr || monotonicNs - known->takenNs > m_bytesFreshNs ? metrics::kGap : known->rate;
}

void Readings::trail(const TopicPartition& partition, qint64 nowMs, qint64 end) {
    if (auto& trail = m_trails[partition]; trail.points().empty())
        trail.note(nowMs, end);
}

void Readings::keepOnly(const QSet<QString>& topics) {
    m_offsets.removeIf([&topics](const auto& it) { return !topics.contains(it.key().topic); });
    m_trails.removeIf([&topics](const auto& it) { return !topics.contains(it.key().topic); });
    for (auto& sizes : m_sizes)
        sizes.removeIf([&topics](const auto& it) { return !topics.contains(it.key().topic); });
}

void Readings::forgetOffsets(const QString& topic) {
    m_offsets.removeIf([&topic](const auto& it) { return it.key().topic == topic; });
    m_trails.removeIf([&topic](const auto& it) { return it.key().topic == topic; });
}

const Readings::Offsets* Readings::offsets(const TopicPartition& partition) const {
    const auto found = m_offsets.constFind(partition);
    return found == m_offsets.cend() ? nullptr : &*found;
}

const Readings::Sizes* Readings::sizes(int broker) const {
    const auto found = m_sizes.constFind(broker);
    return found == m_sizes.cend() ? nullptr : &*found;
}

const Readings::Size* Readings::size(int broker, const TopicPartition& partition) const {
    const auto* all = sizes(broker);
    if (all == nullptr)
        return nullptr;
    const auto found = all->constFind(partition);
    return found == all->cend() ? nullptr : &*found;
}

const OffsetTrail* Readings::trailOf(const TopicPartition& partition) const {
    const auto found = m_trails.constFind(partition);
    return found == m_trails.cend() ? nullptr : &*found;
}

} // namespace models::session
