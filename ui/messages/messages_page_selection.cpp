// What is done with many messages at once: those that are selected, or all that are listed are exported or sent again.
#include "models/base/format.h"
#include "models/messages/message_export.h"
#include "models/messages/message_window.h"
#include "models/session/cluster_session.h"
#include "ui/messages/compare_dialog.h"
#include "ui/messages/message_view.h"
#include "ui/messages/messages_page.h"
#include "ui/messages/record_panes.h"
#include "ui/messages/search_panel.h"
#include "ui/shell/error_text.h"
#include "ui/widgets/button.h"
#include "ui/widgets/column_menu.h"

#include <QJsonDocument>
#include <QMenu>

namespace ui::messages {

using models::messages::ExportFormat;
namespace format = models::format;

void MessagesPage::makeSelectionActions() {
    auto& actions = context().actions();
    const QString here = QStringLiteral("messages");
    m_replay = actions.add({.id = QStringLiteral("messages.replay"), .text = tr("Send again"), .key = QKeySequence(tr("Ctrl+R")), .context = here,
                               .explanation = tr("The selected messages, or all that a search found, to any topic; nothing in them changes"), .run = [this] { sendAgain(); }},
        this);
    m_export = actions.add({.id = QStringLiteral("messages.export"), .text = tr("Export"), .key = QKeySequence(tr("Ctrl+Shift+E")), .context = here,
                               .explanation = tr("The selected messages, or all that are listed, into a file: lines of JSON or CSV"), .run = [this] { exportMessages(); }},
        this);
    m_columns = actions.add({.id = QStringLiteral("messages.columns"), .text = tr("Columns"), .context = here, .explanation = tr("Which columns the list of messages has"),
                                .run =
                                    [this] {
                                        auto* view = shownView();
                                        view->showColumnChooser(view->viewport()->mapToGlobal(QPoint(0, 0)));
                                    }},
        this);
    m_compare = actions.add({.id = QStringLiteral("messages.compare"), .text = tr("Compare"), .key = QKeySequence(tr("Ctrl+D")), .context = here,
                                .explanation = tr("Two selected messages side by side; or this one with another that is chosen next, of any topic and cluster"), .run = [this] { compareMessages(); }},
        this);
    m_panes->addTool((new widgets::Button(m_compare, theme::ButtonKind::Quiet, m_panes))->small());
    refreshSelection();
}

void MessagesPage::followSelection(MessageView* view) {
    connect(view, &MessageView::selectionChanged, this, [this] { refreshSelection(); });
    connect(view, &MessageView::stateChanged, this, [this, view] {
        const auto state = view->saveState();
        context().setState({m_place.cluster, m_place.kind, {}, {}}, QStringLiteral("columns"), QJsonDocument(state).toJson(QJsonDocument::Compact));
        for (auto* other : {m_view, m_found})
            if (other != view)
                other->restoreState(state);
    });
    view->setRowMenu([this](QMenu* menu) {
        for (auto* action : {m_copy, m_edit, m_compare, m_replay, m_export})
            menu->addAction(action);
    });
}

qint64 MessagesPage::chosenCount() const {
    const auto* view = shownView();
    return view->selectedCount() > 1 ? view->selectedCount() : view->window()->rowCount();
}

void MessagesPage::refreshSelection() {
    if (m_export == nullptr)
        return;
    const auto* view = shownView();
    const bool several = view->selectedCount() > 1;
    const QString none = tr("There is no message here");
    m_export->setRefusal(m_tools.jobs == nullptr || view->window()->rowCount() == 0 ? none : QString());
    m_export->setText(several ? tr("Export %1").arg(format::count(view->selectedCount())) : tr("Export"));
    // Of the topic's own list one message is chosen, of what was found all are.
    const bool all = !several && m_search->isShown();
    m_replay->setRefusal(m_tools.selections == nullptr || (all ? view->window()->rowCount() == 0 : view->selectedCount() == 0) ? tr("Choose messages first") : QString());
    m_replay->setText(several ? tr("Send %1 again").arg(format::count(view->selectedCount())) : tr("Send again"));
    const auto& kept = comparing().kept;
    const auto* current = view->current();
    m_compare->setRefusal(view->selectedCount() > 2            ? tr("Two messages are compared: select fewer")
                          : !several && current == nullptr ? tr("Choose a message first")
                                                           : QString());
    m_compare->setText(several                                     ? tr("Compare both")
                       : !kept || current == nullptr || isKept(*current) ? tr("Compare")
                                                                   : tr("Compare with %1 · %2", "partition, offset").arg(kept->record.partition).arg(format::count(kept->record.offset)));
    emit headerChanged();
}

models::messages::KeptMessage MessagesPage::named(const models::client::Record& record) const { return {m_session->key(), m_session->name(), m_place.name, record}; }

bool MessagesPage::isKept(const models::client::Record& record) const {
    const auto& kept = m_tools.comparing != nullptr ? m_tools.comparing->kept : m_comparing.kept;
    return kept && kept->clusterKey == m_session->key() && kept->topic == m_place.name && kept->record.partition == record.partition && kept->record.offset == record.offset;
}

/// Two that are selected; or one now, and the other when the next one is chosen.
void MessagesPage::compareMessages() {
    const auto* view = shownView();
    if (view->selectedCount() == 2) {
        const auto both = view->selectedRecords();
        if (both.size() == 2)
            showComparison(named(both.first()), named(both.last()), this);
        else
            context().notify({tr("One of the two is not loaded any more: choose it again."), theme::Tone::Warn});
        return;
    }
    const auto* current = view->current();
    if (current == nullptr)
        return;
    auto& kept = comparing().kept;
    if (kept && !isKept(*current)) {
        showComparison(*kept, named(*current), this);
        kept.reset();
    } else if (kept) {
        kept.reset();
        context().notify({tr("This message is not compared any more.")});
    } else {
        kept = named(*current);
        context().notify({tr("Choose the message to compare %1 with, here or in any topic, and press Compare again.").arg(nameOf(*kept, *kept))});
    }
    refreshSelection();
}

void MessagesPage::sendAgain() {
    const auto* view = shownView();
    models::replay::Selection selection;
    selection.topic = m_place.name;
    const bool found = view->selectedCount() <= 1 && m_search->isShown();
    if (found) {
        for (int row = 0; row < view->window()->rowCount(); ++row) {
            const auto& record = view->window()->row(row);
            selection.ranges.append({record.partition, record.offset, record.offset + 1});
        }
    } else {
        for (const auto& [partition, offset] : view->selectedIds())
            selection.ranges.append({partition, offset, offset + 1});
    }
    selection.messages = selection.ranges.size();
    selection.ranges = models::replay::joined(selection.ranges);
    const QString count = format::count(selection.messages);
    // A search lists so many and counts the rest.
    const qint64 matched = found ? m_search->search()->progress().matched : 0;
    selection.what = !found ? tr("%1 selected message(s)", nullptr, static_cast<int>(selection.messages)).arg(count)
        : matched > selection.messages ? tr("the first %1 of %2 messages that a search found").arg(count, format::count(matched))
                                       : tr("%1 message(s) that a search found", nullptr, static_cast<int>(selection.messages)).arg(count);
    if (m_tools.selections != nullptr && selection.messages > 0)
        context().go({m_place.cluster, QStringLiteral("send"), m_place.name, {{QStringLiteral("selection"), m_tools.selections->put(selection)}}});
}

void MessagesPage::exportMessages() {
    auto* view = shownView();
    if (m_tools.jobs == nullptr)
        return;
    const bool several = view->selectedCount() > 1;
    const auto records = several ? view->selectedRecords() : view->loadedRecords();
    if (records.isEmpty())
        return;
    static constexpr ExportFormat kFormats[] = {ExportFormat::JsonLines, ExportFormat::Csv, ExportFormat::ExactCsv};
    const auto where = widgets::askExportFile(this, tr("Export %1 messages").arg(format::count(records.size())), m_place.name + QStringLiteral(".ndjson"),
        {{tr("Lines of JSON, as samsa search prints them"), QStringLiteral("ndjson")}, {tr("CSV for spreadsheets, formulas made harmless"), QStringLiteral("csv")}, {tr("CSV, exact"), QStringLiteral("csv")}});
    if (!where)
        return;
    const qint64 missing = several ? view->selectedCount() - records.size() : 0;
    const auto& [path, kind] = *where;
    m_tools.jobs->start<qint64>(
        tr("Export messages of %1").arg(m_place.name),
        [records, topic = m_place.name, path = path, format = kFormats[kind]](models::JobControl& control) { return models::messages::exportMessages(records, topic, path, format, control); }, this,
        [this, path = path, missing](const models::Result<qint64>& written) {
            if (!written) {
                if (written.error().code != models::ErrorCode::Cancelled)
                    context().notify({shell::failureSentence(written.error()), theme::Tone::Bad});
                return;
            }
            QString text = tr("%1 messages are in %2").arg(format::count(*written), path);
            if (missing > 0)
                text += QLatin1Char(' ') + tr("%1 that were selected are not loaded any more and are not among them.").arg(format::count(missing));
            context().notify({text, missing > 0 ? theme::Tone::Warn : theme::Tone::Good});
        });
}

} // namespace ui::messages
