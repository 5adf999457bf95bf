#include "ui/connections/connection_fields.h"

#include "models/connections/connection_text.h"
#include "models/connections/services.h"
#include "models/tokens/aws_signature.h"
#include "ui/connections/pem_field.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QPlainTextEdit>
#include <QStandardItemModel>
#include <QVBoxLayout>

namespace ui::connections {

using namespace models::connections;

namespace {

/// The secret behind a field, by librdkafka's name.
const QMap<QString, QString>& secretNames() {
    static const QMap<QString, QString> all{{QStringLiteral("password"), QStringLiteral("sasl.password")}, {QStringLiteral("clientSecret"), QStringLiteral("sasl.oauthbearer.client.secret")},
        {QStringLiteral("awsSecret"), QStringLiteral("aws.secret.access.key")}, {QStringLiteral("awsSession"), QStringLiteral("aws.session.token")},
        {QStringLiteral("key"), QStringLiteral("ssl.key.pem")}, {QStringLiteral("keyPassword"), QStringLiteral("ssl.key.password")}};
    return all;
}

QComboBox* combo(QWidget* parent, const QString& name, const QStringList& texts) {
    auto* made = new QComboBox(parent);
    made->setAccessibleName(name);
    made->addItems(texts);
    made->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    made->setMinimumContentsLength(16);
    return made;
}

/// What this program cannot do is said, not offered.
void refuse(QComboBox* box, int index, const QString& why) {
    if (why.isEmpty())
        return;
    auto* item = qobject_cast<QStandardItemModel*>(box->model())->item(index);
    item->setFlags(item->flags() & ~Qt::ItemIsEnabled);
    item->setToolTip(why.toHtmlEscaped());
}

} // namespace

ConnectionFields::ConnectionFields(const ConnectionProfile& profile, const SecretChoices& choices, QWidget* parent) : QWidget(parent), m_profile(profile), m_choices(choices) {
    auto* down = new QVBoxLayout(this);
    down->setContentsMargins(22, 16, 22, 16);
    down->setSpacing(10);
    m_form = widgets::formLayout();
    down->addLayout(m_form);
    makeFields();
    makePlaces();
    m_warning = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Warn);
    m_warning->setWordWrap(true);
    down->addWidget(m_warning);
    down->addStretch(1);
    m_lines[QStringLiteral("name")]->setText(profile.name);
    m_service->setCurrentIndex(std::max(0, m_service->findData(profile.service)));
    m_production->setCurrentIndex(profile.production ? 2 : profile.readOnly ? 1 : 0);
    const auto place = profile.secretNames.isEmpty() ? choices.usual : profile.place;
    m_place->setCurrentIndex(std::max(0, m_place->findData(static_cast<int>(place))));
    fill(formOf(profile.config));
    connect(m_service, &QComboBox::currentIndexChanged, this, [this] { chooseService(); });
    for (auto* box : {m_protocol, m_mechanism, m_place, m_production})
        connect(box, &QComboBox::currentIndexChanged, this, [this] { refresh(); });
    for (auto* box : {m_hostName, m_readable})
        connect(box, &QCheckBox::toggled, this, [this] { refresh(); });
    connect(m_further, &QPlainTextEdit::textChanged, this, [this] { refresh(); });
}

void ConnectionFields::addRow(const QString& field, const QString& label, QWidget* widget) {
    m_widgets.insert(field, widget);
    m_form->addRow(label, widget);
}

QLineEdit* ConnectionFields::line(const QString& field, const QString& label, const QString& hint, bool mono) {
    auto* made = new QLineEdit(this);
    made->setAccessibleName(label);
    made->setPlaceholderText(hint);
    if (mono)
        widgets::setMono(made);
    addRow(field, label, made);
    m_lines.insert(field, made);
    connect(made, &QLineEdit::textChanged, this, [this] { refresh(); });
    return made;
}

QLineEdit* ConnectionFields::secret(const QString& field, const QString& label) {
    auto* made = line(field, label);
    made->setEchoMode(QLineEdit::Password);
    made->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
    return made;
}

PemField* ConnectionFields::pem(const QString& field, const QString& label) {
    auto* made = new PemField(label, this);
    addRow(field, label, made);
    m_pems.insert(field, made);
    connect(made, &PemField::changed, this, [this] { refresh(); });
    return made;
}

