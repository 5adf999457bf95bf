#include "ui/shell/sidebar.h"

#include "ui/theme/icons.h"
#include "ui/theme/style.h"
#include "ui/widgets/button.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"

#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace ui::shell {

namespace {
enum Kind { Head, Cluster, Place };
struct Row {
    Kind kind = Head;
    QString text, note, tip;
    theme::Tone tone = theme::Tone::Good;
    bool off = false, production = false, open = false, current = false;
    Location location;
    QString key;
    bool operator==(const Row&) const = default;
};

class Beetle : public QWidget {
public:
    using QWidget::QWidget;
    QSize sizeHint() const override { return {20, 20}; }

protected:
    void paintEvent(QPaintEvent*) override {
        const auto& t = theme::of(this);
        QPainter painter(this);
        theme::drawIcon(&painter, rect(), QStringLiteral("beetle"), t.accent, t.ink2);
    }
};
} // namespace

class Sidebar::Model : public QAbstractListModel {
public:
    using QAbstractListModel::QAbstractListModel;
    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
    QVariant data(const QModelIndex& index, int role) const override {
        const Row& row = m_rows[index.row()];
        switch (role) {
        case Qt::DisplayRole: return row.text;
        case Qt::ToolTipRole: return row.tip.isEmpty() ? QVariant() : QStringLiteral("<span>%1</span>").arg(row.tip.toHtmlEscaped());
        case Qt::AccessibleTextRole: return row.note.isEmpty() ? row.text : row.text + QStringLiteral(", ") + row.note;
        case Qt::AccessibleDescriptionRole: return row.tip;
        default: return {};
        }
    }
    Qt::ItemFlags flags(const QModelIndex& index) const override {
        return m_rows[index.row()].kind == Head ? Qt::NoItemFlags : Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    }
    void set(QList<Row> rows) {
        // Same things in the same places: only what they say changed. Otherwise the list is short enough to begin anew.
        bool same = rows.size() == m_rows.size();
        for (qsizetype i = 0; same && i < rows.size(); ++i)
            same = rows[i].kind == m_rows[i].kind && rows[i].key == m_rows[i].key && rows[i].location == m_rows[i].location;
        if (same) {
            for (qsizetype i = 0; i < rows.size(); ++i) {
                if (rows[i] == m_rows[i])
                    continue;
                m_rows[i] = rows[i];
                emit dataChanged(index(static_cast<int>(i)), index(static_cast<int>(i)));
            }
            return;
        }
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
    }
    [[nodiscard]] const Row& row(int i) const { return m_rows[i]; }
    [[nodiscard]] int count() const { return static_cast<int>(m_rows.size()); }

private:
    QList<Row> m_rows;
};

class Sidebar::Delegate : public QStyledItemDelegate {
public:
    Delegate(Model* model, QWidget* view) : QStyledItemDelegate(view), m_model(model), m_view(view) {}
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const override {
        const auto& t = theme::of(m_view);
        const int base = t.rowHeight() + 1;
        switch (m_model->row(index.row()).kind) {
        case Head: return {100, base + 5};
        case Cluster: return {100, base + 2};
        case Place: return {100, base};
        }
        return {100, base};
    }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const auto& t = theme::of(m_view);
        const Row& row = m_model->row(index.row());
        const bool rtl = option.direction == Qt::RightToLeft;
        const QRect r = option.rect.adjusted(0, 0, 0, -1);
        painter->save();
        if (row.kind == Head) {
            painter->setFont(t.font(theme::Face::SmallMedium));
            painter->setPen(t.ink3);
            painter->drawText(r.adjusted(8, 10, -8, 0), Qt::AlignVCenter | (rtl ? Qt::AlignRight : Qt::AlignLeft), row.text);
            painter->restore();
            return;
        }
        if (row.current)
            theme::drawBox(painter, r, t.select, {}, 6);
        else if (option.state & QStyle::State_MouseOver)
            theme::drawBox(painter, r, theme::mix(t.ink, t.sunken, 0.05), {}, 6);
        const int indent = row.kind == Place ? 28 : 24;
        if (row.kind == Cluster)
            widgets::drawDot(painter, QPointF(rtl ? r.right() - 12 : r.left() + 12, r.center().y() + 0.5), row.tone, row.off, t);
        painter->setFont(t.font(theme::Face::Small));
        // The name comes first: a long note has what the name leaves, and two fifths at least.
        const theme::Face face = row.kind == Cluster && (row.open || !row.off) ? theme::Face::Medium : theme::Face::Text;
        const int room = r.width() - indent - 16;
        const int noteWidth = std::min(painter->fontMetrics().horizontalAdvance(row.note) + 2, std::max(room * 2 / 5, room - QFontMetrics(t.font(face)).horizontalAdvance(row.text) - 2));
        const QRect note = QStyle::visualRect(option.direction, r, QRect(r.right() - 8 - noteWidth, r.top(), noteWidth + 1, r.height()));
        painter->setPen(t.ink3);
        painter->drawText(note, Qt::AlignVCenter | Qt::AlignRight | Qt::TextSingleLine, painter->fontMetrics().elidedText(row.note, Qt::ElideRight, noteWidth));
        painter->setFont(t.font(face));
        painter->setPen(row.kind == Cluster || row.current ? t.ink : t.ink2);
        const QRect text = QStyle::visualRect(option.direction, r, QRect(r.left() + indent, r.top(), r.width() - indent - noteWidth - 16, r.height()));
        painter->drawText(text, Qt::AlignVCenter | (rtl ? Qt::AlignRight : Qt::AlignLeft) | Qt::TextSingleLine,
                          painter->fontMetrics().elidedText(row.text, Qt::ElideRight, text.width()));
        if (m_view->hasFocus() && static_cast<QListView*>(m_view)->currentIndex() == index)
            theme::drawFocusRing(painter, r, t, 6);
        painter->restore();
    }

