#include "models/client/features.h"

#include "models/client/native.h"

namespace models::client {

const QSet<QString>& libraryFeatures() {
    static const QSet<QString> all = [] {
        const native::ConfPtr conf(rd_kafka_conf_new());
        char text[1024] = "";
        std::size_t size = sizeof text;
        if (rd_kafka_conf_get(conf.get(), "builtin.features", text, &size) != RD_KAFKA_CONF_OK)
            return QSet<QString>{};
        const auto names = QString::fromLatin1(text).split(u',', Qt::SkipEmptyParts);
        return QSet<QString>(names.begin(), names.end());
    }();
    return all;
}

} // namespace models::client
