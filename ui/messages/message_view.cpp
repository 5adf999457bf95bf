#include "ui/messages/message_view.h"

#include "models/base/format.h"
#include "models/serdes/decode.h"
#include "ui/messages/message_view_accessible.h"
#include "ui/theme/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QTimer>
#include <QWheelEvent>

namespace ui::messages {

using models::client::Record;
using models::messages::MessageWindow;
namespace format = models::format;
namespace serdes = models::serdes;

namespace {
constexpr int kBarSteps = 1'000'000; ///< of the scroll bar: a fraction, not rows
constexpr int kTextsKept = 4000;
constexpr int kCellPad = 10;
constexpr int kJumpDelayMs = 60;
} // namespace

MessageView::MessageView(MessageWindow* window, QWidget* parent)
    : QAbstractScrollArea(parent), m_window(window), m_jump(new QTimer(this)), m_texts(kTextsKept) {
    installMessageViewAccessible(); // before anything tells of this widget: what it is to a screen reader is decided once
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Messages"));
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
    verticalScrollBar()->setRange(0, kBarSteps);
    m_jump->setSingleShot(true);
    m_jump->setInterval(kJumpDelayMs);
    connect(m_jump, &QTimer::timeout, this, [this] { m_window->goToFraction(double(verticalScrollBar()->value()) / kBarSteps); });
    connect(verticalScrollBar(), &QScrollBar::actionTriggered, this, [this](int action) {
        if (action == QAbstractSlider::SliderSingleStepAdd || action == QAbstractSlider::SliderSingleStepSub)
            scrollBy(action == QAbstractSlider::SliderSingleStepAdd ? rowHeight() : -rowHeight());
        else if (action == QAbstractSlider::SliderPageStepAdd || action == QAbstractSlider::SliderPageStepSub)
            scrollBy((action == QAbstractSlider::SliderPageStepAdd ? 1 : -1) * pageRows() * rowHeight());
        else if (action == QAbstractSlider::SliderMove)
            m_jump->start();
        if (action != QAbstractSlider::SliderMove)
            syncBar();
    });
    connect(window, &MessageWindow::reset, this, [this] { onReset(); });
    connect(window, &MessageWindow::rowsInserted, this, [this](int first, int count) { onInserted(first, count); });
    connect(window, &MessageWindow::rowsRemoved, this, [this](int first, int count) { onRemoved(first, count); });
    connect(window, &MessageWindow::stateChanged, viewport(), [this] { viewport()->update(); });
    connect(window, &MessageWindow::spansChanged, this, [this] { syncBar(); });
}

int MessageView::rowHeight() const { return theme::of(this).rowHeight(); }
int MessageView::headHeight() const { return rowHeight() + 2; }
int MessageView::pageRows() const { return qMax(1, (viewport()->height() - headHeight()) / rowHeight()); }

QList<QRect> MessageView::columns(int y, int height) const {
    const QFontMetrics mono(theme::of(this).font(theme::Face::Mono));
    const int digit = mono.horizontalAdvance(QLatin1Char('0'));
    const int width = viewport()->width();
    QList<int> widths{14 * digit, 6 * digit, 13 * digit, 22 * digit, 0, 9 * digit, 24 * digit, 30 * digit};
    // What is left goes to the value; without it to the last one that is text.
    int stretched = -1;
    for (const int column : {ValueColumn, HeadersColumn, KeyColumn, DateColumn, TimeColumn, OffsetColumn, PartitionColumn, SizeColumn})
        if (stretched < 0 && isColumnShown(column))
            stretched = column;
    int fixed = 0;
    for (int i = 0; i < ColumnCount; ++i) {
        widths[i] = isColumnShown(i) ? widths[i] + (i == ValueColumn ? 0 : 2 * kCellPad) : 0;
        fixed += i == stretched ? 0 : widths[i];
    }
    widths[stretched] = qMax(qMax(120, stretched == ValueColumn ? 0 : widths[stretched]), width - fixed);
    QList<QRect> rects(ColumnCount);
    int x = 0;
    for (const int i : kColumnOrder) {
        rects[i] = isColumnShown(i) ? QRect(x + kCellPad, y, widths[i] - 2 * kCellPad, height) : QRect();
        x += widths[i];
    }
    return rects;
}

const MessageView::Texts& MessageView::textsOf(const Record& record) {
    const QPair<int, qint64> id(record.partition, record.offset);
    if (auto* known = m_texts.object(id))
        return *known;
    auto* texts = new Texts;
    if (record.key)
        texts->key = serdes::preview(*record.key, serdes::Format::Automatic, 80);
    if (record.value)
        texts->value = serdes::preview(*record.value);
    for (const auto& header : record.headers) {
        if (texts->headers.size() > 200)
            break;
        texts->headers += (texts->headers.isEmpty() ? QString() : QStringLiteral(", ")) + serdes::safeText(header.name, false).left(60) + u'=' + (header.value ? serdes::preview(*header.value, serdes::Format::Automatic, 60) : tr("null"));
    }
    m_texts.insert(id, texts);
    return *texts;
}

QStringList MessageView::titles() { return {tr("Offset"), tr("Part."), tr("Time"), tr("Key"), tr("Value"), tr("Size"), tr("Date and time"), tr("Headers")}; }

QString MessageView::cellText(int row, int column) {
    if (row < 0 || row >= m_window->rowCount())
        return {};
    const Record& record = m_window->row(row);
    switch (column) {
    case OffsetColumn: return format::count(record.offset);
    case PartitionColumn: return QString::number(record.partition);
    case TimeColumn: return record.timestampMs < 0 ? QStringLiteral("\u2013") : format::clock(record.timestampMs);
    case KeyColumn: return record.key ? textsOf(record).key : tr("no key");
    case ValueColumn: return record.value ? textsOf(record).value : tr("null (a tombstone)");
    case SizeColumn: return format::bytes(record.sizeBytes());
    case DateColumn: return record.timestampMs < 0 ? QStringLiteral("\u2013") : format::dateTime(record.timestampMs);
    case HeadersColumn: return record.headers.isEmpty() ? QString() : textsOf(record).headers;
    default: return {};
    }
}

QRect MessageView::cellRect(int row, int column) const {
    return columns(headHeight() - m_pixel + (row - m_top) * rowHeight(), rowHeight()).value(column);
}

void MessageView::paintEvent(QPaintEvent*) {
    const theme::Theme& theme = theme::of(this);
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), theme.panel);
    const QFont mono = theme.font(theme::Face::Mono);
    const int height = rowHeight();
    const int head = headHeight();
    const int rows = m_window->rowCount();
    const int chosen = currentRow();

    painter.setClipRect(0, head, viewport()->width(), viewport()->height() - head);
    int y = head - m_pixel;
    for (int row = m_top; row < rows && y < viewport()->height(); ++row, y += height) {
        const Record& record = m_window->row(row);
        const QRect line(0, y, viewport()->width(), height);
        if (row == chosen || m_selected.contains({record.partition, record.offset}))
            painter.fillRect(line, theme.select);
        else if (row == m_hovered)
            painter.fillRect(line, theme::mix(theme.select, theme.panel, 0.4));
        painter.setPen(theme::mix(theme.line, theme.panel, 0.7));
        painter.drawLine(line.bottomLeft(), line.bottomRight());
        const auto cells = columns(y, height);
        painter.setFont(mono);
        const QFontMetrics metrics(mono);
        // Among several the current one has a mark of its own.
        if (row == chosen && m_selected.size() > 1)
            painter.fillRect(QRect(0, y, 3, height), theme.accent);
        const auto put = [&](Column column, const QString& text, const QColor& colour, Qt::Alignment alignment) {
            if (!isColumnShown(column))
                return;
            painter.setPen(colour);
            painter.drawText(cells[column], int(alignment | Qt::AlignVCenter) | Qt::TextSingleLine,
                metrics.elidedText(text, Qt::ElideRight, cells[column].width()));
        };
        put(OffsetColumn, cellText(row, OffsetColumn), theme.ink2, Qt::AlignRight);
        put(PartitionColumn, cellText(row, PartitionColumn), theme.ink, Qt::AlignRight);
        put(TimeColumn, cellText(row, TimeColumn), theme.ink2, Qt::AlignLeft);
        put(KeyColumn, cellText(row, KeyColumn), record.key ? theme.ink : theme.ink3, Qt::AlignLeft);
        put(ValueColumn, cellText(row, ValueColumn), record.value ? theme.ink2 : theme.ink3, Qt::AlignLeft);
        put(SizeColumn, cellText(row, SizeColumn), theme.ink3, Qt::AlignRight);
        put(DateColumn, cellText(row, DateColumn), theme.ink2, Qt::AlignLeft);
        put(HeadersColumn, cellText(row, HeadersColumn), theme.ink2, Qt::AlignLeft);
    }
    painter.setClipping(false);

    // The head stays while rows pass under it.
    painter.fillRect(0, 0, viewport()->width(), head, theme.panel);
    painter.setFont(theme.font(theme::Face::Small));
    painter.setPen(theme.ink2);
    const QStringList heads = titles();
    const auto cells = columns(0, head);
    for (int i = 0; i < ColumnCount; ++i) {
        if (!isColumnShown(i))
            continue;
        const bool right = i == OffsetColumn || i == PartitionColumn || i == SizeColumn;
        painter.drawText(cells[i], int((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter), heads[i]);
    }
    painter.setPen(theme.line);
    painter.drawLine(0, head - 1, viewport()->width(), head - 1);
    if (hasFocus()) {
        painter.setPen(QPen(theme.accent, theme::kFocusRing));
        painter.setBrush(Qt::NoBrush);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.drawRoundedRect(QRectF(viewport()->rect()).adjusted(1, 1, -1, -1), theme::kControlRadius, theme::kControlRadius);
    }
}

