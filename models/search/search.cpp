#include "models/search/search.h"

#include <QTimer>
#include <pthread.h>
#include <thread>

namespace models::search {

namespace {
constexpr int kTickMs = 100;
constexpr qsizetype kPortion = 2000; ///< records a turn of the interface thread
} // namespace

/// One run and its thread. Outlives the Search when it must: then nothing is delivered any more.
struct Search::Run : public MatchSink, public std::enable_shared_from_this<Search::Run> {
    std::unique_ptr<SearchRun> run;
    std::vector<QList<client::Record>> byWorker = std::vector<QList<client::Record>>(wire::TopicScan::kWorkersMax);
    std::atomic<qint64> rowsLeft{0};
    std::atomic<qint64> bytesLeft{0};
    std::atomic<bool> full{false};

    std::mutex mutex; ///< guards what follows
    Search* owner = nullptr;
    bool posted = false;
    QList<client::Record> found;
    QList<wire::ScanProblem> problems;

    void match(int worker, const wire::ScanBatch& batch, const wire::RawRecord& record) override {
        if (rowsLeft.fetch_sub(1, std::memory_order_relaxed) <= 0 || bytesLeft.fetch_sub(static_cast<qint64>(record.body.size()), std::memory_order_relaxed) <= 0) {
            full = true;
            return;
        }
        byWorker[static_cast<std::size_t>(worker)].append(recordOf(batch, record));
    }
    void flush(int worker) override {
        auto& records = byWorker[static_cast<std::size_t>(worker)];
        if (records.isEmpty())
            return;
        const std::lock_guard lock(mutex);
        found.append(std::move(records));
        records = {};
        post();
    }
    void problem(const wire::ScanProblem& problem) override {
        const std::lock_guard lock(mutex);
        if (problems.size() < kProblemsMax)
            problems.append(problem);
        post();
    }
    void post() { // with the mutex held
        if (posted || owner == nullptr)
            return;
        posted = true;
        QMetaObject::invokeMethod(owner, [to = owner, self = shared_from_this()] {
            if (to->m_run == self)
                to->takeFound();
        }, Qt::QueuedConnection);
    }
    void ended(Result<SearchEnd> end) {
        const std::lock_guard lock(mutex);
        if (owner == nullptr)
            return;
        QMetaObject::invokeMethod(owner, [to = owner, self = shared_from_this(), end = std::move(end)] {
            if (to->m_run == self)
                to->takeEnd(end);
        }, Qt::QueuedConnection);
    }
    void disown() {
        {
            const std::lock_guard lock(mutex);
            owner = nullptr;
        }
        if (run)
            run->stop();
    }
};

Search::Search(QObject* parent) : QObject(parent), m_pattern(*Pattern::make(PatternKind::Text, {})), m_results(new FoundRecords(this)), m_tick(new QTimer(this)) {
    m_tick->setInterval(kTickMs);
    connect(m_tick, &QTimer::timeout, this, &Search::progressChanged);
}

Search::~Search() {
    if (m_run)
        m_run->disown();
}

void Search::setState(State state) {
    m_state = state;
    if (isRunning())
        m_tick->start();
    else
        m_tick->stop();
    emit stateChanged();
    emit progressChanged();
}

void Search::start(const client::ClientConfig& config, const QString& topic, const Pattern& pattern, const SearchOptions& options) {
    clear();
    m_config = config;
    m_topic = topic;
    m_pattern = pattern;
    m_options = options;
    begin(options);
}

void Search::clear() {
    if (m_run)
        m_run->disown();
    m_run.reset();
    m_before = {};
    m_beforeOverTime = {};
    m_positions.clear();
    m_problems.clear();
    m_resultBytes = 0;
    m_end.reset();
    m_error = {};
    m_routeReason.clear();
    m_results->clear();
    setState(State::Idle);
}

void Search::begin(SearchOptions options) {
    m_end.reset();
    m_error = {};
    auto scan = wire::TopicScan::open(m_config);
    if (!scan) {
        m_run.reset();
        m_error = scan.error();
        setState(State::Over);
        return;
    }
    m_routeReason = (*scan)->routeReason();
    m_run = std::make_shared<Run>();
    m_run->owner = this;
    m_run->rowsLeft = kRowsMax - m_results->rowCount();
    m_run->bytesLeft = kBytesMax - m_resultBytes;
    m_run->run = std::make_unique<SearchRun>(std::move(*scan), m_pattern, *m_run);
    std::thread([run = m_run, topic = m_topic, options = std::move(options)] {
        pthread_setname_np(pthread_self(), "search");
        run->ended(run->run->run(topic, options));
    }).detach();
    setState(State::Running);
}

void Search::stop() {
    if (m_state != State::Running)
        return;
    m_run->run->stop();
    setState(State::Stopping);
}

void Search::goOn() {
    if (m_state != State::Over)
        return;
    m_before = progress();
    m_beforeOverTime = histogram();
    auto options = m_options;
    options.from = m_positions;
    begin(std::move(options));
}

void Search::takeFound() {
    QList<client::Record> portion;
    {
        const std::lock_guard lock(m_run->mutex);
        m_run->posted = false;
        m_problems.append(std::exchange(m_run->problems, {}).mid(0, kProblemsMax - m_problems.size()));
        if (m_run->found.size() <= kPortion) {
            portion = std::exchange(m_run->found, {});
        } else {
            portion = m_run->found.mid(0, kPortion);
            m_run->found.remove(0, kPortion);
            m_run->post(); // the rest in another turn
        }
    }
    for (const auto& record : portion)
        m_resultBytes += record.sizeBytes();
    m_results->append(std::move(portion));
}

void Search::takeEnd(Result<SearchEnd> end) {
    for (bool more = true; more;) { // what was found before it ended comes before the end
        takeFound();
        const std::lock_guard lock(m_run->mutex);
        more = !m_run->found.isEmpty();
    }
    const auto positions = m_run->run->positions();
    for (auto it = positions.begin(); it != positions.end(); ++it)
        m_positions.insert(it.key(), it.value());
    if (end)
        m_end = *end;
    else
        m_error = end.error();
    setState(State::Over);
}

SearchProgress Search::progress() const {
    if (!m_run)
        return m_before;
    auto now = m_run->run->progress();
    now.scanned += m_before.scanned;
    now.matched += m_before.matched;
    now.bytes += m_before.bytes;
    now.elapsedMs += m_before.elapsedMs;
    now.problems += m_before.problems;
    now.total += m_before.total - m_before.left;
    if (m_before.oldestMs >= 0 && (now.oldestMs < 0 || m_before.oldestMs < now.oldestMs))
        now.oldestMs = m_before.oldestMs;
    now.newestMs = std::max(now.newestMs, m_before.newestMs);
    return now;
}

TimeHistogram Search::histogram() const {
    auto all = m_beforeOverTime;
    if (m_run)
        all.add(m_run->run->histogram());
    return all;
}

bool Search::resultsFull() const { return m_run && m_run->full; }

} // namespace models::search
