#include "models/replay/facts.h"

#include "models/base/format.h"
#include "models/client/bulk_producer.h"
#include "models/client/cluster_handle.h"
#include "models/client/record_reader.h"
#include "models/replay/replay_position.h"
#include "models/wire/wire_client.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDateTime>
#include <QFileInfo>
#include <QRandomGenerator>
#include <algorithm>
#include <limits>

namespace models::replay {
namespace {

using namespace std::chrono_literals;
using Level = Finding::Level;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Replay)
};

constexpr auto kPatience = 15s;
constexpr int kSampleMessages = 1000;

/// Kafka's numbers of what a transactional producer asks.
bool hasTransactions(const QSet<int>& requests) {
    for (const int key : {22 /* InitProducerId */, 24 /* AddPartitionsToTxn */, 26 /* EndTxn */, 28 /* TxnOffsetCommit */})
        if (!requests.contains(key))
            return false;
    return true;
}

QMap<QString, QString> configsOf(client::ClusterHandle& handle, const QString& topic) {
    QMap<QString, QString> values;
    const auto entries = handle.describeConfigs({client::ResourceKind::Topic, topic}).result();
    if (entries)
        for (const auto& entry : *entries)
            if (entry.value)
                values.insert(entry.name, *entry.value);
    return values;
}

const client::TopicState* topicIn(const client::ClusterMetadata& metadata, const QString& name) {
    for (const auto& topic : metadata.topics)
        if (topic.name == name && !topic.partitions.isEmpty())
            return &topic;
    return nullptr;
}

Result<TargetFacts> targetFacts(const Order& order) {
    auto handle = client::ClusterHandle::open(order.target);
    if (!handle)
        return std::unexpected(handle.error());
    (*handle)->setTimeout(kPatience);
    auto metadata = (*handle)->metadata().result();
    if (!metadata)
        return std::unexpected(metadata.error());
    TargetFacts facts;
    facts.brokers = static_cast<int>(metadata->brokers.size());
    if (const auto described = (*handle)->describeCluster().result())
        facts.clusterId = described->clusterId;
    if (const auto* topic = topicIn(*metadata, order.targetTopic)) {
        facts.exists = true;
        facts.partitions = static_cast<int>(topic->partitions.size());
        for (const auto& partition : topic->partitions)
            facts.withoutLeader += partition.leader < 0 ? 1 : 0;
        facts.configs = configsOf(**handle, order.targetTopic);
    }
    if (!order.withoutTransactions && topicIn(*metadata, QStringLiteral("__transaction_state")) == nullptr && !metadata->brokers.isEmpty()) {
        // Made with the first transaction; with fewer brokers than it is to have replicas it cannot be made.
        const auto settings = (*handle)->describeConfigs({client::ResourceKind::Broker, QString::number(metadata->brokers.first().id)}).result();
        if (settings)
            for (const auto& entry : *settings)
                if (entry.name == QLatin1String("transaction.state.log.replication.factor") && entry.value)
                    facts.transactionReplicas = entry.value->toInt();
    }
    wire::WireClient wire(order.target);
    for (const auto& broker : metadata->brokers) {
        if (const auto requests = wire.requestsOf({broker.host, broker.port}, 3s)) {
            facts.transactions = hasTransactions(*requests);
            break;
        }
    }
    return facts;
}

/// Where a bound is in each partition; `edges` are first offset and end.
Result<QMap<int, qint64>> resolve(client::ClusterHandle& handle, const QString& topic, const Bound& bound, const QMap<int, std::pair<qint64, qint64>>& edges, bool end) {
    QMap<int, qint64> offsets;
    QList<client::OffsetQuery> queries;
    for (auto it = edges.cbegin(); it != edges.cend(); ++it) {
        offsets[it.key()] = bound.kind == Bound::Kind::Offset ? bound.value : end ? it->second : it->first;
        queries.append({{topic, it.key()}, client::OffsetAt::Timestamp, bound.value});
    }
    if (bound.kind != Bound::Kind::Time)
        return offsets;
    auto answers = handle.listOffsets(queries).result();
    if (!answers)
        return std::unexpected(answers.error());
    for (const auto& answer : *answers) {
        if (answer.error)
            return std::unexpected(*answer.error);
        // None at or after that time: then the end.
        offsets[answer.partition.partition] = answer.offset < 0 ? edges.value(answer.partition.partition).second : answer.offset;
    }
    return offsets;
}

