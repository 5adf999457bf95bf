#pragma once
// Messages of a file, one line of JSON each (json_message.h). The file is looked through once before anything is sent: every line must be a message. Memory is a line,
// whatever the file holds. Workers only.

#include "models/replay/replay_control.h"
#include "models/replay/source.h"

#include <QList>
#include <QString>
#include <memory>
#include <utility>

namespace models::replay {

inline constexpr qint64 kLineBytesMax = 64LL << 20;

/// What was seen of a file. A message's offset is the number of its line, from 1 on.
struct FileFacts {
    qint64 lines = 0; ///< number of the last line
    qint64 messages = 0;
    qint64 bytes = 0;
    qint64 largestBytes = 0;
    qint64 oldestMs = -1;
    qint64 newestMs = -1;
    qint64 keyless = 0;
    qint64 tombstones = 0;
    qint64 placed = 0;          ///< that wish a partition
    int highestPartition = -1;
    QByteArray fingerprint;     ///< SHA-256 of all of it, hexadecimal
    qint64 sizeBytes = 0;
    qint64 modifiedMs = 0;
    QList<std::pair<qint64, QString>> problems; ///< line, sentence; at most kProblemsMax
    qint64 problemCount = 0;
    static constexpr int kProblemsMax = 10;
};

/// Storage: it cannot be read. Cancelled: `control` was stopped. A line that is no message is a problem among the facts.
Result<FileFacts> lookThrough(const QString& path, ReplayControl& control);

class FileSource : public Source {
public:
    /// ChangedMeanwhile: it is not the file that the facts are of.
    static Result<std::unique_ptr<Source>> open(const QString& path, const FileFacts& facts);
    ~FileSource() override;
    Result<void> assign(const QList<Start>& starts) override;
    Result<Batch> poll(int recordsMax, qint64 bytesMax, std::chrono::milliseconds timeout) override;
    [[nodiscard]] int placeOf(const client::Record& record) const override;

private:
    struct Private;
    explicit FileSource(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace models::replay
