#pragma once
// Reads records of chosen partitions of one topic from chosen offsets, without a group. Made, used and destroyed on one worker
// thread; wake() may come from any. Uncommitted records are read on purpose: a viewer shows what is there; unless `committed` is wished.

#include "models/client/client_config.h"
#include "models/client/kafka_types.h"

#include <QList>
#include <chrono>
#include <functional>
#include <memory>

namespace models::client {

class RecordReader {
public:
    struct Start {
        int partition = 0;
        qint64 offset = 0; ///< below the low watermark: begins at the first record there is
    };
    /// What one poll brought.
    struct Batch {
        QList<Record> records;   ///< of any partition, in order within each
        QList<int> endReached;   ///< partitions that have nothing more for now
        QHash<int, qint64> endOffset; ///< of those: the next offset that there may be
        QHash<int, Error> failed; ///< partitions that cannot be read now, with the reason
    };

    /// `strict`: for copies. A start that is no longer there is an error of its partition instead of the first record there is, and checksums are checked.
    static Result<std::unique_ptr<RecordReader>> open(const ClientConfig& config, const QString& topic, bool committed = false, bool strict = false);
    ~RecordReader(); ///< does not wait for brokers: the native handle is destroyed elsewhere

    /// The topic's partitions as the cluster says now. Never creates a topic; needs no controller.
    Result<TopicState> topicState(std::chrono::milliseconds timeout);
    /// First offset and end of a partition; the end is that of committed messages when these are read.
    Result<std::pair<qint64, qint64>> extent(int partition, std::chrono::milliseconds timeout);
    /// Reads these partitions only, each from its offset. Replaces what was assigned.
    Result<void> assign(const QList<Start>& starts);
    void pause(const QList<int>& partitions);
    void resume(const QList<int>& partitions);
    /// Waits at most `timeout` for the first record, then takes what is there, up to `recordsMax` and about `bytesMax`.
    Result<Batch> poll(int recordsMax, qint64 bytesMax, std::chrono::milliseconds timeout);
    /// Ends a poll that waits, soon; any thread.
    void wake();

private:
    struct Private;
    explicit RecordReader(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace models::client
