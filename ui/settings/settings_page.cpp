#include "ui/settings/settings_page.h"

#include "models/changes/change_service.h"
#include "models/client/config_scope.h"
#include "models/session/cluster_session.h"
#include "ui/changes/change_flow.h"
#include "ui/changes/settings_editor.h"
#include "ui/widgets/card.h"
#include "ui/widgets/label.h"
#include "ui/widgets/table_view.h"

#include <QComboBox>
#include <QVBoxLayout>

namespace ui::settings {

using models::client::ConfigResource;
using models::client::ResourceKind;
using models::session::BrokerState;
using models::session::ClusterSession;
using models::session::SessionState;

SettingsPage::SettingsPage(shell::PageContext& context, ClusterSession* session, models::changes::ChangeService* service, QWidget* parent)
    : Page(context, parent), m_session(session), m_flow(new changes::ChangeFlow(service, context, this)) {
    auto* page = widgets::pageLayout(this);
    auto* row = new QHBoxLayout;
    row->setSpacing(theme::kGap);
    m_scope = new QComboBox(this);
    m_scope->setAccessibleName(tr("Whose settings"));
    m_scope->setMinimumWidth(180);
    row->addWidget(m_scope);
    m_note = (new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary))->givesWay();
    row->addWidget(m_note, 1);
    page->addLayout(row);
    m_editor = new changes::SettingsEditor(context, service, m_flow, this);
    page->addWidget(m_editor, 1);

    auto& actions = context.actions();
    const QString here = QStringLiteral("settings");
    m_again = actions.add({.id = QStringLiteral("settings.again"), .text = tr("Read again"), .key = QKeySequence(tr("F5")), .context = here, .explanation = tr("Ask the brokers for their settings now"),
                              .run =
                                  [this] {
                                      if (m_session->state() == SessionState::Failed)
                                          m_session->refresh();
                                      else
                                          m_session->refreshConfigs(asked());
                                  }},
        this);
    m_editor->setAgain(m_again);
    m_discard = actions.add({.id = QStringLiteral("settings.discard"), .text = tr("Discard"), .context = here, .explanation = tr("Leave all settings as they are"),
                                .run = [this] { m_editor->discard(); }},
        this);
    m_apply = actions.add({.id = QStringLiteral("settings.apply"), .text = tr("Apply…"), .key = QKeySequence(tr("Ctrl+S")), .context = here, .safety = shell::Safety::Changes,
                              .explanation = tr("Show the plan once more and set the new values"), .run = [this] { m_editor->apply(); }},
        this);
    m_changeable = actions.add({.id = QStringLiteral("settings.changeable"), .text = tr("Changeable only"), .key = QKeySequence(tr("Ctrl+I")), .context = here,
                                   .explanation = tr("Show or hide the settings that cannot be changed while brokers run"),
                                   .run =
                                       [this] {
                                           m_editor->table()->setRowFilter([this](int at) { return !m_changeable->isChecked() || !m_editor->model()->rowAt(at).entry.readOnly; });
                                           this->context().setState({m_place.cluster, QStringLiteral("settings"), {}, {}}, QStringLiteral("changeable"), m_changeable->isChecked());
                                       }},
        this);
    m_changeable->setCheckable(true);
    connect(m_scope, &QComboBox::activated, this, [this] { this->context().go({m_place.cluster, QStringLiteral("settings"), m_scope->currentData().toString(), {}}); });
    connect(m_editor, &changes::SettingsEditor::changed, this, [this] { refresh(); });
    connect(m_editor, &changes::SettingsEditor::applied, this, [this] { m_session->refreshConfigs(asked()); });
    connect(session, &ClusterSession::brokersChanged, this, [this] {
        fillScopes();
        takeConfigs();
    });
    connect(session, &ClusterSession::configChanged, this, [this](const ConfigResource& resource) {
        if (resource.kind == ResourceKind::Broker && resource == asked())
            takeConfigs();
    });
    connect(session, &ClusterSession::stateChanged, this, [this] { takeConfigs(); });
    connect(session, &ClusterSession::readOnlyChanged, this, [this] { refresh(); });
}

