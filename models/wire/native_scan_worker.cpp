// One connection to one leader.
#include "embedded-broker/protocol/messages/fetch_request.h"
#include "embedded-broker/protocol/messages/fetch_response.h"
#include "models/wire/native_scan.h"

#include <algorithm>

namespace models::wire {
namespace {

using namespace std::chrono_literals;

constexpr std::int16_t kFetchVersionMax = 12; // from 13 on topics are named by ids, which says nothing more here
constexpr int kWaitMs = 50;
constexpr auto kConnectTimeout = 8s;
constexpr auto kAnswerTimeout = 30s;
constexpr int kStrikesMax = 3;
constexpr int kFetchBytesMin = 64 << 10;
constexpr std::size_t kUnpackRatioMax = 1000;
constexpr std::size_t kUnpackBytesMin = 1 << 20; // a small batch may hold a thousand equal records

Error damaged(const QString& topic, int partition, qint64 offset, const QString& why) {
    return {ErrorCode::Corrupt, QStringLiteral("%1-%2 at offset %3").arg(topic).arg(partition).arg(offset), why, 0};
}

QString text(const std::string& message) { return QString::fromUtf8(message); }

} // namespace

struct NativeScan::Worker {
    int id = 0;
    int leader = -1;
    std::optional<Link> link;
    std::int16_t fetchVersion = 4;
    std::deque<std::pair<Lane*, std::int32_t>> inFlight; ///< with the correlation id
    std::optional<Error> failed;                         ///< of the connection

    FrameBuffer frame;
    std::vector<std::byte> unpacked;
    std::vector<protocol::RecordBatchView> batches; ///< of the answer in `frame`
    /// Of the answer, by first offset: producers whose records up to their abort marker do not count.
    std::vector<std::pair<qint64, qint64>> aborted; ///< (first offset, producer id)
    std::vector<qint64> aborting;
    /// A stretch of the answer that could not be made out.
    std::optional<ScanProblem> hole;
};

void NativeScan::workOn(int id, int leader, const Address& address) {
    Worker worker;
    worker.id = id;
    worker.leader = leader;
    auto link = openLink(address, m_security, Clock::now() + kConnectTimeout, m_cancelFd);
    if (link) {
        worker.link.emplace(std::move(*link));
        const auto version = worker.link->versionOf<protocol::FetchRequest>(QStringLiteral("fetch"), kFetchVersionMax);
        if (version)
            worker.fetchVersion = *version;
        else
            worker.failed = version.error();
    } else {
        worker.failed = link.error();
    }
    const std::size_t inFlight = inFlightOf(leader);
    while (!worker.failed && !m_stopping) {
        while (worker.inFlight.size() < inFlight && !worker.failed) {
            auto* lane = takeReady(leader);
            if (lane == nullptr)
                break;
            if (auto sent = sendFetch(worker, lane); !sent) {
                worker.failed = sent.error();
                sendHome(lane, sent.error());
            }
        }
        if (worker.inFlight.empty() || worker.failed)
            break;
        receiveOne(worker);
    }
    for (auto& [lane, correlation] : worker.inFlight)
        sendHome(lane, worker.failed.value_or(Error{}));
    if (worker.failed)
        while (auto* lane = takeReady(leader)) // whoever is led there needs another leader, or at least another connection
            sendHome(lane, *worker.failed);
    const std::lock_guard lock(m_mutex);
    --m_workersOf[leader];
    m_freeWorkers.push_back(id);
    m_changed.notify_all();
}

NativeScan::Lane* NativeScan::takeReady(int leader) {
    const std::lock_guard lock(m_mutex);
    auto& lanes = m_ready[leader];
    if (lanes.empty())
        return nullptr;
    auto* lane = lanes.front();
    lanes.pop_front();
    return lane;
}

void NativeScan::putBack(Lane* lane, int leader) {
    const std::lock_guard lock(m_mutex);
    m_ready[leader].push_back(lane);
    m_changed.notify_all();
}

void NativeScan::sendHome(Lane* lane, const Error& error) {
    const std::lock_guard lock(m_mutex);
    lane->lastError = error;
    lane->fetchNext = lane->scanned.load();
    m_homeless.push_back(lane);
    m_changed.notify_all();
}

void NativeScan::endLane(Lane* lane) {
    const std::lock_guard lock(m_mutex);
    if (std::exchange(lane->over, true))
        return;
    --m_open;
    m_changed.notify_all();
}

void NativeScan::giveUp(Lane* lane, qint64 to, const Error& error) {
    if (!m_stopping)
        m_sink->problem({lane->partition, lane->scanned.load(), to, error});
    endLane(lane);
}

void NativeScan::strike(Lane* lane, const Error& error) {
    if (++lane->strikes >= kStrikesMax)
        giveUp(lane, -1, error);
    else
        sendHome(lane, error);
}

Result<void> NativeScan::sendFetch(Worker& worker, Lane* lane) {
    protocol::FetchRequest request;
    request.replicaId = -1;
    request.maxWaitMs = kWaitMs;
    request.minBytes = 1;
    request.maxBytes = lane->fetchBytes;
    request.isolationLevel = m_options.readCommitted ? 1 : 0;
    auto& topic = request.topics.emplace_back();
    topic.topic = m_topic.toStdString();
    auto& partition = topic.partitions.emplace_back();
    partition.partition = lane->partition;
    partition.fetchOffset = lane->fetchNext;
    partition.partitionMaxBytes = lane->fetchBytes;
    protocol::Writer writer;
    const auto correlation = worker.link->correlation++;
    writer.int32(0);
    protocol::encodeRequestHead(writer, protocol::FetchRequest::kApiKey, worker.fetchVersion, correlation, std::string("samsa"));
    request.encode(writer, worker.fetchVersion);
    lane->sentAt = Clock::now();
    if (auto sent = sendFrame(worker.link->socket, writer, lane->sentAt + kAnswerTimeout); !sent)
        return sent;
    worker.inFlight.emplace_back(lane, correlation);
    return {};
}

/// With a cap on the rate: waits until the bytes that came are paid for.
void NativeScan::pace(qint64 bytes) {
    if (m_options.bytesPerSecond <= 0)
        return;
    std::unique_lock lock(m_mutex);
    const auto now = Clock::now();
    m_paceUntil = std::max(m_paceUntil, now) + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(m_options.bytesPerSecond)));
    m_changed.wait_until(lock, m_paceUntil, [this] { return m_stopping.load() || Clock::now() >= m_paceUntil; });
}