void ConnectionFields::makeFields() {
    line(QStringLiteral("name"), tr("Name"), tr("payments"), false);
    auto* servers = line(QStringLiteral("servers"), tr("Servers"), QStringLiteral("kafka-1.example.org:9092"));
    servers->setMaxLength(1 << 20); // a whole client.properties may be pasted here
    connect(servers, &QLineEdit::textEdited, this, [this](const QString& text) {
        if (text.contains(QLatin1Char('\n')) || text.contains(QChar(0x2028)) || text.contains(QLatin1Char('=')))
            paste(text);
    });
    QStringList names;
    for (const auto& one : services())
        names.append(one.name);
    m_service = combo(this, tr("Service"), names);
    for (int i = 0; i < services().size(); ++i)
        m_service->setItemData(i, services()[i].id);
    addRow(QStringLiteral("service"), tr("Service"), m_service);
    m_hint = new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary);
    m_hint->asFormRow();
    addRow(QStringLiteral("hint"), {}, m_hint);
    m_protocol = combo(this, tr("Security"), {tr("Not encrypted"), tr("TLS"), tr("Login, not encrypted"), tr("Login over TLS")});
    for (int i = 0; i < 4; ++i) {
        m_protocol->setItemData(i, nameOf(static_cast<Protocol>(i)), Qt::ToolTipRole);
        refuse(m_protocol, i, refusalOf(static_cast<Protocol>(i)));
    }
    addRow(QStringLiteral("protocol"), tr("Security"), m_protocol);
    QStringList mechanisms;
    for (int i = 0; i < kMechanisms; ++i)
        mechanisms.append(nameOf(static_cast<Mechanism>(i)));
    mechanisms[static_cast<int>(Mechanism::Kerberos)] = tr("Kerberos (GSSAPI)");
    mechanisms[static_cast<int>(Mechanism::MskIam)] = tr("AWS IAM (Amazon MSK)");
    m_mechanism = combo(this, tr("Mechanism"), mechanisms);
    for (int i = 0; i < kMechanisms; ++i)
        refuse(m_mechanism, i, refusalOf(static_cast<Mechanism>(i)));
    addRow(QStringLiteral("mechanism"), tr("Mechanism"), m_mechanism);
    line(QStringLiteral("user"), tr("User"));
    secret(QStringLiteral("password"), tr("Password"));
    line(QStringLiteral("tokenUrl"), tr("Token address"), QStringLiteral("https://…"));
    line(QStringLiteral("clientId"), tr("Client ID"));
    secret(QStringLiteral("clientSecret"), tr("Client secret"));
    line(QStringLiteral("scope"), tr("Scope"));
    line(QStringLiteral("extensions"), tr("Extensions"), QStringLiteral("logicalCluster=lkc-…"));
    line(QStringLiteral("awsRegion"), tr("Region"));
    line(QStringLiteral("awsProfile"), tr("AWS profile"), tr("Empty: the environment's keys, or default"));
    line(QStringLiteral("awsKeyId"), tr("Access key ID"), tr("Empty: of the profile"));
    secret(QStringLiteral("awsSecret"), tr("Secret access key"));
    secret(QStringLiteral("awsSession"), tr("Session token"));
    line(QStringLiteral("kerberosService"), tr("Service name"), QStringLiteral("kafka"));
    line(QStringLiteral("kerberosPrincipal"), tr("Principal"), QStringLiteral("me@EXAMPLE.ORG"));
    line(QStringLiteral("kerberosKeytab"), tr("Keytab"), tr("Path; empty: kinit's ticket"));
    pem(QStringLiteral("authority"), tr("Trusted CA"))->setHint(tr("Empty: the system's"));
    pem(QStringLiteral("certificate"), tr("Certificate"));
    pem(QStringLiteral("key"), tr("Private key"));
    secret(QStringLiteral("keyPassword"), tr("Key's password"));
    m_hostName = new QCheckBox(tr("Its certificate has to name the host"), this);
    m_hostName->setChecked(true);
    addRow(QStringLiteral("hostName"), {}, m_hostName);
    m_readable = new QCheckBox(tr("Send the password readable"), this);
    m_readable->setChecked(m_profile.readablePassword);
    addRow(QStringLiteral("readable"), {}, m_readable);
}

