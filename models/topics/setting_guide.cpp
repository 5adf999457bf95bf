#include "models/topics/setting_guide.h"

#include "models/base/format.h"

#include <QCoreApplication>
#include <QHash>
#include <QRegularExpression>
#include <array>
#include <cmath>
#include <limits>

namespace models::topics {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(SettingGuide)
};

constexpr qint64 kLargest = std::numeric_limits<qint64>::max();

struct Unit {
    const char* name;
    qint64 factor;
};
// The first of equal factors is the one that is written.
constexpr std::array kDurations{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"sec", 1000}, Unit{"min", 60'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000},
    Unit{"d", 86'400'000}, Unit{"day", 86'400'000}, Unit{"days", 86'400'000}, Unit{"w", 604'800'000}};
constexpr std::array kSizes{Unit{"B", 1}, Unit{"KiB", 1LL << 10}, Unit{"MiB", 1LL << 20}, Unit{"GiB", 1LL << 30}, Unit{"TiB", 1LL << 40},
    Unit{"kB", 1000}, Unit{"MB", 1'000'000}, Unit{"GB", 1'000'000'000}, Unit{"TB", 1'000'000'000'000}};

/// The topic's name of a broker setting that gives it its default.
QString topicName(const QString& name) {
    static const QHash<QString, QString> renamed{{QStringLiteral("log.cleaner.min.cleanable.ratio"), QStringLiteral("min.cleanable.dirty.ratio")},
        {QStringLiteral("log.cleaner.min.compaction.lag.ms"), QStringLiteral("min.compaction.lag.ms")},
        {QStringLiteral("log.cleaner.max.compaction.lag.ms"), QStringLiteral("max.compaction.lag.ms")},
        {QStringLiteral("log.cleaner.delete.retention.ms"), QStringLiteral("delete.retention.ms")},
        {QStringLiteral("log.cleanup.policy"), QStringLiteral("cleanup.policy")}, {QStringLiteral("log.roll.ms"), QStringLiteral("segment.ms")},
        {QStringLiteral("log.segment.bytes"), QStringLiteral("segment.bytes")}, {QStringLiteral("log.retention.ms"), QStringLiteral("retention.ms")},
        {QStringLiteral("log.retention.bytes"), QStringLiteral("retention.bytes")}, {QStringLiteral("message.max.bytes"), QStringLiteral("max.message.bytes")},
        {QStringLiteral("log.message.timestamp.type"), QStringLiteral("message.timestamp.type")}};
    return renamed.value(name, name);
}

/// Of settings that only brokers have.
QString brokerMeaningOf(const QString& name) {
    static const QHash<QString, const char*> meanings{
        {QStringLiteral("log.cleaner.threads"), QT_TRANSLATE_NOOP("SettingGuide", "Threads that compact logs, of each broker.")},
        {QStringLiteral("log.cleaner.backoff.ms"), QT_TRANSLATE_NOOP("SettingGuide", "How long the cleaner rests when no log needs it.")},
        {QStringLiteral("log.cleaner.dedupe.buffer.size"), QT_TRANSLATE_NOOP("SettingGuide", "Memory for the keys of the logs that are compacted. Too small for a log, it is compacted in several rounds.")},
        {QStringLiteral("log.cleaner.io.max.bytes.per.second"), QT_TRANSLATE_NOOP("SettingGuide", "What compaction may read and write a second, so that clients do not feel it.")},
        {QStringLiteral("log.cleaner.io.buffer.size"), QT_TRANSLATE_NOOP("SettingGuide", "Memory through which the cleaner reads and writes.")},
        {QStringLiteral("log.cleaner.enable"), QT_TRANSLATE_NOOP("SettingGuide", "Whether logs are compacted at all.")},
        {QStringLiteral("log.retention.check.interval.ms"), QT_TRANSLATE_NOOP("SettingGuide", "How often it is looked for segments that are too old or too many.")},
        {QStringLiteral("log.retention.hours"), QT_TRANSLATE_NOOP("SettingGuide", "Records older than this go, where no topic and no finer setting says otherwise.")},
        {QStringLiteral("log.retention.minutes"), QT_TRANSLATE_NOOP("SettingGuide", "Records older than this go, where no topic and no finer setting says otherwise.")},
        {QStringLiteral("num.partitions"), QT_TRANSLATE_NOOP("SettingGuide", "Partitions of a topic that is made without a number.")},
        {QStringLiteral("default.replication.factor"), QT_TRANSLATE_NOOP("SettingGuide", "Replicas of a topic that is made without a number.")},
        {QStringLiteral("num.io.threads"), QT_TRANSLATE_NOOP("SettingGuide", "Threads that answer requests, with their disk work.")},
        {QStringLiteral("num.network.threads"), QT_TRANSLATE_NOOP("SettingGuide", "Threads that read requests from sockets and write answers, of each listener.")},
        {QStringLiteral("num.replica.fetchers"), QT_TRANSLATE_NOOP("SettingGuide", "Threads that fetch from each other broker. More follow faster, and cost memory.")},
        {QStringLiteral("num.recovery.threads.per.data.dir"), QT_TRANSLATE_NOOP("SettingGuide", "Threads that check logs at the start and write them out at the stop.")},
        {QStringLiteral("background.threads"), QT_TRANSLATE_NOOP("SettingGuide", "Threads for work in the background, such as deleting files.")},
        {QStringLiteral("auto.create.topics.enable"), QT_TRANSLATE_NOOP("SettingGuide", "Whether a topic is made when a client asks for one that is not there.")},
        {QStringLiteral("delete.topic.enable"), QT_TRANSLATE_NOOP("SettingGuide", "Whether topics can be deleted.")},
        {QStringLiteral("auto.leader.rebalance.enable"), QT_TRANSLATE_NOOP("SettingGuide", "Whether leadership goes back by itself to the replica that is preferred.")},
        {QStringLiteral("max.connections"), QT_TRANSLATE_NOOP("SettingGuide", "Connections that a broker takes. One more closes the one that was idle longest, or waits.")},
        {QStringLiteral("max.connections.per.ip"), QT_TRANSLATE_NOOP("SettingGuide", "Connections that a broker takes from one address.")},
        {QStringLiteral("max.connection.creation.rate"), QT_TRANSLATE_NOOP("SettingGuide", "New connections a second that a broker takes.")},
        {QStringLiteral("replica.lag.time.max.ms"), QT_TRANSLATE_NOOP("SettingGuide", "A follower that has not caught up for so long leaves the in-sync set.")},
        {QStringLiteral("offsets.retention.minutes"), QT_TRANSLATE_NOOP("SettingGuide", "Offsets of a group without members are forgotten after so long.")},
        {QStringLiteral("transaction.max.timeout.ms"), QT_TRANSLATE_NOOP("SettingGuide", "The longest time that a transaction may stay open.")},
        {QStringLiteral("transactional.id.expiration.ms"), QT_TRANSLATE_NOOP("SettingGuide", "A transactional id that is not used is forgotten after so long.")},
        {QStringLiteral("group.initial.rebalance.delay.ms"), QT_TRANSLATE_NOOP("SettingGuide", "How long a new group waits for more members before it begins.")},
        {QStringLiteral("connections.max.idle.ms"), QT_TRANSLATE_NOOP("SettingGuide", "A connection without requests is closed after so long.")},
    };
    const auto found = meanings.constFind(name);
    return found == meanings.cend() ? QString() : Text::tr(*found);
}

QString meaningOf(const QString& name) {
    if (name == QLatin1String("cleanup.policy"))
        return Text::tr("What happens to old records: delete drops whole segments by age and size, compact keeps the newest of each key.");
    if (name == QLatin1String("min.cleanable.dirty.ratio"))
        return Text::tr("A partition is compacted when more than this share of it is new since the last time. Lower saves space, and costs disk work.");
    if (name == QLatin1String("min.compaction.lag.ms"))
        return Text::tr("Every version of a key stays readable at least so long. A reader that lags more may miss some.");
    if (name == QLatin1String("max.compaction.lag.ms"))
        return Text::tr("A record is compacted after so long at the latest, whatever the share of new ones.");
    if (name == QLatin1String("delete.retention.ms"))
        return Text::tr("A tombstone stays readable so long after the compaction that met it. A reader from the beginning must be through by then.");
    if (name == QLatin1String("retention.ms"))
        return Text::tr("Records older than this go, a segment at a time. Not with compact alone.");
    if (name == QLatin1String("retention.bytes"))
        return Text::tr("What a partition may hold; the oldest segments go first. Not with compact alone.");
    if (name == QLatin1String("segment.ms"))
        return Text::tr("A segment is closed after so long. Only closed ones are compacted or dropped.");
    if (name == QLatin1String("segment.bytes"))
        return Text::tr("A segment is closed at this size. Only closed ones are compacted or dropped.");
    if (name == QLatin1String("max.message.bytes"))
        return Text::tr("The largest batch of records, as compressed, that is accepted.");
    if (name == QLatin1String("min.insync.replicas"))
        return Text::tr("With acks=all a record is refused unless so many replicas are in sync.");
    if (name == QLatin1String("message.timestamp.type"))
        return Text::tr("Whose clock stamps records: the producer's, or the broker's.");
    if (name == QLatin1String("compression.type"))
        return Text::tr("How batches are stored; producer leaves them as they came.");
    if (name == QLatin1String("unclean.leader.election.enable"))
        return Text::tr("Whether a replica that is behind may lead when no other is left. Acknowledged records are lost then.");
    return brokerMeaningOf(name);
}

std::optional<qint64> wholeNumber(const QString& text) {
    bool ok = false;
    const qint64 number = text.toLongLong(&ok);
    return ok ? std::optional(number) : std::nullopt;
}

template <std::size_t Count>
std::expected<QString, QString> withUnit(const QString& typed, const std::array<Unit, Count>& units, qint64 plainFactor, const QString& example) {
    static const QRegularExpression form(QStringLiteral("^([0-9]+(?:[.,][0-9]+)?)\\s*([A-Za-z]*)$"));
    const auto match = form.match(typed);
    if (!match.hasMatch())
        return std::unexpected(Text::tr("\u201c%1\u201d is not understood. Write %2.").arg(typed, example));
    const QString word = match.captured(2);
    if (word.isEmpty()) {
        if (const auto number = wholeNumber(match.captured(1)))
            return QString::number(*number);
        return std::unexpected(Text::tr("A number without a unit must be whole. Write %1.").arg(example));
    }
    // As written first (MB is not mb to everyone), then whatever the case.
    const Unit* found = nullptr;
    for (const auto sensitivity : {Qt::CaseSensitive, Qt::CaseInsensitive})
        for (const auto& unit : units)
            if (found == nullptr && word.compare(QLatin1String(unit.name), sensitivity) == 0)
                found = &unit;
    if (found == nullptr)
        return std::unexpected(Text::tr("The unit \u201c%1\u201d is not known. Write %2.").arg(word, example));
    const double amount = QString(match.captured(1)).replace(QLatin1Char(','), QLatin1Char('.')).toDouble();
    const double exact = amount * static_cast<double>(found->factor) / static_cast<double>(plainFactor);
    if (exact >= static_cast<double>(kLargest))
        return std::unexpected(Text::tr("That is more than Kafka can count."));
    if (const double rounded = std::round(exact); std::abs(exact - rounded) > 1e-6 * std::max(1.0, std::abs(exact)) || rounded < 0)
        return std::unexpected(Text::tr("That is not a whole number of what Kafka counts here. Write %1.").arg(example));
    if (const auto whole = wholeNumber(match.captured(1))) // exact also where a double is not
        if (*whole <= kLargest / found->factor && (*whole * found->factor) % plainFactor == 0)
            return QString::number(*whole * found->factor / plainFactor);
    return QString::number(static_cast<qint64>(std::round(exact)));
}

template <std::size_t Count>
QString inUnit(qint64 number, const std::array<Unit, Count>& units, std::size_t binary) {
    const Unit* best = nullptr;
    for (std::size_t i = 0; i < binary; ++i)
        if (number != 0 && units[i].factor > 1 && number % units[i].factor == 0 && (best == nullptr || units[i].factor > best->factor))
            best = &units[i];
    return best == nullptr ? QString() : QStringLiteral("%1 %2").arg(number / best->factor).arg(QLatin1String(best->name));
}

} // namespace

SettingGuide settingGuide(const QString& given) {
    const QString name = topicName(given);
    SettingGuide guide;
    guide.meaning = meaningOf(name);
    guide.minusOneIsNone = name == QLatin1String("retention.ms") || name == QLatin1String("retention.bytes");
    if (name == QLatin1String("cleanup.policy")) {
        guide.kind = SettingKind::Choices;
        guide.choices = {QStringLiteral("delete"), QStringLiteral("compact"), QStringLiteral("compact,delete")};
    } else if (name == QLatin1String("message.timestamp.type")) {
        guide.kind = SettingKind::Choice;
        guide.choices = {QStringLiteral("CreateTime"), QStringLiteral("LogAppendTime")};
    } else if (name.endsWith(QLatin1String(".enable"))) {
        guide.kind = SettingKind::Switch;
        guide.choices = {QStringLiteral("true"), QStringLiteral("false")};
    } else if (name.endsWith(QLatin1String(".ratio"))) {
        guide.kind = SettingKind::Share;
    } else if (name.endsWith(QLatin1String(".ms")) || name.endsWith(QLatin1String(".minutes")) || name.endsWith(QLatin1String(".hours"))) {
        guide.kind = SettingKind::Duration;
        guide.unit = name.endsWith(QLatin1String(".hours")) ? 3'600'000 : name.endsWith(QLatin1String(".minutes")) ? 60'000 : 1;
    } else if (name.endsWith(QLatin1String(".bytes")) || name.endsWith(QLatin1String(".buffer.size"))) {
        guide.kind = SettingKind::Size;
    } else if (name.endsWith(QLatin1String(".replicas")) || name.endsWith(QLatin1String(".threads")) || name.endsWith(QLatin1String(".factor")) || name.startsWith(QLatin1String("num."))) {
        guide.kind = SettingKind::Number;
    }
    return guide;
}

std::expected<QString, QString> settingValue(const QString& name, const QString& given) {
    const auto guide = settingGuide(name);
    const QString typed = given.trimmed();
    const bool none = typed.compare(QLatin1String("none"), Qt::CaseInsensitive) == 0 || typed.compare(Text::tr("no limit"), Qt::CaseInsensitive) == 0;
    switch (guide.kind) {
    case SettingKind::Duration:
    case SettingKind::Size: {
        if (none && guide.minusOneIsNone)
            return QStringLiteral("-1");
        if (none && topicName(name) == QLatin1String("max.compaction.lag.ms"))
            return QString::number(kLargest);
        if (typed == QLatin1String("-1") && guide.minusOneIsNone)
            return typed;
        return guide.kind == SettingKind::Duration ? withUnit(typed, kDurations, guide.unit, QStringLiteral("7 d, 12 h, 30 min, 10 s"))
                                                   : withUnit(typed, kSizes, 1, QStringLiteral("1 GiB, 512 MiB, 64 KiB"));
    }
    case SettingKind::Number:
        if (!wholeNumber(typed))
            return std::unexpected(Text::tr("\u201c%1\u201d is not a whole number.").arg(typed));
        return typed;
    case SettingKind::Share: {
        QString digits = typed;
        const bool percent = digits.endsWith(QLatin1Char('%'));
        if (percent)
            digits.chop(1);
        bool ok = false;
        const double share = digits.trimmed().replace(QLatin1Char(','), QLatin1Char('.')).toDouble(&ok) / (percent ? 100 : 1);
        if (!ok || !(share >= 0) || share > 1)
            return std::unexpected(Text::tr("A share lies between 0 and 1. Write 0.3 or 30 %."));
        return percent ? QString::number(share, 'g', 12) : digits.trimmed().replace(QLatin1Char(','), QLatin1Char('.'));
    }
    case SettingKind::Switch:
    case SettingKind::Choice:
        if (!guide.choices.contains(typed))
            return std::unexpected(Text::tr("It is one of: %1.").arg(guide.choices.join(QStringLiteral(", "))));
        return typed;
    case SettingKind::Choices:
        for (const auto& part : typed.split(QLatin1Char(',')))
            if (part.trimmed() != QLatin1String("delete") && part.trimmed() != QLatin1String("compact"))
                return std::unexpected(Text::tr("It is delete, compact, or both with a comma between them."));
        return typed;
    case SettingKind::Text: return given;
    }
    return given;
}

QString settingTyped(const QString& name, const QString& value) {
    const auto guide = settingGuide(name);
    const auto number = wholeNumber(value);
    if (!number || (guide.kind != SettingKind::Duration && guide.kind != SettingKind::Size))
        return value;
    if ((*number == -1 && guide.minusOneIsNone) || (*number == kLargest && topicName(name) == QLatin1String("max.compaction.lag.ms")))
        return QStringLiteral("none");
    if (*number < 0 || *number > kLargest / guide.unit)
        return value;
    // Weeks are said in days.
    const QString words = guide.kind == SettingKind::Duration ? inUnit(*number * guide.unit, kDurations, 7) : inUnit(*number, kSizes, 5);
    return words.isEmpty() ? value : words;
}

QString settingShown(const QString& name, const QString& value, const QLocale& locale) {
    const auto guide = settingGuide(name);
    const auto number = wholeNumber(value);
    if (number == kLargest || (name.endsWith(QLatin1String("bytes.per.second")) && value.toDouble() > 1e300))
        return Text::tr("no limit");
    if (!number || (guide.kind != SettingKind::Duration && guide.kind != SettingKind::Size))
        return value;
    if (*number == -1 && guide.minusOneIsNone)
        return Text::tr("no limit");
    if (*number <= 0 || *number > kLargest / guide.unit)
        return value;
    constexpr qint64 kDay = 86'400'000;
    if (guide.kind == SettingKind::Duration && *number * guide.unit % kDay == 0)
        return format::duration(*number * guide.unit, locale);
    const QString typed = settingTyped(name, value);
    if (typed != value)
        return typed;
    return QStringLiteral("%1 %2").arg(locale.toString(*number), guide.kind == SettingKind::Duration ? QStringLiteral("ms") : QStringLiteral("B"));
}

} // namespace models::topics
