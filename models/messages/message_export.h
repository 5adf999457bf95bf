#pragma once
// Messages into a file. Blocking: a job.

#include "models/base/job.h"
#include "models/client/kafka_types.h"

#include <QList>

namespace models::messages {

enum class ExportFormat {
    JsonLines,  ///< as `samsa search` prints them: every byte comes back
    Csv,        ///< for spreadsheets: what would be taken for a formula gets a ' before it
    ExactCsv,   ///< the text itself
};

/// How many were written. The file is there whole or not at all. Bytes that are no text are base64, and a column says so.
Result<qint64> exportMessages(const QList<client::Record>& records, const QString& topic, const QString& path, ExportFormat format, JobControl& control);

} // namespace models::messages
