#include "models/compaction/compaction_settings.h"

namespace models::compaction {

QStringList CompactionSettings::names() {
    return {QStringLiteral("cleanup.policy"), QStringLiteral("min.cleanable.dirty.ratio"), QStringLiteral("min.compaction.lag.ms"), QStringLiteral("max.compaction.lag.ms"),
        QStringLiteral("delete.retention.ms"), QStringLiteral("segment.ms"), QStringLiteral("segment.bytes"), QStringLiteral("retention.ms"), QStringLiteral("retention.bytes")};
}

CompactionSettings CompactionSettings::of(const QHash<QString, QString>& values) {
    CompactionSettings settings;
    const auto number = [&values](const char* name, qint64& into, bool minusOneIsNone = false) {
        bool good = false;
        const qint64 value = values.value(QLatin1String(name)).toLongLong(&good);
        if (good && value >= 0)
            into = value;
        else if (good && value == -1 && minusOneIsNone)
            into = kNoLimit;
    };
    if (const auto policy = values.constFind(QStringLiteral("cleanup.policy")); policy != values.cend()) {
        settings.compacts = settings.deletes = false;
        for (const auto& part : policy->split(u',')) {
            settings.compacts = settings.compacts || part.trimmed() == QLatin1String("compact");
            settings.deletes = settings.deletes || part.trimmed() == QLatin1String("delete");
        }
    }
    bool good = false;
    const double ratio = values.value(QStringLiteral("min.cleanable.dirty.ratio")).toDouble(&good);
    if (good && ratio >= 0 && ratio <= 1)
        settings.dirtyRatioMin = ratio;
    number("min.compaction.lag.ms", settings.lagMinMs);
    number("max.compaction.lag.ms", settings.lagMaxMs);
    number("delete.retention.ms", settings.deleteRetentionMs);
    number("segment.ms", settings.segmentMs);
    number("segment.bytes", settings.segmentBytes);
    number("retention.ms", settings.retentionMs, true);
    number("retention.bytes", settings.retentionBytes, true);
    return settings;
}

} // namespace models::compaction
