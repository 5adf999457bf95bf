#include "ui/widgets/label.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QMenu>
#include <QPainter>
#include <QResizeEvent>
#include <QToolTip>
#include <cmath>

namespace ui::widgets {

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

QSize PlainLabel::sizeHint() const {
    const QFontMetrics metrics(faceFont());
    if (m_formRow)
        return {60, std::max(metrics.height(), heightForWidth(width()))};
    if (wordWrap()) {
        const int width = std::min({metrics.horizontalAdvance(text()) + 2, 420, maximumWidth()});
        return {width, metrics.boundingRect(QRect(0, 0, width, 100000), Qt::TextWordWrap | static_cast<int>(alignment()), text()).height()};
    }
    const QSize size = metrics.size(0, text());
    return {size.width() + 1, std::max(size.height(), metrics.height())};
}

QSize PlainLabel::minimumSizeHint() const {
    const QFontMetrics metrics(faceFont());
    if (m_formRow)
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
    // A layout that centres a label asks with its own width, and then gives the label no more than it may have.
    const int given = maximumWidth() < QWIDGETSIZE_MAX ? std::min({width, maximumWidth(), std::max(minimumWidth(), sizeHint().width())}) : width;
    return QFontMetrics(faceFont()).boundingRect(QRect(0, 0, given, 100000), Qt::TextWordWrap | static_cast<int>(alignment()), text()).height();
}

void PlainLabel::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    painter.setFont(faceFont());
    const QColor ink = t.colour(m_ink);
    painter.setPen(isEnabled() ? ink : theme::mix(ink, t.panel, 0.45));
    const QRect box = contentsRect();
    if (wordWrap() || text().contains(u'\n')) {
        painter.drawText(box, static_cast<int>(alignment()) | Qt::TextWordWrap, text());
        return;
    }
    const QString shown = shownIn(box.width());
    painter.drawText(box, static_cast<int>(alignment()) | Qt::TextSingleLine, shown);
}

QString PlainLabel::shownIn(int width) const {
    const QFontMetrics metrics(faceFont());
    if (m_elide == Qt::ElideNone)
        return text();
    if (!m_givesWay || m_elide != Qt::ElideRight || metrics.horizontalAdvance(text()) <= width)
        return metrics.elidedText(text(), m_elide, width);
    // "12 partitions, 48,8…" would be read as another number: whole parts go, as long as one is left.
    static const QStringList between{QStringLiteral("    "), QStringLiteral("  \u00b7  "), QStringLiteral(", ")};
    for (const auto& separator : between) {
        for (auto end = text().lastIndexOf(separator); end > 0; end = text().lastIndexOf(separator, end - 1)) {
            const QString shorter = text().left(end) + QStringLiteral(" \u2026");
            if (metrics.horizontalAdvance(shorter) <= width)
                return shorter;
        }
    }
    return metrics.elidedText(text(), m_elide, width);
}

bool PlainLabel::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && !wordWrap() && QFontMetrics(faceFont()).horizontalAdvance(text()) > width()) {
        QToolTip::showText(static_cast<QHelpEvent*>(event)->globalPos(), QStringLiteral("<span>%1</span>").arg(text().toHtmlEscaped()), this);
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
