#include "tests/ui/walk/faults.h"

#include "ui/widgets/button.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/table_view.h"

#include <QAbstractScrollArea>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QPlainTextEdit>
#include <QRadioButton>
#include <QScrollBar>
#include <QStyleOptionComboBox>
#include <QTableView>

namespace tests {

using namespace ui::widgets;

namespace {

QString nameOf(const QWidget* widget) {
    QString text = widget->accessibleName();
    if (const auto* label = qobject_cast<const QLabel*>(widget))
        text = label->text();
    else if (const auto* button = qobject_cast<const QAbstractButton*>(widget))
        text = button->text();
    else if (const auto* pill = qobject_cast<const PillLabel*>(widget))
        text = pill->text();
    return QStringLiteral("%1 \"%2\"").arg(QLatin1String(widget->metaObject()->className()).mid(0), text.left(60));
}

bool isText(const QWidget* widget) { return qobject_cast<const QLabel*>(widget) || qobject_cast<const PillLabel*>(widget) || qobject_cast<const KeyCap*>(widget); }

/// What a user can press, fill in or read by itself.
bool isControl(const QWidget* widget) {
    // A sign in a field is as high as the field lets it be.
    if (widget->inherits("QTableCornerButton") || widget->inherits("QLineEditIconButton") || qobject_cast<const QScrollBar*>(widget) || qobject_cast<const QHeaderView*>(widget))
        return false;
    // Fields inside of fields: of a combo box, of a spin box.
    if (qobject_cast<const QAbstractSpinBox*>(widget->parentWidget()) || qobject_cast<const QComboBox*>(widget->parentWidget()))
        return false;
    return qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QLineEdit*>(widget) || qobject_cast<const QComboBox*>(widget)
        || qobject_cast<const QAbstractSpinBox*>(widget) || (widget->focusPolicy() & Qt::TabFocus);
}

struct Seen {
    QWidget* widget;
    QRect whole;  ///< in `root`
    QRect shown;  ///< what its ancestors let through
    bool scrolled, scrolledAcross; ///< an ancestor may scroll it into view
};

QRect inRoot(const QWidget* widget, const QWidget* root) { return {widget->mapTo(root, QPoint(0, 0)), widget->size()}; }

QList<Seen> seenIn(QWidget* root) {
    QList<Seen> all;
    for (auto* widget : root->findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->window() != root->window() || !(isControl(widget) || isText(widget)))
            continue;
        Seen one{widget, inRoot(widget, root), inRoot(widget, root), false, false};
        for (auto* up = widget->parentWidget(); up && up != root; up = up->parentWidget()) {
            const QRect through = inRoot(up, root);
            if (const auto* area = qobject_cast<const QAbstractScrollArea*>(up->parentWidget()); area && area->viewport() == up) {
                // Below the edge is a matter of scrolling; beside it is not, where nothing scrolls that way.
                one.scrolled = one.scrolled || area->verticalScrollBarPolicy() != Qt::ScrollBarAlwaysOff;
                one.scrolledAcross = one.scrolledAcross || area->horizontalScrollBarPolicy() != Qt::ScrollBarAlwaysOff;
            }
            one.shown &= through;
        }
        one.shown &= root->rect();
        all.append(one);
    }
    return all;
}

bool isData(const QString& text, const QStringList& data) {
    for (const auto& name : data)
        if (!name.isEmpty() && text.contains(name))
            return true;
    return false;
}

QString textFault(const QWidget* widget, const QStringList& data) {
    if (const auto* label = qobject_cast<const PlainLabel*>(widget)) {
        if (label->text().isEmpty())
            return {};
        if (label->wordWrap()) {
            const int needed = label->heightForWidth(label->width());
            return label->height() + 1 < needed ? QStringLiteral("is %1 high, its lines need %2").arg(label->height()).arg(needed) : QString();
        }
        const int needed = label->sizeHint().width() - 1;
        if (label->width() < needed && !label->mayBeCut() && !isData(label->text(), data))
            return QStringLiteral("is %1 wide, its text needs %2").arg(label->width()).arg(needed);
        return {};
    }
    if (const auto* pill = qobject_cast<const PillLabel*>(widget))
        return pill->width() < pill->sizeHint().width() && !isData(pill->text(), data)
            ? QStringLiteral("is %1 wide, its text needs %2").arg(pill->width()).arg(pill->sizeHint().width()) : QString();
    if (const auto* combo = qobject_cast<const QComboBox*>(widget)) {
        QStyleOptionComboBox option;
        option.initFrom(combo);
        const int room = combo->style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, combo).width();
        const int needed = combo->fontMetrics().horizontalAdvance(combo->currentText());
        return needed > room && !isData(combo->currentText(), data) ? QStringLiteral("has room for %1, its choice needs %2").arg(room).arg(needed) : QString();
    }
    if (const auto* field = qobject_cast<const QLineEdit*>(widget)) {
        const int room = field->width() - 16 - field->textMargins().left() - field->textMargins().right();
        const int needed = field->fontMetrics().horizontalAdvance(field->placeholderText());
        return field->text().isEmpty() && needed > room ? QStringLiteral("has room for %1, its hint needs %2").arg(room).arg(needed) : QString();
    }
    if (qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const SegmentedChoice*>(widget)) {
        if (widget->width() < widget->sizeHint().width() || widget->height() < widget->sizeHint().height())
            return QStringLiteral("is %1x%2, it needs %3x%4").arg(widget->width()).arg(widget->height()).arg(widget->sizeHint().width()).arg(widget->sizeHint().height());
        return {};
    }
    if (const auto* table = qobject_cast<const QTableView*>(widget); table && !table->horizontalHeader()->isHidden()) {
        const auto* header = table->horizontalHeader();
        QFontMetrics metrics(ui::theme::of(table).font(ui::theme::Face::SmallMedium));
        for (int column = 0; column < header->count(); ++column) {
            const QString title = table->model()->headerData(column, Qt::Horizontal).toString();
            if (!header->isSectionHidden(column) && header->sectionSize(column) < metrics.horizontalAdvance(title) + 20)
                return QStringLiteral("has a column of %1 for the title \"%2\"").arg(header->sectionSize(column)).arg(title);
        }
    }
    return {};
}

} // namespace

