#include "ui/theme/turned_text.h"

#include "models/base/format.h"
#include "ui/theme/icons.h"

#include <QAction>
#include <QCoreApplication>
#include <QLineEdit>

namespace ui::theme {

namespace {

constexpr char kWatched[] = "samsaTurnedText";
const QString kSign = QStringLiteral("samsa.turnedText");

void sign(QLineEdit* field, const QString& text) {
    const QString said = turnedText(text);
    auto* action = field->findChild<QAction*>(kSign, Qt::FindDirectChildrenOnly);
    if (said.isEmpty()) {
        delete action;
        return;
    }
    if (action == nullptr) {
        action = new QAction(icon(QStringLiteral("warning"), Ink::Warn), {}, field);
        action->setObjectName(kSign);
        field->addAction(action, QLineEdit::TrailingPosition);
    }
    action->setText(said);
    action->setToolTip(said);
}

} // namespace

QString turnedText(const QString& text) {
    const auto at = models::format::firstTurn(text);
    if (at < 0)
        return {};
    return QCoreApplication::translate("TurnedText", "Hidden character U+%1 at position %2 turns the order of what follows: the text is stored in another order than it is seen.")
        .arg(QString::number(text[at].unicode(), 16).toUpper(), QString::number(at + 1));
}

void watchTurnedText(QLineEdit* field) {
    if (field->property(kWatched).toBool() || field->echoMode() != QLineEdit::Normal)
        return;
    field->setProperty(kWatched, true);
    QObject::connect(field, &QLineEdit::textChanged, field, [field](const QString& text) { sign(field, text); });
    sign(field, field->text());
}

} // namespace ui::theme
