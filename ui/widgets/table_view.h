#pragma once
// The table of bounded lists (some ten thousand rows): brokers, topics, groups, settings. Give it an item model that answers the
// roles of models/base/snapshot_table_model.h; it sorts by SortRole, filters, remembers its columns, copies and exports.
//
// Rows do not re-sort while the pointer is over the table or it has the focus and data streams in: leaving does. Rows that come or go
// elsewhere in the list do not move what is looked at. Long lists are sorted and filtered on another thread (models/base/arranged_rows.h), so a filter or a
// sorting shows a moment later there; short ones are arranged when the call returns.
// Colours of cells come from `setCellTone`; nothing else is configured per page.

#include "ui/theme/theme.h"

#include <QJsonObject>
#include <QPersistentModelIndex>
#include <QSet>
#include <QStyledItemDelegate>
#include <QTableView>
#include <functional>
#include <memory>
#include <optional>

class QMenu;
namespace models {
class ArrangedRows;
struct RowPlan;
}

namespace ui::widgets {

/// A part of a stacked bar.
struct StackPart {
    double share = 0; ///< of the cell's width
    theme::Tone tone = theme::Tone::Neutral;
    bool hatched = false;
};

/// How a cell is painted; all optional.
struct CellLook {
    std::optional<theme::Ink> ink = {};
    std::optional<theme::Face> face = {};
    std::optional<theme::Tone> pill = {};   ///< the text in a pill of this tone
    std::optional<theme::Tone> dot = {};    ///< a dot before the text
    QList<double> spark = {};               ///< 0..1: painted as a small line instead of the text; NaN = gap
    std::optional<double> bar = {};         ///< 0..1: a bar behind the number
    QList<StackPart> stack = {};            ///< parts of a bar instead of the text; together at most 1
};

class TableView : public QTableView {
    Q_OBJECT
public:
    explicit TableView(QWidget* parent = nullptr);

    /// The rows. `TableView::model()` is a models::ArrangedRows over it: map with sourceIndex().
    void setSource(QAbstractItemModel* source);
    [[nodiscard]] QAbstractItemModel* source() const;
    [[nodiscard]] QModelIndex sourceIndex(const QModelIndex& index) const;
    /// KeyRole of the current row; empty = none.
    [[nodiscard]] QString currentKey() const;
    [[nodiscard]] QStringList selectedKeys() const;
    /// False when no such row is shown; it is chosen when it comes, unless the user has chosen another by then.
    bool selectKey(const QString& key);

    /// Shows only rows that have every word of `text` in one of their shown columns; case does not matter.
    void setFilterText(const QString& text);
    /// And only those that this accepts (source row); null = all.
    void setRowFilter(std::function<bool(int sourceRow)> accepts);
    /// KeyRole of the rows that are in sight, and of as many above and below.
    [[nodiscard]] QStringList keysInSight() const;
    /// Rows shown after filtering.
    [[nodiscard]] int shownCount() const;

    /// Asked when a cell is painted; `index` is of the source. Must be quick.
    void setCellLook(std::function<CellLook(const QModelIndex& index)> look);
    /// Widths at first, by column id; others follow their contents. `stretch` takes what is left.
    void setInitialWidths(const QHash<QString, int>& widths, const QString& stretch);
    /// In a narrow window columns shrink to these widths, others to their title (90 px at least). Where that is not enough, those of `goFirst` go, in this
    /// order, until there is room again; they are still filtered by, copied and exported.
    void setNarrow(const QHash<QString, int>& least, const QStringList& goFirst);
    /// Texts over an empty table: "No topics yet."
    void setEmptyText(const QString& text);
    /// More entries for the menu of a row.
    void setRowMenu(std::function<void(QMenu* menu, const QString& key)> fill);

    void showColumnChooser(const QPoint& globalPosition);
    enum class Format { Tsv, Csv, Json, Markdown };
    /// Selected rows, or all that are shown; shown columns in their order, with a header.
    [[nodiscard]] QString textOf(Format format, bool selectedOnly) const;
    /// Selected rows to the clipboard; many of them a moment later.
    void copy(Format format = Format::Tsv);
    /// Asks for a file name and writes all shown rows, on another thread.
    void exportRows();

    /// Columns (order, width, hidden) and sorting; versioned. restoreState ignores what it does not know.
    [[nodiscard]] QJsonObject saveState() const;
    void restoreState(const QJsonObject& state);

signals:
    void rowActivated(const QString& key);      ///< Enter or double click
    void currentKeyChanged(const QString& key);
    void stateChanged();                        ///< columns or sorting, for saveState
    void shownCountChanged(int count);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    friend class TableDelegate;
    /// What the reader looks at while rows come and go around it.
    struct Anchor {
        QPersistentModelIndex row;
        int y = 0;
        QPersistentModelIndex current, next; ///< `next`: who is chosen when `current` goes among many
    };
    [[nodiscard]] static int nextThatStays(const models::RowPlan& plan, int row);
    void rememberPlace(const models::RowPlan& plan);
    void keepPlace();
    void countShown();
    void hold();
    void applyTheme();
    struct Excerpt; ///< rows and columns by value: any thread makes text of it
    [[nodiscard]] std::shared_ptr<const Excerpt> excerpt(bool selectedOnly) const;
    [[nodiscard]] static QString textOf(const Excerpt& excerpt, Format format);
    void fitColumns();
    [[nodiscard]] QString columnId(int column) const;
    [[nodiscard]] QList<int> shownColumns() const; ///< those that have no room now among them
    [[nodiscard]] bool isBusy() const;

    models::ArrangedRows* m_rows;
    std::function<CellLook(const QModelIndex&)> m_look;
    std::function<void(QMenu*, const QString&)> m_rowMenu;
    QHash<QString, int> m_initialWidths;
    QHash<QString, int> m_least;
    QStringList m_goFirst;
    QSet<int> m_away; ///< columns that there is no room for now
    QString m_stretch;
    QString m_emptyText;
    QString m_words;
    QString m_wantedKey; ///< to be chosen when it comes
    Anchor m_anchor;
    int m_counted = 0;
    QPersistentModelIndex m_hovered;
    bool m_restoring = false;
    bool m_fitting = false;
    bool m_sized = false; ///< the user gave columns their widths: they are kept, and the table scrolls
};

} // namespace ui::widgets