private:
    Model* m_model;
    QWidget* m_view;
};

Sidebar::Sidebar(QAction* palette, const QList<QAction*>& bottom, QWidget* parent) : QWidget(parent), m_model(new Model(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 9, 8);
    layout->setSpacing(1);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 4, 6, 2);
    top->setSpacing(9);
    auto* beetle = new Beetle(this);
    beetle->setFixedSize(20, 20);
    auto* name = new widgets::PlainLabel(QStringLiteral("Samsa"), this, theme::Face::Strong);
    auto* open = (new widgets::Button(palette, palette->shortcut().toString(QKeySequence::NativeText).replace(u'+', u' '), theme::ButtonKind::Quiet, this));
    open->setProperty("samsaKeyCap", true);
    top->addWidget(beetle);
    top->addWidget(name, 1);
    top->addWidget(open);
    layout->addLayout(top);

    m_list = new QListView(this);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new Delegate(m_model, m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(false);
    m_list->setMouseTracking(true);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setContextMenuPolicy(Qt::CustomContextMenu);
    m_list->setAccessibleName(tr("Clusters and places"));
    m_list->viewport()->setAutoFillBackground(false);
    m_list->setTabKeyNavigation(false);
    const auto choose = [this](const QModelIndex& index) {
        const Row row = m_model->row(index.row()); // going there makes the rows anew
        if (row.kind != Head && !row.location.isEmpty())
            emit chosen(row.location);
    };
    connect(m_list, &QListView::clicked, this, choose);
    connect(m_list, &QListView::activated, this, choose);
    connect(m_list, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        const QModelIndex index = m_list->indexAt(at);
        if (!index.isValid())
            return;
        const Row row = m_model->row(index.row()); // the rows may go while the menu is open
        if (row.kind == Cluster)
            emit clusterMenuWanted(row.key, m_list->viewport()->mapToGlobal(at));
    });
    layout->addWidget(m_list, 1);
    for (QAction* action : bottom) {
        auto* button = new widgets::Button(action, theme::ButtonKind::Quiet, this);
        button->setIcon(action->icon());
        button->setProperty("samsaLeft", true);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        layout->addWidget(button);
    }
    setFixedWidth(228);
}

QWidget* Sidebar::list() const { return m_list; }

void Sidebar::setSections(const QList<SidebarSection>& sections) {
    m_sections = sections;
    QList<Row> rows;
    for (const auto& section : sections) {
        if (section.clusters.isEmpty())
            continue;
        Row head;
        head.text = head.key = section.title;
        rows.append(head);
        for (const auto& cluster : section.clusters) {
            Row row;
            row.kind = Cluster;
            row.text = cluster.name;
            row.note = cluster.note;
            row.tip = cluster.stateText.isEmpty() ? cluster.name : tr("%1: %2").arg(cluster.name, cluster.stateText);
            row.tone = cluster.tone;
            row.off = cluster.off;
            row.production = cluster.production;
            row.key = cluster.key;
            row.open = cluster.key == m_current.cluster;
            if (!cluster.places.isEmpty())
                row.location = cluster.places.first().location;
            rows.append(row);
            if (!row.open)
                continue;
            for (const auto& place : cluster.places) {
                Row sub;
                sub.kind = Place;
                sub.text = place.title;
                sub.note = place.count;
                sub.location = place.location;
                sub.key = cluster.key;
                sub.current = place.location.kind == m_current.kind;
                rows.append(sub);
            }
        }
    }
    const QModelIndex before = m_list->currentIndex();
    const Location wasAt = before.isValid() ? m_model->row(before.row()).location : Location{};
    m_model->set(rows);
    m_list->setFocusPolicy(rows.isEmpty() ? Qt::NoFocus : Qt::StrongFocus); // an empty list is no stop for the keyboard
    if (!m_list->currentIndex().isValid()) {
        for (int i = 0; i < m_model->count(); ++i) {
            const Row& row = m_model->row(i);
            if (row.kind != Head && (row.current || (!wasAt.isEmpty() && row.location == wasAt))) {
                m_list->setCurrentIndex(m_model->index(i));
                break;
            }
        }
    }
}

void Sidebar::setCurrent(const Location& place) {
    m_current = place;
    setSections(QList<SidebarSection>(m_sections));
    for (int i = 0; i < m_model->count(); ++i)
        if (m_model->row(i).current)
            m_list->setCurrentIndex(m_model->index(i));
}

void Sidebar::paintEvent(QPaintEvent*) {
    const auto& t = theme::of(this);
    QPainter painter(this);
    painter.fillRect(rect(), t.sunken);
    const int x = layoutDirection() == Qt::RightToLeft ? 0 : width() - 1;
    painter.fillRect(QRect(x, 0, 1, height()), t.line);
}

} // namespace ui::shell
