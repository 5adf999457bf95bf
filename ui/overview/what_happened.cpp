#include "ui/overview/what_happened.h"

#include "models/base/format.h"
#include "models/session/cluster_session.h"
#include "ui/charts/chart_points.h"
#include "ui/charts/time_axis.h"
#include "ui/overview/chip.h"
#include "ui/overview/leadership_strip.h"
#include "ui/widgets/button.h"
#include "ui/widgets/table_view.h"

#include <QHeaderView>

namespace ui::overview {

using models::session::EventArea;
using models::session::EventTableModel;

namespace {

theme::Tone toneOf(const QModelIndex& index) {
    const int severity = index.data(EventTableModel::SeverityRole).toInt();
    if (severity >= 2)
        return theme::Tone::Bad;
    if (severity < 0)
        return theme::Tone::Good;
    const auto area = static_cast<EventArea>(index.data(EventTableModel::AreaRole).toInt());
    if (severity == 1)
        return area == EventArea::Elections ? theme::Tone::Info : theme::Tone::Warn;
    return area == EventArea::Elections || area == EventArea::Quorum ? theme::Tone::Info : theme::Tone::Neutral;
}

} // namespace

WhatHappened::WhatHappened(shell::PageContext& context, models::session::ClusterSession* session, const LeadershipHistory* history, charts::TimeAxis* axis, shell::Page* page)
    : Card(tr("What happened"), {}, page), m_axis(axis), m_strip(new LeadershipStrip(history, axis, this)), m_table(new widgets::TableView(this)),
      m_model(new EventTableModel(session->events(), this)) {
    Q_UNUSED(context)
    head()->setSpacing(theme::kGap);
    const auto chip = [this](const QString& id, const QString& text, QList<EventArea> areas) {
        QAction* action = widgets::localAction(this, text, [] {});
        action->setCheckable(true);
        QList<int> numbers;
        for (const auto area : areas)
            numbers.append(static_cast<int>(area));
        action->setData(QVariant::fromValue(numbers));
        action->setToolTip(tr("Only %1").arg(text));
        connect(action, &QAction::toggled, this, [this] {
            applyFilter();
            emit filterChanged();
        });
        m_chips.append({id, action});
        head()->addWidget(new Chip(action, this));
    };
    chip(QStringLiteral("brokers"), tr("brokers"), {EventArea::Brokers, EventArea::Connection});
    chip(QStringLiteral("elections"), tr("elections"), {EventArea::Elections});
    chip(QStringLiteral("insync"), tr("in-sync sets"), {EventArea::InSync});
    chip(QStringLiteral("quorum"), tr("quorum"), {EventArea::Quorum});
    chip(QStringLiteral("rest"), tr("topics and groups"), {EventArea::Topics, EventArea::Groups});

    body()->addWidget(m_strip);
    m_table->setSource(m_model);
    m_table->setAccessibleName(tr("What happened"));
    m_table->horizontalHeader()->hide();
    m_table->sortByColumn(EventTableModel::TimeColumn, Qt::DescendingOrder);
    m_table->setInitialWidths({{QStringLiteral("time"), 116}, {QStringLiteral("event"), 244}, {QStringLiteral("since"), 96}}, QStringLiteral("detail"));
    m_table->setEmptyText(tr("Nothing has happened since this window was opened."));
    m_table->setMinimumHeight(132);
    m_table->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Ignored);
    m_table->setCellLook([](const QModelIndex& index) {
        widgets::CellLook look;
        switch (index.column()) {
        case EventTableModel::TimeColumn:
            look.face = theme::Face::Mono;
            look.ink = theme::Ink::Secondary;
            break;
        case EventTableModel::EventColumn: look.pill = toneOf(index); break;
        case EventTableModel::SinceColumn: look.ink = theme::Ink::Secondary; break;
        default: break;
        }
        return look;
    });
    connect(m_table, &widgets::TableView::rowActivated, this, [this](const QString& key) {
        const int row = m_model->rowOfKey(key);
        const QString topic = row < 0 ? QString() : m_model->index(row, 0).data(EventTableModel::TopicRole).toString();
        if (!topic.isEmpty())
            emit topicWanted(topic);
    });
    body()->addWidget(m_table, 1);
    body()->setContentsMargins(14, 12, 14, 6);
    connect(axis, &charts::TimeAxis::moved, this, &WhatHappened::retitle);
    retitle();
}

void WhatHappened::retitle() {
    setNote(m_axis->isLive() ? tr("leadership and replicas, last %1").arg(models::format::duration(m_axis->spanMs()))
                             : tr("leadership and replicas, %1 to %2").arg(charts::momentLabel(m_axis->fromMs(), m_axis->nowMs()), charts::momentLabel(m_axis->toMs(), m_axis->nowMs())));
}

void WhatHappened::refresh() { m_strip->refresh(); }

void WhatHappened::applyFilter() {
    m_areas.clear();
    for (const auto& [id, action] : m_chips)
        if (action->isChecked())
            for (const int area : action->data().value<QList<int>>())
                m_areas.insert(area);
    m_table->setEmptyText(m_areas.isEmpty() ? tr("Nothing has happened since this window was opened.") : tr("Nothing of this kind has happened since this window was opened."));
    m_table->setRowFilter([this](int row) { return m_areas.isEmpty() || m_areas.contains(m_model->index(row, 0).data(EventTableModel::AreaRole).toInt()); });
}

QString WhatHappened::filter() const {
    QStringList ids;
    for (const auto& [id, action] : m_chips)
        if (action->isChecked())
            ids.append(id);
    return ids.join(u',');
}

void WhatHappened::setFilter(const QString& filter) {
    const auto ids = filter.split(u',', Qt::SkipEmptyParts);
    for (const auto& [id, action] : m_chips) {
        const QSignalBlocker quiet(this);
        action->setChecked(ids.contains(id));
    }
}

} // namespace ui::overview
