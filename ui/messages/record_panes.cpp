#include "ui/messages/record_panes.h"

#include "models/base/format.h"
#include "ui/theme/theme.h"
#include "ui/widgets/accessible.h"
#include "ui/widgets/card.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/state_view.h"

#include <QEvent>
#include <QHeaderView>
#include <QPainter>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTreeWidget>
#include <QTreeWidgetItemIterator>
#include <functional>

namespace ui::messages {

namespace serdes = models::serdes;
namespace format = models::format;
using models::client::Record;

namespace {
constexpr int kBytesPerLine = 16;
constexpr qsizetype kNodesMax = 5000;
enum ItemRole { BeginRole = Qt::UserRole, EndRole };
enum Shown { TreeShown, TextShown, HexShown };
} // namespace

// ---- bytes --------------------------------------------------------------------------------------------------------------

HexView::HexView(QWidget* parent) : QAbstractScrollArea(parent) {
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    widgets::setAccessibleRole(this, QAccessible::StaticText);
    setAccessibleName(tr("Bytes of the value"));
    viewport()->setAutoFillBackground(false);
}

int HexView::lineHeight() const { return QFontMetrics(theme::of(this).font(theme::Face::Mono)).height() + 5; }

void HexView::setBytes(const QByteArray& bytes) {
    m_bytes = bytes;
    m_begin = m_end = 0;
    verticalScrollBar()->setValue(0);
    fit();
    viewport()->update();
}

void HexView::light(qsizetype begin, qsizetype end) {
    m_begin = begin;
    m_end = end;
    const int line = int(begin / kBytesPerLine);
    const int first = verticalScrollBar()->value();
    const int lines = viewport()->height() / lineHeight();
    if (end > begin && (line < first || line >= first + lines))
        verticalScrollBar()->setValue(qMax(0, line - lines / 3));
    viewport()->update();
}

void HexView::fit() {
    const int lines = int((m_bytes.size() + kBytesPerLine - 1) / kBytesPerLine);
    const int shown = qMax(1, viewport()->height() / lineHeight());
    verticalScrollBar()->setRange(0, qMax(0, lines - shown));
    verticalScrollBar()->setPageStep(shown);
}

void HexView::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    fit();
}

void HexView::paintEvent(QPaintEvent*) {
    const theme::Theme& theme = theme::of(this);
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), theme.panel);
    const QFont font = theme.font(theme::Face::Mono);
    painter.setFont(font);
    const QFontMetrics metrics(font);
    const int digit = metrics.horizontalAdvance(QLatin1Char('0'));
    const int height = lineHeight();
    const int hexX = 6 * digit;
    const int textX = hexX + kBytesPerLine * 3 * digit + digit;
    for (int y = 0, line = verticalScrollBar()->value(); y < viewport()->height(); y += height, ++line) {
        const qsizetype at = qsizetype(line) * kBytesPerLine;
        if (at >= m_bytes.size())
            break;
        painter.setPen(theme.ink3);
        painter.drawText(QRect(0, y, hexX, height), Qt::AlignVCenter, QStringLiteral("%1").arg(at, 4, 16, QLatin1Char('0')));
        for (int i = 0; i < kBytesPerLine && at + i < m_bytes.size(); ++i) {
            const auto byte = static_cast<uchar>(m_bytes[at + i]);
            const QRect hex(hexX + i * 3 * digit, y, 3 * digit, height);
            const QRect text(textX + i * digit, y, digit, height);
            const bool lit = at + i >= m_begin && at + i < m_end;
            if (lit) {
                painter.fillRect(hex.adjusted(-digit / 2, 1, -digit / 2, -1), theme.accentBg);
                painter.fillRect(text.adjusted(0, 1, 0, -1), theme.accentBg);
            }
            painter.setPen(lit ? theme.accent : theme.ink);
            painter.drawText(hex, Qt::AlignVCenter, QStringLiteral("%1").arg(byte, 2, 16, QLatin1Char('0')));
            painter.setPen(lit ? theme.accent : theme.ink2);
            painter.drawText(text, Qt::AlignVCenter, byte >= 0x20 && byte < 0x7F ? QString(QLatin1Char(char(byte))) : QStringLiteral("."));
        }
    }
    if (hasFocus()) {
        painter.setPen(QPen(theme.accent, theme::kFocusRing));
        painter.drawRect(viewport()->rect().adjusted(1, 1, -1, -1));
    }
}

