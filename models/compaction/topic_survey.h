#pragma once
// Reads a topic whole, once, and measures what a forecast needs of each partition. Blocking: a job.

#include "models/base/job.h"
#include "models/client/client_config.h"
#include "models/compaction/local_logs.h"
#include "models/compaction/partition_survey.h"

namespace models::compaction {

struct SurveyOptions {
    qint64 bytesPerSecond = 0;          ///< 0 = no cap
    std::size_t keysMax = 2'000'000;    ///< of all partitions together: some 80 MB
    LogDirectories local;               ///< empty: not a cluster of this machine
};

struct TopicSurvey {
    QString topic;
    qint64 takenMs = 0;
    qint64 bytesRead = 0;          ///< from the wire
    QList<PartitionSurvey> partitions; ///< by number
    QStringList problems;          ///< what could not be read, in the words of who said so
    bool fromFiles = false;        ///< segments and clean offsets come from the log's files
    [[nodiscard]] bool complete() const;
};

/// Cancelled where the job was; progress counts offsets.
Result<TopicSurvey> surveyTopic(const client::ClientConfig& config, const QString& topic, const SurveyOptions& options, JobControl& control);

} // namespace models::compaction