void ConnectionFields::makePlaces() {
    m_place = combo(this, tr("Keep secrets"), {});
    const auto add = [this](const QString& text, SecretPlace place) { m_place->addItem(text, static_cast<int>(place)); };
    if (m_choices.keychain)
        add(tr("in the keychain"), SecretPlace::Keychain);
    if (m_choices.vault)
        add(m_choices.vaultMade ? tr("in the vault") : tr("in a new vault"), SecretPlace::Vault);
    add(tr("until Samsa closes"), SecretPlace::Session);
    addRow(QStringLiteral("place"), tr("Keep secrets"), m_place);
    m_production = combo(this, tr("This cluster is"), {tr("for work: open to changes"), tr("for reading only"), tr("production: locked at first")});
    addRow(QStringLiteral("production"), tr("This cluster is"), m_production);
    m_further = new QPlainTextEdit(this);
    m_further->setAccessibleName(tr("Further properties"));
    m_further->setPlaceholderText(QStringLiteral("client.rack=eu-1a\nsocket.keepalive.enable=true"));
    m_further->setTabChangesFocus(true);
    m_further->setFixedHeight(64);
    widgets::setMono(m_further);
    addRow(QStringLiteral("further"), tr("More settings"), m_further);
}

QWidget* ConnectionFields::firstField() const { return m_lines[QStringLiteral("name")]; }
Mechanism ConnectionFields::mechanism() const { return static_cast<Mechanism>(std::max(0, m_mechanism->currentIndex())); }

void ConnectionFields::fill(const ConnectionForm& form) {
    m_filling = true;
    const std::pair<const char*, const QString&> texts[] = {{"servers", form.servers}, {"user", form.user}, {"password", form.password}, {"tokenUrl", form.tokenUrl}, {"clientId", form.clientId},
        {"clientSecret", form.clientSecret}, {"scope", form.scope}, {"extensions", form.extensions}, {"awsRegion", form.awsRegion}, {"awsProfile", form.awsProfile}, {"awsKeyId", form.awsKeyId}, {"awsSecret", form.awsSecret}, {"awsSession", form.awsSession},
        {"kerberosService", form.kerberosService}, {"kerberosPrincipal", form.kerberosPrincipal},
        {"kerberosKeytab", form.kerberosKeytab}, {"keyPassword", form.keyPassword}};
    for (const auto& [field, text] : texts)
        m_lines[QLatin1String(field)]->setText(text);
    m_pems[QStringLiteral("authority")]->setPem(form.authority);
    m_pems[QStringLiteral("certificate")]->setPem(form.certificate);
    m_pems[QStringLiteral("key")]->setPem(form.key);
    m_protocol->setCurrentIndex(static_cast<int>(form.protocol));
    m_mechanism->setCurrentIndex(static_cast<int>(form.mechanism));
    m_hostName->setChecked(form.checkHostName);
    m_further->setPlainText(form.further);
    m_furtherSecrets = form.furtherSecrets;
    m_filling = false;
    refresh();
}

ConnectionForm ConnectionFields::read() const {
    const auto text = [this](const char* field) { return m_lines[QLatin1String(field)]->text(); };
    ConnectionForm form;
    form.servers = text("servers").trimmed();
    form.protocol = static_cast<Protocol>(std::max(0, m_protocol->currentIndex()));
    form.mechanism = mechanism();
    form.user = text("user");
    form.password = text("password");
    form.tokenUrl = text("tokenUrl");
    form.clientId = text("clientId");
    form.clientSecret = text("clientSecret");
    form.scope = text("scope");
    form.extensions = text("extensions");
    form.awsRegion = text("awsRegion");
    form.awsProfile = text("awsProfile");
    form.awsKeyId = text("awsKeyId");
    form.awsSecret = text("awsSecret");
    form.awsSession = text("awsSession");
    form.kerberosService = text("kerberosService");
    form.kerberosPrincipal = text("kerberosPrincipal");
    form.kerberosKeytab = text("kerberosKeytab");
    form.authority = m_pems[QStringLiteral("authority")]->pem();
    form.certificate = m_pems[QStringLiteral("certificate")]->pem();
    form.key = m_pems[QStringLiteral("key")]->pem();
    form.keyPassword = text("keyPassword");
    form.checkHostName = m_hostName->isChecked();
    form.readablePassword = m_readable->isChecked();
    form.further = m_further->toPlainText();
    form.furtherSecrets = m_furtherSecrets;
    return form;
}

