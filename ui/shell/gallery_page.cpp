#include "ui/shell/gallery_page.h"

#include "models/base/snapshot_table_model.h"
#include "ui/widgets/button.h"
#include "ui/widgets/card.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"
#include "ui/widgets/pill.h"
#include "ui/widgets/plan_dialog.h"
#include "ui/widgets/state_view.h"
#include "ui/widgets/table_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QProgressBar>
#include <QRadioButton>
#include <QScrollArea>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>

namespace ui::shell {

using namespace widgets;
using theme::ButtonKind;
using theme::Face;
using theme::Ink;
using theme::Tone;

namespace {

/// Rows that never change, to show what a table does.
class SampleRows : public models::SnapshotTableModelBase {
public:
    explicit SampleRows(QObject* parent)
        : SnapshotTableModelBase({{QStringLiteral("name"), tr("Name")}, {QStringLiteral("partitions"), tr("Partitions"), true}, {QStringLiteral("messages"), tr("Messages"), true},
                                  {QStringLiteral("spark"), tr("Last hour")}, {QStringLiteral("state"), tr("State")}},
                                 parent) {
        m_keys = {QStringLiteral("customers"), QStringLiteral("orders"), QStringLiteral("orders.dlq"), QStringLiteral("payments"), QStringLiteral("<b>not bold</b>")};
    }
    QVariant data(const QModelIndex& index, int role) const override {
        static const int partitions[] = {6, 6, 1, 12, 3};
        static const qint64 messages[] = {1204551, 48812975, 812, 102440118, 0};
        if (role == models::KeyRole)
            return m_keys[index.row()];
        if (role != Qt::DisplayRole && role != models::SortRole)
            return {};
        switch (index.column()) {
        case 0: return m_keys[index.row()];
        case 1: return partitions[index.row()];
        case 2: return role == models::SortRole ? QVariant(messages[index.row()]) : QVariant(QLocale().toString(messages[index.row()]));
        case 4: return index.row() == 3 ? tr("2 partitions have 2 of 3 replicas") : tr("all replicas in sync");
        default: return {};
        }
    }
};

} // namespace

GalleryPage::GalleryPage(PageContext& context, QWidget* parent) : Page(context, parent), m_place({{}, QStringLiteral("gallery"), {}, {}}) {
    const auto add = [&](const char* id, const QString& text, Safety safety = Safety::Harmless) {
        return context.actions().add({.id = QStringLiteral("gallery.") + QLatin1String(id), .text = text, .context = QStringLiteral("gallery"), .safety = safety,
                                      .run = [this, text] { this->context().notify({tr("%1 was pressed").arg(text), Tone::Good}); }}, this);
    };
    m_quiet = add("quiet", tr("Copy address"));
    m_normal = add("normal", tr("Snapshot"));
    m_danger = add("danger", tr("Stop cluster"), Safety::Destructive);
    m_refused = add("refused", tr("Add rule"));
    m_refused->setRefusal(tr("payments is a production cluster and locked"));
    m_primary = context.actions().add({.id = QStringLiteral("gallery.plan"), .text = tr("Show a plan"), .key = QKeySequence(QStringLiteral("Ctrl+P")),
                                       .context = QStringLiteral("gallery"), .run = [this] {
        (new PlanDialog({tr("Delete topic orders"), QStringLiteral("orders-dev"), {{QStringLiteral("orders"), tr("6 partitions"), {}}},
                         {tr("48,812,975 messages go and cannot be brought back.")}, {tr("2 groups read it now: billing, warehouse.")},
                         QStringLiteral("kafka-topics.sh --bootstrap-server localhost:19091 --delete --topic orders"), tr("This cannot be undone."),
                         QStringLiteral("orders"), tr("Delete topic"), true}, this))->open();
    }}, this);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto* area = new QScrollArea(this);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setFocusPolicy(Qt::NoFocus);
    area->setAccessibleName(tr("Every control in every state"));
    auto* inside = new QWidget(area);
    auto* page = pageLayout(inside);
    auto* first = cardRow();
    first->addWidget(buttons(), 1);
    first->addWidget(words(), 1);
    page->addLayout(first);
    auto* second = cardRow();
    second->addWidget(fields(), 1);
    second->addWidget(states(), 1);
    page->addLayout(second);
    page->addWidget(table());
    page->addStretch(1);
    area->setWidget(inside);
    outer->addWidget(area);
}

PageHeader GalleryPage::header() const {
    PageHeader header;
    header.title = tr("Gallery");
    header.pills = {{tr("1 broker down, no message lost"), Tone::Bad}, {tr("14 partitions have 2 of 3 replicas"), Tone::Warn}};
    header.actions = {m_quiet, m_normal, m_danger, m_refused, m_primary};
    header.quiet = {m_quiet};
    header.primary = m_primary;
    return header;
}

QStringList GalleryPage::status() const { return {tr("every control in every state")}; }

QWidget* GalleryPage::buttons() {
    auto* card = new Card(tr("Buttons"), tr("normal, quiet, danger, primary; small; refused"), this);
    for (const bool small : {false, true}) {
        auto* row = new QHBoxLayout;
        for (auto [action, kind] : {std::pair(m_normal, ButtonKind::Normal), std::pair(m_quiet, ButtonKind::Quiet), std::pair(m_danger, ButtonKind::Danger), std::pair(m_primary, ButtonKind::Primary),
                                    std::pair(m_refused, ButtonKind::Normal), std::pair(m_refused, ButtonKind::Primary)}) {
            auto* button = new Button(action, kind, card);
            theme::setSmall(button, small);
            row->addWidget(button);
        }
        row->addStretch(1);
        card->body()->addLayout(row);
    }
    auto* checks = new QHBoxLayout;
    for (int i = 0; i < 4; ++i) {
        auto* box = new QCheckBox(i == 3 ? tr("cannot be") : tr("a choice"), card);
        box->setTristate(i == 2);
        box->setCheckState(i == 0 ? Qt::Unchecked : (i == 2 ? Qt::PartiallyChecked : Qt::Checked));
        box->setEnabled(i != 3);
        checks->addWidget(box);
    }
    checks->addStretch(1);
    card->body()->addLayout(checks);
    auto* radios = new QHBoxLayout;
    for (int i = 0; i < 3; ++i) {
        auto* radio = new QRadioButton(i == 2 ? tr("not now") : tr("one of these"), card);
        radio->setChecked(i == 0);
        radio->setEnabled(i != 2);
        radios->addWidget(radio);
    }
    radios->addStretch(1);
    card->body()->addLayout(radios);
    auto* segments = new SegmentedChoice({tr("Text"), QStringLiteral("JSON"), tr("Bytes")}, card);
    card->body()->addWidget(segments);
    auto* slider = new QSlider(Qt::Horizontal, card);
    slider->setValue(40);
    slider->setAccessibleName(tr("A slider"));
    card->body()->addWidget(slider);
    auto* progress = new QProgressBar(card);
    progress->setValue(62);
    card->body()->addWidget(progress);
    card->body()->addStretch(1);
    return card;
}

QWidget* GalleryPage::words() {
    auto* card = new Card(tr("Words"), tr("faces, inks, pills"), this);
    for (auto [face, text] : {std::pair(Face::Title, tr("Page title 17")), std::pair(Face::Figure, QStringLiteral("1,204,551")), std::pair(Face::Strong, tr("Card title 13")),
                              std::pair(Face::Text, tr("Text 13: 0123456789 0x25 !== -> and 1,234,567")), std::pair(Face::Small, tr("Small 11.5: last 2 minutes")),
                              std::pair(Face::Mono, QStringLiteral("Mono 12: o-884125 0x25 !== -> localhost:19091"))})
        card->body()->addWidget(new PlainLabel(text, card, face));
    auto* inks = new QHBoxLayout;
    for (auto [ink, text] : {std::pair(Ink::Secondary, tr("second")), std::pair(Ink::Tertiary, tr("third")), std::pair(Ink::Accent, tr("accent")), std::pair(Ink::Good, tr("good")),
                             std::pair(Ink::Warn, tr("warning")), std::pair(Ink::Bad, tr("bad")), std::pair(Ink::Info, tr("info"))})
        inks->addWidget(new PlainLabel(text, card, Face::Text, ink));
    inks->addStretch(1);
    card->body()->addLayout(inks);
    auto* pills = new QHBoxLayout;
    for (auto [tone, text] : {std::pair(Tone::Neutral, tr("elections")), std::pair(Tone::Accent, tr("quorum leader")), std::pair(Tone::Good, tr("in sync")),
                              std::pair(Tone::Warn, tr("falls behind")), std::pair(Tone::Bad, tr("killed 14 s ago")), std::pair(Tone::Info, tr("14 leaders moved"))})
        pills->addWidget(new PillLabel(text, tone, card));
    pills->addStretch(1);
    card->body()->addLayout(pills);
    auto* dots = new QHBoxLayout;
    for (const auto tone : {Tone::Good, Tone::Warn, Tone::Bad})
        dots->addWidget(new Dot(tone, card));
    dots->addWidget(new Dot(Tone::Neutral, card, true));
    dots->addWidget(new KeyCap(tr("Ctrl K"), card));
    dots->addStretch(1);
    card->body()->addLayout(dots);
    card->body()->addStretch(1);
    return card;
}

QWidget* GalleryPage::fields() {
    auto* card = new Card(tr("Fields"), tr("empty, filled, wrong, right, off"), this);
    auto* form = formLayout();
    form->addRow(tr("Search"), new SearchField(tr("Filter by name, setting or state"), card));
    auto* text = new QLineEdit(QStringLiteral("analytics"), card);
    form->addRow(tr("Name"), text);
    auto* wrong = new QLineEdit(QStringLiteral("a name with / in it"), card);
    setFieldState(wrong, FieldState::Invalid);
    form->addRow(tr("Wrong"), wrong);
    auto* right = new QLineEdit(QStringLiteral("value.amount > 900"), card);
    setMono(right);
    setFieldState(right, FieldState::Valid);
    form->addRow(tr("Right"), right);
    auto* off = new QLineEdit(QStringLiteral("cannot be changed"), card);
    off->setEnabled(false);
    form->addRow(tr("Off"), off);
    auto* combo = new QComboBox(card);
    combo->addItems({QStringLiteral("SASL over TLS"), tr("plain text"), QStringLiteral("TLS")});
    form->addRow(tr("Security"), combo);
    auto* spin = new QSpinBox(card);
    spin->setRange(1, 100);
    spin->setValue(6);
    form->addRow(tr("Partitions"), spin);
    card->body()->addLayout(form);
    return card;
}

QWidget* GalleryPage::states() {
    auto* card = new Card(tr("States"), tr("empty, loading, failed"), this);
    auto* row = new QHBoxLayout;
    auto* empty = new StateView(card);
    empty->showEmpty(tr("No topics yet"), tr("Topics would be listed here with their size and state."), m_primary);
    auto* failed = new StateView(card);
    failed->showFailed(tr("No broker answers"), tr("Connection refused (localhost:19092)"), tr("Start the brokers, or check the address."), m_normal);
    row->addWidget(empty, 1);
    row->addWidget(failed, 1);
    card->body()->addLayout(row);
    auto* loading = new StateView(card);
    loading->showLoading(tr("Asking orders-dev for its topics"));
    card->body()->addWidget(loading);
    return card;
}

QWidget* GalleryPage::table() {
    auto* card = new Card(this);
    auto* view = new TableView(card);
    view->setSource(new SampleRows(view));
    view->setInitialWidths({{QStringLiteral("name"), 300}, {QStringLiteral("spark"), 130}}, QStringLiteral("state"));
    view->setCellLook([](const QModelIndex& index) {
        CellLook look;
        if (index.column() == 3)
            look.spark = {0.2, 0.3, 0.2, 0.4, 0.3 * (1 + index.row() % 3), 0.5, 0.4};
        if (index.column() == 4)
            look.ink = index.row() == 3 ? Ink::Warn : Ink::Secondary;
        return look;
    });
    view->selectKey(QStringLiteral("payments"));
    view->setMinimumHeight(190);
    view->setAccessibleName(tr("Sample topics"));
    card->fill(view);
    return card;
}

} // namespace ui::shell