const Record* MessageView::current() const {
    const int row = currentRow();
    return row < 0 ? nullptr : &m_window->row(row);
}

int MessageView::currentRow() const { return m_partition < 0 ? -1 : m_window->indexOf(m_partition, m_offset); }

bool MessageView::choose(int partition, qint64 offset) {
    const int row = m_window->indexOf(partition, offset);
    if (row < 0)
        return false;
    take(row, Take::Only);
    return true;
}

void MessageView::setCurrentRow(int row) {
    if (row < 0 || row >= m_window->rowCount())
        return;
    const Record& record = m_window->row(row);
    const bool same = record.partition == m_partition && record.offset == m_offset;
    m_partition = record.partition;
    m_offset = record.offset;
    showRow(row);
    viewport()->update();
    if (!same) {
        tellCurrent(this);
        emit currentChanged();
    }
}

void MessageView::showRow(int row) {
    if (row < m_top || (row == m_top && m_pixel > 0))
        setTop(row);
    else if (row >= m_top + pageRows())
        setTop(row - pageRows() + 1);
}

void MessageView::setTop(int row, int pixel) {
    const int rows = m_window->rowCount();
    const int last = qMax(0, rows - pageRows());
    if (row >= last) {
        row = last;
        pixel = 0;
        // The last row rests on the lower edge.
        const int spare = viewport()->height() - headHeight() - pageRows() * rowHeight();
        if (rows > pageRows() && spare > 0 && last > 0) {
            row = last - 1;
            pixel = rowHeight() - spare;
        }
    }
    m_top = qMax(0, row);
    m_pixel = row < 0 ? 0 : pixel;
    tellVisible();
    syncBar();
    viewport()->update();
}

