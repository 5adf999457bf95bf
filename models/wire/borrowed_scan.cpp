#include "models/wire/borrowed_scan.h"

#include "embedded-broker/protocol/varint.h"
#include "models/client/cluster_handle.h"
#include "models/client/record_reader.h"
#include "models/wire/native_scan.h"

namespace models::wire {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kRecordsPerPoll = 2000;
constexpr qint64 kBytesPerPoll = 8 << 20;

/// Records of one partition as the batch that our own reader would have met.
class Packer {
public:
    void add(const client::Record& record) {
        if (m_batch.recordCount == 0) {
            m_batch.partition = record.partition;
            m_batch.baseOffset = record.offset;
            m_batch.baseTimestampMs = m_batch.maxTimestampMs = record.timestampMs;
            m_batch.leaderEpoch = record.leaderEpoch;
        }
        m_batch.lastOffset = record.offset;
        m_batch.maxTimestampMs = std::max(m_batch.maxTimestampMs, record.timestampMs);
        ++m_batch.recordCount;
        m_body.clear();
        m_body.push_back(std::byte{0});
        broker::protocol::appendVarlong(m_body, record.timestampMs - m_batch.baseTimestampMs);
        broker::protocol::appendVarlong(m_body, record.offset - m_batch.baseOffset);
        put(record.key);
        put(record.value);
        broker::protocol::appendVarint(m_body, static_cast<std::int32_t>(record.headers.size()));
        for (const auto& header : record.headers) {
            put(header.name);
            put(header.value);
        }
        broker::protocol::appendVarint(m_records, static_cast<std::int32_t>(m_body.size()));
        m_records.insert(m_records.end(), m_body.begin(), m_body.end());
    }
    [[nodiscard]] bool empty() const { return m_batch.recordCount == 0; }
    [[nodiscard]] int partition() const { return m_batch.partition; }
    const ScanBatch& finish(qint64 from, qint64 to) {
        m_batch.first = from;
        m_batch.next = to;
        const std::size_t size = m_records.size();
        m_records.resize(size + FrameBuffer::kPaddingBytes);
        m_batch.records = {reinterpret_cast<const char*>(m_records.data()), size};
        return m_batch;
    }
    void clear() {
        m_batch = {};
        m_records.clear();
    }

private:
    void put(const std::optional<QByteArray>& bytes) {
        broker::protocol::appendVarint(m_body, bytes ? static_cast<std::int32_t>(bytes->size()) : -1);
        if (bytes) {
            const auto* raw = reinterpret_cast<const std::byte*>(bytes->constData());
            m_body.insert(m_body.end(), raw, raw + bytes->size());
        }
    }
    ScanBatch m_batch;
    std::vector<std::byte> m_records;
    std::vector<std::byte> m_body;
};

} // namespace

Result<std::unique_ptr<TopicScan>> TopicScan::open(const client::ClientConfig& config) {
    if (config.servers().isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("bootstrap.servers"), QStringLiteral("no servers are named"));
    auto security = Security::of(config);
    if (security)
        return std::make_unique<NativeScan>(config.servers(), std::move(*security));
    if (security.error().code != ErrorCode::Unsupported)
        return std::unexpected(security.error());
    if (auto checked = config.check(); !checked)
        return std::unexpected(checked.error());
    return std::make_unique<BorrowedScan>(config, security.error().why);
}

BorrowedScan::BorrowedScan(client::ClientConfig config, const QString& reason) : m_config(std::move(config)) { m_routeReason = reason; }

void BorrowedScan::cancel() {
    m_cancelled = true;
    const std::lock_guard lock(m_mutex);
    m_woken.notify_all();
    if (m_reader != nullptr)
        m_reader->wake();
}

QMap<int, qint64> BorrowedScan::positions() const {
    const std::lock_guard lock(m_mutex);
    return m_positions;
}

