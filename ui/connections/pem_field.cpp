#include "ui/connections/pem_field.h"

#include "ui/widgets/button.h"
#include "ui/widgets/fields.h"

#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>

namespace ui::connections {

using models::connections::Pem;

PemField::PemField(const QString& name, QWidget* parent) : QWidget(parent) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme::kGap);
    m_line = new QLineEdit(this);
    m_line->setAccessibleName(name);
    m_line->setMaxLength(1 << 20); // a pasted chain, not only a path
    m_line->setPlaceholderText(tr("Path, or paste PEM"));
    widgets::setMono(m_line);
    m_choose = widgets::localAction(this, tr("File…"), [this] { chooseFile(); });
    m_choose->setToolTip(tr("Choose the file of: %1").arg(name).toHtmlEscaped());
    m_clear = widgets::localAction(this, tr("Clear"), [this] { setPem({}); });
    m_chooseButton = new widgets::Button(m_choose, theme::ButtonKind::Normal, this);
    m_clearButton = new widgets::Button(m_clear, theme::ButtonKind::Normal, this);
    layout->addWidget(m_line, 1);
    layout->addWidget(m_chooseButton);
    layout->addWidget(m_clearButton);
    m_clearButton->hide();
    setFocusProxy(m_line);
    connect(m_line, &QLineEdit::textEdited, this, [this](const QString& text) { take(text); });
}

Pem PemField::pem() const { return m_text.isEmpty() ? Pem{{}, m_line->text().trimmed()} : Pem{m_text, {}}; }

void PemField::setPem(const Pem& pem) {
    m_text.clear();
    m_line->setReadOnly(false);
    m_clearButton->hide();
    m_chooseButton->show();
    if (pem.text.isEmpty()) {
        m_line->setText(pem.path);
        emit changed();
    } else {
        take(pem.text);
    }
}

void PemField::take(const QString& text) {
    if (text.contains(QLatin1String("-----BEGIN"))) {
        m_text = text.trimmed() + QLatin1Char('\n');
        const QString what = models::connections::describePem(m_text);
        m_line->setText(what.isEmpty() ? tr("pasted, but nothing that can be used") : what);
        m_line->setReadOnly(true);
        m_clearButton->show();
        m_chooseButton->hide();
    }
    emit changed();
}

void PemField::chooseFile() {
    auto* dialog = new QFileDialog(window(), m_line->accessibleName(), QDir::homePath(), tr("Certificates and keys (*.pem *.crt *.cer *.key);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) { setPem({{}, path}); });
    dialog->open();
}

} // namespace ui::connections
