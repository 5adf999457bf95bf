#pragma once
// A command in a sunken box, in the mono face, with a button that copies it.

#include <QWidget>

namespace ui::widgets {

class PlainLabel;

class CommandBox : public QWidget {
    Q_OBJECT
public:
    explicit CommandBox(const QString& command, QWidget* parent = nullptr);
    void setCommand(const QString& command);
    /// The command with marks that nobody sees: it breaks between options and in lists, never inside an option, and an option keeps its value.
    [[nodiscard]] static QString breakable(const QString& command);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_command;
    PlainLabel* m_text;
};

} // namespace ui::widgets
