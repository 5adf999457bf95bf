#pragma once
// Paints the cells of a TableView: hairlines, tint over the whole row, numbers to the right, pills, dots, small lines and bars.

#include "ui/theme/theme.h"

#include <QStyledItemDelegate>

namespace ui::widgets {

class TableView;
struct StackPart;

class TableDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit TableDelegate(TableView* view);
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index) override;

private:
    TableView* m_view;
};

/// A bar of parts side by side, what is left of it empty; `mirrored`: from the right.
void drawStack(QPainter* painter, const QRectF& box, const QList<StackPart>& parts, const theme::Theme& theme, bool mirrored);
/// A small line of values 0..1 without axes; NaN is a gap.
void drawSpark(QPainter* painter, const QRectF& box, const QList<double>& values, const QColor& colour);

} // namespace ui::widgets
