#pragma once
// The form of one message: partition, timestamp, key, headers in their order, value.

#include "models/changes/change.h"

#include <QWidget>

class QComboBox;
class QLineEdit;
class QVBoxLayout;

namespace ui::replay {

class BytesField;

class MessageForm : public QWidget {
    Q_OBJECT
public:
    explicit MessageForm(QWidget* parent = nullptr);
    void setPartitions(int count); ///< of the topic; keeps what is chosen where it can
    /// Fills the form with a message as it was stored.
    void show(const models::client::Record& record);
    void clear();
    void addHeader(const models::client::Header& header = {});
    /// Empty = it can be sent.
    [[nodiscard]] QString problem() const;
    [[nodiscard]] models::changes::ProduceMessage message(const QString& topic) const;

signals:
    void changed();

private:
    struct HeaderRow {
        QWidget* row;
        QLineEdit* name;
        BytesField* value;
    };
    void dropHeaders();
    QComboBox* m_partition;
    QLineEdit* m_timestamp;
    BytesField* m_key;
    BytesField* m_value;
    QVBoxLayout* m_headerRows;
    QList<HeaderRow> m_headers;
};

} // namespace ui::replay
