#include "ui/access/user_dialog.h"

#include "models/access/names.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QSpinBox>

namespace ui::access {

using models::client::ScramMechanism;

UserDialog::UserDialog(const QString& cluster, const models::client::ScramUser& user, const QList<models::client::ScramUser>& taken, QWidget* near)
    : Dialog(user.name.isEmpty() ? tr("Add user") : tr("Change password of %1").arg(user.name), tr("On %1. Who logs in by SCRAM; what a user may do is said by rules.").arg(cluster), near)
    , m_user(user)
    , m_taken(taken) {
    auto* form = widgets::formLayout();
    m_name = new QLineEdit(user.name, this);
    m_name->setAccessibleName(tr("User"));
    m_name->setPlaceholderText(tr("billing"));
    m_name->setEnabled(user.name.isEmpty());
    widgets::setMono(m_name);
    form->addRow(tr("User"), m_name);
    m_mechanism = new QComboBox(this);
    m_mechanism->setAccessibleName(tr("Mechanism"));
    for (const auto mechanism : {ScramMechanism::Sha512, ScramMechanism::Sha256})
        m_mechanism->addItem(models::access::nameOf(mechanism), static_cast<int>(mechanism));
    form->addRow(tr("Mechanism"), m_mechanism);
    m_iterations = new QSpinBox(this);
    m_iterations->setRange(models::client::kScramIterationsMin, models::client::kScramIterationsMax);
    m_iterations->setSingleStep(1024);
    m_iterations->setValue(8192);
    m_iterations->setAccessibleName(tr("Iterations"));
    m_iterations->setToolTip(tr("How often the password is hashed: more is slower to guess, and slower to log in."));
    form->addRow(tr("Iterations"), m_iterations);
    if (!user.credentials.isEmpty()) {
        const auto& first = user.credentials.last(); // the stronger of two
        m_mechanism->setCurrentIndex(std::max(0, m_mechanism->findData(static_cast<int>(first.mechanism))));
        m_iterations->setValue(first.iterations);
    }
    const auto secret = [this](const QString& name) {
        auto* field = new QLineEdit(this);
        field->setEchoMode(QLineEdit::Password);
        field->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
        field->setAccessibleName(name);
        return field;
    };
    m_password = secret(tr("Password"));
    form->addRow(tr("Password"), m_password);
    m_again = secret(tr("Password again"));
    form->addRow(tr("Once more"), m_again);
    body()->addLayout(form);
    m_problem = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Bad);
    m_problem->setWordWrap(true);
    body()->addWidget(m_problem);
    setFootText(tr("The password leaves this computer hashed only, and is kept nowhere."));
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_do = addChoice(tr("Show the plan"), theme::ButtonKind::Primary, [this] {
        models::client::ScramUpsert credential;
        credential.user = m_name->text();
        credential.mechanism = static_cast<ScramMechanism>(m_mechanism->currentData().toInt());
        credential.iterations = m_iterations->value();
        credential.password = std::make_shared<const models::client::Secret>(m_password->text().toUtf8());
        m_password->clear();
        m_again->clear();
        emit wished(credential);
        dismiss();
    });
    for (auto* field : {m_name, m_password, m_again})
        connect(field, &QLineEdit::textChanged, this, [this] { check(); });
    connect(m_mechanism, &QComboBox::currentIndexChanged, this, [this] { check(); });
    check();
}

void UserDialog::check() {
    QString problem;
    const QString name = m_name->text();
    const bool fresh = m_user.name.isEmpty();
    const bool differ = !m_again->text().isEmpty() && m_again->text() != m_password->text();
    const auto mechanism = static_cast<ScramMechanism>(m_mechanism->currentData().toInt());
    for (const auto& user : m_taken)
        for (const auto& credential : user.credentials)
            if (fresh && user.name == name && credential.mechanism == mechanism)
                problem = tr("There is a user of this name with such a password. Change its password instead.");
    if (problem.isEmpty() && name != name.trimmed())
        problem = tr("The name begins or ends with a space.");
    if (problem.isEmpty() && differ)
        problem = tr("The two passwords differ.");
    m_problem->setText(problem);
    widgets::setFieldState(m_again, differ ? widgets::FieldState::Invalid : widgets::FieldState::Neutral);
    m_do->setEnabled(problem.isEmpty() && !name.isEmpty() && !m_password->text().isEmpty() && m_again->text() == m_password->text());
}

} // namespace ui::access
