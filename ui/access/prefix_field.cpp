#include "ui/access/prefix_field.h"

#include "ui/theme/theme.h"
#include "ui/widgets/fields.h"

#include <QCompleter>
#include <QEvent>
#include <QPainter>
#include <QStringListModel>
#include <QStyle>

namespace ui::access {

namespace {
constexpr int kPad = 10;
}

QStringListModel* offerChoices(QLineEdit* field) {
    auto* choices = new QStringListModel(field);
    auto* completer = new QCompleter(choices, field);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setFilterMode(Qt::MatchContains);
    completer->setMaxVisibleItems(10);
    field->setCompleter(completer);
    return choices;
}

PrefixField::PrefixField(const QString& prefix, const QString& accessibleName, QWidget* parent) : QLineEdit(parent), m_prefix(prefix), m_choices(offerChoices(this)) {
    setAccessibleName(accessibleName);
    widgets::setMono(this);
    makeRoom();
}

void PrefixField::setChoices(const QStringList& choices) {
    if (m_choices->stringList() != choices)
        m_choices->setStringList(choices);
}

void PrefixField::makeRoom() {
    const int room = QFontMetrics(theme::of(this).font(theme::Face::Text)).horizontalAdvance(m_prefix) + kPad;
    if (layoutDirection() == Qt::RightToLeft)
        setTextMargins(0, 0, room, 0);
    else
        setTextMargins(room, 0, 0, 0);
}

QSize PrefixField::sizeHint() const { return {220, QLineEdit::sizeHint().height()}; }

QSize PrefixField::minimumSizeHint() const {
    const int margins = textMargins().left() + textMargins().right();
    const int text = std::max(90, fontMetrics().horizontalAdvance(placeholderText()));
    return {margins + text + 20, QLineEdit::minimumSizeHint().height()};
}

void PrefixField::paintEvent(QPaintEvent* event) {
    QLineEdit::paintEvent(event);
    const theme::Theme& t = theme::of(this);
    QPainter painter(this);
    painter.setFont(t.font(theme::Face::Text));
    painter.setPen(t.ink3);
    painter.drawText(QStyle::visualRect(layoutDirection(), rect(), rect().adjusted(kPad, 0, 0, 0)), static_cast<int>(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft)) | Qt::AlignVCenter, m_prefix);
}

void PrefixField::changeEvent(QEvent* event) {
    QLineEdit::changeEvent(event);
    if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange || event->type() == QEvent::LayoutDirectionChange)
        makeRoom();
}

} // namespace ui::access
