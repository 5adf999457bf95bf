#pragma once
// A search as the window sees it: starts, stops, goes on, says how far it is and why it is not running. It runs on threads of its own; matches come in
// portions, the first ones at once, numbers ten times a second. Interface thread; stopping and destroying wait for nobody.

#include "models/search/found_records.h"
#include "models/search/search_run.h"

#include <QObject>
#include <QPointer>
#include <memory>
#include <optional>

class QTimer;

namespace models::search {

class Search : public QObject {
    Q_OBJECT
public:
    enum class State { Idle, Running, Stopping, Over };
    static constexpr qint64 kRowsMax = 100'000;     ///< kept and shown; further ones are counted
    static constexpr qint64 kBytesMax = 128 << 20;
    static constexpr int kProblemsMax = 100;        ///< kept; further ones are counted

    explicit Search(QObject* parent = nullptr);
    ~Search() override;

    /// Another search: what was found before is gone.
    void start(const client::ClientConfig& config, const QString& topic, const Pattern& pattern, const SearchOptions& options);
    void stop();
    /// From where it stopped, with the same question; after Finished: what was written meanwhile.
    void goOn();
    void clear(); ///< Idle again

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] bool isRunning() const { return m_state == State::Running || m_state == State::Stopping; }
    /// When Over: why. None = it failed, see error().
    [[nodiscard]] std::optional<SearchEnd> end() const { return m_end; }
    [[nodiscard]] const Error& error() const { return m_error; }
    [[nodiscard]] SearchProgress progress() const;
    [[nodiscard]] TimeHistogram histogram() const;
    [[nodiscard]] const QList<wire::ScanProblem>& problems() const { return m_problems; }
    [[nodiscard]] const QString& topic() const { return m_topic; }
    [[nodiscard]] const Pattern& pattern() const { return m_pattern; }
    [[nodiscard]] bool committed() const { return m_options.scan.readCommitted; } ///< only committed messages are looked at
    /// Through librdkafka: why. Empty = our own reader.
    [[nodiscard]] const QString& routeReason() const { return m_routeReason; }
    /// Matches were found that are not among the results.
    [[nodiscard]] bool resultsFull() const;
    [[nodiscard]] FoundRecords* results() { return m_results; }

signals:
    void stateChanged();
    void progressChanged(); ///< at most ten times a second, and once when it is over

private:
    struct Run;
    void begin(SearchOptions options);
    void takeFound();
    void takeEnd(Result<SearchEnd> end);
    void setState(State state);

    client::ClientConfig m_config;
    QString m_topic;
    Pattern m_pattern;
    SearchOptions m_options;
    State m_state = State::Idle;
    std::optional<SearchEnd> m_end;
    Error m_error;
    QString m_routeReason;
    QList<wire::ScanProblem> m_problems;
    FoundRecords* m_results;
    qint64 m_resultBytes = 0;
    std::shared_ptr<Run> m_run;
    SearchProgress m_before;   ///< of the runs before this one
    TimeHistogram m_beforeOverTime;
    QMap<int, qint64> m_positions;
    QTimer* m_tick;
};

} // namespace models::search
