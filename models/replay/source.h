#pragma once
// Where a replay takes its messages from: a topic, or the lines of a file. Each message has a partition and an offset, which say how far a replay is; a file is one
// partition, and the offset of a message is the number of its line. One worker.

#include "models/client/record_reader.h"

namespace models::replay {

class Source {
public:
    using Start = client::RecordReader::Start;
    using Batch = client::RecordReader::Batch;
    virtual ~Source() = default;
    /// Reads these partitions only, each from its offset.
    virtual Result<void> assign(const QList<Start>& starts) = 0;
    virtual Result<Batch> poll(int recordsMax, qint64 bytesMax, std::chrono::milliseconds timeout) = 0;
    /// The partition that a message of the last poll wishes to keep; -1 = none.
    [[nodiscard]] virtual int placeOf(const client::Record& record) const { return record.partition; }
};

class TopicSource : public Source {
public:
    static Result<std::unique_ptr<Source>> open(const client::ClientConfig& config, const QString& topic) {
        auto reader = client::RecordReader::open(config, topic, true, true);
        if (!reader)
            return std::unexpected(reader.error());
        return std::unique_ptr<Source>(new TopicSource(std::move(*reader)));
    }
    Result<void> assign(const QList<Start>& starts) override { return m_reader->assign(starts); }
    Result<Batch> poll(int recordsMax, qint64 bytesMax, std::chrono::milliseconds timeout) override { return m_reader->poll(recordsMax, bytesMax, timeout); }

private:
    explicit TopicSource(std::unique_ptr<client::RecordReader> reader) : m_reader(std::move(reader)) {}
    std::unique_ptr<client::RecordReader> m_reader;
};

} // namespace models::replay
