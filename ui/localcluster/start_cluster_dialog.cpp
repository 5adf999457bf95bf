#include "ui/localcluster/start_cluster_dialog.h"

#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRegularExpression>
#include <QSpinBox>

namespace ui::localcluster {

namespace {
constexpr int kBrokersMax = 9;
constexpr int kBrokersDefault = 3;
} // namespace

StartClusterDialog::StartClusterDialog(const QSet<QString>& taken, QWidget* near)
    : Dialog(tr("Start a local cluster"), tr("Real brokers on this machine, one process each. They serve in a moment."), near), m_taken(taken) {
    QString name = QStringLiteral("dev");
    for (int i = 2; taken.contains(name); ++i)
        name = QStringLiteral("dev-%1").arg(i);
    auto* form = widgets::formLayout();
    m_name = new QLineEdit(name, this);
    m_name->setAccessibleName(tr("Name"));
    widgets::setMono(m_name);
    form->addRow(tr("Name"), m_name);
    m_brokers = new QSpinBox(this);
    m_brokers->setRange(1, kBrokersMax);
    m_brokers->setValue(kBrokersDefault);
    m_brokers->setAccessibleName(tr("Brokers"));
    form->addRow(tr("Brokers"), m_brokers);
    m_settings = new QPlainTextEdit(this);
    m_settings->setAccessibleName(tr("Broker settings"));
    m_settings->setPlaceholderText(QStringLiteral("num.partitions=12"));
    m_settings->setTabChangesFocus(true);
    m_settings->setMaximumHeight(80);
    widgets::setMono(m_settings);
    form->addRow(tr("Broker settings"), m_settings);
    m_secure = new QCheckBox(tr("Secure: TLS, users and ACLs"), this);
    m_secure->setToolTip(tr("It gets a CA, a certificate and the users admin and alice of its own. This window logs in as admin by itself; clients find ready settings in the cluster's folder."));
    form->addRow(QString(), m_secure);
    m_keep = new QCheckBox(tr("Keep running when Samsa is closed"), this);
    form->addRow(QString(), m_keep);
    body()->addLayout(form);
    m_problem = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Bad);
    m_problem->setWordWrap(true);
    body()->addWidget(m_problem);
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_start = addChoice(tr("Start cluster"), theme::ButtonKind::Primary, [this] {
        emit wished(options());
        dismiss();
    });
    connect(m_name, &QLineEdit::textChanged, this, [this] { check(); });
    connect(m_settings, &QPlainTextEdit::textChanged, this, [this] { check(); });
    check();
    m_name->setFocus();
    m_name->selectAll();
}

models::localcluster::StartOptions StartClusterDialog::options() const {
    models::localcluster::StartOptions options;
    options.name = m_name->text().trimmed();
    options.brokers = m_brokers->value();
    options.lease = !m_keep->isChecked();
    options.secure = m_secure->isChecked();
    for (const auto& line : m_settings->toPlainText().split(QLatin1Char('\n'), Qt::SkipEmptyParts))
        options.settings.append({line.section(QLatin1Char('='), 0, 0).trimmed(), line.section(QLatin1Char('='), 1).trimmed()});
    return options;
}

void StartClusterDialog::check() {
    static const QRegularExpression allowed(QStringLiteral("^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$"));
    const QString name = m_name->text().trimmed();
    QString problem;
    if (!name.isEmpty() && !allowed.match(name).hasMatch())
        problem = tr("1 to 64 letters, digits, “.”, “_” and “-”, not beginning with “.” or “-”.");
    else if (m_taken.contains(name))
        problem = tr("There is a cluster of this name already. Start it from the sidebar.");
    for (const auto& line : m_settings->toPlainText().split(QLatin1Char('\n'), Qt::SkipEmptyParts))
        if (problem.isEmpty() && !line.contains(QLatin1Char('=')))
            problem = tr("Write settings as NAME=VALUE, one a line.");
    m_problem->setText(problem);
    m_start->setEnabled(!name.isEmpty() && problem.isEmpty());
}

} // namespace ui::localcluster
