#include "models/compaction/local_logs.h"

#include <QDir>
#include <QFile>
#include <algorithm>

namespace models::compaction {

namespace {

constexpr qint64 kCheckpointBytesMax = 16 << 20;
constexpr int kDigits = 20; ///< of a segment's name

/// "0", how many, then "topic partition offset" a line. Nothing: there is no such file, or it makes no sense.
QMap<int, qint64> cleanOffsets(const QString& directory, const QString& topic) {
    QMap<int, qint64> offsets;
    QFile file(directory + QStringLiteral("/cleaner-offset-checkpoint"));
    if (!file.open(QIODevice::ReadOnly) || file.size() > kCheckpointBytesMax)
        return offsets;
    const auto lines = file.readAll().split('\n');
    for (qsizetype i = 2; i < lines.size(); ++i) {
        const auto parts = lines[i].split(' ');
        bool partitionGood = false, offsetGood = false;
        if (parts.size() != 3 || parts[0] != topic.toUtf8())
            continue;
        const int partition = parts[1].toInt(&partitionGood);
        const qint64 offset = parts[2].toLongLong(&offsetGood);
        if (partitionGood && offsetGood && offset >= 0)
            offsets.insert(partition, offset);
    }
    return offsets;
}

QList<qint64> basesIn(const QString& directory) {
    QList<qint64> bases;
    const auto names = QDir(directory).entryList({QStringLiteral("*.log")}, QDir::Files, QDir::Name);
    for (const auto& name : names) {
        bool good = false;
        const qint64 base = name.chopped(4).toLongLong(&good);
        if (good && base >= 0 && name.size() == kDigits + 4)
            bases.append(base);
    }
    std::sort(bases.begin(), bases.end());
    return bases;
}

} // namespace

QMap<int, LocalLog> readLocalLogs(const LogDirectories& directories, const QString& topic) {
    QMap<int, LocalLog> logs;
    QMap<int, QMap<int, qint64>> clean; // by broker, read once
    for (auto it = directories.leaders.cbegin(); it != directories.leaders.cend(); ++it) {
        const QString root = directories.ofBroker.value(it.value());
        if (root.isEmpty())
            continue;
        // A topic's name has no separators: Kafka's rule. What is not one is not looked for.
        if (topic.contains(u'/') || topic == QLatin1String(".") || topic == QLatin1String(".."))
            continue;
        LocalLog log;
        log.segmentBases = basesIn(QStringLiteral("%1/%2-%3").arg(root, topic).arg(it.key()));
        if (log.segmentBases.isEmpty())
            continue;
        if (!clean.contains(it.value()))
            clean.insert(it.value(), cleanOffsets(root, topic));
        if (const auto& offsets = clean[it.value()]; offsets.contains(it.key()))
            log.cleanOffset = offsets.value(it.key());
        logs.insert(it.key(), log);
    }
    return logs;
}

} // namespace models::compaction