/// Reads the first messages of what is left, a few of each partition.
Sample look(client::RecordReader& reader, const QList<Range>& left) {
    Sample sample;
    QMap<int, Range> firsts;
    for (const auto& range : left)
        if (!firsts.contains(range.partition))
            firsts.insert(range.partition, range);
    QList<client::RecordReader::Start> starts;
    for (const auto& range : firsts)
        starts.append({range.partition, range.first});
    if (starts.isEmpty() || !reader.assign(starts))
        return sample;
    const qint64 each = std::max<qint64>(20, kSampleMessages / starts.size());
    QMap<int, qint64> taken;
    QSet<int> over;
    const auto deadline = std::chrono::steady_clock::now() + 2s;
    while (over.size() < starts.size() && std::chrono::steady_clock::now() < deadline) {
        auto batch = reader.poll(kSampleMessages, 4 << 20, 100ms);
        if (!batch)
            break;
        for (const int partition : batch->endReached)
            over.insert(partition);
        for (auto it = batch->failed.cbegin(); it != batch->failed.cend(); ++it)
            over.insert(it.key());
        for (const auto& record : batch->records) {
            if (record.offset >= firsts.value(record.partition).until || taken[record.partition] >= each) {
                over.insert(record.partition);
                continue;
            }
            ++taken[record.partition];
            ++sample.messages;
            sample.bytes += record.sizeBytes();
            sample.largestBytes = std::max(sample.largestBytes, record.sizeBytes());
            sample.keyless += record.key ? 0 : 1;
            sample.tombstones += record.value ? 0 : 1;
            if (record.timestampMs >= 0) {
                sample.oldestMs = sample.oldestMs < 0 ? record.timestampMs : std::min(sample.oldestMs, record.timestampMs);
                sample.newestMs = std::max(sample.newestMs, record.timestampMs);
            }
            if (!sample.unsendable)
                sample.unsendable = client::BulkProducer::cannotSend(record);
        }
    }
    return sample;
}

QString requestOf(const Order& order, const QString& sourceCluster, const QString& targetCluster) {
    QStringList parts{sourceCluster, order.sourceTopic, targetCluster, order.targetTopic, order.placement == Placement::Keep ? QStringLiteral("keep") : QStringLiteral("key"),
        toText(order.from), toText(order.until)};
    for (const auto& range : order.ranges)
        parts.append(QStringLiteral("%1:%2-%3").arg(range.partition).arg(range.first).arg(range.until));
    return QString::fromLatin1(QCryptographicHash::hash(parts.join(u'\n').toUtf8(), QCryptographicHash::Sha256).toHex());
}

} // namespace

bool Prepared::blocked() const {
    return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.level == Level::Blocker; });
}

qint64 Prepared::offsetsLeft() const {
    qint64 total = 0;
    for (const auto& range : leftOf(order.ranges, positions))
        total += range.until - range.first;
    return total;
}

qint64 Prepared::bytesGuess() const { return source.sample.messages == 0 ? -1 : offsetsLeft() * source.sample.bytes / source.sample.messages; }

QList<Range> leftOf(const QList<Range>& ranges, const QMap<int, qint64>& positions) {
    QList<Range> left;
    for (const auto& range : ranges) {
        const qint64 first = std::max(range.first, positions.value(range.partition, range.first));
        if (first < range.until)
            left.append({range.partition, first, range.until});
    }
    return left;
}

QString newReplayId() { return QStringLiteral("r-%1").arg(QRandomGenerator::system()->generate(), 8, 16, QLatin1Char('0')); }

