#include "ui/theme/icons.h"

#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

namespace ui::theme {

QPixmap iconPixmap(const QString& name, int size, const QColor& colour, double devicePixelRatio, const QColor& second) {
    const QString key = QStringLiteral("samsa-icon/%1/%2/%3/%4/%5").arg(name).arg(size).arg(colour.rgba()).arg(second.rgba()).arg(devicePixelRatio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    QFile file(QStringLiteral(":/samsa/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QByteArray svg = file.readAll();
    svg.replace("currentColor", colour.name().toLatin1());
    svg.replace("secondColor", (second.isValid() ? second : colour).name().toLatin1());
    QSvgRenderer renderer(svg);
    pixmap = QPixmap(QSize(size, size) * devicePixelRatio);
    pixmap.setDevicePixelRatio(devicePixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setOpacity(colour.alphaF());
    renderer.render(&painter, QRectF(0, 0, size, size));
    painter.end();
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

namespace {

class ThemedIconEngine : public QIconEngine {
public:
    ThemedIconEngine(QString name, Ink ink) : m_name(std::move(name)), m_ink(ink) {}
    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override { drawIcon(painter, rect, m_name, colour(mode)); }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override {
        return iconPixmap(m_name, size.height(), colour(mode), 1.0);
    }
    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal scale) override {
        QPixmap pixmap = iconPixmap(m_name, qRound(size.height() / scale), colour(mode), scale);
        return pixmap;
    }
    QIconEngine* clone() const override { return new ThemedIconEngine(m_name, m_ink); }

private:
    [[nodiscard]] QColor colour(QIcon::Mode mode) const {
        const Theme& theme = of(nullptr);
        return mode == QIcon::Disabled ? mix(theme.ink, theme.panel, 0.42) : theme.colour(m_ink);
    }
    QString m_name;
    Ink m_ink;
};

} // namespace

QIcon icon(const QString& name, Ink ink) { return name.isEmpty() ? QIcon() : QIcon(new ThemedIconEngine(name, ink)); }

void drawIcon(QPainter* painter, const QRect& rect, const QString& name, const QColor& colour, const QColor& second) {
    const int size = std::min(rect.width(), rect.height());
    const QPixmap pixmap = iconPixmap(name, size, colour, painter->device()->devicePixelRatioF(), second);
    painter->drawPixmap(rect.x() + (rect.width() - size) / 2, rect.y() + (rect.height() - size) / 2, pixmap);
}

} // namespace ui::theme