/// Secrets that are kept and not in memory now (a locked vault): their fields may stay empty.
QStringList ConnectionFields::keptNames() const { return m_profile.missingSecrets(); }

QString ConnectionFields::keptHint() const {
    switch (m_profile.place) {
    case SecretPlace::Keychain: return tr("kept in the keychain");
    case SecretPlace::Vault: return tr("kept in the vault");
    case SecretPlace::Session: break;
    }
    return tr("asked for again");
}

ConnectionProfile ConnectionFields::profile() const {
    ConnectionProfile profile = m_profile;
    const auto form = read();
    const auto result = configOf(form, keptNames());
    profile.name = m_lines[QStringLiteral("name")]->text().trimmed();
    profile.service = m_service->currentData().toString();
    profile.config = result.config;
    profile.production = m_production->currentIndex() == 2;
    profile.readOnly = m_production->currentIndex() == 1;
    profile.readablePassword = form.readablePassword && sendsReadablePassword(form);
    profile.place = static_cast<SecretPlace>(m_place->currentData().toInt());
    // What is kept and was not typed anew stays, as long as the form still has a place for it.
    profile.secretNames = result.config.secrets.keys();
    const bool newKeys = !form.awsSecret.isEmpty(); // the session of others ends with them
    for (auto it = secretNames().begin(); it != secretNames().end(); ++it)
        if (keptNames().contains(it.value()) && !(newKeys && it.key() == QLatin1String("awsSession")) && !profile.secretNames.contains(it.value()) && !m_widgets[it.key()]->isHidden())
            profile.secretNames.append(it.value());
    return profile;
}

bool ConnectionFields::paste(const QString& text) {
    QString lines = text;
    const auto pasted = parsePasted(lines.replace(QChar(0x2028), QLatin1Char('\n')));
    m_pasteNote.clear();
    m_pasteProblem.clear();
    if (!pasted) {
        m_pasteProblem = QStringLiteral("%1: %2").arg(pasted.error().what, pasted.error().why);
        m_pasteServers = read().servers;
        refresh();
        return false;
    }
    m_pasteNote = pasted->note;
    m_filling = true;
    m_service->setCurrentIndex(std::max(0, m_service->findData(pasted->service)));
    // A name to go on with: the test can be pressed at once, and whoever has a better name writes it.
    if (auto* name = m_lines[QStringLiteral("name")]; name->text().trimmed().isEmpty() && !pasted->config.servers().isEmpty())
        name->setText(pasted->config.servers().first().section(u':', 0, -2).left(60));
    fill(formOf(pasted->config));
    return true;
}

void ConnectionFields::giveSecrets(const QMap<QString, QString>& secrets) {
    auto config = configOf(read(), keptNames()).config;
    for (auto it = secrets.begin(); it != secrets.end(); ++it) {
        m_profile.config.secrets.insert(it.key(), it.value());
        if (!config.secrets.contains(it.key()))
            config.secrets.insert(it.key(), it.value());
    }
    fill(formOf(config));
}

void ConnectionFields::chooseService() {
    if (m_filling)
        return;
    auto config = configOf(read()).config;
    applyService(m_service->currentData().toString(), config);
    fill(formOf(config));
}

void ConnectionFields::show(const QString& field, bool on) { m_form->setRowVisible(m_widgets[field], on); }

