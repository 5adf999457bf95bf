#pragma once
// Bytes of keys and values as text that is safe to show: whatever a message holds, no control character, no bidirectional override and no
// line break reaches a cell. Pure functions; hostile input is expected.

#include <QByteArray>
#include <QList>
#include <QString>

namespace models::serdes {

enum class Format { Automatic, Json, Text, Hex };

/// What the bytes look like: Json when the whole is one JSON object or array, Text when it is UTF-8 without NULs, else Hex.
Format detect(const QByteArray& bytes);
/// "JSON", "text", "hex"
QString formatName(Format format);

/// One line for a table cell: at most `charactersMax`, ended by an ellipsis when cut. Looks at the first bytes only.
QString preview(const QByteArray& bytes, Format format = Format::Automatic, int charactersMax = 300);

/// What a detail pane shows.
struct Decoded {
    Format format = Format::Text; ///< never Automatic
    QString text;                 ///< JSON indented by two; text with escapes; hex dump lines
    QString problem;              ///< why the wished format could not be used, in the parser's words; empty = none
    bool truncated = false;       ///< more than `bytesMax` were there
};
Decoded decode(const QByteArray& bytes, Format format = Format::Automatic, qsizetype bytesMax = 1 << 20);

/// A node of decoded JSON with the bytes it came from: [begin, end) within the value.
struct JsonNode {
    enum class Kind { Object, Array, String, Number, Bool, Null } kind = Kind::Null;
    QString name;  ///< member name or index; safe text
    QString text;  ///< of a leaf: safe text, numbers with the very digits of the message
    qsizetype begin = 0;
    qsizetype end = 0;
    QList<JsonNode> children;
    [[nodiscard]] bool isGroup() const { return kind == Kind::Object || kind == Kind::Array; }
};
/// What stands for a node in one line: a leaf's text, or "object, 3 fields".
QString shownAs(const JsonNode& node);
/// The tree of a JSON value. Fails (false) on what is not JSON, deeper than 64 levels or of more than `nodesMax` nodes.
bool parseJson(const QByteArray& bytes, JsonNode* root, QString* problem = nullptr, int nodesMax = 20000);

/// Lines "00000010  6f da ...  o.." of 16 bytes.
QString hexDump(const QByteArray& bytes, qsizetype bytesMax = 1 << 16);
/// Control, format and bidi characters, lone surrogates and bad UTF-8 as visible escapes: "\n" -> "\\n" (or kept, for a pane), U+202E -> "\\u{202E}".
QString safeText(const QString& text, bool keepLineBreaks = false);
QString safeText(const QByteArray& utf8, bool keepLineBreaks = false);

} // namespace models::serdes
