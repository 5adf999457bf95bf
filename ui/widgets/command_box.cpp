#include "ui/widgets/command_box.h"

#include "ui/theme/style.h"
#include "ui/widgets/button.h"
#include "ui/widgets/label.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QPainter>

namespace ui::widgets {

CommandBox::CommandBox(const QString& command, QWidget* parent) : QWidget(parent) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(10, 8, 6, 8);
    m_text = new PlainLabel({}, this, theme::Face::MonoSmall, theme::Ink::Secondary);
    m_text->setWordWrap(true);
    layout->addWidget(m_text, 1);
    setCommand(command);
    layout->addWidget((new Button(localAction(this, tr("Copy"), [this] { QApplication::clipboard()->setText(m_command); }), theme::ButtonKind::Quiet, this))->small(), 0, Qt::AlignTop);
}

void CommandBox::setCommand(const QString& command) {
    m_command = command;
    // A list of servers or settings is one word to a line breaker: it may break after each of them.
    QString shown = command;
    m_text->setText(shown.replace(u',', QStringLiteral(",\u200B")));
}

void CommandBox::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    theme::drawBox(&painter, rect(), theme::of(this).sunken, {}, theme::kControlRadius);
}

} // namespace ui::widgets