void ConnectionFields::refresh() {
    if (m_filling || m_warning == nullptr)
        return;
    const auto form = read();
    const bool tls = usesTls(form.protocol), sasl = usesSasl(form.protocol);
    const bool oauth = sasl && form.mechanism == Mechanism::OAuthBearer, kerberos = sasl && form.mechanism == Mechanism::Kerberos;
    const bool aws = sasl && form.mechanism == Mechanism::MskIam, password = sasl && !oauth && !kerberos && !aws;
    // A profile or keys, not both: what is given hides the other.
    const bool ownKeys = aws && (!form.awsKeyId.trimmed().isEmpty() || !form.awsSecret.isEmpty());
    show(QStringLiteral("mechanism"), sasl);
    for (const char* field : {"user", "password"})
        show(QLatin1String(field), password);
    for (const char* field : {"tokenUrl", "clientId", "clientSecret", "scope", "extensions"})
        show(QLatin1String(field), oauth);
    const QString region = models::tokens::awsRegionOf(form.servers);
    m_lines[QStringLiteral("awsRegion")]->setPlaceholderText(region.isEmpty() ? QStringLiteral("eu-west-1") : tr("Empty: %1, as the servers say").arg(region));
    for (const char* field : {"awsRegion", "awsKeyId"})
        show(QLatin1String(field), aws);
    show(QStringLiteral("awsProfile"), aws && !ownKeys);
    for (const char* field : {"awsSecret", "awsSession"})
        show(QLatin1String(field), ownKeys);
    for (const char* field : {"kerberosService", "kerberosPrincipal", "kerberosKeytab"})
        show(QLatin1String(field), kerberos);
    for (const char* field : {"authority", "certificate", "key", "hostName"})
        show(QLatin1String(field), tls);
    show(QStringLiteral("readable"), sendsReadablePassword(form));
    const bool ownKey = tls && (!form.key.isEmpty() || !form.keyPassword.isEmpty() || keptNames().contains(QStringLiteral("ssl.key.pem")));
    show(QStringLiteral("keyPassword"), ownKey);
    show(QStringLiteral("place"), password || oauth || ownKeys || ownKey || !m_furtherSecrets.isEmpty());
    const auto& chosen = service(m_service->currentData().toString());
    const auto rename = [this](const char* field, const QString& text) {
        if (auto* label = qobject_cast<QLabel*>(m_form->labelForField(m_widgets[QLatin1String(field)])))
            label->setText(text);
        m_widgets[QLatin1String(field)]->setAccessibleName(text);
    };
    rename("user", chosen.user.isEmpty() ? tr("User") : chosen.user);
    rename("password", chosen.password.isEmpty() ? tr("Password") : chosen.password);
    for (auto it = secretNames().begin(); it != secretNames().end(); ++it) {
        const bool kept = keptNames().contains(it.value());
        if (m_lines.contains(it.key()))
            m_lines[it.key()]->setPlaceholderText(kept ? keptHint() : it.key() == QLatin1String("awsSession") ? tr("Empty: these keys need none") : QString());
        else if (kept)
            m_pems[it.key()]->setHint(keptHint());
    }
    const auto result = configOf(form, keptNames());
    const bool named = !m_lines[QStringLiteral("name")]->text().trimmed().isEmpty();
    // A form that was just opened is not full of complaints: only what is wrong, not what is missing yet.
    const bool begun = !form.servers.isEmpty();
    if (form.servers != m_pasteServers)
        m_pasteProblem.clear(); // it was mended
    QString problem = m_pasteProblem;
    for (const auto& [field, widget] : m_widgets.asKeyValueRange())
        widgets::setFieldState(m_pems.contains(field) ? m_pems[field]->line() : widget, widgets::FieldState::Neutral);
    for (const auto& one : result.problems) {
        if (!begun)
            break;
        if (auto* widget = m_widgets.value(one.field))
            widgets::setFieldState(m_pems.contains(one.field) ? m_pems[one.field]->line() : widget, widgets::FieldState::Invalid);
        if (problem.isEmpty())
            problem = one.text;
    }
    if (problem.isEmpty() && begun && !named)
        problem = tr("It needs a name.");
    m_usable = result.problems.isEmpty() && named;
    m_warning->setText(result.warnings.join(QLatin1Char('\n')));
    m_warning->setVisible(!result.warnings.isEmpty());
    QStringList hints{m_pasteNote, chosen.hint};
    hints.removeAll(QString());
    m_hint->setText(hints.join(QLatin1Char('\n')));
    show(QStringLiteral("hint"), !hints.isEmpty());
    m_problemText = problem;
    emit changed();
}

} // namespace ui::connections
