#include "ui/widgets/label.h"

#include "models/base/format.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QMenu>
#include <QPainter>
#include <QResizeEvent>
#include <QStyle>
#include <QTextLayout>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace ui::widgets {

namespace {

/// Lines one below the other, the first at 0; their height.
int breakLines(QTextLayout& layout, int width, Qt::Alignment alignment, Qt::LayoutDirection direction) {
    QTextOption option(QStyle::visualAlignment(direction, alignment) & Qt::AlignHorizontal_Mask);
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(direction);
    layout.setTextOption(option);
    layout.setCacheEnabled(true);
    const double leading = QFontMetricsF(layout.font()).leading();
    double y = 0;
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(std::max(1, width));
        line.setPosition(QPointF(0, y));
        y += line.height() + leading;
    }
    layout.endLayout();
    return static_cast<int>(std::ceil(y - leading));
}

} // namespace

PlainLabel::PlainLabel(const QString& text, QWidget* parent, theme::Face face, theme::Ink ink) : QLabel(parent), m_face(face), m_ink(ink) {
    setTextFormat(Qt::PlainText);
    setText(text);
}

void PlainLabel::setFace(theme::Face face) {
    m_face = face;
    updateGeometry();
    update();
}

void PlainLabel::setInk(theme::Ink ink) {
    m_ink = ink;
    update();
}

void PlainLabel::setElide(Qt::TextElideMode mode) {
    m_elide = mode;
    updateGeometry();
}

PlainLabel* PlainLabel::asFormRow() {
    m_formRow = true;
    setWordWrap(true);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    return this;
}

void PlainLabel::resizeEvent(QResizeEvent* event) {
    QLabel::resizeEvent(event);
    if (m_formRow && event->size().width() != event->oldSize().width())
        updateGeometry();
}

QFont PlainLabel::faceFont() const { return theme::of(this).font(m_face); }

QString PlainLabel::shownText() const {
    QString shown = models::format::inOrder(text());
    if (wordWrap() || shown.contains(u'\n'))
        shown.replace(u'\n', QChar::LineSeparator);
    return shown;
}

int PlainLabel::heightAt(int width) const {
    QTextLayout layout(shownText(), faceFont());
    return breakLines(layout, width, alignment(), layoutDirection());
}

PlainLabel* PlainLabel::lines(int most) {
    m_linesMax = most;
    m_givesWay = true;
    setWordWrap(true);
    updateGeometry();
    return this;
}

QSize PlainLabel::sizeHint() const {
    const QFontMetrics metrics(faceFont());
    if (m_linesMax > 0)
        return {60, m_linesMax * metrics.lineSpacing()};
    if (m_formRow)
        return {60, std::max(metrics.height(), heightForWidth(width()))};
    if (wordWrap()) {
        const int width = std::min({metrics.horizontalAdvance(shownText()) + 2, 420, maximumWidth()});
        return {width, heightAt(width)};
    }
    const QSize size = metrics.size(0, shownText());
    return {size.width() + 1, std::max(size.height(), metrics.height())};
}

QSize PlainLabel::minimumSizeHint() const {
    const QFontMetrics metrics(faceFont());
    if (m_formRow || m_linesMax > 0)
        return sizeHint();
    if (wordWrap())
        return {60, metrics.height()};
    if (m_elide == Qt::ElideNone)
        return sizeHint();
    return {std::min(sizeHint().width(), metrics.averageCharWidth() * 4), metrics.height()};
}

int PlainLabel::heightForWidth(int width) const {
    if (!wordWrap())
        return -1;
    if (m_linesMax > 0)
        return sizeHint().height();
    // A layout that centres a label asks with its own width, and then gives the label no more than it may have.
    const int given = maximumWidth() < QWIDGETSIZE_MAX ? std::min({width, maximumWidth(), std::max(minimumWidth(), sizeHint().width())}) : width;
    return heightAt(given);
}

void PlainLabel::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    painter.setFont(faceFont());
    const QColor ink = t.colour(m_ink);
    painter.setPen(isEnabled() ? ink : theme::mix(ink, t.panel, 0.45));
    const QRect box = contentsRect();
    if (!wordWrap() && !text().contains(u'\n')) {
        painter.drawText(box, static_cast<int>(alignment()) | Qt::TextSingleLine, shownIn(box.width()));
        return;
    }
    QString shown = shownText();
    const QFont font = faceFont();
    QTextLayout layout(shown, font);
    int height = breakLines(layout, box.width(), alignment(), layoutDirection());
    if (m_linesMax > 0 && layout.lineCount() > m_linesMax) {
        const int last = layout.lineAt(m_linesMax - 1).textStart();
        QString tail = QFontMetrics(font).elidedText(shown.mid(last), Qt::ElideRight, box.width());
        // "since 03:…" would be read as another time: a word with a figure goes whole.
        if (const auto space = tail.lastIndexOf(u' '); space > 0 && std::any_of(tail.begin() + space, tail.end(), [](QChar c) { return c.isDigit(); }))
            tail = tail.left(space + 1) + QChar(0x2026);
        shown = shown.left(last) + tail;
        layout.setText(shown);
        height = breakLines(layout, box.width(), alignment(), layoutDirection());
    }
    const int room = box.height() - height;
    layout.draw(&painter, QPointF(box.left(), box.top() + (alignment() & Qt::AlignVCenter ? room / 2 : alignment() & Qt::AlignBottom ? room : 0)));
}

bool PlainLabel::isCut() const {
    if (m_linesMax > 0)
        return heightAt(width()) > height() + 1;
    return !wordWrap() && QFontMetrics(faceFont()).horizontalAdvance(shownText()) > width();
}

QString PlainLabel::shownIn(int width) const {
    const QFontMetrics metrics(faceFont());
    const QString whole = shownText();
    if (m_elide == Qt::ElideNone)
        return whole;
    if (!m_givesWay || m_elide != Qt::ElideRight || metrics.horizontalAdvance(whole) <= width)
        return metrics.elidedText(whole, m_elide, width);
    // "12 partitions, 48,8…" would be read as another number: whole parts go, as long as one is left.
    static const QStringList between{QStringLiteral("    "), QStringLiteral("  \u00b7  "), QStringLiteral(", ")};
    for (const auto& separator : between) {
        for (auto end = whole.lastIndexOf(separator); end > 0; end = whole.lastIndexOf(separator, end - 1)) {
            const QString shorter = whole.left(end) + QStringLiteral(" \u2026");
            if (metrics.horizontalAdvance(shorter) <= width)
                return shorter;
        }
    }
    return metrics.elidedText(whole, m_elide, width);
}

bool PlainLabel::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && isCut()) {
        QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), QStringLiteral("<span>%1</span>").arg(models::format::inOrder(text()).toHtmlEscaped()), this);
        return true;
    }
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange)
        updateGeometry();
    return QLabel::event(event);
}

void PlainLabel::contextMenuEvent(QContextMenuEvent* event) {
    if (text().isEmpty())
        return;
    QMenu menu(this);
    menu.addAction(tr("Copy"), this, [this] { QApplication::clipboard()->setText(text()); });
    menu.exec(event->globalPos());
}

void PlainLabel::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && rect().contains(event->pos()))
        emit clicked();
    QLabel::mouseReleaseEvent(event);
}

} // namespace ui::widgets
