#include "embedded-broker/node/setting_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <vector>

namespace broker::node {

namespace {

constexpr std::int64_t kInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLong = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kShort = std::numeric_limits<std::int16_t>::max();
constexpr auto B = SettingType::Boolean;
constexpr auto S = SettingType::String;
constexpr auto I = SettingType::Int;
constexpr auto H = SettingType::Short;
constexpr auto L = SettingType::Long;
constexpr auto D = SettingType::Double;
constexpr auto X = SettingType::List;
constexpr auto C = SettingType::Class;
constexpr auto P = SettingType::Password;
constexpr auto U = SettingEffect::Used;
constexpr auto N = SettingEffect::Ignored;
constexpr std::string_view kNone = kNoDefault;

// clang-format off
constexpr auto kSettings = std::to_array<Setting>({
    // identity and addresses
    {"process.roles", X, kNone, 0, 0, "broker,controller", U, "What this node is: broker, controller or both."},
    {"node.id", I, kNone, 0, kInt, "", U, "The number of this node, unique in its cluster."},
    {"broker.id", I, kNone, -1, kInt, "", U, "The older name of node.id."},
    {"broker.rack", S, kNone, 0, 0, "", U, "The rack this broker stands in; replicas are spread over racks."},
    {"listeners", X, "PLAINTEXT://:9092", 0, 0, "", U, "Where this node listens: NAME://host:port, separated by commas."},
    {"advertised.listeners", X, kNone, 0, 0, "", U, "The addresses that clients are told; listeners when not set."},
    {"listener.security.protocol.map", S, "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", 0, 0, "", U, "Security protocol of each listener name."},
    {"inter.broker.listener.name", S, kNone, 0, 0, "", U, "The listener that brokers use among themselves."},
    {"security.inter.broker.protocol", S, "PLAINTEXT", 0, 0, "PLAINTEXT", U, "The protocol brokers use among themselves."},
    {"controller.listener.names", X, kNone, 0, 0, "", U, "Names of the listeners that the controller quorum uses."},
    {"controller.quorum.voters", X, "", 0, 0, "", U, "The controllers: id@host:port, separated by commas."},
    {"controller.quorum.bootstrap.servers", X, "", 0, 0, "", N, "Not needed where controller.quorum.voters is given."},
    {"log.dirs", X, kNone, 0, 0, "", U, "The directories that hold this node's logs, separated by commas."},
    {"log.dir", S, "/tmp/kafka-logs", 0, 0, "", U, "The directory for logs when log.dirs is not set."},
    {"metadata.log.dir", S, kNone, 0, 0, "", U, "The directory of the metadata log; the first of log.dirs when not set."},
    // topics
    {"num.partitions", I, "1", 1, kInt, "", U, "Partitions of a topic created without a number."},
    {"default.replication.factor", I, "1", 1, kShort, "", U, "Replicas of a topic created without a number."},
    {"min.insync.replicas", I, "1", 1, kInt, "", U, "In-sync replicas that acks=all needs."},
    {"auto.create.topics.enable", B, "true", 0, 0, "", U, "Whether asking for an unknown topic creates it."},
    {"delete.topic.enable", B, "true", 0, 0, "", U, "Whether topics may be deleted."},
    {"message.max.bytes", I, "1048588", 0, kInt, "", U, "Largest batch of records that is accepted."},
    {"compression.type", S, "producer", 0, 0, "uncompressed,zstd,lz4,snappy,gzip,producer", U, "How batches are stored."},
    {"unclean.leader.election.enable", B, "false", 0, 0, "", U, "Whether a replica that is not in sync may lead when no other is left."},
    // logs
    {"log.segment.bytes", I, "1073741824", 1048576, kInt, "", U, "Size at which a segment is closed."},
    {"log.roll.ms", L, kNone, 1, kLong, "", U, "Age at which a segment is closed."},
    {"log.roll.hours", I, "168", 1, kInt, "", U, "Age at which a segment is closed, when log.roll.ms is not set."},
    {"log.roll.jitter.ms", L, kNone, 0, kLong, "", U, "Spread of log.roll.ms."},
    {"log.roll.jitter.hours", I, "0", 0, kInt, "", U, "Spread of log.roll.hours."},
    {"log.retention.ms", L, kNone, -1, kLong, "", U, "How long records are kept; -1 = for ever."},
    {"log.retention.minutes", I, kNone, -1, kInt, "", U, "How long records are kept, when log.retention.ms is not set."},
    {"log.retention.hours", I, "168", -1, kInt, "", U, "How long records are kept, when neither of the finer ones is set."},
    {"log.retention.bytes", L, "-1", -1, kLong, "", U, "How many bytes a partition keeps; -1 = no limit."},
    {"log.retention.check.interval.ms", L, "300000", 1, kLong, "", U, "How often retention is applied."},
    {"log.cleanup.policy", X, "delete", 0, 0, "delete,compact", U, "What happens to old records."},
    {"log.cleaner.delete.retention.ms", L, "86400000", 0, kLong, "", U, "How long a tombstone stays readable."},
    {"log.cleaner.min.compaction.lag.ms", L, "0", 0, kLong, "", U, "Age below which a record is not compacted."},
    {"log.cleaner.max.compaction.lag.ms", L, "9223372036854775807", 1, kLong, "", U, "Age above which a record must be compacted."},
    {"log.cleaner.min.cleanable.ratio", D, "0.5", 0, 1, "", U, "Share of a log that must be dirty before it is compacted."},
    {"log.cleaner.enable", B, "true", 0, 0, "", U, "Whether compacted topics are compacted at all."},
    {"log.cleaner.backoff.ms", L, "15000", 0, kLong, "", U, "Pause when there is nothing to compact."},
    {"log.cleaner.dedupe.buffer.size", L, "134217728", 1024, kLong, "", U, "Most memory for telling the newest record of each key; more rounds when it is too little."},
    {"log.cleaner.io.buffer.load.factor", D, "0.9", 0, 1, "", U, "Share of that memory that is used before a round ends."},
    {"log.cleaner.io.max.bytes.per.second", D, "1.7976931348623157E308", 0, kLong, "", U, "What compaction may read and write a second."},
    {"log.index.size.max.bytes", I, "10485760", 4, kInt, "", U, "Largest index of a segment."},
    {"log.index.interval.bytes", I, "4096", 0, kInt, "", U, "Bytes between two entries of an index."},
    {"log.segment.delete.delay.ms", L, "60000", 0, kLong, "", U, "How long a removed segment stays on disk."},
    {"log.message.timestamp.type", S, "CreateTime", 0, 0, "CreateTime,LogAppendTime", U, "Whose clock stamps records."},
    {"log.message.timestamp.before.max.ms", L, "9223372036854775807", 0, kLong, "", U, "How old a record's timestamp may be."},
    {"log.message.timestamp.after.max.ms", L, "3600000", 0, kLong, "", U, "How far ahead a record's timestamp may be."},
    {"log.preallocate", B, "false", 0, 0, "", N, "Segments are always preallocated here, without changing their size."},
    {"log.flush.interval.messages", L, "9223372036854775807", 1, kLong, "", N, "Every acknowledged record is on disk here."},
    {"log.flush.interval.ms", L, kNone, 0, kLong, "", N, "Every acknowledged record is on disk here."},
    {"log.flush.scheduler.interval.ms", L, "9223372036854775807", 0, kLong, "", N, "Every acknowledged record is on disk here."},
    {"log.flush.offset.checkpoint.interval.ms", I, "60000", 0, kInt, "", N, "Checkpoints are written when they help."},
    {"log.flush.start.offset.checkpoint.interval.ms", I, "60000", 0, kInt, "", N, "Checkpoints are written when they help."},
    {"samsa.durability", S, "synced", 0, 0, "synced,none", U, "synced: acknowledged records are on disk; none: in memory, as Kafka's default."},
    // replication
    {"replica.lag.time.max.ms", L, "30000", 1, kLong, "", U, "How long a follower may lag before it leaves the in-sync set."},
    {"replica.fetch.max.bytes", I, "1048576", 0, kInt, "", U, "Bytes per partition that a follower asks for."},
    {"replica.fetch.min.bytes", I, "1", 0, kInt, "", U, "Bytes that a follower waits for."},
    {"replica.fetch.wait.max.ms", I, "500", 0, kInt, "", U, "How long a follower's fetch waits."},
    {"replica.fetch.response.max.bytes", I, "10485760", 0, kInt, "", U, "Bytes that a follower asks for at once."},
    {"fetch.max.bytes", I, "57671680", 1024, kInt, "", U, "Most bytes in one answer to Fetch."},
    {"max.incremental.fetch.session.cache.slots", I, "1000", 0, kInt, "", U, "Fetch sessions that are remembered."},
    {"producer.id.expiration.ms", I, "86400000", 1, kInt, "", U, "How long a silent producer is remembered."},
    {"max.request.partition.size.limit", I, "2000", 1, kInt, "", U, "Partitions in one answer to DescribeTopicPartitions."},
    // groups and transactions
    {"offsets.topic.num.partitions", I, "50", 1, kInt, "", U, "Partitions of __consumer_offsets."},
    {"offsets.topic.replication.factor", H, "3", 1, kShort, "", U, "Replicas of __consumer_offsets."},
    {"offsets.topic.segment.bytes", I, "104857600", 1, kInt, "", U, "Segment size of __consumer_offsets."},
    {"offsets.retention.minutes", I, "10080", 1, kInt, "", U, "How long offsets of an empty group are kept."},
    {"offset.metadata.max.bytes", I, "4096", 0, kInt, "", U, "Longest metadata of a committed offset."},
    {"group.initial.rebalance.delay.ms", I, "3000", 0, kInt, "", U, "How long the first rebalance waits for more members."},
    {"group.min.session.timeout.ms", I, "6000", 1, kInt, "", U, "Shortest session timeout of a member."},
    {"group.max.session.timeout.ms", I, "1800000", 1, kInt, "", U, "Longest session timeout of a member."},
    {"group.max.size", I, "2147483647", 1, kInt, "", U, "Most members of a group."},
    {"group.coordinator.rebalance.protocols", X, "classic,consumer,streams", 0, 0, "", N, "Classic groups are served."},
    {"group.consumer.session.timeout.ms", I, "45000", 1, kInt, "", U, "Session timeout of members of consumer groups."},
    {"group.consumer.heartbeat.interval.ms", I, "5000", 1, kInt, "", U, "Heartbeat interval of members of consumer groups."},
    {"transaction.state.log.num.partitions", I, "50", 1, kInt, "", U, "Partitions of __transaction_state."},
    {"transaction.state.log.replication.factor", H, "3", 1, kShort, "", U, "Replicas of __transaction_state."},
    {"transaction.state.log.min.isr", I, "2", 1, kInt, "", U, "min.insync.replicas of __transaction_state."},
    {"transaction.state.log.segment.bytes", I, "104857600", 1, kInt, "", U, "Segment size of __transaction_state."},
    {"transaction.max.timeout.ms", I, "900000", 1, kInt, "", U, "Longest transaction timeout."},
    {"transactional.id.expiration.ms", I, "604800000", 1, kInt, "", U, "How long a transactional id that nobody uses is remembered."},
    {"transaction.abort.timed.out.transaction.cleanup.interval.ms", I, kNone, 1, kInt, "", U, "How often transactions over their timeout are looked for; when not set, each is aborted when its timeout is over."},
    {"transaction.remove.expired.transaction.cleanup.interval.ms", I, "3600000", 1, kInt, "", U, "How often transactional ids that nobody uses are forgotten."},
    {"transaction.partition.verification.enable", B, "true", 0, 0, "", U, "Whether the coordinator is asked before a batch of a transaction is written."},
    {"transaction.two.phase.commit.enable", B, "false", 0, 0, "", N, "Two-phase commit is not offered."},
    {"share.coordinator.state.topic.replication.factor", H, "3", 1, kShort, "", N, "Share groups are not served."},
    {"share.coordinator.state.topic.min.isr", H, "2", 1, kShort, "", N, "Share groups are not served."},
    // broker and controller
    {"broker.heartbeat.interval.ms", I, "2000", 1, kInt, "", U, "How often a broker tells the controller that it lives."},
    {"broker.session.timeout.ms", I, "9000", 1, kInt, "", U, "Silence after which the controller fences a broker."},
    {"controller.quorum.election.timeout.ms", I, "1000", 1, kInt, "", U, "How long a controller waits for votes."},
    {"controller.quorum.fetch.timeout.ms", I, "2000", 1, kInt, "", U, "Silence of the leader after which a controller stands for election."},
    {"controller.quorum.election.backoff.max.ms", I, "1000", 1, kInt, "", U, "Longest pause between two candidacies."},
    {"controller.quorum.request.timeout.ms", I, "2000", 1, kInt, "", U, "How long a controller waits for an answer of another."},
    {"controller.quorum.retry.backoff.ms", I, "20", 0, kInt, "", U, "Pause before a controller asks again."},
    {"controller.quorum.append.linger.ms", I, "25", 0, kInt, "", N, "Metadata records are written at once."},
    {"auto.leader.rebalance.enable", B, "true", 0, 0, "", U, "Whether preferred replicas take leadership back."},
    {"leader.imbalance.check.interval.seconds", L, "300", 1, kLong, "", U, "How often leadership is given back to preferred replicas."},
    {"leader.imbalance.per.broker.percentage", I, "10", 0, kInt, "", N, "Leadership is given back whenever it can be."},
    {"metadata.log.segment.bytes", I, "1073741824", 8388608, kInt, "", N, "A segment of the metadata log ends with each snapshot."},
    {"metadata.log.segment.ms", L, "604800000", 0, kLong, "", N, "A segment of the metadata log ends with each snapshot."},
    {"metadata.log.max.record.bytes.between.snapshots", L, "20971520", 1, kLong, "", U, "Metadata written before the next snapshot."},
    {"metadata.log.max.snapshot.interval.ms", L, "3600000", 0, kLong, "", U, "Age of metadata before the next snapshot."},
    {"metadata.max.idle.interval.ms", I, "500", 0, kInt, "", N, "No record is written where nothing happens."},
    {"metadata.max.retention.bytes", L, "104857600", -1, kLong, "", U, "Size of the metadata log and its snapshots from which the oldest go; -1 = no limit."},
    {"metadata.max.retention.ms", L, "604800000", -1, kLong, "", U, "Age of a snapshot from which it goes when there is a newer one; -1 = no limit."},
    {"controlled.shutdown.enable", B, "true", 0, 0, "", U, "Whether a stopping broker hands its leaderships over first."},
    {"socket.request.max.bytes", I, "104857600", 1, kInt, "", U, "Largest request."},
    {"connections.max.idle.ms", L, "600000", -1, kLong, "", U, "Silence after which a client's connection is closed."},
    {"request.timeout.ms", I, "30000", 0, kInt, "", U, "How long a broker waits for another one's answer."},
    // Kafka's own machinery
    {"num.network.threads", I, "3", 1, kInt, "", N, "One loop thread serves all sockets."},
    {"num.io.threads", I, "8", 1, kInt, "", N, "One loop thread serves all requests."},
    {"num.replica.fetchers", I, "1", 1, kInt, "", N, "One connection per peer."},
    {"num.recovery.threads.per.data.dir", I, "2", 1, kInt, "", N, "Recovery takes the threads it needs."},
    {"background.threads", I, "10", 1, kInt, "", N, "There are none."},
    {"queued.max.requests", I, "500", 1, kInt, "", N, "Back-pressure is by bytes."},
    {"socket.send.buffer.bytes", I, "102400", -1, kInt, "", N, "The kernel chooses."},
    {"socket.receive.buffer.bytes", I, "102400", -1, kInt, "", N, "The kernel chooses."},
    {"replica.socket.receive.buffer.bytes", I, "65536", -1, kInt, "", N, "The kernel chooses."},
    {"socket.listen.backlog.size", I, "50", 1, kInt, "", N, "The kernel chooses."},
    {"replica.socket.timeout.ms", I, "30000", 1, kInt, "", N, "A dead peer is known by its socket."},
    {"replica.fetch.backoff.ms", I, "1000", 0, kInt, "", N, "Fetching goes on when there is something new to know."},
    {"replica.high.watermark.checkpoint.interval.ms", L, "5000", 1, kLong, "", N, "Checkpoints are written when they help."},
    {"log.cleaner.threads", I, "1", 1, kInt, "", N, "One log at a time, in the disk pool."},
    {"log.cleaner.io.buffer.size", I, "524288", 0, kInt, "", N, "Buffers grow to what a batch needs."},
    {"group.coordinator.threads", I, "4", 1, kInt, "", N, "One loop thread."},
    {"group.coordinator.append.linger.ms", I, "5", -1, kInt, "", N, "Records of a turn are written together."},
    // security
    {"authorizer.class.name", S, "", 0, 0, ",org.apache.kafka.metadata.authorizer.StandardAuthorizer", U, "Who decides what a client may do; empty = nobody."},
    {"super.users", S, "", 0, 0, "", U, "Who may do everything: User:NAME, separated by semicolons."},
    {"allow.everyone.if.no.acl.found", B, "false", 0, 0, "", U, "Whether a resource without any ACL is for everybody."},
    {"sasl.enabled.mechanisms", X, "GSSAPI", 0, 0, "", U, "Mechanisms of SASL listeners: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512."},
    {"sasl.jaas.config", P, kNone, 0, 0, "", U, "PLAIN's users, where listener.name.LISTENER.plain.sasl.jaas.config is not given."},
    {"sasl.mechanism.inter.broker.protocol", S, "GSSAPI", 0, 0, "", N, "Brokers prove the secret of samsa.link.secret.file to each other."},
    {"sasl.mechanism.controller.protocol", S, "GSSAPI", 0, 0, "", N, "Nodes prove the secret of samsa.link.secret.file to each other."},
    {"sasl.server.max.receive.size", I, "65536", 0, 65536, "", N, "Requests before a login are at most 64 KiB here."},
    {"connections.max.reauth.ms", L, "0", 0, 0, "0", N, "Who has logged in stays so until the connection ends."},
    {"samsa.link.secret.file", S, kNone, 0, 0, "", U, "A file with the secret by which the nodes of this cluster know each other."},
    {"ssl.keystore.type", S, "JKS", 0, 0, "", U, "PEM; Java's key stores are not read here."},
    {"ssl.keystore.location", S, kNone, 0, 0, "", U, "A PEM file with this node's key and certificates."},
    {"ssl.keystore.certificate.chain", P, kNone, 0, 0, "", U, "This node's certificates as PEM text, its own first."},
    {"ssl.keystore.key", P, kNone, 0, 0, "", U, "This node's private key as PEM text."},
    {"ssl.key.password", P, kNone, 0, 0, "", U, "The password of an encrypted private key."},
    {"ssl.truststore.type", S, "JKS", 0, 0, "", U, "PEM; Java's key stores are not read here."},
    {"ssl.truststore.location", S, kNone, 0, 0, "", U, "A PEM file with the certificates to be believed."},
    {"ssl.truststore.certificates", P, kNone, 0, 0, "", U, "The certificates to be believed as PEM text."},
    {"ssl.client.auth", S, "none", 0, 0, "required,requested,none", U, "Whether clients show a certificate."},
    {"ssl.endpoint.identification.algorithm", S, "https", 0, 0, ",https", U, "Whether a peer's certificate must be for its host; empty = no."},
    {"ssl.enabled.protocols", X, "TLSv1.2,TLSv1.3", 0, 0, "TLSv1.2,TLSv1.3", U, "TLS versions that are spoken."},
    {"ssl.cipher.suites", X, "", 0, 0, "", U, "Cipher suites by OpenSSL's names; empty = OpenSSL's choice."},
    {"ssl.protocol", S, "TLSv1.3", 0, 0, "TLS,TLSv1.2,TLSv1.3", N, "See ssl.enabled.protocols."},
    {"ssl.principal.mapping.rules", S, "DEFAULT", 0, 0, "DEFAULT", U, "The principal of a certificate is its whole name."},
    {"principal.builder.class", C, "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", 0, 0, "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", U, "How a login becomes a principal."},
    {"log4j.loglevel", S, "", 0, 0, "", N, "See samsa.log.level."},
    {"samsa.log.level", S, "info", 0, 0, "debug,info,warning,error", U, "How much the node writes to standard error."},
});
// clang-format on

std::size_t editDistance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::unexpected<Error> refuse(const Setting& setting, std::string_view wanted, std::string_view value) {
    return fail(ErrorCode::InvalidArgument, fmt::format("{} must be {}, not \"{}\".", setting.name, wanted, value));
}

Result<void> checkNumber(const Setting& setting, std::string_view value) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = error == std::errc{} && end == value.data() + value.size();
    if (whole && number >= setting.min && number <= setting.max)
        return {};
    const bool open = setting.max == kInt || setting.max == kLong || setting.max == kShort;
    return refuse(setting,
                  open ? fmt::format("a whole number of at least {}", setting.min)
                       : fmt::format("a whole number from {} to {}", setting.min, setting.max),
                  value);
}

bool isChoice(std::string_view choices, std::string_view value) {
    if (value.empty() && choices.starts_with(',')) // ",a": a or nothing
        return true;
    while (!choices.empty()) {
        const auto comma = choices.find(',');
        if (choices.substr(0, comma) == value)
            return true;
        choices = comma == std::string_view::npos ? std::string_view{} : choices.substr(comma + 1);
    }
    return false;
}

} // namespace