void MessageView::scrollBy(int pixels) {
    const int height = rowHeight();
    const qint64 at = qMax<qint64>(0, qint64(m_top) * height + m_pixel + pixels);
    setTop(int(at / height), int(at % height));
}

void MessageView::tellVisible() {
    if (m_window->rowCount() > 0)
        m_window->setVisible(m_top, qMin(m_window->rowCount() - 1, m_top + pageRows()));
}

void MessageView::syncBar() {
    if (m_syncing || verticalScrollBar()->isSliderDown())
        return;
    m_syncing = true;
    const qint64 total = qMax<qint64>(1, m_window->totalOffsets());
    verticalScrollBar()->setPageStep(int(qBound(qint64(kBarSteps / 200), qint64(pageRows()) * kBarSteps / total, qint64(kBarSteps))));
    double fraction = 0;
    if (m_window->rowCount() > 0)
        fraction = showsEnd() && m_window->atEnd() ? 1 : m_window->atBeginning() && m_top == 0 && m_pixel == 0 ? 0 : m_window->fractionAt(m_top);
    verticalScrollBar()->setVisible(m_window->rowCount() > pageRows());
    verticalScrollBar()->setValue(int(fraction * kBarSteps));
    m_syncing = false;
}

bool MessageView::showsEnd() const {
    const int rows = m_window->rowCount();
    return rows == 0 || (rows - m_top) * rowHeight() - m_pixel <= viewport()->height() - headHeight();
}

void MessageView::goToEnd() { setTop(m_window->rowCount()); }

void MessageView::onReset() {
    m_texts.clear();
    if (m_window->anchorAtBottom())
        setTop(m_window->anchorRow() - pageRows() + 1);
    else
        setTop(m_window->anchorRow());
    if (current() == nullptr) {
        // The panes below are never empty without need: the row at the anchor is the current one.
        m_partition = -1;
        if (m_window->rowCount() > 0 && m_selected.size() <= 1)
            take(qBound(0, m_window->anchorRow(), m_window->rowCount() - 1), Take::Only);
        else if (m_window->rowCount() > 0)
            setCurrentRow(qBound(0, m_window->anchorRow(), m_window->rowCount() - 1)); // what was selected stays
        else
            emit currentChanged();
    }
}

