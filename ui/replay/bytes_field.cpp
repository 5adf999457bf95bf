#include "ui/replay/bytes_field.h"

#include "models/base/format.h"
#include "models/serdes/decode.h"
#include "ui/theme/theme.h"
#include "ui/theme/turned_text.h"
#include "ui/widgets/fields.h"
#include "ui/widgets/label.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QCoreApplication>
#include <QPlainTextEdit>
#include <QRegularExpression>
#include <QTimer>

namespace ui::replay {

namespace {
constexpr int kHintDelayMs = 200;
constexpr qsizetype kCheckedMax = 256 << 10; ///< read in about a millisecond
} // namespace

BytesField::BytesField(const QString& name, bool multiLine, QWidget* parent) : QWidget(parent), m_name(name) {
    auto* down = new QVBoxLayout(this);
    down->setContentsMargins({});
    down->setSpacing(4);
    auto* row = new QHBoxLayout;
    row->setSpacing(theme::kGap);
    down->addLayout(row, multiLine ? 1 : 0);
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
    if (!multiLine)
        return;
    m_hint = (new widgets::PlainLabel({}, this, theme::Face::Small, theme::Ink::Secondary))->givesWay();
    m_hint->setAccessibleName(tr("What the value is"));
    down->addWidget(m_hint);
    m_hintTimer = new QTimer(this);
    m_hintTimer->setSingleShot(true);
    m_hintTimer->setInterval(kHintDelayMs);
    connect(m_hintTimer, &QTimer::timeout, this, [this] { showHint(); });
}

QString jsonHint(const QByteArray& value, bool* isJson) {
    *isJson = true;
    const QByteArray begin = value.left(64).trimmed();
    if (begin.isEmpty() || (begin.front() != '{' && begin.front() != '['))
        return {};
    if (value.size() > kCheckedMax)
        return QCoreApplication::translate("BytesField", "Too long to be checked while it is typed: %1").arg(models::format::bytes(value.size()));
    models::serdes::JsonNode root;
    QString problem;
    *isJson = models::serdes::parseJson(value, &root, &problem);
    if (*isJson)
        return QCoreApplication::translate("BytesField", "JSON, %1").arg(models::format::bytes(value.size()));
    // "... at byte 12" is nothing that anybody finds: the line and the place in it are.
    static const QRegularExpression at(QStringLiteral(" at byte (\\d+)$"));
    const auto match = at.match(problem);
    if (!match.hasMatch())
        return QCoreApplication::translate("BytesField", "Not JSON: %1").arg(problem);
    const QByteArray before = value.left(match.captured(1).toLongLong());
    const auto line = before.count('\n') + 1;
    const auto column = QString::fromUtf8(before.mid(before.lastIndexOf('\n') + 1)).size() + 1;
    return QCoreApplication::translate("BytesField", "Not JSON: %1 in line %2, column %3").arg(problem.left(match.capturedStart()), QString::number(line), QString::number(column));
}

void BytesField::showHint() {
    bool json = true;
    const QString text = m_kind->currentIndex() == Text ? m_lines->toPlainText() : QString();
    QString hint = text.isEmpty() ? QString() : jsonHint(text.toUtf8(), &json);
    const QString turned = theme::turnedText(text);
    if (json && !turned.isEmpty())
        hint = turned;
    m_hint->setText(hint);
    m_hint->setInk(json && turned.isEmpty() ? theme::Ink::Secondary : theme::Ink::Warn);
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
    if (m_hintTimer != nullptr)
        m_hintTimer->start();
    emit changed();
}

} // namespace ui::replay