void SettingsPage::open(const shell::Location& place) {
    if (m_place.isEmpty()) {
        m_changeable->setChecked(context().state({place.cluster, QStringLiteral("settings"), {}, {}}, QStringLiteral("changeable")).toBool());
        m_editor->table()->setRowFilter([this](int row) { return !m_changeable->isChecked() || !m_editor->model()->rowAt(row).entry.readOnly; });
    }
    m_place = place;
    fillScopes();
    m_editor->setResource({ResourceKind::Broker, place.name}, place.name.isEmpty() ? tr("Of every broker that has no value of its own.") : tr("Of broker %1 alone.").arg(place.name));
    takeConfigs();
}

ConfigResource SettingsPage::asked() const {
    if (!m_place.name.isEmpty())
        return {ResourceKind::Broker, m_place.name};
    const auto brokers = m_session->brokers();
    if (brokers)
        for (const auto& broker : brokers->brokers)
            if (broker.state == BrokerState::Up)
                return {ResourceKind::Broker, QString::number(broker.id)};
    return {ResourceKind::Broker, {}};
}

void SettingsPage::fillScopes() {
    const auto brokers = m_session->brokers();
    QStringList names{QString()};
    if (brokers)
        for (const auto& broker : brokers->brokers)
            names << QString::number(broker.id);
    if (!names.contains(m_place.name))
        names << m_place.name;
    QStringList shown;
    for (int i = 0; i < m_scope->count(); ++i)
        shown << m_scope->itemData(i).toString();
    if (shown != names) {
        m_scope->clear();
        for (const auto& name : names)
            m_scope->addItem(name.isEmpty() ? tr("All brokers") : tr("Broker %1").arg(name), name);
    }
    m_scope->setCurrentIndex(static_cast<int>(names.indexOf(m_place.name)));
}

void SettingsPage::takeConfigs() {
    if (m_place.isEmpty())
        return;
    const auto resource = asked();
    if (resource.name.isEmpty()) {
        // Nobody to ask yet.
        const auto& error = m_session->stateError();
        const bool failed = m_session->state() == SessionState::Failed;
        const models::Error none{models::ErrorCode::Unreachable, tr("settings of all brokers"), tr("no broker is up"), 0};
        m_editor->setEntries(nullptr, failed ? &error : m_session->brokers() ? &none : nullptr);
    } else {
        const auto configs = m_session->configs(resource);
        const models::Error* error = configs.errors.isEmpty() ? nullptr : &configs.errors.first().error;
        if (configs && m_place.name.isEmpty()) {
            const auto shared = models::client::sharedByBrokers(configs->entries);
            m_editor->setEntries(&shared);
        } else {
            m_editor->setEntries(configs ? &configs->entries : nullptr, error);
        }
    }
    m_note->setText(m_place.name.isEmpty() ? tr("what holds where a broker has no value of its own; read-only settings stand in server.properties")
                                           : tr("what this broker has for itself; it goes before what holds for all"));
    refresh();
}

void SettingsPage::refresh() {
    m_apply->setRefusal(m_editor->refusal());
    m_discard->setRefusal(m_editor->wishCount() > 0 ? QString() : tr("No setting has a new value"));
    m_again->setRefusal(m_session->handle() == nullptr && m_session->state() != SessionState::Failed ? tr("The cluster is not connected") : QString());
    emit headerChanged();
}

shell::PageHeader SettingsPage::header() const {
    shell::PageHeader header;
    header.title = tr("Settings");
    if (!m_place.name.isEmpty()) {
        header.crumb = tr("Settings");
        header.crumbPlace = {m_place.cluster, QStringLiteral("settings"), {}, {}};
        header.title = tr("Broker %1").arg(m_place.name);
    }
    int set = 0, readOnly = 0;
    for (const auto& row : m_editor->model()->rows()) {
        set += row.setHere ? 1 : 0;
        readOnly += row.entry.readOnly ? 1 : 0;
    }
    if (m_editor->model()->rowCount() > 0) {
        header.pills.append({tr("%n set here", nullptr, set), set > 0 ? theme::Tone::Accent : theme::Tone::Neutral});
        header.pills.append({tr("%n read-only", nullptr, readOnly)});
    }
    if (m_editor->wishCount() > 0)
        header.pills.append({tr("%n change(s) not applied", nullptr, m_editor->wishCount()), theme::Tone::Warn});
    header.actions = {m_changeable, m_again, m_discard, m_apply};
    header.quiet = {m_changeable, m_again, m_discard};
    header.primary = m_apply;
    return header;
}

QStringList SettingsPage::status() const { return {tr("%n setting(s)", nullptr, m_editor->model()->rowCount())}; }

QWidget* SettingsPage::firstFocus() { return m_editor->table(); }

} // namespace ui::settings