QList<Finding> judge(const Order& order, const SourceFacts& source, const TargetFacts& target, bool transactional, qint64 nowMs) {
    QList<Finding> all;
    const auto add = [&all](Level level, const QString& text) { all.append({level, text}); };
    const auto& sample = source.sample;
    for (const auto& [line, problem] : source.file.problems)
        add(Level::Blocker, Text::tr("Line %1: %2").arg(format::count(line), problem));
    if (const qint64 more = source.file.problemCount - source.file.problems.size(); more > 0)
        add(Level::Blocker, Text::tr("%1 more lines are no messages.").arg(format::count(more)));
    if (!target.exists && !order.file.isEmpty()) {
        add(Level::Blocker, Text::tr("The topic %1 does not exist there. Create it first.").arg(order.targetTopic));
    } else if (!target.exists) {
        add(Level::Blocker, Text::tr("The topic %1 does not exist there. Create it first; with %n partition(s) each message can keep its own.", nullptr, source.partitions).arg(order.targetTopic));
    } else {
        int highest = source.file.highestPartition;
        for (const auto& range : order.ranges)
            highest = std::max(highest, range.partition);
        if (order.placement == Placement::Keep && highest >= target.partitions)
            add(Level::Blocker, Text::tr("To keep partitions, %1 needs %2; it has %3.").arg(order.targetTopic).arg(highest + 1).arg(target.partitions));
        else if (order.placement == Placement::ByKey && target.partitions < source.partitions)
            add(Level::Note, Text::tr("%1 has %2 partitions, the source %3: order is kept for messages of one key only.").arg(order.targetTopic).arg(target.partitions).arg(source.partitions));
        if (target.withoutLeader > 0)
            add(Level::Warning, Text::tr("%n partition(s) of %1 have no leader now: it waits for them, and fails when they stay away.", nullptr, target.withoutLeader).arg(order.targetTopic));
    }
    const auto number = [&target](const char* name) -> std::optional<qint64> {
        bool ok = false;
        const qint64 value = target.configs.value(QLatin1String(name)).toLongLong(&ok);
        return ok ? std::optional(value) : std::nullopt;
    };
    if (target.exists && target.configs.isEmpty())
        add(Level::Warning, Text::tr("The settings of %1 cannot be read, so it is not known what it refuses.").arg(order.targetTopic));
    if (const auto most = number("max.message.bytes")) {
        if (sample.largestBytes > *most)
            add(Level::Blocker, Text::tr("It takes messages of at most %1 (max.message.bytes); one of %2 was seen.").arg(format::bytes(*most), format::bytes(sample.largestBytes)));
        else if (source.messageBytesMax > *most)
            add(Level::Warning, Text::tr("It takes messages of at most %1 (max.message.bytes), the source up to %2: it stops at the first one that is larger.")
                                    .arg(format::bytes(*most), format::bytes(source.messageBytesMax)));
    }
    if (target.configs.value(QStringLiteral("message.timestamp.type")) == QLatin1String("LogAppendTime"))
        add(Level::Warning, Text::tr("Timestamps are not kept: %1 writes its own (message.timestamp.type=LogAppendTime).").arg(order.targetTopic));
    if (target.configs.value(QStringLiteral("cleanup.policy")).contains(QLatin1String("compact"))) {
        if (sample.keyless > 0)
            add(Level::Blocker, Text::tr("%1 is compacted and refuses messages without a key; there are some.").arg(order.targetTopic));
        else
            add(Level::Warning, Text::tr("%1 is compacted: of each key only the newest message stays, and one without a key stops the replay.").arg(order.targetTopic));
    }
    const qint64 oldest = sample.oldestMs;
    if (const auto retention = number("retention.ms"); retention && *retention >= 0 && oldest >= 0 && oldest < nowMs - *retention && target.configs.value(QStringLiteral("cleanup.policy")).contains(QLatin1String("delete")))
        add(Level::Warning, Text::tr("%1 deletes what is older than %2 (retention.ms): old messages go again soon after they came.").arg(order.targetTopic, format::duration(*retention)));
    if (const auto before = number("message.timestamp.before.max.ms"); before && oldest >= 0 && oldest < nowMs - *before)
        add(Level::Blocker, Text::tr("%1 refuses messages older than %2 (message.timestamp.before.max.ms).").arg(order.targetTopic, format::duration(*before)));
    if (const auto after = number("message.timestamp.after.max.ms"); after && sample.newestMs > nowMs && sample.newestMs - nowMs > *after) // Kafka 3.6 to 3.9 allow any
        add(Level::Blocker, Text::tr("%1 refuses messages from the future (message.timestamp.after.max.ms).").arg(order.targetTopic));
    if (const auto inSync = number("min.insync.replicas"); inSync && *inSync > target.brokers)
        add(Level::Warning, Text::tr("min.insync.replicas is %1, but %2 brokers are up: nothing can be written before more come.").arg(*inSync).arg(target.brokers));
    if (sample.unsendable)
        add(Level::Blocker, Text::tr("%1: %2.").arg(sample.unsendable->what, sample.unsendable->why));
    if (!source.clusterId.isEmpty() && source.clusterId == target.clusterId && order.sourceTopic == order.targetTopic)
        add(Level::Warning, Text::tr("Source and target are the same topic: its messages will be there twice."));
    if (!order.file.isEmpty() && order.placement == Placement::Keep && source.file.placed < source.file.messages)
        add(Level::Note, Text::tr("%1 messages name no partition and go where their key sends them.").arg(format::count(source.file.messages - source.file.placed)));
    if (transactional && target.partitions > 0) {
        TargetPosition last;
        for (const auto& range : order.ranges)
            last.positions[range.partition] = std::max(last.positions.value(range.partition), range.until);
        last.tally.sent = last.tally.bytes = std::numeric_limits<qint64>::max();
        if (!toCommitted(last, order.targetTopic, target.partitions))
            add(Level::Blocker, Text::tr("How far it is of %1 partitions does not fit into what a group of the target keeps for %2: replay fewer partitions at a time, or without transactions.")
                                    .arg(last.positions.size()).arg(target.partitions));
    }
    if (transactional && target.transactionsMustWait())
        add(Level::Warning, Text::tr("The target has no transactions yet and cannot begin one now: what keeps them needs %1 replicas (transaction.state.log.replication.factor), and %n broker(s) are up. "
                                     "It waits for more brokers; without transactions it need not.", nullptr, target.brokers).arg(target.transactionReplicas));
    else if (transactional)
        add(Level::Note, Text::tr("In transactions: each message arrives once, even when this program is killed. Readers with read_committed see them portion by portion."));
    else if (order.withoutTransactions)
        add(Level::Warning, Text::tr("Without transactions, as wished: after a crash up to %1 messages may arrive twice. None is missing.").arg(format::count(kPlainPortionMessages)));
    else
        add(Level::Warning, Text::tr("The target has no transactions: after a crash up to %1 messages may arrive twice. None is missing.").arg(format::count(kPlainPortionMessages)));
    return all;
}

