#include "ui/overview/log_dialog.h"

#include "models/base/background.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/fields.h"

#include <QApplication>
#include <QClipboard>
#include <QCoreApplication>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTextDocument>
#include <QTimer>
#include <QVBoxLayout>

namespace ui::overview {
namespace {
struct Text {
    Q_DECLARE_TR_FUNCTIONS(Overview)
};
} // namespace

void showLog(const QString& title, const QString& file, std::function<QString()> tail, QWidget* near) {
    auto* dialog = new widgets::Dialog(title, {}, near);
    auto* text = new QPlainTextEdit(dialog);
    text->setReadOnly(true);
    text->setLineWrapMode(QPlainTextEdit::NoWrap);
    text->setAccessibleName(title);
    widgets::setMono(text);
    text->document()->setDocumentMargin(10);
    dialog->body()->addWidget(text, 1);
    dialog->setPanelSize({980, 600});
    dialog->setFootText(file);
    const auto show = [text](QString lines) {
        if (lines.isEmpty())
            lines = Text::tr("It has printed nothing yet.");
        if (lines == text->toPlainText() || text->textCursor().hasSelection())
            return;
        auto* bar = text->verticalScrollBar();
        const bool atEnd = text->toPlainText().isEmpty() || bar->value() >= bar->maximum() - 2;
        const int before = bar->value();
        text->setPlainText(lines);
        bar->setValue(atEnd ? bar->maximum() : before);
    };
    // A file is read, and a disk may take its time: elsewhere, and never twice at once.
    auto reading = std::make_shared<bool>(false);
    const auto refresh = [dialog, show, reading, tail = std::move(tail)] {
        if (std::exchange(*reading, true))
            return;
        models::inBackground<QString>(dialog, tail, [show, reading](const QString& lines) {
            *reading = false;
            show(lines);
        });
    };
    refresh();
    auto* timer = new QTimer(dialog);
    QObject::connect(timer, &QTimer::timeout, dialog, refresh);
    timer->start(1000);
    dialog->addChoice(Text::tr("Copy"), theme::ButtonKind::Normal, [text] { QApplication::clipboard()->setText(text->toPlainText()); });
    dialog->addChoice(Text::tr("Close"), theme::ButtonKind::Primary, [dialog] { dialog->dismiss(); });
    dialog->open();
}

} // namespace ui::overview
