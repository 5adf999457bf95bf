#pragma once
// One topic under study: measured once, asked again and again under other settings. Interface thread; reading and reckoning happen elsewhere.

#include "models/compaction/forecast.h"
#include "models/compaction/topic_survey.h"

#include <QObject>
#include <QPointer>
#include <memory>

namespace models::compaction {

class CompactionStudy : public QObject {
    Q_OBJECT
public:
    enum class State { Idle, Measuring, Ready, Failed };
    /// `jobs` must outlive it.
    explicit CompactionStudy(JobRunner* jobs, QObject* parent = nullptr);
    ~CompactionStudy() override; ///< what is being measured ends

    /// Another measuring replaces what was measured when it is through; until then the old one stays.
    void measure(const client::ClientConfig& config, const QString& topic, const SurveyOptions& options);
    void stop();
    /// Another topic: nothing is known.
    void clear();
    /// For tests and pictures: as if this had been measured.
    void take(TopicSurvey survey);

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const Error& error() const { return m_error; }   ///< when Failed
    [[nodiscard]] double progress() const;                          ///< 0..1, of offsets
    [[nodiscard]] QString progressText() const;                     ///< read so far
    [[nodiscard]] std::shared_ptr<const TopicSurvey> survey() const { return m_survey; } ///< null = never measured

    /// Answers by forecastChanged(), soon. A later question replaces an earlier one.
    void ask(const CompactionSettings& inForce, const CompactionSettings& wanted);
    [[nodiscard]] const TopicForecast& forecast() const { return m_forecast; } ///< as wanted
    [[nodiscard]] const TopicForecast& asItIs() const { return m_asItIs; }     ///< as in force

signals:
    void stateChanged();
    void progressed();
    void forecastChanged();

private:
    void reckon();
    JobRunner* m_jobs;
    QPointer<Job> m_job;
    quint64 m_measuring = 0; ///< an older one's answer is dropped
    quint64 m_asked = 0;
    bool m_reckoning = false;
    State m_state = State::Idle;
    Error m_error;
    std::shared_ptr<const TopicSurvey> m_survey;
    CompactionSettings m_inForce, m_wanted;
    TopicForecast m_forecast, m_asItIs;
};

} // namespace models::compaction
