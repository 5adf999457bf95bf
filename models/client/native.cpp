#include "models/client/native.h"

#include "models/client/cluster_handle.h"
#include "models/client/token_settings.h"

#include <QRegularExpression>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace models::client {
namespace native {
namespace {

/// Handles on their way out. Process-wide because the threads that destroy them outlive whoever closed them.
struct Departures {
    std::mutex mutex; ///< guards count
    std::condition_variable changed;
    int count = 0;
};
Departures& departures() {
    static auto* all = new Departures; // never destroyed: a thread may still use it while the program exits
    return *all;
}

/// What a handle logs in with.
struct Login {
    explicit Login(std::shared_ptr<tokens::TokenSource> from) : source(std::move(from)) {}
    Login(const Login&) = delete;
    Login& operator=(const Login&) = delete;
    ~Login() { ::close(cancelFd); }
    std::shared_ptr<tokens::TokenSource> source;
    int cancelFd = ::eventfd(0, EFD_CLOEXEC); ///< ends a fetch that nobody waits for any more
};
/// Of each handle. librdkafka's own pointer for callbacks belongs to whoever made it.
struct Logins {
    std::mutex mutex; ///< guards all
    std::unordered_map<const rd_kafka_t*, std::shared_ptr<Login>> all;
};
Logins& logins() {
    static auto* all = new Logins; // never destroyed, as departures()
    return *all;
}

constexpr std::chrono::seconds kTokenTimeout{10};

/// On librdkafka's background thread: a token is wanted, at first and when the one before has used most of its life.
void giveToken(rd_kafka_t* handle, const char*, void*) {
    std::shared_ptr<Login> login;
    {
        const std::lock_guard lock(logins().mutex);
        if (const auto it = logins().all.find(handle); it != logins().all.end())
            login = it->second;
    }
    if (!login)
        return;
    const auto token = login->source->token(tokens::patient(kTokenTimeout, login->cancelFd));
    if (!token) {
        rd_kafka_oauthbearer_set_token_failure(handle, token.error().toString().toUtf8().constData());
        return;
    }
    std::vector<QByteArray> extensions;
    for (auto it = token->extensions.begin(); it != token->extensions.end(); ++it) {
        extensions.push_back(it.key().toUtf8());
        extensions.push_back(it.value().toUtf8());
    }
    std::vector<const char*> pairs;
    for (const auto& one : extensions)
        pairs.push_back(one.constData());
    char reason[512] = "";
    if (rd_kafka_oauthbearer_set_token(handle, token->text.constData(), token->until.toMSecsSinceEpoch(), token->principal.toUtf8().constData(), pairs.data(), pairs.size(), reason, sizeof reason)
        != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_oauthbearer_set_token_failure(handle, reason);
}

} // namespace

QString text(const char* utf8) { return utf8 == nullptr ? QString() : QString::fromUtf8(utf8); }

ErrorCode codeOf(rd_kafka_resp_err_t error) {
    switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__NODE_UPDATE:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION: return ErrorCode::Unreachable;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: return ErrorCode::TimedOut;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE: return ErrorCode::AuthenticationFailed;
    case RD_KAFKA_RESP_ERR__SSL: return ErrorCode::TlsFailed;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED: return ErrorCode::NotAuthorized;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_GROUP:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND: return ErrorCode::NotFound;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return ErrorCode::AlreadyExists;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return ErrorCode::Invalid;
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND: return ErrorCode::Refused;
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED: return ErrorCode::Unsupported;
    case RD_KAFKA_RESP_ERR__DESTROY:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: return ErrorCode::Cancelled;
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: return ErrorCode::Busy;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR_INVALID_MSG: return ErrorCode::Corrupt;
    default: return ErrorCode::Internal;
    }
}

QString tidy(const QString& message) {
    // "sasl_ssl://host:9092/bootstrap: Connect to ... failed: Connection refused (after 0ms in state CONNECT, 3 identical error(s) suppressed)"
    static const QRegularExpression timing(QStringLiteral("\\s*\\(after \\d+ms in state .*\\)$"));
    static const QRegularExpression thread(QStringLiteral("^\\[thrd:[^\\]]*\\]:\\s*"));
    static const QRegularExpression bootstrap(QStringLiteral("/(bootstrap|\\d+)(?=: )"));
    static const QRegularExpression family(QStringLiteral("ipv[46]#"));
    QString clean = message;
    clean.remove(timing).remove(thread).remove(bootstrap).remove(family);
    // "Metadata: host:9092: Failed to resolve 'host:9092': Name or service not known" says where twice.
    static const QRegularExpression twice(QStringLiteral("^(?:Metadata: )?(?:\\w+://)?(\\S+): (?=Failed to resolve '\\1')"));
    clean.remove(twice);
    return clean.trimmed();
}

Error makeError(const QString& what, rd_kafka_resp_err_t error, const char* why) {
    const QString reason = why != nullptr && *why != '\0' ? text(why) : text(rd_kafka_err2str(error));
    return {codeOf(error), what, tidy(reason), static_cast<int>(error)};
}

Error makeError(const QString& what, const rd_kafka_error_t* error) {
    return makeError(what, rd_kafka_error_code(error), rd_kafka_error_string(error));
}

Error takeError(const QString& what, rd_kafka_error_t* error) {
    const Error taken = makeError(what, error);
    rd_kafka_error_destroy(error);
    return taken;
}

Error takeStartError(const QString& what, rd_kafka_error_t* error) {
    const bool again = rd_kafka_error_is_retriable(error) != 0;
    Error taken = takeError(what, error);
    if (again && taken.code != ErrorCode::NotAuthorized)
        taken.code = ErrorCode::TimedOut;
    return taken;
}

Result<Conf> makeConf(const ClientConfig& config, const QMap<QString, QString>& extra) {
    Conf conf(rd_kafka_conf_new());
    auto source = tokenSourceOf(config);
    if (!source)
        return std::unexpected(source.error());
    conf.tokens = std::move(*source);
    const auto set = [&conf](const QString& name, const QString& value) -> Result<void> {
        char reason[512] = "";
        if (rd_kafka_conf_set(conf.get(), name.toUtf8().constData(), value.toUtf8().constData(), reason, sizeof reason) == RD_KAFKA_CONF_OK)
            return {};
        // librdkafka may quote the value: never of a secret.
        const QString why = ClientConfig::isSecretName(name) ? QStringLiteral("the value is not accepted") : text(reason);
        return fail(ErrorCode::Invalid, name, why);
    };
    if (config.bootstrapServers.trimmed().isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("bootstrap.servers"), QStringLiteral("no server is named"));
    if (auto done = set(QStringLiteral("bootstrap.servers"), config.servers().join(u',')); !done)
        return std::unexpected(done.error());
    for (const auto* properties : {&config.properties, &config.secrets, &extra})
        for (auto it = properties->cbegin(); it != properties->cend(); ++it) {
            if (conf.tokens && isTokenSetting(it.key()))
                continue;
            if (!ClientConfig::isSafeForKinit(it.key(), it.value()))
                return fail(ErrorCode::Invalid, it.key(), QStringLiteral("it may have letters, digits and . _ / @ : + - only: a shell sees it"));
            if (auto done = set(it.key(), it.value()); !done)
                return std::unexpected(done.error());
        }
    if (conf.tokens) {
        if (auto done = set(QStringLiteral("sasl.mechanisms"), QStringLiteral("OAUTHBEARER")); !done)
            return std::unexpected(done.error());
        rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf.get(), &giveToken);
        rd_kafka_conf_enable_sasl_queue(conf.get(), 1);
    }
    // Without a key table the ticket is the user's own, by kinit: librdkafka would renew it with a command that names a key table, and refuses to begin without.
    // A command without the word kinit is never run.
    const auto given = [&](const char* name) { return !config.properties.value(QLatin1String(name)).isEmpty(); };
    if (!given("sasl.kerberos.keytab") && !given("sasl.kerberos.kinit.cmd"))
        if (auto done = set(QStringLiteral("sasl.kerberos.kinit.cmd"), QStringLiteral("true")); !done)
            return std::unexpected(done.error());
    return conf;
}