QStringList layoutFaults(QWidget* root, const QStringList& data) {
    QStringList faults;
    const auto all = seenIn(root);
    for (const auto& one : all) {
        const QString text = textFault(one.widget, data);
        if (!text.isEmpty())
            faults.append(nameOf(one.widget) + u' ' + text);
        const bool beside = one.shown.width() < one.whole.width() && !one.shown.isEmpty() && !one.scrolledAcross;
        const bool below = one.shown.height() < one.whole.height() && !one.scrolled;
        if (beside || below)
            faults.append(QStringLiteral("%1 sticks out: %2x%3 of %4x%5 can be seen").arg(nameOf(one.widget)).arg(one.shown.width()).arg(one.shown.height()).arg(one.whole.width()).arg(one.whole.height()));
    }
    for (qsizetype i = 0; i < all.size(); ++i) {
        for (qsizetype j = i + 1; j < all.size(); ++j) {
            const auto &a = all[i], &b = all[j];
            if (a.widget->isAncestorOf(b.widget) || b.widget->isAncestorOf(a.widget))
                continue;
            const QRect both = a.shown & b.shown;
            if (both.width() > 1 && both.height() > 1)
                faults.append(QStringLiteral("%1 and %2 lie over one another by %3x%4").arg(nameOf(a.widget), nameOf(b.widget)).arg(both.width()).arg(both.height()));
        }
    }
    return faults;
}

QStringList nameFaults(QWidget* root) {
    QStringList faults;
    for (const auto& one : seenIn(root)) {
        if (!isControl(one.widget))
            continue;
        const auto* face = QAccessible::queryAccessibleInterface(one.widget);
        if (!face || face->text(QAccessible::Name).isEmpty())
            faults.append(nameOf(one.widget) + QStringLiteral(" has no accessible name"));
        if (!face || face->role() == QAccessible::NoRole || face->role() == QAccessible::Client)
            faults.append(nameOf(one.widget) + QStringLiteral(" has no role"));
    }
    return faults;
}

QStringList focusFaults(QWidget* root) {
    QStringList faults;
    const auto all = seenIn(root);
    for (const auto& one : all) {
        auto* widget = one.widget;
        if (!(widget->focusPolicy() & Qt::TabFocus) || !widget->isEnabled() || one.shown != one.whole || !isControl(widget))
            continue;
        if (auto* focused = QApplication::focusWidget())
            focused->clearFocus();
        const QRect around = one.whole.adjusted(-3, -3, 3, 3) & root->rect();
        const QImage before = root->grab(around).toImage();
        widget->setFocus(Qt::TabFocusReason);
        if (!widget->hasFocus() && !widget->isAncestorOf(QApplication::focusWidget())) {
            faults.append(nameOf(widget) + QStringLiteral(" does not take the focus"));
            continue;
        }
        if (root->grab(around).toImage() == before)
            faults.append(nameOf(widget) + QStringLiteral(" does not show that it has the focus"));
    }
    return faults;
}

} // namespace tests
