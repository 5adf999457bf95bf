#include "models/messages/json_lines.h"

#include <QByteArray>
#include <charconv>
#include <simdjson.h>

namespace models::messages {
namespace {

void appendNumber(std::string& to, std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    to.append(digits, end);
}

/// "name":value, and "nameEncoding" where it is needed.
void appendBytes(std::string& to, std::string_view name, std::string_view encodingName, std::string_view bytes) {
    to += '"';
    to += name;
    to += "\":";
    if (bytes.data() == nullptr) {
        to += "null";
    } else if (simdjson::validate_utf8(bytes.data(), bytes.size())) {
        appendJsonText(to, bytes);
    } else {
        const auto base64 = QByteArray::fromRawData(bytes.data(), static_cast<qsizetype>(bytes.size())).toBase64();
        to += '"';
        to.append(base64.constData(), static_cast<std::size_t>(base64.size()));
        to += "\",\"";
        to += encodingName;
        to += "\":\"base64\"";
    }
}

} // namespace

void appendJsonText(std::string& to, std::string_view utf8) {
    static constexpr char kHex[] = "0123456789abcdef";
    to += '"';
    std::size_t begin = 0;
    const auto escape = [&](std::size_t at, std::size_t length, unsigned code) {
        to.append(utf8.data() + begin, at - begin);
        switch (code) {
        case '"': to += "\\\""; break;
        case '\\': to += "\\\\"; break;
        case '\n': to += "\\n"; break;
        case '\r': to += "\\r"; break;
        case '\t': to += "\\t"; break;
        default:
            to += "\\u00";
            to += kHex[code >> 4];
            to += kHex[code & 15];
        }
        begin = at + length;
    };
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto c = static_cast<unsigned char>(utf8[i]);
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F)
            escape(i, 1, c);
        else if (c == 0xC2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xA0) // the other control characters, U+0080 to U+009F
            escape(i, 2, static_cast<unsigned char>(utf8[i + 1]));
    }
    if (begin < utf8.size())
        to.append(utf8.data() + begin, utf8.size() - begin);
    to += '"';
}

namespace {

/// Up to the headers, which `headers` appends, each by giving name and value to its argument.
template <class Headers>
void appendLine(std::string& to, std::string_view topic, qint64 partition, qint64 offset, qint64 timestampMs, std::string_view key, std::string_view value, Headers&& headers) {
    to += "{\"topic\":";
    appendJsonText(to, topic);
    to += ",\"partition\":";
    appendNumber(to, partition);
    to += ",\"offset\":";
    appendNumber(to, offset);
    to += ",\"timestamp\":";
    appendNumber(to, timestampMs);
    to += ',';
    appendBytes(to, "key", "keyEncoding", key);
    to += ",\"headers\":[";
    bool first = true;
    headers([&](std::string_view name, std::string_view content) {
        to += first ? "{" : ",{";
        first = false;
        appendBytes(to, "key", "keyEncoding", name);
        to += ',';
        appendBytes(to, "value", "encoding", content);
        to += '}';
    });
    to += "],";
    appendBytes(to, "value", "valueEncoding", value);
    to += "}\n";
}

/// Null has no data; an empty one has.
std::string_view viewOf(const std::optional<QByteArray>& bytes) {
    return bytes ? std::string_view(bytes->constData(), static_cast<std::size_t>(bytes->size())) : std::string_view();
}

} // namespace

void appendJsonLine(std::string& to, std::string_view topic, const wire::ScanBatch& batch, const wire::RawRecord& record) {
    appendLine(to, topic, batch.partition, record.offset, record.timestampMs, record.key, record.value, [&record](auto&& put) {
        wire::HeaderCursor headers(record);
        std::string_view name, value;
        while (headers.next(name, value))
            put(name, value);
    });
}

void appendJsonLine(std::string& to, std::string_view topic, const client::Record& record) {
    appendLine(to, topic, record.partition, record.offset, record.timestampMs, viewOf(record.key), viewOf(record.value), [&record](auto&& put) {
        for (const auto& header : record.headers)
            put({header.name.constData(), static_cast<std::size_t>(header.name.size())}, viewOf(header.value));
    });
}

} // namespace models::messages
