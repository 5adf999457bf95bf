#pragma once
// What the desktop asks for: light or dark, contrast, motion. Read live from the XDG settings portal; where there is none, from the
// palette that the platform gave at start.

#include "ui/theme/theme.h"

#include <QObject>
#include <optional>

class QDBusVariant;

namespace ui::theme {

/// The user's choice in Samsa: follow the system, or one of the two.
enum class Choice { System, Light, Dark };
std::optional<Choice> choiceFromText(const QString& text); ///< "system", "light", "dark"

/// Applies the theme and keeps it in step. One for the program, interface thread.
class Appearance : public QObject {
    Q_OBJECT
public:
    explicit Appearance(Choice choice, QObject* parent = nullptr);
    void setChoice(Choice choice);
    [[nodiscard]] Choice choice() const { return m_choice; }

signals:
    void changed();

private slots:
    void settingChanged(const QString& group, const QString& key, const QDBusVariant& value);

private:
    void readPortal();
    void take(const QString& key, const QVariant& value);
    void update();

    Choice m_choice;
    bool m_systemDark = false;
    bool m_highContrast = false;
    bool m_reducedMotion = false;
    double m_textScale = 1.0;
};

} // namespace ui::theme
