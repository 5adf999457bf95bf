#pragma once
// Inside models/serdes: a JSON walker of our own, because a tree with byte ranges and numbers as they were written is what no library keeps. Strict
// (RFC 8259), at most 64 levels, linear, never recursive in the input's length.

#include "models/serdes/decode.h"

#include <optional>

namespace models::serdes {

/// Whether the whole is one JSON value.
bool checkJson(const QByteArray& bytes, QString* problem = nullptr);
/// Indented by two spaces; strings and numbers keep their very characters, made safe. None = not JSON.
std::optional<QString> prettyJson(const QByteArray& bytes, QString* problem = nullptr);

} // namespace models::serdes
