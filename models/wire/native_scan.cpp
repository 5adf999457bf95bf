#include "models/wire/native_scan.h"

#include "embedded-broker/protocol/messages/list_offsets_request.h"
#include "embedded-broker/protocol/messages/list_offsets_response.h"
#include "embedded-broker/protocol/messages/metadata_request.h"
#include "embedded-broker/protocol/messages/metadata_response.h"

#include <pthread.h>

namespace models::wire {
namespace {

using namespace std::chrono_literals;

constexpr auto kAnswerTimeout = 5s;
constexpr int kSpanAttempts = 4;

/// Asking again would bring the same, or lock an account.
bool isFinal(const Error& error) {
    return error.code == ErrorCode::AuthenticationFailed || error.code == ErrorCode::NotAuthorized || error.code == ErrorCode::TlsFailed
        || error.code == ErrorCode::Unsupported || error.code == ErrorCode::Cancelled;
}

} // namespace

NativeScan::NativeScan(QStringList servers, Security security)
    : m_servers(std::move(servers)), m_security(std::move(security)), m_cancelFd(::eventfd(0, EFD_CLOEXEC)) {
    m_links.security = m_security;
}

NativeScan::~NativeScan() { ::close(m_cancelFd); }

void NativeScan::cancel() {
    m_cancelled = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(m_cancelFd, &one, sizeof one);
    written = ::write(m_links.cancelFd, &one, sizeof one);
    stop(ScanEnd::Cancelled);
}

void NativeScan::stop(ScanEnd why) {
    const std::lock_guard lock(m_mutex);
    if (!m_stopping.exchange(true))
        m_end = why;
    m_changed.notify_all();
}

QMap<int, qint64> NativeScan::positions() const {
    const std::lock_guard lock(m_mutex);
    QMap<int, qint64> all;
    for (const auto& lane : m_lanes)
        all.insert(lane->partition, lane->scanned.load(std::memory_order_relaxed));
    return all;
}

Result<NativeScan::Layout> NativeScan::layout(const QString& topic) {
    const QString what = QStringLiteral("metadata of %1").arg(topic);
    QList<Address> candidates;
    for (const auto& [id, address] : m_known)
        candidates.append(address);
    for (const auto& server : m_servers)
        if (const auto address = addressOf(server); !candidates.contains(address))
            candidates.append(address);
    protocol::MetadataRequest request;
    request.topics.emplace().emplace_back().name = topic.toStdString();
    request.allowAutoTopicCreation = false;
    Error last{ErrorCode::Invalid, what, QStringLiteral("no bootstrap servers"), 0};
    for (const auto& candidate : candidates) {
        auto answer = m_links.ask<protocol::MetadataResponse>(candidate, request, what, kAnswerTimeout);
        if (!answer) {
            last = answer.error();
            if (isFinal(last))
                break;
            continue;
        }
        Layout layout;
        for (const auto& broker : answer->brokers)
            layout.brokers[broker.nodeId] = {QString::fromStdString(broker.host), broker.port};
        if (!layout.brokers.empty())
            m_known = layout.brokers;
        for (const auto& each : answer->topics) {
            if (!each.name || *each.name != topic.toStdString())
                continue;
            if (each.errorCode != 0 && each.errorCode != 5)
                return std::unexpected(kafkaError(topic, each.errorCode));
            for (const auto& partition : each.partitions)
                layout.leaders[partition.partitionIndex] = layout.brokers.contains(partition.leaderId) ? partition.leaderId : kNoLeader;
        }
        if (layout.leaders.empty())
            return std::unexpected(kafkaError(topic, 3));
        return layout;
    }
    return std::unexpected(last);
}

Result<std::map<int, std::pair<qint64, std::optional<Error>>>> NativeScan::offsetsAt(
    const Address& leader, const QString& topic, const QList<int>& partitions, qint64 timestamp, bool committed) {
    protocol::ListOffsetsRequest request;
    request.replicaId = -1;
    request.isolationLevel = committed ? 1 : 0;
    request.timeoutMs = 5000;
    auto& asked = request.topics.emplace_back();
    asked.name = topic.toStdString();
    for (const int partition : partitions) {
        auto& each = asked.partitions.emplace_back();
        each.partitionIndex = partition;
        each.timestamp = timestamp;
    }
    auto answer = m_links.ask<protocol::ListOffsetsResponse>(leader, request, QStringLiteral("offsets of %1").arg(topic), kAnswerTimeout);
    if (!answer)
        return std::unexpected(answer.error());
    std::map<int, std::pair<qint64, std::optional<Error>>> all;
    for (const auto& each : answer->topics)
        for (const auto& partition : each.partitions)
            all[partition.partitionIndex] = {partition.offset,
                partition.errorCode == 0 ? std::nullopt
                                         : std::optional<Error>(kafkaError(QStringLiteral("%1-%2").arg(topic).arg(partition.partitionIndex), partition.errorCode))};
    return all;
}

Result<QMap<int, TopicScan::Span>> NativeScan::spans(const QString& topic, const SpanQuery& query) {
    QMap<int, Span> all;
    for (int attempt = 0; attempt < kSpanAttempts; ++attempt) {
        if (m_cancelled)
            return fail(ErrorCode::Cancelled, topic, QStringLiteral("cancelled"));
        if (attempt > 0) {
            std::unique_lock lock(m_mutex);
            m_changed.wait_for(lock, std::chrono::milliseconds(100 << attempt), [this] { return m_cancelled.load(); });
        }
        auto found = layout(topic);
        if (!found)
            return std::unexpected(found.error());
        std::map<int, QList<int>> byLeader;
        for (const auto& [partition, leader] : found->leaders) {
            if (!query.partitions.isEmpty() && !query.partitions.contains(partition))
                continue;
            if (all.contains(partition) && !all[partition].error)
                continue;
            all[partition].error = Error{ErrorCode::Unreachable, QStringLiteral("%1-%2").arg(topic).arg(partition), QStringLiteral("LEADER_NOT_AVAILABLE"), 5};
            if (leader != kNoLeader)
                byLeader[leader].append(partition);
        }
        for (const auto& [leader, partitions] : byLeader) {
            const Address& address = found->brokers[leader];
            auto begins = offsetsAt(address, topic, partitions, -2, query.readCommitted);
            auto ends = begins ? offsetsAt(address, topic, partitions, -1, query.readCommitted) : begins;
            auto froms = ends && query.fromMs ? offsetsAt(address, topic, partitions, *query.fromMs, query.readCommitted) : ends;
            auto untils = froms && query.untilMs ? offsetsAt(address, topic, partitions, *query.untilMs, query.readCommitted) : froms;
            for (const int partition : partitions) {
                auto& span = all[partition];
                if (!untils) {
                    span.error = untils.error();
                    continue;
                }
                span.error = (*begins)[partition].second;
                if (!span.error)
                    span.error = (*ends)[partition].second;
                if (!span.error && query.fromMs)
                    span.error = (*froms)[partition].second;
                if (!span.error && query.untilMs)
                    span.error = (*untils)[partition].second;
                span.begin = std::max<qint64>(0, (*begins)[partition].first);
                span.end = std::max(span.begin, (*ends)[partition].first);
                const qint64 end = span.end;
                if (query.fromMs) // -1: nothing is that young
                    span.begin = (*froms)[partition].first < 0 ? end : std::clamp((*froms)[partition].first, span.begin, end);
                if (query.untilMs && (*untils)[partition].first >= 0)
                    span.end = std::clamp((*untils)[partition].first, span.begin, end);
            }
        }
        bool again = false;
        for (const auto& span : all)
            again |= span.error && !isFinal(*span.error);
        if (!again)
            break;
    }
    return all;
}

void NativeScan::assign(const Layout& found) {
    const std::lock_guard lock(m_mutex);
    m_brokers = found.brokers;
    m_lanesOf.clear();
    for (const auto& lane : m_lanes)
        if (const auto leader = found.leaders.find(lane->partition); !lane->over && leader != found.leaders.end())
            ++m_lanesOf[leader->second];
    std::deque<Lane*> still;
    for (auto* lane : m_homeless) {
        const auto leader = found.leaders.find(lane->partition);
        if (leader == found.leaders.end() || leader->second == kNoLeader) {
            lane->lastError = Error{ErrorCode::Unreachable, QStringLiteral("%1-%2").arg(m_topic).arg(lane->partition), QStringLiteral("LEADER_NOT_AVAILABLE"), 5};
            still.push_back(lane);
        } else {
            m_ready[leader->second].push_back(lane);
        }
    }
    m_homeless = std::move(still);
}

/// A core each while there are lanes for them: the more leaders, the fewer connections to each.
int NativeScan::connectionsOf(int leader) const {
    const auto lanes = m_lanesOf.find(leader);
    const int leaders = std::max(1, static_cast<int>(m_lanesOf.size()));
    const int each = std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / leaders, 1, 4);
    return std::min(each, lanes == m_lanesOf.end() ? 1 : std::max(1, lanes->second));
}

