#include "ui/replay/bytes_field.h"

#include "ui/theme/theme.h"
#include "ui/widgets/fields.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QPlainTextEdit>

namespace ui::replay {

BytesField::BytesField(const QString& name, bool multiLine, QWidget* parent) : QWidget(parent), m_name(name) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins({});
    row->setSpacing(theme::kGap);
    QWidget* edit = nullptr;
    if (multiLine) {
        m_lines = new QPlainTextEdit(this);
        m_lines->setTabChangesFocus(true);
        m_lines->setMinimumHeight(90);
        setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding); // a value is the longest thing on its form
        connect(m_lines, &QPlainTextEdit::textChanged, this, [this] { refresh(); });
        edit = m_lines;
    } else {
        m_line = new QLineEdit(this);
        connect(m_line, &QLineEdit::textChanged, this, [this] { refresh(); });
        edit = m_line;
    }
    edit->setAccessibleName(name);
    widgets::setMono(edit);
    row->addWidget(edit, 1);
    m_kind = new QComboBox(this);
    m_kind->setAccessibleName(tr("%1 is").arg(name));
    m_kind->addItems({tr("text"), tr("base64"), tr("null")});
    connect(m_kind, &QComboBox::currentIndexChanged, this, [this] { refresh(); });
    row->addWidget(m_kind, 0, Qt::AlignTop);
}

QString BytesField::text() const { return m_lines != nullptr ? m_lines->toPlainText() : m_line->text(); }

void BytesField::setBytes(const std::optional<QByteArray>& bytes) {
    const QString text = bytes ? QString::fromUtf8(*bytes) : QString();
    const auto set = [this](const QString& shown) {
        if (m_lines != nullptr)
            m_lines->setPlainText(shown);
        else
            m_line->setText(shown);
    };
    set(text);
    m_kind->setCurrentIndex(bytes ? Text : Null);
    // The fields change some line ends and control characters: what does not come back the same is no text to them.
    if (bytes && this->text().toUtf8() != *bytes) {
        set(QString::fromLatin1(bytes->toBase64()));
        m_kind->setCurrentIndex(Base64);
    }
    refresh();
}

std::optional<QByteArray> BytesField::bytes() const {
    switch (m_kind->currentIndex()) {
    case Null: return std::nullopt;
    case Base64: return QByteArray::fromBase64(text().simplified().remove(QLatin1Char(' ')).toLatin1());
    default: return text().toUtf8();
    }
}

QString BytesField::problem() const {
    if (m_kind->currentIndex() != Base64)
        return {};
    const auto decoded = QByteArray::fromBase64Encoding(text().simplified().remove(QLatin1Char(' ')).toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
    return decoded ? QString() : tr("%1 is not base64.").arg(m_name);
}

void BytesField::refresh() {
    QWidget* edit = m_lines != nullptr ? static_cast<QWidget*>(m_lines) : m_line;
    edit->setEnabled(m_kind->currentIndex() != Null);
    widgets::setFieldState(edit, problem().isEmpty() ? widgets::FieldState::Neutral : widgets::FieldState::Invalid);
    emit changed();
}

} // namespace ui::replay
