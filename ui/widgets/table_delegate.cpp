#include "ui/widgets/table_delegate.h"

#include "models/base/format.h"
#include "models/base/snapshot_table_model.h"
#include "ui/theme/style.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/table_view.h"

#include <QHelpEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace ui::widgets {

namespace {
constexpr int kCellPad = 10;
}

TableDelegate::TableDelegate(TableView* view) : QStyledItemDelegate(view), m_view(view) {}

void TableDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const theme::Theme& t = theme::of(m_view);
    const CellLook look = m_view->m_look ? m_view->m_look(m_view->sourceIndex(index)) : CellLook{};
    painter->save();
    painter->setLayoutDirection(option.direction);
    const QRect r = option.rect;
    const bool selected = option.state & QStyle::State_Selected;
    if (selected)
        painter->fillRect(r, t.select);
    else if (m_view->m_hovered.isValid() && m_view->m_hovered.row() == index.row())
        painter->fillRect(r, theme::mix(t.ink, t.panel, 0.035));
    painter->fillRect(QRect(r.left(), r.bottom(), r.width(), 1), theme::mix(t.line, t.panel, 0.55));
    QRect box = r.adjusted(kCellPad, 0, -kCellPad, -1);
    const bool numeric = index.model()->headerData(index.column(), Qt::Horizontal, models::SnapshotTableModelBase::NumericRole).toBool();
    if (look.bar && *look.bar > 0) {
        QRectF bar(box.left(), box.bottom() - 4, box.width() * std::min(1.0, *look.bar), 3);
        if ((option.direction == Qt::RightToLeft) != numeric)
            bar.moveRight(box.right());
        theme::drawBox(painter, bar, theme::mix(t.accent, t.panel, 0.5), {}, 1.5);
    }
    if (!look.stack.isEmpty()) {
        drawStack(painter, QRectF(box.left(), box.center().y() - 7, box.width(), 15), look.stack, t, option.direction == Qt::RightToLeft);
        painter->restore();
        return;
    }
    if (!look.spark.isEmpty()) {
        drawSpark(painter, QRectF(box).adjusted(0, 4, 0, -4), look.spark, t.series[0]);
        painter->restore();
        return;
    }
    const QString text = index.data(Qt::DisplayRole).toString();
    if (look.pill && !text.isEmpty()) {
        drawPill(painter, box, text, *look.pill, t);
        painter->restore();
        return;
    }
    if (look.dot) {
        const bool rtl = option.direction == Qt::RightToLeft;
        drawDot(painter, QPointF(rtl ? box.right() - 4 : box.left() + 4, box.center().y() + 0.5), *look.dot, false, t);
        rtl ? box.setRight(box.right() - 15) : box.setLeft(box.left() + 15);
    }
    theme::Face face = look.face.value_or(index.column() == 0 && !numeric ? theme::Face::Medium : theme::Face::Text);
    painter->setFont(t.font(face));
    painter->setPen(t.colour(look.ink.value_or(theme::Ink::Primary)));
    // A cell is one line: breaks and other control characters become spaces.
    QString line = models::format::inOrder(text.left(512));
    for (auto& c : line)
        if (c < u' ')
            c = u' ';
    QString shown = painter->fontMetrics().elidedText(line, Qt::ElideRight, box.width());
    const QVariant number = index.data(models::NumberRole);
    // "at least 1 min" is one as well as "9,876"; a text in a column of numbers is none.
    const bool figure = !line.isEmpty() && (line.front().isDigit() || QStringLiteral("+-\u2212").contains(line.front())
        || (number.isValid() && std::any_of(line.begin(), line.end(), [](QChar c) { return c.isDigit(); })));
    if (numeric && figure && shown != line) {
        // "9,876,5…" would be read as another number: in short, or not at all. The tooltip has the whole.
        const bool plain = number.isValid() && !std::any_of(line.begin(), line.end(), [](QChar c) { return c.isLetter(); });
        shown = plain ? models::format::countShort(number.toDouble()) : QString();
        if (shown.isEmpty() || painter->fontMetrics().horizontalAdvance(shown) > box.width())
            shown = QStringLiteral("\u2026");
    }
    const int flags = Qt::AlignVCenter | Qt::TextSingleLine | (numeric ? Qt::AlignTrailing : Qt::AlignLeading);
    painter->drawText(box, static_cast<int>(QStyle::visualAlignment(option.direction, Qt::Alignment(flags & Qt::AlignHorizontal_Mask))) | Qt::AlignVCenter | Qt::TextSingleLine, shown);
    painter->restore();
}

