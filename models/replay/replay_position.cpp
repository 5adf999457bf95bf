#include "models/replay/replay_position.h"

namespace models::replay {
namespace {

const QString& mark() {
    static const QString text = QStringLiteral("samsa1");
    return text;
}

std::optional<qint64> numberOf(QStringView text) {
    bool ok = false;
    const qint64 value = text.toLongLong(&ok);
    return ok && value >= 0 ? std::optional(value) : std::nullopt;
}

} // namespace

QString groupOf(const QString& replayId) { return QStringLiteral("samsa-replay-%1").arg(replayId); }

Result<QList<client::CommittedOffset>> toCommitted(const TargetPosition& position, const QString& targetTopic, int targetPartitions) {
    QMap<int, QStringList> texts;
    texts[0]; // the tally is always there
    for (auto it = position.positions.cbegin(); it != position.positions.cend(); ++it)
        texts[it.key() % std::max(1, targetPartitions)].append(QStringLiteral("%1:%2").arg(it.key()).arg(it.value()));
    QList<client::CommittedOffset> offsets;
    for (auto it = texts.cbegin(); it != texts.cend(); ++it) {
        client::CommittedOffset offset;
        offset.partition = {targetTopic, it.key()};
        offset.offset = position.positions.value(it.key(), 0);
        offset.metadata = mark() + u' ' + it->join(u',');
        if (it.key() == 0)
            offset.metadata += QStringLiteral(" sent=%1 bytes=%2").arg(position.tally.sent).arg(position.tally.bytes);
        if (offset.metadata.size() > kMetadataBytesMax)
            return fail(ErrorCode::Invalid, QStringLiteral("replay to %1").arg(targetTopic),
                QStringLiteral("the source has too many partitions for a target with %1: its position does not fit").arg(targetPartitions));
        offsets.append(offset);
    }
    return offsets;
}

Result<std::optional<TargetPosition>> fromCommitted(const QList<client::CommittedOffset>& offsets, const QString& targetTopic) {
    TargetPosition position;
    bool any = false;
    for (const auto& offset : offsets) {
        if (offset.partition.topic != targetTopic || !offset.metadata.startsWith(mark() + u' '))
            continue;
        any = true;
        const auto corrupt = [&] { return fail(ErrorCode::Corrupt, QStringLiteral("position of the replay"), QStringLiteral("'%1' was not written by this program").arg(offset.metadata.left(100))); };
        const auto words = QStringView(offset.metadata).split(u' ');
        for (const auto& pair : words.value(1).split(u',', Qt::SkipEmptyParts)) {
            const auto colon = pair.indexOf(u':');
            const auto partition = colon > 0 ? numberOf(pair.left(colon)) : std::nullopt;
            const auto next = colon > 0 ? numberOf(pair.mid(colon + 1)) : std::nullopt;
            if (!partition || !next)
                return corrupt();
            position.positions.insert(static_cast<int>(*partition), *next);
        }
        for (const auto& word : words.mid(2)) {
            const auto value = numberOf(word.mid(word.indexOf(u'=') + 1));
            if (!value)
                return corrupt();
            if (word.startsWith(u"sent="))
                position.tally.sent = *value;
            else if (word.startsWith(u"bytes="))
                position.tally.bytes = *value;
        }
    }
    return any ? std::optional(position) : std::nullopt;
}

} // namespace models::replay