void MessageView::onInserted(int first, int count) {
    const bool following = m_window->isLive() && first > 0 && first + count == m_window->rowCount() && (first - m_top) * rowHeight() - m_pixel <= viewport()->height() - headHeight();
    if (first <= m_top && m_window->rowCount() > count)
        m_top += count; // what came before the reader does not move the row under the reader
    if (following)
        goToEnd();
    tellVisible();
    syncBar();
    viewport()->update();
}

void MessageView::onRemoved(int first, int count) {
    if (first < m_top)
        m_top = qMax(first, m_top - count);
    m_top = qBound(0, m_top, qMax(0, m_window->rowCount() - 1));
    syncBar();
    viewport()->update();
}

int MessageView::rowAt(const QPoint& position) const {
    if (position.y() < headHeight())
        return -1;
    const int row = m_top + (position.y() - headHeight() + m_pixel) / rowHeight();
    return row < m_window->rowCount() ? row : -1;
}

void MessageView::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    // Who looked at the end, or at the current row, still does: the panes below come when the first messages are there.
    const int before = event->oldSize().height() - headHeight();
    const bool end = before > 0 && m_window->rowCount() > 0 && (m_window->rowCount() - m_top) * rowHeight() - m_pixel <= before;
    const int row = currentRow();
    const bool seen = row >= m_top && (row - m_top) * rowHeight() - m_pixel < before;
    setTop(m_top, m_pixel);
    if (end)
        goToEnd();
    else if (seen)
        showRow(row);
}

void MessageView::wheelEvent(QWheelEvent* event) {
    const int pixels = !event->pixelDelta().isNull() ? event->pixelDelta().y() : event->angleDelta().y() * 3 * rowHeight() / 120;
    scrollBy(-pixels);
    event->accept();
}

void MessageView::keyPressEvent(QKeyEvent* event) {
    const int row = currentRow();
    const int base = row < 0 ? m_top : row;
    if (event->matches(QKeySequence::Copy))
        return copySelected();
    if (event->matches(QKeySequence::SelectAll))
        return selectAll();
    const Take how = event->modifiers() & Qt::ShiftModifier ? Take::Range : Take::Only;
    switch (event->key()) {
    case Qt::Key_Down: return take(row < 0 ? m_top : qMin(base + 1, m_window->rowCount() - 1), how);
    case Qt::Key_Up: return take(qMax(0, base - 1), how);
    case Qt::Key_PageDown: return take(qMin(base + pageRows(), m_window->rowCount() - 1), how);
    case Qt::Key_PageUp: return take(qMax(0, base - pageRows()), how);
    case Qt::Key_Space: return take(row, event->modifiers() & Qt::ControlModifier ? Take::Toggle : Take::Only);
    case Qt::Key_Home:
        if (m_window->atBeginning())
            return take(0, how);
        return m_window->goToFraction(0);
    case Qt::Key_End:
        if (m_window->atEnd()) {
            take(m_window->rowCount() - 1, how);
            return goToEnd();
        }
        return m_window->goToEnd();
    case Qt::Key_Return:
    case Qt::Key_Enter: emit activated(); return;
    default: QAbstractScrollArea::keyPressEvent(event);
    }
}

void MessageView::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton)
        take(rowAt(event->pos()), event->modifiers() & Qt::ShiftModifier ? Take::Range : event->modifiers() & Qt::ControlModifier ? Take::Toggle : Take::Only);
    else if (const int row = rowAt(event->pos()); event->button() == Qt::RightButton && row >= 0 && !isSelected(row))
        take(row, Take::Only);
}

void MessageView::mouseDoubleClickEvent(QMouseEvent* event) {
    if (rowAt(event->pos()) >= 0)
        emit activated();
}

void MessageView::mouseMoveEvent(QMouseEvent* event) {
    const int row = rowAt(event->pos());
    if (row != m_hovered) {
        m_hovered = row;
        viewport()->update();
    }
}

void MessageView::leaveEvent(QEvent* event) {
    m_hovered = -1;
    viewport()->update();
    QAbstractScrollArea::leaveEvent(event);
}

void MessageView::changeEvent(QEvent* event) {
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange || event->type() == QEvent::PaletteChange)
        viewport()->update();
}

void MessageView::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void MessageView::focusOutEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

QString MessageView::textOf(const Record& record) {
    const QString key = record.key ? serdes::safeText(*record.key, true) : QString();
    const QString value = record.value ? serdes::safeText(*record.value, true) : QString();
    return key.isEmpty() ? value : key + QLatin1Char('\t') + value;
}

QString MessageView::textOfCurrent() const {
    const Record* record = current();
    return record == nullptr ? QString() : textOf(*record);
}

} // namespace ui::messages
