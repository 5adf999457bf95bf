#include "ui/shell/palette.h"

#include "ui/theme/style.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"

#include <QAbstractListModel>
#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace ui::shell {

namespace {
constexpr int kItemsMax = 60;
constexpr int kRow = 36;
} // namespace

int paletteScore(const QString& text, const QString& words, QList<std::pair<int, int>>* marks) {
    // Short names first among those that have the words. Without words each thing stands where its source put it.
    int score = 1000 - (words.isEmpty() ? 0 : std::min<int>(300, static_cast<int>(text.size())));
    for (const auto& word : words.split(u' ', Qt::SkipEmptyParts)) {
        const qsizetype at = text.indexOf(word, 0, Qt::CaseInsensitive);
        if (at < 0)
            return 0;
        if (at == 0)
            score += 400;
        else if (!text[at - 1].isLetterOrNumber())
            score += 200;
        if (marks)
            marks->append({static_cast<int>(at), static_cast<int>(word.size())});
    }
    return score;
}

class Palette::Panel : public QWidget {
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent*) override {
        const auto& t = theme::of(this);
        QPainter painter(this);
        theme::drawBox(&painter, rect(), t.panel, t.dark() ? t.line2 : t.line, 12);
        // The line of keys at the foot.
        const QRect foot(1, height() - 38, width() - 2, 37);
        painter.fillRect(QRect(foot.left(), foot.top(), foot.width(), 1), t.line);
        int x = foot.left() + 16;
        const bool rtl = layoutDirection() == Qt::RightToLeft;
        for (const auto& [key, text] : {std::pair(tr("Enter"), tr("go")), std::pair(QStringLiteral(">"), tr("only actions")), std::pair(tr("Esc"), tr("close"))}) {
            const int cap = QFontMetrics(t.font(theme::Face::MonoSmall)).horizontalAdvance(key) + 10;
            painter.setFont(t.font(theme::Face::Small));
            const int width = painter.fontMetrics().horizontalAdvance(text);
            widgets::drawKeyCap(&painter, QStyle::visualRect(layoutDirection(), foot, QRect(x, foot.top(), cap, foot.height())), key, t);
            painter.setPen(t.ink2);
            painter.drawText(QStyle::visualRect(layoutDirection(), foot, QRect(x + cap + 5, foot.top(), width + 2, foot.height())), Qt::AlignVCenter | (rtl ? Qt::AlignRight : Qt::AlignLeft), text);
            x += cap + width + 22;
        }
    }
};

class Palette::Items : public QAbstractListModel {
public:
    using QAbstractListModel::QAbstractListModel;
    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(items.size()); }
    QVariant data(const QModelIndex& index, int role) const override {
        const auto& item = items[index.row()];
        if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)
            return item.kind.isEmpty() ? item.text : QStringLiteral("%1: %2").arg(item.kind, item.text);
        if (role == Qt::AccessibleDescriptionRole)
            return item.note;
        return {};
    }
    void set(QList<PaletteItem> all, QString by) {
        beginResetModel();
        items = std::move(all);
        words = std::move(by);
        endResetModel();
    }
    QList<PaletteItem> items;
    QString words;
};