void NativeScan::receiveOne(Worker& worker) {
    auto [lane, correlation] = worker.inFlight.front();
    auto frame = worker.link->socket.receive(worker.frame, Clock::now() + kAnswerTimeout);
    if (!frame) {
        worker.failed = frame.error();
        return; // all that is in flight goes home
    }
    worker.inFlight.pop_front();
    const auto bytes = static_cast<qint64>(frame->size());
    const qint64 read = m_bytesRead += bytes;
    protocol::Reader reader(broker::Slice(nullptr, *frame));
    const auto head = protocol::decodeResponseHead(reader, protocol::FetchRequest::kApiKey, worker.fetchVersion);
    if (!head || *head != correlation) {
        worker.failed = Error{ErrorCode::Corrupt, worker.link->socket.peer(), QStringLiteral("an answer that does not belong to the request"), 0};
        strike(lane, *worker.failed);
        return;
    }
    const auto took = Clock::now() - lane->sentAt;
    if (took < 150ms)
        lane->fetchBytes = std::max(lane->fetchBytes, std::min(m_options.fetchBytesMax, lane->fetchBytes * 2));
    else if (took > 1000ms)
        lane->fetchBytes = std::max(kFetchBytesMin, lane->fetchBytes / 2);

    if (!readHeads(worker, lane, frame->subspan(reader.position()))) {
        worker.frame.shrink();
        return; // the lane went home or is over
    }
    // The broker prepares the next answer while this one is scanned. Lanes that wait come first, so that all partitions move on together.
    const bool more = lane->fetchNext < lane->to;
    auto* next = takeReady(worker.leader);
    const bool kept = next == nullptr && more;
    if (kept)
        next = lane;
    if (next != nullptr && !m_stopping)
        if (auto sent = sendFetch(worker, next); !sent) {
            worker.failed = sent.error();
            if (next != lane)
                sendHome(next, sent.error());
        }
    scanBatches(worker, lane);
    worker.frame.shrink();
    if (worker.failed && more && kept)
        sendHome(lane, *worker.failed);
    else if (!more)
        endLane(lane);
    else if (!kept)
        putBack(lane, worker.leader);
    if (m_options.bytesMax > 0 && read >= m_options.bytesMax)
        stop(ScanEnd::Budget);
    pace(bytes);
}

