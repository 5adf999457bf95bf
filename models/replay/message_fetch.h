#pragma once
// One message by partition and offset, to edit and send it again.

#include "models/client/client_config.h"
#include "models/client/kafka_types.h"

#include <QFuture>

namespace models::replay {

/// Answers within some 15 s. NotFound: there is no message at that offset (any more).
QFuture<Result<client::Record>> fetchMessage(const client::ClientConfig& config, const QString& topic, int partition, qint64 offset);

} // namespace models::replay
