#pragma once
// The four codecs of record batches. What comes in is hostile: no length in it is believed, output stops at a cap.
// Any thread.

#include "embedded-broker/base/buffer.h"
#include "embedded-broker/base/error.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace broker::protocol {

/// The numbers are those of a batch's attributes.
enum class Codec : std::uint8_t { None = 0, Gzip = 1, Snappy = 2, Lz4 = 3, Zstd = 4 };

/// "none", "gzip", "snappy", "lz4", "zstd": the words of compression.type.
std::string_view toString(Codec codec);

inline constexpr int kDefaultLevel = -1000; ///< each codec's own default; snappy has no levels

/// Appends what `input` holds to `output`. Corrupt when the bytes are damaged, OutOfRange when more than `outputBytesMax`
/// would come out (nothing is kept then beyond the cap; memory never exceeds about twice of it).
/// Snappy may be one raw block or framed as Java clients do (xerial).
Result<void> decompress(Codec codec, Bytes input, std::size_t outputBytesMax, std::vector<std::byte>& output);

/// Appends the compressed form: gzip, xerial-framed snappy, LZ4 frame (64 KiB independent blocks), zstd.
/// `level` is clamped to what the codec has.
void compress(Codec codec, Bytes input, std::vector<std::byte>& output, int level = kDefaultLevel);

} // namespace broker::protocol