// ---- both panes ---------------------------------------------------------------------------------------------------------

RecordPanes::RecordPanes(QWidget* parent) : QSplitter(Qt::Horizontal, parent) {
    setChildrenCollapsible(false);
    setHandleWidth(theme::kCardGap);
    m_decodedCard = new widgets::Card(tr("Decoded"), {}, this);
    m_choice = new widgets::SegmentedChoice({tr("Fields"), tr("Text"), tr("Hex")}, m_decodedCard);
    m_choice->setAccessibleName(tr("How the value is shown"));
    m_decodedCard->head()->addWidget(m_choice);
    m_decoded = new QStackedWidget(m_decodedCard);
    m_tree = new QTreeWidget(m_decoded);
    m_tree->setHeaderHidden(true);
    m_tree->setColumnCount(2);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setUniformRowHeights(true);
    m_tree->setAccessibleName(tr("Fields"));
    m_tree->header()->setStretchLastSection(true);
    m_decoded->addWidget(m_tree);
    m_text = new QPlainTextEdit(m_decoded);
    m_text->setReadOnly(true);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setAccessibleName(tr("Value as text"));
    m_decoded->addWidget(m_text);
    m_decodedStack = new widgets::StateStack(m_decoded, m_decodedCard);
    m_decodedCard->body()->addWidget(m_decodedStack, 1);
    addWidget(m_decodedCard);
    m_bytesCard = new widgets::Card(tr("Bytes"), {}, this);
    m_hex = new HexView(m_bytesCard);
    m_bytesCard->body()->addWidget(m_hex, 1);
    addWidget(m_bytesCard);
    setStretchFactor(0, 1);
    setStretchFactor(1, 1);
    setSizes({570, 520}); // sixteen bytes in hex and as text fit at the usual window size, and so does what stands over the fields
    connect(m_choice, &widgets::SegmentedChoice::chosen, this, [this] { fill(); });
    connect(m_tree, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) { onItem(item); });
    show(nullptr);
}

void RecordPanes::addTool(QWidget* tool) { m_decodedCard->head()->insertWidget(m_decodedCard->head()->indexOf(m_choice), tool); }

void RecordPanes::show(const Record* record) {
    if (record == nullptr) {
        m_record.reset();
        m_decodedStack->state()->showEmpty(tr("Choose a message"), tr("Its headers, its value and every byte of it are shown here."), nullptr, QStringLiteral("message"));
        m_decodedStack->showState();
        m_hex->setBytes({});
        m_bytesCard->setNote({});
        m_decodedCard->setNote({});
        return;
    }
    m_record = *record;
    const QByteArray value = record->value.value_or(QByteArray());
    m_hex->setBytes(value);
    m_bytesCard->setNote(record->value ? tr("%1 of the value").arg(format::bytes(value.size())) : tr("the value is null"));
    m_decodedCard->setNote(tr("partition %1, offset %2, %3")
                               .arg(record->partition)
                               .arg(format::count(record->offset), record->timestampMs < 0 ? tr("no timestamp") : format::clockOrDay(record->timestampMs, QDateTime::currentMSecsSinceEpoch())));
    m_decodedStack->showContent();
    fill();
}

void RecordPanes::fill() {
    if (!m_record)
        return;
    if (m_choice->current() == TreeShown)
        fillTree();
    else
        fillText();
    m_decoded->setCurrentIndex(m_choice->current() == TreeShown ? 0 : 1);
}

void RecordPanes::fillText() {
    m_text->setFont(theme::of(this).font(theme::Face::Mono));
    const auto wanted = m_choice->current() == HexShown ? serdes::Format::Hex : serdes::Format::Automatic;
    const auto decoded = serdes::decode(m_record->value.value_or(QByteArray()), wanted);
    m_text->setPlainText(decoded.text);
}

