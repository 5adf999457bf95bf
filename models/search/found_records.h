#pragma once
// What a search found, as rows for the message view: exact 64-bit numbers, in the order in which they were found, so that nothing moves under the
// reader. Bounded; what does not fit is counted by the search and not kept. Interface thread.

#include "models/messages/message_window.h"

#include <QHash>

namespace models::search {

class FoundRecords : public messages::MessageWindow {
    Q_OBJECT
public:
    explicit FoundRecords(QObject* parent = nullptr) : MessageWindow(parent) {}

    void clear();
    void append(QList<client::Record> records);

    [[nodiscard]] int rowCount() const override { return static_cast<int>(m_rows.size()); }
    [[nodiscard]] const client::Record& row(int index) const override { return m_rows.at(static_cast<std::size_t>(index)); }
    [[nodiscard]] int indexOf(int partition, qint64 offset) const override { return m_index.value({partition, offset}, -1); }
    [[nodiscard]] bool atBeginning() const override { return true; }
    [[nodiscard]] bool atEnd() const override { return true; }
    void setVisible(int, int) override {}
    [[nodiscard]] double fractionAt(int index) const override { return m_rows.empty() ? 0 : static_cast<double>(index) / static_cast<double>(m_rows.size()); }
    void goToFraction(double fraction) override;
    void goToEnd() override;
    [[nodiscard]] bool isLive() const override { return false; }
    [[nodiscard]] qint64 newCount() const override { return 0; }
    [[nodiscard]] int anchorRow() const override { return m_anchor; }
    [[nodiscard]] bool anchorAtBottom() const override { return m_atBottom; }

private:
    std::deque<client::Record> m_rows;
    QHash<QPair<int, qint64>, int> m_index;
    int m_anchor = 0;
    bool m_atBottom = false;
};

} // namespace models::search
