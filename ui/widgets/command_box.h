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

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_command;
    PlainLabel* m_text;
};

} // namespace ui::widgets