namespace {

/// Goes on with an earlier one of the same request, or of the same id; false: it is a new one.
Result<bool> takeUp(Prepared& prepared, ReplayStore& store, const QString& sourceIdentity) {
    Order& order = prepared.order;
    if (order.id.isEmpty())
        order.request = requestOf(order, sourceIdentity, prepared.target.clusterId.isEmpty() ? order.target.bootstrapServers : prepared.target.clusterId);
    auto earlier = order.id.isEmpty() ? store.unfinished(order.request) : store.find(order.id);
    if (!earlier)
        return std::unexpected(earlier.error());
    prepared.earlier = *earlier;
    if (!prepared.earlier)
        return false;
    order.id = prepared.earlier->id;
    order.request = prepared.earlier->request;
    order.ranges = prepared.earlier->ranges;
    order.placement = prepared.earlier->keepPartition ? Placement::Keep : Placement::ByKey;
    prepared.positions = prepared.earlier->positions;
    // How it was begun decides: a replay that began in transactions has its position in the target.
    prepared.transactional = prepared.earlier->transactional && !(order.withoutTransactions && prepared.earlier->tally.sent == 0);
    return true;
}

/// A file instead of a topic: every line is looked at, so nothing of it is a guess.
Result<Prepared> lookAtFile(const Order& asked, ReplayStore& store, ReplayControl& control) {
    Prepared prepared;
    prepared.order = asked;
    Order& order = prepared.order;
    const QFileInfo info(order.file);
    order.file = info.absoluteFilePath();
    order.sourceTopic = info.fileName();
    order.source.bootstrapServers = order.file;
    if (order.targetTopic.isEmpty())
        return fail(ErrorCode::Invalid, Text::tr("replay"), Text::tr("a target topic is needed"));
    auto file = lookThrough(order.file, control);
    if (!file)
        return std::unexpected(file.error());
    auto target = targetFacts(order);
    if (!target)
        return std::unexpected(target.error());
    prepared.target = *target;
    auto& source = prepared.source;
    source.file = *file;
    source.sample = {file->messages, file->bytes, file->largestBytes, file->oldestMs, file->newestMs, file->keyless, file->tombstones, std::nullopt};
    auto taken = takeUp(prepared, store, QString::fromLatin1(file->fingerprint));
    if (!taken)
        return std::unexpected(taken.error());
    if (!*taken) {
        order.ranges = {{0, 1, file->lines + 1}};
        prepared.transactional = !order.withoutTransactions && target->transactions.value_or(true);
    }
    if (order.id.isEmpty())
        order.id = newReplayId();
    prepared.findings = judge(order, source, prepared.target, prepared.transactional, QDateTime::currentMSecsSinceEpoch());
    return prepared;
}

} // namespace