std::size_t NativeScan::inFlightOf(int leader) const {
    const std::lock_guard lock(m_mutex);
    const auto lanes = m_lanesOf.find(leader);
    const int connections = connectionsOf(leader);
    const int share = lanes == m_lanesOf.end() ? 1 : (lanes->second + connections - 1) / connections;
    return static_cast<std::size_t>(std::clamp(share, 1, kInFlightMax));
}

/// Lanes that nobody leads for longer than there is patience.
void NativeScan::giveUpSilent() {
    std::vector<Lane*> silent;
    {
        const std::lock_guard lock(m_mutex);
        const auto now = Clock::now();
        std::erase_if(m_homeless, [&](Lane* lane) {
            const bool over = now - lane->lastProgress > m_options.patience || isFinal(lane->lastError);
            if (over)
                silent.push_back(lane);
            return over;
        });
    }
    for (auto* lane : silent)
        giveUp(lane, -1, lane->lastError);
}

Result<ScanEnd> NativeScan::run(const QString& topic, const QList<ScanRange>& ranges, const ScanOptions& options, ScanSink& sink) {
    m_topic = topic;
    m_options = options;
    m_sink = &sink;
    {
        const std::lock_guard lock(m_mutex);
        m_lanes.clear();
        m_ready.clear();
        m_homeless.clear();
        m_workersOf.clear();
        m_freeWorkers.clear();
        for (int i = kWorkersMax; i-- > 0;)
            m_freeWorkers.push_back(i);
        m_open = 0;
        m_stopping = m_cancelled.load();
        m_end = m_cancelled ? ScanEnd::Cancelled : ScanEnd::Finished;
        for (const auto& range : ranges) {
            auto lane = std::make_unique<Lane>();
            lane->partition = range.partition;
            lane->to = range.to;
            lane->scanned = lane->fetchNext = range.from;
            lane->lastProgress = Clock::now();
            lane->over = range.from >= range.to;
            if (!lane->over) {
                ++m_open;
                m_homeless.push_back(lane.get());
            }
            m_lanes.push_back(std::move(lane));
        }
    }
    std::vector<std::thread> threads;
    auto backoff = 50ms;
    Clock::time_point askAgain{};
    for (;;) {
        bool needsLeader = false;
        {
            std::unique_lock lock(m_mutex);
            if (m_open == 0 || m_stopping)
                break;
            needsLeader = !m_homeless.empty() && Clock::now() >= askAgain;
        }
        if (needsLeader) {
            const auto found = layout(topic);
            if (!found) {
                const std::lock_guard lock(m_mutex);
                for (auto* lane : m_homeless)
                    lane->lastError = found.error();
            }
            giveUpSilent(); // before they get a leader again: one that lies is listed too
            if (found)
                assign(*found);
            askAgain = Clock::now() + backoff;
            backoff = std::min(backoff * 2, 1000ms);
        }
        std::unique_lock lock(m_mutex);
        for (auto& [leader, lanes] : m_ready) {
            while (!lanes.empty() && !m_stopping && !m_freeWorkers.empty() && m_workersOf[leader] < connectionsOf(leader)) {
                const int worker = m_freeWorkers.back();
                m_freeWorkers.pop_back();
                ++m_workersOf[leader];
                threads.emplace_back([this, worker, leader = leader, address = m_brokers[leader]] {
                    pthread_setname_np(pthread_self(), "topic-scan");
                    workOn(worker, leader, address);
                });
            }
        }
        if (m_open == 0 || m_stopping)
            break;
        if (m_homeless.empty())
            backoff = 50ms;
        m_changed.wait_for(lock, m_homeless.empty() ? 200ms : 20ms);
    }
    for (auto& thread : threads)
        thread.join();
    const std::lock_guard lock(m_mutex);
    return m_end;
}

} // namespace models::wire
