#include "models/messages/message_reader.h"

#include "models/client/cluster_handle.h"
#include "models/client/record_reader.h"

#include <algorithm>
#include <pthread.h>

namespace models::messages {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr qint64 kBytesPerRead = 16 << 20;
constexpr auto kSilenceMax = 8s; ///< a partition that brings nothing for so long is given up

} // namespace

MessageReader::MessageReader(client::ClientConfig config, QString topic, bool committed, Handler handler)
    : m_config(std::move(config)), m_topic(std::move(topic)), m_committed(committed), m_handler(std::move(handler)) {}

MessageReader::~MessageReader() = default;

void MessageReader::start() {
    std::thread([self = shared_from_this()]() mutable {
        pthread_setname_np(pthread_self(), "message-reader");
        self->run();
        self->m_reader.reset();
        self->m_handle.reset();
    }).detach();
}

void MessageReader::stop() {
    m_stopped.store(true);
    const std::lock_guard lock(m_mutex);
    m_orders.clear();
    m_changed.notify_all();
}

void MessageReader::post(std::function<void()> order) {
    const std::lock_guard lock(m_mutex);
    m_orders.push_back(std::move(order));
    m_changed.notify_all();
}

void MessageReader::open(quint64 number, const OpenAt& at, double fraction, const QSet<int>& partitions) {
    m_newest.store(number);
    post([this, number, at, fraction, partitions] {
        if (outdated(number))
            return;
        auto opened = openNow(number, at, fraction, partitions);
        if (!outdated(number))
            m_handler.opened(number, std::move(opened));
    });
}

void MessageReader::read(quint64 number, bool forward, const QList<Range>& ranges) {
    post([this, number, forward, ranges] {
        if (outdated(number))
            return;
        auto pieces = readNow(number, ranges);
        if (!outdated(number))
            m_handler.read(number, forward, std::move(pieces));
    });
}

void MessageReader::watch(quint64 number, int everyMs) {
    post([this, number, everyMs] {
        m_watchMs = everyMs;
        m_watchNumber = number;
        if (const auto spans = spansNow(m_partitions); spans && !outdated(number))
            m_handler.spans(number, *spans);
    });
}

void MessageReader::run() {
    std::unique_lock lock(m_mutex);
    while (!m_stopped.load()) {
        const auto wake = [this] { return m_stopped.load() || !m_orders.empty(); };
        bool woken = true;
        if (m_watchMs > 0)
            woken = m_changed.wait_for(lock, std::chrono::milliseconds(m_watchMs), wake);
        else
            m_changed.wait(lock, wake);
        if (m_stopped.load())
            return;
        std::function<void()> order;
        if (woken) {
            order = std::move(m_orders.front());
            m_orders.pop_front();
        }
        lock.unlock();
        if (order) {
            order();
        } else if (const auto spans = spansNow(m_partitions); spans && !outdated(m_watchNumber)) {
            m_handler.spans(m_watchNumber, *spans);
        }
        order = {};
        lock.lock();
    }
}

Result<void> MessageReader::connected() {
    if (m_handle == nullptr) {
        auto handle = client::ClusterHandle::open(m_config);
        if (!handle)
            return std::unexpected(handle.error());
        m_handle = *handle;
        m_handle->setTimeout(6s);
    }
    if (m_reader == nullptr) {
        auto reader = client::RecordReader::open(m_config, m_topic, m_committed);
        if (!reader)
            return std::unexpected(reader.error());
        m_reader = std::move(*reader);
    }
    return {};
}

Result<QMap<int, OffsetSpan>> MessageReader::spansNow(const QList<int>& partitions) {
    if (m_handle == nullptr || partitions.isEmpty())
        return QMap<int, OffsetSpan>();
    QList<client::OffsetQuery> earliest, latest;
    for (const int partition : partitions) {
        earliest.append({{m_topic, partition}, client::OffsetAt::Earliest});
        latest.append({{m_topic, partition}, client::OffsetAt::Latest});
    }
    auto first = m_handle->listOffsets(earliest, m_committed);
    auto next = m_handle->listOffsets(latest, m_committed);
    const auto begins = first.result();
    const auto ends = next.result();
    if (!begins)
        return std::unexpected(begins.error());
    if (!ends)
        return std::unexpected(ends.error());
    QMap<int, OffsetSpan> spans;
    for (const auto& answer : *begins)
        if (answer.offset >= 0)
            spans[answer.partition.partition] = {answer.offset, answer.offset};
    for (const auto& answer : *ends)
        if (answer.offset >= 0 && spans.contains(answer.partition.partition))
            spans[answer.partition.partition].end = answer.offset;
    return spans;
}

