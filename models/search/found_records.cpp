#include "models/search/found_records.h"

#include "models/base/background.h"

#include <memory>
#include <utility>

namespace models::search {

void FoundRecords::clear() {
    // A hundred thousand messages take longer to be forgotten than a turn of the interface thread may: elsewhere.
    auto old = std::make_shared<std::pair<decltype(m_rows), decltype(m_index)>>(std::exchange(m_rows, {}), std::exchange(m_index, {}));
    tableWorker().start([old = std::move(old)]() mutable { old.reset(); });
    m_anchor = 0;
    m_atBottom = false;
    emit reset();
}

void FoundRecords::append(QList<client::Record> records) {
    if (records.isEmpty())
        return;
    const int before = rowCount();
    for (auto& record : records) {
        m_index.insert({record.partition, record.offset}, rowCount());
        m_rows.push_back(std::move(record));
    }
    if (before == 0) {
        m_anchor = 0;
        m_atBottom = false;
        emit reset(); // the first of them becomes the current one
    } else {
        emit rowsInserted(before, rowCount() - before);
    }
}

void FoundRecords::goToFraction(double fraction) {
    m_anchor = qBound(0, static_cast<int>(fraction * rowCount()), qMax(0, rowCount() - 1));
    m_atBottom = false;
    emit reset();
}

void FoundRecords::goToEnd() {
    m_anchor = qMax(0, rowCount() - 1);
    m_atBottom = true;
    emit reset();
}

} // namespace models::search