QSize TableDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const {
    const theme::Theme& t = theme::of(m_view);
    const QString text = index.data(Qt::DisplayRole).toString();
    const QFontMetrics metrics(t.font(theme::Face::Medium));
    return {std::min(420, metrics.horizontalAdvance(text) + 2 * kCellPad + 16), t.rowHeight()};
}

bool TableDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index) {
    if (event->type() == QEvent::ToolTip && index.isValid()) {
        // What the model says, else the whole text of a cell that is cut.
        QString tip = index.data(Qt::ToolTipRole).toString();
        const QString text = index.data(Qt::DisplayRole).toString();
        if (tip.isEmpty() && QFontMetrics(theme::of(m_view).font(theme::Face::Medium)).horizontalAdvance(text) > option.rect.width() - 2 * kCellPad)
            tip = text;
        if (tip.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(event->globalPos(), QStringLiteral("<span>%1</span>").arg(models::format::inOrder(tip.left(2000)).toHtmlEscaped()), view);
        return true;
    }
    return QStyledItemDelegate::helpEvent(event, view, option, index);
}

void drawStack(QPainter* painter, const QRectF& box, const QList<StackPart>& parts, const theme::Theme& t, bool mirrored) {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    QPainterPath shape;
    shape.addRoundedRect(box, 4, 4);
    painter->setClipPath(shape);
    painter->fillRect(box, t.sunken);
    double x = 0;
    for (const auto& part : parts) {
        // What is there is seen, however little it is.
        const double width = part.share <= 0 ? 0 : std::max(2.0, box.width() * part.share);
        QRectF piece(box.left() + x, box.top(), std::min(width, box.width() - x), box.height());
        if (mirrored)
            piece.moveLeft(box.right() - x - piece.width());
        x += piece.width();
        // Large areas in the colours of charts, which are told apart by everyone; red stays red.
        const QColor ink = part.tone == theme::Tone::Neutral ? t.line2
            : part.tone == theme::Tone::Good                 ? t.series[0]
            : part.tone == theme::Tone::Warn                 ? t.series[1]
            : part.tone == theme::Tone::Info                 ? t.series[2]
                                                             : t.toneInk(part.tone);
        painter->fillRect(piece, theme::mix(ink, t.panel, part.hatched ? 0.12 : 0.68));
        if (!part.hatched)
            continue;
        painter->save();
        painter->setClipRect(piece, Qt::IntersectClip);
        painter->setPen(QPen(theme::mix(ink, t.panel, 0.85), 2.2));
        for (double at = piece.left() - piece.height(); at < piece.right(); at += 6)
            painter->drawLine(QPointF(at, piece.bottom()), QPointF(at + piece.height(), piece.top()));
        painter->restore();
    }
    painter->restore();
}

void drawSpark(QPainter* painter, const QRectF& box, const QList<double>& values, const QColor& colour) {
    if (values.size() < 2)
        return;
    QPainterPath path;
    bool pen = false;
    for (qsizetype i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i])) {
            pen = false;
            continue;
        }
        const QPointF at(box.left() + box.width() * static_cast<double>(i) / static_cast<double>(values.size() - 1),
                         box.bottom() - box.height() * std::clamp(values[i], 0.0, 1.0));
        pen ? path.lineTo(at) : path.moveTo(at);
        pen = true;
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(colour, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->setBrush(Qt::NoBrush);
    painter->drawPath(path);
    painter->restore();
}

} // namespace ui::widgets
