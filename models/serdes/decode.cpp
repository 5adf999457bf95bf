#include "models/serdes/decode.h"

#include "models/serdes/json_reader.h"

#include <QCoreApplication>
#include <QStringDecoder>

namespace models::serdes {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(JsonNode)
};

/// The length of the UTF-8 sequence that begins at `at`, 0 = not one (overlong, surrogate, cut, beyond U+10FFFF).
int sequenceLength(const QByteArray& bytes, qsizetype at) {
    const auto byte = [&bytes](qsizetype i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned first = byte(at);
    if (first < 0x80)
        return 1;
    const int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || at + length > bytes.size())
        return 0;
    for (int i = 1; i < length; ++i)
        if ((byte(at + i) & 0xC0) != 0x80)
            return 0;
    const unsigned second = byte(at + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
        return 0;
    return length;
}

/// Text that a person reads: UTF-8 whose control characters are the usual ones. A sequence cut by a limit at the end is forgiven.
bool looksLikeText(const QByteArray& bytes, bool cut) {
    for (qsizetype i = 0; i < bytes.size();) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (byte == 0 || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != 0x1B && byte != '\f'))
            return false;
        const int length = sequenceLength(bytes, i);
        if (length == 0)
            return cut && bytes.size() - i < 4;
        i += length;
    }
    return true;
}

void appendSafe(QString& out, char32_t c, bool keepLineBreaks) {
    if (keepLineBreaks && (c == U'\n' || c == U'\t')) {
        out += QChar(static_cast<char16_t>(c));
        return;
    }
    switch (c) {
    case U'\n': out += QLatin1String("\\n"); return;
    case U'\r': out += QLatin1String("\\r"); return;
    case U'\t': out += QLatin1String("\\t"); return;
    case U'\0': out += QLatin1String("\\0"); return;
    default: break;
    }
    switch (QChar::category(c)) {
    case QChar::Other_Control:
    case QChar::Other_Format: // bidirectional overrides, zero-width joiners, soft hyphens
    case QChar::Other_Surrogate:
    case QChar::Other_PrivateUse:
    case QChar::Other_NotAssigned:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph: out += QStringLiteral("\\u{%1}").arg(static_cast<uint>(c), 4, 16, QLatin1Char('0')).toUpper().replace(QLatin1String("\\U"), QLatin1String("\\u")); return;
    default: break;
    }
    out += QString::fromUcs4(&c, 1);
}

QString hexPreview(const QByteArray& bytes, int charactersMax) {
    const auto count = std::min<qsizetype>(bytes.size(), charactersMax / 3 + 1);
    QString text = QString::fromLatin1(bytes.first(count).toHex(' '));
    if (count < bytes.size())
        text += QChar(0x2026);
    return text;
}

} // namespace

Format detect(const QByteArray& bytes) {
    qsizetype first = 0;
    while (first < bytes.size() && (bytes[first] == ' ' || bytes[first] == '\n' || bytes[first] == '\r' || bytes[first] == '\t'))
        ++first;
    if (first < bytes.size() && (bytes[first] == '{' || bytes[first] == '[') && checkJson(bytes))
        return Format::Json;
    return looksLikeText(bytes, false) ? Format::Text : Format::Hex;
}

QString formatName(Format format) {
    switch (format) {
    case Format::Automatic: return QStringLiteral("automatic");
    case Format::Json: return QStringLiteral("JSON");
    case Format::Text: return QStringLiteral("text");
    case Format::Hex: return QStringLiteral("hex");
    }
    return {};
}

QString preview(const QByteArray& bytes, Format format, int charactersMax) {
    // Four bytes a character at most; the rest of a large value is never looked at.
    const auto head = bytes.first(std::min<qsizetype>(bytes.size(), 4LL * charactersMax + 8));
    if (format == Format::Hex || (format == Format::Automatic && !looksLikeText(head, head.size() < bytes.size())))
        return hexPreview(bytes, charactersMax);
    QString text = safeText(head);
    if (text.size() > charactersMax) {
        text.truncate(charactersMax);
        if (!text.isEmpty() && text.back().isHighSurrogate())
            text.chop(1);
        text += QChar(0x2026);
    } else if (head.size() < bytes.size()) {
        text += QChar(0x2026);
    }
    return text;
}

