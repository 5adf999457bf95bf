// A chart as a file: what it shows as a picture, and its numbers.
#include "models/base/csv.h"
#include "ui/charts/chart_legend.h"
#include "ui/charts/chart_table.h"
#include "ui/charts/time_chart.h"
#include "ui/theme/style.h"

#include <QDateTime>
#include <QFileDialog>
#include <QFileInfo>
#include <QImage>
#include <QImageWriter>
#include <QPainter>
#include <QPixmap>
#include <QRegularExpression>
#include <QSaveFile>
#include <cmath>

namespace ui::charts {
namespace {

constexpr QSize kPlotSize(1120, 420); ///< at scale 1, whatever room the window gives the chart
constexpr double kScale = 2;
constexpr int kMargin = 20;
constexpr int kHeadHeight = 28;

/// "messages-per-second-2026-11-26-1403": what a name of a file may be everywhere.
QString fileNameOf(const QString& title, qint64 timeMs) {
    static const QRegularExpression others(QStringLiteral("[^a-z0-9]+"));
    QString name = title.toLower().replace(others, QStringLiteral("-")).left(60);
    while (name.endsWith(u'-'))
        name.chop(1);
    return name + (name.isEmpty() ? QString() : QStringLiteral("-")) + QDateTime::fromMSecsSinceEpoch(timeMs).toString(QStringLiteral("yyyy-MM-dd-HHmm"));
}

} // namespace

QImage TimeChart::picture() {
    const theme::Theme& t = theme::of(this);
    // A chart of its own, as wide as a page: the one in the window may be a strip.
    TimeChart wide(m_title, m_unit, m_store, m_axis);
    wide.m_forPicture = true;
    wide.m_emptyText = m_emptyText;
    wide.m_colours = m_colours;
    wide.m_past->take(*m_past);
    wide.setAttribute(Qt::WA_DontShowOnScreen);
    wide.resize(kPlotSize);
    wide.m_plot->fit(kPlotSize);
    wide.m_lines = m_lines;
    wide.refresh();
    const QPixmap plot = wide.m_plot->picture(kScale);

    QImage image(QSize(kPlotSize.width() + 2 * kMargin, kPlotSize.height() + kHeadHeight + 2 * kMargin) * kScale, QImage::Format_RGB32);
    image.fill(t.panel);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.drawPixmap(QPointF(kMargin, kMargin + kHeadHeight) * kScale, plot);
    painter.scale(kScale, kScale);
    painter.setFont(t.font(theme::Face::Medium));
    painter.setPen(t.ink);
    const QRect head(kMargin, kMargin, kPlotSize.width(), kHeadHeight - 8);
    painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, m_title);
    const int titleWidth = painter.fontMetrics().horizontalAdvance(m_title);
    painter.setFont(t.font(theme::Face::Small));
    painter.setPen(t.ink2);
    const QString when = tr("%1 to %2").arg(QLocale().toString(QDateTime::fromMSecsSinceEpoch(m_axis->fromMs()), QStringLiteral("d MMM yyyy HH:mm:ss")),
        momentLabel(m_axis->toMs(), m_axis->fromMs()));
    painter.drawText(head.adjusted(titleWidth + 14, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, when);
    // Names from the right end on, as far as there is room beside the title.
    int right = head.right();
    const int least = head.left() + titleWidth + 14 + painter.fontMetrics().horizontalAdvance(when) + 24;
    for (qsizetype i = m_lines.size(); i-- > 0;) {
        const QString name = painter.fontMetrics().elidedText(m_lines[i].name, Qt::ElideMiddle, 220);
        const int width = painter.fontMetrics().horizontalAdvance(name);
        if (right - width - 16 < least)
            break;
        painter.setPen(t.ink2);
        painter.drawText(QRect(right - width, head.top(), width + 1, head.height()), Qt::AlignVCenter | Qt::TextSingleLine, name);
        theme::drawBox(&painter, QRectF(right - width - 16, head.center().y() - 1, 10, 3), t.series[static_cast<std::size_t>(m_colours.value(m_lines[i].name)) % t.series.size()], {}, 1.5);
        right -= width + 34;
    }
    painter.end();
    image.setDotsPerMeterX(static_cast<int>(3780 * kScale)); // not before: fonts are in points
    image.setDotsPerMeterY(static_cast<int>(3780 * kScale));
    return image;
}

QString TimeChart::csv() const {
    QStringList cells{QStringLiteral("time")};
    for (const auto& line : m_lines)
        cells.append(models::csvCell(line.name));
    QString text = cells.join(u',') + u'\n';
    const auto all = rows();
    for (auto row = all.crbegin(); row != all.crend(); ++row) { // a file begins with the oldest
        cells = {QDateTime::fromMSecsSinceEpoch(row->timeMs).toOffsetFromUtc(QDateTime::fromMSecsSinceEpoch(row->timeMs).offsetFromUtc()).toString(Qt::ISODateWithMs)};
        for (const double value : row->values)
            cells.append(std::isnan(value) ? QString() : QString::number(value, 'g', 12));
        text += cells.join(u',') + u'\n';
    }
    return text;
}

QString TimeChart::saveTo(const QString& path, Format format) {
    QSaveFile file(path);
    bool good = file.open(QIODevice::WriteOnly);
    if (good && format == Format::Png) {
        QImageWriter writer(&file, "png");
        good = writer.write(picture());
    } else if (good) {
        const QByteArray bytes = csv().toUtf8();
        good = file.write(bytes) == bytes.size();
    }
    if (good && file.commit())
        return {};
    return tr("%1 could not be written: %2. Choose another folder.").arg(path, file.errorString());
}

void TimeChart::saveAs(Format format) {
    const bool png = format == Format::Png;
    // Chosen at a moment: the file has what was seen then, however long the dialog stands.
    const QString name = fileNameOf(m_title, m_axis->toMs()) + (png ? QStringLiteral(".png") : QStringLiteral(".csv"));
    const bool live = m_axis->isLive();
    m_axis->setLive(false);
    QString path = QFileDialog::getSaveFileName(this, png ? tr("Save the chart as a picture") : tr("Save the chart as CSV"), name, png ? tr("Picture (*.png)") : tr("CSV (*.csv)"));
    if (!path.isEmpty()) {
        if (!QFileInfo(path).fileName().contains(u'.'))
            path += png ? QStringLiteral(".png") : QStringLiteral(".csv");
        const QString problem = saveTo(path, format);
        problem.isEmpty() ? emit saved(path) : emit failed(problem);
    }
    if (live)
        m_axis->setLive(true);
}

} // namespace ui::charts
