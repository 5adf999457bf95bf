#include "models/replay/message_fetch.h"

#include "models/client/record_reader.h"

#include <QPromise>
#include <QThreadPool>
#include <chrono>

namespace models::replay {
namespace {

Result<client::Record> fetchNow(const client::ClientConfig& config, const QString& topic, int partition, qint64 offset) {
    using namespace std::chrono_literals;
    const QString what = QStringLiteral("read %1-%2 at %3").arg(topic).arg(partition).arg(offset);
    auto reader = client::RecordReader::open(config, topic, false, true);
    if (!reader)
        return std::unexpected(reader.error());
    if (auto assigned = (*reader)->assign({{partition, offset}}); !assigned)
        return std::unexpected(assigned.error());
    Error last{ErrorCode::TimedOut, what, QStringLiteral("no answer came"), 0};
    const auto deadline = std::chrono::steady_clock::now() + 15s;
    while (std::chrono::steady_clock::now() < deadline) {
        auto batch = (*reader)->poll(1, 1, 200ms);
        if (!batch)
            return std::unexpected(batch.error());
        if (!batch->records.isEmpty()) {
            if (batch->records.first().offset == offset)
                return batch->records.first();
            return fail(ErrorCode::NotFound, what, QStringLiteral("there is no message at this offset any more"));
        }
        if (!batch->endReached.isEmpty())
            return fail(ErrorCode::NotFound, what, QStringLiteral("there is no message at this offset"));
        for (const auto& error : batch->failed) {
            last = error;
            if (error.code != ErrorCode::Unreachable && error.code != ErrorCode::TimedOut)
                return std::unexpected(error);
        }
    }
    return std::unexpected(last);
}

} // namespace

QFuture<Result<client::Record>> fetchMessage(const client::ClientConfig& config, const QString& topic, int partition, qint64 offset) {
    auto promise = std::make_shared<QPromise<Result<client::Record>>>();
    auto future = promise->future();
    promise->start();
    QThreadPool::globalInstance()->start([=] {
        promise->addResult(fetchNow(config, topic, partition, offset));
        promise->finish();
    });
    return future;
}

} // namespace models::replay
