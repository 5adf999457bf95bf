#include "models/replay/json_message.h"

#include "models/serdes/json_reader.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QSet>
#include <limits>
#include <simdjson.h>

namespace models::replay {

namespace {

using simdjson::ondemand::json_type;
using Bytes = std::optional<QByteArray>;
template <class T>
using Read = std::expected<T, QString>;

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Replay)
};

QByteArray bytesOf(std::string_view text) { return {text.data(), static_cast<qsizetype>(text.size())}; }
QString shown(std::string_view text) { return QString::fromUtf8(text.substr(0, 60).data(), static_cast<qsizetype>(std::min<std::size_t>(text.size(), 60))); }

/// What is no text, as it stands in the line.
bool written(simdjson::ondemand::value& value, json_type type, std::string_view& text) {
    if (type == json_type::object) {
        simdjson::ondemand::object object;
        return !value.get_object().get(object) && !object.raw_json().get(text);
    }
    if (type == json_type::array) {
        simdjson::ondemand::array array;
        return !value.get_array().get(array) && !array.raw_json().get(text);
    }
    text = value.raw_json_token();
    if (type == json_type::number) {
        double number = 0;
        return !value.get_double().get(number); // moves on
    }
    bool truth = false;
    return !value.get_bool().get(truth);
}

/// A text, null, or anything else as it is written.
Read<Bytes> field(simdjson::ondemand::value value, const QString& name) {
    json_type type;
    if (value.type().get(type))
        return std::unexpected(Text::tr("“%1” is not valid JSON.").arg(name));
    if (type == json_type::null) {
        if (value.is_null().error())
            return std::unexpected(Text::tr("“%1” is not valid JSON.").arg(name));
        return Bytes();
    }
    std::string_view text;
    if (type == json_type::string) {
        if (value.get_string().get(text))
            return std::unexpected(Text::tr("“%1” is not a text that can be read.").arg(name));
        return bytesOf(text);
    }
    if (!written(value, type, text))
        return std::unexpected(Text::tr("“%1” is not valid JSON.").arg(name));
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return bytesOf(text);
}

