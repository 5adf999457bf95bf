#pragma once
// A certificate or key: the path of its file, or its text pasted into the same field. Pasted text is shown as what it is ("2 certificates"), never itself.

#include "models/connections/connection_form.h"

#include <QLineEdit>
#include <QWidget>

namespace ui::widgets {
class Button;
}

namespace ui::connections {

class PemField : public QWidget {
    Q_OBJECT
public:
    explicit PemField(const QString& name, QWidget* parent = nullptr);
    [[nodiscard]] models::connections::Pem pem() const;
    void setPem(const models::connections::Pem& pem);
    /// Shown while it is empty: "kept in the keychain".
    void setHint(const QString& hint) { m_line->setPlaceholderText(hint); }
    [[nodiscard]] QLineEdit* line() const { return m_line; }

signals:
    void changed();

private:
    void take(const QString& text);
    void chooseFile();
    QLineEdit* m_line;
    QAction* m_choose;
    QAction* m_clear;
    widgets::Button* m_chooseButton;
    widgets::Button* m_clearButton;
    QString m_text; ///< pasted; the line then says what it is
};

} // namespace ui::connections
