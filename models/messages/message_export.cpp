#include "models/messages/message_export.h"

#include "models/base/csv.h"
#include "models/messages/json_lines.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QSaveFile>
#include <QStringDecoder>

namespace models::messages {

namespace {

constexpr std::size_t kChunk = 1 << 18;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Export)
};

struct Shown {
    QString text;
    QString encoding; ///< "base64", "null" or empty
};

Shown shown(const std::optional<QByteArray>& bytes) {
    if (!bytes)
        return {{}, QStringLiteral("null")};
    QStringDecoder decoder(QStringDecoder::Utf8);
    const QString text = decoder(*bytes);
    // A NUL ends the cell for some readers.
    if (decoder.hasError() || text.contains(QChar(0)))
        return {QString::fromLatin1(bytes->toBase64()), QStringLiteral("base64")};
    return {text, {}};
}

QByteArray csvLine(const client::Record& record, const QString& topic, bool guarded) {
    const Shown key = shown(record.key), value = shown(record.value);
    std::string headers;
    for (const auto& header : record.headers) {
        const Shown name = shown(header.name), content = shown(header.value);
        headers += headers.empty() ? "" : "; ";
        headers += (name.text + (content.encoding == QLatin1String("null") ? QString() : u'=' + content.text)).toStdString();
    }
    const QString time = record.timestampMs < 0 ? QString() : QDateTime::fromMSecsSinceEpoch(record.timestampMs).toUTC().toString(Qt::ISODateWithMs);
    QStringList cells;
    for (const auto& cell : {topic, QString::number(record.partition), QString::number(record.offset), time, key.text, key.encoding, value.text, value.encoding, QString::fromStdString(headers)})
        cells.append(csvCell(cell, guarded));
    return cells.join(u',').toUtf8() + "\r\n";
}

} // namespace

Result<qint64> exportMessages(const QList<client::Record>& records, const QString& topic, const QString& path, ExportFormat format, JobControl& control) {
    const QString what = Text::tr("write %1").arg(path);
    QSaveFile file(path);
    const auto refused = [&] { return fail(ErrorCode::Storage, what, file.errorString()); };
    if (!file.open(QIODevice::WriteOnly))
        return refused();
    const QByteArray topicBytes = topic.toUtf8();
    std::string chunk;
    if (format != ExportFormat::JsonLines)
        chunk = "topic,partition,offset,time,key,keyEncoding,value,valueEncoding,headers\r\n";
    const auto flush = [&] {
        const bool written = file.write(chunk.data(), static_cast<qint64>(chunk.size())) == static_cast<qint64>(chunk.size());
        chunk.clear();
        return written;
    };
    qint64 done = 0;
    for (const auto& record : records) {
        if (control.cancelled())
            return JobControl::cancelledError();
        if (format == ExportFormat::JsonLines)
            appendJsonLine(chunk, {topicBytes.constData(), static_cast<std::size_t>(topicBytes.size())}, record);
        else
            chunk += csvLine(record, topic, format == ExportFormat::Csv).toStdString();
        ++done;
        if (chunk.size() < kChunk)
            continue;
        if (!flush())
            return refused();
        control.setProgress(done, records.size());
    }
    if (!flush() || !file.commit())
        return refused();
    return done;
}

} // namespace models::messages
