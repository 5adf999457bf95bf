#include "ui/replay/message_form.h"

#include "ui/replay/bytes_field.h"
#include "ui/theme/theme.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fields.h"

#include <QComboBox>
#include <QDateTime>
#include <QFormLayout>
#include <QLineEdit>
#include <QVBoxLayout>

namespace ui::replay {

namespace {

/// Milliseconds since 1970, or a local time; nothing = now.
std::optional<qint64> timeOf(const QString& text, bool& good) {
    good = true;
    QString clean = text.trimmed();
    if (clean.isEmpty())
        return std::nullopt;
    bool number = false;
    if (const qint64 ms = clean.toLongLong(&number); number) {
        good = ms > 0; // 0 means "now" to the client library
        return ms;
    }
    if (clean.size() > 10 && clean[10] == QLatin1Char(' '))
        clean[10] = QLatin1Char('T');
    const auto time = QDateTime::fromString(clean, Qt::ISODateWithMs);
    good = time.isValid() && time.toMSecsSinceEpoch() > 0;
    return time.toMSecsSinceEpoch();
}

} // namespace

MessageForm::MessageForm(QWidget* parent) : QWidget(parent) {
    auto* form = widgets::formLayout();
    form->setContentsMargins({});
    setLayout(form);
    m_partition = new QComboBox(this);
    m_partition->setAccessibleName(tr("Partition"));
    m_partition->addItem(tr("by key"));
    form->addRow(tr("Partition"), m_partition);
    m_timestamp = new QLineEdit(this);
    m_timestamp->setAccessibleName(tr("Timestamp"));
    m_timestamp->setPlaceholderText(tr("now"));
    m_timestamp->setToolTip(tr("A time like 2026-01-31 14:05:00.000; empty: when it is sent"));
    widgets::setMono(m_timestamp);
    form->addRow(tr("Timestamp"), m_timestamp);
    m_key = new BytesField(tr("Key"), false, this);
    form->addRow(tr("Key"), m_key);
    auto* headers = new QWidget(this);
    m_headerRows = new QVBoxLayout(headers);
    m_headerRows->setContentsMargins({});
    m_headerRows->setSpacing(theme::kGap);
    auto* add = new widgets::Button(widgets::localAction(this, tr("Add header"), [this] { addHeader(); }), theme::ButtonKind::Normal, headers);
    m_headerRows->addWidget(add, 0, Qt::AlignLeft);
    form->addRow(tr("Headers"), headers);
    m_value = new BytesField(tr("Value"), true, this);
    form->addRow(tr("Value"), m_value);
    connect(m_timestamp, &QLineEdit::textChanged, this, [this] { emit changed(); });
    connect(m_key, &BytesField::changed, this, &MessageForm::changed);
    connect(m_value, &BytesField::changed, this, &MessageForm::changed);
    clear();
}

void MessageForm::setPartitions(int count) {
    if (m_partition->count() == count + 1)
        return;
    const int before = m_partition->currentIndex();
    m_partition->clear();
    m_partition->addItem(tr("by key"));
    for (int i = 0; i < count; ++i)
        m_partition->addItem(QString::number(i));
    m_partition->setCurrentIndex(before <= count ? std::max(0, before) : 0);
}

void MessageForm::show(const models::client::Record& record) {
    setPartitions(std::max(m_partition->count() - 1, record.partition + 1));
    m_partition->setCurrentIndex(record.partition + 1);
    m_timestamp->setText(record.timestampMs > 0 ? QDateTime::fromMSecsSinceEpoch(record.timestampMs).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss.zzz")) : QString());
    m_key->setBytes(record.key);
    m_value->setBytes(record.value);
    dropHeaders();
    for (const auto& header : record.headers)
        addHeader(header);
    emit changed();
}

void MessageForm::clear() {
    m_partition->setCurrentIndex(0);
    m_timestamp->clear();
    m_key->setBytes(std::nullopt);
    m_value->setBytes(QByteArray());
    dropHeaders();
    emit changed();
}

void MessageForm::dropHeaders() {
    for (const auto& header : m_headers)
        header.row->deleteLater();
    m_headers.clear();
}

void MessageForm::addHeader(const models::client::Header& header) {
    auto* row = new QWidget(this);
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins({});
    line->setSpacing(theme::kGap);
    auto* name = new QLineEdit(QString::fromUtf8(header.name), row);
    name->setAccessibleName(tr("Header name"));
    name->setPlaceholderText(tr("name"));
    name->setMaximumWidth(180);
    widgets::setMono(name);
    line->addWidget(name);
    auto* value = new BytesField(tr("Header value"), false, row);
    value->setBytes(header.name.isEmpty() && !header.value ? std::optional<QByteArray>(QByteArray()) : header.value);
    line->addWidget(value, 1);
    auto* remove = new widgets::Button(widgets::localAction(row, tr("Remove"), [this, row] {
        m_headers.removeIf([row](const HeaderRow& each) { return each.row == row; });
        row->deleteLater();
        emit changed();
    }), theme::ButtonKind::Quiet, row);
    line->addWidget(remove);
    m_headerRows->insertWidget(static_cast<int>(m_headers.size()), row);
    m_headers.append({row, name, value});
    connect(value, &BytesField::changed, this, &MessageForm::changed);
    connect(name, &QLineEdit::textChanged, this, [this] { emit changed(); });
    emit changed();
}

QString MessageForm::problem() const {
    bool good = true;
    (void)timeOf(m_timestamp->text(), good);
    if (!good)
        return tr("Write the time like 2026-01-31 14:05:00.000, or leave it empty for now.");
    for (const auto* field : {m_key, m_value})
        if (const QString problem = field->problem(); !problem.isEmpty())
            return problem;
    for (const auto& header : m_headers)
        if (const QString problem = header.value->problem(); !problem.isEmpty())
            return problem;
    return {};
}

models::changes::ProduceMessage MessageForm::message(const QString& topic) const {
    models::changes::ProduceMessage message;
    message.topic = topic;
    message.partition = m_partition->currentIndex() - 1;
    message.key = m_key->bytes();
    message.value = m_value->bytes();
    for (const auto& header : m_headers)
        message.headers.append({header.name->text().toUtf8(), header.value->bytes()});
    bool good = true;
    message.timestampMs = timeOf(m_timestamp->text(), good).value_or(models::client::kUnknown);
    return message;
}

} // namespace ui::replay
