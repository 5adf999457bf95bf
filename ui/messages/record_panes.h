#pragma once
// One message: decoded at the left (headers and value as a tree, or as text), its bytes at the right. Choosing a field lights up the bytes
// it came from.

#include "models/client/kafka_types.h"
#include "models/serdes/decode.h"

#include <QAbstractScrollArea>
#include <QSplitter>

class QPlainTextEdit;
class QStackedWidget;
class QTreeWidget;
class QTreeWidgetItem;

namespace ui::widgets {
class Card;
class SegmentedChoice;
class StateStack;
} // namespace ui::widgets

namespace ui::messages {

/// Bytes as offset, hex and text; a range is lit. Only the lines in view are made.
class HexView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit HexView(QWidget* parent = nullptr);
    void setBytes(const QByteArray& bytes);
    /// [begin, end) is lit and scrolled to; empty = none.
    void light(qsizetype begin, qsizetype end);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] int lineHeight() const;
    void fit();
    QByteArray m_bytes;
    qsizetype m_begin = 0;
    qsizetype m_end = 0;
};

class RecordPanes : public QSplitter {
    Q_OBJECT
public:
    explicit RecordPanes(QWidget* parent = nullptr);
    /// Beside the choice of how a value is shown.
    void addTool(QWidget* tool);
    /// Null: says what would be here.
    void show(const models::client::Record* record);

protected:
    void changeEvent(QEvent* event) override;

private:
    void fillTree();
    void fillText();
    void fill();
    void onItem(QTreeWidgetItem* item);

    std::optional<models::client::Record> m_record;
    widgets::Card* m_decodedCard;
    widgets::Card* m_bytesCard;
    widgets::SegmentedChoice* m_choice;
    widgets::StateStack* m_decodedStack;
    QStackedWidget* m_decoded;
    QTreeWidget* m_tree;
    QPlainTextEdit* m_text;
    HexView* m_hex;
};

} // namespace ui::messages