Result<Opened> MessageReader::openNow(quint64 number, OpenAt at, double fraction, const QSet<int>& partitions) {
    const QString what = QStringLiteral("read %1").arg(m_topic);
    if (auto ready = connected(); !ready)
        return std::unexpected(ready.error());
    const auto topic = m_reader->topicState(6s);
    if (!topic) {
        // A time-out says little: the handle beside it may know why nothing answers.
        const auto reason = m_handle->lastError();
        return std::unexpected(topic.error().code == ErrorCode::TimedOut && !reason.why.isEmpty() ? Error{reason.code, what, reason.why, reason.kafkaCode} : topic.error());
    }
    Opened opened;
    m_partitions.clear();
    for (const auto& partition : topic->partitions) {
        if (!partitions.isEmpty() && !partitions.contains(partition.partition))
            continue;
        if (partition.leader < 0)
            opened.partitionErrors.insert(partition.partition, {ErrorCode::Unreachable, what, QStringLiteral("partition %1 has no leader").arg(partition.partition), 0});
        else
            m_partitions.append(partition.partition);
    }
    auto spans = spansNow(m_partitions);
    if (!spans)
        return std::unexpected(spans.error());
    if (spans->isEmpty())
        return fail(ErrorCode::Unreachable, what, QStringLiteral("no partition can be read"));
    opened.spans = *spans;
    if (fraction >= 0) {
        // That share of the longest partition; the others at the time of the record found there, so that the merged order has no seam.
        const auto longest = std::max_element(spans->cbegin(), spans->cend(), [](const auto& a, const auto& b) { return a.end - a.begin < b.end - b.begin; });
        at.kind = fraction > 0 ? OpenAt::Kind::Offset : OpenAt::Kind::Beginning;
        at.partition = longest.key();
        at.offset = longest->begin + static_cast<qint64>(fraction * static_cast<double>(longest->end - longest->begin));
    }
    for (auto it = spans->cbegin(); it != spans->cend(); ++it) {
        switch (at.kind) {
        case OpenAt::Kind::Beginning: opened.position[it.key()] = it->begin; break;
        case OpenAt::Kind::Exact: opened.position[it.key()] = at.position.value(it.key(), it->end); break;
        case OpenAt::Kind::Offset: opened.position[it.key()] = at.partition < 0 ? at.offset : it->end; break;
        default: opened.position[it.key()] = it->end; break;
        }
    }
    qint64 timestamp = -1;
    if (at.kind == OpenAt::Kind::Time)
        timestamp = at.timestampMs;
    if (at.kind == OpenAt::Kind::Offset && at.partition >= 0 && spans->contains(at.partition)) {
        // The other partitions are opened at the time of this record, so that what surrounds it stands around it.
        const auto span = spans->value(at.partition);
        opened.position[at.partition] = std::clamp(at.offset, span.begin, span.end);
        if (opened.position[at.partition] < span.end) {
            const auto pieces = readNow(number, {{at.partition, opened.position[at.partition], opened.position[at.partition] + 1}});
            if (!pieces.isEmpty() && !pieces.first().records.isEmpty())
                timestamp = pieces.first().records.first().timestampMs;
        }
    }
    if (timestamp >= 0) {
        QList<client::OffsetQuery> queries;
        for (const int partition : m_partitions)
            if (at.kind == OpenAt::Kind::Time || partition != at.partition)
                queries.append({{m_topic, partition}, client::OffsetAt::Timestamp, timestamp});
        const auto answers = m_handle->listOffsets(queries, m_committed).result();
        if (!answers)
            return std::unexpected(answers.error());
        for (const auto& answer : *answers)
            opened.position[answer.partition.partition] = answer.offset >= 0 ? answer.offset : spans->value(answer.partition.partition).end;
    }
    return opened;
}

QList<Piece> MessageReader::readNow(quint64 number, const QList<Range>& ranges) {
    QHash<int, Piece> open;
    QList<Piece> done;
    QList<client::RecordReader::Start> starts;
    for (const auto& range : ranges) {
        if (range.to <= range.from) {
            done.append({range, range.from, {}, std::nullopt});
            continue;
        }
        open.insert(range.partition, {range, range.from, {}, std::nullopt});
        starts.append({range.partition, range.from});
    }
    const auto finish = [&open, &done](int partition) {
        if (const auto it = open.find(partition); it != open.end()) {
            done.append(std::move(*it));
            open.erase(it);
        }
    };
    if (open.isEmpty())
        return done;
    const auto failAll = [&](const Error& error) {
        for (auto& piece : open) {
            if (piece.records.isEmpty())
                piece.error = error;
            done.append(std::move(piece));
        }
        open.clear();
    };
    if (auto ready = connected(); !ready) {
        failAll(ready.error());
        return done;
    }
    if (auto assigned = m_reader->assign(starts); !assigned) {
        failAll(assigned.error());
        return done;
    }
    auto silentSince = Clock::now();
    qint64 bytes = 0;
    while (!open.isEmpty() && !outdated(number) && bytes < kBytesPerRead) {
        auto batch = m_reader->poll(2000, kBytesPerRead, 100ms);
        if (!batch) {
            failAll(batch.error());
            break;
        }
        if (!batch->records.isEmpty())
            silentSince = Clock::now();
        for (auto& record : batch->records) {
            const auto it = open.find(record.partition);
            if (it == open.end())
                continue;
            if (record.offset >= it->range.to) { // compaction or markers left a hole before the end of the range
                it->covered = it->range.to;
                finish(record.partition);
                continue;
            }
            it->covered = record.offset + 1;
            bytes += record.sizeBytes();
            const int partition = record.partition;
            it->records.append(std::move(record));
            if (it->covered >= it->range.to)
                finish(partition);
        }
        for (const int partition : batch->endReached) {
            if (const auto it = open.find(partition); it != open.end()) {
                it->covered = it->range.to; // nothing but markers is left below the high watermark
                finish(partition);
            }
        }
        // librdkafka goes on trying after a failure; only silence ends it.
        if (Clock::now() - silentSince > kSilenceMax) {
            QHash<int, Error> lost;
            for (auto it = open.begin(); it != open.end(); ++it)
                lost.insert(it.key(), batch->failed.value(it.key(), {ErrorCode::TimedOut, QStringLiteral("read %1-%2").arg(m_topic).arg(it.key()), QStringLiteral("its leader does not answer"), 0}));
            for (auto& piece : open) {
                piece.error = lost.value(piece.range.partition);
                done.append(std::move(piece));
            }
            open.clear();
        }
    }
    for (auto& piece : open)
        done.append(std::move(piece));
    m_reader->assign({});
    return done;
}

} // namespace models::messages