std::span<const Setting> settingTable() { return kSettings; }

const Setting* findSetting(std::string_view name) {
    const auto found = std::ranges::find(kSettings, name, &Setting::name);
    return found == kSettings.end() ? nullptr : &*found;
}

std::string_view nearestSetting(std::string_view name) {
    std::string_view best;
    std::size_t bestDistance = name.size() / 3 + 1;
    for (const Setting& setting : kSettings) {
        const std::size_t distance = editDistance(name, setting.name);
        if (distance < bestDistance) {
            bestDistance = distance;
            best = setting.name;
        }
    }
    return best;
}

Result<void> checkValue(const Setting& setting, std::string_view value) {
    switch (setting.type) {
    case SettingType::Boolean:
        if (value != "true" && value != "false")
            return refuse(setting, "true or false", value);
        return {};
    case SettingType::Int:
    case SettingType::Short:
    case SettingType::Long:
        return checkNumber(setting, value);
    case SettingType::Double: {
        double number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size() || number < static_cast<double>(setting.min) ||
            (setting.max != kLong && number > static_cast<double>(setting.max)))
            return refuse(setting, setting.max == kLong ? fmt::format("a number of at least {}", setting.min) : fmt::format("a number from {} to {}", setting.min, setting.max), value);
        return {};
    }
    case SettingType::Password: return {}; // whatever it is, it is never shown
    case SettingType::Class:
    case SettingType::String:
        if (!setting.choices.empty() && !isChoice(setting.choices, value))
            return refuse(setting, fmt::format("one of {}", setting.choices), value);
        return {};
    case SettingType::List:
        for (std::string_view rest = value; !setting.choices.empty() && !rest.empty();) {
            const auto comma = rest.find(',');
            if (!isChoice(setting.choices, rest.substr(0, comma)))
                return refuse(setting, fmt::format("a list of {}", setting.choices), value);
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
        return {};
    }
    return {};
}

} // namespace broker::node
