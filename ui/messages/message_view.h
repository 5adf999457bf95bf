#pragma once
// Rows of messages, painted when they are seen. The scroll bar does not scroll pixels of a whole topic: its thumb is a fraction of the
// offsets, and moving it far reads anew around there. What arrives never moves the row under the reader.
//
// Rows are selected as in a table: a click or an arrow takes one, with Shift up to there, with Ctrl one more; Ctrl+A all that are loaded. What is selected stays so
// when it is not loaded any more.
//
// Keyboard: arrows, Page Up/Down, Home (beginning), End (end), Ctrl+C copies the selected messages, the Menu key opens the menu. Interface thread.

#include "models/messages/message_window.h"

#include <QAbstractScrollArea>
#include <QCache>
#include <QJsonObject>
#include <QSet>
#include <array>
#include <functional>

class QMenu;
class QTimer;

namespace ui::messages {

class MessageView : public QAbstractScrollArea {
    Q_OBJECT
public:
    /// `window` must outlive the view.
    explicit MessageView(models::messages::MessageWindow* window, QWidget* parent = nullptr);

    /// The current record; null when none is chosen or it is not loaded any more.
    [[nodiscard]] const models::client::Record* current() const;
    /// Chooses a loaded record and scrolls to it; false when it is not loaded.
    bool choose(int partition, qint64 offset);
    /// The first row that is shown, for the Location.
    [[nodiscard]] int topRow() const { return m_top; }
    /// Whether the last loaded row is in view.
    [[nodiscard]] bool showsEnd() const;
    void goToEnd();
    [[nodiscard]] QString textOfCurrent() const;
    [[nodiscard]] static QString textOf(const models::client::Record& record);
    /// Nothing is selected: another topic.
    void clearSelection();

    enum Column { OffsetColumn, PartitionColumn, TimeColumn, KeyColumn, ValueColumn, SizeColumn, DateColumn, HeadersColumn, ColumnCount };
    /// From left to right.
    static constexpr int kColumnOrder[] = {OffsetColumn, PartitionColumn, TimeColumn, DateColumn, KeyColumn, HeadersColumn, ValueColumn, SizeColumn};
    [[nodiscard]] static QStringList titles();
    [[nodiscard]] bool isColumnShown(int column) const { return m_shown[static_cast<std::size_t>(column)]; }
    void setColumnShown(int column, bool shown); ///< the last one stays
    void showColumnChooser(const QPoint& globalPosition);
    /// Which columns are shown; versioned. restoreState ignores what it does not know.
    [[nodiscard]] QJsonObject saveState() const;
    void restoreState(const QJsonObject& state);

    using Id = QPair<int, qint64>; ///< partition and offset
    [[nodiscard]] bool isSelected(int row) const;
    [[nodiscard]] qsizetype selectedCount() const { return m_selected.size(); }
    [[nodiscard]] QList<Id> selectedIds() const; ///< by partition and offset
    /// Those that are loaded, in the order of the rows.
    [[nodiscard]] QList<models::client::Record> selectedRecords() const;
    [[nodiscard]] QList<models::client::Record> loadedRecords() const;
    void selectAll(); ///< that are loaded
    /// Entries of the menu of the rows, before the view's own.
    void setRowMenu(std::function<void(QMenu* menu)> fill) { m_rowMenu = std::move(fill); }
    /// What stands in a cell of a loaded row; safe to show whatever the message holds.
    [[nodiscard]] QString cellText(int row, int column);
    [[nodiscard]] int currentRow() const; ///< among the loaded rows, -1 = none
    void setCurrentRow(int row);
    [[nodiscard]] const models::messages::MessageWindow* window() const { return m_window; }
    /// Of a loaded row, in the coordinates of the viewport; may be out of sight.
    [[nodiscard]] QRect cellRect(int row, int column) const;

signals:
    void currentChanged();
    void selectionChanged();
    void stateChanged(); ///< columns, for saveState
    void activated(); ///< Enter or double click

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Texts {
        QString key, value, headers;
    };
    enum class Take { Only, Range, Toggle };
    void take(int row, Take how);
    void copySelected();
    [[nodiscard]] int rowHeight() const;
    [[nodiscard]] int headHeight() const;
    [[nodiscard]] int pageRows() const; ///< whole rows that fit
    [[nodiscard]] QList<QRect> columns(int y, int height) const;
    [[nodiscard]] int rowAt(const QPoint& position) const;
    const Texts& textsOf(const models::client::Record& record);
    void setTop(int row, int pixel = 0);
    void scrollBy(int pixels);
    void showRow(int row);
    void tellVisible();
    void syncBar();
    void onReset();
    void onInserted(int first, int count);
    void onRemoved(int first, int count);

    models::messages::MessageWindow* m_window;
    int m_top = 0;    ///< first row shown
    int m_pixel = 0;  ///< how much of it is above the edge
    int m_hovered = -1;
    int m_partition = -1; ///< of the current record
    qint64 m_offset = -1;
    bool m_syncing = false;
    QSet<Id> m_selected;
    Id m_anchor{-1, -1}; ///< where a range of selected rows begins
    std::array<bool, ColumnCount> m_shown{true, true, true, true, true, true, false, false};
    std::function<void(QMenu*)> m_rowMenu;
    QTimer* m_jump; ///< one reading per drag of the thumb, not one per pixel
    QCache<QPair<int, qint64>, Texts> m_texts;
};

} // namespace ui::messages