bool NativeScan::readHeads(Worker& worker, Lane* lane, broker::Bytes body) {
    worker.batches.clear();
    worker.aborted.clear();
    worker.aborting.clear();
    worker.hole.reset();
    const QString what = QStringLiteral("%1-%2").arg(m_topic).arg(lane->partition);
    protocol::Reader reader(broker::Slice(nullptr, body));
    auto response = protocol::FetchResponse::decode(reader, worker.fetchVersion);
    const protocol::FetchResponse::FetchableTopicResponse::PartitionData* data = nullptr;
    if (response)
        for (const auto& topic : response->responses)
            for (const auto& partition : topic.partitions)
                if (topic.topic == m_topic.toStdString() && partition.partitionIndex == lane->partition)
                    data = &partition;
    const std::int16_t code = !response ? 0 : response->errorCode != 0 ? response->errorCode : data != nullptr ? data->errorCode : 0;
    if (!response || (data == nullptr && code == 0)) {
        strike(lane, damaged(m_topic, lane->partition, lane->fetchNext, response ? QStringLiteral("an answer without the partition") : text(response.error().message)));
        return false;
    }
    if (code == 1) { // OFFSET_OUT_OF_RANGE
        const qint64 start = data == nullptr ? -1 : data->logStartOffset;
        if (start > lane->fetchNext && start < lane->to) {
            m_sink->problem({lane->partition, lane->fetchNext, start, Error{ErrorCode::NotFound, what, QStringLiteral("these messages were deleted meanwhile"), code}});
            lane->scanned = lane->fetchNext = start;
            putBack(lane, worker.leader);
        } else {
            giveUp(lane, -1, Error{ErrorCode::NotFound, what, QStringLiteral("offset %1 is not there any more").arg(lane->fetchNext), code});
        }
        return false;
    }
    if (code != 0) {
        const auto error = kafkaError(what, code);
        if (error.code == ErrorCode::NotAuthorized)
            giveUp(lane, -1, error);
        else if (code == 3 || code == 5 || code == 6 || code == 9 || code == 56 || code == 74 || code == 75 || code == 76 || code == 100)
            sendHome(lane, error); // the leader moved, or is about to
        else
            strike(lane, error);
        return false;
    }
    if (m_options.readCommitted && data->abortedTransactions) {
        for (const auto& transaction : *data->abortedTransactions)
            worker.aborted.emplace_back(transaction.firstOffset, transaction.producerId);
        std::sort(worker.aborted.begin(), worker.aborted.end());
    }

    // The bytes live in worker.frame; `response` may go.
    const broker::Slice records = data->records.slice();
    const broker::Bytes bytes = records.bytes();
    qint64 next = lane->fetchNext;
    std::size_t at = 0;
    bool fatal = false;
    Error why;
    while (at < bytes.size() && next < lane->to) {
        auto batch = protocol::RecordBatchView::parse(bytes.subspan(at));
        if (batch) {
            at += batch->sizeInBytes();
            const bool lies = batch->recordCount() > static_cast<std::int64_t>(batch->lastOffsetDelta()) + 1 || batch->baseOffset() < 0
                || batch->baseOffset() > std::numeric_limits<std::int64_t>::max() - (std::int64_t{1} << 32);
            if (!lies) {
                if (batch->nextOffset() > next) { // else before what was asked for
                    worker.batches.push_back(*batch);
                    next = batch->nextOffset();
                }
                continue;
            }
            why = damaged(m_topic, lane->partition, next, QStringLiteral("a batch whose numbers cannot be"));
        } else if (batch.error().code == broker::ErrorCode::OutOfRange) {
            if (worker.batches.empty() && next == lane->fetchNext) {
                if (lane->fetchBytes >= static_cast<int>(Socket::kFrameBytesMax) / 2) {
                    why = damaged(m_topic, lane->partition, next, QStringLiteral("a batch of more than %1 MiB").arg(lane->fetchBytes >> 20));
                    fatal = true;
                } else {
                    lane->fetchBytes *= 2; // brokers of before 0.10.1 cut even the first batch
                }
            }
            break;
        } else {
            why = damaged(m_topic, lane->partition, next, text(batch.error().message));
            const auto size = protocol::RecordBatchView::claimedSize(bytes.subspan(at));
            at = size && *size <= bytes.size() - at ? at + *size : bytes.size();
        }
        // A batch that cannot be read: go on with the one after it, if there is one that says where it begins.
        const auto after = at < bytes.size() ? protocol::RecordBatchView::parse(bytes.subspan(at)) : std::unexpected(broker::Error{});
        if (after && after->baseOffset() > next && !worker.hole) {
            worker.hole = ScanProblem{lane->partition, next, std::min<qint64>(after->baseOffset(), lane->to), why};
            next = after->baseOffset();
            continue;
        }
        fatal = worker.batches.empty(); // after good ones: it is met again as the first of the next answer
        break;
    }
    if (fatal) {
        giveUp(lane, -1, why);
        return false;
    }
    if (next == lane->fetchNext) {
        if (Clock::now() - lane->lastProgress > m_options.patience) {
            giveUp(lane, -1, Error{ErrorCode::TimedOut, what, QStringLiteral("the broker brings nothing more, although offsets up to %1 were announced").arg(lane->to), 0});
            return false;
        }
    } else {
        lane->lastProgress = Clock::now();
        lane->strikes = 0;
    }
    lane->fetchNext = next;
    return true;
}

