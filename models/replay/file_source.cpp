#include "models/replay/file_source.h"

#include "models/base/format.h"
#include "models/client/bulk_producer.h"
#include "models/replay/json_message.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <algorithm>
#include <cstring>
#include <string>

namespace models::replay {

namespace {

constexpr std::size_t kChunk = 1 << 20;
constexpr qint64 kTellEvery = 20'000; ///< lines

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Replay)
};

std::unexpected<Error> unreadable(const QString& path, const QString& why) { return fail(ErrorCode::Storage, Text::tr("read %1").arg(path), why); }

/// The lines of a file, one at a time, each without its end.
class Lines {
public:
    explicit Lines(const QString& path) : m_file(path) {}
    bool open() { return m_file.open(QIODevice::ReadOnly | QIODevice::Unbuffered); }
    [[nodiscard]] QString error() const { return m_file.errorString(); }
    [[nodiscard]] qint64 number() const { return m_number; }
    [[nodiscard]] bool failed() const { return m_failed; }
    [[nodiscard]] bool tooLong() const { return m_tooLong; } ///< this line: its text is cut
    [[nodiscard]] qint64 bytesRead() const { return m_read; }
    std::function<void(const char*, qsizetype)> onBytes; ///< all that is read

    bool next(std::string_view& line) {
        m_tooLong = false;
        std::size_t scanned = m_at;
        for (;;) {
            const char* begin = m_buffer.data() + scanned;
            if (const auto* end = static_cast<const char*>(std::memchr(begin, '\n', m_buffer.size() - scanned))) {
                line = {m_buffer.data() + m_at, static_cast<std::size_t>(end - m_buffer.data()) - m_at};
                m_at = static_cast<std::size_t>(end - m_buffer.data()) + 1;
                return give(line);
            }
            scanned = m_buffer.size();
            if (m_end) {
                if (m_at >= m_buffer.size())
                    return false;
                line = std::string_view(m_buffer).substr(m_at);
                m_at = m_buffer.size();
                return give(line);
            }
            if (m_buffer.size() - m_at > static_cast<std::size_t>(kLineBytesMax)) {
                // Its rest is not kept.
                m_tooLong = true;
                m_buffer.resize(m_at + 64);
                scanned = m_buffer.size();
            }
            if (m_at > 0) {
                m_buffer.erase(0, m_at);
                scanned = m_buffer.size();
                m_at = 0;
            }
            fill();
        }
    }

private:
    bool give(std::string_view& line) {
        if (++m_number == 1 && line.starts_with("\xEF\xBB\xBF"))
            line.remove_prefix(3);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        return true;
    }
    void fill() {
        const std::size_t size = m_buffer.size();
        m_buffer.resize(size + kChunk);
        const qint64 got = m_file.read(m_buffer.data() + size, static_cast<qint64>(kChunk));
        m_failed = m_failed || got < 0;
        m_buffer.resize(size + static_cast<std::size_t>(std::max<qint64>(got, 0)));
        m_end = got <= 0;
        m_read += std::max<qint64>(got, 0);
        if (onBytes && got > 0)
            onBytes(m_buffer.data() + size, static_cast<qsizetype>(got));
    }

    QFile m_file;
    std::string m_buffer;
    std::size_t m_at = 0;
    qint64 m_number = 0;
    qint64 m_read = 0;
    bool m_end = false;
    bool m_failed = false;
    bool m_tooLong = false;
};

bool isBlank(std::string_view line) {
    return std::all_of(line.begin(), line.end(), [](char c) { return c == ' ' || c == '\t'; });
}

void count(const client::Record& record, FileFacts& facts) {
    ++facts.messages;
    const qint64 bytes = record.sizeBytes();
    facts.bytes += bytes;
    facts.largestBytes = std::max(facts.largestBytes, bytes);
    facts.keyless += record.key ? 0 : 1;
    facts.tombstones += record.value ? 0 : 1;
    facts.placed += record.partition >= 0 ? 1 : 0;
    facts.highestPartition = std::max(facts.highestPartition, record.partition);
    if (record.timestampMs >= 0) {
        facts.oldestMs = facts.oldestMs < 0 ? record.timestampMs : std::min(facts.oldestMs, record.timestampMs);
        facts.newestMs = std::max(facts.newestMs, record.timestampMs);
    }
}

/// Empty = the line is a message that can be sent.
QString judge(std::string_view line, bool tooLong, FileFacts& facts) {
    if (tooLong)
        return Text::tr("It is longer than %1.").arg(format::bytes(kLineBytesMax));
    auto message = parseJsonMessage(line);
    if (!message)
        return message.error();
    if (const auto refused = client::BulkProducer::cannotSend(message->record))
        return refused->why;
    count(message->record, facts);
    return {};
}

} // namespace

