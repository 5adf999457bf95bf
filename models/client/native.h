#pragma once
// Inside models/client only: librdkafka's C objects behind RAII, its errors as ours, and where handles go to be destroyed.

#include "models/base/error.h"
#include "models/client/client_config.h"
#include "models/tokens/token_source.h"

#include <QMap>
#include <functional>
#include <librdkafka/rdkafka.h>
#include <memory>

namespace models::client::native {

template <auto Destroy>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Destroy(object);
    }
};
using ConfPtr = std::unique_ptr<rd_kafka_conf_t, Deleter<rd_kafka_conf_destroy>>;
using OptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_t, Deleter<rd_kafka_AdminOptions_destroy>>;
using ListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t, Deleter<rd_kafka_topic_partition_list_destroy>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Deleter<rd_kafka_queue_destroy>>;

/// Null stays an empty string. What a broker says may be any bytes: bad UTF-8 becomes replacement characters.
QString text(const char* utf8);
ErrorCode codeOf(rd_kafka_resp_err_t error);
Error makeError(const QString& what, rd_kafka_resp_err_t error, const char* why);
Error makeError(const QString& what, const rd_kafka_error_t* error);
/// Frees what was given.
Error takeError(const QString& what, rd_kafka_error_t* error);
/// Of rd_kafka_init_transactions; frees what was given. TimedOut where a later try may succeed: a coordinator that still loads is one, and the library says so
/// when its time is over, in the coordinator's words.
Error takeStartError(const QString& what, rd_kafka_error_t* error);
/// Without librdkafka's thread names and timings: "Connect to ipv4#127.0.0.1:1 failed: Connection refused".
QString tidy(const QString& message);

/// What a handle is made of.
struct Conf : ConfPtr {
    using ConfPtr::ConfPtr;
    std::shared_ptr<tokens::TokenSource> tokens; ///< it logs in with these; null = librdkafka needs none of us
};
/// A configuration of the user's properties, then `extra` over them. Errors name the property.
Result<Conf> makeConf(const ClientConfig& config, const QMap<QString, QString>& extra);
/// Takes the configuration.
Result<rd_kafka_t*> makeHandle(rd_kafka_type_t type, Conf conf);

/// From here on waitForDestroyed waits for one more handle, which destroyElsewhere will be given.
void announceDeparture();
/// Destroys an announced handle on a thread of its own. `before` runs there first.
void destroyElsewhere(rd_kafka_t* handle, std::function<void()> before = {});

} // namespace models::client::native