Read<QString> word(simdjson::ondemand::value value, const QString& name) {
    std::string_view text;
    if (value.get_string().get(text))
        return std::unexpected(Text::tr("“%1” must be a text.").arg(name));
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

Read<qint64> number(simdjson::ondemand::value value, const QString& name) {
    std::int64_t whole = 0;
    if (value.get_int64().get(whole))
        return std::unexpected(Text::tr("“%1” must be a whole number.").arg(name));
    return whole;
}

Read<qint64> timestamp(simdjson::ondemand::value value) {
    json_type type;
    if (value.type().get(type) || (type != json_type::string && type != json_type::number))
        return std::unexpected(Text::tr("“timestamp” is a number of milliseconds since 1970, or a time like 2026-01-31T14:05:00Z."));
    if (type == json_type::number) {
        const auto ms = number(value, QStringLiteral("timestamp"));
        if (ms && *ms < -1)
            return std::unexpected(Text::tr("“timestamp” lies before 1970."));
        return ms;
    }
    const auto text = word(value, QStringLiteral("timestamp"));
    const auto when = text ? QDateTime::fromString(*text, Qt::ISODateWithMs) : QDateTime();
    if (!when.isValid() || when.toMSecsSinceEpoch() < 0)
        return std::unexpected(Text::tr("“timestamp” is a number of milliseconds since 1970, or a time like 2026-01-31T14:05:00Z."));
    return when.toMSecsSinceEpoch();
}

/// What an encoding says of the bytes: base64 is undone.
Read<Bytes> decoded(const Bytes& bytes, const QString& encoding, const QString& name) {
    if (encoding.isEmpty() || encoding == QLatin1String("text"))
        return bytes;
    if (encoding != QLatin1String("base64"))
        return std::unexpected(Text::tr("The encoding “%1” of “%2” is not known; it is base64 or left out.").arg(encoding.left(60), name));
    if (!bytes)
        return bytes;
    const auto result = QByteArray::fromBase64Encoding(*bytes, QByteArray::Base64Encoding | QByteArray::AbortOnBase64DecodingErrors);
    if (!result)
        return std::unexpected(Text::tr("“%1” is not base64.").arg(name));
    return Bytes(*result);
}

Read<client::Header> listedHeader(simdjson::ondemand::value value) {
    simdjson::ondemand::object object;
    if (value.get_object().get(object))
        return std::unexpected(Text::tr("A header in the list is not an object with “key” and “value”."));
    Bytes key, content;
    QString keyEncoding, encoding;
    QSet<QString> seen;
    for (auto entry : object) {
        std::string_view raw;
        if (entry.unescaped_key().get(raw))
            return std::unexpected(Text::tr("A header is not valid JSON."));
        const QString name = shown(raw);
        simdjson::ondemand::value inner;
        if (entry.value().get(inner))
            return std::unexpected(Text::tr("A header is not valid JSON."));
        if (seen.contains(name))
            return std::unexpected(Text::tr("A header has “%1” twice.").arg(name));
        seen.insert(name);
        if (name == QLatin1String("key") || name == QLatin1String("value")) {
            auto read = field(inner, name);
            if (!read)
                return std::unexpected(read.error());
            (name == QLatin1String("key") ? key : content) = std::move(*read);
        } else if (name == QLatin1String("keyEncoding") || name == QLatin1String("encoding")) {
            auto read = word(inner, name);
            if (!read)
                return std::unexpected(read.error());
            (name == QLatin1String("keyEncoding") ? keyEncoding : encoding) = *read;
        } else {
            return std::unexpected(Text::tr("“%1” is not a field of a header: it has “key” and “value”.").arg(name));
        }
    }
    if (!key)
        return std::unexpected(Text::tr("A header has no “key”."));
    auto name = decoded(key, keyEncoding, Text::tr("the key of a header"));
    auto bytes = decoded(content, encoding, Text::tr("the value of a header"));
    if (!name || !bytes)
        return std::unexpected(name ? bytes.error() : name.error());
    return client::Header{**name, *bytes};
}

Read<QList<client::Header>> headers(simdjson::ondemand::value value) {
    QList<client::Header> all;
    json_type type;
    if (value.type().get(type))
        return std::unexpected(Text::tr("“headers” is not valid JSON."));
    if (type == json_type::array) {
        simdjson::ondemand::array list;
        if (value.get_array().get(list))
            return std::unexpected(Text::tr("“headers” is not valid JSON."));
        for (auto entry : list) {
            simdjson::ondemand::value inner;
            if (entry.get(inner))
                return std::unexpected(Text::tr("“headers” is not valid JSON."));
            auto header = listedHeader(inner);
            if (!header)
                return std::unexpected(header.error());
            all.append(std::move(*header));
        }
        return all;
    }
    simdjson::ondemand::object object;
    if (type != json_type::object || value.get_object().get(object))
        return std::unexpected(Text::tr("“headers” is a list of objects with “key” and “value”, or an object of names and values."));
    for (auto entry : object) {
        std::string_view name;
        simdjson::ondemand::value inner;
        if (entry.unescaped_key().get(name) || entry.value().get(inner))
            return std::unexpected(Text::tr("“headers” is not valid JSON."));
        const QByteArray key = bytesOf(name);
        auto content = field(inner, shown(name));
        if (!content)
            return std::unexpected(content.error());
        all.append({key, std::move(*content)});
    }
    return all;
}

/// One field of the line into the message; empty = fine.
QString take(client::Record& record, QString& keyEncoding, QString& valueEncoding, const QString& name, simdjson::ondemand::value value) {
    const auto put = [](auto read, auto& into) {
        if (!read)
            return read.error();
        into = std::move(*read);
        return QString();
    };
    if (name == QLatin1String("key"))
        return put(field(value, name), record.key);
    if (name == QLatin1String("value"))
        return put(field(value, name), record.value);
    if (name == QLatin1String("headers"))
        return put(headers(value), record.headers);
    if (name == QLatin1String("timestamp"))
        return put(timestamp(value), record.timestampMs);
    if (name == QLatin1String("keyEncoding"))
        return put(word(value, name), keyEncoding);
    if (name == QLatin1String("valueEncoding"))
        return put(word(value, name), valueEncoding);
    if (name == QLatin1String("partition")) {
        const auto wished = number(value, name);
        if (!wished)
            return wished.error();
        if (*wished < -1 || *wished > std::numeric_limits<int>::max())
            return Text::tr("“partition” is out of range.");
        record.partition = static_cast<int>(*wished);
        return {};
    }
    if (name == QLatin1String("topic")) {
        const auto read = word(value, name);
        return read ? QString() : read.error();
    }
    if (name == QLatin1String("offset")) {
        const auto read = number(value, name);
        return read ? QString() : read.error();
    }
    return Text::tr("“%1” is not a field of a message. Fields are key, value, headers, timestamp, partition, keyEncoding and valueEncoding.").arg(name);
}

} // namespace

std::expected<JsonMessage, QString> parseJsonMessage(std::string_view line) {
    // The whole line strictly first: the quick reader looks only where it is asked to.
    if (QString problem; !serdes::checkJson(QByteArray::fromRawData(line.data(), static_cast<qsizetype>(line.size())), &problem))
        return std::unexpected(problem.isEmpty() ? Text::tr("It is not valid JSON.") : Text::tr("It is not valid JSON: %1.").arg(problem));
    thread_local simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(line);
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    if (parser.iterate(padded).get(document) || document.get_object().get(object))
        return std::unexpected(Text::tr("It is not a JSON object in UTF-8."));
    JsonMessage message;
    auto& record = message.record;
    record.partition = -1;
    QString keyEncoding, valueEncoding;
    QSet<QString> seen;
    for (auto entry : object) {
        std::string_view raw;
        simdjson::ondemand::value value;
        if (entry.unescaped_key().get(raw))
            return std::unexpected(Text::tr("It is not valid JSON."));
        const QString name = shown(raw);
        if (entry.value().get(value))
            return std::unexpected(Text::tr("“%1” is not valid JSON.").arg(name));
        if (seen.contains(name))
            return std::unexpected(Text::tr("It has “%1” twice.").arg(name));
        seen.insert(name);
        if (const QString problem = take(record, keyEncoding, valueEncoding, name, value); !problem.isEmpty())
            return std::unexpected(problem);
    }
    if (!seen.contains(QStringLiteral("value")))
        return std::unexpected(Text::tr("It has no “value”; null writes a tombstone."));
    auto key = decoded(record.key, keyEncoding, QStringLiteral("key"));
    if (!key)
        return std::unexpected(key.error());
    auto value = decoded(record.value, valueEncoding, QStringLiteral("value"));
    if (!value)
        return std::unexpected(value.error());
    record.key = std::move(*key);
    record.value = std::move(*value);
    return message;
}

} // namespace models::replay