namespace {

void addJson(QTreeWidgetItem* parent, const serdes::JsonNode& node, const theme::Theme& theme, int* left) {
    if (--*left < 0)
        return;
    auto* item = new QTreeWidgetItem(parent);
    item->setText(0, node.name);
    item->setData(0, BeginRole, qlonglong(node.begin));
    item->setData(0, EndRole, qlonglong(node.end));
    item->setForeground(0, theme.series[2]);
    using Kind = serdes::JsonNode::Kind;
    item->setText(1, serdes::shownAs(node));
    item->setForeground(1, node.isGroup()        ? theme.ink2
                           : node.kind == Kind::String ? theme.good
                           : node.kind == Kind::Number ? theme.series[1]
                                                       : theme.info);
    for (const auto& child : node.children)
        addJson(item, child, theme, left);
}

} // namespace

void RecordPanes::fillTree() {
    const theme::Theme& theme = theme::of(this);
    m_tree->clear();
    m_tree->setFont(theme.font(theme::Face::Mono));
    const auto group = [&](const QString& name, const QString& note) {
        auto* item = new QTreeWidgetItem(m_tree);
        item->setText(0, name);
        item->setText(1, note);
        item->setForeground(0, theme.accent);
        item->setForeground(1, theme.ink2);
        return item;
    };
    auto* key = group(tr("key"), m_record->key ? serdes::preview(*m_record->key) : tr("null"));
    if (m_record->key)
        key->setForeground(1, theme.ink);
    auto* headers = group(tr("headers"), QString::number(m_record->headers.size()));
    for (const auto& header : m_record->headers) {
        auto* item = new QTreeWidgetItem(headers);
        item->setText(0, serdes::safeText(header.name));
        item->setText(1, header.value ? serdes::preview(*header.value) : tr("null"));
        item->setForeground(1, theme.good);
    }
    serdes::JsonNode root;
    QString problem;
    const QByteArray bytes = m_record->value.value_or(QByteArray());
    const bool json = m_record->value && serdes::detect(bytes) == serdes::Format::Json && serdes::parseJson(bytes, &root, &problem);
    auto* value = group(tr("value"),
        !m_record->value ? tr("null") : json ? tr("JSON, %1").arg(format::bytes(bytes.size()))
                                             : QStringLiteral("%1, %2").arg(serdes::formatName(serdes::detect(bytes)), format::bytes(bytes.size())));
    if (json) {
        int left = kNodesMax;
        for (const auto& child : root.children)
            addJson(value, child, theme, &left);
    } else if (m_record->value) {
        auto* item = new QTreeWidgetItem(value);
        item->setText(0, tr("text"));
        item->setText(1, serdes::preview(bytes));
        item->setData(0, BeginRole, 0);
        item->setData(0, EndRole, qlonglong(bytes.size()));
    }
    headers->setExpanded(true);
    value->setExpanded(true);
    for (int i = 0; i < value->childCount(); ++i)
        value->child(i)->setExpanded(value->child(i)->childCount() <= 20);
    // By its names and not by what is laid out: the tree may not be on screen yet.
    const QFontMetrics metrics(m_tree->font());
    int widest = 0;
    const std::function<void(const QTreeWidgetItem*, int)> measure = [&](const QTreeWidgetItem* item, int depth) {
        widest = qMax(widest, metrics.horizontalAdvance(item->text(0)) + (depth + 1) * m_tree->indentation());
        for (int i = 0; item->isExpanded() && i < item->childCount(); ++i)
            measure(item->child(i), depth + 1);
    };
    for (int i = 0; i < m_tree->topLevelItemCount(); ++i)
        measure(m_tree->topLevelItem(i), 0);
    m_tree->setColumnWidth(0, qMin(widest + 3 * theme::kGap, 280));
}

void RecordPanes::changeEvent(QEvent* event) {
    QSplitter::changeEvent(event);
    // The tree keeps the inks that it was given: those of another theme cannot be read on this one.
    if ((event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) && m_record) {
        const auto* current = m_tree->currentItem();
        const QVariant begin = current == nullptr ? QVariant() : current->data(0, BeginRole);
        fill();
        for (QTreeWidgetItemIterator at(m_tree); begin.isValid() && *at != nullptr; ++at)
            if ((*at)->data(0, BeginRole) == begin) {
                m_tree->setCurrentItem(*at);
                break;
            }
    }
}

void RecordPanes::onItem(QTreeWidgetItem* item) {
    const bool bytes = item != nullptr && item->data(0, BeginRole).isValid();
    m_hex->light(bytes ? item->data(0, BeginRole).toLongLong() : 0, bytes ? item->data(0, EndRole).toLongLong() : 0);
}

} // namespace ui::messages
