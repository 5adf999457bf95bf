// Snapshots: written here, served to those who are behind the beginning of our log, and fetched when we are.

#include "embedded-broker/raft/raft_driver.h"

#include "embedded-broker/base/log.h"

#include <algorithm>
#include <utility>

namespace broker::raft {

namespace {

constexpr std::int32_t kPieceBytes = 1 << 20;
constexpr std::uint32_t kPieceBytesMax = 8U << 20;

} // namespace

void RaftDriver::writeSnapshot(const OffsetAndEpoch& end, WallMs lastTimestamp, std::vector<Slice> values, std::function<void(Result<void>)> done) {
    if (m_failed || !m_core)
        return;
    m_seams.log.writeSnapshot(end, lastTimestamp, std::move(values), guarded([done = std::move(done)](Result<void> written) { done(std::move(written)); }));
}

// --- the leader --------------------------------------------------------------------------------------------------------

void RaftDriver::handleFetchSnapshot(const FetchSnapshotRequest& request, Reply<FetchSnapshotResponse> reply) {
    m_snapshotAnswer.reset();
    step(SnapshotAsked{request});
    if (!m_snapshotAnswer)
        return;
    auto answer = std::move(*m_snapshotAnswer);
    m_snapshotAnswer.reset();
    if (!answer.serve)
        return whenDurable([reply = std::move(reply), response = std::move(answer.response)] { reply(response); });
    const auto bytes = static_cast<std::uint32_t>(std::clamp(request.maxBytes, 1, static_cast<std::int32_t>(kPieceBytesMax)));
    m_seams.log.readSnapshot(request.snapshot, request.position, bytes,
                             guarded([this, response = std::move(answer.response), reply = std::move(reply)](Result<SnapshotPiece> piece) mutable {
        if (piece) {
            response.size = piece->size;
            response.bytes = std::move(piece->bytes);
        } else {
            response.error = piece.error().code == ErrorCode::NotFound      ? KafkaError::SnapshotNotFound
                             : piece.error().code == ErrorCode::OutOfRange ? KafkaError::PositionOutOfRange
                                                                           : KafkaError::KafkaStorageError;
            log::info("raft", "A piece of a snapshot is not served: {}", piece.error().message);
        }
        whenDurable([reply = std::move(reply), response = std::move(response)] { reply(response); });
    }));
}

// --- the follower ------------------------------------------------------------------------------------------------------

void RaftDriver::sendFetchSnapshot(const SendFetchSnapshot& effect) {
    const auto number = ++m_snapshotCall;
    FetchSnapshotRequest request;
    request.replica = m_options.nodeId;
    request.directory = m_options.directoryId;
    request.epoch = effect.epoch;
    request.snapshot = effect.snapshot;
    request.position = m_seams.log.received(effect.snapshot);
    request.maxBytes = kPieceBytes;
    if (request.position == 0)
        log::info("raft", "Node {} has the metadata up to {}; it loads the snapshot of {} from node {}.", m_options.nodeId, m_seams.log.endOffset(),
                  effect.snapshot.offset, effect.to);
    whenDurable([this, effect, request, number] {
        m_seams.transport.fetchSnapshot(effect.to, request,
                                        guarded([this, effect, request, number](std::expected<FetchSnapshotResponse, TransportFailure> answer) {
            if (m_snapshotCall != number)
                return;
            SnapshotAnswered event{effect.to, effect.epoch, effect.snapshot, std::unexpected(false)};
            if (!answer)
                event.response = std::unexpected(refusedBy(effect.to, answer.error()));
            else if (answer->error == KafkaError::None && answer->position != request.position)
                event.response = std::unexpected(false); // not what was asked for
            else
                event.response = std::move(*answer);
            step(event);
        }));
    });
}

void RaftDriver::appendSnapshot(const AppendSnapshot& effect) {
    const OffsetAndEpoch id = effect.piece.snapshot;
    m_seams.log.receiveSnapshot(id, effect.piece.size, effect.piece.bytes, guarded([this, id](Result<bool> whole) {
        SnapshotStored event{id, SnapshotStored::Outcome::Failed};
        if (!whole)
            log::warning("raft", "The snapshot of {} was not stored: {}", id.offset, whole.error().message);
        else if (!*whole)
            event.outcome = SnapshotStored::Outcome::More;
        else if (!m_core->loads(id))
            m_seams.log.takeSnapshot(); // too late: this node leads or follows elsewhere, and its log says what counts
        else if (auto adopted = m_seams.log.adoptSnapshot(id); !adopted)
            return failed(adopted.error());
        else {
            log::info("raft", "The snapshot of {} is loaded.", id.offset);
            m_snapshot = m_seams.log.takeSnapshot();
            m_delivered = id.offset;
            event.outcome = SnapshotStored::Outcome::Whole;
            postDelivery();
        }
        step(event);
        tryFetch();
    }));
}

} // namespace broker::raft
