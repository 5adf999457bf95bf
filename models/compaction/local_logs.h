#pragma once
// What only the files of a log say, for clusters of this machine: where its segments begin and how far its cleaner came. Blocking; reads names and one small file a
// directory, never a segment.

#include <QList>
#include <QMap>
#include <QString>
#include <optional>

namespace models::compaction {

/// A broker's log.dirs by its id, and who leads: only the leader's files count.
struct LogDirectories {
    QMap<int, QString> ofBroker;
    QMap<int, int> leaders; ///< partition -> broker
    [[nodiscard]] bool isEmpty() const { return ofBroker.isEmpty(); }
};

struct LocalLog {
    std::optional<qint64> cleanOffset; ///< none: never cleaned
    QList<qint64> segmentBases;        ///< ascending; the last one is active
};

/// By partition; those whose files are not there or make no sense are missing.
QMap<int, LocalLog> readLocalLogs(const LogDirectories& directories, const QString& topic);

} // namespace models::compaction
