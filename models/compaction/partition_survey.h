#pragma once
// What one reading of a partition measured, as a value, and how it is gathered. A partition is cut into slices of offsets; when there are too many, neighbours become
// one: small topics are known batch by batch, large ones to a thousandth.

#include "models/compaction/key_versions.h"
#include "models/wire/record_cursor.h"

#include <QList>
#include <QMap>
#include <optional>

namespace models::compaction {

/// Offsets [first, next) of a partition. Bytes are of the disk: of a compressed batch each record has its share.
struct Slice {
    qint64 first = 0;
    qint64 next = 0;
    qint64 records = 0;
    double bytes = 0;
    qint64 oldestMs = -1; ///< of the first record
    qint64 newestMs = -1;
    // What records of this slice make superfluous: earlier versions of their keys, anywhere before.
    double supersededRecords = 0;
    double supersededBytes = 0;
    double supersededCleanBytes = 0; ///< of these, what lies in the clean part
    qint64 tombstones = 0;           ///< in this slice
    qint64 expired = 0;              ///< of these, past their deadline when it was read
    double expiredBytes = 0;
    qint64 keyless = 0;              ///< without a key: compaction takes them
    double keylessBytes = 0;
};

struct PartitionSurvey {
    int partition = 0;
    qint64 begin = 0;
    qint64 end = 0;
    qint64 takenMs = 0;
    QList<Slice> slices;
    qint64 records = 0;
    double bytes = 0;
    qint64 keyless = 0;
    double keys = 0;          ///< distinct
    double repeatedKeys = 0;  ///< with more than one version
    double weight = 1;        ///< keys were counted from one in so many; 1 = all of them
    qint64 cleanAtLeast = 0;  ///< after the last gap that cleaning left; `begin` = there is none
    qint64 cleanAtMost = 0;   ///< first record whose key was there before; `end` = no key is there twice
    qint64 tombstones = 0;
    qint64 expired = 0;
    QMap<qint64, qint64> deadlines; ///< of tombstones that a cleaning has met: time -> how many; at most kDeadlinesMax
    bool complete = true;           ///< false: part of it could not be read, or it was stopped

    // Only where the files of the log can be read: a cluster on this machine.
    std::optional<qint64> cleanOffset; ///< of the cleaner's checkpoint
    QList<qint64> segmentBases;        ///< empty = not known; the last one is of the active segment

    /// How far it is clean: exact where it is known. Else, where there are gaps, up to the first key that is there twice: a stretch without one is what cleaning leaves, not
    /// what clients write. Without gaps nothing was ever cleaned.
    [[nodiscard]] qint64 cleanUpTo() const { return cleanOffset ? *cleanOffset : cleanAtLeast > begin ? cleanAtMost : begin; }
};

inline constexpr int kSlicesMax = 1024;
inline constexpr int kDeadlinesMax = 64;

/// Takes the batches of one partition in order. One thread at a time.
class PartitionGatherer {
public:
    PartitionGatherer(int partition, qint64 begin, qint64 end, std::size_t keysMax, qint64 nowMs);
    void setCleanOffset(std::optional<qint64> offset) { m_survey.cleanOffset = offset; }
    /// False when its records are damaged; those before count.
    bool take(const wire::ScanBatch& batch);
    /// Offsets [from, to) hold no records of anybody: the marker of a transaction, or what could not be read.
    void skip(qint64 from, qint64 to);
    void incomplete() { m_survey.complete = false; }
    [[nodiscard]] PartitionSurvey finish();

private:
    void see(const wire::RawRecord& record, double bytes, std::optional<qint64> deadline, Slice& slice);
    void add(const Slice& slice);
    PartitionSurvey m_survey;
    KeyVersions m_keys;
    qint64 m_expected; ///< offset that comes next when nothing was taken out
    qint64 m_nowMs;
    double m_repeated = 0;
};

} // namespace models::compaction