Result<rd_kafka_t*> makeHandle(rd_kafka_type_t type, Conf conf) {
    char reason[512] = "";
    rd_kafka_t* handle = rd_kafka_new(type, conf.get(), reason, sizeof reason);
    if (handle == nullptr)
        return fail(ErrorCode::Invalid, QStringLiteral("connection settings"), text(reason), rd_kafka_last_error());
    conf.release(); // the handle owns it now
    if (conf.tokens) {
        {
            const std::lock_guard lock(logins().mutex);
            logins().all.emplace(handle, std::make_shared<Login>(std::move(conf.tokens)));
        }
        // It asks from here on, on a thread of its own: many handles are never polled.
        if (rd_kafka_error_t* error = rd_kafka_sasl_background_callbacks_enable(handle); error != nullptr) {
            announceDeparture();
            destroyElsewhere(handle);
            return std::unexpected(takeError(QStringLiteral("connection settings"), error));
        }
    }
    return handle;
}

void announceDeparture() {
    auto& leaving = departures();
    const std::lock_guard lock(leaving.mutex);
    ++leaving.count;
}

void destroyElsewhere(rd_kafka_t* handle, std::function<void()> before) {
    auto& leaving = departures();
    std::thread([handle, before = std::move(before), &leaving]() mutable {
        pthread_setname_np(pthread_self(), "kafka-destroy");
        if (before)
            before();
        before = {};
        {
            const std::lock_guard lock(logins().mutex); // before the next handle may have its address
            if (const auto login = logins().all.extract(handle)) {
                const std::uint64_t one = 1;
                [[maybe_unused]] const auto written = ::write(login.mapped()->cancelFd, &one, sizeof one);
            }
        }
        rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        const std::lock_guard lock(leaving.mutex);
        --leaving.count;
        leaving.changed.notify_all();
    }).detach();
}

} // namespace native

bool waitForDestroyed(std::chrono::milliseconds deadline) {
    auto& leaving = native::departures();
    std::unique_lock lock(leaving.mutex);
    return leaving.changed.wait_for(lock, deadline, [&leaving] { return leaving.count == 0; });
}

QString libraryVersion() { return native::text(rd_kafka_version_str()); }

} // namespace models::client
