#include "ui/connections/unlock_dialog.h"

#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QFormLayout>
#include <QVBoxLayout>

namespace ui::connections {

namespace {
constexpr int kMinutes[] = {5, 15, 60};
}

UnlockDialog::UnlockDialog(const QString& cluster, bool production, QWidget* near)
    : Dialog(tr("Unlock %1").arg(cluster), production ? tr("This is a production cluster. Until it locks itself again, changes can be sent to it; each of them is planned first and written to the audit trail.")
                                                      : tr("This connection is for reading only. Until it locks itself again, changes can be sent to it; each of them is planned first and written to the audit trail."),
          near), m_cluster(cluster) {
    auto* form = widgets::formLayout();
    m_duration = new widgets::SegmentedChoice({tr("5 minutes"), tr("15 minutes"), tr("1 hour")}, this);
    m_duration->setAccessibleName(tr("For how long"));
    form->addRow(tr("For how long"), m_duration);
    m_name = new QLineEdit(this);
    m_name->setAccessibleName(tr("Type \u201c%1\u201d to unlock it.").arg(cluster));
    widgets::setMono(m_name);
    form->addRow(tr("Its name"), m_name);
    body()->addLayout(form);
    auto* note = new widgets::PlainLabel(tr("Type \u201c%1\u201d to unlock it.").arg(cluster), this, theme::Face::Small, theme::Ink::Secondary);
    note->setWordWrap(true);
    body()->addWidget(note);
    body()->addStretch(1);
    addChoice(tr("Cancel"), theme::ButtonKind::Quiet, [this] { dismiss(); });
    m_do = addChoice(tr("Unlock"), theme::ButtonKind::Danger, [this] {
        emit agreed(std::chrono::minutes(kMinutes[m_duration->current()]));
        dismiss();
    });
    m_do->setEnabled(false);
    connect(m_name, &QLineEdit::textChanged, this, [this](const QString& text) { m_do->setEnabled(text.trimmed() == m_cluster.trimmed()); });
}

} // namespace ui::connections