Result<FileFacts> lookThrough(const QString& path, ReplayControl& control) {
    const QFileInfo info(path);
    if (!info.isFile())
        return unreadable(path, Text::tr("there is no such file"));
    FileFacts facts;
    facts.sizeBytes = info.size();
    facts.modifiedMs = info.lastModified().toMSecsSinceEpoch();
    Lines lines(path);
    if (!lines.open())
        return unreadable(path, lines.error());
    QCryptographicHash hash(QCryptographicHash::Sha256);
    lines.onBytes = [&hash](const char* bytes, qsizetype size) { hash.addData(QByteArrayView(bytes, size)); };
    std::string_view line;
    while (lines.next(line)) {
        if (lines.number() % kTellEvery == 0) {
            if (control.stopping())
                return fail(ErrorCode::Cancelled, Text::tr("read %1").arg(path), Text::tr("stopped"));
            Progress progress;
            progress.waitingFor = Text::tr("%1 lines looked at, %2").arg(format::count(lines.number()), format::percent(facts.sizeBytes > 0 ? double(lines.bytesRead()) / double(facts.sizeBytes) : 1));
            control.tell(progress);
        }
        if (isBlank(line) && !lines.tooLong())
            continue;
        if (const QString problem = judge(line, lines.tooLong(), facts); !problem.isEmpty()) {
            ++facts.problemCount;
            if (facts.problems.size() < FileFacts::kProblemsMax)
                facts.problems.append({lines.number(), problem});
        }
    }
    if (lines.failed())
        return unreadable(path, lines.error());
    facts.lines = lines.number();
    facts.fingerprint = hash.result().toHex();
    return facts;
}

struct FileSource::Private {
    QString path;
    qint64 lastLine = 0;
    std::unique_ptr<Lines> lines;
    qint64 skipBefore = 0;
    QHash<qint64, int> places; ///< of the last poll's messages, by line
};

FileSource::FileSource(std::unique_ptr<Private> from) : d(std::move(from)) {}
FileSource::~FileSource() = default;

Result<std::unique_ptr<Source>> FileSource::open(const QString& path, const FileFacts& facts) {
    const QFileInfo info(path);
    if (!info.isFile())
        return unreadable(path, Text::tr("there is no such file"));
    if (info.size() != facts.sizeBytes || info.lastModified().toMSecsSinceEpoch() != facts.modifiedMs)
        return fail(ErrorCode::ChangedMeanwhile, Text::tr("read %1").arg(path), Text::tr("the file is another one than when the plan was made"));
    auto made = std::make_unique<Private>();
    made->path = path;
    made->lastLine = facts.lines;
    return std::unique_ptr<Source>(new FileSource(std::move(made)));
}

Result<void> FileSource::assign(const QList<Start>& starts) {
    d->lines = std::make_unique<Lines>(d->path);
    d->places.clear();
    if (!d->lines->open())
        return unreadable(d->path, d->lines->error());
    d->skipBefore = starts.isEmpty() ? 0 : starts.first().offset;
    return {};
}

Result<Source::Batch> FileSource::poll(int recordsMax, qint64 bytesMax, std::chrono::milliseconds) {
    Batch batch;
    d->places.clear();
    qint64 bytes = 0;
    std::string_view line;
    while (batch.records.size() < recordsMax && bytes < bytesMax) {
        if (!d->lines->next(line)) {
            if (d->lines->failed())
                return unreadable(d->path, d->lines->error());
            if (d->lines->number() != d->lastLine)
                return fail(ErrorCode::ChangedMeanwhile, Text::tr("read %1").arg(d->path), Text::tr("the file is another one than when the plan was made"));
            batch.endReached.append(0);
            batch.endOffset.insert(0, d->lastLine + 1);
            break;
        }
        const qint64 number = d->lines->number();
        if (number < d->skipBefore || isBlank(line))
            continue;
        auto message = parseJsonMessage(line);
        if (!message)
            return fail(ErrorCode::Invalid, Text::tr("line %1 of %2").arg(number).arg(d->path), message.error());
        auto& record = message->record;
        d->places.insert(number, record.partition);
        record.partition = 0; // the file is one partition
        record.offset = number;
        if (record.timestampMs < 0) // as a producer does it: retention would take a message without a time for the oldest of all
            record.timestampMs = QDateTime::currentMSecsSinceEpoch();
        bytes += record.sizeBytes();
        batch.records.append(std::move(record));
    }
    return batch;
}

int FileSource::placeOf(const client::Record& record) const { return d->places.value(record.offset, -1); }

} // namespace models::replay
