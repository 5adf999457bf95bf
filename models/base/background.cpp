#include "models/base/background.h"

namespace models {

QThreadPool& tableWorker() {
    static QThreadPool pool;
    [[maybe_unused]] static const bool set = [] {
        pool.setMaxThreadCount(1);
        pool.setObjectName(QStringLiteral("tables"));
        return true;
    }();
    return pool;
}

} // namespace models