void NativeScan::scanBatches(Worker& worker, Lane* lane) {
    for (const auto& batch : worker.batches) {
        if (m_stopping)
            return; // positions() says where to go on
        if (worker.hole && batch.baseOffset() >= worker.hole->to) {
            m_sink->problem(*worker.hole);
            worker.hole.reset();
        }
        scanBatch(worker, lane, batch);
        lane->scanned.store(std::min<qint64>(batch.nextOffset(), lane->to), std::memory_order_relaxed);
    }
    if (worker.hole)
        m_sink->problem(*worker.hole);
    if (!worker.batches.empty())
        lane->scanned.store(std::min(lane->fetchNext, lane->to), std::memory_order_relaxed);
}

void NativeScan::scanBatch(Worker& worker, Lane* lane, const protocol::RecordBatchView& batch) {
    while (!worker.aborted.empty() && worker.aborted.front().first <= batch.lastOffset()) {
        worker.aborting.push_back(worker.aborted.front().second);
        worker.aborted.erase(worker.aborted.begin());
    }
    if (batch.isControl()) {
        // Its abort marker ends what a producer had aborted.
        if (auto reader = protocol::RecordReader::open(batch, kUnpackBytesMin))
            if (auto record = reader->next(); record && *record && protocol::controlRecordType((*record)->key) == protocol::ControlRecordType::Abort)
                std::erase(worker.aborting, batch.producerId());
        m_sink->marker(worker.id, lane->partition, batch.baseOffset(), batch.lastOffset());
        return;
    }
    if (batch.isTransactional() && std::find(worker.aborting.begin(), worker.aborting.end(), batch.producerId()) != worker.aborting.end())
        return;
    ScanBatch piece;
    piece.partition = lane->partition;
    piece.baseOffset = batch.baseOffset();
    piece.lastOffset = batch.lastOffset();
    piece.recordCount = batch.recordCount();
    piece.baseTimestampMs = batch.baseTimestamp();
    piece.maxTimestampMs = batch.maxTimestamp();
    piece.logAppendTime = batch.timestampType() == protocol::TimestampType::LogAppendTime;
    piece.leaderEpoch = batch.partitionLeaderEpoch();
    piece.deleteHorizonMs = batch.deleteHorizon().value_or(-1);
    piece.wire = broker::asText(batch.bytes());
    piece.first = lane->scanned.load(std::memory_order_relaxed);
    piece.next = lane->to;
    const qint64 from = std::max(piece.first, piece.baseOffset);
    const auto problem = [&](const QString& why) {
        m_sink->problem({lane->partition, from, std::min<qint64>(batch.nextOffset(), lane->to), damaged(m_topic, lane->partition, from, why)});
    };
    if (m_options.checkCrc && !crcValid(piece))
        return problem(QStringLiteral("the checksum of a batch is wrong"));
    const auto compressed = batch.compressedRecords();
    if (batch.codec() == protocol::Codec::None) {
        piece.records = broker::asText(compressed);
    } else {
        const std::size_t ratio = std::max(kUnpackBytesMin, compressed.size() * kUnpackRatioMax);
        worker.unpacked.clear();
        if (auto done = protocol::decompress(batch.codec(), compressed, std::min<std::size_t>(ratio, static_cast<std::size_t>(m_options.unpackedBytesMax)), worker.unpacked); !done)
            return problem(text(done.error().message));
        const std::size_t size = worker.unpacked.size();
        worker.unpacked.resize(size + FrameBuffer::kPaddingBytes);
        piece.records = {reinterpret_cast<const char*>(worker.unpacked.data()), size};
    }
    if (auto taken = m_sink->take(worker.id, piece); !taken)
        m_sink->problem({lane->partition, from, std::min<qint64>(batch.nextOffset(), lane->to), taken.error()});
    if (worker.unpacked.capacity() > (8U << 20))
        std::vector<std::byte>().swap(worker.unpacked); // a bomb's memory is not kept
}

bool crcValid(const ScanBatch& batch) {
    if (batch.wire.empty())
        return true;
    const auto view = protocol::RecordBatchView::parse(broker::asBytes(batch.wire));
    return view && view->crcValid();
}

} // namespace models::wire
