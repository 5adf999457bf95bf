#pragma once
// The form of a connection: shows the fields that its protocol and mechanism need, says what is missing at once.

#include "models/connections/connection_form.h"
#include "models/connections/connection_profile.h"

#include <QMap>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLineEdit;
class QPlainTextEdit;

namespace ui::widgets {
class PlainLabel;
}

namespace ui::connections {

class PemField;

/// What the form has to know about where secrets can be kept.
struct SecretChoices {
    bool keychain = false;
    bool vault = false; ///< can be used or made
    bool vaultMade = false;
    models::secrets::SecretPlace usual = models::secrets::SecretPlace::Session;
};

class ConnectionFields : public QWidget {
    Q_OBJECT
public:
    ConnectionFields(const models::connections::ConnectionProfile& profile, const SecretChoices& choices, QWidget* parent);

    /// What the form says. Secrets that were not typed anew are those of the profile, as far as they are in memory.
    [[nodiscard]] models::connections::ConnectionProfile profile() const;
    [[nodiscard]] bool usable() const { return m_usable; }
    /// Why it is not, as far as something was begun; empty = nothing to say.
    [[nodiscard]] const QString& problem() const { return m_problemText; }
    [[nodiscard]] models::connections::Mechanism mechanism() const;
    /// Fills what the text says; false = it was not understood, and the form says why.
    bool paste(const QString& text);
    /// Secrets of the profile that were fetched meanwhile: into their fields, unless something was typed there.
    void giveSecrets(const QMap<QString, QString>& secrets);
    [[nodiscard]] QWidget* firstField() const;

signals:
    void changed();

private:
    QLineEdit* line(const QString& field, const QString& label, const QString& hint = {}, bool mono = true);
    QLineEdit* secret(const QString& field, const QString& label);
    PemField* pem(const QString& field, const QString& label);
    void makeFields();
    void makePlaces();
    void fill(const models::connections::ConnectionForm& form);
    void addRow(const QString& field, const QString& label, QWidget* widget);
    [[nodiscard]] models::connections::ConnectionForm read() const;
    [[nodiscard]] QStringList keptNames() const;
    void chooseService();
    void refresh();
    void show(const QString& field, bool on);
    [[nodiscard]] QString keptHint() const;

    models::connections::ConnectionProfile m_profile;
    SecretChoices m_choices;
    QFormLayout* m_form;
    QMap<QString, QWidget*> m_widgets; ///< by field of FormProblem
    QMap<QString, QLineEdit*> m_lines;
    QMap<QString, PemField*> m_pems;
    QComboBox* m_service = nullptr;
    QComboBox* m_protocol = nullptr;
    QComboBox* m_mechanism = nullptr;
    QComboBox* m_place = nullptr;
    QComboBox* m_production = nullptr;
    QCheckBox* m_hostName = nullptr;
    QCheckBox* m_readable = nullptr;
    QPlainTextEdit* m_further = nullptr;
    widgets::PlainLabel* m_hint = nullptr;
    widgets::PlainLabel* m_warning = nullptr;
    QMap<QString, QString> m_furtherSecrets;
    QString m_pasteNote, m_pasteProblem, m_pasteServers, m_problemText;
    bool m_filling = false;
    bool m_usable = false;
};

} // namespace ui::connections
