#include "ui/connections/connection_dialog.h"

#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPlainTextEdit>

namespace ui::connections {

using models::connections::ConnectionProfile;
using models::connections::parseConnectionText;

ConnectionDialog::ConnectionDialog(const ConnectionProfile& profile, QWidget* near)
    : Dialog(profile.id.isEmpty() ? tr("Add a connection") : tr("Connection %1").arg(profile.name), tr("Any Kafka that this computer can reach."), near), m_profile(profile) {
    auto* form = widgets::formLayout();
    m_name = new QLineEdit(profile.name, this);
    m_name->setAccessibleName(tr("Name"));
    m_name->setPlaceholderText(tr("payments"));
    form->addRow(tr("Name"), m_name);
    m_servers = new QLineEdit(profile.config.bootstrapServers, this);
    m_servers->setAccessibleName(tr("Bootstrap servers"));
    m_servers->setPlaceholderText(QStringLiteral("kafka-1.example.org:9092,kafka-2.example.org:9092"));
    widgets::setMono(m_servers);
    form->addRow(tr("Bootstrap servers"), m_servers);
    QStringList lines;
    for (auto it = profile.config.properties.begin(); it != profile.config.properties.end(); ++it)
        lines << it.key() + QLatin1Char('=') + it.value();
    m_properties = new QPlainTextEdit(lines.join(QLatin1Char('\n')), this);
    m_properties->setAccessibleName(tr("Properties"));
    m_properties->setPlaceholderText(QStringLiteral("security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=…"));
    m_properties->setTabChangesFocus(true);
    m_properties->setMinimumHeight(110);
    widgets::setMono(m_properties);
    form->addRow(tr("Properties"), m_properties);
    m_production = new QCheckBox(tr("Production: opens read-only"), this);
    m_production->setChecked(profile.production);
    form->addRow(QString(), m_production);
    body()->addLayout(form);
    m_problem = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Bad);
    m_problem->setWordWrap(true);
    body()->addWidget(m_problem);
    setFootText(tr("Passwords are kept for this session only and never stored."));
    setPanelSize({620, 460});
    if (!profile.id.isEmpty())
        addChoice(tr("Remove"), theme::ButtonKind::Danger, [this] {
            emit removed(m_profile.id);
            dismiss();
        });
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_save = addChoice(tr("Save and connect"), theme::ButtonKind::Primary, [this] {
        if (const auto wanted = read()) {
            emit saved(*wanted);
            dismiss();
        }
    });
    connect(m_name, &QLineEdit::textChanged, this, [this] { check(); });
    connect(m_servers, &QLineEdit::textChanged, this, [this] { check(); });
    connect(m_properties, &QPlainTextEdit::textChanged, this, [this] { check(); });
    check();
    m_name->setFocus();
}

models::Result<ConnectionProfile> ConnectionDialog::read() const {
    ConnectionProfile profile = m_profile;
    profile.name = m_name->text().trimmed();
    profile.production = m_production->isChecked();
    auto config = parseConnectionText(m_properties->toPlainText().trimmed().isEmpty()
                                          ? m_servers->text().trimmed()
                                          : QStringLiteral("bootstrap.servers=") + m_servers->text().trimmed() + QLatin1Char('\n') + m_properties->toPlainText());
    if (!config)
        return std::unexpected(config.error());
    if (const auto good = config->check(); !good)
        return std::unexpected(good.error());
    // Secrets that were typed before stay, unless they are typed anew.
    for (auto it = m_profile.config.secrets.begin(); it != m_profile.config.secrets.end(); ++it)
        if (!config->secrets.contains(it.key()))
            config->secrets[it.key()] = it.value();
    profile.config = *config;
    return profile;
}

void ConnectionDialog::check() {
    QString problem;
    const bool empty = m_servers->text().trimmed().isEmpty();
    if (!empty) {
        if (const auto profile = read(); !profile)
            problem = profile.error().why;
    }
    m_problem->setText(problem);
    m_save->setEnabled(!empty && problem.isEmpty() && !m_name->text().trimmed().isEmpty());
}

} // namespace ui::connections
