#include "app/demo/rdkafka.h"

#include <fmt/format.h>

namespace app::demo {

using broker::ErrorCode;
using broker::fail;

broker::Result<Conf> makeConf(std::initializer_list<const Properties*> lists) {
    Conf conf(rd_kafka_conf_new());
    char why[512] = "";
    for (const Properties* list : lists)
        for (const auto& [key, value] : *list)
            if (rd_kafka_conf_set(conf.get(), key.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
                return fail(ErrorCode::InvalidArgument, fmt::format("the client property {} is refused: {}", key, why));
    return conf;
}

broker::Result<Handle> makeClient(rd_kafka_type_t type, Conf conf) {
    char why[512] = "";
    Handle handle(rd_kafka_new(type, conf.get(), why, sizeof why));
    if (!handle)
        return fail(ErrorCode::InvalidArgument, fmt::format("no client can be made: {}", why));
    [[maybe_unused]] auto* taken = conf.release();
    return handle;
}

} // namespace app::demo