Result<QMap<int, TopicScan::Span>> BorrowedScan::spans(const QString& topic, const SpanQuery& query) {
    auto handle = client::ClusterHandle::open(m_config);
    if (!handle)
        return std::unexpected(handle.error());
    auto reader = client::RecordReader::open(m_config, topic);
    if (!reader)
        return std::unexpected(reader.error());
    const auto state = (*reader)->topicState(10s);
    if (!state)
        return std::unexpected(state.error());
    QMap<int, Span> all;
    using client::OffsetAt;
    const auto ask = [&](OffsetAt at, qint64 ms) {
        QList<client::OffsetQuery> queries;
        for (const auto& partition : state->partitions)
            if (query.partitions.isEmpty() || query.partitions.contains(partition.partition))
                queries.append({{topic, partition.partition}, at, ms});
        return (*handle)->listOffsets(queries, query.readCommitted).result();
    };
    const auto take = [&](const Result<QList<client::OffsetAnswer>>& answers, const auto& set) -> Result<void> {
        if (!answers)
            return std::unexpected(answers.error());
        for (const auto& answer : *answers) {
            auto& span = all[answer.partition.partition];
            if (answer.error)
                span.error = answer.error;
            else
                set(span, answer.offset);
        }
        return {};
    };
    auto done = take(ask(OffsetAt::Earliest, 0), [](Span& span, qint64 offset) { span.begin = std::max<qint64>(0, offset); });
    if (done)
        done = take(ask(OffsetAt::Latest, 0), [](Span& span, qint64 offset) { span.end = std::max(span.begin, offset); });
    QMap<int, qint64> ends;
    for (auto it = all.begin(); it != all.end(); ++it)
        ends[it.key()] = it->end;
    if (done && query.fromMs)
        done = take(ask(OffsetAt::Timestamp, *query.fromMs), [](Span& span, qint64 offset) { span.begin = offset < 0 ? span.end : std::clamp(offset, span.begin, span.end); });
    if (done && query.untilMs)
        done = take(ask(OffsetAt::Timestamp, *query.untilMs), [](Span& span, qint64 offset) { span.end = offset < 0 ? span.end : std::clamp(offset, span.begin, span.end); });
    if (!done)
        return std::unexpected(done.error());
    return all;
}

Result<ScanEnd> BorrowedScan::run(const QString& topic, const QList<ScanRange>& ranges, const ScanOptions& options, ScanSink& sink) {
    auto reader = client::RecordReader::open(m_config, topic, options.readCommitted);
    if (!reader)
        return std::unexpected(reader.error());
    QList<client::RecordReader::Start> starts;
    QMap<int, ScanRange> open;
    {
        const std::lock_guard lock(m_mutex);
        m_positions.clear();
        for (const auto& range : ranges) {
            m_positions.insert(range.partition, range.from);
            if (range.from >= range.to)
                continue;
            starts.append({range.partition, range.from});
            open.insert(range.partition, range);
        }
        m_reader = reader->get();
    }
    const auto leave = [&](ScanEnd end) {
        const std::lock_guard lock(m_mutex);
        m_reader = nullptr;
        return end;
    };
    if (auto assigned = (*reader)->assign(starts); !assigned) {
        leave(ScanEnd::Finished);
        return std::unexpected(assigned.error());
    }
    Packer packer;
    auto lastProgress = Clock::now();
    const auto close = [&](int partition) {
        open.remove(partition);
        (*reader)->pause({partition});
    };
    const auto flush = [&] {
        if (packer.empty())
            return;
        const auto range = open.value(packer.partition());
        const auto& batch = packer.finish(range.from, range.to);
        if (auto taken = sink.take(0, batch); !taken)
            sink.problem({batch.partition, batch.baseOffset, batch.lastOffset + 1, taken.error()});
        {
            const std::lock_guard lock(m_mutex);
            m_positions[batch.partition] = std::min(batch.lastOffset + 1, range.to);
        }
        if (batch.lastOffset + 1 >= range.to)
            close(batch.partition);
        packer.clear();
    };
    while (!open.isEmpty()) {
        if (m_cancelled)
            return leave(ScanEnd::Cancelled);
        if (options.bytesMax > 0 && m_bytesRead >= options.bytesMax)
            return leave(ScanEnd::Budget);
        const auto began = Clock::now();
        auto polled = (*reader)->poll(kRecordsPerPoll, kBytesPerPoll, 200ms);
        if (!polled) {
            leave(ScanEnd::Finished);
            return std::unexpected(polled.error());
        }
        qint64 bytes = 0;
        for (const auto& record : polled->records) {
            if (!open.contains(record.partition))
                continue;
            if (!packer.empty() && packer.partition() != record.partition)
                flush();
            if (!open.contains(record.partition))
                continue;
            bytes += record.sizeBytes();
            packer.add(record);
        }
        flush();
        m_bytesRead += bytes;
        for (auto it = polled->failed.begin(); it != polled->failed.end(); ++it) {
            if (!open.contains(it.key()))
                continue;
            sink.problem({it.key(), positions().value(it.key()), -1, it.value()});
            close(it.key());
        }
        for (const int partition : polled->endReached)
            if (open.contains(partition)) // compacted or aborted up to the end
                close(partition);
        if (!polled->records.isEmpty() || !polled->endReached.isEmpty())
            lastProgress = Clock::now();
        if (Clock::now() - lastProgress > options.patience) {
            for (const auto& range : open)
                sink.problem({range.partition, positions().value(range.partition), -1, Error{ErrorCode::TimedOut, topic, QStringLiteral("the broker brings nothing more"), 0}});
            break;
        }
        if (options.bytesPerSecond > 0) {
            const auto due = began + std::chrono::microseconds(bytes * 1'000'000 / options.bytesPerSecond);
            std::unique_lock lock(m_mutex);
            m_woken.wait_until(lock, due, [this] { return m_cancelled.load(); });
        }
    }
    return leave(ScanEnd::Finished);
}

} // namespace models::wire