Decoded decode(const QByteArray& bytes, Format format, qsizetype bytesMax) {
    Decoded decoded;
    const QByteArray head = bytes.size() > bytesMax ? bytes.first(bytesMax) : bytes;
    decoded.truncated = head.size() < bytes.size();
    decoded.format = format;
    if (format == Format::Automatic)
        decoded.format = decoded.truncated ? (looksLikeText(head, true) ? Format::Text : Format::Hex) : detect(head);
    if (decoded.format == Format::Json) {
        QString problem;
        if (decoded.truncated) {
            decoded.problem = QStringLiteral("the value is too large to be shown as JSON");
        } else if (auto pretty = prettyJson(head, &problem)) {
            decoded.text = *pretty;
            return decoded;
        } else {
            decoded.problem = problem;
        }
        decoded.format = looksLikeText(head, decoded.truncated) ? Format::Text : Format::Hex;
    }
    decoded.text = decoded.format == Format::Hex ? hexDump(head) : safeText(head, true);
    decoded.truncated = decoded.truncated || (decoded.format == Format::Hex && head.size() > (1 << 16));
    return decoded;
}

QString hexDump(const QByteArray& bytes, qsizetype bytesMax) {
    QString out;
    const auto count = std::min(bytes.size(), bytesMax);
    out.reserve((count / 16 + 1) * 80);
    for (qsizetype line = 0; line < count; line += 16) {
        out += QStringLiteral("%1  ").arg(line, 8, 16, QLatin1Char('0'));
        QString text;
        for (qsizetype i = line; i < line + 16; ++i) {
            if (i == line + 8)
                out += u' ';
            if (i >= count) {
                out += QLatin1String("   ");
                continue;
            }
            const auto byte = static_cast<unsigned char>(bytes[i]);
            out += QStringLiteral("%1 ").arg(byte, 2, 16, QLatin1Char('0'));
            text += byte >= 0x20 && byte < 0x7F ? QChar(static_cast<char16_t>(byte)) : QChar(u'.');
        }
        out += u' ' + text + u'\n';
    }
    if (out.endsWith(u'\n'))
        out.chop(1);
    return out;
}

QString safeText(const QString& text, bool keepLineBreaks) {
    QString out;
    out.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        char32_t c = text[i].unicode();
        if (text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            c = QChar::surrogateToUcs4(text[i], text[i + 1]);
            ++i;
        }
        appendSafe(out, c, keepLineBreaks);
    }
    return out;
}

QString safeText(const QByteArray& utf8, bool keepLineBreaks) {
    QString out;
    out.reserve(utf8.size());
    for (qsizetype i = 0; i < utf8.size();) {
        const int length = sequenceLength(utf8, i);
        if (length == 0) {
            out += QStringLiteral("\\x%1").arg(static_cast<unsigned char>(utf8[i]), 2, 16, QLatin1Char('0'));
            ++i;
            continue;
        }
        if (length == 1) {
            appendSafe(out, static_cast<unsigned char>(utf8[i]), keepLineBreaks);
        } else {
            const QString one = QString::fromUtf8(utf8.constData() + i, length);
            appendSafe(out, one.size() == 2 ? QChar::surrogateToUcs4(one[0], one[1]) : one[0].unicode(), keepLineBreaks);
        }
        i += length;
    }
    return out;
}

QString shownAs(const JsonNode& node) {
    if (node.kind == JsonNode::Kind::Object)
        return Text::tr("object, %n field(s)", nullptr, static_cast<int>(node.children.size()));
    if (node.kind == JsonNode::Kind::Array)
        return Text::tr("array, %1").arg(node.children.size());
    return node.text;
}

} // namespace models::serdes
