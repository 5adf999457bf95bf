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
    m_text->setText(breakable(command));
}

QString CommandBox::breakable(const QString& command) {
    constexpr auto kZeroWidthSpace = u'\u200B', kWordJoiner = u'\u2060', kNoBreakSpace = u'\u00A0';
    constexpr qsizetype kPairMax = 48; ///< an option and its value stay together where that leaves a line's beginning full
    QStringList words = command.split(u' ');
    QString shown;
    for (qsizetype i = 0; i < words.size(); ++i) {
        const QString& word = words[i];
        if (i > 0) {
            const QString& before = words[i - 1];
            const bool ofOption = before.startsWith(u'-') && before.size() > 1 && !before.contains(u'=') && !word.startsWith(u'-');
            shown += ofOption && before.size() + word.size() <= kPairMax ? QChar(kNoBreakSpace) : QChar(u' ');
        }
        for (const QChar c : word) {
            // A name like --entity-type is one word; a list of servers or settings may break after each of them.
            if (c == u'-')
                shown += QChar(kWordJoiner);
            shown += c;
            if (c == u'-')
                shown += QChar(kWordJoiner);
            else if (c == u',')
                shown += QChar(kZeroWidthSpace);
        }
    }
    return shown;
}

void CommandBox::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    theme::drawBox(&painter, rect(), theme::of(this).sunken, {}, theme::kControlRadius);
}

} // namespace ui::widgets
