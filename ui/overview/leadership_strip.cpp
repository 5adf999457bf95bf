#include "ui/overview/leadership_strip.h"

#include "models/base/format.h"
#include "models/base/snapshot_table_model.h"
#include "ui/theme/style.h"
#include "ui/widgets/accessible.h"
#include "ui/widgets/button.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/table_view.h"

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QMenu>
#include <QPainter>
#include <QToolTip>
#include <QVBoxLayout>

namespace ui::overview {

namespace format = models::format;

namespace {

constexpr int kRow = 23;
constexpr int kBar = 15;

struct SpanRow {
    int broker = 0;
    LeadershipSpan span;
    bool operator==(const SpanRow&) const = default;
};

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Overview)
};

QString wordOf(const LeadershipSpan& span) {
    switch (span.standing) {
    case Standing::Down: return Text::tr("down");
    case Standing::Paused: return Text::tr("paused");
    case Standing::Up: return Text::tr("leads %n partition(s)", nullptr, span.leaders);
    }
    return {};
}

class SpanTable : public models::SnapshotTableModel<SpanRow> {
public:
    explicit SpanTable(QObject* parent)
        : SnapshotTableModel({{QStringLiteral("broker"), Text::tr("Broker"), true}, {QStringLiteral("from"), Text::tr("From")}, {QStringLiteral("to"), Text::tr("To")},
                                 {QStringLiteral("state"), Text::tr("State")}},
              parent) {}

protected:
    QString keyOf(const SpanRow& row) const override { return QStringLiteral("%1:%2").arg(row.broker).arg(row.span.fromMs); }
    QVariant cell(const SpanRow& row, int column, int role) const override {
        if (role == models::SortRole)
            return column == 0 ? QVariant(row.broker) : column == 1 ? QVariant(row.span.fromMs) : column == 2 ? QVariant(row.span.toMs) : QVariant(wordOf(row.span));
        if (role != Qt::DisplayRole)
            return {};
        switch (column) {
        case 0: return row.broker;
        case 1: return format::clock(row.span.fromMs);
        case 2: return format::clock(row.span.toMs);
        default: return wordOf(row.span);
        }
    }
};

} // namespace

LeadershipStrip::LeadershipStrip(const LeadershipHistory* history, charts::TimeAxis* axis, QWidget* parent)
    : QWidget(parent), m_history(history), m_axis(axis), m_table(widgets::localAction(this, tr("Show as table"), [this] {
    widgets::setAccessibleRole(this, QAccessible::Chart); showAsTable(); })) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMouseTracking(true);
    setAccessibleName(tr("Who led how many partitions"));
    connect(axis, &charts::TimeAxis::moved, this, [this] { update(); });
    connect(axis, &charts::TimeAxis::cursorMoved, this, [this] { update(); });
}

void LeadershipStrip::refresh() {
    updateGeometry();
    update();
    setAccessibleDescription(summary());
}

QString LeadershipStrip::summary() const {
    QStringList parts;
    for (const int id : m_history->brokers()) {
        const auto spans = m_history->spans(id, 0, m_axis->nowMs() + 1);
        if (!spans.isEmpty())
            parts.append(tr("broker %1 %2 since %3").arg(id).arg(wordOf(spans.last()), format::clock(spans.last().fromMs, false)));
    }
    return parts.join(QStringLiteral("; "));
}

QSize LeadershipStrip::sizeHint() const { return {600, std::max<int>(1, static_cast<int>(m_history->brokers().size())) * kRow}; }

int LeadershipStrip::labelWidth() const {
    const QFontMetrics metrics(theme::of(this).font(theme::Face::Small));
    return metrics.horizontalAdvance(tr("Broker %1").arg(m_history->brokers().isEmpty() ? 0 : m_history->brokers().last())) + 16;
}

QRect LeadershipStrip::barOf(int row) const {
    const int label = labelWidth();
    const QRect bar(label, row * kRow + (kRow - kBar) / 2, width() - label, kBar);
    return bar;
}

qint64 LeadershipStrip::timeAt(int x) const {
    const QRect bar = barOf(0);
    return m_axis->fromMs() + static_cast<qint64>(static_cast<double>(x - bar.left()) / std::max(1, bar.width()) * static_cast<double>(m_axis->spanMs()));
}