class Palette::Delegate : public QStyledItemDelegate {
public:
    Delegate(Items* items, QWidget* view) : QStyledItemDelegate(view), m_items(items), m_view(view) {}
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {200, std::max(kRow, theme::of(m_view).rowHeight() + 8)}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const auto& t = theme::of(m_view);
        const auto& item = m_items->items[index.row()];
        const auto direction = option.direction;
        const bool rtl = direction == Qt::RightToLeft;
        const int start = Qt::AlignVCenter | (rtl ? Qt::AlignRight : Qt::AlignLeft);
        const QRect r = option.rect;
        painter->save();
        if (item.kind.isEmpty()) {
            // Not a choice: it says that there is none.
            painter->setFont(t.font(theme::Face::Text));
            painter->setPen(t.ink2);
            painter->drawText(r.adjusted(16, 0, -16, 0), start, item.text);
            painter->restore();
            return;
        }
        if (option.state & QStyle::State_Selected)
            painter->fillRect(r, t.select);
        painter->setFont(t.font(theme::Face::Small));
        painter->setPen(t.ink2);
        painter->drawText(QStyle::visualRect(direction, r, QRect(r.left() + 16, r.top(), 92, r.height())), start, item.kind);
        const int noteWidth = std::min(painter->fontMetrics().horizontalAdvance(item.note) + 2, r.width() / 2);
        painter->drawText(QStyle::visualRect(direction, r, QRect(r.right() - 16 - noteWidth, r.top(), noteWidth + 1, r.height())),
                          Qt::AlignVCenter | (rtl ? Qt::AlignLeft : Qt::AlignRight), painter->fontMetrics().elidedText(item.note, Qt::ElideRight, noteWidth));
        QRect text = QStyle::visualRect(direction, r, QRect(r.left() + 120, r.top(), r.width() - 120 - noteWidth - 32, r.height()));
        const QFont font = t.font(theme::Face::Medium);
        painter->setFont(font);
        painter->setPen(item.enabled ? t.ink : theme::mix(t.ink, t.panel, 0.5));
        const QString shown = painter->fontMetrics().elidedText(item.text, Qt::ElideRight, text.width());
        painter->drawText(text, start, shown);
        if (!rtl) {
            QList<std::pair<int, int>> marks;
            paletteScore(shown, m_items->words, &marks);
            const int base = text.center().y() + painter->fontMetrics().ascent() / 2 + 2;
            for (const auto& [from, length] : marks) {
                const int x = text.left() + painter->fontMetrics().horizontalAdvance(shown.left(from));
                painter->fillRect(QRect(x, base, painter->fontMetrics().horizontalAdvance(shown.mid(from, length)), 1), t.ink);
            }
        }
        painter->restore();
    }

private:
    Items* m_items;
    QWidget* m_view;
};