Result<Prepared> lookAt(const Order& asked, ReplayStore& store, ReplayControl& control) {
    if (!asked.file.isEmpty())
        return lookAtFile(asked, store, control);
    Prepared prepared;
    prepared.order = asked;
    Order& order = prepared.order;
    if (order.sourceTopic.isEmpty() || order.targetTopic.isEmpty())
        return fail(ErrorCode::Invalid, Text::tr("replay"), Text::tr("a source and a target topic are needed"));
    auto handle = client::ClusterHandle::open(order.source);
    if (!handle)
        return std::unexpected(handle.error());
    (*handle)->setTimeout(kPatience);
    auto metadata = (*handle)->metadata().result();
    if (!metadata)
        return std::unexpected(metadata.error());
    const auto* topic = topicIn(*metadata, order.sourceTopic);
    if (topic == nullptr)
        return fail(ErrorCode::NotFound, Text::tr("replay %1").arg(order.sourceTopic), Text::tr("there is no such topic"));
    auto& source = prepared.source;
    source.partitions = static_cast<int>(topic->partitions.size());
    if (const auto described = (*handle)->describeCluster().result())
        source.clusterId = described->clusterId;
    bool known = false;
    const qint64 largest = configsOf(**handle, order.sourceTopic).value(QStringLiteral("max.message.bytes")).toLongLong(&known);
    source.messageBytesMax = known ? largest : -1;
    auto target = targetFacts(order);
    if (!target)
        return std::unexpected(target.error());
    prepared.target = *target;

    auto reader = client::RecordReader::open(order.source, order.sourceTopic, true, true);
    if (!reader)
        return std::unexpected(reader.error());
    auto taken = takeUp(prepared, store, source.clusterId.isEmpty() ? order.source.bootstrapServers : source.clusterId);
    if (!taken)
        return std::unexpected(taken.error());
    if (!*taken) {
        QMap<int, std::pair<qint64, qint64>> edges;
        for (const auto& partition : topic->partitions) {
            auto extent = (*reader)->extent(partition.partition, kPatience);
            if (!extent)
                return std::unexpected(extent.error());
            edges.insert(partition.partition, *extent);
        }
        if (order.ranges.isEmpty()) {
            auto from = resolve(**handle, order.sourceTopic, order.from, edges, false);
            if (!from)
                return std::unexpected(from.error());
            auto until = resolve(**handle, order.sourceTopic, order.until, edges, true);
            if (!until)
                return std::unexpected(until.error());
            for (auto it = edges.cbegin(); it != edges.cend(); ++it)
                order.ranges.append({it.key(), std::max(it->first, from->value(it.key())), std::min(it->second, until->value(it.key()))});
        } else {
            for (const auto& range : order.ranges)
                if (!edges.contains(range.partition) || range.first < edges.value(range.partition).first || range.until > edges.value(range.partition).second)
                    return fail(ErrorCode::NotFound, Text::tr("replay %1").arg(order.sourceTopic),
                        Text::tr("messages %1 to %2 of partition %3 are not there").arg(range.first).arg(range.until - 1).arg(range.partition));
        }
        order.ranges = joined(order.ranges);
        prepared.transactional = !order.withoutTransactions && target->transactions.value_or(true);
    }
    if (order.id.isEmpty())
        order.id = newReplayId();
    source.sample = look(**reader, leftOf(order.ranges, prepared.positions));
    prepared.findings = judge(order, source, prepared.target, prepared.transactional, QDateTime::currentMSecsSinceEpoch());
    return prepared;
}

} // namespace models::replay
