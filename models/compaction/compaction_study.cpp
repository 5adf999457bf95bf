#include "models/compaction/compaction_study.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QThreadPool>

namespace models::compaction {

CompactionStudy::CompactionStudy(JobRunner* jobs, QObject* parent) : QObject(parent), m_jobs(jobs) {}

CompactionStudy::~CompactionStudy() {
    if (m_job)
        m_job->cancel();
}

void CompactionStudy::clear() {
    stop();
    ++m_measuring;
    ++m_asked;
    m_survey.reset();
    m_forecast = m_asItIs = {};
    m_state = State::Idle;
    emit stateChanged();
    emit forecastChanged();
}

void CompactionStudy::measure(const client::ClientConfig& config, const QString& topic, const SurveyOptions& options) {
    stop();
    const quint64 number = ++m_measuring;
    m_state = State::Measuring;
    m_job = m_jobs->start<TopicSurvey>(
        tr("Measure %1").arg(topic), [config, topic, options](JobControl& control) { return surveyTopic(config, topic, options, control); }, this,
        [this, number](Result<TopicSurvey> outcome) {
            if (number != m_measuring)
                return;
            if (outcome) {
                take(std::move(*outcome));
                return;
            }
            m_error = outcome.error();
            const bool stopped = m_error.code == ErrorCode::Cancelled;
            m_state = !stopped ? State::Failed : m_survey ? State::Ready : State::Idle;
            emit stateChanged();
        });
    connect(m_job, &Job::changed, this, &CompactionStudy::progressed);
    emit stateChanged();
}

void CompactionStudy::stop() {
    if (m_job)
        m_job->cancel();
}

void CompactionStudy::take(TopicSurvey survey) {
    m_survey = std::make_shared<const TopicSurvey>(std::move(survey));
    m_state = State::Ready;
    emit stateChanged();
    ++m_asked;
    reckon();
}

double CompactionStudy::progress() const { return !m_job || m_job->total() <= 0 ? 0 : static_cast<double>(m_job->done()) / static_cast<double>(m_job->total()); }

QString CompactionStudy::progressText() const { return m_job ? m_job->detail() : QString(); }

void CompactionStudy::ask(const CompactionSettings& inForce, const CompactionSettings& wanted) {
    m_inForce = inForce;
    m_wanted = wanted;
    ++m_asked;
    reckon();
}

void CompactionStudy::reckon() {
    if (!m_survey || m_reckoning)
        return;
    m_reckoning = true;
    QThreadPool::globalInstance()->start([self = QPointer(this), survey = m_survey, inForce = m_inForce, wanted = m_wanted, number = m_asked] {
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        auto asWanted = models::compaction::forecast(survey->partitions, inForce, wanted, now);
        auto asItIs = inForce == wanted ? asWanted : models::compaction::forecast(survey->partitions, inForce, inForce, now);
        QMetaObject::invokeMethod(QCoreApplication::instance(), [self, asWanted = std::move(asWanted), asItIs = std::move(asItIs), number] {
            if (!self)
                return;
            self->m_reckoning = false;
            if (number != self->m_asked)
                return self->reckon(); // asked again meanwhile
            self->m_forecast = asWanted;
            self->m_asItIs = asItIs;
            emit self->forecastChanged();
        }, Qt::QueuedConnection);
    });
}

} // namespace models::compaction
