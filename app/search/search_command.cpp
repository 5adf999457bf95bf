#include "app/search/search_command.h"

#include "models/messages/json_lines.h"
#include "models/base/format.h"
#include "models/client/cluster_handle.h"
#include "models/client/properties_file.h"
#include "models/search/search_run.h"
#include "models/serdes/decode.h"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <thread>
#include <unistd.h>

namespace app::search {
namespace {

using namespace models;
using models::search::SearchEnd;
using models::search::SearchProgress;
using models::search::SearchRun;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kWriteBytes = 64 << 10;
constexpr auto kWriteWait = 20ms; ///< a match is not kept back for longer

/// To standard error, safe for a terminal whatever a broker says.
void tell(const QString& line) {
    const QByteArray utf8 = (QStringLiteral("samsa: ") + serdes::safeText(line) + u'\n').toUtf8();
    std::fwrite(utf8.constData(), 1, static_cast<std::size_t>(utf8.size()), stderr);
}

/// Gathers lines of all workers and writes them in large pieces, the first ones at once.
class Printer : public models::search::MatchSink {
public:
    Printer(std::string topic, bool count) : m_topic(std::move(topic)), m_count(count), m_lines(wire::TopicScan::kWorkersMax) {}

    void match(int worker, const wire::ScanBatch& batch, const wire::RawRecord& record) override {
        if (m_count)
            return;
        auto& lines = m_lines[static_cast<std::size_t>(worker)];
        models::messages::appendJsonLine(lines, m_topic, batch, record);
        if (lines.size() > kWriteBytes)
            flush(worker);
    }
    void flush(int worker) override {
        auto& lines = m_lines[static_cast<std::size_t>(worker)];
        const std::lock_guard lock(m_mutex);
        m_pending += lines;
        lines.clear();
        if (m_pending.size() > kWriteBytes || Clock::now() - m_lastWrite > kWriteWait)
            write();
    }
    void problem(const wire::ScanProblem& problem) override {
        const std::lock_guard lock(m_mutex);
        ++m_problems;
        if (m_problems > 20)
            return;
        QString where;
        if (problem.from >= 0)
            where = problem.to < 0 ? QStringLiteral(" from offset %1 on").arg(problem.from) : QStringLiteral(", offsets %1 to %2,").arg(problem.from).arg(problem.to - 1);
        tell(QStringLiteral("partition %1%2 not read: %3").arg(problem.partition).arg(where, problem.error.toString()));
    }
    /// What stands there for longer than kWriteWait.
    void tick() {
        const std::lock_guard lock(m_mutex);
        write();
    }
    /// At once.
    void text(const std::string& text) {
        const std::lock_guard lock(m_mutex);
        m_pending += text;
        write();
    }
    [[nodiscard]] bool closed() const { return m_closed; }
    /// errno of what standard output refused: matches are lost then; 0 = nothing.
    [[nodiscard]] int failure() const { return m_failure; }
    [[nodiscard]] int problems() const { return m_problems; }
    std::function<void()> onClosed;

private:
    void write() {
        std::size_t done = 0;
        while (done < m_pending.size() && !m_closed) {
            const auto count = ::write(STDOUT_FILENO, m_pending.data() + done, m_pending.size() - done);
            if (count >= 0) {
                done += static_cast<std::size_t>(count);
            } else if (errno == EAGAIN) {
                pollfd room{STDOUT_FILENO, POLLOUT, 0};
                (void)::poll(&room, 1, 1000);
            } else if (errno != EINTR) {
                if (errno != EPIPE) // `| head` has seen enough
                    m_failure = errno;
                m_closed = true;
                if (onClosed)
                    onClosed();
            }
        }
        m_pending.clear();
        m_lastWrite = Clock::now();
    }
    const std::string m_topic;
    const bool m_count;
    std::vector<std::string> m_lines; ///< by worker
    std::mutex m_mutex;               ///< guards the two below
    std::string m_pending;
    Clock::time_point m_lastWrite;
    std::atomic<bool> m_closed{false};
    std::atomic<int> m_failure{0};
    std::atomic<int> m_problems{0};
};

QString progressLine(const SearchProgress& progress) {
    QString line = QStringLiteral("%1 scanned, %2 matched, %3 left, %4 messages/s, %5/s")
                       .arg(progress.scanned)
                       .arg(progress.matched)
                       .arg(progress.left)
                       .arg(static_cast<qint64>(progress.messagesPerSecond()))
                       .arg(format::bytes(progress.elapsedMs > 0 ? progress.bytes * 1000 / progress.elapsedMs : 0));
    if (progress.oldestMs >= 0)
        line += QStringLiteral(", oldest %1, newest %2").arg(format::dateTime(progress.oldestMs), format::dateTime(progress.newestMs));
    return line;
}

Result<client::ClientConfig> configOf(const Request& request) {
    client::ClientConfig config;
    if (!request.propertiesFile.empty()) {
        auto read = client::readPropertiesFile(QString::fromStdString(request.propertiesFile));
        if (!read)
            return read;
        config = std::move(*read);
    }
    if (!request.servers.empty())
        config.bootstrapServers = QString::fromStdString(request.servers);
    if (config.servers().isEmpty())
        return fail(ErrorCode::Invalid, QStringLiteral("-b"), QStringLiteral("name a broker with -b HOST:PORT"));
    return config;
}

int failed(const Error& error) {
    tell(error.toString());
    return error.code == ErrorCode::Invalid ? kUsage : kFailure;
}

/// Where a condition is wrong, shown under it.
int wrongPattern(const QString& text, const models::search::ExpressionProblem& problem) {
    tell(toText(problem));
    if (!text.contains(u'\n') && text.size() <= 200) {
        tell(QStringLiteral("  ") + text);
        tell(QStringLiteral("  ") + QString(problem.position, u' ') + QString(std::max<qsizetype>(1, problem.length), u'^'));
    }
    return kUsage;
}

} // namespace

int run(const Request& request) {
    using models::search::Pattern;
    using models::search::PatternKind;
    const auto kind = request.where ? PatternKind::Condition : request.regex ? PatternKind::Regex : PatternKind::Text;
    const QString text = QString::fromStdString(request.where ? *request.where : request.regex ? *request.regex : request.text.value_or(std::string()));
    auto pattern = Pattern::make(kind, text);
    if (!pattern)
        return wrongPattern(text, pattern.error());
    const auto config = configOf(request);
    if (!config)
        return failed(config.error());
    auto scan = wire::TopicScan::open(*config);
    if (!scan)
        return failed(scan.error());
    if ((*scan)->route() == wire::TopicScan::Route::Librdkafka && !request.quiet)
        tell(QStringLiteral("reading through librdkafka, which is slower: %1").arg((*scan)->routeReason()));

    models::search::SearchOptions options;
    options.where.fromMs = request.fromMs;
    options.where.untilMs = request.untilMs;
    options.where.partitions = QSet<int>(request.partitions.begin(), request.partitions.end());
    options.scan.readCommitted = request.committed || config->properties.value(QStringLiteral("isolation.level")) == QLatin1String("read_committed");
    options.scan.checkCrc = request.checkCrc;
    options.scan.bytesMax = static_cast<qint64>(request.bytesMax);
    options.scan.bytesPerSecond = static_cast<qint64>(request.bytesPerSecond);
    options.matchesMax = request.limit;

    // Signals go to the thread below alone, before any other thread is made.
    sigset_t signalSet;
    ::sigemptyset(&signalSet);
    ::sigaddset(&signalSet, SIGINT);
    ::sigaddset(&signalSet, SIGTERM);
    ::sigaddset(&signalSet, SIGHUP);
    ::sigaddset(&signalSet, SIGUSR1); // ours: the search is over
    ::pthread_sigmask(SIG_BLOCK, &signalSet, nullptr);
    ::signal(SIGPIPE, SIG_IGN);

    const auto route = (*scan)->route();
    Printer printer(request.topic, request.count);
    SearchRun search(std::move(*scan), std::move(*pattern), printer);
    printer.onClosed = [&] { search.stop(); };
    std::atomic<bool> interrupted{false};
    std::atomic<bool> over{false};
    std::thread watcher([&] {
        // Waits for a signal, writes what is kept back, and says how far it is.
        const bool terminal = ::isatty(STDERR_FILENO) != 0;
        auto nextLine = Clock::now() + (terminal ? 300ms : 2000ms);
        bool lineOpen = false;
        while (!over) {
            const timespec wait{0, 25'000'000};
            if (::sigtimedwait(&signalSet, nullptr, &wait) > 0 && !over) {
                interrupted = true;
                search.stop();
            }
            printer.tick();
            if (request.quiet || Clock::now() < nextLine)
                continue;
            nextLine = Clock::now() + (terminal ? 200ms : 2000ms);
            const QByteArray line = progressLine(search.progress()).toUtf8();
            std::fprintf(stderr, terminal ? "\r\033[K%s" : "samsa: %s\n", line.constData());
            lineOpen = terminal;
        }
        if (lineOpen)
            std::fputs("\r\033[K", stderr);
    });
    const auto end = search.run(QString::fromStdString(request.topic), options);
    over = true;
    ::pthread_kill(watcher.native_handle(), SIGUSR1);
    watcher.join();
    printer.tick();
    if (route == wire::TopicScan::Route::Librdkafka)
        (void)client::waitForDestroyed(2s);
    if (!end)
        return failed(end.error());
    const auto progress = search.progress();
    if (request.count)
        printer.text(std::to_string(progress.matched) + '\n');
    if (printer.failure() != 0) {
        tell(QStringLiteral("standard output takes no more (%1): not all matches were written").arg(QString::fromLocal8Bit(std::strerror(printer.failure()))));
        return kFailure;
    }
    QString why;
    int code = kOk;
    switch (*end) {
    case SearchEnd::Finished: why = QStringLiteral("done"); break;
    case SearchEnd::Enough: why = QStringLiteral("stopped: %1 matches were asked for").arg(request.limit); break;
    case SearchEnd::Budget:
        why = QStringLiteral("stopped: %1 were read, as --bytes-max says").arg(format::bytes(progress.bytes));
        code = kIncomplete;
        break;
    case SearchEnd::Stopped:
        why = interrupted ? QStringLiteral("interrupted") : QStringLiteral("stopped: standard output was closed");
        code = interrupted ? kInterrupted : kOk;
        break;
    }
    if (printer.problems() > 0 && code == kOk) {
        why += QStringLiteral(", incomplete: %1 stretches could not be read").arg(printer.problems());
        code = kIncomplete;
    }
    if (!request.quiet)
        tell(why + QStringLiteral(": ") + progressLine(progress));
    return code;
}

} // namespace app::search