Palette::Palette(ActionRegistry& actions, QWidget* window) : QWidget(window), m_actions(actions), m_items(new Items(this)) {
    setAccessibleName(tr("Go anywhere, do anything"));
    m_panel = new Panel(this);
    auto* layout = new QVBoxLayout(m_panel);
    layout->setContentsMargins(1, 0, 1, 39);
    layout->setSpacing(0);
    m_words = new QLineEdit(m_panel);
    m_words->setFrame(false);
    m_words->setPlaceholderText(tr("Go anywhere, do anything"));
    m_words->setAccessibleName(tr("Go anywhere, do anything"));
    m_words->setFixedHeight(52);
    m_words->setTextMargins(14, 0, 14, 0);
    m_words->installEventFilter(this);
    m_list = new QListView(m_panel);
    m_list->setModel(m_items);
    m_list->setItemDelegate(new Delegate(m_items, m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setAccessibleName(tr("What was found"));
    m_list->viewport()->setAutoFillBackground(false);
    layout->addWidget(m_words);
    layout->addWidget(widgets::hairline(m_panel));
    layout->addSpacing(6);
    layout->addWidget(m_list, 1);
    layout->addSpacing(6);
    connect(m_words, &QLineEdit::textChanged, this, [this] { fill(); });
    connect(m_list, &QListView::clicked, this, [this](const QModelIndex& index) { take(index.row()); });
    window->installEventFilter(this);
    hide();
}

void Palette::open(const QString& context, const QString& words) {
    if (!isVisible())
        m_focusBefore = QApplication::focusWidget();
    m_context = context;
    QFont large = theme::of(this).font(theme::Face::Title);
    large.setWeight(QFont::Normal);
    m_words->setFont(large);
    m_words->setText(words);
    fill();
    show();
    raise();
    place();
    m_words->setFocus(Qt::ShortcutFocusReason);
    m_words->end(false); // the focus selects what stands there, and the first letter would replace the ">"
}

void Palette::dismiss() {
    if (!isVisible())
        return;
    hide();
    if (m_focusBefore)
        m_focusBefore->setFocus(Qt::OtherFocusReason);
}

QList<PaletteItem> Palette::itemsFor(const QString& typed, const QString& context) const {
    const bool onlyActions = typed.startsWith(u'>');
    const QString words = (onlyActions ? typed.mid(1) : typed).simplified();
    QList<std::pair<int, PaletteItem>> found;
    const auto consider = [&](PaletteItem item, int bonus) {
        const int score = std::max(paletteScore(item.text, words), paletteScore(item.kind + u' ' + item.text + u' ' + item.note, words) / 2);
        if (score > 0)
            found.append({score + bonus, std::move(item)});
    };
    if (!onlyActions)
        for (const auto& source : m_sources)
            for (auto& item : source(words, kItemsMax))
                consider(std::move(item), 30);
    for (Action* action : m_actions.actionsIn(context)) {
        PaletteItem item;
        item.kind = tr("Do");
        item.text = action->text();
        item.note = action->refusal().isEmpty() ? action->spec().key.toString(QKeySequence::NativeText).replace(u'+', u' ') : action->refusal();
        item.action = action;
        item.enabled = action->isEnabled();
        consider(std::move(item), action->spec().context.isEmpty() ? 0 : 20);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    QList<PaletteItem> items;
    for (auto& [score, item] : found) {
        items.append(std::move(item));
        if (items.size() >= kItemsMax)
            break;
    }
    return items;
}

void Palette::fill() {
    QString words = m_words->text();
    auto items = itemsFor(words, m_context);
    if (items.isEmpty())
        items.append({{}, tr("Nothing has these words"), {}, {}, {}, false});
    m_items->set(std::move(items), words.startsWith(u'>') ? words.mid(1).simplified() : words.simplified());
    if (!m_items->items.isEmpty() && !m_items->items.first().kind.isEmpty())
        m_list->setCurrentIndex(m_items->index(0));
    place();
}

void Palette::take(int row) {
    if (row < 0 || row >= m_items->rowCount())
        return;
    const PaletteItem item = m_items->items[row];
    if (!item.enabled)
        return;
    dismiss();
    if (item.action)
        item.action->trigger();
    else if (!item.location.isEmpty())
        emit chosen(item.location);
}

void Palette::place() {
    setGeometry(parentWidget()->rect());
    const int row = std::max(kRow, theme::of(this).rowHeight() + 8);
    const int shown = std::clamp(m_items->rowCount(), 1, std::max(3, (height() - 52 - 39 - 160) / row));
    const QSize size(std::min(680, width() - 48), 52 + 1 + 12 + std::min(shown, 9) * row + 39);
    m_panel->setGeometry((width() - size.width()) / 2, std::min(120, height() / 8), size.width(), size.height());
}

void Palette::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), theme::of(this).shade);
}

bool Palette::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride) {
        event->accept(); // keys of the window behind must not act
        return true;
    }
    return QWidget::event(event);
}

bool Palette::eventFilter(QObject* watched, QEvent* event) {
    if (watched == parent() && event->type() == QEvent::Resize && isVisible())
        place();
    if (watched == m_words && event->type() == QEvent::KeyPress) {
        const int count = m_items->rowCount();
        const int row = m_list->currentIndex().row();
        const auto go = [this, count](int to) { if (count > 0) m_list->setCurrentIndex(m_items->index((to + count) % count)); };
        switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Down: go(row + 1); return true;
        case Qt::Key_Up: go(row - 1); return true;
        case Qt::Key_PageDown: go(std::min(row + 8, count - 1)); return true;
        case Qt::Key_PageUp: go(std::max(row - 8, 0)); return true;
        case Qt::Key_Return:
        case Qt::Key_Enter: take(row); return true;
        case Qt::Key_Escape: dismiss(); return true;
        case Qt::Key_Tab:
        case Qt::Key_Backtab: return true;
        default: break;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void Palette::mousePressEvent(QMouseEvent* event) {
    if (!m_panel->geometry().contains(event->pos()))
        dismiss();
}

} // namespace ui::shell
