#include "ui/widgets/fields.h"

#include "ui/theme/icons.h"
#include "ui/theme/style.h"
#include "ui/widgets/accessible.h"
#include "ui/widgets/pill.h"

#include <QAction>
#include <QFormLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QShortcut>
#include <QStringListModel>
#include <QTimer>

namespace ui::widgets {

SearchField::SearchField(const QString& placeholder, QWidget* parent, const QString& key) : QLineEdit(parent), m_key(key), m_timer(new QTimer(this)) {
    setPlaceholderText(placeholder);
    setAccessibleName(placeholder);
    setClearButtonEnabled(false);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    mirror();
    m_timer->setSingleShot(true);
    m_timer->setInterval(120);
    connect(this, &QLineEdit::textChanged, m_timer, qOverload<>(&QTimer::start));
    connect(m_timer, &QTimer::timeout, this, [this] { emit searched(text()); });
    if (m_key.isEmpty())
        return;
    // The key that is drawn in it leads to it, while it is in sight; in another field it is a letter.
    auto* shortcut = new QShortcut(QKeySequence(m_key), this);
    connect(shortcut, &QShortcut::activated, this, [this] {
        setFocus(Qt::ShortcutFocusReason);
        selectAll();
    });
}

void SearchField::changeEvent(QEvent* event) {
    QLineEdit::changeEvent(event);
    if (event->type() == QEvent::LayoutDirectionChange)
        mirror();
}

void SearchField::mirror() {
    // Hint and text begin where the window's lines do, and the key stands at the other end.
    const bool rtl = layoutDirection() == Qt::RightToLeft;
    setAlignment((rtl ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignAbsolute | Qt::AlignVCenter);
    setTextMargins(rtl ? 26 : 0, 0, rtl ? 0 : 26, 0);
}

QSize SearchField::sizeHint() const { return {280, QLineEdit::sizeHint().height()}; }

QSize SearchField::minimumSizeHint() const { return {140, QLineEdit::minimumSizeHint().height()}; }

void SearchField::paintEvent(QPaintEvent* event) {
    QLineEdit::paintEvent(event);
    if (!text().isEmpty() || hasFocus() || m_key.isEmpty())
        return;
    QPainter painter(this);
    const theme::Theme& t = theme::of(this);
    const int width = QFontMetrics(t.font(theme::Face::MonoSmall)).horizontalAdvance(m_key) + 10;
    drawKeyCap(&painter, QStyle::visualRect(layoutDirection(), rect(), QRect(rect().right() - width - 9, 0, width, height())), m_key, t);
}

void SearchField::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape && !text().isEmpty()) {
        clear();
        m_timer->stop();
        emit searched({});
        return;
    }
    if (event->key() == Qt::Key_Down || event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        m_timer->stop();
        emit searched(text());
        emit leftDown();
        return;
    }
    QLineEdit::keyPressEvent(event);
}

void setFieldState(QWidget* field, FieldState state) {
    field->setProperty("samsaInvalid", state == FieldState::Invalid);
    field->setProperty("samsaValid", state == FieldState::Valid);
    field->update();
}

void setMono(QWidget* field) { field->setFont(theme::of(field).font(theme::Face::Mono)); }

SegmentedChoice::SegmentedChoice(const QStringList& choices, QWidget* parent) : QWidget(parent), m_choices(choices) {
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleRole(this, QAccessible::PageTabList);
    setAccessibleName(choices.join(QStringLiteral(", ")));
}

void SegmentedChoice::setCurrent(int index) {
    if (index < 0 || index >= m_choices.size())
        return;
    m_current = index;
    setAccessibleDescription(m_choices[index]);
    update();
}

void SegmentedChoice::choose(int index) {
    if (index < 0 || index >= m_choices.size() || index == m_current)
        return;
    setCurrent(index);
    emit chosen(index);
}

QSize SegmentedChoice::sizeHint() const {
    const QFontMetrics metrics(theme::of(this).font(theme::Face::Medium));
    int width = 4;
    for (const auto& choice : m_choices)
        width += metrics.horizontalAdvance(choice) + 20;
    return {width, theme::kControlHeight};
}

QList<QRect> SegmentedChoice::cells() const {
    const QFontMetrics metrics(theme::of(this).font(theme::Face::Medium));
    QList<QRect> all;
    int x = 2;
    for (const auto& choice : m_choices) {
        const int width = metrics.horizontalAdvance(choice) + 20;
        all.append(QStyle::visualRect(layoutDirection(), rect(), QRect(x, 2, width, height() - 4)));
        x += width;
    }
    return all;
}

void SegmentedChoice::paintEvent(QPaintEvent*) {
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    theme::drawBox(&painter, rect(), t.sunken, hasFocus() ? QColor() : t.line2, theme::kControlRadius);
    const auto rects = cells();
    for (int i = 0; i < rects.size(); ++i) {
        if (i == m_current)
            theme::drawBox(&painter, rects[i], t.raised, t.line2, theme::kControlRadius - 2);
        painter.setFont(t.font(i == m_current ? theme::Face::Medium : theme::Face::Text));
        painter.setPen(i == m_current ? t.ink : t.ink2);
        painter.drawText(rects[i], Qt::AlignCenter, m_choices[i]);
    }
    if (hasFocus())
        theme::drawFocusRing(&painter, rect(), t);
}

void SegmentedChoice::keyPressEvent(QKeyEvent* event) {
    const int step = layoutDirection() == Qt::RightToLeft ? -1 : 1;
    if (event->key() == Qt::Key_Right || event->key() == Qt::Key_Left)
        choose(m_current + (event->key() == Qt::Key_Right ? step : -step));
    else
        QWidget::keyPressEvent(event);
}

void SegmentedChoice::mousePressEvent(QMouseEvent* event) {
    const auto rects = cells();
    for (int i = 0; i < rects.size(); ++i)
        if (rects[i].contains(event->pos()))
            choose(i);
}

ChoiceBox::ChoiceBox(QWidget* parent) : QComboBox(parent), m_names(new QStringListModel(this)) {
    setModel(m_names);
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
}

void ChoiceBox::setChoices(const QStringList& choices) {
    if (choices == m_choices)
        return;
    const QString chosen = currentText();
    m_choices = choices;
    const QSignalBlocker quiet(this); // the list changed, not the choice
    m_names->setStringList(choices);
    setCurrentIndex(static_cast<int>(choices.indexOf(chosen)));
    update();
}

QFormLayout* formLayout() {
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(10);
    form->setVerticalSpacing(10);
    form->setLabelAlignment(Qt::AlignLeading | Qt::AlignVCenter);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    return form;
}

} // namespace ui::widgets
