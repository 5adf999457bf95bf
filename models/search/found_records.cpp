#include "models/search/found_records.h"

namespace models::search {

void FoundRecords::clear() {
    m_rows.clear();
    m_index.clear();
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