void LeadershipStrip::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    painter.setLayoutDirection(Qt::LeftToRight); // time runs to the right, as in the charts
    const QFont small = t.font(theme::Face::Small);
    const QFontMetrics metrics(small);
    painter.setFont(small);
    const auto ids = m_history->brokers();
    for (int row = 0; row < ids.size(); ++row) {
        const QRect bar = barOf(row);
        painter.setPen(t.ink2);
        painter.drawText(QRect(0, row * kRow, bar.left() - 8, kRow), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, tr("Broker %1").arg(ids[row]));
        theme::drawBox(&painter, bar, t.sunken, {}, 3); // what nobody watched
        const double scale = static_cast<double>(bar.width()) / static_cast<double>(m_axis->spanMs());
        const auto spans = m_history->spans(ids[row], m_axis->fromMs(), m_axis->toMs(), static_cast<qint64>(3 / scale));
        for (qsizetype i = 0; i < spans.size(); ++i) {
            const auto& span = spans[i];
            const double left = bar.left() + static_cast<double>(span.fromMs - m_axis->fromMs()) * scale + (i > 0 ? 1 : 0);
            const double right = bar.left() + static_cast<double>(span.toMs - m_axis->fromMs()) * scale - (i + 1 < spans.size() ? 1 : 0);
            const QColor colour = span.standing == Standing::Down ? t.bad : span.standing == Standing::Paused ? t.warn : t.accent;
            // A gap of the panel's colour between two states.
            if (i > 0)
                painter.fillRect(QRectF(left - 2, bar.top(), 2, bar.height()), t.panel);
            const QRectF box(left, bar.top(), std::max(2.0, right - left), bar.height());
            theme::drawBox(&painter, box, theme::mix(colour, t.panel, span.standing == Standing::Up ? 0.30 : 0.24), {}, 3);
            const int room = static_cast<int>(box.width()) - 12;
            QString text = wordOf(span);
            if (span.standing == Standing::Up && metrics.horizontalAdvance(text) > room)
                text = tr("leads %1").arg(span.leaders);
            if (span.standing == Standing::Up && metrics.horizontalAdvance(text) > room)
                text = QString::number(span.leaders);
            if (metrics.horizontalAdvance(text) <= room) {
                painter.setPen(t.ink);
                painter.drawText(box.adjusted(6, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft | Qt::TextSingleLine, text);
            }
        }
    }
    if (m_axis->cursorMs() >= m_axis->fromMs() && m_axis->cursorMs() <= m_axis->toMs() && !ids.isEmpty()) {
        const QRect bar = barOf(0);
        const double x = bar.left() + static_cast<double>(m_axis->cursorMs() - m_axis->fromMs()) / static_cast<double>(m_axis->spanMs()) * bar.width();
        painter.setPen(QPen(t.ink3, 1));
        painter.drawLine(QPointF(std::floor(x) + 0.5, 0), QPointF(std::floor(x) + 0.5, height()));
    }
}

bool LeadershipStrip::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const auto ids = m_history->brokers();
        const int row = help->pos().y() / kRow;
        if (row >= 0 && row < ids.size()) {
            const qint64 time = timeAt(help->pos().x());
            for (const auto& span : m_history->spans(ids[row], m_axis->fromMs(), m_axis->toMs())) {
                if (time >= span.fromMs && time < span.toMs) {
                    QToolTip::showText(help->globalPos(), tr("Broker %1 %2, %3 to %4").arg(ids[row]).arg(wordOf(span), format::clock(span.fromMs), format::clock(span.toMs)), this);
                    return true;
                }
            }
        }
        QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void LeadershipStrip::mouseMoveEvent(QMouseEvent* event) {
    const auto x = event->position().toPoint().x();
    m_axis->setCursor(x >= barOf(0).left() && x <= barOf(0).right() ? timeAt(x) : -1);
}

void LeadershipStrip::leaveEvent(QEvent* event) {
    m_axis->setCursor(-1);
    QWidget::leaveEvent(event);
}

void LeadershipStrip::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    menu.addAction(m_table);
    menu.exec(event->globalPos());
}

void LeadershipStrip::showAsTable() {
    auto* dialog = new widgets::Dialog(tr("Who led how many partitions"), summary(), this);
    auto* model = new SpanTable(dialog);
    QList<SpanRow> rows;
    for (const int id : m_history->brokers())
        for (const auto& span : m_history->spans(id, m_axis->fromMs(), m_axis->toMs()))
            rows.append({id, span});
    model->setRows(rows);
    auto* table = new widgets::TableView(dialog);
    table->setSource(model);
    table->setAccessibleName(tr("Who led how many partitions"));
    table->setInitialWidths({{QStringLiteral("broker"), 80}, {QStringLiteral("from"), 130}, {QStringLiteral("to"), 130}}, QStringLiteral("state"));
    dialog->setBodyMargins(false);
    dialog->body()->addWidget(table, 1);
    dialog->setPanelSize({640, 480});
    dialog->addChoice(tr("Close"), theme::ButtonKind::Primary, [dialog] { dialog->dismiss(); });
    dialog->open();
}

} // namespace ui::overview
